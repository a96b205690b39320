package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
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
	// or fee may change long after. Few days are read every hour, many every day, and
	// every day those with rows that may yet move, for half a year.
	readHourly  = 3
	readDaily   = 31
	readWaiting = 180

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
	Carry   *settlement.Day                     `json:"carry,omitempty"`   // what the days up to this one, which are never read again, have moved
	Reach   int                                 `json:"reach,omitempty"`   // how many days after its beginning a row moved at most
	Waiting []string                            `json:"waiting,omitempty"` // days with rows that may yet move, in their order
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

// words are what the account's codes mean.
func (r *reportRun) words() settlement.Words { return r.desk.Words() }

// errShort ends a run for want of time; nothing has failed.
var errShort = errors.New("checkout: the time is up")

// readReports reads a provider's account: the days that are not known to their end,
// then the last days once more, then, once a day, all days of a month and the older ones
// that wait for something. How far it came
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

// open reads the cursor. The first is made of the balances a month back, where they can be
// had, so that what was sold before the account was read for the first time is in the
// books as well.
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
	return r.begin(ctx, firstReads...)
}

// firstReads are how many days back the books may begin. Where a provider has to add up
// all rows since to know a balance, there may be too many of a month.
var firstReads = []int{readDaily, 7, 1}

// begin opens the books as many days back as the balance of that time can be had.
func (r *reportRun) begin(ctx context.Context, back ...int) error {
	r.cursor.First = addDays(r.today, -back[0])
	r.cursor.Next, r.cursor.WideAt = r.cursor.First, r.now
	opening, ok, err := r.balances(ctx, dayBegin(r.cursor.First).Add(-time.Second))
	switch {
	case err != nil && provider.ClassOf(err) == provider.TooMany && len(back) > 1:
		return r.begin(ctx, back[1:]...)
	case err == nil && !ok:
		err = &provider.Error{Class: provider.Retry, Code: "NO_OPENING_BALANCE"}
	}
	if err != nil {
		return orderFailed(err)
	}
	r.cursor.Opening = opening.Of
	return nil
}

// balances are those of a time, ok where the provider knows as much already.
func (r *reportRun) balances(ctx context.Context, at time.Time) (got provider.Balances, ok bool, err error) {
	call, cancel := r.spend(ctx, reportTime)
	defer cancel()
	got, err = r.desk.Balances(call, at)
	if provider.ClassOf(err) == provider.NotYet && err != nil {
		return got, false, nil
	}
	return got, err == nil && got.At.Equal(at), err
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

// readAll explains a day last: only when all days have been read after its end is
// every row known that moved on it.
func (r *reportRun) readAll(ctx context.Context) error {
	recent := max(r.cursor.First, addDays(r.today, -readHourly))
	again := r.cursor.Next // days from here on are read first
	if err := r.readOn(ctx); err != nil {
		return err
	}
	if err := r.readAgain(ctx, recent, again); err != nil {
		return err
	}
	if err := r.readWide(ctx, min(recent, again)); err != nil {
		return err
	}
	if err := r.explain(ctx); err != nil {
		return err
	}
	r.cursor.Again = ""
	return nil
}

// readAgain reads the last days once more, up to before a day. A run that did not come
// to its end leaves the rest to the next one: beginning anew each time, the later days
// and what comes after them would never have their turn.
func (r *reportRun) readAgain(ctx context.Context, recent, before string) error {
	for day := max(recent, r.cursor.Again); day < before; day = addDays(day, 1) {
		r.cursor.Again = day
		if _, err := r.readDay(ctx, day); err != nil {
			return err
		}
		r.cursor.Again = addDays(day, 1)
	}
	return nil
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

// readWide reads the days of a month before a day, and the older ones with rows that
// may yet move, once for every day that is to be explained; a run that has not the time
// for all of them goes on where the one before stopped.
func (r *reportRun) readWide(ctx context.Context, before string) error {
	month := max(r.cursor.First, addDays(r.today, -readDaily))
	if r.cursor.Wide == "" && !r.cursor.WideAt.After(knownAfter(r.explainable())) {
		r.cursor.Wide, r.cursor.WideAt = r.oldest(month), r.now
	}
	for ; r.cursor.Wide != "" && r.cursor.Wide < before; r.cursor.Wide = addDays(r.cursor.Wide, 1) {
		if r.cursor.Wide < month && !slices.Contains(r.cursor.Waiting, r.cursor.Wide) {
			continue
		}
		if _, err := r.readDay(ctx, r.cursor.Wide); err != nil {
			return err
		}
	}
	r.cursor.Wide = ""
	return nil
}

// oldest is the first day that waits, or else the one before which nothing is read.
func (r *reportRun) oldest(month string) string {
	r.cursor.Waiting = slices.DeleteFunc(r.cursor.Waiting, func(day string) bool { return day < addDays(r.today, -readWaiting) })
	if len(r.cursor.Waiting) > 0 {
		return min(month, r.cursor.Waiting[0])
	}
	return month
}

// await notes whether a day has rows that may yet move.
func (c *reportCursor) await(day string, waits bool) {
	at, noted := slices.BinarySearch(c.Waiting, day)
	switch {
	case waits && !noted:
		c.Waiting = slices.Insert(c.Waiting, at, day)
	case !waits && noted:
		c.Waiting = slices.Delete(c.Waiting, at, at+1)
	}
}

// explainable is the last day of which every row is known.
func (r *reportRun) explainable() string {
	return addDays(store.DayOf(r.cursor.Until.Add(-reportLag)), -1)
}

// knownAfter is when the last row of a day has come in.
func knownAfter(day string) time.Time { return dayEnd(day).Add(reportLag) }

// dayBegin is a day's first second; a day of ours is always one of the calendar.
func dayBegin(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	return t
}

// dayEnd is a day's last second.
func dayEnd(day string) time.Time { return dayBegin(day).Add(oneDay - time.Second) }

func addDays(day string, n int) string { return store.DayOf(dayBegin(day).AddDate(0, 0, n)) }
