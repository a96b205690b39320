package stripe

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestStoredError: a 500 that Stripe keeps does not keep the buyer from paying, nor
// does it make two sessions of one; a 500 that it does not keep changes no key.
func TestStoredError(t *testing.T) {
	w := newWorld(t)
	w.must(w.sim.Inject(sim.Fault{Kind: sim.StoredError, Call: sim.CallCreate}))
	s := w.open("card", eur(7500))
	var keys []string
	for _, c := range w.sim.Calls() {
		if c.Name == sim.CallCreate {
			keys = append(keys, c.Key)
		}
	}
	if len(keys) != 3 || keys[0] != keys[1] || keys[2] != keys[0]+"-k2" || s.Approve == "" {
		t.Errorf("asked with %q", keys)
	}
	plain := newWorld(t)
	plain.must(plain.sim.Inject(sim.Fault{Kind: sim.ErrorBefore, Call: sim.CallCreate, Times: 2}))
	_, err := plain.stripe.CreateOrder(t.Context(), order("card", eur(7500)))
	wantClass(t, err, provider.Look)
	plain.open("card", eur(7500))
	for _, c := range plain.sim.Calls() {
		if c.Name == sim.CallCreate && c.Key != keys[0] {
			t.Errorf("asked with %s, want %s", c.Key, keys[0])
		}
	}
}

// TestRefundsThatAreRefused: what Stripe says of them, and what that proves.
func TestRefundsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	for _, c := range []struct {
		id    string
		total int64
		class provider.Class
		code  string
	}{
		{"r0", 0, provider.OurBug, "AMOUNT"},
		{"r1", 7501, provider.Review, "invalid_request_error"},
		{"r2", 7500, "", ""},
		{"r3", 1, provider.Look, "charge_already_refunded"},
		{"r2", 7400, provider.Look, "idempotency_error"},
	} {
		_, err := w.refund(s, c.id, eur(c.total))
		if c.class == "" {
			w.must(err)
		} else if e := wantClass(t, err, c.class); e.Code != c.code {
			t.Errorf("%s of %d: code %s, want %s", c.id, c.total, e.Code, c.code)
		}
	}
}

// TestRefundThatFailsLater: it had succeeded, and the money came back. That is a later
// claim, and a contradiction for a person.
func TestRefundThatFailsLater(t *testing.T) {
	w := newWorld(t)
	o := w.open("card", eur(7500))
	p := payment.Payment{ID: testPayment, Quote: order("card", eur(7500)).Quote}.Begin(Name, "card", o, testTime)
	w.must(w.sim.Pay(o.Order, sim.Instrument{}))
	s := w.look(o.Order)
	if _, err := w.refund(s, "r1", eur(1000)); err != nil {
		t.Fatal(err)
	}
	p = payment.Observe(p, w.look(o.Order))
	if status := payment.StatusOf(p); status != payment.StatusPartiallyRefunded {
		t.Errorf("refunded it is %s", status)
	}
	w.advance(48 * time.Hour)
	w.must(w.sim.EndRefund(o.Order, false))
	p = payment.Observe(p, w.look(o.Order))
	if r := p.Refunds[0]; r.State != payment.Failed || r.Reason != "lost_or_stolen_card" || payment.StatusOf(p) != payment.StatusReview {
		t.Errorf("failed later, it is %s: %+v", payment.StatusOf(p), r)
	}
}

// TestAnswersThatAreNot: answers that no simulator gives.
func TestAnswersThatAreNot(t *testing.T) {
	whole := `"object":"checkout.session","status":"complete","payment_status":"paid","created":1,"client_reference_id":"x","amount_total":5,"currency":"eur"`
	for name, body := range map[string]string{
		"another session":          `{"id":"cs_2",` + whole + `}`,
		"another kind":             `{"id":"cs_1","object":"invoice"}`,
		"no reference":             `{"id":"cs_1","object":"checkout.session","status":"open","created":1,"amount_total":5,"currency":"eur"}`,
		"an address of a stranger": `{"id":"cs_1",` + whole + `,"url":"https://checkout.stripe.com.evil.example/c/pay"}`,
		"an unknown currency":      `{"id":"cs_1",` + whole[:len(whole)-5] + `"xyz"}`,
		"a currency in capitals":   `{"id":"cs_1",` + whole[:len(whole)-5] + `"EUR"}`,
		"an intent without body":   `{"id":"cs_1",` + whole + `,"payment_intent":"pi_1"}`,
		"an intent of no amount":   `{"id":"cs_1",` + whole + `,"payment_intent":{"id":"pi_1","object":"payment_intent","status":"succeeded","created":1,"currency":"eur"}}`,
		"a sum that is none": `{"id":"cs_1",` + whole + `,"payment_intent":{"id":"pi_1","object":"payment_intent","status":"succeeded","created":1,"currency":"eur","amount":5,"amount_received":5,
			"latest_charge":{"id":"ch_1","object":"charge","created":1,"balance_transaction":{"id":"txn_1","object":"balance_transaction","amount":5,"fee":1,"net":5,"currency":"eur"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/account" {
					_, _ = out.Write([]byte(`{"id":"acct_1","object":"account"}`))
					return
				}
				_, _ = out.Write([]byte(body))
			}))
			defer server.Close()
			s := w.client(func(c *Config) { c.API = server.URL })
			_, err := s.Look(t.Context(), "cs_1")
			wantClass(t, err, provider.Look)
		})
	}
}
