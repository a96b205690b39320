package providertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// wire is the way between a client and the simulator: it counts, and breaks where a
// simulator alone cannot break it.
type wire struct {
	kept, fresh *http.Transport
	asFresh     atomic.Bool // no connection is used twice, so that net/http repeats nothing
	down        atomic.Bool // nobody can be reached
	asPage      atomic.Bool // an answer of the wrong shape is a page for people
	sent        atomic.Int64
	waits       atomic.Pointer[func(ctx context.Context, d time.Duration)]
	serving     sync.WaitGroup // what the simulator is still about
}

func newWire() *wire {
	w := &wire{kept: http.DefaultTransport.(*http.Transport).Clone(), fresh: http.DefaultTransport.(*http.Transport).Clone()}
	w.fresh.DisableKeepAlives = true
	return w
}

func (w *wire) close() {
	w.kept.CloseIdleConnections()
	w.fresh.CloseIdleConnections()
}

// restore is a wire that breaks nothing.
func (w *wire) restore() {
	w.asFresh.Store(false)
	w.asPage.Store(false)
	w.waits.Store(nil)
}

// RoundTrip is the client's side.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.sent.Add(1)
	switch {
	case w.down.Load():
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case w.asFresh.Load():
		return w.fresh.RoundTrip(r)
	}
	return w.kept.RoundTrip(r)
}

// wrongShape is how both simulators spoil an answer into another one.
const wrongShape = `{"unrelated":1}`

const page = "<!doctype html><title>Log in</title><p>Please log in to go on."

// serve is the simulator's side.
func (w *wire) serve(simulator http.Handler, out http.ResponseWriter, r *http.Request) {
	w.serving.Add(1)
	defer w.serving.Done()
	if !w.asPage.Load() {
		simulator.ServeHTTP(out, r)
		return
	}
	answer := httptest.NewRecorder()
	simulator.ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	if string(bytes.TrimSpace(body)) == wrongShape {
		body = []byte(page)
		answer.Header().Set("Content-Type", "text/html")
	}
	for name, values := range answer.Header() {
		if name != "Content-Length" {
			out.Header()[name] = values
		}
	}
	out.WriteHeader(answer.Code)
	_, _ = out.Write(body)
}

// sleep is how the simulator waits: not at all, so that an answer that never comes is a
// connection that closes; or as a case says.
func (w *wire) sleep(ctx context.Context, d time.Duration) {
	if waits := w.waits.Load(); waits != nil {
		(*waits)(ctx, d)
	}
}

// ears are the webhook's function.
type ears struct {
	mu     sync.Mutex
	answer int
	heard  []hearing
}

type hearing struct {
	ring provider.Ring
	err  error
}

func (e *ears) hear(bell provider.Doorbell, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h := hearing{err: err}
	if err == nil {
		h.ring, h.err = bell.Hear(r.Context(), provider.Delivery{Header: r.Header.Get, Body: body})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, h)
	w.WriteHeader(e.answer)
}
