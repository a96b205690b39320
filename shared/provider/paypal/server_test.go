package paypal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// What every test speaks of.
const (
	testOrder   = "5O190127TN364715T"
	testPayment = "sc0123456789abcdefghijklmnop"
	testCapture = testPayment + "-c1-0"
	testSecret  = "SECRET-that-no-text-may-show"
	testToken   = "TOKEN-that-no-text-may-show"

	createCall  = "POST /v2/checkout/orders"
	lookCall    = "GET /v2/checkout/orders/" + testOrder
	captureCall = "POST /v2/checkout/orders/" + testOrder + "/capture"
	controlCall = "GET /v1/notifications/webhooks"
	tokenCall   = "POST /v1/oauth2/token"
)

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// answers says what a server replies to each call ("METHOD /path"). A call that
// is not in it fails the test: nothing unasked for is ever sent.
type answers map[string]http.HandlerFunc

// server is a hand-made PayPal that says what it is told to and keeps all that
// arrives. Tokens are numbered: TOKEN-...-1, TOKEN-...-2.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	received []received
	tokens   int
	clock    time.Time
}

type received struct {
	call   string
	query  string
	header http.Header
	body   string
}

func newServer(t *testing.T, replies answers) (*server, *PayPal) {
	t.Helper()
	s := &server{clock: testTime}
	s.Server = httptest.NewServer(paypalspec.Watch(t, s.handler(t, replies)))
	t.Cleanup(s.Close)
	return s, s.client(t, nil)
}

func (s *server) handler(t *testing.T, replies answers) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := r.Method + " " + r.URL.EscapedPath()
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.received = append(s.received, received{call, r.URL.RawQuery, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		played(w, "scripted")
		reply, known := replies[call]
		switch {
		case known:
			reply(w, r)
		case call == tokenCall:
			s.grant(w, r)
		default:
			t.Errorf("unexpected call %s", call)
		}
	})
}

// given is a source that always has the same credentials.
func given(id, secret string) func(context.Context, Credentials) (Credentials, error) {
	return func(context.Context, Credentials) (Credentials, error) { return Credentials{id, secret}, nil }
}

// account is whose every snapshot is that this server's client takes.
func account(p *PayPal) string { return p.caller.account(Credentials{"client", testSecret}) }

// grant answers with a new token, as PayPal does.
func (s *server) grant(w http.ResponseWriter, r *http.Request) {
	if id, secret, _ := r.BasicAuth(); id != "client" || secret != testSecret {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.mu.Lock()
	s.tokens++
	n := s.tokens
	s.mu.Unlock()
	played(w, "")
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"%s-%d","token_type":"Bearer","expires_in":31668}`, testToken, n)
}

func (s *server) client(t *testing.T, through http.RoundTripper) *PayPal {
	t.Helper()
	return s.clientWith(t, through, func(*Config) {})
}

func (s *server) clientWith(t *testing.T, through http.RoundTripper, change func(*Config)) *PayPal {
	t.Helper()
	if through == nil {
		// Of its own, so that no test meets another's connections.
		own := http.DefaultTransport.(*http.Transport).Clone()
		t.Cleanup(own.CloseIdleConnections)
		through = own
	}
	c := Config{
		API: s.URL, Pages: LivePages, Credentials: given("client", testSecret), Brand: "Corner Shop",
		ReturnURL: "https://shop.example/?checkout=return", CancelURL: "https://shop.example/?checkout=cancel",
		Transport: through, Now: s.now,
	}
	change(&c)
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *server) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// to lists what arrived for one call.
func (s *server) to(call string) []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.received), func(r received) bool { return r.call != call })
}

// want checks how often a call arrived.
func (s *server) want(t *testing.T, call string, times int) {
	t.Helper()
	if got := len(s.to(call)); got != times {
		t.Errorf("%s arrived %d times, want %d", call, got, times)
	}
}

// played tells the watcher whether an answer is one of PayPal's ("") or one that a
// test makes up: most are what PayPal must never say.
func played(w http.ResponseWriter, fault string) {
	if watched, ok := w.(interface{ Played(string) }); ok {
		watched.Played(fault)
	}
}

// recorded are the texts in testdata that PayPal could have sent.
var recorded = sync.OnceValue(func() (texts []string) {
	names, _ := filepath.Glob("testdata/*.json")
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
})

// reply answers with a status and a text. A text that is recorded claims to be
// PayPal's and is held against its specification, unless it redirects.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if status/100 != 3 && slices.Contains(recorded(), body) {
			played(w, "")
			w.Header().Set("Content-Type", "application/json")
		}
		w.Header().Set("Paypal-Debug-Id", "f98cb2e1d3a4b")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// inTurn answers each call with the next reply, and then on with the last.
func inTurn(replies ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next := replies[min(n, len(replies)-1)]
		n++
		mu.Unlock()
		next(w, r)
	}
}

// hang does not answer before the client has gone or the test is over.
func hang(t *testing.T) http.HandlerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-over:
		}
	}
}

// issuesBody is PayPal's error answer with these issues.
func issuesBody(name string, issues ...string) string {
	var details []string
	for _, issue := range issues {
		details = append(details, fmt.Sprintf(`{"issue":%q,"description":"in words"}`, issue))
	}
	return fmt.Sprintf(`{"name":%q,"message":"in words","debug_id":"f98cb2e1d3a4b","details":[%s]}`, name, strings.Join(details, ","))
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// capture takes the money of the one order there is.
func capture(t *testing.T, p *PayPal) (payment.Snapshot, error) {
	t.Helper()
	return p.Capture(t.Context(), provider.Capture{Order: testOrder, RequestID: testCapture})
}

// wantClass checks that an error is of the closed set and of this class, and
// gives it back for what else is to be said of it.
func wantClass(t *testing.T, err error, class provider.Class) *provider.Error {
	t.Helper()
	var failed *provider.Error
	if !errors.As(err, &failed) {
		t.Fatalf("error %v (%T) is not a provider.Error", err, err)
	}
	if failed.Class != class {
		t.Errorf("class %q, want %q: %v", failed.Class, class, err)
	}
	return failed
}
