package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// paidByCard is a purchase of 25.00 EUR by card at Stripe, without incident.
func (w *world) paidByCard() *buyer {
	w.t.Helper()
	b := w.payer("card", "DE", "EUR")
	b.open()
	b.pays(sim.Instrument{Brand: "visa"})
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	return b
}

// TestRefundAtStripeThatWasNotHeard: whatever became of the call, the money goes back once,
// also where Stripe has forgotten the key by then, or keeps its own failure under it for
// a day.
func TestRefundAtStripeThatWasNotHeard(t *testing.T) {
	for _, kind := range []sim.Kind{
		sim.TimeoutBefore, sim.TimeoutAfter, sim.ErrorBefore, sim.ErrorAfter, sim.StoredError, sim.CutBody, sim.BadGatewayAfter,
		sim.WrongShape, sim.RateLimited, sim.InProgress, sim.OtherAmount,
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.paidByCard()
			w.must(w.stripe.Inject(sim.Fault{Kind: kind, Call: sim.CallRefund}))
			if r := b.refund(1000, "once"); r.code/100 != 2 {
				t.Errorf("reserved, and answered %d %s", r.code, r.text)
			}
			// Nobody looks for longer than the key is kept.
			w.clock.Move(25 * time.Hour)
			w.sweepFor(2 * time.Hour)
			if r := b.refund(1000, "once"); r.code != http.StatusOK {
				t.Errorf("asked once more: %d %s", r.code, r.text)
			}
			b.wants(b.look(), http.StatusOK, payment.StatusPartiallyRefunded, "none")
			if got := w.sessions(b.id)[0].Refunded; got != 1000 {
				t.Errorf("Stripe gave back %d", got)
			}
			b.auditStripe()
		})
	}
}

// TestRefundAtStripeRefused: the account has not enough. Nothing went back, and the amount
// is free again.
func TestRefundAtStripeRefused(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.paidByCard()
	w.must(w.stripe.Inject(sim.Fault{Kind: sim.InsufficientFunds, Call: sim.CallRefund}))
	b.wantRefund(2500, "poor", http.StatusConflict, "refund-not-made")
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantRefund(2500, "later", http.StatusCreated, "completed")
	b.wants(b.look(), http.StatusOK, payment.StatusRefunded, "none")
}

// TestRefundInStripesDashboard: somebody else gave back a part; more than the rest is
// refused here.
func TestRefundInStripesDashboard(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.paidByCard()
	w.must(w.stripe.RefundInDashboard(w.sessions(b.id)[0].ID, 1500))
	w.rings()
	b.wants(b.look(), http.StatusOK, payment.StatusPartiallyRefunded, "none")
	b.wantRefund(1001, "too-much", http.StatusUnprocessableEntity, "refund-refused")
	b.wantRefund(1000, "rest", http.StatusCreated, "completed")
	b.wants(b.look(), http.StatusOK, payment.StatusRefunded, "none")
	if got := w.sessions(b.id)[0].Refunded; got != 2500 {
		t.Errorf("Stripe gave back %d", got)
	}
}

// TestRefundAtStripeThatComesBack: a bank sends a pending refund back, and one that had
// succeeded. The first is free to be made again; the second contradicts what was told, and
// a person looks.
func TestRefundAtStripeThatComesBack(t *testing.T) {
	for name, pending := range map[string]bool{"pending": true, "after it had succeeded": false} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.paidByCard()
			code, state := http.StatusCreated, "completed"
			if pending {
				code, state = http.StatusAccepted, "pending"
				w.must(w.stripe.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund}))
			}
			b.wantRefund(2500, "all", code, state)
			w.clock.Move(48 * time.Hour)
			w.must(w.stripe.EndRefund(w.sessions(b.id)[0].ID, false))
			w.rings()
			want := payment.StatusReview
			if pending {
				want = payment.StatusCaptured
			}
			p, _ := b.stored()
			if got := payment.StatusOf(p); got != want {
				t.Errorf("it became %s: %+v", got, p.Refunds)
			}
			if pending {
				b.wantRefund(2500, "again", http.StatusCreated, "completed")
			}
		})
	}
}

// TestRefundDuringAnInquiryOfStripe: no money has moved for the inquiry, so a part may go
// back, and the rest, once the merchant says so; then the case has nothing left to take.
// Of a chargeback nothing is given back a second time.
func TestRefundDuringAnInquiryOfStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidByCard()
	w.must(w.stripe.Dispute(b.paidIn(), "product_not_received", true))
	w.rings()
	b.wantRefund(1000, "part", http.StatusConflict, "dispute-open")
	for name, part := range map[string]int64{"part": 1000, "rest": 1500} {
		if r := b.refundDespite(part, name); r.code != http.StatusCreated {
			t.Errorf("the %s: %d %s", name, r.code, r.text)
		}
	}
	b.wants(b.look(), http.StatusOK, payment.StatusRefunded, "none")
	w.must(w.stripe.Resolve(b.paidIn(), true))
	w.rings()
	w.settleFor(2 * time.Hour)
	b.wantRows("sale 2500 -63 EUR", "refund -1000 0 EUR", "refund -1500 0 EUR")
	if p, _ := b.stored(); len(p.Disputes) != 1 || p.Disputes[0].Open || len(p.Doubts()) > 0 {
		t.Errorf("%+v, %v", p.Disputes, p.Doubts())
	}
	day, truth := w.dayEnds("EUR")
	w.explains("stripe", day, truth)

	late := w.paidByCard()
	w.must(w.stripe.Dispute(late.paidIn(), "product_not_received", false))
	w.rings()
	if r := late.refundDespite(2500, "all"); r.code != http.StatusConflict || r.problem != "refund-not-made" || r.Code != "charge_disputed" {
		t.Errorf("of a chargeback: %d %s", r.code, r.text)
	}
	late.auditStripe()
}

// TestRefundThatCameBackUnheard: the bank sends a refund back that had succeeded, nothing
// rings, and the account shows it. The buyer has no money, and somebody has to know.
func TestRefundThatCameBackUnheard(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidByCard()
	b.wantRefund(2500, "all", http.StatusCreated, "completed")
	w.rings()
	w.settleFor(4 * time.Hour)
	w.sweepFor(48 * time.Hour)
	if p, _ := b.stored(); !payment.Final(p) {
		t.Fatalf("it is %s, and not final", payment.StatusOf(p))
	}
	w.stripe.LoseNext(100)
	w.must(w.stripe.EndRefund(w.sessions(b.id)[0].ID, false))
	w.rings()
	w.settleFor(48 * time.Hour)
	w.sweepFor(72 * time.Hour)
	p, _ := b.stored()
	if got := payment.StatusOf(p); got != payment.StatusReview {
		t.Errorf("the refund came back, and the payment says %s; refundable %s; rows %+v", got, p.Refundable(), p.Rows())
	}
}

// TestPaidThrough: the buyer turned from PayPal to a card, and PayPal's old order was paid.
// What is told of the payment names PayPal, to the buyer and to the merchant.
func TestPaidThrough(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("paypal", "DE", "EUR")
	old := b.open().Next.URL
	if r := b.turns(1, "card"); r.Method != "card" {
		t.Errorf("after turning to card: %s", r.Method)
	}
	w.must(b.approveAt(old, paypal.Balance))
	w.captureBehindOurBack(b.orders()[0].ID)
	w.sweepFor(2 * time.Hour)
	if r := b.look(); r.status() != payment.StatusCaptured || r.Method != "paypal" || r.Attempt != 2 {
		t.Errorf("%s by %s, attempt %d", r.status(), r.Method, r.Attempt)
	}
	if p := w.day("day=2026-11-21").Payments[0]; p.Method != "paypal" || p.Provider != "paypal" {
		t.Errorf("%+v", p)
	}
	if got := b.receiptIn("en").Method.Method; got != "paypal" {
		t.Errorf("the receipt says %s", got)
	}
}

// TestRefundsOfADoubleCharge: charged by both providers, behind everybody's back. The one
// is given back, and then the other.
func TestRefundsOfADoubleCharge(t *testing.T) {
	for name, parts := range map[string][]int64{"one and the other": {2500, 2500}, "all at once": {0, 0}, "parts": {1000, 2000, 1500, 500}} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.chargedTwice()
			b.wantRefund(5000, "both", http.StatusUnprocessableEntity, "refund-refused")
			for i, part := range parts {
				b.wantRefund(part, fmt.Sprint(i), http.StatusCreated, "completed")
			}
			w.sweepFor(48 * time.Hour)
			p, _ := b.stored()
			atPayPal := int64(0)
			for _, r := range w.paypal.Books().Refunds {
				atPayPal += r.Amount
			}
			if got := w.sessions(b.id)[0].Refunded + atPayPal; got != 5000 {
				t.Errorf("5000 were taken and asked back; Stripe gave %d, PayPal %d; still reserved: %+v", w.sessions(b.id)[0].Refunded, atPayPal, p.Reservations)
			}
		})
	}
}

// TestRefundWhereOneOfTwoChargesCannotBe: PayPal refuses what is older than 180 days. The
// merchant's next try goes against the other charge, which Stripe still gives back.
func TestRefundWhereOneOfTwoChargesCannotBe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.chargedTwice()
	w.clock.Move(181 * 24 * time.Hour)
	if r := b.refund(2500, "first"); r.problem != "refund-not-made" || !strings.Contains(r.text, "REFUND_TIME_LIMIT_EXCEEDED") {
		t.Errorf("%d %s", r.code, r.text)
	}
	b.wantRefund(2500, "second", http.StatusCreated, "completed")
	if got := w.sessions(b.id)[0].Refunded; got != 2500 || len(w.paypal.Books().Refunds) > 0 {
		t.Errorf("Stripe gave back %d, PayPal %+v", got, w.paypal.Books().Refunds)
	}
}

// chargedTwice is a buyer of 25.00 whom both providers have charged.
func (w *world) chargedTwice() *buyer {
	w.t.Helper()
	b := w.payer("paypal", "DE", "EUR")
	old := b.open().Next.URL
	b.wants(b.turns(1, "card"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.pays(sim.Instrument{Brand: "visa"})
	w.must(b.approveAt(old, paypal.Balance))
	w.captureBehindOurBack(b.orders()[0].ID)
	w.sweepFor(2 * time.Hour)
	return b
}

// TestRefundWhereAnotherProviderIsGone: begun at PayPal, paid at Stripe; the shop has left
// PayPal when the merchant gives the money back.
func TestRefundWhereAnotherProviderIsGone(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("paypal", "DE", "EUR")
	b.open()
	b.wants(b.turns(1, "card"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.pays(sim.Instrument{Brand: "visa"})
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.w = newStripeWorld(t, plan{from: w, env: map[string]string{"PROVIDERS": "stripe"}})
	w = b.w
	b.wantRefund(2500, "all", http.StatusCreated, "completed")
	if got := w.sessions(b.id)[0].Refunded; got != 2500 {
		t.Errorf("Stripe gave back %d", got)
	}
}
