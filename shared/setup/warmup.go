package setup

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const (
	// warmingTime is what one warm-up may take.
	warmingTime = 5 * time.Second

	// headStart is what a container that starts has before it is warmed: to ask for its
	// first invocation, which the work of a TLS handshake would delay. An invocation
	// that comes earlier begins the warm-up itself.
	headStart = 5 * time.Millisecond

	// idleTime is how long a connection may have lain idle. A container is frozen
	// between two invocations: what a server or a router in between did meanwhile is
	// not heard of, and a capture sent into a dead connection is an unknown outcome.
	idleTime = time.Minute
)

// warmUp fetches in the background what a request is going to need: the secret and
// the providers' tokens, and with them the connections. A request that needs one
// meanwhile waits for the same; one that finds nothing fetches it itself, so what
// fails here is only worth a line for who looks for it.
type warmUp struct {
	secrets   SecretSource
	providers []provider.Provider // that will be called
	connect   func()              // opens connections ahead and waits for none; may be nil
	idle      []*http.Transport
	now       func() time.Time // wall time
	log       *slog.Logger

	mu        sync.Mutex
	last      time.Time // when it last began
	connected bool      // since the start, or the last thaw
}

// warmer is a provider that has something to fetch before its first call.
type warmer interface {
	Warm(ctx context.Context) error
}

// start is for the start of a container. It waits for nothing.
func (w *warmUp) start() { time.AfterFunc(headStart, w.fetch) }

// begin is for the start of each invocation. It waits for nothing.
func (w *warmUp) begin() {
	if w.wasFrozen() {
		for _, t := range w.idle {
			t.CloseIdleConnections()
		}
	}
	go w.fetch()
}

func (w *warmUp) wasFrozen() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	frozen := !w.last.IsZero() && !within(now, w.last, idleTime)
	w.last = now
	w.connected = w.connected && !frozen
	return frozen
}

// connectOnce opens the connections that nobody has opened yet: those that come after
// are kept between requests.
func (w *warmUp) connectOnce() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.connect != nil && !w.connected {
		w.connected = true
		w.connect()
	}
}

func (w *warmUp) fetch() {
	w.connectOnce()
	ctx, cancel := context.WithTimeout(context.Background(), warmingTime)
	defer cancel()
	held, err := w.secrets(ctx, nil)
	if err != nil {
		w.log.Debug("warm-up", "error", err)
		return
	}
	for _, p := range w.providers {
		if lacks := held.missing(p.Name()); lacks != "" {
			w.log.Warn("a provider is switched off: the secret lacks what it needs", "provider", p.Name(), "missing", lacks)
			continue
		}
		if cold, ok := p.(warmer); ok {
			if err := cold.Warm(ctx); err != nil {
				w.log.Debug("warm-up", "provider", p.Name(), "error", err)
			}
		}
	}
}
