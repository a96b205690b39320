package stripe

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// purchases are a purchase in every way to pay, in more than one currency.
var purchases = []struct {
	method string
	with   sim.Instrument
	total  money.Amount
}{
	{"card", sim.Instrument{Brand: "visa"}, eur(7500)},
	{"card", sim.Instrument{Brand: "mastercard"}, money.New(1999, "USD")},
	{"card", sim.Instrument{Brand: "unionpay"}, money.New(7500, "JPY")},
	{"card", sim.Instrument{Brand: "visa", Wallet: "apple_pay"}, money.New(12_340, "KWD")},
	{"card", sim.Instrument{Brand: "visa", Wallet: "google_pay"}, money.New(1500, "ISK")},
	{"alipay", sim.Instrument{}, money.New(4200, "CNY")},
	{"wechat_pay", sim.Instrument{}, money.New(4200, "HKD")},
	{"samsung_pay", sim.Instrument{}, money.New(15_000, "KRW")},
	{"crypto", sim.Instrument{}, money.New(2500, "USD")},
	{"customer_balance", sim.Instrument{}, eur(7500)},
	{"customer_balance", sim.Instrument{}, money.New(7500, "USD")},
	{"customer_balance", sim.Instrument{}, money.New(7500, "GBP")},
	{"customer_balance", sim.Instrument{}, money.New(7500, "JPY")},
	{"customer_balance", sim.Instrument{}, money.New(75000, "MXN")},
}

// atStripe is an amount in Stripe's units, worked out apart from the adapter.
func atStripe(a money.Amount) int64 {
	if a.Currency == "ISK" {
		return a.Minor * 100
	}
	return a.Minor
}

// TestEveryMethod: every way to pay is opened, paid, refunded in two parts, and
// disputed.
func TestEveryMethod(t *testing.T) {
	for _, p := range purchases {
		t.Run(p.method+" "+string(p.total.Currency)+" "+p.with.Brand+p.with.Wallet, func(t *testing.T) {
			w := newWorld(t)
			opened := w.open(p.method, p.total)
			if !opened.SelfCompleting || opened.State != payment.OrderWaiting || opened.Payment != testPayment || opened.Amount != p.total || opened.Approve == "" || opened.Account == "" {
				t.Fatalf("opened as %+v", opened)
			}
			w.must(w.sim.Pay(opened.Order, p.with))
			if p.method == "customer_balance" {
				wantCapture(t, w.look(opened.Order), payment.Pending, p.total)
				w.must(w.sim.Transfer(opened.Order, atStripe(p.total)))
			}
			s := w.look(opened.Order)
			c := wantCapture(t, s, payment.Completed, p.total)
			if s.State != payment.OrderCompleted || s.Approve != "" || c.Reason != "" {
				t.Errorf("paid as %+v", s)
			}
			if converted := c.Rate != ""; converted == (c.Received == money.Amount{}) || converted != (c.Net == money.Amount{}) || c.Fee.Minor <= 0 {
				t.Errorf("its figures are %+v", c)
			}
			part := money.New(p.total.Minor/3/10*10, p.total.Currency)
			rest, _ := p.total.Minus(part)
			for id, amount := range map[string]money.Amount{"r1": part, "r2": rest} {
				r, err := w.refund(s, id, amount)
				if err != nil {
					t.Fatal(err)
				}
				if r.State != payment.Completed || r.Amount != amount || r.Own != testPayment+"-"+id || r.Capture != c.ID {
					t.Errorf("refunded as %+v", r)
				}
			}
			s = w.look(opened.Order)
			if len(s.Refunds) != 2 || s.Refunds[0].Own == s.Refunds[1].Own {
				t.Errorf("the refunds are %+v", s.Refunds)
			}
			w.must(w.sim.Dispute(opened.Order, "fraudulent", false))
			if s = w.look(opened.Order); len(s.Disputes) != 1 || !s.Disputes[0].Open || s.Disputes[0].Capture != c.ID || s.Disputes[0].Amount != p.total {
				t.Errorf("the disputes are %+v", s.Disputes)
			}
		})
	}
}

// TestDeclined: a decline leaves the session open and is no capture, and the buyer
// pays with another card.
func TestDeclined(t *testing.T) {
	for _, p := range purchases {
		if p.method == "customer_balance" {
			continue // nobody declines a promise
		}
		w := newWorld(t)
		o := w.open(p.method, p.total)
		w.must(w.sim.Decline(o.Order, "card_declined"))
		if s := w.look(o.Order); s.State != payment.OrderWaiting || len(s.Captures) != 0 || s.Approve == "" {
			t.Errorf("%s, declined, is %+v", p.method, s)
		}
		w.must(w.sim.Pay(o.Order, p.with))
		wantCapture(t, w.look(o.Order), payment.Completed, p.total)
	}
}

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

// TestDelayed: what takes its time is pending, and then paid or failed.
func TestDelayed(t *testing.T) {
	for paid, state := range map[bool]payment.State{true: payment.Completed, false: payment.Failed} {
		for _, p := range purchases {
			if p.method == "customer_balance" {
				continue
			}
			w := newWorld(t)
			o := w.open(p.method, p.total)
			w.must(w.sim.Process(o.Order))
			before := wantCapture(t, w.look(o.Order), payment.Pending, p.total)
			w.advance(48 * time.Hour)
			w.must(w.sim.Conclude(o.Order, paid))
			if after := wantCapture(t, w.look(o.Order), state, p.total); after.ID != before.ID || after.Updated.Before(before.Updated) {
				t.Errorf("%s: %+v became %+v", p.method, before, after)
			}
		}
	}
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
