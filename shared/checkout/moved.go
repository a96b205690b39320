package checkout

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

const (
	// MaxMovedPage is the most payments one page of MovedPayments looks at.
	MaxMovedPage = 1000

	// getsAtOnce is how many payments are read at the same time.
	getsAtOnce = 16

	// hourForm is an hour of UTC as the lists have it.
	hourForm = "2006-01-02#15"
)

// MovedPayment is a payment and what it did in some days, by the currencies in which
// rows of it moved money.
type MovedPayment struct {
	Provider string
	Payment  payment.Payment
	Of       []settlement.PaymentMoney
}

// movedPlace is where a page of MovedPayments begins.
type movedPlace struct {
	Provider string `json:"p"`
	List     string `json:"l,omitempty"` // the sort key of a list; "" before the first
	Skip     int    `json:"n,omitempty"` // payments of it that were looked at
}

// MovedPayments are the payments of all providers of which rows moved money in the days
// of UTC from from to before to, each once, in the order of the hours in which their
// first such rows did. limit is how many are looked at for one page: MaxMovedPage
// where it is not positive or larger. cursor is next of the page before, empty for the
// first; a page may be shorter than limit, and even empty, before the last one, which
// has an empty next.
//
// Each payment is read consistently, and one that cannot be read fails the page, since
// a list without it would pass for whole. Errors: KindDay (no such day, or a cursor
// that is none of this range), KindRange, those of storeFailed.
func (s *Service) MovedPayments(ctx context.Context, from, to string, limit int, cursor string) (page []MovedPayment, next string, err error) {
	if err := s.checkRange(from, to); err != nil {
		return nil, "", err
	}
	if limit < 1 || limit > MaxMovedPage {
		limit = MaxMovedPage
	}
	accounts, err := s.reportCursors(ctx)
	if err != nil {
		return nil, "", err
	}
	at, err := readPlace(cursor, accounts, from, to)
	if err != nil {
		return nil, "", err
	}
	for _, a := range accounts {
		if a.provider < at.Provider {
			continue
		}
		if a.provider > at.Provider {
			at = movedPlace{Provider: a.provider}
		}
		named, stop, err := s.namedFrom(ctx, at, from, to, limit)
		if err != nil {
			return nil, "", err
		}
		found, err := s.movedOf(ctx, a.provider, named, from, to)
		if err != nil {
			return nil, "", err
		}
		page = append(page, found...)
		if stop != (movedPlace{}) {
			return page, stop.String(), nil
		}
		limit -= len(named)
	}
	return page, "", nil
}

func (at movedPlace) String() string {
	text, _ := json.Marshal(at) // texts and a number always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

// readPlace reads a cursor. It comes back through a browser: it may lead to the lists
// of this range and nowhere else.
func readPlace(cursor string, accounts []readAccount, from, to string) (at movedPlace, err error) {
	if cursor == "" {
		return at, nil
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	known := slices.ContainsFunc(accounts, func(a readAccount) bool { return a.provider == at.Provider })
	if err != nil || !known || at.Skip < 0 || at.List != "" && (at.List < from || at.List >= to) {
		return at, &Error{Kind: KindDay, Err: err,
			Detail: "The cursor does not belong to these days: take it from the page before, or leave it out."}
	}
	return at, nil
}

// named is a payment that a list names, with the list's hour.
type named struct{ hour, id string }

// namedFrom reads what the lists name from a place on. stop is where to go on; it is
// zero where the lists are at their end.
func (s *Service) namedFrom(ctx context.Context, at movedPlace, from, to string, limit int) (found []named, stop movedPlace, err error) {
	begin, skip := from, at.Skip
	if at.List != "" {
		begin = at.List
	}
	err = s.eachOf(ctx, store.MovedKey(at.Provider, "", "", 0).Partition, begin, to, func(item store.Item) error {
		var list movedList
		if err := json.Unmarshal(item.Document, &list); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		if item.Key.Sort != at.List {
			skip = 0
		}
		for i, id := range list.Payments {
			if i < skip {
				continue
			}
			if len(found) == limit {
				stop = movedPlace{Provider: at.Provider, List: item.Key.Sort, Skip: i}
				return errEnough
			}
			found = append(found, named{item.Key.Sort[:len(hourForm)], id})
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, stop, err
}

// errEnough ends a reading that has all it wanted.
var errEnough = errors.New("checkout: enough")

// movedOf reads payments that were named, and leaves out those of which nothing moved
// in the range, or first in another hour, whose list names them as well.
func (s *Service) movedOf(ctx context.Context, account string, list []named, from, to string) (found []MovedPayment, err error) {
	payments, err := s.payments(ctx, list)
	if err != nil {
		return nil, err
	}
	sent, err := s.sentFor(ctx, account, payments)
	if err != nil {
		return nil, err
	}
	for i, p := range payments {
		posted := settlement.PostedIn(p, account, from, to)
		if len(posted) == 0 || posted[0].Moved.Format(hourForm) != list[i].hour {
			continue
		}
		all, err := settlement.MoneyOf(p, settlement.Sight{
			Provider: account, Words: s.words(account), Paid: settlement.PaidOutOf(p.ID, sent), Now: s.now(),
		}, from, to)
		if err != nil {
			return nil, &Error{Kind: KindInternal, Err: err}
		}
		of := slices.DeleteFunc(all, func(m settlement.PaymentMoney) bool { return m.Rows == 0 })
		found = append(found, MovedPayment{Provider: account, Payment: p, Of: of})
	}
	return found, nil
}

// sentFor are the payouts that any of some payments may have a part in, where the
// provider tells.
func (s *Service) sentFor(ctx context.Context, name string, payments []payment.Payment) ([]settlement.Sent, error) {
	if _, tells := s.providers[name].(provider.Payouts); !tells {
		return nil, nil
	}
	from := ""
	for _, p := range payments {
		if day := firstRow(p, name); day != "" && (from == "" || day < from) {
			from = day
		}
	}
	if from == "" {
		return nil, nil
	}
	return s.sent(ctx, name, from, func([]settlement.Sent) bool { return false })
}

// payments reads payments, some at a time; one that is not there is a zero Payment.
func (s *Service) payments(ctx context.Context, list []named) ([]payment.Payment, error) {
	found, faults := make([]payment.Payment, len(list)), make([]error, len(list))
	var all sync.WaitGroup
	for first := range min(getsAtOnce, len(list)) {
		all.Go(func() {
			for i := first; i < len(list); i += getsAtOnce {
				r, err := s.load(ctx, list[i].id)
				if KindOf(err) == KindNotFound && err != nil {
					// A payment with rows does not expire: somebody has taken it out.
					s.Log.Error("a payment with rows of the account is not in the table", "payment", list[i].id)
					continue
				}
				found[i], faults[i] = r.payment, err
			}
		})
	}
	all.Wait()
	return found, errors.Join(faults...)
}

// movedList is payments that have rows which moved money within an hour, in the order
// in which they were found. It only grows, and may name one whose row has changed
// since: whoever reads it looks at the payment's own rows.
type movedList struct {
	Payments []string `json:"payments"`
}

// maxMoved is how many payments one list names. A write costs by the size of what is
// written, and this is some 8 KB.
const maxMoved = 250

// noteMoved names payments in the lists of the hours in which rows of theirs moved
// money, by hour. It comes before the book of the rows' day, so that a run that dies in
// between does it again. A list that names them all is not written.
func (r *reportRun) noteMoved(ctx context.Context, moved map[string][]string) error {
	for _, hour := range slices.Sorted(maps.Keys(moved)) {
		for tries := 0; ; {
			if r.left(ctx) < lookTime {
				return errShort
			}
			all, err := r.noteSome(ctx, hour, moved[hour])
			if all && err == nil {
				break
			}
			if errors.Is(err, store.ErrConflict) && tries < rounds {
				tries++ // another run names payments of this hour as well
				continue
			}
			if err != nil {
				return storeFailed(err)
			}
		}
	}
	return nil
}

// noteSome names as many of the payments as the last list of an hour has room for. all
// tells that none is missing any more. Errors: those of the store.
func (r *reportRun) noteSome(ctx context.Context, hour string, ids []string) (all bool, err error) {
	lists, err := r.movedLists(ctx, hour)
	if err != nil {
		return false, err
	}
	var last movedList
	var before store.Item
	for _, item := range lists {
		before, last = item, movedList{}
		if err := json.Unmarshal(item.Document, &last); err != nil {
			return false, err
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(last.Payments, id) })
	}
	if len(ids) == 0 {
		return true, nil
	}
	key := before.Key
	if len(lists) == 0 || len(last.Payments) >= maxMoved {
		day, name, _ := strings.Cut(hour, "#")
		before, last, key = store.Item{}, movedList{}, store.MovedKey(r.provider, day, name, len(lists))
	}
	room := min(maxMoved-len(last.Payments), len(ids))
	document, err := json.Marshal(movedList{append(last.Payments, ids[:room]...)})
	if err != nil {
		return false, err
	}
	err = r.write(ctx, store.Put{Before: before, After: store.Item{Key: key, WriteID: r.WriteID(), Document: document}})
	return room == len(ids), err
}

// movedLists are the lists of an hour, in their order.
func (r *reportRun) movedLists(ctx context.Context, hour string) (lists []store.Item, err error) {
	query := store.Query{Partition: store.MovedKey(r.provider, "", "", 0).Partition, SortPrefix: hour + "#", Limit: store.MaxPage}
	for {
		page, err := r.Store.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		lists = append(lists, page.Items...)
		if query.Cursor = page.Next; query.Cursor == "" {
			return lists, nil
		}
	}
}

// addMoved adds a payment to the hours in which rows of it moved money.
func addMoved(to map[string][]string, p *payment.Payment, rows []settlement.Row) {
	if p == nil {
		return
	}
	for _, m := range p.Postings() {
		read := slices.ContainsFunc(rows, func(r settlement.Row) bool { return r.ID == m.Ref && r.Code == m.Code })
		if hour := m.Moved.Format(hourForm); read && !slices.Contains(to[hour], p.ID) {
			to[hour] = append(to[hour], p.ID)
		}
	}
}
