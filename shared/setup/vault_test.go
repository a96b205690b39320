package setup

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// box is a vault over a secret that a test changes, with a clock it moves.
type box struct {
	*vault
	t *testing.T

	mu    sync.Mutex
	clock time.Time
	text  []byte
	fault error
	reads int
	hold  chan struct{} // a reading waits for it
	said  bytes.Buffer
}

func newBox(t *testing.T) *box {
	b := &box{t: t, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	b.put(canaryClient)
	b.vault = &vault{name: "shop-AbCdEf", fetch: b.fetch, now: b.now, log: slog.New(slog.NewJSONHandler(&b.said, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	return b
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *box) move(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// put changes the secret: another client secret.
func (b *box) put(clientSecret string) {
	secret := goodSecret()
	secret["paypal_client_secret"] = clientSecret
	text := textOf(b.t, secret)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = text
}

func (b *box) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = err
}

func (b *box) fetch(ctx context.Context) ([]byte, error) {
	b.mu.Lock()
	b.reads++
	text, fault, hold := b.text, b.fault, b.hold
	b.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return text, fault
}

func (b *box) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}

// wants asks and checks what is given and how often the secret was read so far.
func (b *box) wants(unfit *Secrets, clientSecret string, reads int) *Secrets {
	b.t.Helper()
	got, err := b.secrets(b.t.Context(), unfit)
	if err != nil || got.PayPal.Secret != clientSecret {
		b.t.Errorf("got another secret, or none: %v", err)
	}
	if n := b.count(); n != reads {
		b.t.Errorf("the secret was read %d times, want %d", n, reads)
	}
	return got
}

func TestSecretIsKeptFiveMinutes(t *testing.T) {
	b := newBox(t)
	b.wants(nil, canaryClient, 1)
	b.put("newer")
	b.move(secretLife - 1)
	b.wants(nil, canaryClient, 1)
	b.move(1)
	b.wants(nil, "newer", 2)
	b.move(-time.Hour) // a clock that was set back makes it stale
	b.wants(nil, "newer", 3)
}

func TestOlderSecretServesWhileNoneCanBeRead(t *testing.T) {
	b := newBox(t)
	b.wants(nil, canaryClient, 1)
	b.fail(errors.New("no route"))
	b.move(secretLife)
	b.wants(nil, canaryClient, 2)
	b.wants(nil, canaryClient, 2) // and not again at once
	b.move(rereadPause)
	b.wants(nil, canaryClient, 3)
	b.fail(nil)
	b.put("newer")
	b.move(rereadPause)
	b.wants(nil, "newer", 4)
	if said := b.said.String(); strings.Count(said, "secret not read") != 2 || !strings.Contains(said, "shop-AbCdEf") || strings.Contains(said, "CANARY") {
		t.Errorf("the log: %s", said)
	}
}

// TestFaultySecretChangesNothing: somebody saved a secret that cannot be used.
func TestFaultySecretChangesNothing(t *testing.T) {
	b := newBox(t)
	b.wants(nil, canaryClient, 1)
	b.mu.Lock()
	b.text = []byte(`{"token_secrets":"CANARY"}`)
	b.mu.Unlock()
	b.move(secretLife)
	b.wants(nil, canaryClient, 2)
	if said := b.said.String(); !strings.Contains(said, "token_secrets: a secret is shorter") || !strings.Contains(said, "paypal_client_id is missing") || strings.Contains(said, "CANARY") {
		t.Errorf("the log: %s", said)
	}
}

func TestNoSecretYet(t *testing.T) {
	b := newBox(t)
	b.fail(errors.New("no route"))
	for range 3 {
		if _, err := b.secrets(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "shop-AbCdEf: no route") {
			t.Error(err)
		}
	}
	if n := b.count(); n != 1 {
		t.Errorf("read %d times", n)
	}
	b.fail(nil)
	b.move(retryPause)
	b.wants(nil, canaryClient, 2)
}

// TestUnfitSecretIsReadAgain: at once, but only once in ten seconds, however many
// ask; what is found the same stays the same.
func TestUnfitSecretIsReadAgain(t *testing.T) {
	b := newBox(t)
	held := b.wants(nil, canaryClient, 1)
	if same := b.wants(held, canaryClient, 2); same != held {
		t.Error("the same secret is another one")
	}
	b.put("newer")
	for range 1000 {
		b.wants(held, canaryClient, 2)
	}
	b.move(rereadPause)
	newer := b.wants(held, "newer", 3)
	b.wants(held, "newer", 3)  // whoever comes late with the old one is given the new one
	b.wants(newer, "newer", 3) // and the new one is not doubted so soon
}

func TestOneReadingServesAll(t *testing.T) {
	b := newBox(t)
	hold := make(chan struct{})
	b.hold = hold
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := b.secrets(t.Context(), nil); err != nil || got.PayPal.Secret != canaryClient {
				t.Error(err)
			}
		})
	}
	for b.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	// Whoever gives up waiting leaves the reading to the others.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.secrets(ctx, nil); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "shop-AbCdEf") {
		t.Error(err)
	}
	close(hold)
	all.Wait()
	b.wants(nil, canaryClient, 1)
}

// TestPatience: a Secrets Manager that hangs holds nobody up for long who has an
// older secret.
func TestPatience(t *testing.T) {
	b := newBox(t)
	b.wants(nil, canaryClient, 1)
	b.hold = make(chan struct{})
	b.move(secretLife)
	b.wants(nil, canaryClient, 2)
}

// TestFrozenReading: a reading that was under way when its container was frozen is
// given up for a new one, and what it still brings is not believed.
func TestFrozenReading(t *testing.T) {
	b := newBox(t)
	hold := make(chan struct{})
	b.hold = hold
	given := make(chan error)
	go func() {
		_, err := b.secrets(context.WithoutCancel(t.Context()), nil)
		given <- err
	}()
	for b.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	b.mu.Lock()
	b.hold = nil
	b.mu.Unlock()
	b.put("newer")
	b.move(time.Hour)
	b.wants(nil, "newer", 2)
	close(hold)
	if err := <-given; err != nil {
		t.Errorf("who waited for the frozen one: %v", err)
	}
	b.wants(nil, "newer", 2)
}

// TestVaultUnderLoad is for the race detector: secrets change, fail and are doubted
// while many ask.
func TestVaultUnderLoad(t *testing.T) {
	b := newBox(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			var last *Secrets
			for n := range 200 {
				switch {
				case i == 0:
					b.put(strings.Repeat("x", 1+n%5))
				case i == 1:
					b.move(3 * time.Second)
				case i == 2:
					b.fail([]error{nil, errors.New("no route")}[n%2])
				}
				if got, err := b.secrets(t.Context(), last); err == nil {
					last = got
				}
			}
		})
	}
	all.Wait()
}
