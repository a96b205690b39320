package checkout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// ourSale is a sale of a payment, with its payment in the table.
func ourSale(t *testing.T, table store.Store, n int, at time.Time) settlement.Row {
	t.Helper()
	id := fmt.Sprintf("sc%026d", n)
	p := payment.New(id, "print", "", "DE", payment.Quote{Total: money.New(int64(100+n), "EUR")}, at)
	document, err := payment.Encode(p)
	if err == nil {
		err = table.Write(t.Context(), store.Put{After: store.Item{Key: store.PaymentKey(id), WriteID: "w" + id, Document: document}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return settlement.Row{
		ID: fmt.Sprint("S", n), Code: "T0006", Status: settlement.StatusDone, Custom: id,
		Amount: money.New(int64(100+n), "EUR"), Fee: money.New(-3, "EUR"), Initiated: at, Updated: at,
	}
}

// moved are the ids that pages of a size list of a range, in their order.
func moved(t *testing.T, s *checkout.Service, from, to string, limit int) (ids []string) {
	t.Helper()
	for cursor := ""; ; {
		page, next, err := s.MovedPayments(t.Context(), from, to, limit, cursor)
		if err != nil || len(page) > limit {
			t.Fatalf("%d payments on a page, %v", len(page), err)
		}
		for _, m := range page {
			ids = append(ids, m.Payment.ID)
		}
		if cursor = next; cursor == "" {
			return ids
		}
	}
}

// lists are the sizes of the lists of an account, by hour.
func lists(t *testing.T, table store.Store) map[string]int {
	t.Helper()
	page, err := table.Query(t.Context(), store.Query{Partition: store.MovedKey("paypal", "", "", 0).Partition, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for _, item := range page.Items {
		var list struct{ Payments []string }
		if err := json.Unmarshal(item.Document, &list); err != nil {
			t.Fatal(err)
		}
		sizes[item.Key.Sort] = len(list.Payments)
	}
	return sizes
}

// TestMovedPayments: a busy hour has several lists; pages of any size have each payment
// once, under the first hour of the range in which money of it moved, and no other's.
func TestMovedPayments(t *testing.T) {
	a := &account{ends: midday, most: 10_000}
	s, table, run := settles(t, a, 0)
	for n := range 260 {
		a.rows = append(a.rows, ourSale(t, table, n, midday.Add(time.Duration(n-3000)*time.Second)))
	}
	yesterday := midday.AddDate(0, 0, -1)
	early := ourSale(t, table, 900, yesterday)
	back := early
	back.ID, back.Code, back.Custom = "R900", "T1107", early.Custom
	back.Initiated, back.Updated = midday.Add(-2500*time.Second), midday.Add(-2500*time.Second)
	waiting := ourSale(t, table, 901, yesterday)
	waiting.Status = settlement.StatusPending
	a.rows = slices.Concat([]settlement.Row{early, waiting, foreignSale(1, 40_000)}, a.rows, []settlement.Row{back})
	run()
	if got := lists(t, table); got["2026-11-20#12#000"] != 1 || got["2026-11-21#11#000"] != 250 || got["2026-11-21#11#001"] != 11 || len(got) != 3 {
		t.Errorf("%v", got)
	}
	for days, want := range map[[2]string]int{
		{"2026-11-20", "2026-11-22"}: 261, {"2026-11-20", "2026-11-21"}: 1, {"2026-11-21", "2026-11-22"}: 261, {"2026-10-01", "2026-11-20"}: 0,
	} {
		all := moved(t, s, days[0], days[1], 1000)
		distinct := slices.Compact(slices.Sorted(slices.Values(all)))
		if len(all) != want || len(distinct) != want {
			t.Errorf("%v: %d payments, %d of them different, want %d", days, len(all), len(distinct), want)
		}
		for _, limit := range []int{7, 250} {
			if got := moved(t, s, days[0], days[1], limit); !slices.Equal(got, all) {
				t.Errorf("%v by %d: %d payments, want %d", days, limit, len(got), len(all))
			}
		}
	}
	entries, foreign, pages := 0, int64(0), 0
	for cursor := ""; cursor != "" || pages == 0; pages++ {
		page, err := s.Entries(t.Context(), "2026-11-20", "2026-11-22", cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Foreign {
			foreign += f.Count
		}
		entries, cursor = entries+len(page.Entries), page.Next
	}
	if entries != 262 || foreign != 1 || pages != 3 {
		t.Errorf("%d entries and %d foreign rows on %d pages", entries, foreign, pages)
	}
	// What was pending moves, and is listed where it moved: one list more, one row more.
	a.rows[1].Status, a.rows[1].Updated = settlement.StatusDone, midday.Add(-10*time.Second)
	before := lists(t, table)
	run()
	if got := lists(t, table); got["2026-11-21#11#001"] != before["2026-11-21#11#001"]+1 || got["2026-11-20#12#000"] != 1 {
		t.Errorf("%v", got)
	}
	if got := moved(t, s, "2026-11-21", "2026-11-22", 1000); !slices.Contains(got, waiting.Custom) {
		t.Error("what was pending is not listed")
	}
}

// TestMovedPaymentsAreNoneButOurs: a payment that is gone from the table, or was never
// in it, is in no list, and its money is counted as foreign.
func TestMovedPaymentsAreNoneButOurs(t *testing.T) {
	a := &account{ends: midday, most: 100}
	s, table, run := settles(t, a, 0)
	row := ourSale(t, table, 1, midday.Add(-time.Hour))
	lost := row
	lost.ID, lost.Custom = "LOST", "sc"+"0000000000000000000000lost"
	a.rows = []settlement.Row{row, lost}
	run()
	if got := moved(t, s, "2026-11-21", "2026-11-22", 10); !slices.Equal(got, []string{row.Custom}) {
		t.Errorf("%v", got)
	}
	accounts, err := s.Accounts(t.Context(), "2026-11-21", "2026-11-22")
	if err != nil || len(accounts) != 1 || len(accounts[0].Statements) != 1 {
		t.Fatalf("%+v, %v", accounts, err)
	}
	if st := accounts[0].Statements[0]; st.Captured != row.Amount || st.OtherSales != money.New(101-3, "EUR") || st.Sales != 1 || accounts[0].Unmatched != 1 {
		t.Errorf("%+v", accounts)
	}
}

// dying is a table that does no more than so many writes.
type dying struct {
	store.Store
	left int
}

func (d *dying) Write(ctx context.Context, puts ...store.Put) error {
	if d.left--; d.left < 0 {
		return store.ErrUnavailable
	}
	return d.Store.Write(ctx, puts...)
}

// TestMovedPaymentsOfRunsThatDie: whichever write a run does not come to, the next one
// makes the lists and the books whole, and what was whole is not written again.
func TestMovedPaymentsOfRunsThatDie(t *testing.T) {
	for writes := range 8 {
		a := &account{ends: midday, most: 100}
		s, table, run := settles(t, a, 0)
		var want []string
		for n := range 3 {
			row := ourSale(t, table, n, midday.Add(time.Duration(n-4)*time.Hour))
			a.rows, want = append(a.rows, row), append(want, row.Custom)
		}
		s.Store = &dying{table, writes}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		if _, err := s.SettleBooks(ctx); err == nil {
			t.Fatalf("a run that is cut off after %d writes has not failed", writes)
		}
		cancel()
		s.Store = table
		run()
		if got := moved(t, s, "2026-11-21", "2026-11-22", 10); !slices.Equal(got, want) {
			t.Errorf("after %d writes: %v", writes, got)
		}
		s.Store = &dying{table, 0}
		if done := run(); done.Days != 0 || done.Rows != 0 {
			t.Errorf("after %d writes and a whole run: %+v", writes, done)
		}
	}
}

// TestMovedPaymentsOfTwoRuns: runs at once name every payment, and none twice.
func TestMovedPaymentsOfTwoRuns(t *testing.T) {
	a := &account{ends: midday, most: 100}
	s, table, run := settles(t, a, 0)
	var want []string
	for n := range 40 {
		row := ourSale(t, table, n, midday.Add(time.Duration(n-3000)*time.Second))
		a.rows, want = append(a.rows, row), append(want, row.Custom)
	}
	var all sync.WaitGroup
	for range 3 {
		mine, config := *a, s.Config // each asks for pages of its own
		config.Providers = []provider.Provider{&mine}
		other, err := checkout.New(config)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			other.SettleBooks(ctx) // one that loses too often says so, and is done again
		})
	}
	all.Wait()
	run()
	if got := moved(t, s, "2026-11-21", "2026-11-22", 1000); !slices.Equal(slices.Sorted(slices.Values(got)), want) || lists(t, table)["2026-11-21#11#000"] != len(want) {
		t.Errorf("%d listed, %v", len(got), lists(t, table))
	}
}
