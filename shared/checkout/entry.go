package checkout

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// EntryPage is a part of all that moved in some days. The pages of a range begin with
// the balances before it, have every posting of every payment, then what is no payment's,
// and end with the balances after it: Opening and all that follows it until Closing's
// day add up to Closing.
type EntryPage struct {
	Opening []Balance
	Entries []MovedEntry
	Foreign []ForeignSum
	Closing []Balance
	Next    string // cursor of the next page, "" after the last one
}

// Balance is what a provider says to have of one currency: before the first day of the
// range, or at the end of Day, the last of the range whose balance is known.
type Balance struct {
	Provider         string
	Day              string
	Total, Available money.Amount
}

// MovedEntry is what a row of a payment moved at one time.
type MovedEntry struct {
	Provider string
	Payment  string
	payment.Posting
	Means settlement.Code
}

// ForeignSum is what rows that are no payment's of ours moved on one day, by code.
type ForeignSum struct {
	Provider string
	settlement.Movement
	Means settlement.Code
}

const (
	// entryPage is how many payments one page of entries looks at. Lambda answers 6 MB
	// at most, and a line is some 400 bytes: there is room for fifty refunds of each.
	entryPage = 200

	// foreignDays are read for one page at most, and a page ends after the day with
	// which it has foreignPage sums.
	foreignDays = 31
	foreignPage = 2000

	// The parts of a range, as the cursors name them.
	partPayments = "payments."
	partForeign  = "foreign."
)

// Entries is one page of all that moved in the days of UTC from from to before to; see
// EntryPage. cursor is Next of the page before, empty for the first. A page may have
// nothing in it. Errors: those of Accounts and of MovedPayments.
func (s *Service) Entries(ctx context.Context, from, to, cursor string) (page EntryPage, err error) {
	if err := s.checkRange(from, to); err != nil {
		return page, err
	}
	if day, is := strings.CutPrefix(cursor, partForeign); is {
		if day < from || day >= to || !isDay(day) {
			return page, refuse(KindDay, "The cursor does not belong to these days: take it from the page before, or leave it out.")
		}
		return s.foreignFrom(ctx, day, from, to)
	}
	after, is := strings.CutPrefix(cursor, partPayments)
	if cursor == "" {
		page.Opening, _, err = s.ends(ctx, from, to)
	} else if !is || after == "" {
		err = refuse(KindDay, "The cursor does not belong to these days: take it from the page before, or leave it out.")
	}
	if err != nil {
		return page, err
	}
	moved, next, err := s.MovedPayments(ctx, from, to, entryPage, after)
	if err != nil {
		return page, err
	}
	for _, m := range moved {
		for _, posted := range settlement.PostedIn(m.Payment, m.Provider, from, to) {
			means, _ := s.words(m.Provider).Means(posted.Code)
			page.Entries = append(page.Entries, MovedEntry{m.Provider, m.Payment.ID, posted, means})
		}
	}
	if page.Next = partPayments + next; next == "" {
		page.Next = partForeign + from
	}
	return page, nil
}

// isDay reports whether a text is a day of the calendar, of a time that can be met here.
func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil && text > "1900"
}

// ends are the balances before a range and at its end, of every account of which both
// are known.
func (s *Service) ends(ctx context.Context, from, to string) (opening, closing []Balance, err error) {
	accounts, err := s.Accounts(ctx, from, to)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range accounts {
		for _, st := range a.Statements {
			if st.Explained == "" {
				continue
			}
			opening = append(opening, Balance{a.Provider, from, st.Opening, st.OpeningAvailable})
			closing = append(closing, Balance{a.Provider, st.Explained, st.Closing, st.Available})
		}
	}
	return opening, closing, nil
}

// foreignFrom is the page of what is no payment's from a day on; the last one has the
// balances at the end.
func (s *Service) foreignFrom(ctx context.Context, day, from, to string) (page EntryPage, err error) {
	until := min(addDays(day, foreignDays), to)
	accounts, err := s.reportCursors(ctx)
	if err != nil {
		return page, err
	}
	for _, a := range accounts {
		books, err := s.books(ctx, a.provider, addDays(day, -a.reach()), until)
		if err != nil {
			return page, err
		}
		sums, err := foreignSums(s.words(a.provider), books, day, until)
		if err != nil {
			return page, &Error{Kind: KindInternal, Err: err}
		}
		for _, m := range sums {
			means, _ := s.words(a.provider).Means(m.Code)
			page.Foreign = append(page.Foreign, ForeignSum{a.provider, m, means})
		}
	}
	slices.SortStableFunc(page.Foreign, func(a, b ForeignSum) int { return cmp.Compare(a.Day, b.Day) })
	if len(page.Foreign) > foreignPage {
		until = addDays(page.Foreign[foreignPage-1].Day, 1)
		page.Foreign = slices.DeleteFunc(page.Foreign, func(f ForeignSum) bool { return f.Day >= until })
	}
	if until < to {
		page.Next = partForeign + until
		return page, nil
	}
	_, page.Closing, err = s.ends(ctx, from, to)
	return page, err
}

// foreignSums are what books tell of no payment's rows that moved within some days, by
// day, currency and code.
func foreignSums(w settlement.Words, books []datedBook, from, to string) ([]settlement.Movement, error) {
	type key struct {
		day  string
		c    money.Currency
		code string
	}
	found := map[key]settlement.Movement{}
	for _, b := range books {
		moved, err := settlement.Day{Day: b.day, Book: b.Book}.Movements()
		if err != nil {
			return nil, err
		}
		for _, m := range moved {
			means, _ := w.Means(m.Code)
			if m.Ours && !settlement.Dated(m.Code) || m.Day < from || m.Day >= to || means.Balance == settlement.BalanceNone {
				continue
			}
			k := key{m.Day, m.Currency, m.Code}
			if had, ok := found[k]; ok {
				if m, err = had.Plus(m); err != nil {
					return nil, err
				}
			}
			found[k] = m
		}
	}
	list := make([]settlement.Movement, 0, len(found))
	for _, m := range found {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b settlement.Movement) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Code, b.Code))
	})
	return list, nil
}
