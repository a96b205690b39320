package tests

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	paypaladapter "github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// newStripeWorld is a shop in Germany that uses both providers and has prices in every
// currency of their methods.
func newStripeWorld(t *testing.T, p plan) *world {
	t.Helper()
	settings := map[string]string{"MERCHANT_COUNTRY": "DE", "PROVIDERS": "paypal stripe"}
	for name, value := range p.env {
		settings[name] = value
	}
	p.env = settings
	w := newWorld(t, p)
	w.must(w.handlers.Checkout.PutPriceList(context.Background(), checkout.PriceList{Products: []checkout.Product{
		{SKU: "BOOK", Name: "The Book of Tides", Prices: map[money.Currency]string{
			"EUR": "12.50", "USD": "20.00", "PLN": "55.00", "GBP": "11.00", "JPY": "2100", "MXN": "260.00", "KRW": "19000", "CNY": "98.00", "HKD": "105.00",
		}},
	}}))
	return w
}

// sessions are Stripe's of a purchase, oldest first.
func (w *world) sessions(id string) []sim.Session {
	return slices.DeleteFunc(w.stripe.Sessions(), func(o sim.Session) bool { return o.Reference != id })
}

// session is the one whose page the buyer was sent to.
func (b *buyer) session() string {
	b.w.t.Helper()
	u, err := url.Parse(b.last.Next.URL)
	b.w.must(err)
	return path.Base(u.Path)
}

// pays is what the buyer does on Stripe's page, half a minute after being sent there.
func (b *buyer) pays(with sim.Instrument) {
	b.w.t.Helper()
	b.w.clock.Move(30 * time.Second)
	b.w.must(b.w.stripe.Pay(b.session(), with))
}

// rings sends what Stripe has to tell.
func (w *world) rings() []sim.Delivery {
	w.clock.Move(2 * time.Second)
	return w.stripe.Deliver(context.Background())
}

// auditStripe holds what must be true at the end of any story: of all sessions at most
// one was paid, for the total, and the payment says so.
func (b *buyer) auditStripe() {
	b.w.t.Helper()
	p, item := b.stored()
	taken := len(b.charges())
	for _, o := range b.w.sessions(b.id) {
		if o.Received == 0 {
			continue
		}
		taken++
		if o.Received != o.Amount || o.Currency != strings.ToLower(string(p.Quote.Total.Currency)) {
			b.w.t.Errorf("received %d of %d %s", o.Received, o.Amount, o.Currency)
		}
	}
	if taken > 1 || (taken == 1) != !p.Paid().IsZero() {
		b.w.t.Errorf("the providers took the money %d times, and the payment says %s", taken, p.Paid())
	}
	if payment.Final(p) != item.Due.IsZero() {
		b.w.t.Errorf("final is %t and due %s", payment.Final(p), item.Due)
	}
}

// stripeMethods is a buyer of each: country, currency, what two books cost in its
// smallest unit, and what is paid with where that leaves a choice.
var stripeMethods = []struct {
	id, country, currency string
	total                 int64
	with                  sim.Instrument
}{
	{"card", "DE", "EUR", 2500, sim.Instrument{Brand: "visa"}},
	{"card", "US", "USD", 4000, sim.Instrument{Brand: "mastercard"}},
	{"card", "CN", "HKD", 21000, sim.Instrument{Brand: "unionpay"}},
	{"card", "GB", "GBP", 2200, sim.Instrument{Brand: "visa", Wallet: "apple_pay"}},
	{"card", "JP", "JPY", 4200, sim.Instrument{Brand: "mastercard", Wallet: "google_pay"}},
	{"alipay", "CN", "CNY", 19600, sim.Instrument{}},
	{"wechat_pay", "CN", "CNY", 19600, sim.Instrument{}},
	{"samsung_pay", "KR", "KRW", 38000, sim.Instrument{}},
	{"crypto", "US", "USD", 4000, sim.Instrument{}},
	{"ideal", "NL", "EUR", 2500, sim.Instrument{}},
	{"bancontact", "BE", "EUR", 2500, sim.Instrument{}},
	{"blik", "PL", "PLN", 11000, sim.Instrument{}},
	{"eps", "AT", "EUR", 2500, sim.Instrument{}},
	{"p24", "PL", "PLN", 11000, sim.Instrument{}},
}

// TestEveryMethodOfStripe: bought, taken by Stripe itself, and given back.
func TestEveryMethodOfStripe(t *testing.T) {
	for _, c := range stripeMethods {
		t.Run(strings.TrimSpace(c.id+" "+c.with.Brand+" "+c.with.Wallet), func(t *testing.T) {
			w := newStripeWorld(t, plan{env: map[string]string{"PROVIDERS": "stripe"}})
			b := w.payer(c.id, c.country, c.currency)
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
			b.pays(c.with)
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if got := w.sessions(b.id); len(got) != 1 || got[0].Received != c.total || got[0].Currency != strings.ToLower(c.currency) {
				t.Errorf("received %+v, want %d %s", got, c.total, c.currency)
			}
			p, _ := b.stored()
			if a, _ := p.Live(); a.Method != c.id || a.Provider != "stripe" || !a.SelfCompleting {
				t.Errorf("the attempt is %+v", a)
			}
			w.rings()
			b.auditStripe()
			half := fmt.Sprintf(`{"amount":{"currency":%q,"minor":%d},"reason":"returned"}`, c.currency, c.total/2)
			if r := w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", half, refundKey("half")); r.code != http.StatusCreated {
				t.Errorf("half refunded: %d %s", r.code, r.text)
			}
			if r := b.refund(0, "rest"); r.code != http.StatusCreated {
				t.Errorf("the rest refunded: %d %s", r.code, r.text)
			}
			b.wants(b.look(), http.StatusOK, payment.StatusRefunded, "none")
			if got := w.sessions(b.id)[0]; got.Refunded != c.total {
				t.Errorf("Stripe gave back %d of %d", got.Refunded, c.total)
			}
		})
	}
}

// TestBankTransfer: the buyer is told an account, the money comes days later and in two
// parts, and only the whole of it is paid.
func TestBankTransfer(t *testing.T) {
	for _, c := range []struct {
		country, currency string
		total             int64
	}{{"FI", "EUR", 2500}, {"GB", "GBP", 2200}, {"JP", "JPY", 4200}, {"MX", "MXN", 52000}, {"US", "USD", 4000}} {
		t.Run(c.currency, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.payer("bank_transfer", c.country, c.currency)
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			session := b.session()
			b.pays(sim.Instrument{})
			b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
			if page := b.last.Next.URL; !strings.Contains(page, "instructions") || b.last.Next.Text == "" {
				t.Errorf("the buyer is told nothing of where to transfer it: %+v", b.last.Next)
			}
			w.sweepFor(24 * time.Hour)
			w.must(w.stripe.Transfer(session, c.total/2))
			w.sweepFor(24 * time.Hour)
			b.wants(b.look(), http.StatusOK, payment.StatusPending, "wait")
			if r := b.turns(1, "card"); r.code != http.StatusConflict {
				t.Errorf("another attempt while half is there: %d %s", r.code, r.text)
			}
			w.must(w.stripe.Transfer(session, c.total-c.total/2))
			w.rings()
			b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
			if p, _ := b.stored(); p.Attempts[0].Transfer != "" {
				t.Error("it is kept where to transfer what was transferred")
			}
			b.auditStripe()
		})
	}
}

// TestClosedTabAtStripe: paid, and the buyer never came back; told by the webhook, or
// found by the sweep where it was lost.
func TestClosedTabAtStripe(t *testing.T) {
	for name, lost := range map[string]int{"told": 0, "lost": 10} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.payer("card", "DE", "EUR")
			b.open()
			w.stripe.LoseNext(lost)
			b.pays(sim.Instrument{Brand: "visa"})
			w.rings()
			if lost > 0 {
				b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
				w.sweepFor(2 * time.Hour)
			}
			b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
			b.auditStripe()
		})
	}
}

// TestDeclinedAtStripe: the page tells the buyer, who pays with another card there; the
// payment hears of nothing but the money.
func TestDeclinedAtStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("card", "DE", "EUR")
	b.open()
	w.must(w.stripe.Decline(b.session(), "card_declined"))
	w.rings()
	b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
	b.pays(sim.Instrument{Brand: "mastercard"})
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.auditStripe()
}

// TestFromStripeToAnother: the session that could still be paid is ended before another
// order is opened, whoever carries it; one that was paid meanwhile is the purchase.
func TestFromStripeToAnother(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		promised bool
	}{
		"to PayPal": {"card", "paypal", false}, "to another card": {"card", "card", false},
		"a transfer on its way to nobody": {"bank_transfer", "card", true}, "a transfer to PayPal": {"bank_transfer", "paypal", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.payer(c.from, "DE", "EUR")
			b.open()
			old := b.session()
			if c.promised {
				b.pays(sim.Instrument{})
				b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
			}
			b.wants(b.turns(1, c.to), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			if err := w.stripe.Pay(old, sim.Instrument{Brand: "visa"}); err == nil {
				t.Error("the session before could still be paid")
			}
			if c.to == "paypal" {
				b.approve(paypal.Balance)
			} else {
				b.pays(sim.Instrument{Brand: "visa"})
			}
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if c.promised {
				// Sent all the same, to the account that the buyer was told: it pays nothing and
				// stays the buyer's, with a person to give it back.
				w.must(w.stripe.Transfer(old, 2500))
				w.rings()
				if cash := w.stripe.Cash(old); cash != 2500 {
					t.Errorf("%d of the transfer is the buyer's", cash)
				}
			}
			b.auditStripe()
		})
	}
}

// TestPaidWhileTheBuyerTurns: the other tab was faster, and no other order is opened.
func TestPaidWhileTheBuyerTurns(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("card", "DE", "EUR")
	b.open()
	b.pays(sim.Instrument{Brand: "visa"})
	if r := b.turns(1, "paypal"); r.code != http.StatusConflict || len(b.orders()) != 0 {
		t.Errorf("another attempt after it was paid: %d, %d orders", r.code, len(b.orders()))
	}
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.auditStripe()
}

// TestCaptureMeetsATurn: the buyer turns to a card, and while the session is opened for it
// approves at PayPal in another tab, whose capture is slow. Whoever comes first, the buyer
// pays once: a capture is written down before it is sent where another way to pay could
// take the money by itself, so that one of the two finds the other.
func TestCaptureMeetsATurn(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("paypal", "DE", "EUR")
	b.open()
	address := b.last.Next.URL
	held, release, answered := make(chan bool), make(chan bool), make(chan reply)
	var once, twice sync.Once
	meets := func(r *http.Request) {
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/v1/checkout/sessions":
			once.Do(func() {
				w.must(b.approveAt(address, paypal.Balance))
				go func() {
					answered <- w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken())
				}()
				<-held
			})
		case strings.HasSuffix(r.URL.Path, "/capture"):
			twice.Do(func() {
				held <- true
				<-release
			})
		}
	}
	w.wire.meets.Store(&meets)
	turned := b.turns(1, "card")
	if turned.code == http.StatusCreated {
		w.must(w.stripe.Pay(b.session(), sim.Instrument{Brand: "visa"})) // at once
	}
	close(release)
	<-answered
	w.rings()
	w.sweepFor(2 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.auditStripe()
	if turned.code != http.StatusConflict {
		t.Errorf("turned to a card while PayPal's order was taken: %d", turned.code)
	}
	if n := len(w.captureCalls(b.orders()[0].ID)); n != 1 {
		t.Errorf("%d captures were sent", n)
	}
}

// TestSessionThatCannotBeEnded: as long as nobody knows that the buyer cannot pay it, no
// other order is opened.
func TestSessionThatCannotBeEnded(t *testing.T) {
	for _, kind := range []sim.Kind{sim.ErrorBefore, sim.ErrorAfter, sim.Forbidden} {
		t.Run(string(kind), func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			b := w.payer("card", "DE", "EUR")
			b.open()
			old := b.session()
			w.must(w.stripe.Inject(sim.Fault{Kind: kind, Call: sim.CallExpire}))
			r := b.turns(1, "paypal")
			ended := w.sessions(b.id)[0].Status == "expired"
			if created := r.code == http.StatusCreated; created != ended || (len(b.orders()) == 1) != ended {
				t.Errorf("%d, the session is ended: %t, %d orders at PayPal", r.code, ended, len(b.orders()))
			}
			if !ended {
				w.must(w.stripe.Pay(old, sim.Instrument{Brand: "visa"}))
				b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			}
			b.auditStripe()
		})
	}
}

// TestAbandonedAtStripe: a session that nobody paid ends by itself after a day, and so
// does the payment.
func TestAbandonedAtStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("card", "DE", "EUR")
	b.open()
	w.sweepFor(50 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
	b.auditStripe()
	b.wants(b.turns(1, "alipay"), http.StatusUnprocessableEntity, "", "")
	b.wants(b.turns(1, "card"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.pays(sim.Instrument{Brand: "visa"})
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.auditStripe()
}

// TestNextProvider: where one who carries a method fails again and again, the next one is
// used for new attempts, and no attempt changes its provider.
func TestNextProvider(t *testing.T) {
	w := newStripeWorld(t, plan{})
	first := w.payer("ideal", "NL", "EUR")
	first.open()
	for range 3 {
		w.must(w.paypal.Inject(paypal.Fault{Kind: paypal.Forbidden, Call: paypal.CallCreate}))
		if r := w.payer("ideal", "NL", "EUR").open(); r.code == http.StatusCreated {
			t.Fatalf("PayPal fails: %d %s", r.code, r.text)
		}
	}
	w.wantMenu("while PayPal fails", "ideal paypal card trustly bank_transfer", "")
	second := w.payer("ideal", "NL", "EUR")
	second.wants(second.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	second.pays(sim.Instrument{})
	second.wants(second.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if p, _ := second.stored(); p.Attempts[0].Provider != "stripe" {
		t.Errorf("carried by %s", p.Attempts[0].Provider)
	}
	first.approve(paypal.Balance)
	first.wants(first.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if p, _ := first.stored(); len(p.Attempts) != 1 || p.Attempts[0].Provider != "paypal" {
		t.Errorf("the first became %+v", p.Attempts)
	}
	w.clock.Move(6 * time.Minute)
	third := w.payer("ideal", "NL", "EUR")
	third.open()
	if p, _ := third.stored(); p.Attempts[0].Provider != "paypal" {
		t.Errorf("after the trouble carried by %s", p.Attempts[0].Provider)
	}
	first.auditStripe()
	second.auditStripe()
}

// TestFirstProvider: who is named first carries what both can, the other while that one fails.
func TestFirstProvider(t *testing.T) {
	w := newStripeWorld(t, plan{env: map[string]string{"PROVIDERS": "stripe,paypal"}})
	by := func() string {
		b := w.payer("ideal", "NL", "EUR")
		b.open()
		p, _ := b.stored()
		return p.Attempts[0].Provider
	}
	if got := by(); got != "stripe" {
		t.Errorf("carried by %s", got)
	}
	w.wantMenu("with Stripe first", "ideal paypal card trustly bank_transfer", "")
	w.must(w.stripe.Chaos(100, sim.Unavailable))
	for range 3 {
		w.payer("ideal", "NL", "EUR").open()
	}
	if got := by(); got != "paypal" {
		t.Errorf("while Stripe fails carried by %s", got)
	}
}

// TestProviderWithoutItsSecret: nobody can choose what it carries, the sweep takes it from
// the menu, and when the secret has come it is back. Methods that another carries too stay.
func TestProviderWithoutItsSecret(t *testing.T) {
	var key atomic.Value
	key.Store("")
	w := newStripeWorld(t, plan{source: func(w *world) setup.SecretSource {
		return func(context.Context, *setup.Secrets) (*setup.Secrets, error) {
			return &setup.Secrets{
				PayPal: paypaladapter.Credentials{ClientID: clientID, Secret: clientSecret}, Stripe: stripe.Credentials{Key: key.Load().(string)},
				Checkout: checkout.Secrets{Tokens: [][]byte{[]byte(w.secrets)}},
			}, nil
		}
	}})
	chosen := func(id, country string) string {
		b := w.payer(id, country, "EUR")
		if r := b.open(); r.code != http.StatusCreated {
			return r.problem
		}
		p, _ := b.stored()
		return p.Attempts[0].Provider
	}
	for ask, want := range map[string]string{"card DE": "method-unknown", "bank_transfer DE": "method-unknown", "ideal NL": "paypal", "paypal DE": "paypal"} {
		id, country, _ := strings.Cut(ask, " ")
		if got := chosen(id, country); got != want {
			t.Errorf("without the key, %s: %s, want %s", ask, got, want)
		}
	}
	w.sweep()
	w.wantMenu("without the key", "ideal paypal trustly", "")
	writes := w.table.Counts().Writes
	w.sweepAfter(5 * time.Minute)
	if n := w.table.Counts().Writes - writes; n != 0 {
		t.Errorf("to sweep again costs %d writes", n)
	}
	key.Store(stripeKey)
	w.sweepAfter(5 * time.Minute)
	w.wantMenu("with the key", "ideal paypal card trustly bank_transfer", "")
	if got := chosen("card", "DE"); got != "stripe" {
		t.Errorf("with the key, card: %s", got)
	}
}

// TestPaidWhereAnotherProviderIsGone: the buyer turned from PayPal to a bank transfer; the
// shop has left PayPal when the money comes.
func TestPaidWhereAnotherProviderIsGone(t *testing.T) {
	for _, method := range []string{"card", "bank_transfer"} {
		t.Run(method, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			w.settleFor(time.Hour)
			b := w.payer("paypal", "DE", "EUR")
			b.open()
			b.wants(b.turns(1, method), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			session := b.session()
			b.pays(sim.Instrument{Brand: "visa"})
			if method == "bank_transfer" {
				b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
			}
			w.rings()
			b.w = newStripeWorld(t, plan{from: w, env: map[string]string{"PROVIDERS": "stripe"}})
			w = b.w
			if method == "bank_transfer" {
				w.clock.Move(24 * time.Hour)
				w.must(w.stripe.Transfer(session, 2500))
			}
			w.rings()
			for range 4 {
				w.sweepFor(24 * time.Hour)
				w.settleFor(2 * time.Hour)
			}
			p, _ := b.stored()
			if got := payment.StatusOf(p); got != payment.StatusCaptured {
				t.Errorf("Stripe has the money, and the payment says %s", got)
			}
		})
	}
}

// TestPaidWhileAnotherProviderIsDown: the buyer turned from PayPal to Stripe's card and
// paid; PayPal fails. What Stripe knows is told at once.
func TestPaidWhileAnotherProviderIsDown(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("paypal", "DE", "EUR")
	b.open()
	b.wants(b.turns(1, "card"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.pays(sim.Instrument{Brand: "visa"})
	w.must(w.paypal.Chaos(100, paypal.Unavailable))
	w.rings()
	w.sweepFor(time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantRefund(1000, "part", http.StatusCreated, "completed")
}

// TestForgedRingOfStripe: another's signature is refused, and Stripe is asked nothing.
func TestForgedRingOfStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	b := w.payer("card", "DE", "EUR")
	b.open()
	asked := len(w.stripe.Calls())
	for name, header := range map[string]string{"none": "", "another's": fmt.Sprintf("t=%d,v1=%064d", w.clock.Now().Unix(), 7)} {
		r := w.call(http.MethodPost, "/webhooks/stripe", `{"object":"event","type":"checkout.session.completed"}`, map[string]string{"Stripe-Signature": header})
		if r.code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, r.code)
		}
	}
	if n := len(w.stripe.Calls()); n != asked {
		t.Errorf("Stripe was asked %d times", n-asked)
	}
	without := newWorld(t, plan{})
	if r := without.call(http.MethodPost, "/webhooks/stripe", "{}", nil); r.code != http.StatusNotFound {
		t.Errorf("a shop without Stripe: %d", r.code)
	}
}
