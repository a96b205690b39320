package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

const (
	// reportTime is what one page of a report may take: it is the largest answer
	// there is, and nobody waits for it.
	reportTime = 12 * time.Second

	// Days are read again: a row may come in three hours late, and its status, amount
	// or fee may change long after. Few days are read every hour, many every day.
	readHourly = 3
	readDaily  = 31

	// reportLag is how long after its time a row may appear (PayPal: three hours at
	// the most). A day is explained no earlier than that after its end.
	reportLag = 3 * time.Hour

	// tornPages is how often the reading of a day begins anew because its list changed
	// between two pages.
	tornPages = 3

	// oneDay is the unit of reading: a day of UTC.
	oneDay = 24 * time.Hour
)

// reportCursor is how far a provider's account has been read. Days are those of UTC.
type reportCursor struct {
	First   string                              `json:"first"` // day of the books
	Opening map[money.Currency]settlement.Funds `json:"opening"`
	Next    string                              `json:"next"`            // the first day that is not known to its end
	Until   time.Time                           `json:"until"`           // up to where the report reached
	Again   string                              `json:"again,omitempty"` // where reading the last days once more goes on, if it was cut short
	Wide    string                              `json:"wide,omitempty"`
	WideAt  time.Time                           `json:"wide_at,omitzero"` // when the last daily reading began
	Reading *reading                            `json:"reading,omitempty"`
	Carry   *settlement.Day                     `json:"carry,omitempty"` // what the days up to this one, which are never read again, have moved
	Reach   int                                 `json:"reach,omitempty"` // how many days after its beginning a row moved at most
}

// reportRun is one reading of one provider's account.
type reportRun struct {
	*Service
	provider string
	desk     provider.Reports
	now      time.Time
	today    string
	item     store.Item // of the cursor
	stored   []byte     // the cursor as it was read
	cursor   reportCursor
	owners   map[string]string // payment by the provider's id of a movement; "" is a foreign one
	done     *Settlement
}

// errShort ends a run for want of time; nothing has failed.
var errShort = errors.New("checkout: the time is up")

// readReports reads a provider's account: the days that are not known to their end,
// then the last days once more, then, once a day, all days of a month. How far it came
// is written whatever becomes of it. Overlapping runs do the same work twice and
// change nothing.
func (s *Service) readReports(ctx context.Context, name string, desk provider.Reports, done *Settlement) error {
	now := s.now()
	r := &reportRun{Service: s, provider: name, desk: desk, now: now, today: store.DayOf(now), owners: map[string]string{}, done: done}
	defer func() { done.reach(r.cursor) }()
	if err := r.open(ctx); err != nil {
		return err
	}
	err := r.readAll(ctx)
	if errors.Is(err, errShort) {
		done.Left, err = 1, nil
	}
	return errors.Join(err, r.close(ctx))
}

// open reads the cursor. The first is made of the balances a month back, so that what
// was sold before the account was read for the first time is in the books as well.
func (r *reportRun) open(ctx context.Context) error {
	item, err := r.Store.Get(ctx, store.CursorKey("report", r.provider))
	if err == nil {
		r.item, r.stored = item, item.Document
		if err := json.Unmarshal(item.Document, &r.cursor); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return storeFailed(err)
	}
	r.cursor.First = addDays(r.today, -readDaily)
	r.cursor.Next, r.cursor.WideAt = r.cursor.First, r.now
	opening, ok, err := r.balances(ctx, dayBegin(r.cursor.First).Add(-time.Second))
	if err == nil && !ok {
		err = &provider.Error{Class: provider.Retry, Code: "NO_OPENING_BALANCE"}
	}
	if err != nil {
		return orderFailed(err)
	}
	r.cursor.Opening = opening
	return nil
}

// balances are those of a time, ok where the provider knows as much already.
func (r *reportRun) balances(ctx context.Context, at time.Time) (of map[money.Currency]settlement.Funds, ok bool, err error) {
	call, cancel := r.spend(ctx, reportTime)
	defer cancel()
	got, err := r.desk.Balances(call, at)
	if provider.ClassOf(err) == provider.NotYet && err != nil {
		return nil, false, nil
	}
	return got.Of, err == nil && got.At.Equal(at), err
}

// close writes the cursor where it has moved. Another run that wrote one meanwhile has
// read the same days.
func (r *reportRun) close(ctx context.Context) error {
	document, err := json.Marshal(r.cursor)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	canonical, err := store.Canonical(document)
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	if string(canonical) == string(r.stored) {
		return nil
	}
	after := store.Item{Key: store.CursorKey("report", r.provider), WriteID: r.WriteID(), Document: canonical}
	if err := r.write(ctx, store.Put{Before: r.item, After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}

func (r *reportRun) readAll(ctx context.Context) error {
	recent := max(r.cursor.First, addDays(r.today, -readHourly))
	again := r.cursor.Next // days from here on are read first
	if err := r.readOn(ctx); err != nil {
		return err
	}
	if err := r.readAgain(ctx, recent, again); err != nil {
		return err
	}
	return r.readWide(ctx, min(recent, again))
}

// readAgain reads the last days once more, up to before a day, and explains them. A run
// that has not the time for all of it leaves the rest to the next one: beginning anew
// each time, the later days and what comes after them would never have their turn.
func (r *reportRun) readAgain(ctx context.Context, recent, before string) error {
	var err error
	day := max(recent, r.cursor.Again)
	for ; day < before; day = addDays(day, 1) {
		if _, err = r.readDay(ctx, day); err != nil {
			break
		}
	}
	if err == nil {
		err = r.explain(ctx)
	}
	if r.cursor.Again = ""; errors.Is(err, errShort) {
		r.cursor.Again = day
	}
	return err
}

// readOn reads the day that was cut short, and the days from the first that is not
// known to its end.
func (r *reportRun) readOn(ctx context.Context) error {
	if cut := r.cursor.Reading; cut != nil && cut.Day < r.cursor.Next {
		if _, err := r.readDay(ctx, cut.Day); err != nil {
			return err
		}
		r.cursor.pass(cut.Day)
	}
	for r.cursor.Next <= r.today {
		until, err := r.readDay(ctx, r.cursor.Next)
		if err != nil {
			return err
		}
		if until.After(r.cursor.Until) {
			r.cursor.Until = until
		}
		if until.Before(dayEnd(r.cursor.Next)) {
			return nil
		}
		r.cursor.Next = addDays(r.cursor.Next, 1)
	}
	return nil
}

// pass moves on from a day that was cut short and has been read to its end meanwhile.
func (c *reportCursor) pass(day string) {
	if c.Again == day {
		c.Again = addDays(day, 1)
	}
	if c.Wide == day {
		c.Wide = addDays(day, 1)
	}
}

// readWide reads the days of a month before a day, once every day; a run that has not
// the time for all of them goes on where the one before stopped.
func (r *reportRun) readWide(ctx context.Context, before string) error {
	if r.cursor.Wide == "" && r.now.Sub(r.cursor.WideAt) >= oneDay {
		r.cursor.Wide, r.cursor.WideAt = max(r.cursor.First, addDays(r.today, -readDaily)), r.now
	}
	for r.cursor.Wide != "" && r.cursor.Wide < before {
		if _, err := r.readDay(ctx, r.cursor.Wide); err != nil {
			return err
		}
		r.cursor.Wide = addDays(r.cursor.Wide, 1)
	}
	r.cursor.Wide = ""
	return nil
}

// dayBegin is a day's first second; a day of ours is always one of the calendar.
func dayBegin(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	return t
}

// dayEnd is a day's last second.
func dayEnd(day string) time.Time { return dayBegin(day).Add(oneDay - time.Second) }

func addDays(day string, n int) string { return store.DayOf(dayBegin(day).AddDate(0, 0, n)) }
