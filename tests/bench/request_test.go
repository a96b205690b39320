package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestHolds: an answer that has the right status and says something else is none.
func TestHolds(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		good bool
	}{
		"taken":          {`{"status":"captured"}`, true},
		"not yet":        {`{"status":"awaiting_approval"}`, false},
		"nothing said":   {`{}`, false},
		"no JSON at all": {``, false},
	} {
		if err := ourProofs["capture-payment"](reply{Body: tt.body}); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ourProofs["sweep"](reply{Body: `{"due":1,"captured":0}`}); err == nil {
		t.Error("a sweep that captured nothing is proved")
	}
	if err := ourProofs["sweep"](reply{Body: `{"due":1,"captured":1}`}); err != nil {
		t.Error(err)
	}
}

// TestOpened: a payment that was opened leads to an order on its own provider's page.
func TestOpened(t *testing.T) {
	s := &shop{up: &upstreams{paypal: &upstream{origin: "https://127.0.0.1:1"}, stripe: &upstream{origin: "https://127.0.0.1:2"}}}
	for name, tt := range map[string]struct{ method, next, order string }{
		"PayPal":                 {"paypal", "https://127.0.0.1:1/checkoutnow?token=5O190127TN364715T", "5O190127TN364715T"},
		"Stripe":                 {card, "https://127.0.0.1:2/c/pay/cs_test_a1", "cs_test_a1"},
		"a card, sent to PayPal": {card, "https://127.0.0.1:1/checkoutnow?token=5O190127TN364715T", ""},
		"PayPal, sent to Stripe": {"paypal", "https://127.0.0.1:2/c/pay/cs_test_a1", ""},
		"nowhere":                {card, "", ""},
		"no session":             {card, "https://127.0.0.1:2/c/pay/", ""},
	} {
		p, err := s.opened(tt.method, reply{Body: `{"id":"sc1","token":"t","next":{"action":"redirect","url":"` + tt.next + `"}}`})
		if (err == nil) != (tt.order != "") || p.order != tt.order {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if _, err := s.opened("paypal", reply{Body: `{"id":"sc1","token":"t","order":"5O190127TN364715T"}`}); err != nil {
		t.Errorf("the naive build's row: %v", err)
	}
}

// TestPayWith: only the way to pay is another, and the length is the body's.
func TestPayWith(t *testing.T) {
	s := &shop{root: "../.."}
	e, err := s.cart(card)
	if err != nil {
		t.Fatal(err)
	}
	body := e["body"].(string)
	if !strings.Contains(body, `"method":"card"`) || !strings.Contains(body, `"sku":"BOOK"`) {
		t.Errorf("the body is %s", body)
	}
	if got := e["headers"].(map[string]any)["content-length"]; got != "123" || len(body) != 123 {
		t.Errorf("%s bytes said of %d", got, len(body))
	}
	e, err = s.event("webhook/order-approved.json")
	if err != nil {
		t.Fatal(err)
	}
	if e.rungBy("stripe"); e["rawPath"] != "/webhooks/stripe" || e["pathParameters"].(map[string]any)["provider"] != "stripe" {
		t.Errorf("rung at %s", e["rawPath"])
	}
}

// TestEveryFunctionIsAsked: there is a first request for each, and those that are
// compared at both providers are among them and are proved.
func TestEveryFunctionIsAsked(t *testing.T) {
	s := side{shop: &shop{root: "../.."}, method: card, opened: http.StatusCreated, proofs: ourProofs}
	names, err := s.shop.functions()
	if err != nil || len(names) < 14 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range append(names, answering()...) {
		if s.requests()[name] == nil {
			t.Errorf("nobody asks %s", name)
		}
	}
	for _, name := range twice {
		if name != "create-payment" && ourProofs[name] == nil { // whose proof is the address
			t.Errorf("%s: what it answers is not looked at", name)
		}
	}
}
