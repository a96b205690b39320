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

// What went wrong in comparable systems, each as a test.

// Webhook and browser raced, and the loser's compensation refunded a good order:
// https://github.com/medusajs/medusa/issues/13301
func TestIncidentL1(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
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

// A capture of unknown outcome was tried again under a new key and charged twice:
// https://github.com/medusajs/medusa/pull/16433
func TestIncidentL2(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
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

// Two refunds at once gave back more than was taken:
// https://github.com/juspay/hyperswitch/issues/13182
func TestIncidentL4(t *testing.T) {
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

// A refund was shown twice, one of the dashboard never:
// https://github.com/woocommerce/woocommerce-paypal-payments/issues/522
func TestIncidentL5(t *testing.T) {
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
}

// A refund without money behind it was shown as done:
// https://github.com/woocommerce/woocommerce-paypal-payments/issues/982
func TestIncidentL6(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.InsufficientFunds, Call: sim.CallRefund}))
	if r := b.refund(2000, "1"); r.code != http.StatusConflict || r.Code != "REFUND_FAILED_INSUFFICIENT_FUNDS" {
		t.Errorf("%d %s", r.code, r.text)
	}
	b.wantReturned(payment.StatusCaptured)
	b.wantRefund(2000, "2", http.StatusCreated, "completed")
}

// The buyer approved and closed the tab, and nobody captured:
// https://github.com/woocommerce/woocommerce-paypal-payments/issues/4458
func TestIncidentL7(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		if lost {
			w.paypal.LoseNext(1)
		}
		w.deliver()
		w.sweepAfter(time.Hour)
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
	}
}

// The customer tried three times and was charged three times:
// https://github.com/opencollective/opencollective/issues/6387
func TestIncidentL8(t *testing.T) {
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

// A signature failed because the JSON was written again:
// https://github.com/MahoCommerce/maho/pull/1110
func TestIncidentL9(t *testing.T) {
	w := newWorld(t, plan{})
	for _, body := range []string{
		`{}`, `{ }`, "{}\n", `{"id":"WH-1","event_type":"X","resource":{}}`, `{"resource":[],"summary":"a & b < c"}`, `{"summary":"für Zoë, ありがとう"}`,
		`{"summary":"\u0026\/"}`, `{"a":1.0,"b":1e2}`, "\ufeff{}", "",
	} {
		w.rung(body, "unknown_type")
	}
}

// Bodies in base64 and headers in small letters behind the gateway, every POST 401:
// https://github.com/LeanerCloud/CUDly/pull/1483
func TestIncidentL10(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
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

// PENDING was treated as paid: https://github.com/202ecommerce/paypal/issues/10
func TestIncidentL11(t *testing.T) {
	for funding, reason := range map[sim.Funding]string{sim.ECheck: "ECHECK", sim.UnderReview: "PENDING_REVIEW", sim.Unheld: "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		b.approve(funding)
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

// Totals off by a cent, and the order refused:
// https://github.com/woocommerce/woocommerce-paypal-payments/issues/952
func TestIncidentL12(t *testing.T) {
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

// 10,000 yen were charged as 100: https://github.com/calcom/cal.diy/pull/29984
func TestIncidentL13(t *testing.T) {
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

// A late event downgraded a paid order, a lost one left it stuck:
// https://github.com/NEARBuilders/nearmerch.com/issues/209
func TestIncidentL15(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.ECheck)
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
