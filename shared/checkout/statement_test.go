package checkout_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// readDays lets a service read its account at noon of so many days.
func readDays(a *account, s *checkout.Service, run func() checkout.Settlement, days int) (unexplained int) {
	clock := s.Clock.(*counter)
	for range days {
		clock.move(24 * time.Hour)
		a.ends = clock.Now()
		unexplained += run().Unexplained
	}
	return unexplained
}

// TestOldDaysAreCarried: what old days have moved explains the balances without their
// books, which are not read again for it.
func TestOldDaysAreCarried(t *testing.T) {
	a := &account{ends: midday, most: 100}
	for i := range 100 {
		sale := foreignSale(i, 0)
		sale.Initiated = midday.AddDate(0, 0, i-30)
		sale.Updated = sale.Initiated
		a.rows = append(a.rows, sale)
	}
	s, table, run := settles(t, a, 0)
	run()
	if open := readDays(a, s, run, 60); open != 0 {
		t.Fatalf("%d days are not explained", open)
	}
	item, err := table.Get(t.Context(), store.CursorKey("report", "paypal"))
	var cursor struct{ Carry settlement.Day }
	if err != nil || json.Unmarshal(item.Document, &cursor) != nil || cursor.Carry.Day != "2026-12-05" {
		t.Fatalf("%v, carried to %q", err, cursor.Carry.Day)
	}
	for day := range books(t, table) {
		if day > cursor.Carry.Day {
			continue
		}
		book, err := table.Get(t.Context(), store.DayBookKey("paypal", day))
		if err != nil {
			t.Fatal(err)
		}
		after := store.Item{Key: book.Key, WriteID: "spoilt " + day, Document: []byte(`{"hours":"gone"}`)}
		if err := table.Write(t.Context(), store.Put{Before: book, After: after}); err != nil {
			t.Fatal(err)
		}
	}
	if open := readDays(a, s, run, 10); open != 0 {
		t.Errorf("without the old books %d days are not explained", open)
	}
}

// TestAccountsWhereNoDayWasExplained: the settlement stood still for days, or for more
// than are read at first; a range that begins among them has the balance of the day
// before the stop, brought forward.
func TestAccountsWhereNoDayWasExplained(t *testing.T) {
	for _, still := range []int{9, 80} {
		a := &account{ends: midday, most: 100}
		total, sum := map[string]int64{}, int64(0)
		for i := range 140 {
			sale := foreignSale(i, 0)
			sale.Initiated = midday.AddDate(0, 0, i-30)
			sale.Updated = sale.Initiated
			a.rows = append(a.rows, sale)
			sum += sale.Amount.Minor + sale.Fee.Minor
			total[store.DayOf(sale.Initiated)] = sum
		}
		s, _, run := settles(t, a, 0)
		run()
		readDays(a, s, run, 2) // up to 23 November; the day before is explained
		s.Clock.(*counter).move(time.Duration(still) * 24 * time.Hour)
		readDays(a, s, run, 3)
		today := mustDay(t, store.DayOf(s.Clock.Now()))
		day := func(n int) string { return store.DayOf(today.AddDate(0, 0, n)) }
		for _, c := range []struct{ from, to, before, explained string }{
			{day(-5), day(1), day(-6), day(-1)}, {"2026-10-01", "2026-11-23", "2026-09-30", "2026-11-22"}, {"2026-11-24", "2026-11-25", "", ""},
		} {
			accounts, err := s.Accounts(t.Context(), c.from, c.to)
			if err != nil || len(accounts) != 1 || len(accounts[0].Statements) != 1 {
				t.Fatalf("%v: %+v, %v", c, accounts, err)
			}
			st := accounts[0].Statements[0]
			if st.Explained != c.explained || st.Opening.Minor != total[c.before] || st.Closing.Minor != total[c.explained] || !st.Remainder.IsZero() {
				t.Errorf("%v: from %s to %s on %q, %s left over; want %d and %d", c, st.Opening, st.Closing, st.Explained, st.Remainder, total[c.before], total[c.explained])
			}
			if until := accounts[0].CompleteUntil; !until.Equal(a.ends.Add(-3 * time.Hour)) {
				t.Errorf("complete until %s, the report ends at %s", until, a.ends)
			}
		}
	}
}

func mustDay(t *testing.T, day string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
