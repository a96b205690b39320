package paypal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// rawBodies are bodies that are others once they were decoded and encoded again.
//
// Lesson: signature checks that failed because the JSON was re-written
// (github.com/MahoCommerce/maho/pull/1110, github.com/paypal/PayPal-NET-SDK/issues/353).
var rawBodies = []string{
	`{}`, `{ }`, "{}\n", "\t{\r\n} ", `{"event_type":"X","resource":{}}`, `{"resource":[],"summary":"a & b"}`, `{"summary":"1 < 2 > 0"}`,
	`{"summary":"für Zoë, ありがとう"}`, `{"summary":"\u0026\u00fc\/"}`, `{"a":1.0,"b":1e2,"c":100}`, `{"a":1,"a":2}`, "{\"summary\":\"\xff\"}",
	`{"summary":"\ud83d"}`, "\ufeff{}", `[]`, `null`, ``, `not JSON`,
}

func TestHearRawBytes(t *testing.T) {
	bodies := rawBodies
	for _, file := range []string{"event_order_approved.json", "event_capture_completed.json", "event_capture_refunded.json"} {
		bodies = append(bodies, testdata(t, file))
	}
	s, p := newBell(t, nil)
	for _, body := range bodies {
		headers := s.signed(body).headers()
		if _, err := p.Hear(t.Context(), deliver(headers, body)); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		var value any
		if json.Unmarshal([]byte(body), &value) != nil {
			continue
		}
		again, _ := json.Marshal(value)
		if _, err := p.Hear(t.Context(), deliver(headers, string(again))); string(again) != body && !errors.Is(err, provider.ErrForged) {
			t.Errorf("%q written again as %q: %v", body, again, err)
		}
	}
	s.wantCalls(t, certCall)
}

// TestHearHeaderCase: the gateway writes them small, other proxies as they like.
//
// Lesson: github.com/stripe/stripe-node/issues/356, github.com/aws/aws-lambda-go/issues/117.
func TestHearHeaderCase(t *testing.T) {
	s, p := newBell(t, nil)
	body := testdata(t, "event_order_approved.json")
	for name, change := range map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper, "canonical": http.CanonicalHeaderKey} {
		headers := map[string]string{}
		for key, value := range s.signed(body).headers() {
			headers[change(key)] = value
		}
		if ring, err := p.Hear(t.Context(), deliver(headers, body)); err != nil || ring.Payment != testPayment {
			t.Errorf("%s: %+v, %v", name, ring, err)
		}
	}
}

// TestHearBadHeaders: nobody is asked about a delivery that cannot be PayPal's.
func TestHearBadHeaders(t *testing.T) {
	s, p := newBell(t, nil)
	good := s.signed(`{}`).headers()
	bad := map[string][]string{}
	for name, value := range good {
		bad[name] = []string{"", value + "," + value, value + ", " + value, "," + value, " " + value, value + "\n", value + "\r", value + "\r\nX: y", strings.Repeat("A", 504)}
	}
	add := func(name string, values ...string) { bad[name] = append(bad[name], values...) }
	add("paypal-auth-algo", "SHA1withRSA", "none", "SHA256WITHRSA", "sha256withrsa", "SHA256withRSA ", "SHA256withECDSA", "RS256", "SHA512withRSA")
	add("paypal-transmission-id", "a|b", "|", "ü", "a/b", strings.Repeat("a", 65), "a\x00")
	add("paypal-transmission-time", "garbage", "0", "1772366400", "2026-03-01", "2026-03-01T12:00:00", "2026-13-01T12:00:00Z",
		"2026-03-01T12:00:00+0000", "Sun, 01 Mar 2026 12:00:00 GMT", "2026-03-01T12:00:00Z|", "2026-03-01T12:00:00,5Z", "9999999-03-01T12:00:00Z")
	add("paypal-transmission-sig", "!", "AAA", "====", "AAAA=", good["paypal-transmission-sig"]+"=", strings.ReplaceAll(good["paypal-transmission-sig"], "=", ""))
	for name, values := range bad {
		for _, value := range values {
			headers := maps.Clone(good)
			headers[name] = value
			if _, err := p.Hear(t.Context(), deliver(headers, `{}`)); !errors.Is(err, provider.ErrForged) {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
	if _, err := p.Hear(t.Context(), provider.Delivery{Body: []byte(`{}`)}); !errors.Is(err, provider.ErrForged) {
		t.Errorf("no headers: %v", err)
	}
	s.wantCalls(t)
}

// TestHearForged: everything that is signed, changed by one thing.
func TestHearForged(t *testing.T) {
	s, p := newBell(t, nil)
	body := testdata(t, "event_capture_completed.json")
	good := s.signed(body)
	if _, err := p.Hear(t.Context(), good.delivery()); err != nil {
		t.Fatal(err)
	}
	header := func(name, value string) provider.Delivery {
		headers := good.headers()
		if headers[name] == value {
			t.Fatalf("%s: nothing was changed", name)
		}
		headers[name] = value
		return deliver(headers, body)
	}
	other := good
	other.webhook = "5JH86294D6297924G"
	mock := good
	mock.webhook = "WEBHOOK_ID"
	none := good
	none.webhook = ""
	for name, d := range map[string]provider.Delivery{
		"id":            header("paypal-transmission-id", "efb3be50-fd74-11e4-8bf3-77339302725b"),
		"time":          header("paypal-transmission-time", "2026-03-01T12:00:01Z"),
		"same time":     header("paypal-transmission-time", "2026-03-01T12:00:00+00:00"),
		"signature":     header("paypal-transmission-sig", strings.Repeat("AAAA", 86)[:344]),
		"padding bits":  header("paypal-transmission-sig", nextChar(good.headers()["paypal-transmission-sig"])),
		"short":         header("paypal-transmission-sig", "AAAA"),
		"another's":     header("paypal-transmission-sig", s.signed("x").headers()["paypal-transmission-sig"]),
		"body":          deliver(good.headers(), strings.Replace(body, "41.50", "41.51", 1)),
		"trailing line": deliver(good.headers(), body+"\n"),
		"empty body":    deliver(good.headers(), ""),
		"other webhook": other.delivery(), "mock event": mock.delivery(), "no webhook": none.delivery(),
	} {
		ring, err := p.Hear(t.Context(), d)
		if !errors.Is(err, provider.ErrForged) || ring.Known || ring.ID != "" {
			t.Errorf("%s: %+v, %v", name, ring, err)
		}
		if strings.Contains(err.Error(), good.headers()["paypal-transmission-sig"][:16]) || strings.Contains(err.Error(), good.id) {
			t.Errorf("%s: the error repeats what could sign: %v", name, err)
		}
	}
	s.wantCalls(t, certCall)
}

// nextChar is a base64 text of the same bytes: its last character has bits that
// stand for nothing.
func nextChar(text string) string {
	bare := strings.TrimRight(text, "=")
	last := len(bare) - 1
	return bare[:last] + string(bare[last]+1) + text[len(bare):]
}

// TestHearAge: PayPal delivers again for three days, maybe with the first time.
func TestHearAge(t *testing.T) {
	s, p := newBell(t, nil)
	for _, at := range []string{"2026-02-26T12:00:00Z", "2025-04-01T00:00:00.123Z", "2026-12-31T23:59:59+09:00"} {
		d := s.signed(testdata(t, "event_order_approved.json"))
		d.time = at
		if ring, err := p.Hear(t.Context(), d.delivery()); err != nil || !ring.Known {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// TestHearSameCRC: a body that was never PayPal's verifies, because only its
// CRC-32 is signed. That is why a ring is never merged: it may at most have the
// provider asked.
func TestHearSameCRC(t *testing.T) {
	s, p := newBell(t, nil)
	genuine := testdata(t, "event_capture_completed.json")
	altered := sameCRC(t, genuine, strings.ReplaceAll(genuine, "41.50", "9999.00"))
	ring, err := p.Hear(t.Context(), deliver(s.signed(genuine).headers(), altered))
	if err != nil || !ring.Known || ring.Says.Captures[0].Amount != amount(t, "EUR 9999.00") {
		t.Fatalf("%+v, %v", ring, err)
	}
	// What is true is what an answer says.
	_, honest := newServer(t, answers{lookCall: reply(200, testdata(t, "captured.json"))})
	got, err := honest.Look(t.Context(), ring.Order)
	if err != nil || got.Captures[0].Amount != amount(t, "EUR 41.50") {
		t.Errorf("%+v, %v", got, err)
	}
}

// sameCRC pads a text so that its CRC-32 is that of another: of 64 characters each
// is "0" or "1", and which ones is a system of 32 linear equations.
func sameCRC(t *testing.T, genuine, altered string) string {
	t.Helper()
	at := strings.LastIndex(altered, "}")
	text := []byte(altered[:at] + `,"pad":"` + strings.Repeat("0", 64) + `"}`)
	first := len(text) - 66
	zero := crc32.ChecksumIEEE(text)
	type row struct {
		effect uint32
		which  uint64
	}
	var rows []row
	for i := range 64 {
		text[first+i] = '1'
		rows = append(rows, row{crc32.ChecksumIEEE(text) ^ zero, 1 << i})
		text[first+i] = '0'
	}
	need := row{effect: zero ^ crc32.ChecksumIEEE([]byte(genuine))}
	for bit := range 32 {
		for i, r := range rows {
			if r.effect>>bit&1 == 0 {
				continue
			}
			rows = append(rows[:i:i], rows[i+1:]...)
			for j := range rows {
				if rows[j].effect>>bit&1 == 1 {
					rows[j].effect, rows[j].which = rows[j].effect^r.effect, rows[j].which^r.which
				}
			}
			if need.effect>>bit&1 == 1 {
				need.effect, need.which = need.effect^r.effect, need.which^r.which
			}
			break
		}
	}
	for i := range 64 {
		text[first+i] = '0' + byte(need.which>>i&1)
	}
	if crc32.ChecksumIEEE(text) != crc32.ChecksumIEEE([]byte(genuine)) || string(text) == genuine {
		t.Fatal("no body of the same CRC-32 was found")
	}
	return string(text)
}

// TestHearNoWebhookID: before the merchant has made a webhook the shop works, and
// PayPal is asked to deliver again.
func TestHearNoWebhookID(t *testing.T) {
	s, _ := newBell(t, nil)
	p := s.clientWith(t, nil, func(c *Config) { c.CertCA = []byte(pemOf(testCA().cert)) })
	d := s.signed(`{}`)
	d.webhook = ""
	if _, err := p.Hear(t.Context(), d.delivery()); !errors.Is(err, provider.ErrCannotVerify) {
		t.Error(err)
	}
	elsewhere := s.signed(`{}`)
	elsewhere.url = "https://evil.example" + testCert
	for _, bad := range []provider.Delivery{deliver(nil, `{}`), elsewhere.delivery()} {
		if _, err := p.Hear(t.Context(), bad); !errors.Is(err, provider.ErrForged) {
			t.Error(err)
		}
	}
	s.wantCalls(t)
}

func TestNewWebhookID(t *testing.T) {
	good := Config{API: LiveAPI, Pages: LivePages, Credentials: given("c", "s"), ReturnURL: "r", CancelURL: "c"}
	for id, ok := range map[string]bool{
		"": true, testWebhook: true, "WH-1_a": true, "WEBHOOK_ID": false, "a|b": false, "a b": false, "a\n": false, "ü": false, strings.Repeat("A", 51): false,
	} {
		c := good
		c.WebhookID = id
		if _, err := New(c); (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
	}
	sandbox := good
	sandbox.API, sandbox.WebhookID = SandboxAPI, "WEBHOOK_ID"
	if _, err := New(sandbox); err != nil {
		t.Error(err)
	}
}

// TestHearPostback: where the certificate cannot be had, PayPal judges, on the
// very bytes that came.
func TestHearPostback(t *testing.T) {
	for name, tt := range map[string]struct {
		verify http.HandlerFunc
		want   error
	}{
		"success":  {reply(200, `{"verification_status":"SUCCESS"}`), nil},
		"failure":  {reply(200, `{"verification_status":"FAILURE"}`), provider.ErrForged},
		"neither":  {reply(200, `{"verification_status":"success"}`), provider.ErrCannotVerify},
		"both":     {reply(200, `{"verification_status":"FAILURE","verification_status":"SUCCESS"}`), provider.ErrCannotVerify},
		"and back": {reply(200, `{"verification_status":"SUCCESS","verification_status":"FAILURE"}`), provider.ErrCannotVerify},
		"empty":    {reply(200, ``), provider.ErrCannotVerify},
		"HTML":     {reply(200, `<html>`), provider.ErrCannotVerify},
		"400":      {reply(400, issuesBody("VALIDATION_ERROR")), provider.ErrCannotVerify},
		"401":      {reply(401, ``), provider.ErrCannotVerify},
		"429":      {reply(429, ``), provider.ErrCannotVerify},
		"500":      {reply(500, `{"verification_status":"SUCCESS"}`), provider.ErrCannotVerify},
		"redirect": {reply(302, `{"verification_status":"SUCCESS"}`), provider.ErrCannotVerify},
		"reset":    {reset, provider.ErrCannotVerify},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newBell(t, answers{certCall: reply(500, ""), verifyCall: tt.verify})
			body := testdata(t, "event_capture_refunded.json")
			d := s.signed(body)
			ring, err := p.Hear(t.Context(), d.delivery())
			if !errors.Is(err, tt.want) || ring.Known != (tt.want == nil) {
				t.Fatalf("%+v, %v", ring, err)
			}
			sent := s.to(verifyCall)[0].body
			head := fmt.Sprintf(`{"auth_algo":"SHA256withRSA","cert_url":%q,"transmission_id":%q,"transmission_sig":%q,"transmission_time":%q,"webhook_id":%q,"webhook_event":`,
				d.url, d.id, d.headers()["paypal-transmission-sig"], d.time, d.webhook)
			if sent != head+body+"}" {
				t.Errorf("sent %s", sent)
			}
		})
	}
}

// TestHearPostbackBody: a body goes into ours byte for byte, so one that is more
// than an object could speak for the webhook's id.
func TestHearPostbackBody(t *testing.T) {
	for _, body := range []string{
		`{},"webhook_id":"OTHER","x":{}`, `{}}`, `{"a":`, ``, ` `, `[]`, `null`, `"{}"`, "\ufeff{}", `{} {}`, `{}//`,
	} {
		s, p := newBell(t, answers{certCall: reply(500, "")})
		if _, err := p.Hear(t.Context(), s.signed(body).delivery()); !errors.Is(err, provider.ErrForged) {
			t.Errorf("%q: %v", body, err)
		}
		s.wantCalls(t, certCall)
	}
	for _, body := range []string{`{}`, " {\"a\": \"& < \u00fc\"}\n", `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
		s, p := newBell(t, answers{certCall: reply(500, ""), verifyCall: reply(200, `{"verification_status":"SUCCESS"}`)})
		if _, err := p.Hear(t.Context(), s.signed(body).delivery()); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		if sent := s.to(verifyCall)[0].body; !strings.HasSuffix(sent, `,"webhook_event":`+body+`}`) {
			t.Errorf("%q: sent %s", body, sent)
		}
	}
}

// TestHearInTime: a certificate that does not come leaves time to ask, and a
// deadline holds for both.
func TestHearInTime(t *testing.T) {
	s, p := newBell(t, answers{certCall: hang(t), verifyCall: hang(t)})
	p.caller.timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ends(t, func() {
		if _, err := p.Hear(ctx, s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrCannotVerify) {
			t.Error(err)
		}
	})
}
