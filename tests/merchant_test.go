package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// merchantRoutes are all of them, as requests that would do something.
func merchantRoutes(b *buyer) [][3]string {
	return [][3]string{
		{"GET", "/merchant/payments/" + b.id, ""}, {"GET", "/merchant/payments?day=2026-11-21", ""}, {"GET", "/merchant/payments/" + b.id + "/money", ""},
		{"POST", "/merchant/payments/" + b.id + "/refunds", refundBody(1000)}, {"POST", "/merchant/payments/" + b.id + "/review", `{"code":"other"}`},
		{"GET", "/merchant/settlements?from=2026-11-01&to=2026-12-01", ""}, {"GET", "/merchant/entries?from=2026-11-01&to=2026-12-01", ""},
		{"PUT", "/merchant/price-list", `{"products":[]}`}, {"GET", "/merchant/price-list", ""},
	}
}

// TestUnsignedReachesNothing: the gateway answers alone, in its own form.
func TestUnsignedReachesNothing(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	before, calls, lines := w.table.Counts(), len(w.paypal.Calls()), strings.Count(w.log.String(), `"route"`)
	for _, route := range merchantRoutes(b) {
		for name, header := range map[string]map[string]string{
			"nothing": {}, "a token": b.withToken(), "a bearer": {"Authorization": "Bearer x"},
			"an old signature": {"Authorization": "AWS4-HMAC-SHA256 Credential=" + merchantKey + "/20201121/" + merchantRegion + "/execute-api/aws4_request, SignedHeaders=host, Signature=" + strings.Repeat("0", 64)},
		} {
			headers := map[string]string{"Idempotency-Key": refundKey("1")["Idempotency-Key"]}
			for key, value := range header {
				headers[key] = value
			}
			r := w.call(route[0], route[1], route[2], headers)
			var gateway map[string]string
			w.must(json.Unmarshal([]byte(r.text), &gateway))
			if r.code != http.StatusForbidden || r.problem != "" || len(gateway) != 1 || gateway["message"] == "" {
				t.Errorf("%s %s with %s: %d %s", route[0], route[1], name, r.code, r.text)
			}
		}
	}
	if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls || strings.Count(w.log.String(), `"route"`) != lines {
		t.Error("something was reached")
	}
	for _, route := range merchantRoutes(b) {
		if r := w.merchant(route[0], route[1], route[2], refundKey("1")); r.code == http.StatusForbidden {
			t.Errorf("signed %s %s: %s", route[0], route[1], r.text)
		}
	}
}

// dayPage is one page of a day.
type dayPage struct {
	Day      string
	Next     string
	Payments []struct {
		ID, Provider, Method string
		Status               payment.Status
		Paid                 bool
	}
}

func (w *world) day(query string) (page dayPage) {
	w.t.Helper()
	r := w.merchant(http.MethodGet, "/merchant/payments?"+query, "", nil)
	if r.code != http.StatusOK {
		w.t.Fatalf("%s: %d %s", query, r.code, r.text)
	}
	w.must(json.Unmarshal([]byte(r.text), &page))
	return page
}

// TestDayByPages: every payment of the day once, and none of the next.
func TestDayByPages(t *testing.T) {
	w := newWorld(t, plan{})
	want := map[string]bool{}
	for range 53 {
		b := w.buyer()
		b.open()
		want[b.id] = true
	}
	paid := w.paid()
	want[paid.id] = true
	w.clock.Move(24 * time.Hour)
	w.buyer().open()
	pages, cursor := 0, ""
	for {
		page := w.day(strings.TrimPrefix(cursor+"&day=2026-11-21", "&"))
		for _, p := range page.Payments {
			if !want[p.ID] || p.Paid != (p.ID == paid.id) || p.Provider != "paypal" || p.Method != "paypal" {
				t.Errorf("%+v", p)
			}
			delete(want, p.ID)
		}
		if pages++; page.Next == "" || pages > 9 {
			break
		}
		cursor = "cursor=" + url.QueryEscape(page.Next)
	}
	if len(want) != 0 || pages < 2 {
		t.Errorf("%d pages, %d payments missing", pages, len(want))
	}
	if n := len(w.day("day=2026-11-22").Payments); n != 1 {
		t.Errorf("%d on the next day", n)
	}
	if n := len(w.day("day=2026-11-20").Payments); n != 0 {
		t.Errorf("%d on the day before", n)
	}
	if r := w.merchant(http.MethodGet, "/merchant/payments?"+cursor+"&day=2026-11-22", "", nil); r.code != http.StatusBadRequest || r.problem != "day-invalid" {
		t.Errorf("a cursor of another day: %d %s", r.code, r.text)
	}
}

func (b *buyer) settleReview(code string) reply {
	b.w.t.Helper()
	return b.w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/review", `{"code":"`+code+`"}`, nil)
}

// TestReview: a person settles it; what comes up later opens it again.
func TestReview(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	if r := b.settleReview("other"); r.code != http.StatusConflict || r.problem != "nothing-to-review" {
		t.Errorf("nothing to settle: %d %s", r.code, r.text)
	}
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 6000))
	b.refund(5000, "1") // more than PayPal has left: nobody knows what became of it
	if l := b.ledger(); l.Status != payment.StatusReview || len(l.Review) != 1 || l.Review[0] != "refund_unclear" {
		t.Fatalf("%s %v", l.Status, l.Review)
	}
	for range 2 { // once more by whoever did not hear the answer
		if r := b.settleReview("refunded_by_hand"); r.code != http.StatusOK {
			t.Errorf("%d %s", r.code, r.text)
		}
	}
	if p, _ := b.stored(); len(p.Notes) != 1 {
		t.Errorf("%d notes", len(p.Notes))
	}
	if r := b.settleReview("other"); r.code != http.StatusConflict || r.problem != "nothing-to-review" {
		t.Errorf("settled otherwise before: %d %s", r.code, r.text)
	}
	l := b.ledger()
	if l.Status != payment.StatusPartiallyRefunded || l.Refundable.Minor != 1500 || len(l.Notes) != 1 || l.Notes[0].Code != "refunded_by_hand" {
		t.Errorf("settled: %+v", l)
	}
	if r := b.settleReview("other"); r.code != http.StatusConflict {
		t.Errorf("again: %d %s", r.code, r.text)
	}
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	b.refund(1200, "2")
	if l := b.ledger(); l.Status != payment.StatusReview {
		t.Errorf("new evidence: %s", l.Status)
	}
	if n := len(b.returned()); n != 2 {
		t.Errorf("%d refunds at PayPal", n)
	}
}

// TestPriceListOverHTTP: checked whole, and in force at once.
func TestPriceListOverHTTP(t *testing.T) {
	w := newWorld(t, plan{})
	put := func(body string) reply { return w.merchant(http.MethodPut, "/merchant/price-list", body, nil) }
	get := func() string { return w.merchant(http.MethodGet, "/merchant/price-list", "", nil).text }
	before, writes := get(), w.table.Counts().Writes
	bad := put(`{"products":[{"sku":"BOOK","name":"Book","prices":{"EUR":"10.00"}},{"sku":"CARD","name":"Card","prices":{"EUR":"ten"}}]}`)
	if bad.code != http.StatusBadRequest || bad.problem != "price-list-invalid" || !strings.Contains(bad.Detail, "products[1].prices.EUR") || strings.Contains(bad.text, "ten\"") {
		t.Errorf("%d %s", bad.code, bad.text)
	}
	if get() != before || w.table.Counts().Writes != writes {
		t.Error("something of a bad list was stored")
	}
	list := `{"products":[{"sku":"BOOK","name":"Book","prices":{"EUR":"10.00"}},{"sku":"TEE","name":"Tee","physical":true,"prices":{"EUR":"20.00"}}],` +
		`"shipping":[{"countries":["DE"],"prices":{"EUR":"4.90"}}]}`
	good := put(list)
	var accepted struct {
		Version  string
		Products int
	}
	w.must(json.Unmarshal([]byte(good.text), &accepted))
	if good.code != http.StatusOK || accepted.Products != 2 || !strings.Contains(get(), accepted.Version) || get() == before {
		t.Errorf("%d %s", good.code, good.text)
	}
	b := w.buyer()
	b.order = order()
	if r := b.open(); r.code != http.StatusCreated || r.Total.Minor != 2000 {
		t.Errorf("the next buyer pays %d: %s", r.Total.Minor, r.text)
	}
	tee := w.buyer()
	tee.order = sent(`"city"`, `"postcode":"10115","city"`)
	if r := tee.open(); r.code != http.StatusCreated || r.Total.Minor != 2490 {
		t.Errorf("with shipping: %d %s", r.Total.Minor, r.text)
	}
	abroad := w.buyer()
	abroad.order = strings.ReplaceAll(tee.order, `"DE"`, `"FR"`)
	if r := abroad.open(); r.code != http.StatusUnprocessableEntity || r.problem != "shipping-unavailable" {
		t.Errorf("to a country nobody sends to: %d %s", r.code, r.text)
	}
	gone := w.buyer() // the card is no longer sold
	if r := gone.open(); r.code != http.StatusUnprocessableEntity || r.problem != "product-unknown" {
		t.Errorf("%d %s", r.code, r.text)
	}
	writes = w.table.Counts().Writes
	if r := put(list); r.code != http.StatusOK || w.table.Counts().Writes != writes {
		t.Errorf("the same list again: %d, %d writes", r.code, w.table.Counts().Writes-writes)
	}
}

// quoteToken is a quote as the shop's server signs it, for 45.22 EUR.
func (w *world) quoteToken(changes jwt.MapClaims, secret string) string {
	w.t.Helper()
	now := w.clock.Now()
	claims := jwt.MapClaims{"jti": strings.Repeat("q", 32), "aud": "tests", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "cur": "EUR", "country": "DE", "ref": "R-9",
		"lines": []any{map[string]any{"sku": "ANY", "name": "Made to measure", "qty": 2, "unit": 1900}}, "discount": 100, "tax": 822, "total": 4522}
	for name, value := range changes {
		claims[name] = value
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	w.must(err)
	return token
}

func (w *world) quoted(token string) *buyer {
	w.t.Helper()
	b := w.buyer()
	b.order = fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, token)
	b.open()
	return b
}

func TestQuotes(t *testing.T) {
	w := newWorld(t, plan{})
	token := w.quoteToken(nil, quoteSecret)
	b := w.quoted(token)
	if b.last.Total.Minor != 4522 || b.last.code != http.StatusCreated {
		t.Fatalf("%d %s", b.last.code, b.last.text)
	}
	again := w.quoted(token)
	signedAgain := w.quoted(w.quoteToken(jwt.MapClaims{"iat": w.clock.Now().Unix() - 1}, quoteSecret))
	if again.id != b.id || signedAgain.id != b.id || again.last.code != http.StatusOK {
		t.Errorf("one quote, and the payments %s, %s, %s", b.id, again.id, signedAgain.id)
	}
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	if b.charges()[0].Amount != 4522 {
		t.Errorf("%+v", b.charges())
	}
	b.wantRefund(0, "1", http.StatusCreated, "completed")
	// A reload after the end is no refusal: the payment is there.
	w.clock.Move(2 * time.Hour)
	if late := w.quoted(token); late.id != b.id {
		t.Errorf("late: %s", late.last.text)
	}
	before, calls := w.table.Counts(), len(w.paypal.Calls())
	for name, c := range map[string]struct{ token, problem string }{
		"altered":      {token[:len(token)-4] + "AAAA", "quote-invalid"},
		"expired":      {w.quoteToken(jwt.MapClaims{"jti": strings.Repeat("x", 32), "exp": w.clock.Now().Unix() - 1}, quoteSecret), "quote-expired"},
		"another shop": {w.quoteToken(jwt.MapClaims{"aud": "elsewhere"}, quoteSecret), "quote-invalid"},
		"our token":    {w.quoteToken(nil, firstSecret), "quote-invalid"},
		"other goods":  {w.quoteToken(jwt.MapClaims{"discount": 0, "total": 4622}, quoteSecret), "key-reused"},
	} {
		r := w.call(http.MethodPost, "/payments", fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, c.token), nil)
		if r.code != http.StatusUnprocessableEntity || r.problem != c.problem {
			t.Errorf("%s: %d %s", name, r.code, r.text)
		}
	}
	if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls {
		t.Error("a refused quote was written or asked about")
	}
}
