package paypal

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestRedirectNotFollowed: neither the token nor the body goes where an answer
// points, and an answer from there is never believed.
func TestRedirectNotFollowed(t *testing.T) {
	var strangers atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		strangers.Add(1)
		io.WriteString(w, testdata(t, "captured.json"))
	}))
	defer stranger.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		away := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", stranger.URL+r.URL.Path)
			w.WriteHeader(status)
		}
		s, p := newServer(t, answers{captureCall: away, lookCall: away})
		_, err := capture(t, p)
		if failed := wantClass(t, err, provider.Look); failed.Status != status {
			t.Errorf("status %d, want %d", failed.Status, status)
		}
		_, err = p.Look(t.Context(), testOrder)
		wantClass(t, err, provider.Look)
		s.want(t, captureCall, 1)

		_, p = newServer(t, answers{tokenCall: away})
		_, err = capture(t, p)
		wantClass(t, err, provider.Retry)
	}
	if n := strangers.Load(); n != 0 {
		t.Errorf("%d requests reached the other server", n)
	}
}

// TestConnectionReused: the library leaves chunked answers unread, and then
// each call would open a new TLS connection.
func TestConnectionReused(t *testing.T) {
	var s server
	var opened atomic.Int64
	body := testdata(t, "created.json")
	chunked := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body[:100])
			http.NewResponseController(w).Flush()
			io.WriteString(w, body[100:])
		}
	}
	s.clock = testTime
	s.Server = httptest.NewUnstartedServer(s.handler(t, answers{
		lookCall: chunked(200), createCall: chunked(201), captureCall: chunked(422),
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	p := s.client(t, s.Client().Transport)
	for range 5 {
		if _, err := p.Look(t.Context(), testOrder); err != nil {
			t.Fatal(err)
		}
		if _, err := p.CreateOrder(t.Context(), digitalOrder(t)); err != nil {
			t.Fatal(err)
		}
		_, err := capture(t, p)
		wantClass(t, err, provider.Look)
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections opened for 16 calls", n)
	}
}

// TestBodyOverCap: we stop reading, on a good answer as on a refusal, and what
// was not read to its end tells nothing.
func TestBodyOverCap(t *testing.T) {
	padding := strings.Repeat(" ", answerCap)
	zipped := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(201)
		z := gzip.NewWriter(w)
		for range 64 { // some 64 KB on the wire
			io.WriteString(z, padding)
		}
		io.WriteString(z, testdata(t, "captured.json"))
		z.Close()
	}
	for name, answer := range map[string]http.HandlerFunc{
		"201": reply(201, padding+testdata(t, "captured.json")), "bomb": zipped,
		"padded behind": reply(201, testdata(t, "captured.json")+padding),
		"422":           reply(422, padding+issuesBody("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")),
	} {
		_, p := newServer(t, answers{captureCall: answer})
		_, err := capture(t, p)
		wantClass(t, err, provider.Look)
		if got, _ := p.caller.send(t.Context(), p.caller.token.Kept(), "POST", strings.TrimPrefix(captureCall, "POST "), "x", nil); len(got.Body) > answerCap+1 {
			t.Errorf("%s: read %d bytes", name, len(got.Body))
		}
	}
	_, p := newServer(t, answers{lookCall: reply(200, strings.Repeat(" ", answerCap-len(testdata(t, "captured.json")))+testdata(t, "captured.json"))})
	if _, err := p.Look(t.Context(), testOrder); err != nil {
		t.Errorf("a body of just the cap: %v", err)
	}
}

func TestGzip(t *testing.T) {
	zipped := func(broken int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				t.Error("gzip was not asked for")
			}
			var text strings.Builder
			z := gzip.NewWriter(&text)
			io.WriteString(z, testdata(t, "captured.json"))
			z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, text.String()[:text.Len()-broken])
		}
	}
	_, p := newServer(t, answers{lookCall: zipped(0), captureCall: zipped(9)})
	if got, err := p.Look(t.Context(), testOrder); err != nil || len(got.Captures) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := capture(t, p)
	wantClass(t, err, provider.Look)
}

// TestSlowBody: the end of the caller's time holds while a body drips, too.
func TestSlowBody(t *testing.T) {
	body := testdata(t, "captured.json")
	dripping := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		for i := range body {
			io.WriteString(w, body[i:i+1])
			http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	s, _ := newServer(t, answers{captureCall: dripping})
	ctx, cancel := context.WithCancel(t.Context())
	p := s.client(t, untilItAnswers{captureCall, cancel})
	p.caller.timeout = time.Hour
	ends(t, func() {
		_, err := p.Capture(ctx, provider.Capture{Order: testOrder, RequestID: testCapture})
		if failed := wantClass(t, err, provider.Look); failed.Status != 201 {
			t.Errorf("status %d", failed.Status)
		}
	})
}

// untilItAnswers ends its caller's time as soon as a call's answer begins.
type untilItAnswers struct {
	call string
	end  func()
}

func (u untilItAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if r.Method+" "+r.URL.Path == u.call {
		u.end()
	}
	return resp, err
}

// TestProtocolSwitch: net/http gives the bare connection for the body of a 101,
// and no deadline of the request reaches it.
func TestProtocolSwitch(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for in := bufio.NewReader(conn); ; {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					if req.URL.Path == "/v1/oauth2/token" {
						const grant = `{"access_token":"x","expires_in":9000}`
						fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(grant), grant)
						continue
					}
					io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				}
			}()
		}
	}()
	s := server{Server: &httptest.Server{URL: "http://" + listener.Addr().String()}, clock: testTime}
	p := s.client(t, nil)
	ends(t, func() {
		_, err := capture(t, p)
		wantClass(t, err, provider.Look)
	})
}

// TestNeverSent: a connection that could not be made is the one failure of the
// network that proves that nothing happened.
func TestNeverSent(t *testing.T) {
	s, _ := newServer(t, nil)
	through := &http.Transport{}
	p := s.client(t, through)
	if _, err := p.caller.authorized(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	through.CloseIdleConnections()
	s.Close()
	_, err := capture(t, p)
	if failed := wantClass(t, err, provider.Retry); failed.Code != "NOT_SENT" || failed.Status != 0 {
		t.Errorf("%+v", failed)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "3600": time.Hour, "3601": 0, "-1": 0, "1e3": 0, "999999999999999999999": 0,
		"Wed, 21 Oct 2026 07:28:00 GMT": 0,
	} {
		_, p := newServer(t, answers{captureCall: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(429)
		}})
		_, err := capture(t, p)
		if failed := wantClass(t, err, provider.Retry); failed.RetryAfter != want {
			t.Errorf("Retry-After %q: %v, want %v", value, failed.RetryAfter, want)
		}
	}
}

// TestNewRefuses: an API with a path would take every call elsewhere, a Pages
// with one would refuse every link.
func TestNewRefuses(t *testing.T) {
	good := Config{API: LiveAPI, Pages: LivePages, Credentials: given("c", testSecret), ReturnURL: "https://s/r", CancelURL: "https://s/c"}
	if p, err := New(good); err != nil || p.Name() != "paypal" || p.Window() != 6*time.Hour {
		t.Fatalf("%+v, %v", p, err)
	}
	for i, bad := range []func(*Config){
		func(c *Config) { c.API = "" }, func(c *Config) { c.Pages = "" }, func(c *Config) { c.Credentials = nil },
		func(c *Config) { c.ReturnURL = "" }, func(c *Config) { c.CancelURL = "" },
		func(c *Config) { c.API += "/" }, func(c *Config) { c.API += "/v2" }, func(c *Config) { c.API += "?x" },
		func(c *Config) { c.API = "api-m.paypal.com" }, func(c *Config) { c.API = "https://" + testSecret + "@api-m.paypal.com" },
		func(c *Config) { c.API = "http://api-m.paypal.com" }, func(c *Config) { c.API = "http://127.0.0.1.evil.example" },
		func(c *Config) { c.API = "ftp://localhost" }, func(c *Config) { c.API = ":" },
		func(c *Config) { c.Pages += "/" }, func(c *Config) { c.Pages = "http://www.paypal.com" },
	} {
		c := good
		bad(&c)
		if _, err := New(c); err == nil || strings.Contains(err.Error(), testSecret) {
			t.Errorf("case %d: %v", i, err)
		}
	}
	for _, here := range []string{"http://localhost:8090", "http://127.0.0.1:8090", "http://[::1]:8090"} {
		c := good
		c.API, c.Pages = here, here
		if _, err := New(c); err != nil {
			t.Errorf("%s: %v", here, err)
		}
	}
}

// TestAccount tells environments and clients apart and shows neither; a new secret
// for the same client is the same account.
func TestAccount(t *testing.T) {
	seen := map[string]bool{}
	for _, api := range []string{LiveAPI, SandboxAPI} {
		p, err := New(Config{API: api, Pages: LivePages, Credentials: given("c", "s"), ReturnURL: "r", CancelURL: "c"})
		if err != nil {
			t.Fatal(err)
		}
		for _, as := range []Credentials{{"1", "old"}, {"1", "new"}, {"2", "old"}} {
			seen[p.caller.account(as)] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("accounts %v", seen)
	}
	if !seen["a599905f27"] {
		t.Errorf("an account that stands in tables is named otherwise now: %v", seen)
	}
}

// TestAsked: a snapshot is of the moment we asked, not of the one the answer
// came, however slow it was.
func TestAsked(t *testing.T) {
	var s *server
	s, p := newServer(t, answers{lookCall: func(w http.ResponseWriter, r *http.Request) {
		s.advance(10 * time.Second)
		reply(200, testdata(t, "created.json"))(w, r)
	}})
	got, err := p.Look(t.Context(), testOrder)
	if err != nil || !got.At.Equal(testTime) || got.State != payment.OrderWaiting {
		t.Errorf("%+v, %v", got, err)
	}
}
