package stripe

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const testKey = "sk_test_key"

// bench is a simulator with a clock, called as any client would.
type bench struct {
	t *testing.T
	*Simulator
	url string

	mu    sync.Mutex
	clock time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, clock: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	b.Simulator = New(Config{Seed: 3, Key: testKey, Now: b.now, Sleep: func(context.Context, time.Duration) {}})
	server := httptest.NewServer(b.Simulator)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.SetPublicURL(server.URL)
	return b
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// said is an answer as it arrived.
type said struct {
	status int
	header http.Header
	body   map[string]any
}

// text is a member of the answer, or of its error.
func (s said) text(name string) string {
	if inner, ok := s.body["error"].(map[string]any); ok && s.body[name] == nil {
		text, _ := inner[name].(string)
		return text
	}
	text, _ := s.body[name].(string)
	return text
}

// call makes a call with a form: "mode", "payment", ... in pairs.
func (b *bench) call(method, path, key string, pairs ...string) said {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		path += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Stripe-Version", apiVersion)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return b.send(req)
}

func (b *bench) send(req *http.Request) said {
	b.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := said{status: resp.StatusCode, header: resp.Header}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = json.Unmarshal(raw, &answer.body)
	return answer
}

// purchase is the form of a session.
func purchase(method, currency, amount string, more ...string) []string {
	return append([]string{
		"mode", "payment", "payment_method_types[0]", method, "client_reference_id", "order-1",
		"line_items[0][quantity]", "1", "line_items[0][price_data][currency]", currency,
		"line_items[0][price_data][unit_amount]", amount, "line_items[0][price_data][product_data][name]", "Mug",
		"success_url", "https://shop.example/ok", "cancel_url", "https://shop.example/no",
	}, more...)
}

// open opens a session.
func (b *bench) open(method, currency, amount string, more ...string) string {
	b.t.Helper()
	s := b.call("POST", "/v1/checkout/sessions", "", purchase(method, currency, amount, more...)...)
	if s.status != http.StatusOK {
		b.t.Fatalf("not opened: %d %v", s.status, s.body)
	}
	return s.text("id")
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestWhatIsRefused: parameters, keys and versions that Stripe would not take.
func TestWhatIsRefused(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name string
		form []string
		code string
	}{
		{"an unknown parameter", purchase("card", "eur", "500", "colour", "red"), "parameter_unknown"},
		{"an unknown one inside", purchase("card", "eur", "500", "line_items[0][colour]", "red"), "parameter_unknown"},
		{"an empty one", purchase("card", "eur", "500", "locale", ""), "parameter_invalid_empty"},
		{"one twice", purchase("card", "eur", "500", "mode", "payment"), ""},
		{"a gap between lines", purchase("card", "eur", "500", "line_items[2][quantity]", "1"), ""},
		{"no number", purchase("card", "eur", "five"), "parameter_invalid_integer"},
		{"less than the least", purchase("card", "eur", "49"), "amount_too_small"},
		{"a currency in capitals", purchase("card", "EUR", "500"), ""},
		{"three decimals", purchase("card", "kwd", "1234"), "invalid_charge_amount"},
		{"a part of a króna", purchase("card", "isk", "150"), "invalid_charge_amount"},
		{"a currency that does not fit", purchase("samsung_pay", "eur", "500"), "payment_method_currency_mismatch"},
		{"an unknown way", purchase("bitcoin", "eur", "500"), "payment_method_unactivated"},
		{"WeChat without a client", purchase("wechat_pay", "eur", "500"), "parameter_missing"},
		{"a transfer without a customer", purchase("customer_balance", "gbp", "500",
			"payment_method_options[customer_balance][funding_type]", "bank_transfer",
			"payment_method_options[customer_balance][bank_transfer][type]", "gb_bank_transfer"), ""},
		{"a customer nobody knows", purchase("card", "eur", "500", "customer", "cus_x"), "resource_missing"},
		{"an address that is none", purchase("card", "eur", "500")[:14], "url_invalid"},
	} {
		if s := b.call("POST", "/v1/checkout/sessions", "", c.form...); s.status != http.StatusBadRequest || s.text("code") != c.code || s.text("type") != "invalid_request_error" {
			t.Errorf("%s: %d %v", c.name, s.status, s.body)
		}
	}
	for name, c := range map[string]struct {
		header, value string
		status        int
	}{
		"no key":         {"Authorization", "", http.StatusUnauthorized},
		"another key":    {"Authorization", "Bearer sk_test_other", http.StatusUnauthorized},
		"no version":     {"Stripe-Version", "", http.StatusBadRequest},
		"an old version": {"Stripe-Version", "2019-05-16", http.StatusBadRequest},
		"all as it is":   {"Accept", "*/*", http.StatusOK},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/v1/account", nil)
		b.must(err)
		req.Header.Set("Authorization", "Bearer "+testKey)
		req.Header.Set("Stripe-Version", apiVersion)
		req.Header.Set(c.header, c.value)
		if s := b.send(req); s.status != c.status {
			t.Errorf("%s: %d", name, s.status)
		}
	}
	if s := b.call("GET", "/v1/invoices", ""); s.status != http.StatusNotFound {
		t.Errorf("an unknown call is %d", s.status)
	}
}

// TestKeys: what is kept under a key, for how long, and what is not.
func TestKeys(t *testing.T) {
	b := newBench(t)
	open := func(key, amount string) said {
		return b.call("POST", "/v1/checkout/sessions", key, purchase("card", "eur", amount)...)
	}
	first := open("k1", "500")
	b.must(b.Pay(first.text("id"), Instrument{}))
	again := open("k1", "500")
	if again.text("id") != first.text("id") || again.text("status") != "open" || again.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("a replay is %v", again.body)
	}
	if s := open("k1", "600"); s.status != http.StatusBadRequest || s.text("type") != "idempotency_error" {
		t.Errorf("other parameters are %d %v", s.status, s.body)
	}
	if s := b.call("POST", "/v1/customers", "k1"); s.text("type") != "idempotency_error" {
		t.Errorf("another call is %v", s.body)
	}
	b.advance(memory - time.Second)
	if s := open("k1", "500"); s.text("id") != first.text("id") {
		t.Error("the key was forgotten too early")
	}
	b.advance(time.Second)
	if s := open("k1", "500"); s.text("id") == first.text("id") {
		t.Error("the key was not forgotten")
	}
	open("k2", "five") // failed validation, and is not kept
	if s := open("k2", "500"); s.status != http.StatusOK {
		t.Errorf("after a failed validation it is %d", s.status)
	}
	for kind, kept := range map[Kind]bool{ErrorBefore: false, StoredError: true, ErrorAfter: true, InProgress: false, RateLimited: false, Unavailable: false} {
		b.must(b.Inject(Fault{Kind: kind, Call: CallCreate}))
		before := len(b.Sessions())
		open("k-"+string(kind), "500")
		s := open("k-"+string(kind), "500")
		if (s.status == http.StatusInternalServerError) != kept || (s.header.Get("Idempotent-Replayed") == "true") != kept {
			t.Errorf("after %s the same key is %d", kind, s.status)
		}
		if made := len(b.Sessions()) - before; (made == 0) != (kind == StoredError) || made > 1 {
			t.Errorf("%s made %d sessions", kind, made)
		}
	}
	if s := open(strings.Repeat("k", longestKey+1), "500"); s.status != http.StatusBadRequest {
		t.Errorf("a key that is too long is %d", s.status)
	}
}

// TestAtOnce: while the first call runs the second is told so, and one thing is made.
func TestAtOnce(t *testing.T) {
	b := newBench(t)
	in, out := make(chan struct{}), make(chan struct{})
	b.config.Sleep = func(context.Context, time.Duration) { close(in); <-out }
	b.must(b.Inject(Fault{Kind: Slow, Call: CallCreate}))
	done := make(chan said)
	go func() { done <- b.call("POST", "/v1/checkout/sessions", "k1", purchase("card", "eur", "500")...) }()
	<-in
	if s := b.call("POST", "/v1/checkout/sessions", "k1", purchase("card", "eur", "500")...); s.status != http.StatusConflict || s.text("code") != "idempotency_key_in_use" {
		t.Errorf("the second is %d %v", s.status, s.body)
	}
	close(out)
	if first := <-done; first.status != http.StatusOK || len(b.Sessions()) != 1 {
		t.Errorf("the first is %d; there are %d sessions", first.status, len(b.Sessions()))
	}
}

// TestSeed: the same calls under the same seed meet the same ids and the same faults.
func TestSeed(t *testing.T) {
	live := func() (trace []string) {
		b := newBench(t)
		b.must(b.Chaos(40, ErrorBefore, StoredError, RateLimited, Unavailable, Forbidden))
		for range 60 {
			s := b.call("POST", "/v1/checkout/sessions", "", purchase("card", "eur", "500")...)
			trace = append(trace, s.text("id")+s.text("type")+s.text("code"))
		}
		return trace
	}
	first, second := live(), live()
	failed := 0
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("call %d is %s and then %s", i, first[i], second[i])
		}
		if !strings.HasPrefix(first[i], "cs_") {
			failed++
		}
	}
	if failed < 10 || failed > 40 {
		t.Errorf("%d of 60 calls failed", failed)
	}
}

// TestFaultsThatCannotBe: a kind, a call or a number that makes no sense is refused.
func TestFaultsThatCannotBe(t *testing.T) {
	b := newBench(t)
	for _, f := range []Fault{{Kind: "x"}, {Kind: Pending, Call: CallCreate}, {Kind: Slow, Call: "x"}, {Kind: Slow, Times: -1}, {Kind: Slow, Call: Page}} {
		if b.Inject(f) == nil {
			t.Errorf("%v was taken", f)
		}
	}
	if b.Chaos(101) == nil || b.Chaos(5, "x") == nil {
		t.Error("a chance that is none was taken")
	}
	for _, kind := range Kinds() {
		fits := 0
		for _, call := range CallNames() {
			if kind.Fits(call) {
				fits++
			}
		}
		if fits < 2 {
			t.Errorf("%s befalls nothing", kind)
		}
	}
}
