package gateway

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// foreign origins, each one step from the right one.
var foreign = []string{
	"", "null", "*", "https://evil.example", "http://shop.example", "https://shop.example:8443",
	"https://shop.example.evil.example", "https://evilshop.example", "https://shop.example/",
	"https://SHOP.example", shop + " ", shop + "," + shop,
}

func corsHeaders(w *httptest.ResponseRecorder) map[string]string {
	found := map[string]string{}
	for name, values := range w.Header() {
		if strings.HasPrefix(name, corsPrefix) {
			found[strings.TrimPrefix(name, corsPrefix)] = strings.Join(values, "|")
		}
	}
	return found
}

func TestPreflight(t *testing.T) {
	b := setup(t)
	allowed := map[string]string{
		"Allow-Origin": shop, "Allow-Methods": "GET,POST", "Allow-Headers": "content-type,checkout-token", "Max-Age": "600",
	}
	check := func(what string, want map[string]string, path string, headers ...string) {
		t.Helper()
		w := b.send("OPTIONS", path, "", headers...)
		if w.Code != 204 || w.Body.Len() != 0 || len(b.asked) != 0 {
			t.Errorf("%s: %d %s, asked %d", what, w.Code, w.Body, len(b.asked))
		}
		if diff := cmp.Diff(want, corsHeaders(w)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	check("allowed", allowed, "/things", "Origin", shop, "Access-Control-Request-Method", "POST")
	check("any path", allowed, "/elsewhere", "Origin", shop, "Access-Control-Request-Method", "POST")
	check("no preflight", map[string]string{}, "/things", "Origin", shop)
	check("two origins", map[string]string{}, "/things", "Origin", shop, "Origin", shop, "Access-Control-Request-Method", "POST")
	for _, origin := range foreign {
		check(origin, map[string]string{}, "/things", "Origin", origin, "Access-Control-Request-Method", "POST")
	}
}

// TestAnswersCORS: the function's own headers are never seen.
func TestAnswersCORS(t *testing.T) {
	b := setup(t).answering(events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{
		"access-control-allow-origin": "*", "Access-Control-Allow-Credentials": "true", "X-Mine": "yes",
	}})
	check := func(what string, want map[string]string, path string, headers ...string) {
		t.Helper()
		w := b.send("POST", path, "", headers...)
		if diff := cmp.Diff(want, corsHeaders(w)); diff != "" {
			t.Errorf("%s, %d: %s", what, w.Code, diff)
		}
		if path == "/things" && w.Header().Get("X-Mine") != "yes" {
			t.Errorf("%s: %v", what, w.Header())
		}
	}
	allowed := map[string]string{"Allow-Origin": shop, "Expose-Headers": "location"}
	check("allowed", allowed, "/things", "Origin", shop)
	check("the gateway's own answer", allowed, "/elsewhere", "Origin", shop)
	check("no origin", map[string]string{}, "/things")
	for _, origin := range foreign {
		check(origin, map[string]string{}, "/things", "Origin", origin)
		check(origin, map[string]string{}, "/elsewhere", "Origin", origin)
	}
}

// TestWithoutCORS: then OPTIONS is a request like any other, and the function
// speaks for itself.
func TestWithoutCORS(t *testing.T) {
	b := setup(t).answering(events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{
		"access-control-allow-origin": "*",
	}})
	template := resolve(t, small)
	template.CORS = CORS{}
	var err error
	functions := maps.Clone(b.Handler.(*gateway).functions)
	if b.Handler, err = New(template, functions); err != nil {
		t.Fatal(err)
	}
	if w := b.send(http.MethodOptions, "/things", "", "Origin", shop, "Access-Control-Request-Method", "POST"); w.Code != 404 || len(corsHeaders(w)) != 0 {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	if w := b.send("POST", "/things", ""); w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %v", w.Header())
	}
}
