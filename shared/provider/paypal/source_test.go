package paypal

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// chosen is a digital order by a method, of a buyer about whom everything is known.
func chosen(t *testing.T, id, country string) provider.Order {
	t.Helper()
	o := digitalOrder(t)
	o.Method, o.Country, o.Language = id, country, "de"
	o.Payer = provider.Payer{Name: "Ada Byron", Email: "ada@rook.example"}
	return o
}

const (
	bankContext   = `"experience_context":{"brand_name":"Corner Shop","locale":"de-DE","shipping_preference":"NO_SHIPPING","return_url":"https://shop.example/?checkout=return","cancel_url":"https://shop.example/?checkout=cancel"}`
	walletContext = `"experience_context":{"brand_name":"Corner Shop","locale":"de-DE","shipping_preference":"NO_SHIPPING","user_action":"PAY_NOW","payment_method_preference":"IMMEDIATE_PAYMENT_REQUIRED","return_url":"https://shop.example/?checkout=return","cancel_url":"https://shop.example/?checkout=cancel"}`
	venmoContext  = `"experience_context":{"brand_name":"Corner Shop","shipping_preference":"NO_SHIPPING"}`
)

// wantSources is what PayPal is told of each method.
var wantSources = map[string]struct{ country, source string }{
	"paypal":     {"DE", `{"paypal":{` + walletContext + `}}`},
	"paylater":   {"DE", `{"paypal":{` + walletContext + `}}`},
	"venmo":      {"US", `{"venmo":{` + venmoContext + `}}`},
	"bancontact": {"BE", `{"bancontact":{"name":"Ada Byron","country_code":"BE",` + bankContext + `}}`},
	"blik":       {"PL", `{"blik":{"name":"Ada Byron","country_code":"PL",` + bankContext + `}}`},
	"eps":        {"AT", `{"eps":{"name":"Ada Byron","country_code":"AT",` + bankContext + `}}`},
	"ideal":      {"NL", `{"ideal":{"name":"Ada Byron","country_code":"NL",` + bankContext + `}}`},
	"mybank":     {"IT", `{"mybank":{"name":"Ada Byron","country_code":"IT",` + bankContext + `}}`},
	"p24":        {"PL", `{"p24":{"name":"Ada Byron","country_code":"PL","email":"ada@rook.example",` + bankContext + `}}`},
	"trustly":    {"SE", `{"trustly":{"name":"Ada Byron","country_code":"SE",` + bankContext + `}}`},
}

// TestSources: every method of the table that is PayPal's has a source, and no order is
// captured by PayPal unless that was asked for.
func TestSources(t *testing.T) {
	_, p := newServer(t, nil)
	every, err := method.Offered("", method.Account{Providers: []string{Name}, Country: "US"})
	if err != nil || len(every) != len(wantSources) {
		t.Fatalf("%d methods and %d sources: %v", len(every), len(wantSources), err)
	}
	for _, m := range every {
		want := wantSources[m.ID]
		for _, completes := range []bool{false, true} {
			o := chosen(t, m.ID, want.country)
			o.SelfCompleting = completes
			body, err := p.orderRequest(o)
			if err != nil {
				t.Fatal(err)
			}
			var sent struct {
				Instruction string          `json:"processing_instruction"`
				Source      json.RawMessage `json:"payment_source"`
				Context     *oldContext     `json:"application_context"`
			}
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			if string(sent.Source) != want.source {
				t.Errorf("%s: %s\nwant %s", m.ID, sent.Source, want.source)
			}
			if (sent.Instruction == completeOnApproval) != completes || (sent.Context != nil) != (m.ID == venmo) {
				t.Errorf("%s: %s", m.ID, body)
			}
		}
	}
	if _, err := p.orderRequest(chosen(t, "sofort", "DE")); provider.ClassOf(err) != provider.OurBug {
		t.Errorf("sofort: %v", err)
	}
}

// TestOrderThatMustComplete: where PayPal takes no order but one it captures itself, it
// is asked for that one, under a request id of its own, and what it opened is known for
// what it is.
func TestOrderThatMustComplete(t *testing.T) {
	created, err := os.ReadFile("testdata/created.json")
	if err != nil {
		t.Fatal(err)
	}
	ideal := strings.Replace(string(created), `"paypal": {}`, `"ideal": {"name": "Ada Byron", "country_code": "NL"}`, 1)
	taken := strings.Replace(ideal, `"intent"`, `"processing_instruction": "ORDER_COMPLETE_ON_PAYMENT_APPROVAL", "intent"`, 1)
	refused := `{"name":"UNPROCESSABLE_ENTITY","debug_id":"d","details":[{"issue":"ORDER_COMPLETE_ON_PAYMENT_APPROVAL"}]}`
	for _, c := range []struct {
		name      string
		asked     bool
		replies   []http.HandlerFunc
		completes bool
	}{
		{"PayPal leaves it to us", false, []http.HandlerFunc{reply(201, ideal)}, false},
		{"the shop has it so", true, []http.HandlerFunc{reply(201, taken)}, true},
		{"the shop has it so, and PayPal does not say", true, []http.HandlerFunc{reply(201, ideal)}, true},
		{"PayPal has it so", false, []http.HandlerFunc{reply(201, taken)}, true},
		{"PayPal requires it", false, []http.HandlerFunc{reply(422, refused), reply(201, taken)}, true},
	} {
		s, p := newServer(t, answers{createCall: inTurn(c.replies...)})
		o := chosen(t, "ideal", "NL")
		o.SelfCompleting = c.asked
		got, err := p.CreateOrder(t.Context(), o)
		if err != nil || got.SelfCompleting != c.completes {
			t.Errorf("%s: completes by itself: %t, %v", c.name, got.SelfCompleting, err)
		}
		s.want(t, createCall, len(c.replies))
		ids := map[string]bool{}
		for _, r := range s.to(createCall) {
			ids[r.header.Get("PayPal-Request-Id")] = true
		}
		if len(ids) != len(c.replies) {
			t.Errorf("%s: %d request ids for %d orders", c.name, len(ids), len(c.replies))
		}
	}
}

// TestPageOpenedOnTheChoice: pay later leads to PayPal's page with that choice made, and
// no other method changes the address.
func TestPageOpenedOnTheChoice(t *testing.T) {
	created, err := os.ReadFile("testdata/created.json")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"paypal":   "https://www.paypal.com/checkoutnow?token=5O190127TN364715T",
		"paylater": "https://www.paypal.com/checkoutnow?fundingSource=paylater&token=5O190127TN364715T",
	} {
		_, p := newServer(t, answers{createCall: reply(201, string(created))})
		if got, err := p.CreateOrder(t.Context(), chosen(t, id, "DE")); err != nil || got.Approve != want {
			t.Errorf("%s: %s, %v", id, got.Approve, err)
		}
	}
}
