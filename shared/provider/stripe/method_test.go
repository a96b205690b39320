package stripe

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

func TestThreeDSecure(t *testing.T) {
	w := newWorld(t)
	o := w.open("card", eur(7500))
	for _, passed := range []bool{false, true} {
		w.must(w.sim.Challenge(o.Order))
		if s := w.look(o.Order); len(s.Captures) != 0 || s.State != payment.OrderWaiting {
			t.Errorf("while the bank asks it is %+v", s)
		}
		w.must(w.sim.Authenticate(o.Order, passed))
	}
	wantCapture(t, w.look(o.Order), payment.Completed, eur(7500))
}

// TestBankTransfer: money that comes in part, and then too much of it.
func TestBankTransfer(t *testing.T) {
	w := newWorld(t)
	o := w.open("customer_balance", eur(7500))
	w.must(w.sim.Pay(o.Order, sim.Instrument{}))
	first := wantCapture(t, w.look(o.Order), payment.Pending, eur(7500))
	w.must(w.sim.Transfer(o.Order, 5000))
	part := wantCapture(t, w.look(o.Order), payment.Pending, eur(7500))
	w.must(w.sim.Transfer(o.Order, 4000))
	whole := wantCapture(t, w.look(o.Order), payment.Completed, eur(7500))
	if first.Reason != "requires_action" || part.Reason != underfunded || whole.Reason != "" {
		t.Errorf("the reasons are %q, %q and %q", first.Reason, part.Reason, whole.Reason)
	}
	if left := w.sim.Cash(o.Order); left != 1500 {
		t.Errorf("%d are left with the customer", left)
	}
	// In whatever order the three are heard, the payment is the same.
	var results []payment.Payment
	for _, heard := range [][]payment.Capture{{first, part, whole}, {whole, part, first}, {part, whole, part, first}} {
		p := payment.Payment{ID: testPayment, Quote: order("customer_balance", eur(7500)).Quote}.Begin(Name, "customer_balance", o, testTime)
		for _, c := range heard {
			p = payment.Observe(p, payment.Snapshot{Provider: Name, Order: o.Order, Payment: testPayment, Amount: eur(7500), Updated: o.Updated, State: payment.OrderCompleted, Captures: []payment.Capture{c}})
		}
		p.Timeline = nil
		results = append(results, p)
	}
	for _, p := range results {
		if status := payment.StatusOf(p); status != payment.StatusCaptured || !cmp.Equal(p.Captures, results[0].Captures) {
			t.Errorf("it became %s: %+v", status, p.Captures)
		}
	}
}

func TestMethodsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	homeless := w.client(func(c *Config) { c.BankCountry = "" })
	for _, c := range []struct {
		s      *Stripe
		method string
		total  money.Amount
		code   string
		class  provider.Class
	}{
		{w.stripe, "paypal", eur(7500), "METHOD", provider.OurBug},
		{w.stripe, "", eur(7500), "METHOD", provider.OurBug},
		{w.stripe, "samsung_pay", eur(7500), "METHOD_CURRENCY", provider.OurBug},
		{w.stripe, "samsung_pay", money.New(99, "KRW"), "METHOD_AMOUNT", provider.OurBug},
		{w.stripe, "samsung_pay", money.New(2_000_001, "KRW"), "METHOD_AMOUNT", provider.OurBug},
		{w.stripe, "crypto", eur(7500), "METHOD_CURRENCY", provider.OurBug},
		{w.stripe, "card", money.New(7501, "KWD"), "AMOUNT", provider.OurBug},
		{w.stripe, "card", money.New(7500, "UGX"), "AMOUNT", provider.OurBug},
		{w.stripe, "card", money.New(7500, "MGA"), "AMOUNT", provider.OurBug},
		{homeless, "customer_balance", eur(7500), "BANK_COUNTRY", provider.MerchantSetup},
		{w.stripe, "card", eur(10), "amount_too_small", provider.OurBug},
	} {
		_, err := c.s.CreateOrder(t.Context(), order(c.method, c.total))
		if e := wantClass(t, err, c.class); e.Code != c.code {
			t.Errorf("%s of %s: code %s, want %s", c.method, c.total, e.Code, c.code)
		}
	}
	if n := w.sim.Count(sim.CallCreate); n != 1 {
		t.Errorf("%d sessions were asked for, only the last should be", n)
	}
}
