package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// TestSettlementWhenTheReportFails: whatever goes wrong with one call, the next runs
// read what it did not, once, and the disputes are read all the same.
func TestSettlementWhenTheReportFails(t *testing.T) {
	for _, call := range []sim.CallName{sim.CallReport, sim.CallBalance} {
		for _, kind := range sim.Kinds() {
			if !kind.Fits(call) {
				continue
			}
			t.Run(fmt.Sprint(call, " ", kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, plan{})
				b := w.paid()
				due := w.clock.Now().Add(10 * 24 * time.Hour).Truncate(24 * time.Hour)
				id := b.claim(due)
				w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: call}))
				for range 24 {
					w.settleNextHour()
				}
				b.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR")
				b.wantDispute(id, true, due)
				if left := w.explained("EUR"); left != 0 {
					t.Errorf("%d are not explained", left)
				}
			})
		}
	}
}

// dying is a table at which the process dies, before or after its nth write.
type dying struct {
	store.Store
	at    int
	after bool
	n     int
}

func (c *dying) Write(ctx context.Context, puts ...store.Put) error {
	c.n++
	if c.n == c.at && c.after {
		_ = c.Store.Write(ctx, puts...)
	}
	if c.n == c.at {
		panic("the process dies")
	}
	return c.Store.Write(ctx, puts...)
}

// TestSettlementThatDies at any of its writes: the runs after it come to the same.
func TestSettlementThatDies(t *testing.T) {
	for at := 1; ; at++ {
		died := false
		for _, after := range []bool{false, true} {
			var table *dying
			w := newWorld(t, plan{store: func(s store.Store) store.Store {
				table = &dying{Store: s, after: after}
				return table
			}})
			one, two := w.paid(), w.paid()
			w.must(w.paypal.RefundInDashboard(two.charges()[0].ID, 500))
			_, err := w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3})
			w.must(err)
			w.clock.Move(4 * time.Hour)
			table.at = table.n + at
			if _, err := w.settleNextHour(); err != nil {
				died = true
			}
			table.at = 0
			w.settleFor(2 * time.Hour)
			one.wantRows("sale 7500 -297 EUR")
			two.wantRows("sale 7500 -297 EUR", "refund -500 0 EUR")
			if p, _ := two.stored(); len(p.Entries) != 4 { // captured, refunded, and the two rows
				t.Errorf("died at %d: entries %+v", at, p.Entries)
			}
			if left := w.explained("EUR"); left != 0 || len(w.unmatchedRows()) != 1 {
				t.Errorf("died at %d: %d are not explained, %v", at, left, w.unmatchedRows())
			}
		}
		if !died {
			if at < 5 {
				t.Errorf("only %d writes to die at", at-1)
			}
			return
		}
	}
}

// tiring is a clock that has time for so many pages and then for nothing.
type tiring struct {
	checkout.Clock
	pages int
}

func (c *tiring) Left(deadline time.Time) time.Duration {
	if time.Until(deadline) > 2*time.Minute { // asked before each page and each payment: see asks
		c.pages--
	}
	if c.pages < 0 {
		return 10 * time.Second // for what is at hand, and for no other page
	}
	return time.Minute
}

// settleInTime is a run that has time for so many questions of how much is left.
func (w *world) settleInTime(asks int) (checkout.Settlement, error) {
	w.t.Helper()
	c := w.handlers.Checkout.Config
	c.Clock = &tiring{w.clock, asks}
	s, err := checkout.New(c)
	w.must(err)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return s.SettleBooks(ctx)
}

// TestSettlementInLittleTime: a run that has time for a page or two goes on where the
// one before stopped, in the middle of a day, and comes to the same books.
func TestSettlementInLittleTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paid()
	for i := range 1400 {
		if i%10 == 0 {
			w.clock.Move(time.Minute)
		}
		_, err := w.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: "EUR", Amount: int64(100 + i)})
		w.must(err)
	}
	last := w.paid()
	w.clock.Move(5 * time.Hour)
	short := 0
	for range 40 {
		done, err := w.settleInTime(9)
		w.must(err)
		short += done.Left
	}
	if short < 3 {
		t.Errorf("only %d runs were short of time", short)
	}
	b.wantRows("sale 7500 -297 EUR")
	last.wantRows("sale 7500 -297 EUR")
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestSettlementOfManyRows: more than PayPal lists at once, and pages that shift while
// they are read.
func TestSettlementOfManyRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plan{})
	first := w.paid()
	for i := range 10_300 {
		if i%2 == 0 {
			w.clock.Move(time.Second)
		}
		_, err := w.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: "EUR", Amount: int64(100 + i)})
		w.must(err)
	}
	last := w.paid()
	w.clock.Move(4 * time.Hour)
	w.paypal.ShiftPages(1)
	done, err := w.settleNextHour()
	if err != nil || done.Left != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	first.wantRows("sale 7500 -297 EUR")
	last.wantRows("sale 7500 -297 EUR")
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestSettlementRunsThatOverlap change nothing for each other.
func TestSettlementRunsThatOverlap(t *testing.T) {
	w := newWorld(t, plan{})
	buyers := []*buyer{w.paid(), w.paid(), w.paid()}
	w.must(w.paypal.RefundInDashboard(buyers[1].charges()[0].ID, 500))
	for range 6 {
		w.clock.Move(time.Hour)
		var runs sync.WaitGroup
		for range 3 {
			runs.Go(func() {
				if _, err := w.handlers.Settlement()(context.Background(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
	}
	buyers[0].wantRows("sale 7500 -297 EUR")
	buyers[1].wantRows("sale 7500 -297 EUR", "refund -500 0 EUR")
	for _, b := range buyers {
		b.agrees()
	}
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestSettlementOfAnyLife: days of whatever an account lives through, in every dialect
// of the report, late, clipped and in pages that shift; in the end every payment's
// rows are the truth about it, and nothing is left unexplained.
func TestSettlementOfAnyLife(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, plan{seed: seed})
			chance := rand.New(rand.NewPCG(uint64(seed), 0))
			w.must(w.paypal.SetReportForm([]sim.ReportForm{sim.AsSeen, sim.AsSpecified, sim.Mixed}[seed%3]))
			if seed%2 == 1 {
				w.must(w.paypal.HoldCurrencies("EUR", "USD"))
				w.paypal.ClipReport(40 * time.Minute)
			}
			buyers := []*buyer{w.paid(), w.paid(), w.paid()}
			for range 40 {
				w.liveOn(chance, &buyers)
				for range chance.IntN(3) {
					if _, err := w.settleNextHour(); err != nil {
						t.Error(err)
					}
				}
			}
			if left := w.explained("EUR"); left != 0 {
				t.Errorf("%d are not explained", left)
			}
			for _, b := range buyers {
				b.agrees()
				if p, _ := b.stored(); len(p.Doubts()) > 0 {
					t.Errorf("%v", p.Doubts())
				}
			}
			if kept := w.unmatchedRows(); len(kept) != 0 {
				t.Errorf("%v", kept)
			}
		})
	}
}

// liveOn lets one thing happen to the account. What cannot happen just now (a payout
// of nothing, a refund of what is refunded) does not.
func (w *world) liveOn(chance *rand.Rand, buyers *[]*buyer) {
	w.t.Helper()
	any := func() string { return (*buyers)[chance.IntN(len(*buyers))].charges()[0].ID }
	steps := []func(){
		func() { *buyers = append(*buyers, w.paid()) },
		func() {
			w.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: "EUR", Amount: 500 + chance.Int64N(5000), Pending: chance.IntN(3) == 0})
		},
		func() { w.paypal.Sell(sim.Sale{Currency: "USD", Amount: 500 + chance.Int64N(5000), Code: "T0007"}) },
		func() { w.paypal.PayOut("EUR", 0) },
		func() { w.paypal.RefundInDashboard(any(), 1+chance.Int64N(9000)) },
		func() { w.paypal.Reverse(any()) },
		func() { w.paypal.CorrectFee(any(), chance.Int64N(400), chance.IntN(2) == 0) },
		func() { w.paypal.Hold([]string{"T2101", "T2107", "T1503"}[chance.IntN(3)], any(), "", 0) },
		func() {
			if id, err := w.paypal.OpenDispute(any(), "OTHER"); err == nil && chance.IntN(2) == 0 {
				w.paypal.ResolveDispute(id, []string{"RESOLVED_BUYER_FAVOUR", "RESOLVED_SELLER_FAVOUR"}[chance.IntN(2)])
			}
		},
		func() {
			held := w.paypal.Statement().Rows
			for _, r := range slices.Backward(held) {
				if r.Kind == sim.RowHold && w.paypal.Release(r.ID) == nil {
					return
				}
			}
		},
	}
	steps[chance.IntN(len(steps))]()
}

// TestSettlementWhileNobodyMayLook: what a row of the account tells first is looked at
// later where it could not be looked at then. Its rows are not kept waiting for that.
func TestSettlementWhileNobodyMayLook(t *testing.T) {
	for _, kind := range []sim.Kind{sim.TokenDropped, sim.Forbidden} {
		w := newWorld(t, plan{})
		b := w.paid()
		w.settleFor(5 * time.Hour)
		if _, item := b.stored(); !item.Due.IsZero() {
			t.Fatalf("due %s", item.Due)
		}
		w.must(w.paypal.Reverse(b.charges()[0].ID))
		w.paypal.LoseNext(9)
		w.deliver()
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallLook, Times: 2}))
		w.settleFor(5 * time.Hour)
		b.wantRows("sale 7500 -297 EUR", "reversal -7500 0 EUR")
		w.sweepFor(26 * time.Hour)
		b.wantReturned(payment.StatusRefunded, 7500)
		if _, item := b.stored(); !item.Due.IsZero() {
			t.Errorf("%s: due %s", kind, item.Due)
		}
	}
}

// TestSettlementOfAPaymentNobodyCanRead: its rows are kept one by one, and the others'
// are where they belong.
func TestSettlementOfAPaymentNobodyCanRead(t *testing.T) {
	w := newWorld(t, plan{})
	broken, whole := w.paid(), w.paid()
	_, item := broken.stored()
	w.rewrite(broken.id, strings.Replace(string(item.Document), `"schema":`, `"schema":9`, 1))
	w.settleFor(5 * time.Hour)
	whole.wantRows("sale 7500 -297 EUR")
	if got := w.unmatchedRows(); len(got) != 1 || got[0] != "payment_unreadable T0006 "+broken.id {
		t.Errorf("kept: %v", got)
	}
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}
