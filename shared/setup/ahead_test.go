package setup

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// far is a server with TLS that counts the connections to it.
type far struct {
	*httptest.Server
	opened atomic.Int32
	web    *http.Transport
	ahead  *ahead
	box    *box
}

func newFar(t *testing.T, http2 bool) *far {
	f := &far{box: newBox(t)}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	f.EnableHTTP2 = http2
	f.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			f.opened.Add(1)
		}
	}
	f.StartTLS()
	f.web = Transport()
	f.web.TLSClientConfig.RootCAs = f.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	f.ahead = connectAhead(f.web, f.box.now)
	t.Cleanup(func() {
		f.web.CloseIdleConnections()
		if o := f.ahead.take(f.Listener.Addr().String()); o != nil {
			o.drop()
		}
		f.Close()
	})
	return f
}

// settled waits until what was begun ahead is open or has failed.
func (f *far) settled() {
	f.ahead.mu.Lock()
	o := f.ahead.begun[f.Listener.Addr().String()]
	f.ahead.mu.Unlock()
	<-o.done
}

func (f *far) wants(t *testing.T, protocol string, opened int32) {
	t.Helper()
	got, err := (&http.Client{Transport: f.web}).Get(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(got.Body)
	if err != nil || got.Body.Close() != nil || string(text) != protocol {
		t.Errorf("answered by %s, %v; want %s", text, err, protocol)
	}
	if n := f.opened.Load(); n != opened {
		t.Errorf("%d connections, want %d", n, opened)
	}
}

// TestAheadIsTaken by the first request, in either protocol, and once.
func TestAheadIsTaken(t *testing.T) {
	for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		f := newFar(t, http2)
		f.ahead.begin(f.URL)
		f.ahead.begin(f.URL)
		f.settled()
		f.wants(t, protocol, 1)
		f.wants(t, protocol, 1)
		f.web.CloseIdleConnections()
		f.wants(t, protocol, 2)
	}
}

// TestAheadIsWaitedFor by a request that comes while it is on its way.
func TestAheadIsWaitedFor(t *testing.T) {
	f := newFar(t, false)
	dial, hold := f.ahead.dial, make(chan struct{})
	f.ahead.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		<-hold
		return dial(ctx, network, address)
	}
	f.ahead.begin(f.URL)
	time.AfterFunc(10*time.Millisecond, func() { close(hold) })
	f.wants(t, "HTTP/1.1", 1)
}

// TestAheadGivesWay: what is stale, or failed, or has not come in time costs nobody a
// request.
func TestAheadGivesWay(t *testing.T) {
	f := newFar(t, false)
	f.ahead.begin(f.URL)
	f.settled()
	f.box.move(aheadTime)
	f.wants(t, "HTTP/1.1", 2)

	f = newFar(t, false)
	whole := f.ahead.dial
	f.ahead.dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	f.ahead.begin(f.URL)
	f.settled()
	f.ahead.dial = whole
	f.wants(t, "HTTP/1.1", 1)

	// One that hangs since before a freeze is not waited for, and is begun anew.
	f = newFar(t, false)
	dial, first, frozen := f.ahead.dial, make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	f.ahead.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if calls.Add(1) > 1 {
			return dial(ctx, network, address)
		}
		close(first)
		<-frozen
		return nil, errors.New("frozen")
	}
	f.ahead.begin(f.URL)
	<-first
	f.box.move(aheadTime)
	f.wants(t, "HTTP/1.1", 1)
	f.web.CloseIdleConnections()
	f.ahead.begin(f.URL)
	f.settled()
	f.box.move(aheadTime)
	f.ahead.begin(f.URL)
	f.settled()
	f.wants(t, "HTTP/1.1", 3)
	close(frozen)

	f = newFar(t, false)
	hold := make(chan struct{})
	f.ahead.dial = func(context.Context, string, string) (net.Conn, error) { <-hold; return nil, errors.New("too late") }
	f.ahead.begin(f.URL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.ahead.connect(ctx, "tcp", f.Listener.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was given up got %v", err)
	}
	close(hold)
}

// TestAheadIsForTLSAlone: what is no https origin is left to the transport.
func TestAheadIsForTLSAlone(t *testing.T) {
	f := newFar(t, false)
	for _, origin := range []string{"", "http://127.0.0.1:8000", "://", "127.0.0.1:443"} {
		f.ahead.begin(origin)
	}
	if len(f.ahead.begun) != 0 {
		t.Errorf("%d connections were begun", len(f.ahead.begun))
	}
}

// TestWarmUpConnectsOnce for a container's life between two freezes.
func TestWarmUpConnectsOnce(t *testing.T) {
	b := newBox(t)
	var connected atomic.Int32
	w := &warmUp{
		secrets: closed, now: b.now, log: b.log,
		connect: func() { connected.Add(1) },
	}
	for i, step := range []struct {
		after time.Duration
		want  int32
	}{{0, 1}, {0, 1}, {idleTime - 1, 1}, {idleTime, 2}, {0, 2}} {
		b.move(step.after)
		w.wasFrozen() // as begin does
		w.fetch()
		if n := connected.Load(); n != step.want {
			t.Errorf("step %d: connected %d times, want %d", i, n, step.want)
		}
	}
}
