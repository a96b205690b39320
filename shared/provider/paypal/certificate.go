package paypal

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

const (
	certPath    = "/v1/notifications/certs/"
	certCap     = 64 << 10        // a certificate is some 3 KB
	certTimeout = 2 * time.Second // leaves a look's time enough to ask PayPal instead
	certsHeld   = 4               // PayPal changes its certificate about once in two years

	// certGrace is how long after its end a certificate still serves: PayPal
	// delivers again for three days (api/rest/webhooks). Without a limit, whoever
	// gets hold of an old key could date a delivery back to when it was good.
	certGrace = 7 * 24 * time.Hour

	leastKey = 2048 // bits of RSA
)

// certificate is what PayPal signs its webhooks with, and what came along with
// it. PayPal's own recorded answer (PayPal-node-SDK, test/mocks/notification.js)
// is the leaf alone.
type certificate struct {
	leaf *x509.Certificate
	rest []*x509.Certificate

	// proven is when the chain that was checked is valid: a delivery of that time
	// need not have it checked again, which takes longer than its own signature.
	proven span
}

// span is from one moment to another, both included; the zero span has none.
type span struct{ from, until time.Time }

func (s span) holds(t time.Time) bool {
	return !s.until.IsZero() && !t.Before(s.from) && !t.After(s.until)
}

// common is the span in which all links of a chain are valid.
func common(chain []*x509.Certificate) span {
	s := span{chain[0].NotBefore, chain[0].NotAfter}
	for _, link := range chain[1:] {
		if link.NotBefore.After(s.from) {
			s.from = link.NotBefore
		}
		if link.NotAfter.Before(s.until) {
			s.until = link.NotAfter
		}
	}
	return s
}

// certificates fetches and keeps them. Where one lies is told by a header that
// anybody can write, so what carries the trust is that it was fetched over
// verified TLS from one of PayPal's own hosts, and is made out to PayPal's signer.
type certificates struct {
	origins []string       // where one may lie
	name    string         // whom it has to be made out to, exactly
	ca      *x509.CertPool // whose it has to be; nil for PayPal's own
	web     *http.Client
	now     func() time.Time
	turn    chan struct{} // held by the one caller that fetches

	mu   sync.Mutex
	held map[string]certificate // by address
}

// newCertificates knows whom to trust by the environment. The two hosts of each
// are those that PayPal's certificates are seen at; the sandbox's never serve for
// live, nor the other way round. Any other API has no webhooks, but a simulated
// PayPal's, whose CA has to be named.
func newCertificates(c Config, web *http.Client) (*certificates, error) {
	k := &certificates{web: web, now: c.Now, turn: make(chan struct{}, 1), held: map[string]certificate{}}
	switch c.API {
	case LiveAPI, "https://api.paypal.com":
		k.origins = []string{LiveAPI, "https://api.paypal.com"}
		k.name = "messageverificationcerts.paypal.com"
	default:
		k.origins = []string{SandboxAPI, "https://api.sandbox.paypal.com"}
		k.name = "messageverificationcerts.sandbox.paypal.com"
	}
	if !slices.Contains(k.origins, c.API) {
		k.origins = nil
	}
	if len(c.CertCA) == 0 {
		return k, nil
	}
	ca, err := readCA(c.API, c.CertCA)
	k.origins, k.ca = []string{c.API}, ca
	return k, err
}

// CheckCA refuses a CA of a simulated PayPal that holds no certificate, or that is
// named beside one of PayPal's own hosts: whoever has its key could speak for them.
// None at all is good.
func CheckCA(api string, ca []byte) error {
	if len(ca) == 0 {
		return nil
	}
	_, err := readCA(api, ca)
	return err
}

// readCA is CheckCA of one that is named, and gives what it holds.
func readCA(api string, ca []byte) (*x509.CertPool, error) {
	if at, err := wire.Origin("API", api, LiveAPI); err != nil || isPayPals(at) {
		return nil, errors.New("paypal: the CA of a simulated PayPal is never for PayPal's own hosts")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("paypal: the CA of a simulated PayPal holds no certificate")
	}
	return pool, nil
}

var certName = shape.Of("A-Za-z0-9_-", 1, 128)

// allows reports whether a certificate may be fetched from an address. It is
// compared as text, whole: what is never parsed cannot be parsed in two ways.
func (k *certificates) allows(address string) bool {
	return slices.ContainsFunc(k.origins, func(origin string) bool {
		name, ok := strings.CutPrefix(address, origin+certPath)
		return ok && certName.MatchString(name)
	})
}

// errNotFetched: PayPal's certificate could not be had, and PayPal may be asked
// for its judgement instead.
var errNotFetched = errors.New("paypal: the certificate could not be fetched")

// find gives the certificate at an address, if it is good for a delivery of that
// time. One caller fetches while the others wait: deliveries that cite what does
// not exist cannot become a flood of calls. Errors: provider.ErrForged,
// provider.ErrCannotVerify, errNotFetched.
func (k *certificates) find(ctx context.Context, address string, at time.Time) (certificate, error) {
	if !k.allows(address) {
		return certificate{}, fmt.Errorf("%w: its certificate lies elsewhere", provider.ErrForged)
	}
	if c, ok := k.lookup(address); ok {
		_, err := k.check(c, at)
		return c, err
	}
	if err := ctx.Err(); err != nil {
		return certificate{}, fmt.Errorf("%w: %w", provider.ErrCannotVerify, err) // see authorized
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return certificate{}, fmt.Errorf("%w: %w", provider.ErrCannotVerify, ctx.Err())
	}
	if c, ok := k.lookup(address); ok {
		_, err := k.check(c, at)
		return c, err
	}
	c, err := k.fetch(ctx, address)
	if err == nil {
		c.proven, err = k.check(c, at)
	}
	if err != nil {
		return certificate{}, err
	}
	k.hold(address, c)
	return c, nil
}

func (k *certificates) lookup(address string) (certificate, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.held[address]
	return c, ok && k.now().Before(c.leaf.NotAfter)
}

func (k *certificates) hold(address string, c certificate) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.held) >= certsHeld {
		clear(k.held)
	}
	k.held[address] = c
}

// fetch asks for a certificate, without a token: whoever cites an address learns
// nothing of ours. What PayPal does not know it will not know better when asked
// for its judgement.
func (k *certificates) fetch(ctx context.Context, address string) (certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, certTimeout)
	defer cancel()
	got := &wire.Answer{Limit: certCap}
	req, err := http.NewRequestWithContext(wire.Keep(ctx, got), http.MethodGet, address, nil)
	if err != nil {
		return certificate{}, fmt.Errorf("%w: %w", errNotFetched, err)
	}
	resp, err := k.web.Do(req)
	if err != nil {
		return certificate{}, fmt.Errorf("%w: %w", errNotFetched, err)
	}
	resp.Body.Close()
	switch {
	case got.Status == http.StatusNotFound:
		return certificate{}, fmt.Errorf("%w: no such certificate", provider.ErrCannotVerify)
	case got.Status != http.StatusOK:
		return certificate{}, fmt.Errorf("%w: HTTP %d", errNotFetched, got.Status)
	case got.Cut != nil:
		return certificate{}, fmt.Errorf("%w: %w", errNotFetched, got.Cut)
	}
	return readCertificate(got.Body)
}

// readCertificate reads PEM, the leaf first. A text that holds no PEM at all is
// some proxy's page and says nothing of the delivery.
func readCertificate(text []byte) (certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return certificate{}, fmt.Errorf("%w: what it cites is no certificate", provider.ErrForged)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return certificate{}, fmt.Errorf("%w: no PEM", errNotFetched)
	}
	return certificate{leaf: chain[0], rest: chain[1:]}, nil
}

// check holds a certificate against who signs for PayPal and when. It gives the
// span in which its chain need not be checked again.
func (k *certificates) check(c certificate, at time.Time) (span, error) {
	key, isRSA := c.leaf.PublicKey.(*rsa.PublicKey)
	switch {
	case !slices.Contains(c.leaf.DNSNames, k.name):
		return span{}, fmt.Errorf("%w: its certificate is not made out to %s", provider.ErrForged, k.name)
	case at.Before(c.leaf.NotBefore) || at.After(c.leaf.NotAfter) || k.now().After(c.leaf.NotAfter.Add(certGrace)):
		return span{}, fmt.Errorf("%w: its certificate is not valid at its time", provider.ErrForged)
	case !isRSA || key.N.BitLen() < leastKey:
		return span{}, fmt.Errorf("%w: its certificate's key is too weak", provider.ErrForged)
	case c.proven.holds(at):
		return c.proven, nil
	}
	proven, err := k.checkChain(c, at)
	if err != nil {
		return span{}, fmt.Errorf("%w: %w", provider.ErrForged, err)
	}
	return proven, nil
}

// checkChain: what comes along with a leaf has to lead up from it. Of PayPal's
// own nothing need come along, and the last that does is taken for the root:
// the trust is in where it was fetched. With CertCA the leaf has to be the CA's.
func (k *certificates) checkChain(c certificate, at time.Time) (span, error) {
	roots := k.ca
	if roots == nil {
		if len(c.rest) == 0 {
			return common([]*x509.Certificate{c.leaf}), nil
		}
		roots = x509.NewCertPool()
		roots.AddCert(c.rest[len(c.rest)-1])
	}
	between := x509.NewCertPool()
	for _, link := range c.rest {
		between.AddCert(link)
	}
	chains, err := c.leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return span{}, err
	}
	return common(chains[0]), nil
}
