package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestNew(t *testing.T) {
	template := resolve(t, small)
	f := giving(response{StatusCode: 200})
	noTimeout := resolve(t, small)
	noTimeout.Functions["Public"] = Declaration{}
	for _, c := range []struct {
		name      string
		template  Template
		functions map[string]Function
		want      string
	}{
		{"all there", template, map[string]Function{"Public": f, "Guarded": f}, "<nil>"},
		{"a function missing", template, map[string]Function{"Public": f}, "no function Guarded for GET /things/all"},
		{"a function nil", template, map[string]Function{"Public": f, "Guarded": nil}, "no function Guarded"},
		{"a function without a route", template, map[string]Function{"Public": f, "Guarded": f, "Timer": f}, "no route to function Timer"},
		{"no timeout", noTimeout, map[string]Function{"Public": f, "Guarded": f}, "no timeout for Public"},
	} {
		h, err := New(c.template, c.functions)
		if !strings.Contains(fmt.Sprint(err), c.want) || (err == nil) != (h != nil) {
			t.Errorf("%s: got %v, %v", c.name, h, err)
		}
	}
}

func TestRandomID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := randomID()
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`).MatchString(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

// TestManyAtOnce sends requests in parallel over real connections: no answer
// goes to the wrong caller, and a throttle lets exactly its burst through.
func TestManyAtOnce(t *testing.T) {
	b := setup(t)
	b.answer = func(_ context.Context, e request) (response, error) {
		return response{StatusCode: 200, Headers: map[string]string{"x-id": e.PathParameters["id"]}, Body: e.Body}, nil
	}
	server := httptest.NewServer(b)
	defer server.Close()
	var done sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for i := range 200 {
		done.Go(func() {
			id := fmt.Sprint("n", i)
			got, err := post(server.URL+"/things/"+id+"/act", "body "+id)
			if err != nil || got != "200 "+id+" body "+id {
				t.Errorf("%s: %q, %v", id, got, err)
			}
			if got, err := post(server.URL+"/throttled", ""); err != nil {
				t.Error(err)
			} else if strings.HasPrefix(got, "200") {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	done.Wait()
	if passed != 2 {
		t.Errorf("%d passed the throttle, want its burst of 2", passed)
	}
}

func post(url, body string) (string, error) {
	r, err := http.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return fmt.Sprintf("%d %s %s", r.StatusCode, r.Header.Get("X-Id"), text), err
}

// TestRawRequests sends what a polite client would not.
func TestRawRequests(t *testing.T) {
	b := setup(t)
	server := httptest.NewServer(b)
	defer server.Close()
	for sent, want := range map[string]string{
		"GET /things/../things/x HTTP/1.1\r\nHost: a\r\n\r\n":                                "HTTP/1.1 404",
		"GET /things/.. HTTP/1.1\r\nHost: a\r\n\r\n":                                         "HTTP/1.1 200",
		"GET http://elsewhere/things/x HTTP/1.1\r\nHost: a\r\n\r\n":                          "HTTP/1.1 200",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n":                                              "HTTP/1.1 200", // net/http's own
		"GET /things/%zz HTTP/1.1\r\nHost: a\r\n\r\n":                                        "HTTP/1.1 400",
		"POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 10485761\r\n\r\n":               "HTTP/1.1 413",
		"HEAD /things/x HTTP/1.1\r\nHost: a\r\n\r\n":                                         "HTTP/1.1 404",
		"GET /things/x HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 10240) + "\r\n\r\n": "HTTP/1.1 431",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, sent)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("%.60q: got %q, %v, want %q", sent, got, err, want)
		}
		conn.Close()
	}
}
