package cloud

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Door is an address at which something is served.
type Door struct {
	URL    string // scheme, host and port
	server *http.Server

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// Open serves h at an address such as 127.0.0.1:0 (a free port), over TLS where
// a CA is given. Its certificate is made out to the address and to the other
// hosts named.
func Open(address string, h http.Handler, ca *CA, hosts ...string) (*Door, error) {
	return open(address, &http.Server{Handler: h}, ca, hosts...)
}

func open(address string, server *http.Server, ca *CA, hosts ...string) (*Door, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server.ReadHeaderTimeout = time.Minute
	// A client that is killed in the middle of a handshake is no news here.
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	d := &Door{URL: "http://" + listener.Addr().String(), server: server, conns: map[net.Conn]bool{}}
	server.ConnState = d.note
	if ca == nil {
		go server.Serve(listener)
		return d, nil
	}
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	leaf, err := ca.leaf(append(hosts, host)...)
	if err != nil {
		return nil, err
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}
	d.URL = "https://" + listener.Addr().String()
	go server.ServeTLS(listener, "", "")
	return d, nil
}

func (d *Door) note(c net.Conn, state http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conns[c] = true; state == http.StateClosed {
		delete(d.conns, c)
	}
}

// Drop breaks every connection there is; new ones are welcome.
func (d *Door) Drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		_ = c.Close() // it may be closed already
	}
}

// Close ends every connection.
func (d *Door) Close() { d.server.Close() }

// CA is a certificate authority of this run: nobody trusts it who is not told to.
type CA struct {
	PEM  []byte // its certificate
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewCA makes a CA that is good for a day.
func NewCA() (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &CA{key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA of the simulated providers"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, ca.cert, ca.cert, key.Public(), key)
	if err != nil {
		return nil, err
	}
	ca.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return ca, nil
}

// leaf is a certificate for a server at these names and addresses.
func (ca *CA) leaf(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Simulated provider"},
		NotBefore: ca.cert.NotBefore, NotAfter: ca.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca.cert, key.Public(), ca.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// connContext marks every connection with a value that is asked for when the
// connection is made.
func connContext(key any, value func() any) func(context.Context, net.Conn) context.Context {
	return func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, key, value()) }
}
