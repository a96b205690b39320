package paypal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const (
	testWebhook = "4JH86294D6297924G"
	testCert    = "/v1/notifications/certs/CERT-1"
	certCall    = "GET " + testCert
	verifyCall  = "POST /v1/notifications/verify-webhook-signature"
	sandboxName = "messageverificationcerts.sandbox.paypal.com"
	liveName    = "messageverificationcerts.paypal.com"
)

// issuer signs certificates.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// signingKey signs deliveries; making one takes long.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var testCA = sync.OnceValue(func() issuer { return newIssuer(nil) })

// newIssuer is a CA of its own, or one under another.
func newIssuer(above *issuer) issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := certificateFor(func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.DNSNames = true, true, x509.KeyUsageCertSign, nil
	})
	by := issuer{template, key}
	if above != nil {
		by = *above
	}
	return issuer{by.sign(template, key.Public()), key}
}

func (i issuer) sign(template *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, i.cert, key, i.key)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

// certificateFor is the sandbox's signer, a year to either side of the tests' time.
func certificateFor(change func(*x509.Certificate)) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: fmt.Sprintf("test %d", serial)}, DNSNames: []string{sandboxName},
		NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	change(c)
	return c
}

// leaf is a certificate over the signing key.
func (i issuer) leaf(change func(*x509.Certificate)) *x509.Certificate {
	return i.sign(certificateFor(change), signingKey().Public())
}

func unchanged(*x509.Certificate) {}

func pemOf(chain ...*x509.Certificate) string {
	var text strings.Builder
	for _, c := range chain {
		pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return text.String()
}

// signed is a delivery as PayPal makes it; each test spoils one thing.
type signed struct {
	id, time, webhook, url, algorithm string
	body                              string
}

func (s *server) signed(body string) signed {
	return signed{
		id: "dfb3be50-fd74-11e4-8bf3-77339302725b", time: testTime.Format(time.RFC3339), webhook: testWebhook,
		url: s.URL + testCert, algorithm: "SHA256withRSA", body: body,
	}
}

func (d signed) headers() map[string]string {
	text := fmt.Sprintf("%s|%s|%s|%d", d.id, d.time, d.webhook, crc32.ChecksumIEEE([]byte(d.body)))
	digest := sha256.Sum256([]byte(text))
	sum, err := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"paypal-transmission-id": d.id, "paypal-transmission-time": d.time, "paypal-transmission-sig": base64.StdEncoding.EncodeToString(sum),
		"paypal-cert-url": d.url, "paypal-auth-algo": d.algorithm,
	}
}

func (d signed) delivery() provider.Delivery { return deliver(d.headers(), d.body) }

// deliver finds headers whatever their case, as a Delivery promises.
func deliver(headers map[string]string, body string) provider.Delivery {
	headers = maps.Clone(headers)
	return provider.Delivery{Body: []byte(body), Header: func(name string) string {
		for key, value := range headers {
			if strings.EqualFold(key, name) {
				return value
			}
		}
		return ""
	}}
}

// newBell is a server with a certificate on it, and a client that trusts its CA.
func newBell(t *testing.T, replies answers) (*server, *PayPal) {
	t.Helper()
	all := answers{certCall: reply(200, pemOf(testCA().leaf(unchanged)))}
	maps.Copy(all, replies)
	s, _ := newServer(t, all)
	return s, s.clientWith(t, nil, func(c *Config) { c.WebhookID, c.CertCA = testWebhook, []byte(pemOf(testCA().cert)) })
}

// wantCalls checks that these calls arrived and no others.
func (s *server) wantCalls(t *testing.T, calls ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []string
	for _, r := range s.received {
		if r.call != tokenCall {
			got = append(got, r.call)
		}
	}
	if strings.Join(got, "\n") != strings.Join(calls, "\n") {
		t.Errorf("calls %q, want %q", got, calls)
	}
}
