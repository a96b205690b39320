package paypal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// FuzzCertURL: whatever address is let through, the standard library's reading of
// it leads to one of the two hosts, over TLS, to a certificate and nowhere else.
func FuzzCertURL(f *testing.F) {
	for _, seed := range append([]string{liveCert, sandboxCert, LiveAPI + testCert, SandboxAPI + testCert}, lookAlikes...) {
		f.Add(seed)
	}
	live, err := newCertificates(Config{API: LiveAPI}, nil)
	if err != nil {
		f.Fatal(err)
	}
	sandbox, err := newCertificates(Config{API: SandboxAPI}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		for host, k := range map[string]*certificates{"paypal.com": live, "sandbox.paypal.com": sandbox} {
			u, err := url.Parse(address)
			safe := err == nil && u.Scheme == "https" && u.User == nil && (u.Host == "api."+host || u.Host == "api-m."+host) && u.Opaque == "" &&
				strings.HasPrefix(u.EscapedPath(), certPath) && !strings.ContainsAny(u.EscapedPath()[len(certPath):], "./%\\;") &&
				len(u.EscapedPath()) > len(certPath) && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.String() == address
			if k.allows(address) && !safe {
				t.Errorf("%q is let through to %s", address, host)
			}
		}
	})
}

// FuzzWebhookHeaders: no headers and no body without PayPal's signature are ever
// believed, and none makes us ask anybody but PayPal.
func FuzzWebhookHeaders(f *testing.F) {
	good := signedFrom(sandboxCert)
	f.Add(good.id, good.time, "AAAA", good.url, good.algorithm, good.body)
	f.Add("", "", "", "", "", "")
	f.Add("a,b", "2026-03-01T12:00:00,5Z", "====", "https://api.sandbox.paypal.com@evil.example"+testCert, "SHA1withRSA", `{},"webhook_id":"x"`)
	f.Add("a|b", "garbage", strings.Repeat("A", 501), "//api.sandbox.paypal.com"+testCert, "none", "\xff")
	text := pemOf(testCA().leaf(unchanged))
	f.Fuzz(func(t *testing.T, id, at, signature, address, algorithm, body string) {
		for _, status := range []int{http.StatusOK, http.StatusServiceUnavailable} {
			via := &hosts{answer: wireAnswer{status: status, body: text}}
			p := via.client(t, SandboxAPI, func(*Config) {})
			ring, err := p.Hear(t.Context(), deliver(map[string]string{
				"paypal-transmission-id": id, "paypal-transmission-time": at, "paypal-transmission-sig": signature,
				"paypal-cert-url": address, "paypal-auth-algo": algorithm,
			}, body))
			if !errors.Is(err, provider.ErrForged) && !errors.Is(err, provider.ErrCannotVerify) || ring.Known || ring.Type != "" {
				t.Errorf("believed: %+v, %v", ring, err)
			}
			for _, asked := range via.asked {
				_, to, _ := strings.Cut(asked, " ")
				if !strings.HasPrefix(to, SandboxAPI+"/") && !strings.HasPrefix(to, "https://api.sandbox.paypal.com"+certPath) {
					t.Errorf("asked %s", asked)
				}
			}
		}
	})
}
