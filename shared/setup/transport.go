package setup

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// Transport is what the table, the secret and every provider are called through:
// connections are kept for the next call, and none is waited for without end.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 8
	t.TLSHandshakeTimeout = 5 * time.Second
	t.ResponseHeaderTimeout = 12 * time.Second
	// A host that is met again costs half a handshake.
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(8)}
	t.ForceAttemptHTTP2 = true // a config of one's own turns it off
	return t
}

// client follows no redirect: it would carry a signature elsewhere.
func client(through http.RoundTripper) *http.Client {
	return &http.Client{Transport: through, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// trusting is a transport like this one that also trusts a CA. It is for a
// simulated PayPal and for nothing else, so it is never the one that AWS is called
// through; where there is no CA it is.
func trusting(t *http.Transport, ca []byte) (*http.Transport, error) {
	if len(ca) == 0 {
		return t, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(ca) // what it holds was checked with the Config
	own := t.Clone()
	own.TLSClientConfig.RootCAs = roots
	return own, nil
}
