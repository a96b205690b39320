package setup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// coldProvider has something to fetch before its first call.
type coldProvider struct {
	provider.Provider
	warmed chan struct{}
	fault  error
}

func (p *coldProvider) Name() string { return "cold" }
func (p *coldProvider) Warm(context.Context) error {
	defer func() { p.warmed <- struct{}{} }()
	return p.fault
}

// plainProvider has not.
type plainProvider struct{ provider.Provider }

func (plainProvider) Name() string { return "plain" }

// strayProvider is one that the secret has nothing for.
type strayProvider struct{ *coldProvider }

func (strayProvider) Name() string { return stripe.Name }

// TestWarmUpOfAProviderWithoutItsSecret: it is not called, and one clear line says why.
func TestWarmUpOfAProviderWithoutItsSecret(t *testing.T) {
	var said bytes.Buffer
	cold := &coldProvider{warmed: make(chan struct{}, 2)}
	w := &warmUp{
		secrets:   func(context.Context, *Secrets) (*Secrets, error) { return &Secrets{}, nil },
		providers: []provider.Provider{strayProvider{cold}, cold}, now: time.Now, log: Logger(&said),
	}
	w.fetch()
	if len(cold.warmed) != 1 {
		t.Errorf("%d providers were warmed, and one has a secret", len(cold.warmed))
	}
	if text := said.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "switched off") || !strings.Contains(text, "stripe_key") {
		t.Errorf("it says %s", text)
	}
}

// TestWarmUpWaitsForNothing, shares the reading with the request that needs it, and
// goes on to the providers when the secret is there.
func TestWarmUpWaitsForNothing(t *testing.T) {
	b := newBox(t)
	hold := make(chan struct{})
	b.hold = hold
	cold := &coldProvider{warmed: make(chan struct{})}
	w := &warmUp{secrets: b.secrets, providers: []provider.Provider{plainProvider{}, cold}, now: b.now, log: b.log}
	w.begin() // returns while the reading hangs, or this test does
	for b.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(hold)
	b.wants(nil, canaryClient, 1)
	<-cold.warmed
	b.wants(nil, canaryClient, 1)
}

// TestWarmUpFails without a word, but for whoever looks for it.
func TestWarmUpFails(t *testing.T) {
	var said bytes.Buffer
	cold := &coldProvider{warmed: make(chan struct{}, 1), fault: errors.New("no token")}
	var fault error
	w := &warmUp{
		secrets:   func(context.Context, *Secrets) (*Secrets, error) { return &Secrets{}, fault },
		providers: []provider.Provider{cold}, now: time.Now, log: Logger(&said),
	}
	w.fetch()
	fault = errors.New("no secret")
	w.fetch()
	if len(cold.warmed) != 1 {
		t.Error("a provider was called without a secret")
	}
	if said.Len() != 0 {
		t.Errorf("it says %s", &said)
	}
	w.log = slog.New(slog.NewJSONHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	<-cold.warmed
	fault = nil
	w.fetch()
	if !strings.Contains(said.String(), "no token") {
		t.Errorf("at debug level it says %q", &said)
	}
}

// TestThawClosesIdleConnections: what lay idle through a freeze is not trusted with
// a call; what lay idle for a moment is.
func TestThawClosesIdleConnections(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	b := newBox(t)
	web := Transport()
	w := &warmUp{secrets: b.secrets, idle: []*http.Transport{web}, now: b.now, log: b.log}
	call := func() {
		t.Helper()
		got, err := (&http.Client{Transport: web}).Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, got.Body)
		got.Body.Close()
	}
	for _, step := range []struct {
		after  time.Duration
		opened int32
	}{{0, 1}, {idleTime - 1, 1}, {idleTime, 2}, {time.Hour, 3}, {0, 3}} {
		b.move(step.after)
		w.begin()
		call()
		if n := opened.Load(); n != step.opened {
			t.Errorf("%v later: %d connections, want %d", step.after, n, step.opened)
		}
	}
	web.CloseIdleConnections()
}
