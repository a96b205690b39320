package checkout

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Account is what a provider's account did in some days, as far as it has been read.
type Account struct {
	Provider string
	First    string // day of the books: nothing before it was ever read

	// CompleteUntil is up to when every row is known: what a provider reports late
	// is left out of it. It is zero where nothing was read yet.
	CompleteUntil time.Time

	Statements []settlement.Statement    // by currency
	Days       []settlement.DayStatement // that moved something
	Unmatched  int                       // claims of rows of these days that wait for a person
	Rows       []UnmatchedRow            // the first hundred of them, by the day on which they began
}

// mostUnmatched is how many rows that wait for a person are told one by one: whoever
// has more of them has another fault than theirs.
const mostUnmatched = 100

// maxRange is how many days one statement may be of: a year.
const maxRange = 366

// Accounts are the statements of every provider whose account has been read at least
// once, by the provider's name, of the days of UTC from from to before to ("2026-11-01",
// "2026-12-01"), 366 at most. A range may end in the future; one that begins there is
// refused.
//
// Nobody is asked: it is what the settlement has read. Errors: KindDay (no such day),
// KindRange, those of storeFailed.
func (s *Service) Accounts(ctx context.Context, from, to string) ([]Account, error) {
	if err := s.checkRange(from, to); err != nil {
		return nil, err
	}
	cursors, err := s.reportCursors(ctx)
	if err != nil {
		return nil, err
	}
	accounts := []Account{}
	for _, c := range cursors {
		a, err := s.account(ctx, c, from, to)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

// checkRange refuses days that cannot be asked for together.
func (s *Service) checkRange(from, to string) error {
	for _, day := range []string{from, to} {
		if !isDay(day) {
			return refuse(KindDay, "%.20q is not a day of the calendar: write it like 2026-11-21.", day)
		}
	}
	switch {
	case from >= to:
		return refuse(KindRange, "The first day has to be before the day at which the range ends, which is not counted in.")
	case addDays(from, maxRange) < to:
		return refuse(KindRange, "A range has %d days at most.", maxRange)
	case from > store.DayOf(s.now()):
		return refuse(KindRange, "The first day has not begun.")
	}
	return nil
}

// readAccount is the cursor of an account that has been read.
type readAccount struct {
	provider string
	reportCursor
}

// reportCursors are those of all accounts, by provider.
func (s *Service) reportCursors(ctx context.Context) (found []readAccount, err error) {
	page, err := s.Store.Query(ctx, store.Query{Partition: store.CursorKey("report", "").Partition, Limit: store.MaxPage})
	if err != nil {
		return nil, storeFailed(err)
	}
	for _, item := range page.Items {
		a := readAccount{provider: item.Key.Sort}
		if err := json.Unmarshal(item.Document, &a.reportCursor); err != nil {
			return nil, &Error{Kind: KindInternal, Err: err}
		}
		found = append(found, a)
	}
	return found, nil
}

// completeUntil is up to when no row is missing any more.
func (c reportCursor) completeUntil() time.Time {
	if c.Until.IsZero() {
		return time.Time{}
	}
	return c.Until.Add(-reportLag)
}

func (s *Service) account(ctx context.Context, c readAccount, from, to string) (Account, error) {
	a := Account{Provider: c.provider, First: c.First, CompleteUntil: c.completeUntil()}
	books, base, last, err := s.booksOf(ctx, c, from, to)
	if err != nil {
		return a, err
	}
	var days []settlement.Day
	for _, b := range books {
		days = append(days, settlement.Day{Day: b.day, Book: b.Book})
	}
	if a.Statements, a.Days, err = settlement.StatementsOf(s.words(c.provider), days, from, to, base, last); err != nil {
		return a, &Error{Kind: KindInternal, Err: err}
	}
	a.Unmatched, a.Rows, err = s.unmatched(ctx, c.provider, from, to)
	return a, err
}

// booksOf are the books that hold what moved in a range or brings the balance before it
// forward; with the last balances known before the range, and within it.
func (s *Service) booksOf(ctx context.Context, c readAccount, from, to string) (books []datedBook, base, last settlement.Known, err error) {
	back := c.reach()
	for start := addDays(from, -1-back); ; {
		if books, err = s.books(ctx, c.provider, start, to); err != nil {
			return nil, base, last, err
		}
		base, last = settlement.Known{Day: addDays(c.First, -1), Of: c.Opening}, settlement.Known{}
		for _, b := range books {
			switch {
			case len(b.Rolls) == 0:
			case b.day < from:
				base = b.closing()
			default:
				last = b.closing()
			}
		}
		need := max(addDays(base.Day, 1-back), c.First)
		if start <= need {
			return books, base, last, nil
		}
		start = need
	}
}

// unmatched counts what was kept one by one of a range, and tells the first of it.
func (s *Service) unmatched(ctx context.Context, provider, from, to string) (n int, rows []UnmatchedRow, err error) {
	err = s.eachOf(ctx, store.UnmatchedRowKey(provider, "", "").Partition, from, to, func(item store.Item) error {
		if n++; n > mostUnmatched {
			return nil
		}
		var row UnmatchedRow
		if err := json.Unmarshal(item.Document, &row); err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		rows = append(rows, row)
		return nil
	})
	return n, rows, err
}

// eachOf goes over the items of a partition whose sort keys begin with a day from from
// to before to, in their order. A partition grows for ever, so it is read by the month.
func (s *Service) eachOf(ctx context.Context, partition, from, to string, do func(store.Item) error) error {
	for month := from[:len("2026-11")]; month < to; month = nextMonth(month) {
		query := store.Query{Partition: partition, SortPrefix: month, Limit: store.MaxPage}
		for {
			page, err := s.Store.Query(ctx, query)
			if err != nil {
				return storeFailed(err)
			}
			for _, item := range page.Items {
				if item.Key.Sort < from || item.Key.Sort >= to {
					continue
				}
				if err := do(item); err != nil {
					return err
				}
			}
			if query.Cursor = page.Next; query.Cursor == "" {
				break
			}
		}
	}
	return nil
}

// nextMonth is the month after one, "2026-11".
func nextMonth(month string) string {
	t, _ := time.Parse("2006-01", month)
	return t.AddDate(0, 1, 0).Format("2006-01")
}

// closing are the balances at the end of a day that was explained.
func (b datedBook) closing() settlement.Known {
	known := settlement.Known{Day: b.day, Of: map[money.Currency]settlement.Funds{}}
	for _, r := range b.Rolls {
		c := cmp.Or(r.Closing.Currency, r.Opening.Currency)
		funds := known.Of[c]
		if r.Balance == settlement.BalanceTotal {
			funds.Total = r.Closing
		} else {
			funds.Available = r.Closing
		}
		known.Of[c] = funds
	}
	return known
}
