package tests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// refundByAStranger: whoever signs nothing, or signs with something else, gets the
// gateway's own 403; IAM knows no 401.
func refundByAStranger(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.untouched("strangers' refunds", func() {
		for name, header := range map[string]map[string]string{
			"nobody": {}, "the buyer": b.withToken(), "a bearer": {"Authorization": "Bearer " + b.token}, "a password": {"Authorization": "Basic QTpC"},
		} {
			header["Idempotency-Key"] = strings.Repeat("r", 32)
			w.refuses(name, w.call(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", refundBody(1), header), 403, "")
		}
		r, err := http.NewRequest(http.MethodPost, w.api.URL+"/merchant/payments/"+b.id+"/refunds", strings.NewReader(refundBody(1)))
		w.must(err)
		r.Header.Set("Content-Type", "application/json")
		w.must(gateway.Sign(r, []byte(refundBody(1)), merchantKey, "another-secret", merchantRegion, w.clock.Now()))
		w.refuses("another's signature", w.send(r), 403, "")
	})
}

func refundsOfTooMuch(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	send := func(amount string) reply {
		return w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", `{"reason":"returned","amount":`+amount+`}`, refundKey("s10"))
	}
	w.untouched("refunds that are none", func() {
		for _, minor := range []string{"1.0", `"1"`, "9223372036854775808", "1e2"} {
			w.refuses(minor, send(`{"currency":"EUR","minor":`+minor+`}`), 400, "body-invalid")
		}
		for _, minor := range []string{"-1", "0", "7501"} {
			w.refuses(minor, send(`{"currency":"EUR","minor":`+minor+`}`), 422, "refund-refused")
		}
		w.refuses("another currency", send(`{"currency":"USD","minor":1}`), 422, "refund-refused")
	})
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for n := range 8 {
		all.Go(func() {
			r := b.refund(0, fmt.Sprint("at-once-", n))
			mu.Lock()
			defer mu.Unlock()
			codes[r.code]++
		})
	}
	all.Wait()
	if back := w.paypal.Books().Refunded(b.charges()[0].ID); len(back) != 1 || codes[http.StatusCreated] != 1 || codes[201]+codes[422]+codes[409]+codes[503] != 8 {
		t.Errorf("%d refunds at PayPal, answers %v", len(back), codes)
	}
}

func simpleRequest(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.untouched("simple requests", func() {
		for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
			header := map[string]string{"Content-Type": media, "Idempotency-Key": strings.Repeat("s", 32), "Checkout-Token": b.token}
			w.refuses(media, w.buys(plainCart, header), 415, "media-type")
			w.refuses(media, w.call(http.MethodPost, "/payments/"+b.id+"/attempts", `{"after":1,"method":"paypal"}`, header), 415, "media-type")
			w.refuses(media, w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", refundBody(1), header), 415, "media-type")
		}
	})
}

func carelessJSON(t *testing.T) {
	w := newWorld(t, plan{})
	w.untouched("careless JSON", func() {
		for name, body := range map[string]string{
			"cut": plainCart[:20], "twice": strings.Replace(plainCart, `"currency"`, `"currency":"USD","currency"`, 1), "in another case": strings.Replace(plainCart, `"cart"`, `"Cart"`, 1),
			"no UTF-8": strings.Replace(plainCart, "R-1", "R\xff", 1), "deep": order(field{"cart", strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}),
			"a byte order mark": "\ufeff" + plainCart, "more behind it": plainCart + "{}", "an unknown field": order(field{"x", "1"}),
		} {
			w.refuses(name, w.buys(body, withKey(strings.Repeat("j", 32))), 400, "body-invalid")
		}
	})
}

func tooMuchOfIt(t *testing.T) {
	w := newWorld(t, plan{})
	key := withKey(strings.Repeat("m", 32))
	w.untouched("too much", func() {
		w.refuses("a body", w.buys(plainCart+strings.Repeat(" ", 16<<10), key), 413, "too-large")
		w.refuses("a delivery", w.call(http.MethodPost, "/webhooks/paypal", strings.Repeat(" ", 256<<10+1), nil), 413, "too-large")
		w.refuses("a body past the gateway's limit", w.buys(strings.Repeat(" ", 10<<20+1), key), 413, "")
		w.refuses("headers", w.buys(plainCart, map[string]string{"Idempotency-Key": strings.Repeat("m", 10_240)}), 431, "")
	})
}

func idsThatLeadElsewhere(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.untouched("odd ids", func() {
		for _, id := range []string{"..", "%2e%2e", "%2e%2e%2fadmin", b.id + "%00", b.id + "%0d%0aX:y", strings.Repeat("s", 37), "X%2f..%2fcaptures%2fY", "%23", "payment%23" + b.id} {
			for _, path := range []string{"/payments/" + id, "/payments/" + id + "/capture", "/payments/" + id + "/attempts"} {
				method, body := http.MethodPost, `{"after":1,"method":"paypal"}`
				if path == "/payments/"+id {
					method, body = http.MethodGet, ""
				} else if strings.HasSuffix(path, "capture") {
					body = ""
				}
				if r := w.call(method, path, body, b.withToken()); r.code != 404 && r.code != 400 {
					t.Errorf("%s %s: %d %s", method, path, r.code, r.text)
				}
			}
			if r := w.merchant(http.MethodPost, "/merchant/payments/"+id+"/refunds", refundBody(1), refundKey("s14")); r.code != 404 && r.code != 400 && r.code != 403 {
				t.Errorf("refund of %s: %d %s", id, r.code, r.text)
			}
		}
	})
}

func anotherPagesScript(t *testing.T) {
	w := newWorld(t, plan{})
	allowed := func(method, origin string) string {
		r, err := http.NewRequest(method, w.api.URL+"/payments", strings.NewReader(plainCart))
		w.must(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", strings.Repeat("o", 32))
		r.Header.Set("Origin", origin)
		if method == http.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", "POST")
		}
		got, err := w.api.Client().Do(r)
		w.must(err)
		got.Body.Close()
		if got.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s from %s: credentials are allowed", method, origin)
		}
		return got.Header.Get("Access-Control-Allow-Origin")
	}
	for _, method := range []string{http.MethodOptions, http.MethodPost} {
		if got := allowed(method, "https://shop.example"); got != "https://shop.example" {
			t.Errorf("%s from the shop: %q", method, got)
		}
		for _, origin := range []string{"https://evil.example", "null", "https://shop.example.evil.example", "https://evilshop.example", "http://shop.example", "https://shop.example:8443"} {
			if got := allowed(method, origin); got != "" {
				t.Errorf("%s from %s: %q", method, origin, got)
			}
		}
	}
	origins := valueAt(readTemplate(t), "Resources", "Api", "Properties", "CorsConfiguration", "AllowOrigins")
	if fmt.Sprint(origins) != "[map[Ref:StorefrontOrigin]]" {
		t.Errorf("the template allows %v", origins)
	}
}

// deliveryOfAStranger: all of them are 401, a missing header too: whoever signs knows
// what belongs to a signature. Certificates in every state are paypal's TestCert....
func deliveryOfAStranger(t *testing.T) {
	w := newWorld(t, plan{})
	w.paid()
	w.deliver()
	d := w.delivered("PAYMENT.CAPTURE.COMPLETED")
	w.untouched("forged deliveries", func() {
		for name, change := range map[string][2]string{
			"no signature": {"Paypal-Transmission-Sig", "-"}, "another signature": {"Paypal-Transmission-Sig", "QUJD"}, "another algorithm": {"Paypal-Auth-Algo", "SHA1withRSA"},
			"no certificate": {"Paypal-Cert-Url", "-"}, "another host": {"Paypal-Cert-Url", "https://evil.example/v1/notifications/certs/CERT-1"},
			"a look-alike": {"Paypal-Cert-Url", "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1"}, "an inner address": {"Paypal-Cert-Url", "http://169.254.169.254/latest/"},
		} {
			w.refuses(name, w.ring(d.Body, d.Header, map[string]string{change[0]: change[1]}), 401, "signature-invalid")
		}
	})
	w.wire.seen.Range(func(host, _ any) bool {
		if !strings.HasPrefix(host.(string), "127.0.0.1:") {
			t.Errorf("%s was asked", host)
		}
		return true
	})
}

func deliveryThatCannotBeKept(t *testing.T) {
	shaky := &shakyStore{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { shaky.Store = s; return shaky }})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	ring := func(what, problem string) {
		t.Helper()
		body := fmt.Sprintf(`{"event_type":"CHECKOUT.ORDER.APPROVED","resource":{"id":%q,"status":"APPROVED","update_time":"2026-11-21T09:00:30Z","purchase_units":[{"custom_id":%q}]}}`, b.orders()[0].ID, b.id)
		r := w.ring([]byte(body), w.paypal.Sign([]byte(body), webhookID), nil)
		w.refuses(what, r, 503, problem)
		if r.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", what)
		}
	}
	w.wire.cut.Store(true)
	ring("no certificate", "cannot-verify")
	w.wire.cut.Store(false)
	shaky.blind = true
	ring("no table", "unavailable")
	shaky.blind = false
	w.clock.Move(time.Hour)
	w.deliver()
	b.wantStatus(payment.StatusCaptured)
}

// deliveryOfNoUse: there is no inbox. What changes nothing is answered and not kept; of
// a payment of our form that is not there one row is kept; poison means nothing to us.
func deliveryOfNoUse(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	d := w.delivered("PAYMENT.CAPTURE.COMPLETED")
	w.untouched("deliveries of no use", func() {
		for range 3 {
			w.rung(string(d.Body), "nothing_new")
		}
		w.rung(event("BILLING.PLAN.CREATED", b.id), "unknown_type")
		w.rung(event("PAYMENT.CAPTURE.COMPLETED", "4711"), "foreign")
		for _, poison := range []string{"{", "null", "[]", `{"event_type":7}`, strings.Repeat("[", 5000)} {
			w.rung(poison, "unknown_type")
		}
	})
	before := w.table.Counts().Writes
	for range 3 {
		w.rung(event("PAYMENT.CAPTURE.COMPLETED", "sc"+strings.Repeat("0", 26)), "unmatched")
	}
	if n := w.table.Counts().Writes - before; n != 1 {
		t.Errorf("%d rows about a payment that is not there", n)
	}
	b.wantCharges(1)
}

// forgedBody: a transmission id is not bound to a body, for that would be an inbox. A
// doorbell that somebody else rings makes us look, and the look changes nothing.
func forgedBody(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	d, facts := w.delivered("PAYMENT.CAPTURE.COMPLETED"), b.facts()
	forged, err := sim.ForgeSameCRC(d.Body, bytes.ReplaceAll(d.Body, []byte("75.00"), []byte("99.00")))
	w.must(err)
	if r := w.ring(forged, d.Header, nil); r.code != http.StatusOK || b.facts() != facts {
		t.Errorf("%d %s: changed is %t", r.code, r.text, b.facts() != facts)
	}
	w.refuses("altered without care", w.ring(bytes.ReplaceAll(d.Body, []byte("75.00"), []byte("99.00")), d.Header, nil), 401, "signature-invalid")
}

// deliveryOfLastWeek: there is no limit of age: an old doorbell costs nothing, and a
// provider that was away for a week must still be heard.
func deliveryOfLastWeek(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	d, facts := w.delivered("PAYMENT.CAPTURE.COMPLETED"), b.facts()
	w.clock.Move(4 * 24 * time.Hour)
	w.untouched("an old delivery", func() {
		if r := w.ring(d.Body, d.Header, nil); r.code != http.StatusOK || !strings.Contains(r.text, "nothing_new") || b.facts() != facts {
			t.Errorf("%d %s", r.code, r.text)
		}
	})
}

// tokenOfTheWrongKind is of the README's variant for merchants with tokens: AWS checks
// signature, issuer, audience and expiry, and the scope keeps an id token out. The
// local gateway does not imitate that, and lets nobody in.
func tokenOfTheWrongKind(t *testing.T) {
	text := jwtVariant(t, mustRead(t, "../template.yaml"), mustRead(t, "../README.md"))
	variant := parseTemplate(text)
	auth := valueAt(variant, "Resources", "Api", "Properties", "Auth")
	merchant := valueAt(auth, "Authorizers", "Merchant")
	if valueAt(auth, "DefaultAuthorizer") != "Merchant" || len(fmt.Sprint(valueAt(merchant, "AuthorizationScopes"))) < 4 ||
		valueAt(merchant, "JwtConfiguration", "issuer") == nil || valueAt(merchant, "JwtConfiguration", "audience") == nil {
		t.Errorf("not everything is checked: %v", auth)
	}
	w := newWorld(t, plan{})
	b := w.paid()
	for _, token := range []string{"eyJhbGciOiJub25lIn0.e30.", w.quoteToken(nil, quoteSecret), b.token} {
		for _, route := range merchantRoutes(b) {
			r := w.call(route[0], route[1], route[2], map[string]string{"Authorization": "Bearer " + token, "Idempotency-Key": strings.Repeat("t", 32)})
			w.refuses(route[1], r, 403, "")
		}
	}
}

// routeLeftOpen: a route without a decision is closed by the default, and the check of
// the template does not let it pass all the same.
func routeLeftOpen(t *testing.T) {
	route := func(auth string) any {
		return parseTemplate("{New: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /merchant/new" + auth + "}}}")
	}
	for auth, left := range map[string]string{"": "a route that says nothing", ", Auth: {Authorizer: NONE}": "a route that is opened"} {
		if found := brokenAt(t, "Resources.ReviewFunction.Properties.Events", route(auth)); found == "" {
			t.Errorf("%s passes", left)
		}
	}
	if found := brokenAt(t, "Resources.Api.Properties.Auth.DefaultAuthorizer", nil); found == "" {
		t.Error("a template that is open by default passes")
	}
}

// cellThatIsAFormula looks at every route that answers with a table, whichever there
// are: no cell but a number begins as a formula does. A buyer can write a reference.
func cellThatIsAFormula(t *testing.T) {
	w := newWorld(t, plan{})
	for _, formula := range []string{"=1+1", "+1+1", "@SUM(A1)", "\\t=1+1"} {
		w.refuses(formula, w.buys(order(field{"reference", `"` + formula + `"`}), withKey(strings.Repeat("f", 32))), 400, "body-invalid")
	}
	b := w.buyer()
	b.order = order(field{"reference", `"-2 cmd"`})
	b.open()
	b.approve(sim.Balance)
	b.wants(b.capture(), 200, payment.StatusCaptured, "none")
	from := w.clock.Now().Format(time.DateOnly)
	w.clock.Move(26 * time.Hour) // its row is in the account by then
	to := w.clock.Now().Format(time.DateOnly)
	_, err := w.handlers.Settlement()(t.Context(), nil)
	w.must(err)
	document, err := contract()
	w.must(err)
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			answer := operation.Responses.Value("200")
			if answer == nil || answer.Value.Content["text/csv"] == nil {
				continue
			}
			table := w.merchant(method, path+"?format=csv&from="+from+"&to="+to, "", nil)
			rows, err := csv.NewReader(strings.NewReader(table.text)).ReadAll()
			if err != nil || !strings.Contains(table.text, "-2 cmd") {
				t.Fatalf("%s: %v: %s", path, err, table.text)
			}
			for _, row := range rows {
				for _, cell := range row {
					if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
						t.Errorf("%s has the cell %q", path, cell)
					}
				}
			}
		}
	}
	// Everything else is JSON, whatever a page says it would rather have.
	r := w.merchant(http.MethodGet, "/merchant/payments/"+b.id, "", map[string]string{"Accept": "text/csv"})
	if !json.Valid([]byte(r.text)) || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
		t.Errorf("%s: %s", r.header.Get("Content-Type"), r.text)
	}
}
