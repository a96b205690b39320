package gateway

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestBodyLimit(t *testing.T) {
	for _, c := range []struct {
		name        string
		bytes       int
		contentType string
		lengthKnown bool
		refused     bool
	}{
		{"what Lambda takes", 6_000_000, "text/plain", true, false},
		{"over Lambda's limit", payloadLimit, "text/plain", true, true},
		{"over it as base64 only", 5_000_000, "image/png", true, true},
		{"over the gateway's", bodyLimit + 1, "text/plain", true, true},
		{"over the gateway's, length not said", bodyLimit + 1, "text/plain", false, true},
	} {
		b := setup(t)
		r := httptest.NewRequest("POST", "/things", strings.NewReader(strings.Repeat("a", c.bytes)))
		r.Header.Set("Content-Type", c.contentType)
		if !c.lengthKnown {
			r.ContentLength = -1
		}
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if c.refused {
			b.refused(t, w, 413, "Request Entity Too Large")
		} else if w.Code != 200 {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
}

// TestBrokenBody: a caller who breaks off has asked for nothing.
func TestBrokenBody(t *testing.T) {
	b := setup(t)
	r := httptest.NewRequest("POST", "/things", nil)
	r.Body = brokenBody{}
	r.ContentLength = 10
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	b.refused(t, w, 400, "Bad Request")
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errVanished }
func (brokenBody) Close() error             { return nil }

// TestHeaderLimit stands on the limit to the byte, line by line.
func TestHeaderLimit(t *testing.T) {
	head := len("GET /things/1 HTTP/1.1\r\n") + len("Host: example.com\r\n") + len("X-A: \r\n")
	for _, c := range []struct {
		length  int
		refused bool
	}{{headerLimit - head, false}, {headerLimit - head + 1, true}} {
		b := setup(t)
		w := b.send("GET", "/things/1", "", "X-A", strings.Repeat("a", c.length))
		if c.refused {
			b.refused(t, w, 431, "Request Header Fields Too Large")
		} else if w.Code != 200 {
			t.Errorf("%d: %d %s", c.length, w.Code, w.Body)
		}
	}
	b := setup(t)
	b.refused(t, b.send("GET", "/things/1?q="+strings.Repeat("a", headerLimit), ""), 431, "Request Header Fields Too Large")
	b.refused(t, b.send("OPTIONS", "/things/1", "", "Origin", shop, "X-A", strings.Repeat("a", headerLimit)), 431, "Request Header Fields Too Large")
}

func TestThrottle(t *testing.T) {
	b := setup(t)
	pass := func(want int) {
		t.Helper()
		if w := b.send("POST", "/throttled", ""); w.Code != want {
			t.Errorf("got %d, want %d", w.Code, want)
		}
	}
	pass(200)
	pass(200)
	b.asked = nil
	b.refused(t, b.send("POST", "/throttled", ""), 429, "Too Many Requests")
	if w := b.send("POST", "/things", ""); w.Code != 200 {
		t.Errorf("another route: %d", w.Code)
	}
	b.clock = b.clock.Add(time.Second) // half a request
	pass(429)
	b.clock = b.clock.Add(time.Second)
	pass(200)
	pass(429)
	b.clock = b.clock.Add(time.Hour) // no more than the burst is saved up
	pass(200)
	pass(200)
	pass(429)
}

// TestNoThrottle: a route without a limit has none.
func TestNoThrottle(t *testing.T) {
	l := Throttle{}.limiter()
	for range 100_000 {
		if !l.AllowN(time.Time{}, 1) {
			t.Fatal("refused")
		}
	}
}

// TestGuarded: what is not public is closed, signed or not, and a literal route
// is not taken for a variable one.
func TestGuarded(t *testing.T) {
	b := setup(t)
	b.refused(t, b.send("GET", "/things/all", ""), 403, "Forbidden")
	b.refused(t, b.send("GET", "/things/%61ll", ""), 403, "Forbidden")
	b.refused(t, b.send("GET", "/things/all", "", "Authorization", "AWS4-HMAC-SHA256 Credential=x"), 403, "Forbidden")
}
