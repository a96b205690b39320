package tests

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// L1. Both completed the cart, and the loser's compensation refunded a good order; locks did not end
// it, and then deadlocked. Here both go the same way, the loser of the write asks again and finds the
// work done, and nothing is ever given back that nobody asked for.
func raceOfWebhookAndBrowser(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.approved(sim.Balance)
	w.clock.Move(2 * time.Second)
	var both sync.WaitGroup
	both.Go(func() { w.paypal.Deliver(t.Context()) })
	both.Go(func() { w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken()) })
	both.Wait()
	w.sweepFor(2 * time.Hour)
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
	if len(b.returned()) != 0 || w.count(sim.CallRefund) != 0 {
		t.Error("something was given back that nobody asked for")
	}
}

// L2. A capture without an answer was tried again under a new idempotency key, and charged
// twice. Here the id is derived from the payment, and only a written refusal makes another.
func newKeyForEachTry(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.approved(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture, Times: 3}))
	b.repeat(6, b.capture)
	ids := map[string]bool{}
	for _, c := range w.captureCalls(b.orders()[0].ID) {
		ids[c.RequestID] = true
	}
	if len(ids) != 1 || ids[""] {
		t.Errorf("one intent, the request ids %v", ids)
	}
	b.wantCharges(1)
}

// L3. The record stayed in progress for ever, or its lease ran out and the charge was made
// again. Here nothing is in progress: whoever comes next asks PayPal what is true.
func deadInTheMiddle(t *testing.T) {
	table := &overtaken{}
	w := table.world(t)
	b := w.approved(sim.Balance)
	w.log.expected.Store(true)
	table.by = func() { panic("the function is killed") } // the capture is made, and nobody writes it down
	if r := b.capture(); r.code != http.StatusInternalServerError {
		t.Fatalf("%d %s", r.code, r.text)
	}
	b.wantCharges(1)
	b.wantStatus(payment.StatusAwaitingApproval)
	w.log.expected.Store(false)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	w.sweepFor(2 * time.Hour)
	b.wantCharges(1)
	if n := w.count(sim.CallCapture); n != 1 {
		t.Errorf("%d captures were asked for", n)
	}
}

// L4. 60 and 60 of 100 both went through. Here each is reserved on the payment by a conditional
// write before PayPal hears of it.
func twoRefundsAtOnce(t *testing.T) {
	for seed := range int64(10) {
		raceRefunds(t, seed)
	}
}

// raceRefunds sends two refunds of 45.00 on 75.00 at the same moment.
func raceRefunds(t *testing.T, seed int64) {
	t.Helper()
	w := newWorld(t, plan{seed: seed})
	b := w.paid()
	answers := make([]reply, 2)
	var both sync.WaitGroup
	for i := range answers {
		both.Go(func() { answers[i] = b.refund(4500, fmt.Sprint(i)) })
	}
	both.Wait()
	codes := []int{answers[0].code, answers[1].code}
	slices.Sort(codes)
	if !slices.Equal(codes, []int{http.StatusCreated, http.StatusUnprocessableEntity}) {
		t.Errorf("seed %d: %v: %s %s", seed, codes, answers[0].text, answers[1].text)
	}
	w.sweepFor(2 * time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 4500)
}

// L5. The answer was lost and the webhook made a second refund of it; one made elsewhere was never
// heard of. Here a refund is known by PayPal's id or ours, and never by its amount.
func refundsTwiceOrNever(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutAfter, Call: sim.CallRefund}))
	b.refund(2000, "1")
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 2000)) // the same amount, and another refund
	w.paypal.DoubleNext(9)
	w.deliver()
	w.sweepFor(2 * time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 2000, 2000)
	if l := b.ledger(); len(l.Refunds) != 2 || l.Refundable.Minor != 3500 {
		t.Errorf("%+v", l)
	}
	// And one of ours that never arrived, beside one of the dashboard's that is as much.
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallRefund}))
	b.refund(1500, "2")
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1500))
	w.sweepFor(2 * time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 2000, 2000, 1500, 1500)
}

// L6. Without money behind it PayPal refused, and the shop said refunded. Here a refund has states
// of its own, a refusal gives its amount free, and one that waits is not yet money.
func refundThatWasNone(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.InsufficientFunds, Call: sim.CallRefund}))
	if r := b.refund(2000, "1"); r.code != http.StatusConflict || r.Code != "REFUND_FAILED_INSUFFICIENT_FUNDS" {
		t.Errorf("%d %s", r.code, r.text)
	}
	b.wantReturned(payment.StatusCaptured)
	b.wantRefund(2000, "2", http.StatusCreated, "completed")
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund}))
	b.wantRefund(1000, "3", http.StatusAccepted, "pending")
	b.wantReturned(payment.StatusPartiallyRefunded, 2000, 1000)
	if l := b.ledger(); l.Refundable.Minor != 4500 {
		t.Errorf("%d are left to refund", l.Refundable.Minor)
	}
}

// L7. Nobody captured, and the approval ran out. Here the doorbell captures, and the sweep where it
// was lost.
func closedTab(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newWorld(t, plan{})
		b := w.approved(sim.Balance)
		if lost {
			w.paypal.LoseNext(1)
		}
		w.deliver()
		w.sweepAfter(time.Hour)
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
	}
}

// L8. An unknown outcome was shown as a failure, and each try was an order of its own. Here a cart
// is one payment, and what is unknown is being looked into.
func threeTries(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	for range 3 {
		b.open()
	}
	b.approve(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutAfter, Call: sim.CallCapture}))
	for range 3 {
		if r := b.capture(); r.status() == payment.StatusDeclined {
			t.Errorf("an unknown outcome is shown as %s", r.text)
		}
		b.open()
	}
	b.wantCharges(1)
	if n := len(b.orders()); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// L9. {} became [], & became \u0026, and PayPal's own checksum no longer fitted. Here it is taken
// over the bytes that came.
func rewrittenBody(t *testing.T) {
	w := newWorld(t, plan{})
	for _, body := range []string{
		`{}`, `{ }`, "{}\n", `{"id":"WH-1","event_type":"X","resource":{}}`, `{"resource":[],"summary":"a & b < c"}`, `{"summary":"für Zoë, ありがとう"}`,
		`{"summary":"\u0026\/"}`, `{"a":1.0,"b":1e2}`, "\ufeff{}", "",
	} {
		w.rung(body, "unknown_type")
	}
}

// L10. Behind the gateway every POST was 401, and on the laptop none. Here one reader takes both
// forms, and the local gateway sends the deployed one's events.
func encodedBody(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.approved(sim.Balance)
	w.paypal.LoseNext(1)
	w.deliver()
	lost := w.paypal.Deliveries()[0]
	body := lost.Body
	d := sim.Delivery{Body: body, Header: w.paypal.Sign(body, webhookID)}
	if code, err := w.handed(d, strings.ToLower, true); code != http.StatusOK || err != nil {
		t.Errorf("%d %v", code, err)
	}
	b.wantStatus(payment.StatusCaptured)
}

// L11. Goods went out for an eCheck that never cleared; or the guard was so narrow that paid orders
// stayed pending. Here only a capture that is completed is paid, whatever the order says.
func pendingIsNotPaid(t *testing.T) {
	for funding, reason := range map[sim.Funding]string{sim.ECheck: "ECHECK", sim.UnderReview: "PENDING_REVIEW", sim.Unheld: "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"} {
		w := newWorld(t, plan{})
		b := w.approved(funding)
		if r := b.capture(); r.Paid || r.status() != payment.StatusPending {
			t.Errorf("%s: %s", funding, r.text)
		}
		if p, _ := b.stored(); p.Captures[0].Reason != reason {
			t.Errorf("%s: %s", funding, p.Captures[0].Reason)
		}
		w.must(w.paypal.SettlePending(b.charges()[0].ID, true))
		w.deliver()
		w.sweepFor(26 * time.Hour)
		b.wantStatus(payment.StatusCaptured)
	}
}

// L12. Coupon and tax met in floating point. Here amounts are whole minor units, and the parts are
// proved to make the total before PayPal is called.
func offByACent(t *testing.T) {
	w := newWorld(t, plan{})
	for n := range int64(12) {
		unit, quantity, discount, tax := 333+n*7, 1+n%7, n, 19*n+1
		total := unit*quantity - discount + tax
		b := w.quoted(w.quoteToken(map[string]any{
			"jti": fmt.Sprintf("quote-of-an-odd-cart-number-%010d", n), "discount": discount, "tax": tax, "total": total,
			"lines": []any{map[string]any{"sku": "A", "name": "A", "qty": quantity, "unit": unit}},
		}, quoteSecret))
		b.approve(sim.Balance)
		b.capture()
		if b.charges()[0].Amount != total {
			t.Errorf("%d charged for %d", b.charges()[0].Amount, total)
		}
	}
}

// L13. Decimals were taken for granted, or from one list for all providers. Here each amount is
// converted by PayPal's own decimals, exactly or not at all.
func currenciesWithoutCents(t *testing.T) {
	w := newWorld(t, plan{})
	for currency, atPayPal := range map[string]int64{"JPY": 4200, "HUF": 9800, "EUR": 2500} {
		b := w.buyer()
		b.order = order(field{"currency", `"` + currency + `"`})
		b.open()
		b.approve(sim.Balance)
		b.capture()
		if c := b.charges()[0]; c.Amount != atPayPal || c.Currency != currency {
			t.Errorf("%s: %+v", currency, c)
		}
		if r := w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", refundBody(0), refundKey("1")); r.code != http.StatusCreated {
			t.Errorf("%s: %d %s", currency, r.code, r.text)
		}
		if back := b.returned(); len(back) != 1 || back[0].Amount != atPayPal {
			t.Errorf("%s: %+v", currency, back)
		}
	}
}

// L14. Hundreds of small purchases an hour, past every CAPTCHA, until the provider closed the shop's
// account. Against it here: a source whose payments are declined waits, the gateway has limits, and
// prices are ours alone.
func cardTesting(t *testing.T) {
	declinedTooOften(t)
	w := newWorld(t, plan{throttled: true})
	taken := 0
	for range 40 { // in one moment: nothing is let in again meanwhile
		if r := w.buyer().open(); r.code == http.StatusCreated {
			taken++
		} else if r.code != http.StatusTooManyRequests {
			t.Errorf("%d %s", r.code, r.text)
		}
	}
	if taken > 10 {
		t.Errorf("%d purchases were opened in one moment", taken)
	}
	for _, wish := range []field{{"amount", "1"}, {"price", `"0.01"`}, {"total", `{"currency":"EUR","minor":1}`}, {"cart", `[{"sku":"BOOK","quantity":1,"unit":1}]`}} {
		w.clock.Move(time.Minute)
		b := w.buyer()
		b.order = order(wish)
		if r := b.open(); r.code != http.StatusBadRequest {
			t.Errorf("a price of the browser's own, %v: %d %s", wish, r.code, r.text)
		}
	}
}

// L15. Events were believed in the order in which they came. Here each is a reason to ask, of two
// claims the later update counts, and what nobody rang for is swept.
func lateAndLost(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.approved(sim.ECheck)
	w.paypal.DelayNext(9, 48*time.Hour) // the approval and the pending capture come last
	w.deliver()
	b.capture()
	w.must(w.paypal.SettlePending(b.charges()[0].ID, true))
	w.sweepFor(26 * time.Hour)
	b.wantStatus(payment.StatusCaptured)
	w.clock.Move(48 * time.Hour)
	for range 3 {
		w.deliver()
	}
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
}
