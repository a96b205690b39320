package paypal

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// hosts answers every request to whatever host and keeps where it went: that a
// foreign host was not asked is what the tests want to see.
type hosts struct {
	mu     sync.Mutex
	asked  []string
	answer wireAnswer
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.Method+" "+r.URL.String())
	return &http.Response{StatusCode: h.answer.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(h.answer.body)), Request: r}, h.answer.err
}

func (h *hosts) client(t *testing.T, api string, change func(*Config)) *PayPal {
	t.Helper()
	c := Config{
		API: api, Pages: LivePages, Credentials: given("client", testSecret), ReturnURL: "https://shop.example/", CancelURL: "https://shop.example/",
		WebhookID: testWebhook, Transport: h, Now: func() time.Time { return testTime },
	}
	change(&c)
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	sandboxCert = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
	liveCert    = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
)

// lookAlikes are addresses of certificates that are not PayPal's, by what they
// would get past. Against each environment its own and the other's stand too.
var lookAlikes = []string{
	"https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1", "https://evil-paypal.com/v1/notifications/certs/CERT-1",
	"https://evil.example/v1/notifications/certs/CERT-1", "https://evil.example/api.paypal.com/v1/notifications/certs/CERT-1",
	"https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1", "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
	"https://user:pass@api.sandbox.paypal.com/v1/notifications/certs/CERT-1", "https://api.paypal.com:444/v1/notifications/certs/CERT-1",
	"https://api.paypal.com:443/v1/notifications/certs/CERT-1", "https://api.paypal.com./v1/notifications/certs/CERT-1",
	"https://api.paypal.com%2eevil.example/v1/notifications/certs/CERT-1", "https://api.p\u0430ypal.com/v1/notifications/certs/CERT-1",
	"https://xn--pypal-4ve.com/v1/notifications/certs/CERT-1", `https://api.paypal.com\@evil.example/v1/notifications/certs/CERT-1`,
	`https://evil.example\api.paypal.com/v1/notifications/certs/CERT-1`, "https:\\\\api.paypal.com/v1/notifications/certs/CERT-1",
	"http://api.paypal.com/v1/notifications/certs/CERT-1", "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
	"ftp://api.paypal.com/v1/notifications/certs/CERT-1", "file:///v1/notifications/certs/CERT-1", "//api.paypal.com/v1/notifications/certs/CERT-1",
	"/v1/notifications/certs/CERT-1", "HTTPS://api.paypal.com/v1/notifications/certs/CERT-1", "https://API.PAYPAL.COM/v1/notifications/certs/CERT-1",
	"https://www.paypal.com/v1/notifications/certs/CERT-1", "https://paypal.com/v1/notifications/certs/CERT-1",
	"https://169.254.169.254/v1/notifications/certs/CERT-1", "https://127.0.0.1/v1/notifications/certs/CERT-1", "http://localhost/v1/notifications/certs/CERT-1",
	"https://api.paypal.com/v1/notifications/certs/", "https://api.paypal.com/v1/notifications/certs", "https://api.paypal.com/v1/notifications/certs/../webhooks",
	"https://api.paypal.com/v1/notifications/certs/CERT-1/../../webhooks", "https://api.paypal.com/v1/notifications/certs/%2e%2e",
	"https://api.paypal.com/v1/notifications/certs/CERT-1?x=1", "https://api.paypal.com/v1/notifications/certs/CERT-1#x", "https://api.paypal.com/v1/notifications/certs/CERT.1",
	"https://api.paypal.com/v1/notifications/certs//CERT-1", "https://api.paypal.com//v1/notifications/certs/CERT-1", "https://api.paypal.com/v1/notifications/certs/CERT-1/",
	"https://api.paypal.com/v1/notifications/CERT-1", "https://api.paypal.com/redirect?to=/v1/notifications/certs/CERT-1", "https://api.paypal.com/v2/v1/notifications/certs/CERT-1",
	"https://api.paypal.com/v1/notifications/certs/" + strings.Repeat("A", 129), "https://api.paypal.com", "api.paypal.com", ":", "https://[::1]/v1/notifications/certs/CERT-1",
}

// TestCertLookAlikes: no byte goes to a host that is not PayPal's of the same
// environment, nor to another path there.
func TestCertLookAlikes(t *testing.T) {
	for api, others := range map[string][]string{LiveAPI: {sandboxCert}, SandboxAPI: {liveCert}, "https://proxy.example": {liveCert, sandboxCert, "https://proxy.example" + testCert}} {
		via := &hosts{answer: wireAnswer{status: 200, body: pemOf(testCA().leaf(func(c *x509.Certificate) { c.DNSNames = []string{sandboxName, liveName} }))}}
		p := via.client(t, api, func(*Config) {})
		for _, address := range append(others, lookAlikes...) {
			if _, err := p.Hear(t.Context(), signedFrom(address).delivery()); !errors.Is(err, provider.ErrForged) {
				t.Errorf("%s: %s: %v", api, address, err)
			}
		}
		if len(via.asked) != 0 {
			t.Errorf("%s: asked %v", api, via.asked)
		}
	}
}

// signedFrom is a delivery whose certificate lies there.
func signedFrom(address string) signed {
	d := (&server{Server: &httptest.Server{}}).signed(`{}`)
	d.url = address
	return d
}

// TestCertHosts: both hosts of an environment serve, for a certificate made out to
// its signer and not to the other's. The leaf alone is enough, and no token goes
// along.
func TestCertHosts(t *testing.T) {
	for _, tt := range []struct{ api, name, address string }{
		{LiveAPI, liveName, liveCert}, {LiveAPI, liveName, LiveAPI + testCert},
		{"https://api.paypal.com", liveName, liveCert}, {"https://api.paypal.com", liveName, LiveAPI + testCert},
		{SandboxAPI, sandboxName, sandboxCert}, {SandboxAPI, sandboxName, SandboxAPI + testCert}, {"https://api.sandbox.paypal.com", sandboxName, sandboxCert},
	} {
		for _, name := range []string{liveName, sandboxName} {
			via := &hosts{answer: wireAnswer{status: 200, body: pemOf(testCA().leaf(func(c *x509.Certificate) { c.DNSNames = []string{name} }))}}
			p := via.client(t, tt.api, func(*Config) {})
			_, err := p.Hear(t.Context(), signedFrom(tt.address).delivery())
			if name == tt.name && err != nil || name != tt.name && !errors.Is(err, provider.ErrForged) {
				t.Errorf("%+v, made out to %s: %v", tt, name, err)
			}
			if len(via.asked) != 1 || via.asked[0] != "GET "+tt.address {
				t.Errorf("asked %v", via.asked)
			}
		}
	}
	s, p := newBell(t, nil)
	if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); err != nil {
		t.Error(err)
	}
	if got := s.to(certCall)[0].header; got.Get("Authorization") != "" || got.Get("PayPal-Request-Id") != "" {
		t.Errorf("sent along %v", got)
	}
	s.want(t, tokenCall, 0)
}

// TestCertRefused: what a certificate can have wrong with it, each by itself.
func TestCertRefused(t *testing.T) {
	ca := testCA()
	weak, err := rsa.GenerateKey(rand.Reader, 1536)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	named := func(names ...string) string {
		return pemOf(ca.leaf(func(c *x509.Certificate) { c.DNSNames = names }))
	}
	between, stranger := newIssuer(&ca), newIssuer(nil)
	self := issuer{certificateFor(unchanged), signingKey()}
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(weak)})
	good := pemOf(ca.leaf(unchanged))
	for name, text := range map[string]string{
		"live name": named(liveName), "no name": named(), "wildcard": named("*.sandbox.paypal.com"), "look-alike": named(sandboxName + ".evil.example"),
		"prefix": named("evil-" + sandboxName), "upper case": named(strings.ToUpper(sandboxName)), "parent": named("paypal.com"),
		"common name alone": pemOf(ca.leaf(func(c *x509.Certificate) { c.DNSNames, c.Subject = nil, pkix.Name{CommonName: sandboxName} })),
		"expired":           pemOf(ca.leaf(func(c *x509.Certificate) { c.NotAfter = testTime.Add(-time.Second) })),
		"not yet valid":     pemOf(ca.leaf(func(c *x509.Certificate) { c.NotBefore = testTime.Add(time.Second) })),
		"self-signed":       pemOf(self.leaf(unchanged)), "another CA": pemOf(stranger.leaf(unchanged)),
		"bad chain": pemOf(newIssuer(&stranger).leaf(unchanged), between.cert), "another CA beside": pemOf(stranger.leaf(unchanged), stranger.cert),
		"missing link": pemOf(between.leaf(unchanged)),
		"weak key":     pemOf(ca.sign(certificateFor(unchanged), weak.Public())), "no RSA": pemOf(ca.sign(certificateFor(unchanged), curve.Public())),
		"garbage":     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"private key": string(private), "key before": string(private) + good, "wrong word": strings.ReplaceAll(good, "CERTIFICATE", "X509 CRL"),
		"garbage behind": good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	} {
		s, p := newBell(t, answers{certCall: reply(200, text)})
		for range 2 { // nothing bad is kept
			if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrForged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.wantCalls(t, certCall, certCall)
	}
	for name, text := range map[string]string{
		"leaf": good, "with its chain": pemOf(between.leaf(unchanged), between.cert), "with the CA": pemOf(ca.leaf(unchanged), ca.cert),
		"with text": "Subject: x\r\n" + strings.ReplaceAll(good, "\n", "\r\n"),
	} {
		s, p := newBell(t, answers{certCall: reply(200, text)})
		if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCertChain: of PayPal's own nothing need come along with the leaf, but what
// does has to lead up from it.
func TestCertChain(t *testing.T) {
	root := newIssuer(nil)
	between := newIssuer(&root)
	for name, tt := range map[string]struct {
		text string
		ok   bool
	}{
		"leaf alone": {pemOf(root.leaf(unchanged)), true}, "self-signed": {pemOf(issuer{certificateFor(unchanged), signingKey()}.leaf(unchanged)), true},
		"intermediate": {pemOf(between.leaf(unchanged), between.cert), true}, "whole": {pemOf(between.leaf(unchanged), between.cert, root.cert), true},
		"missing link": {pemOf(between.leaf(unchanged), root.cert), false}, "stranger": {pemOf(root.leaf(unchanged), testCA().cert), false},
		"expired":       {pemOf(root.leaf(func(c *x509.Certificate) { c.NotAfter = testTime.Add(-time.Second) })), false},
		"not yet valid": {pemOf(root.leaf(func(c *x509.Certificate) { c.NotBefore = testTime.Add(time.Second) })), false},
		"strange root":  {pemOf(between.leaf(unchanged), between.cert, testCA().cert), false},
		"expired link": {pemOf(root.leaf(unchanged), root.sign(certificateFor(func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.NotAfter = true, true, x509.KeyUsageCertSign, testTime.Add(-time.Hour)
		}), root.key.Public())), false},
	} {
		via := &hosts{answer: wireAnswer{status: 200, body: tt.text}}
		p := via.client(t, SandboxAPI, func(*Config) {})
		if _, err := p.Hear(t.Context(), signedFrom(sandboxCert).delivery()); (err == nil) != tt.ok || err != nil && !errors.Is(err, provider.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCertChainOnce: a chain that was checked is not checked again, but for the
// times at which one of its links is not valid, though the leaf still is.
func TestCertChainOnce(t *testing.T) {
	between := newIssuer(nil)
	shortlived := issuer{testCA().sign(certificateFor(func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.DNSNames = true, true, x509.KeyUsageCertSign, nil
		c.NotBefore, c.NotAfter = testTime.Add(-time.Hour), testTime.Add(time.Hour)
	}), between.key.Public()), between.key}
	s, p := newBell(t, answers{certCall: reply(200, pemOf(shortlived.leaf(unchanged), shortlived.cert))})
	for _, tt := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {time.Hour, true}, {time.Hour + time.Second, false}, {-time.Hour, true}, {-time.Hour - time.Second, false}, {0, true}} {
		d := s.signed(`{}`)
		d.time = testTime.Add(tt.after).Format(time.RFC3339)
		if _, err := p.Hear(t.Context(), d.delivery()); (err == nil) != tt.ok || err != nil && !errors.Is(err, provider.ErrForged) {
			t.Errorf("delivered %v after: %v", tt.after, err)
		}
	}
	s.wantCalls(t, certCall)
}

// TestCertNotFetched: what says nothing of the delivery leaves it to PayPal, and
// PayPal's own "no such certificate" to the next delivery.
func TestCertNotFetched(t *testing.T) {
	good := pemOf(testCA().leaf(unchanged))
	strangers := 0
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { strangers++; io.WriteString(w, good) }))
	defer stranger.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"500": reply(500, good), "403": reply(403, good), "HTML": reply(200, "<html>maintenance</html>"), "empty": reply(200, ""), "204": reply(204, ""), "reset": reset,
		"huge": reply(200, good+strings.Repeat("\n", certCap)), "huge before": reply(200, strings.Repeat("\n", certCap)+good), "429": reply(429, ""),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", stranger.URL)
			reply(302, good)(w, r)
		},
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999")
			io.WriteString(w, good)
		},
	} {
		s, p := newBell(t, answers{certCall: answer, verifyCall: reply(200, `{"verification_status":"FAILURE"}`)})
		for range 2 {
			if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrForged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.want(t, verifyCall, 2)
		if len(s.to(certCall)) < 2 { // net/http may repeat one after a reset
			t.Errorf("%s: what failed was kept", name)
		}
	}
	if strangers != 0 {
		t.Errorf("a redirect was followed %d times", strangers)
	}
	s, p := newBell(t, answers{certCall: reply(404, testdata(t, "not_found.json"))})
	if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrCannotVerify) {
		t.Error(err)
	}
	s.wantCalls(t, certCall)
	s, p = newBell(t, answers{certCall: reply(200, strings.Repeat("\n", certCap-len(good))+good)})
	if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); err != nil {
		t.Errorf("a certificate of just the cap: %v", err)
	}
}

// TestCertSlow: a certificate that does not come in time is as good as none.
func TestCertSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := (&hosts{}).client(t, SandboxAPI, func(c *Config) { c.Transport = slow{} })
		began := time.Now()
		if _, err := p.certificates.find(t.Context(), sandboxCert, testTime); !errors.Is(err, errNotFetched) || time.Since(began) != certTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// slow answers nothing before the caller gives up.
type slow struct{}

func (slow) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestCertKept until it ends, and no longer; and no more than a few.
func TestCertKept(t *testing.T) {
	s, p := newBell(t, answers{
		certCall: inTurn(
			reply(200, pemOf(testCA().leaf(func(c *x509.Certificate) { c.NotAfter = testTime.Add(time.Hour) }))),
			reply(200, pemOf(testCA().leaf(unchanged)))),
	})
	hear := func() error { _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); return err }
	for range 5 {
		if err := hear(); err != nil {
			t.Fatal(err)
		}
	}
	s.want(t, certCall, 1)
	s.advance(time.Hour)
	for range 5 {
		if err := hear(); err != nil {
			t.Fatal(err)
		}
	}
	s.want(t, certCall, 2)
	for n := range 100 {
		p.certificates.hold(strings.Repeat("x", n), certificate{leaf: testCA().cert})
		if len(p.certificates.held) > certsHeld {
			t.Fatalf("%d are held", len(p.certificates.held))
		}
	}
}

// TestCertKeptChecked: a kept certificate is held against each delivery's time.
func TestCertKeptChecked(t *testing.T) {
	s, p := newBell(t, nil)
	for at, ok := range map[string]bool{"2026-03-01T12:00:00Z": true, "2025-02-01T00:00:00Z": false, "2027-04-01T00:00:00Z": false} {
		d := s.signed(`{}`)
		d.time = at
		for range 2 {
			if _, err := p.Hear(t.Context(), d.delivery()); (err == nil) != ok {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
}

// TestCertGrace: a delivery is believed for as long as PayPal repeats it after
// its certificate has ended, and an old key signs nothing dated back.
func TestCertGrace(t *testing.T) {
	for wait, ok := range map[time.Duration]bool{0: true, 366*24*time.Hour + 3*24*time.Hour: true, 366*24*time.Hour + 8*24*time.Hour: false} {
		s, p := newBell(t, nil)
		d := s.signed(`{}`)
		s.advance(wait)
		if _, err := p.Hear(t.Context(), d.delivery()); (err == nil) != ok {
			t.Errorf("after %v: %v", wait, err)
		}
	}
}

// TestCertOnce: many deliveries at once fetch one certificate.
func TestCertOnce(t *testing.T) {
	text := pemOf(testCA().leaf(unchanged))
	s, p := newBell(t, answers{certCall: func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(50 * time.Millisecond)
		io.WriteString(w, text)
	}})
	d := s.signed(testdata(t, "event_capture_completed.json")).delivery()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if ring, err := p.Hear(t.Context(), d); err != nil || ring.Capture != testTaken {
				t.Errorf("%+v, %v", ring, err)
			}
		})
	}
	all.Wait()
	s.wantCalls(t, certCall)
}

// TestCertWait: who waits for another's fetch waits no longer than its own time.
func TestCertWait(t *testing.T) {
	s, p := newBell(t, nil)
	p.certificates.turn <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	ends(t, func() {
		if _, err := p.Hear(ctx, s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrCannotVerify) {
			t.Error(err)
		}
	})
	s.wantCalls(t)
}

// TestNewCertCA: another CA than PayPal's is never for PayPal's own hosts, however
// they are written.
func TestNewCertCA(t *testing.T) {
	ca := []byte(pemOf(testCA().cert))
	for api, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "https://[::1]:1": true,
		"https://172.17.0.1:8443": true, "https://paypal.com.example": true, "http://172.17.0.1:8443": false,
		LiveAPI: false, SandboxAPI: false, "https://api.paypal.com": false, "https://API-M.PayPal.com": false, "https://api-m.paypal.com:443": false, "https://api-m.paypal.com.": false, "https://paypal.com": false,
	} {
		c := Config{API: api, Pages: LivePages, Credentials: given("c", "s"), ReturnURL: "r", CancelURL: "c", CertCA: ca}
		if _, err := New(c); (err == nil) != ok {
			t.Errorf("%s: %v", api, err)
		}
		c.CertCA = []byte("no PEM")
		if _, err := New(c); err == nil {
			t.Errorf("%s: no certificate was taken for a CA", api)
		}
	}
	// Without one nothing on this machine is believed.
	s, _ := newBell(t, nil)
	p := s.clientWith(t, nil, func(c *Config) { c.WebhookID = testWebhook })
	if _, err := p.Hear(t.Context(), s.signed(`{}`).delivery()); !errors.Is(err, provider.ErrForged) {
		t.Error(err)
	}
	s.wantCalls(t)
}
