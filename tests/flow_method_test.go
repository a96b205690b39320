package tests

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// menu is GET /payment-methods as the storefront reads it.
type menu struct {
	Language          string
	Country, Currency string
	Total             menuAmount
	Lines             []struct {
		SKU, Name   string
		Quantity    int64
		Each, Total menuAmount
	}
	Parts []struct {
		Kind, Text string
		Total      menuAmount
	}
	Shipping *bool
	Methods  []menuMethod
}

type menuAmount struct {
	Minor int64
	Text  string
}

type menuMethod struct {
	Method, Name, Text, Timing, Notice string
}

// asks reads the menu for a query such as "country=DE&currency=EUR&cart=BOOK:2".
func (w *world) asks(query string, headers map[string]string) (menu, reply) {
	w.t.Helper()
	got := w.call("GET", "/payment-methods?"+query, "", headers)
	var m menu
	if got.code == 200 {
		w.must(json.Unmarshal([]byte(got.text), &m))
	}
	return m, got
}

// asksFor reads the menu for a signed quote.
func (w *world) asksFor(quote, language string) (menu, reply) {
	w.t.Helper()
	got := w.call("POST", "/payment-methods?language="+language, fmt.Sprintf(`{"quote":%q}`, quote), nil)
	var m menu
	if got.code == 200 {
		w.must(json.Unmarshal([]byte(got.text), &m))
	}
	return m, got
}

// ids are the methods offered, in their order.
func (m menu) ids() string {
	var ids []string
	for _, one := range m.Methods {
		ids = append(ids, one.Method)
	}
	return strings.Join(ids, " ")
}

// TestMenuOffersTheTable: what the table has for a buyer, in its order, with words for
// every method in every language.
func TestMenuOffersTheTable(t *testing.T) {
	w := newWorld(t, plan{env: map[string]string{"MERCHANT_COUNTRY": "NL"}})
	for query, want := range map[string]string{
		"country=NL&currency=EUR&amount=20.00": "ideal paypal trustly", "country=PL&currency=PLN&amount=20.00": "blik p24 paypal",
		"country=PL&currency=PLN&amount=0.50": "paypal", "country=DE&currency=BHD&amount=1.000": "",
	} {
		if m, got := w.asks(query, nil); m.ids() != want {
			t.Errorf("%s: %q, want %q: %s", query, m.ids(), want, got.text)
		}
	}
	for _, language := range wording.Languages() {
		for _, one := range method.All() {
			for _, part := range []string{".name", ".text"} {
				if key := "method." + one.ID + part; !language.Has(key) {
					t.Errorf("%s has no %s", language, key)
				}
			}
		}
	}
	fewer := newWorld(t, plan{env: map[string]string{"METHODS": "paypal,blik", "MERCHANT_COUNTRY": "NL"}})
	if m, _ := fewer.asks("country=NL&currency=EUR&amount=20.00", nil); m.ids() != "paypal" {
		t.Errorf("a shop that offers fewer offers %q", m.ids())
	}
}

// TestMenuOfACart: prices from the list, in the buyer's language, and parts that make
// the total.
func TestMenuOfACart(t *testing.T) {
	w := newWorld(t, plan{})
	m, got := w.asks("country=DE&currency=EUR&cart=BOOK:2,TEE:1&language=de-AT", nil)
	if got.code != 200 || m.Language != "de" || m.Total != (menuAmount{4900, "49,00\u00a0€"}) || m.Shipping == nil || !*m.Shipping {
		t.Fatalf("%d %s", got.code, got.text)
	}
	if len(m.Lines) != 2 || m.Lines[0].Each.Minor != 1250 || m.Lines[0].Total.Text != "25,00\u00a0€" {
		t.Errorf("the lines are %+v", m.Lines)
	}
	sum := int64(0)
	for _, part := range m.Parts {
		sum += part.Total.Minor
	}
	if sum != m.Total.Minor || len(m.Parts) == 0 {
		t.Errorf("the parts %+v make %d", m.Parts, sum)
	}
	if !strings.Contains(m.ids(), "paypal") || m.Methods[0].Text == "" {
		t.Errorf("the methods are %+v", m.Methods)
	}
	if writes := len(w.paypal.Orders()); writes != 0 || w.wire.sent.Load() != 0 {
		t.Errorf("PayPal was asked %d times and has %d orders", w.wire.sent.Load(), writes)
	}
	if m, _ := w.asks("country=US&currency=USD&cart=BOOK:1", map[string]string{"Accept-Language": "ja"}); m.Language != "ja" || m.Total.Text != "USD\u00a013.90" || *m.Shipping {
		t.Errorf("in Japanese: %+v", m)
	}
	if m, _ := w.asks("country=DE&currency=EUR&amount=45.00&language=tlh", nil); m.Language != "en" || m.Total.Text != "€45.00" || m.Shipping != nil || m.Parts != nil {
		t.Errorf("of an amount: %+v", m)
	}
}

// TestMenuRefuses: whatever is asked wrongly, with the reason. TestBadInputCoversTheContract
// counts on it.
func TestMenuRefuses(t *testing.T) {
	w := newWorld(t, plan{})
	for query, want := range map[string]string{
		"currency=EUR&cart=BOOK:1":                               "400 query-invalid",
		"country=de&currency=EUR&cart=BOOK:1":                    "400 query-invalid",
		"country=DE&cart=BOOK:1":                                 "400 query-invalid",
		"country=DE&currency=EUR":                                "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK:1&amount=1.00":        "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK":                      "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK:x":                    "400 query-invalid",
		"country=DE&currency=EUR&cart=":                          "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK%25zz:1":               "400 query-invalid",
		"country=DE&currency=EUR&amount=1.001":                   "400 query-invalid",
		"country=DE&currency=EUR&amount=0":                       "400 query-invalid",
		"country=DE&currency=EUR&amount=-1.00":                   "400 query-invalid",
		"country=DE&currency=XXX&amount=1.00":                    "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK:1&language=../de":     "400 query-invalid",
		"country=DE&currency=EUR&cart=BOOK:0":                    "422 cart-invalid",
		"country=DE&currency=EUR&cart=BOOK:1,BOOK:1":             "422 cart-invalid",
		"country=DE&currency=EUR&cart=BOOK:1&cart=BOOK:1":        "422 cart-invalid",
		"country=DE&currency=GBP&cart=BOOK:1":                    "422 price-missing",
		"country=DE&currency=EUR&cart=" + url.QueryEscape("X:1"): "422 product-unknown",
	} {
		if _, got := w.asks(query, nil); fmt.Sprint(got.code, " ", got.problem) != want {
			t.Errorf("%s: %d %s, want %s", query, got.code, got.problem, want)
		}
	}
	if strings.Contains(w.log.String(), "BOOK") {
		t.Error("what a caller sent is in the log")
	}
}

// TestMenuOfAQuote: a coupon, tax and sending stand beside what they are about before
// anything is paid; the menu is that of the amount. No secret is asked for it, so that a
// quote that is not the shop's is shown to the page that made it up, and refused when paid.
func TestMenuOfAQuote(t *testing.T) {
	w := newWorld(t, plan{env: map[string]string{"MERCHANT_COUNTRY": "DE"}})
	before := w.table.Counts().Writes
	quote := w.quoteToken(nil, quoteSecret)
	m, got := w.asksFor(quote, "de")
	if m.Language != "de" || m.Country != "DE" || m.Currency != "EUR" || m.Total.Minor != 4522 || m.Shipping == nil || *m.Shipping {
		t.Errorf("%+v: %s", m, got.text)
	}
	if len(m.Lines) != 1 || m.Lines[0].Name != "Made to measure" || m.Lines[0].Quantity != 2 || m.Lines[0].Total.Text != "38,00 €" {
		t.Errorf("%+v", m.Lines)
	}
	var parts []string
	sum := int64(0)
	for _, p := range m.Parts {
		parts, sum = append(parts, p.Kind+" "+p.Text), sum+p.Total.Minor
	}
	if got := strings.Join(parts, ", "); sum != 4522 || got != "lines Artikel, discount Rabatt, tax Steuer" {
		t.Errorf("%s make %d", got, sum)
	}
	if alone, _ := w.asks("country=DE&currency=EUR&amount=45.22", nil); m.ids() == "" || m.ids() != alone.ids() {
		t.Errorf("of the quote %s, of its amount %s", m.ids(), alone.ids())
	}
	w.clock.Move(2 * time.Hour)
	if m, got := w.asksFor(quote, "en"); m.Total.Minor != 4522 {
		t.Errorf("expired, whose payment may have begun: %s", got.text)
	}
	forged := w.quoteToken(nil, "another-secret-of-thirty-two-bytes-or-more")
	if m, got := w.asksFor(forged, "en"); m.Total.Minor != 4522 {
		t.Errorf("forged: %s", got.text)
	}
	if r := w.call("POST", "/payments", fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, forged), nil); r.code != 422 || r.problem != "quote-invalid" {
		t.Errorf("forged and paid: %d %s", r.code, r.text)
	}
	for name, changes := range map[string]jwt.MapClaims{
		"does not add up": {"total": 1}, "an unknown claim": {"vip": true}, "no line": {"lines": []any{}}, "no currency": {"cur": "XXX"},
	} {
		if _, r := w.asksFor(w.quoteToken(changes, quoteSecret), "en"); r.code != 422 || r.problem != "quote-invalid" {
			t.Errorf("%s: %d %s", name, r.code, r.text)
		}
	}
	if n := w.table.Counts().Writes - before; n != 0 {
		t.Errorf("%d writes", n)
	}
}
