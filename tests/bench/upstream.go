package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// upstreams are what every function calls, ours and those it is compared with: the
// table, the secret, PayPal and Stripe, each over TLS and each as far away as delay says.
type upstreams struct {
	table, secret, paypal, stripe *upstream

	delay atomic.Int64 // ns per round trip

	mu       sync.Mutex
	recorded []call // while recording
	records  bool
}

// upstream is one of them.
type upstream struct {
	origin string
	server *http.Server
}

// call is a request as it came in.
type call struct {
	URL    string      `json:"url"`
	Method string      `json:"method"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// serve opens a door on this machine. AWS's endpoints of DynamoDB and Secrets
// Manager speak HTTP/1.1; of PayPal HTTP/2 is assumed, which its content network
// offers, and of Stripe, whose own library minds what HTTP/2 does to a request that is
// used twice (stripe-go, issue 642).
func (u *upstreams) serve(c chain, h http.Handler, http2 bool) (*upstream, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	up := &upstream{origin: "https://" + listener.Addr().String()}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	up.server = &http.Server{
		Handler: u.far(up.origin, h), Protocols: protocols,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{c.shown}}, ReadHeaderTimeout: patience,
		// A process that is killed leaves its connections in the middle.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go up.server.ServeTLS(farListener{listener, u}, "", "")
	return up, nil
}

// far answers after one round trip.
func (u *upstreams) far(origin string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.wait(1)
		u.record(origin, r)
		h.ServeHTTP(w, r)
	})
}

func (u *upstreams) wait(trips int64) {
	if d := time.Duration(u.delay.Load() * trips); d > 0 {
		time.Sleep(d)
	}
}

// record keeps a request, if it is asked for.
func (u *upstreams) record(origin string, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.records {
		return
	}
	body, _ := io.ReadAll(r.Body) // what is cut off fails in the handler
	r.Body = io.NopCloser(bytes.NewReader(body))
	u.recorded = append(u.recorded, call{origin + r.URL.RequestURI(), r.Method, r.Header.Clone(), body})
}

// during are the calls made while something is done.
func (u *upstreams) during(do func() error) ([]call, error) {
	u.mu.Lock()
	u.records, u.recorded = true, nil
	u.mu.Unlock()
	err := do()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.records = false
	return u.recorded, err
}

func (u *upstreams) close() {
	for _, up := range []*upstream{u.table, u.secret, u.paypal, u.stripe} {
		if up != nil {
			up.server.Close()
		}
	}
}

// farListener makes a new connection cost its two round trips, TCP's and TLS's,
// before the first byte is read.
type farListener struct {
	net.Listener
	of *upstreams
}

func (l farListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &farConn{Conn: c, of: l.of}, nil
}

type farConn struct {
	net.Conn
	of   *upstreams
	once sync.Once
}

func (c *farConn) Read(b []byte) (int, error) {
	c.once.Do(func() { c.of.wait(2) })
	return c.Conn.Read(b)
}
