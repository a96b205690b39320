package checkout_test

import (
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// days lets some days pass, each with one run in the morning, and sums up how many
// balances stayed unexplained.
func (a *account) days(clock *counter, run func() checkout.Settlement, n int) (unexplained int) {
	for range n {
		clock.move(24 * time.Hour)
		a.ends = clock.Now()
		unexplained += run().Unexplained
	}
	return unexplained
}

// TestReportWaits: a row that was pending for longer than days are read again is seen
// when its money moves, and no day is read for ever.
func TestReportWaits(t *testing.T) {
	a := &account{ends: midday, most: 100}
	row := foreignSale(1, 20*24*3600)
	row.Status = settlement.StatusPending
	a.rows = []settlement.Row{row}
	s, _, run := settles(t, a, 0)
	clock := s.Clock.(*counter)
	run()
	if n := a.days(clock, run, 50); n != 0 {
		t.Errorf("%d balances while it is pending", n)
	}
	a.rows[0].Status, a.rows[0].Updated = settlement.StatusDone, clock.Now().Add(time.Hour)
	if n := a.days(clock, run, 3); n != 0 {
		t.Errorf("%d balances when it has moved", n)
	}
	pages := a.pages
	if a.days(clock, run, 1); a.pages-pages > 40 {
		t.Errorf("%d pages in a day in which nothing waits", a.pages-pages)
	}
	accounts, err := s.Accounts(t.Context(), "2026-12-01", "2027-01-31")
	if err != nil || len(accounts) != 1 || len(accounts[0].Statements) != 1 {
		t.Fatalf("%+v, %v", accounts, err)
	}
	if of := accounts[0].Statements[0]; of.OtherSales.Minor != 98 || !of.Remainder.IsZero() || of.Closing.Minor != 98 {
		t.Errorf("%+v", of)
	}
}

// TestReportRemainder: one that is there for a day and gone the next is a matter of
// hours; one that stays is counted, every day.
func TestReportRemainder(t *testing.T) {
	a := &account{ends: midday, most: 100, rows: []settlement.Row{foreignSale(1, 20*24*3600)}}
	s, _, run := settles(t, a, 0)
	clock := s.Clock.(*counter)
	run()
	a.unlisted = 7
	if n := a.days(clock, run, 1); n != 0 {
		t.Errorf("%d balances on the first day", n)
	}
	a.unlisted = 0
	if n := a.days(clock, run, 2); n != 0 {
		t.Errorf("%d balances when it is gone", n)
	}
	a.unlisted = 7
	if n := a.days(clock, run, 3); n != 2*2 {
		t.Errorf("%d balances on three days, want the total and the available one on two", n)
	}
}
