package gateway

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// TestEvent holds a whole event.
func TestEvent(t *testing.T) {
	b := setup(t)
	w := b.send("POST", "http://api.example:8080/things/a%20b/act?x=1&y=%C3%A9&x=2", `{"a":"<b>"}`,
		"Content-Type", "application/json", "User-Agent", "browser",
		"Cookie", "a=1; b=2", "Cookie", "c=3",
		"X-Many", "one", "X-Many", "two, three", "X-Forwarded-For", "6.6.6.6", "Connection", "keep-alive")
	if w.Code != 200 || w.Body.String() != "fine" || w.Header().Get("Apigw-Requestid") != "id=" {
		t.Fatalf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	want := events.APIGatewayV2HTTPRequest{
		Version:        "2.0",
		RouteKey:       "POST /things/{id}/act",
		RawPath:        "/things/a b/act",
		RawQueryString: "x=1&y=%C3%A9&x=2",
		Cookies:        []string{"a=1", "b=2", "c=3"},
		Headers: map[string]string{
			"content-type": "application/json", "user-agent": "browser", "x-many": "one,two, three",
			"host": "api.example:8080", "content-length": "11",
			"x-forwarded-for": "6.6.6.6, 192.0.2.1", "x-forwarded-proto": "http",
		},
		QueryStringParameters: map[string]string{"x": "1,2", "y": "é"},
		PathParameters:        map[string]string{"id": "a b"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /things/{id}/act", AccountID: "000000000000", Stage: "$default",
			RequestID: "id=", APIID: "local", DomainName: "api.example", DomainPrefix: "api",
			Time: "02/Jan/2030:03:04:05 +0000", TimeEpoch: 1893553445006,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/things/a b/act", Protocol: "HTTP/1.1",
				SourceIP: "192.0.2.1", UserAgent: "browser",
			},
		},
		Body: `{"a":"<b>"}`,
	}
	if diff := cmp.Diff(want, b.last(t)); diff != "" {
		t.Error(diff)
	}
}

func TestBareEvent(t *testing.T) {
	b := setup(t)
	b.send("GET", "/things/1", "")
	e := b.last(t)
	if e.Cookies != nil || e.QueryStringParameters != nil || e.Body != "" || e.IsBase64Encoded {
		t.Errorf("got %+v", e)
	}
	if _, ok := e.Headers["content-length"]; ok {
		t.Error("a length without a body")
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct{ method, path, route, id string }{
		{"POST", "/things", "POST /things", ""},
		{"GET", "/things/x1", "GET /things/{id}", "x1"},
		{"GET", "/things/%78", "GET /things/{id}", "x"},
		{"GET", "/things/a%252Fb", "GET /things/{id}", "a%2Fb"}, // decoded once
		{"GET", "/things/a+b", "GET /things/{id}", "a+b"},
		{"GET", "/things/{id}", "GET /things/{id}", "{id}"},
		{"GET", "/things/..", "GET /things/{id}", ".."},
		{"GET", "/things/%2e%2e", "GET /things/{id}", ".."},
		{"POST", "/things/%2e%2e/act", "POST /things/{id}/act", ".."},
		{"GET", "/things/a%3Fb", "GET /things/{id}", "a"}, // as the gateway cuts it
		{"GET", "/things/a%00%0d%0a", "GET /things/{id}", "a\x00\r\n"},
		{"GET", "/things/%ff", "GET /things/{id}", "\ufffd"}, // no JSON carries the byte
		{"GET", "/things/ALL", "GET /things/{id}", "ALL"},
		{"GET", "/things/a%2Fb", "", ""}, // two segments
		{"GET", "/things/a/../b", "", ""},
		{"GET", "/things/", "", ""},
		{"GET", "/things", "", ""},
		{"GET", "//things/x", "", ""},
		{"POST", "/things/", "", ""},
		{"POST", "/things//act", "", ""},
		{"POST", "/Things", "", ""},
		{"POST", "/elsewhere", "", ""},
		{"POST", "/", "", ""},
		{"HEAD", "/things/x1", "", ""}, // no GET in disguise
		{"DELETE", "/things/x1", "", ""},
		{"get", "/things/x1", "", ""},
		{"PROPFIND", "/things/x1", "", ""},
	} {
		b := setup(t)
		w := b.send(c.method, c.path, "")
		if c.route == "" {
			b.refused(t, w, 404, "Not Found")
			continue
		}
		if e := b.last(t); e.RouteKey != c.route || e.PathParameters["id"] != c.id {
			t.Errorf("%s %s: got %s %q, want %s %q", c.method, c.path, e.RouteKey, e.PathParameters, c.route, c.id)
		}
	}
}

func TestQuery(t *testing.T) {
	for raw, want := range map[string]map[string]string{
		"":               nil,
		"&&":             nil,
		"a":              {"a": ""},
		"a=1&a=2&b=&a=3": {"a": "1,2,3", "b": ""},
		"a=x+y%2B%26":    {"a": "x y+&"},
		"a=%zz&%61=2":    {"a": "%zz,2"},
		"a=1;b=2":        {"a": "1;b=2"},
		"a=b=c":          {"a": "b=c"},
		"=1":             {"": "1"},
	} {
		if diff := cmp.Diff(want, query(raw)); diff != "" {
			t.Errorf("%q: %s", raw, diff)
		}
	}
}

// TestBodies: text or base64 by the content type alone.
func TestBodies(t *testing.T) {
	for contentType, text := range map[string]bool{
		"application/json": true, "Application/JSON; charset=utf-8": true, "text/plain": true,
		"text/html;x": true, "application/xml": true, "application/javascript": true,
		"application/problem+json": true, "image/svg+xml": true,
		"": false, "application/x-www-form-urlencoded": false, "multipart/form-data; boundary=x": false,
		"application/octet-stream": false, "application/jsonp": false, "json": false, "nonsense": false,
	} {
		b := setup(t)
		b.send("POST", "/things", `{"é":1}`, "Content-Type", contentType)
		want := `{"é":1}`
		if !text {
			want = base64.StdEncoding.EncodeToString([]byte(want))
		}
		if e := b.last(t); e.Body != want || e.IsBase64Encoded == text {
			t.Errorf("%q: got %q, base64 %v", contentType, e.Body, e.IsBase64Encoded)
		}
	}
	b := setup(t)
	b.send("POST", "/things", "a\xffb", "Content-Type", "application/json")
	if e := b.last(t); e.Body != "a\ufffdb" {
		t.Errorf("a byte that JSON cannot carry: %q", e.Body)
	}
}

// TestChunkedBody: a body without a length has one in the event.
func TestChunkedBody(t *testing.T) {
	b := setup(t)
	r := httptest.NewRequest("POST", "/things", strings.NewReader("abc"))
	r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
	b.ServeHTTP(httptest.NewRecorder(), r)
	if e := b.last(t); e.Headers["content-length"] != "3" {
		t.Errorf("got %v", e.Headers)
	}
}
