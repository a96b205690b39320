package setup

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// dialTime is what opening one connection may take, handshake and all.
	dialTime = 5 * time.Second

	// aheadTime is how long after it was begun a connection may serve its first request.
	// A server may have given it up by then, and a capture sent into it would be an
	// unknown outcome; or the container was frozen while it was opened.
	aheadTime = 10 * time.Second
)

// ahead opens TLS connections before they are asked for. A first answer takes a
// request to the secret, one to the provider for a token, and so on, each after the
// one before: their handshakes need not wait for each other.
type ahead struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	now  func() time.Time // wall time

	mu    sync.Mutex
	begun map[string]*opening // by host and port
}

// opening is one connection on its way.
type opening struct {
	began time.Time
	done  chan struct{} // closed when it is open or has failed
	conn  net.Conn      // read these when done is closed
	err   error
}

// connectAhead makes a transport take the connections that are opened ahead.
func connectAhead(t *http.Transport, now func() time.Time) *ahead {
	config := t.TLSClientConfig.Clone()
	config.NextProtos = []string{"h2", "http/1.1"} // a transport that dials itself adds them
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTime}, Config: config}
	a := &ahead{dial: dialer.DialContext, now: now, begun: map[string]*opening{}}
	t.DialTLSContext = a.connect
	return a
}

// begin opens a connection to an origin and waits for nothing. An origin without TLS
// is on this machine and near enough.
func (a *ahead) begin(origin string) {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" {
		return
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "443")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.begun[address]; old != nil {
		if a.fresh(old) {
			return
		}
		go old.drop()
	}
	o := &opening{began: a.now(), done: make(chan struct{})}
	a.begun[address] = o
	go a.open(o, address)
}

func (a *ahead) fresh(o *opening) bool { return within(a.now(), o.began, aheadTime) }

func (a *ahead) open(o *opening, address string) {
	defer close(o.done)
	ctx, cancel := context.WithTimeout(context.Background(), dialTime)
	defer cancel()
	o.conn, o.err = a.dial(ctx, "tcp", address)
}

// connect is the transport's way to a connection: one that was begun ahead, if it is
// there and fresh, and a new one otherwise.
func (a *ahead) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if o := a.take(address); o != nil && !a.fresh(o) {
		go o.drop()
	} else if o != nil {
		select {
		case <-o.done:
		case <-ctx.Done():
			go o.drop()
			return nil, context.Cause(ctx)
		}
		if o.err == nil {
			return o.conn, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	return a.dial(ctx, network, address)
}

func (a *ahead) take(address string) *opening {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.begun[address]
	delete(a.begun, address)
	return o
}

// drop closes the connection, once it is there.
func (o *opening) drop() {
	<-o.done
	if o.conn != nil {
		o.conn.Close()
	}
}
