package tests

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// badRefunds are wishes of a merchant that must not be granted.
func badRefunds(paid, open *buyer) (cases []badCase) {
	path := "/merchant/payments/" + paid.id + "/refunds"
	add := func(name, body string, code int, problem string) {
		cases = append(cases, badCase{name: "refund " + name, method: http.MethodPost, path: path, body: body, code: code, problem: problem})
	}
	amount := func(raw string) string { return `{"amount":` + raw + `,"reason":"returned"}` }
	for _, raw := range []string{"7501", "9223372036854775807", "0", "-1", "-9223372036854775808"} {
		add("of "+raw, amount(`{"currency":"EUR","minor":`+raw+`}`), 422, "refund-refused")
	}
	for _, currency := range []string{"USD", "JPY", "XXX"} {
		add("in "+currency, amount(`{"currency":"`+currency+`","minor":100}`), 422, "refund-refused")
	}
	for _, raw := range []string{`{"currency":"eur","minor":1}`, `{"currency":"","minor":1}`, `{"minor":1}`, `{"currency":"EUR","minor":"1"}`, `{"currency":"EUR","minor":1.5}`,
		`{"currency":"EUR","minor":9223372036854775808}`, `{"currency":"EUR","value":"1.00"}`, `{"currency":"EUR","minor":1,"minor":2}`, `1`, `"1.00"`, `[]`, `{"Currency":"EUR","minor":1}`} {
		add("amount "+raw, amount(raw), 400, "body-invalid")
	}
	for _, body := range []string{`{}`, `[]`, `null`, `x`, `{"reason":""}`, `{"reason":"because"}`, `{"reason":"RETURNED"}`, `{"reason":null}`, `{"reason":"returned","state":"completed"}`,
		`{"reason":"returned","capture":"X"}`, `{"reason":"returned","despite_dispute":"yes"}`, `{"reason":"returned"}{}`, `{"reason":"returned","remark":"a\nb"}`,
		`{"reason":"returned","remark":"` + strings.Repeat("r", 256) + `"}`, `{"reason":"returned","remark":"4111 1111 1111 1111"}`, "{\"reason\":\"returned\",\"remark\":\"\xff\"}"} {
		add("with "+body, body, 400, "body-invalid")
	}
	add("too large", refundBody(1)+strings.Repeat(" ", 16<<10), 413, "too-large")
	for name, id := range map[string]string{"of nobody's": "sc" + strings.Repeat("0", 26), "of a short id": paid.id[:20], "of capitals": strings.ToUpper(paid.id), "of a wild card": "x"} {
		cases = append(cases, badCase{name: "refund " + name, method: http.MethodPost, path: "/merchant/payments/" + id + "/refunds", body: refundBody(1), code: 404, problem: "not-found"})
	}
	cases = append(cases, badCase{name: "refund of what is not paid", method: http.MethodPost, path: "/merchant/payments/" + open.id + "/refunds", body: refundBody(1), code: 422, problem: "refund-refused"})
	for name, key := range map[string]string{"no key": "-", "a short key": "short", "a key with a space": strings.Repeat("k ", 20), "a long key": strings.Repeat("k", 256)} {
		cases = append(cases, badCase{name: "refund with " + name, method: http.MethodPost, path: path, body: refundBody(1), header: map[string]string{"Idempotency-Key": key}, code: 400, problem: "key-invalid"})
	}
	cases = append(cases, badCase{name: "refund as a form", method: http.MethodPost, path: path, body: "a=b", header: map[string]string{"Content-Type": "text/plain"}, code: 415, problem: "media-type"})
	return cases
}

// badReadings are what the other merchant routes refuse.
func badReadings(paid *buyer) (cases []badCase) {
	add := func(name, method, path, body string, code int, problem string) {
		cases = append(cases, badCase{name: name, method: method, path: path, body: body, code: code, problem: problem})
	}
	for _, day := range []string{"", "today", "2026-13-01", "2026-02-30", "21-11-2026", "2026-11-21T00%3A00%3A00Z", "2026-1-1", "20261121"} {
		add("the day "+day, http.MethodGet, "/merchant/payments?day="+day, "-", 400, "day-invalid")
	}
	add("no day", http.MethodGet, "/merchant/payments", "-", 400, "day-invalid")
	add("a cursor that is none", http.MethodGet, "/merchant/payments?cursor=garbage&day=2026-11-21", "-", 400, "day-invalid")
	for _, language := range []string{"", "xx", "it", "zh-TW", "de_AT", "de%3Bq%3D1", "../de", "en%00", strings.Repeat("d", 200)} {
		add("money in "+language, http.MethodGet, "/merchant/payments/"+paid.id+"/money?language="+language, "-", 400, "language-unknown")
	}
	for _, path := range []string{"/merchant/settlements", "/merchant/entries"} {
		add(path+" of no days", http.MethodGet, path, "-", 400, "day-invalid")
		add(path+" without an end", http.MethodGet, path+"?from=2026-11-01", "-", 400, "day-invalid")
		for _, day := range []string{"", "today", "2026-13-01", "2026-02-30", "2026-11-1", "0000-01-01", "2026-11-01T00%3A00%3A00Z", "-2026-11-01"} {
			add(path+" from the day "+day, http.MethodGet, path+"?from="+day+"&to=2026-11-21", "-", 400, "day-invalid")
			add(path+" to the day "+day, http.MethodGet, path+"?from=2026-11-01&to="+day, "-", 400, "day-invalid")
		}
		for name, days := range map[string]string{
			"none at all": "from=2026-11-21&to=2026-11-21", "backward": "from=2026-11-21&to=2026-11-20",
			"too many": "from=2025-11-20&to=2026-11-22", "not begun": "from=2026-11-22&to=2026-11-23",
		} {
			add(path+" of days "+name, http.MethodGet, path+"?"+days, "-", 422, "range-invalid")
		}
		for _, cursor := range []string{"garbage", "e30", "payments.", "payments.garbage", "foreign.2026-12-01", "foreign.2026-11-1", "foreign.", "eyJwIjoicGF5cGFsIiwibCI6IjIwMjYtMTItMDEjMDAjMDAwIn0"} {
			add(path+" from the cursor "+cursor, http.MethodGet, path+"?cursor="+cursor+"&from=2026-11-01&to=2026-12-01", "-", 400, "day-invalid")
		}
	}
	for _, format := range []string{"", "xml", "CSV", "csv%0A"} {
		add("settlements as "+format, http.MethodGet, "/merchant/settlements?format="+format+"&from=2026-11-01&to=2026-12-01", "-", 400, "format-unknown")
	}
	for _, id := range []string{"x", "sc" + strings.Repeat("0", 26), paid.id + "0"} {
		add("money of "+id, http.MethodGet, "/merchant/payments/"+id+"/money", "-", 404, "not-found")
		add("payment "+id, http.MethodGet, "/merchant/payments/"+id, "-", 404, "not-found")
		add("review of "+id, http.MethodPost, "/merchant/payments/"+id+"/review", `{"code":"other"}`, 404, "not-found")
	}
	for _, body := range []string{`{}`, `{"code":""}`, `{"code":"OTHER"}`, `{"code":"fine"}`, `{"code":1}`, `{"code":"other","note":"x"}`, `[]`} {
		add("review "+body, http.MethodPost, "/merchant/payments/"+paid.id+"/review", body, 400, "body-invalid")
	}
	add("nothing to review", http.MethodPost, "/merchant/payments/"+paid.id+"/review", `{"code":"other"}`, 409, "nothing-to-review")
	row := func(raw string) string {
		return `{"products":[{"sku":"A","name":"A","prices":{"EUR":"1.00"}},` + raw + `]}`
	}
	for _, body := range []string{`{}`, `[]`, `null`, `x`, `{"products":null}`, `{"products":[],"extra":1}`,
		row(`{"sku":"A","name":"again","prices":{"EUR":"1.00"}}`), row(`{"sku":"","name":"B","prices":{"EUR":"1.00"}}`), row(`{"sku":"B","name":"","prices":{"EUR":"1.00"}}`),
		row(`{"sku":"B","name":"B","prices":{"EUR":"-1.00"}}`), row(`{"sku":"B","name":"B","prices":{"EUR":"1.005"}}`), row(`{"sku":"B","name":"B","prices":{"EUR":1.00}}`),
		row(`{"sku":"B","name":"B","prices":{"eur":"1.00"}}`), row(`{"sku":"B","name":"B","prices":{"EUR":"1,00"}}`), row(`{"sku":"B","name":"B","price":{"EUR":"1.00"}}`)} {
		add("price list "+body, http.MethodPut, "/merchant/price-list", body, 400, "price-list-invalid")
	}
	add("a price list too large", http.MethodPut, "/merchant/price-list", `{"products":[]}`+strings.Repeat(" ", 2<<20), 413, "too-large")
	return cases
}

func TestBadInputOfTheMerchant(t *testing.T) {
	w := newWorld(t, plan{})
	paid, open := w.paid(), w.buyer()
	open.open()
	cases := slices.Concat(badRefunds(paid, open), badReadings(paid))
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
		before, calls := w.table.Counts(), len(w.paypal.Calls())
		header := refundKey("of-a-bad-input")
		maps.Copy(header, c.header)
		if c.body == "-" {
			c.body = ""
		}
		if r := w.merchant(c.method, c.path, c.body, header); r.code != c.code || r.problem != c.problem {
			t.Errorf("%s: %d %s, want %d %s: %s", c.name, r.code, r.problem, c.code, c.problem, r.text)
		}
		if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls {
			t.Errorf("%s: %d writes, %d calls", c.name, now.Writes-before.Writes, len(w.paypal.Calls())-calls)
		}
	}
	if len(cases) < 50 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestBadDeliveries: each is 401, and nobody but PayPal is ever asked for anything.
func TestBadDeliveries(t *testing.T) {
	w := newWorld(t, plan{})
	w.paid()
	w.deliver()
	d := w.delivered("PAYMENT.CAPTURE.COMPLETED")
	good := d.Header.Get("Paypal-Cert-Url")
	cases := map[string]map[string]string{}
	for _, name := range []string{"Paypal-Transmission-Id", "Paypal-Transmission-Time", "Paypal-Transmission-Sig", "Paypal-Cert-Url", "Paypal-Auth-Algo"} {
		cases["without "+name] = map[string]string{name: "-"}
		cases["empty "+name] = map[string]string{name: ""}
		cases["twice "+name] = map[string]string{name: d.Header.Get(name) + "," + d.Header.Get(name)}
		cases["long "+name] = map[string]string{name: strings.Repeat("A", 600)}
	}
	cert := "/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
	for _, address := range []string{"https://evil.example" + cert, "https://api.paypal.com.evil.example" + cert, "https://api.paypal.com@evil.example" + cert, "https://evil.example/api.paypal.com" + cert,
		"http://api.paypal.com" + cert, "https://xapi.paypal.com" + cert, "https://api.paypal.com:8443" + cert, "//api.paypal.com" + cert, "https://api.paypa1.com" + cert, "https://API.PAYPAL.COM" + cert,
		"https://api.paypal.com" + cert, "https://api.sandbox.paypal.com" + cert, "file:///etc/passwd", good + "?x=1", good + "#x", good + "/../x", "http://169.254.169.254/latest/meta-data/", "ftp://" + good} {
		cases["certificate at "+address] = map[string]string{"Paypal-Cert-Url": address}
	}
	for _, algorithm := range []string{"SHA1withRSA", "none", "sha256withrsa", "HS256"} {
		cases["algorithm "+algorithm] = map[string]string{"Paypal-Auth-Algo": algorithm}
	}
	cases["another time"] = map[string]string{"Paypal-Transmission-Time": "2026-11-21T00:00:00Z"}
	cases["another id"] = map[string]string{"Paypal-Transmission-Id": "00000000-0000-0000-0000-000000000000"}
	cases["another signature"] = map[string]string{"Paypal-Transmission-Sig": "AAAA"}
	before, calls := w.table.Counts(), len(w.paypal.Calls())
	for name, changes := range cases {
		if r := w.ring(d.Body, d.Header, changes); r.code != http.StatusUnauthorized || r.problem != "signature-invalid" {
			t.Errorf("%s: %d %s", name, r.code, r.text)
		}
	}
	if r := w.ring(d.Body, w.paypal.Sign(d.Body, "WHANOTHER"), nil); r.code != http.StatusUnauthorized {
		t.Errorf("of another webhook: %d", r.code)
	}
	if r := w.ring([]byte(strings.Repeat(" ", 257<<10)), d.Header, nil); r.code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", r.code)
	}
	if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls {
		t.Errorf("%d writes, %d calls", now.Writes-before.Writes, len(w.paypal.Calls())-calls)
	}
	w.wire.seen.Range(func(host, _ any) bool {
		if !strings.HasPrefix(host.(string), "127.0.0.1:") {
			t.Errorf("%s was asked", host)
		}
		return true
	})
}

// panicking is a table in which something breaks in the middle of a write.
type panicking struct {
	store.Store
	broken bool
}

func (p *panicking) Write(ctx context.Context, puts ...store.Put) error {
	if p.broken {
		panic("assignment to entry in nil map")
	}
	return p.Store.Write(ctx, puts...)
}

// TestCanaryOfTheMerchant: remarks, quotes, deliveries with their headers and all
// secrets are in no log and in no answer that refuses, panics included.
func TestCanaryOfTheMerchant(t *testing.T) {
	const marker = "CANARY"
	table := &panicking{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { table.Store = s; return table }})
	secrets := []string{marker, clientSecret, firstSecret, quoteSecret, merchantSecret, webhookID, "A21AA", "AWS4-HMAC"}
	clean := func(where, text string) {
		t.Helper()
		for _, secret := range secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%q is in %s: %s", secret, where, text[max(0, i-100):min(len(text), i+60)])
			}
		}
	}
	refused := func(r reply) {
		if r.code >= 400 {
			clean("an answer", r.text)
		}
	}
	remark := func(b *buyer, n int, extra string) reply {
		return w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", fmt.Sprintf(`{"reason":"other","remark":"%s for %s"%s}`, marker, marker, extra),
			map[string]string{"Idempotency-Key": fmt.Sprintf("%s-key-that-nobody-may-read-%06d", marker, n)})
	}
	n := 0
	for _, kind := range sim.Kinds() {
		if kind.Fits(sim.CallRefund) {
			b := w.paid()
			w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallRefund}))
			n++
			refused(remark(b, n, ""))
			refused(remark(b, n, `,"amount":{"currency":"EUR","minor":1}`))
			remark(b, n, `,"`+marker+`":1`) // told to its sender by name, and to no log
		}
	}
	w.deliver()
	w.sweepAfter(2 * time.Hour)
	d := w.delivered("PAYMENT.CAPTURE.COMPLETED")
	for name := range d.Header {
		secrets = append(secrets, d.Header.Get("Paypal-Transmission-Sig")[:40], d.Header.Get("Paypal-Transmission-Id"))
		refused(w.ring(d.Body, d.Header, map[string]string{name: marker}))
		refused(w.ring(d.Body, d.Header, map[string]string{"Paypal-Cert-Url": "https://" + marker + ".example/v1/notifications/certs/" + marker}))
	}
	w.rung(event("PAYMENT.CAPTURE.COMPLETED", marker), "foreign")
	w.rung(`{"event_type":"`+marker+`"}`, "unknown_type")
	w.rung(marker, "unknown_type")
	token := w.quoteToken(map[string]any{"ref": marker}, quoteSecret)
	secrets = append(secrets, token[len(token)-40:])
	for _, quote := range []string{token[:len(token)-2] + "AA", token + marker, marker, w.quoteToken(map[string]any{"aud": marker}, quoteSecret)} {
		refused(w.call(http.MethodPost, "/payments", fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, quote), nil))
	}
	w.call(http.MethodPost, "/payments", fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, w.quoteToken(map[string]any{marker: 1}, quoteSecret)), nil)
	refused(w.merchant(http.MethodPut, "/merchant/price-list", `{"products":[{"sku":"A","name":"`+marker+`","prices":{"EUR":"`+marker+`"}}]}`, nil))
	b := w.paid()
	w.log.expected.Store(true)
	table.broken = true
	if r := remark(b, 9999, ""); r.code != http.StatusInternalServerError {
		t.Errorf("%d %s", r.code, r.text)
	} else {
		refused(r)
	}
	refused(w.call(http.MethodPost, "/payments", fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, token), nil))
	clean("the log", w.log.String())
}
