package paypal

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTokenRefusals(t *testing.T) {
	for _, c := range []struct {
		name, id, secret, body string
		status                 int
		want                   string
	}{
		{"wrong secret", "shop", "guess", "grant_type=client_credentials", 401, "invalid_client"},
		{"wrong id", "other", "secret", "grant_type=client_credentials", 401, "invalid_client"},
		{"no credentials", "", "", "grant_type=client_credentials", 401, "invalid_client"},
		{"no grant type", "shop", "secret", "", 400, "unsupported_grant_type"},
		{"other grant type", "shop", "secret", "grant_type=password", 400, "unsupported_grant_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			r, _ := http.NewRequest("POST", "/", nil)
			r.SetBasicAuth(c.id, c.secret)
			g := b.do("POST", tokenPath, c.body, "Authorization", r.Header.Get("Authorization"))
			b.want("status", g.status, c.status)
			b.want("error", g.body["error"], c.want)
			if g.body["error_description"] == "" || g.body["name"] != nil {
				t.Errorf("not the OAuth shape: %s", g.raw)
			}
		})
	}
}

func TestNoCredentialsConfiguredAcceptsNobody(t *testing.T) {
	if same("", "") {
		t.Error("empty credentials were accepted")
	}
}

func TestTokenEndsByTheClock(t *testing.T) {
	b := newBench(t, func(c *Config) { c.TokenLife = time.Hour })
	b.clock.move(time.Hour - time.Second)
	b.want("a second before", b.do("GET", controlPath, "").status, 200)
	b.clock.move(time.Second)
	g := b.do("GET", controlPath, "")
	b.want("at its end", g.status, 401)
	b.want("name", g.body["name"], "AUTHENTICATION_FAILURE")
	b.token = b.grant()
	b.want("with a new one", b.do("GET", controlPath, "").status, 200)
}

func TestDefaultTokenLife(t *testing.T) {
	b := newBench(t)
	b.clock.move(31667 * time.Second)
	b.want("before", b.do("GET", controlPath, "").status, 200)
	b.clock.move(time.Second)
	b.want("after", b.do("GET", controlPath, "").status, 401)
}

func TestEveryCallNeedsAToken(t *testing.T) {
	b := newBench(t)
	b.sim.RevokeTokens()
	for _, call := range []string{
		"POST " + ordersPath, "GET " + ordersPath + "/ABC", "POST " + ordersPath + "/ABC/capture",
		"GET " + capturePath + "/ABC", "GET " + controlPath,
	} {
		method, path, _ := strings.Cut(call, " ")
		for _, authorization := range []string{"", "Bearer guess", "Basic " + b.token, "Bearer " + b.token} {
			if g := b.do(method, path, "", "Authorization", authorization); g.status != 401 {
				t.Errorf("%s with %q: got %d", call, authorization, g.status)
			}
		}
	}
}

func TestControlCall(t *testing.T) {
	b := newBench(t)
	g := b.do("GET", controlPath, "")
	b.want("status", g.status, 200)
	b.want("body", g.raw, `{"webhooks":[]}`)
	if g.header.Get("Paypal-Debug-Id") == "" {
		t.Error("no debug id")
	}
}
