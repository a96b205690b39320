package tests

import (
	"net/http"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// F9.1. The webhook captured while the browser did, each with an error on its way, and the error path
// gave the money back. Here an error path calls nobody: a failed capture leaves an unknown outcome and a due.
func theLosersCompensation(t *testing.T) {
	for _, kind := range []sim.Kind{sim.TimeoutAfter, sim.ErrorAfter, sim.BadGatewayAfter, sim.CutBody, sim.InProgress} {
		w := newWorld(t, plan{})
		b := w.approved(sim.Balance)
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallCapture, Times: 2}))
		b.capture()
		w.deliver()
		w.settle(b)
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
		if n := w.count(sim.CallRefund); n != 0 {
			t.Errorf("%s: %d refunds that nobody asked for", kind, n)
		}
	}
}

// F9.2. The refund's record went with the provider's error, so that the next try was another refund.
// Here what is reserved stays, under one id, until PayPal definitely refuses.
func keyOfARefund(t *testing.T) {
	for _, kind := range []sim.Kind{sim.TimeoutAfter, sim.ErrorAfter, sim.BadGatewayAfter, sim.EmptyBody, sim.TimeoutBefore, sim.Unavailable, sim.RateLimited} {
		w := newWorld(t, plan{})
		b := w.paid()
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallRefund, Times: 2}))
		for range 4 {
			b.refund(2000, "1")
			w.sweepAfter(5 * time.Minute)
		}
		w.sweepFor(2 * time.Hour)
		b.wantReturned(payment.StatusPartiallyRefunded, 2000)
		ids := map[string]bool{}
		for _, c := range w.paypal.Calls() {
			if c.Name == sim.CallRefund {
				ids[c.RequestID] = true
			}
		}
		if len(ids) != 1 || ids[""] {
			t.Errorf("%s: one refund, the request ids %v", kind, ids)
		}
	}
}

// F9.3. It met the browser's own request, and the provider went on delivering for days. Here whoever
// loses the write reads what won, and answers 200.
func conflictOnTheDoorbell(t *testing.T) {
	shaky := &shakyStore{}
	w := shaky.world(t)
	b := w.approved(sim.Balance)
	shaky.fail(1, store.ErrConflict)
	w.wantDelivered("CHECKOUT.ORDER.APPROVED")
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
}

// F9.4. The adapter gave back null, the buyer was told to try again, and paid three times. Here an
// answer that cannot be read is an unknown outcome, and is looked into.
func captureOfNothing(t *testing.T) {
	for _, kind := range []sim.Kind{sim.EmptyBody, sim.WrongShape, sim.CutBody, sim.OtherID} {
		w := newWorld(t, plan{})
		b := w.approved(sim.Balance)
		w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallCapture}))
		for range 3 {
			if r := b.capture(); r.Next.Action == "redirect" || r.Next.Action == "attempt" {
				t.Errorf("%s: the buyer is told to pay again: %s", kind, r.text)
			}
			b.open()
		}
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
	}
}

// F9.5. Both found the order unpaid and both paid it. Here both ask, and one write wins.
func sameWebhookTwice(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.approved(sim.Balance)
	w.paypal.LoseNext(1)
	w.deliver()
	body := w.paypal.Deliveries()[0].Body
	for _, r := range atOnce(2, func() reply { return w.ring(body, w.paypal.Sign(body, webhookID), nil) }) {
		if r.code != http.StatusOK {
			t.Errorf("%d %s", r.code, r.text)
		}
	}
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
	if p, _ := b.stored(); len(p.Entries) != 1 {
		t.Errorf("the books have %v", p.Entries)
	}
}

// F9.6. Here a token is fetched once and kept until it ends or is refused.
func tokenForEachSale(t *testing.T) {
	w := newWorld(t, plan{})
	for range 10 {
		w.paid()
		w.clock.Move(10 * time.Minute)
	}
	if n := w.count(sim.CallToken); n != 1 {
		t.Errorf("%d tokens for ten purchases within two hours", n)
	}
}
