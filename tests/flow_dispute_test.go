package tests

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// claim opens a dispute and takes it on to a claim with a deadline.
func (b *buyer) claim(due time.Time) string {
	b.w.t.Helper()
	id, err := b.w.paypal.OpenDispute(b.charges()[0].ID, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	b.w.must(err)
	b.w.must(b.w.paypal.UpdateDispute(id, "CHARGEBACK", due))
	return id
}

// settleNextHour is the next run of the settlement, which asks for disputes.
func (w *world) settleNextHour() (checkout.Settlement, error) {
	w.clock.Move(time.Hour)
	return w.handlers.Settlement()(context.Background(), nil)
}

// wantDispute holds the merchant's payment against one dispute.
func (b *buyer) wantDispute(id string, open bool, answer time.Time) {
	b.w.t.Helper()
	l := b.ledger()
	if len(l.Disputes) != 1 {
		b.w.t.Fatalf("%d disputes on the merchant's payment", len(l.Disputes))
	}
	d := l.Disputes[0]
	if d.ID != id || d.Open != open || d.Stage != "CHARGEBACK" || d.Reason != "MERCHANDISE_OR_SERVICE_NOT_RECEIVED" || d.Amount.Minor != 7500 || d.Amount.Currency != "EUR" {
		b.w.t.Errorf("%+v", d)
	}
	if open && d.Answer != answer.UTC().Format(time.RFC3339) {
		b.w.t.Errorf("to be answered %q, PayPal says %s", d.Answer, answer)
	}
}

// TestDispute: rung by the webhook, or found by the settlement alone.
func TestDispute(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newWorld(t, plan{})
		b := w.paid()
		w.deliver()
		w.sweepFor(26 * time.Hour) // the payment is final
		if _, item := b.stored(); !item.Due.IsZero() {
			t.Fatalf("due %s", item.Due)
		}
		hear := func() {
			if lost {
				w.paypal.LoseNext(9)
			}
			w.deliver()
			if lost {
				if done, err := w.settleNextHour(); err != nil || done.Disputes != 1 {
					t.Errorf("the settlement: %+v, %v", done, err)
				}
			}
		}
		due := w.clock.Now().Add(10 * 24 * time.Hour).Truncate(24 * time.Hour)
		id := b.claim(due)
		hear()
		b.wantDispute(id, true, due)
		if _, item := b.stored(); item.Due.IsZero() {
			t.Error("a payment with an open dispute has no due")
		}
		b.wantStatus(payment.StatusCaptured)
		b.wantRefund(0, "1", http.StatusConflict, "dispute-open")

		w.must(w.paypal.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
		hear()
		w.sweepFor(26 * time.Hour)
		b.wantDispute(id, false, due)
		b.wantReturned(payment.StatusRefunded, 7500)
		if _, item := b.stored(); !item.Due.IsZero() || w.count(sim.CallRefund) != 0 {
			t.Errorf("lost %t: due %s, %d refunds sent", lost, item.Due, w.count(sim.CallRefund))
		}
	}
}

// TestSweepAsksForNoDisputes: that is the settlement's, once a run, and a run that
// finds nothing writes nothing but how far the account was read, once a day what
// explains it, and a cursor of disputes that grew old.
func TestSweepAsksForNoDisputes(t *testing.T) {
	w := newWorld(t, plan{})
	w.sweepFor(4 * time.Hour)
	if n := w.count(sim.CallDispute); n != 0 {
		t.Errorf("the sweep asked %d times", n)
	}
	writes := w.table.Counts().Writes
	for range 25 {
		if done, err := w.settleNextHour(); err != nil || done != (checkout.Settlement{Until: done.Until}) {
			t.Errorf("%+v, %v", done, err)
		}
	}
	if n, cost := w.count(sim.CallDispute), w.table.Counts().Writes-writes; n != 25 || cost != 25+2+2 {
		t.Errorf("asked %d times in 25 runs, and %d writes", n, cost)
	}
}

// TestSettlementThatFailed: what could not be read is read the next time, and a
// run that failed says so and gives no sign of life. That goes for the disputes, and for
// the captures they are about; a refused token is renewed once, so it is refused twice.
func TestSettlementThatFailed(t *testing.T) {
	for _, kind := range sim.Kinds() {
		for _, call := range []sim.CallName{sim.CallDispute, sim.CallLook} {
			if !kind.Fits(call) {
				continue
			}
			for _, times := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s on %s, %d", kind, call, times), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, plan{})
					b := w.paid()
					w.sweep()
					due := w.clock.Now().Add(10 * 24 * time.Hour).Truncate(24 * time.Hour)
					id := b.claim(due)
					w.paypal.LoseNext(9)
					w.deliver()
					w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: call, Times: times}))
					failed := 0
					for range 4 {
						if done, err := w.settleNextHour(); err != nil || done.Refused > 0 {
							failed++
						}
					}
					if beats := len(w.metrics(handler.MetricDisputesRead)); beats != 4-failed {
						t.Errorf("%d signs of life of 4 runs, of which %d failed", beats, failed)
					}
					b.wantDispute(id, true, due)
				})
			}
		}
	}
}

// TestDisputeAlarm: three days before the deadline the sweep raises its metric.
func TestDisputeAlarm(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	due := w.clock.Now().Add(6 * 24 * time.Hour).Truncate(24 * time.Hour)
	id := b.claim(due)
	w.deliver()
	alarms := func(from time.Time) (n int) {
		for w.clock.Now().Before(from) {
			n += w.sweepAfter(time.Hour).Disputes
		}
		return n
	}
	if n := alarms(due.Add(-3*24*time.Hour - 2*time.Hour)); n != 0 {
		t.Errorf("%d alarms more than three days before", n)
	}
	if w.raised(handler.MetricDisputeDueSoon) != 0 {
		t.Error("the metric was raised too early")
	}
	if n := alarms(due.Add(-24 * time.Hour)); n < 1 {
		t.Errorf("%d alarms in the last three days", n)
	}
	if w.raised(handler.MetricDisputeDueSoon) != 1 {
		t.Error("the metric was not raised")
	}
	w.must(w.paypal.ResolveDispute(id, "RESOLVED_SELLER_FAVOUR"))
	w.deliver()
	w.sweepFor(2 * time.Hour)
	if n := alarms(w.clock.Now().Add(30 * time.Hour)); n != 0 {
		t.Errorf("%d alarms after the end", n)
	}
}
