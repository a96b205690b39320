package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// payoutsBack is how long after it was made a payout may change: Stripe takes it for paid
// and may find out days later that it was not.
const payoutsBack = 31 * oneDay

// payoutCursor is how far a provider's payouts are known.
type payoutCursor struct {
	Until time.Time              `json:"until"`           // payouts that were made before this are known
	Known map[string]knownPayout `json:"known,omitempty"` // those of the last days, by the provider's id
	Parts *payoutReading         `json:"parts,omitempty"`
}

// knownPayout is what the table has of a payout.
type knownPayout struct {
	State   settlement.PayoutState `json:"state,omitempty"`
	Created time.Time              `json:"created"`
	Arrives time.Time              `json:"arrives,omitzero"`
	Whole   bool                   `json:"whole,omitempty"` // with all that it is made of
}

// payoutReading is a payout whose rows are on their way into the table. It is kept where
// time runs out between two pages.
type payoutReading struct {
	Payout string `json:"payout"`
	Page   string `json:"page,omitempty"` // where to go on
	Number int    `json:"n"`              // of that page
	Sum    int64  `json:"sum"`            // of the rows before it, in minor units
}

// payoutRun is one reading of one provider's payouts.
type payoutRun struct {
	*reportRun
	bank   provider.Payouts
	item   store.Item // of the cursor
	cursor payoutCursor
	news   bool
}

// readPayouts reads what a provider sent to the merchant's bank, and of which payments it
// was. The payments themselves are not written: what each of them has of a payout stands
// with the payout, a page of its rows in one item. A run that finds nothing new writes
// nothing, and one that is cut short goes on where it was.
func (s *Service) readPayouts(ctx context.Context, name string, desk provider.Reports, bank provider.Payouts, done *Settlement) error {
	now := s.now()
	r := &payoutRun{
		reportRun: &reportRun{Service: s, provider: name, desk: desk, now: now, today: store.DayOf(now), owners: map[string]string{}, done: done},
		bank:      bank,
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	err := r.readAll(ctx)
	if errors.Is(err, errShort) {
		done.Left, err = 1, nil
	}
	return errors.Join(err, r.close(ctx))
}

// open reads the cursor; the first payouts are those of the days that a first run reads.
func (r *payoutRun) open(ctx context.Context) error {
	r.cursor = payoutCursor{Until: r.now, Known: map[string]knownPayout{}}
	item, err := r.Store.Get(ctx, store.CursorKey("payouts", r.provider))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return storeFailed(err)
	}
	r.item = item
	if err := json.Unmarshal(item.Document, &r.cursor); err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	if r.cursor.Known == nil {
		r.cursor.Known = map[string]knownPayout{}
	}
	return nil
}

// close writes the cursor where there was news.
func (r *payoutRun) close(ctx context.Context) error {
	if !r.news {
		return nil
	}
	document, err := json.Marshal(r.cursor)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	after := store.Item{Key: store.CursorKey("payouts", r.provider), WriteID: r.WriteID(), Document: document}
	if err := r.write(ctx, store.Put{Before: r.item, After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}

// readAll reads what is new of all payouts that may have changed.
func (r *payoutRun) readAll(ctx context.Context) error {
	from := r.cursor.Until.Add(-payoutsBack)
	all, err := r.list(ctx, from)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := r.readPayout(ctx, p); err != nil {
			return err
		}
	}
	if r.news {
		r.cursor.Until = r.now
		maps.DeleteFunc(r.cursor.Known, func(_ string, k knownPayout) bool { return k.Created.Before(r.now.Add(-payoutsBack)) })
	}
	return nil
}

// list are the payouts that were made since a time, oldest first.
func (r *payoutRun) list(ctx context.Context, from time.Time) (all []settlement.Payout, err error) {
	for page := ""; ; {
		if r.left(ctx) < 2*lookTime {
			return nil, errShort
		}
		call, cancel := r.spend(ctx, lookTime)
		list, next, err := r.bank.Payouts(call, from, r.now, page)
		cancel()
		if err != nil {
			return nil, orderFailed(err)
		}
		all = append(all, list...)
		if page = next; page == "" {
			slices.Reverse(all)
			return all, nil
		}
	}
}

// readPayout puts what is new of a payout into the table: first of what it is made of, and
// then how far it is.
func (r *payoutRun) readPayout(ctx context.Context, p settlement.Payout) error {
	known, is := r.cursor.Known[p.ID]
	had := known
	known.State, known.Created, known.Arrives = p.State, p.Created, p.Arrives
	if p.Itemised && !known.Whole {
		whole, err := r.readParts(ctx, p)
		if err != nil {
			return err
		}
		known.Whole = whole
	}
	if is && known == had {
		return nil
	}
	if !is || known.State != had.State || !known.Arrives.Equal(had.Arrives) {
		if err := r.writePayout(ctx, p); err != nil {
			return err
		}
	}
	r.done.Payouts++
	r.cursor.Known[p.ID], r.news = known, true
	return nil
}

// writePayout writes how far a payout is. Another run that wrote it meanwhile has seen the
// same.
func (r *payoutRun) writePayout(ctx context.Context, p settlement.Payout) error {
	key := store.PayoutKey(r.provider, store.DayOf(p.Created), p.ID)
	before, err := r.Store.Get(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return storeFailed(err)
	}
	document, err := json.Marshal(p)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	err = r.write(ctx, store.Put{Before: before, After: store.Item{Key: key, WriteID: r.WriteID(), Document: document}})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}

// readParts puts the rows of a payout into the table, page by page. whole is false where
// the provider does not know all of them yet.
func (r *payoutRun) readParts(ctx context.Context, p settlement.Payout) (whole bool, err error) {
	at := payoutReading{Payout: p.ID}
	if cut := r.cursor.Parts; cut != nil && cut.Payout == p.ID {
		at = *cut
	}
	for {
		if r.left(ctx) < reportTime+lookTime {
			r.cursor.Parts, r.news = &at, r.news || at.Number > 0
			return false, errShort
		}
		call, cancel := r.spend(ctx, reportTime)
		rows, next, err := r.bank.PaidOut(call, p.ID, at.Page)
		cancel()
		if err != nil && provider.ClassOf(err) == provider.NotYet {
			return false, nil
		}
		if err != nil {
			return false, orderFailed(err)
		}
		if err := r.putPart(ctx, p, &at, rows); err != nil {
			return false, err
		}
		at.Page, at.Number = next, at.Number+1
		if next == "" {
			break
		}
	}
	r.cursor.Parts = nil
	if at.Sum != p.Amount.Minor {
		r.done.Unexplained++
		r.Log.Warn("the rows of a payout do not make its amount", "provider", r.provider, "payout", p.ID, "amount", p.Amount.String(), "rows", at.Sum)
	}
	return true, nil
}

// putPart writes one page of a payout's rows: what they come to by payment. A page that
// stands there was written by a run that was cut short.
func (r *payoutRun) putPart(ctx context.Context, p settlement.Payout, at *payoutReading, rows []provider.PaidRow) error {
	part, sum, err := r.partOf(ctx, p, rows)
	if err != nil {
		return err
	}
	document, err := json.Marshal(part)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	key := store.PayoutPartKey(r.provider, store.DayOf(p.Created), p.ID, at.Number)
	err = r.write(ctx, store.Put{After: store.Item{Key: key, WriteID: r.WriteID(), Document: document}})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	at.Sum += sum
	return nil
}

// partOf adds up rows of a payout by payment.
func (r *payoutRun) partOf(ctx context.Context, p settlement.Payout, rows []provider.PaidRow) (part settlement.SentPart, sum int64, err error) {
	part.Of = map[string]int64{}
	for _, paid := range rows {
		means, _ := r.words().Means(paid.Row.Code)
		switch {
		case means.Kind == payment.EntryPayout && paid.Row.Reference == p.ID:
			continue // what the bank got
		case paid.Net.Currency != p.Amount.Currency:
			return part, 0, orderFailed(&provider.Error{Class: provider.Look, Code: "PAYOUT_CURRENCY"})
		}
		sum += paid.Net.Minor
		if means.Kind == payment.EntryPayout && paid.Row.Reference != "" {
			part.Back = append(part.Back, paid.Row.Reference)
			continue
		}
		id, err := r.owner(ctx, paid.Row)
		if err != nil {
			return part, 0, err
		}
		if id == "" {
			part.Foreign += paid.Net.Minor
		} else {
			part.Of[id] += paid.Net.Minor
		}
	}
	return part, sum, nil
}

// sent are a provider's payouts that were made since a day, in the order of their time.
// enough may end the reading, with what there is so far.
func (s *Service) sent(ctx context.Context, name, from string, enough func([]settlement.Sent) bool) ([]settlement.Sent, error) {
	var all []settlement.Sent
	day := ""
	err := s.eachOf(ctx, store.PayoutKey(name, "", "").Partition, from, addDays(store.DayOf(s.now()), 1), func(item store.Item) error {
		if last := len(all) - 1; last >= 0 && strings.HasPrefix(item.Key.Sort, store.PayoutKey(name, day, all[last].ID).Sort+"#") {
			var part settlement.SentPart
			if err := json.Unmarshal(item.Document, &part); err != nil {
				return &Error{Kind: KindInternal, Err: err}
			}
			all[last].Parts = append(all[last].Parts, part)
			return nil
		}
		if begun := item.Key.Sort[:len(time.DateOnly)]; begun != day {
			if day != "" && enough(inOrder(all)) {
				return errEnough
			}
			day = begun
		}
		if strings.Count(item.Key.Sort, "#") > 1 {
			return nil // of a payout that is not read to its end
		}
		var of settlement.Sent
		if err := json.Unmarshal(item.Document, &of.Payout); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		all = append(all, of)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return inOrder(all), err
}

func inOrder(all []settlement.Sent) []settlement.Sent {
	slices.SortStableFunc(all, func(a, b settlement.Sent) int { return a.Created.Compare(b.Created) })
	return all
}
