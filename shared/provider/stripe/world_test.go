package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// What every test speaks of.
const (
	testPayment = "sc0123456789abcdefghijklmnop"
	testKey     = "sk_test_that_no_text_may_show"
	testSigning = "whsec_that_no_text_may_show"
)

var testTime = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a simulated Stripe and our client of it, at one clock.
type world struct {
	t      *testing.T
	stripe *Stripe
	sim    *sim.Simulator
	url    string
	own    http.RoundTripper

	mu    sync.Mutex
	clock time.Time
	key   Credentials
	newer Credentials // found where the key is refused
}

func newWorld(t *testing.T) *world { return newWorldOf(t, 7) }

// newWorldOf is a world whose ids and chance faults come from a seed.
func newWorldOf(t *testing.T, seed int64) *world {
	t.Helper()
	w := &world{t: t, clock: testTime, key: Credentials{Key: testKey, Signing: testSigning}}
	w.sim = sim.New(sim.Config{Seed: seed, Now: w.now, Key: testKey, Sleep: func(ctx context.Context, d time.Duration) {
		if d > time.Minute { // an answer that never comes
			<-ctx.Done()
		}
	}})
	server := httptest.NewServer(watched(t, w.sim))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.sim.SetPublicURL(server.URL)
	own := http.DefaultTransport.(*http.Transport).Clone() // of its own, so that no test meets another's connections
	t.Cleanup(own.CloseIdleConnections)
	w.own = own
	w.stripe = w.client(func(*Config) {})
	return w
}

// client is one more client of the same Stripe.
func (w *world) client(change func(*Config)) *Stripe {
	w.t.Helper()
	c := Config{
		API: w.url, Pages: w.url, Credentials: w.credentials, Brand: "Corner Shop", BankCountry: "DE",
		ReturnURL: "https://shop.example/?checkout=return", CancelURL: "https://shop.example/?checkout=cancel",
		Transport: w.own, Now: w.now,
	}
	change(&c)
	s, err := New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) credentials(_ context.Context, refused Credentials) (Credentials, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if refused.Key != "" && refused.Key == w.key.Key && w.newer.Key != "" {
		w.key = w.newer
	}
	return w.key, nil
}

// order is a purchase in one line.
func order(method string, total money.Amount) provider.Order {
	return provider.Order{
		Payment: testPayment, Attempt: 1, Method: method, Reference: "A-17", Language: "de",
		Quote: payment.Quote{Total: total, Lines: []payment.Line{{SKU: "MUG", Name: "Mug", Quantity: 1, Unit: total}}},
	}
}

// open opens a session.
func (w *world) open(method string, total money.Amount) payment.Snapshot {
	w.t.Helper()
	s, err := w.stripe.CreateOrder(w.t.Context(), order(method, total))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// look asks for a session.
func (w *world) look(id string) payment.Snapshot {
	w.t.Helper()
	s, err := w.stripe.Look(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// paid is a session that was opened and paid by card.
func (w *world) paid(total money.Amount) payment.Snapshot {
	w.t.Helper()
	s := w.open("card", total)
	w.must(w.sim.Pay(s.Order, sim.Instrument{}))
	return w.look(s.Order)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refund gives back a part of the one capture there is.
func (w *world) refund(s payment.Snapshot, id string, amount money.Amount) (payment.Refund, error) {
	w.t.Helper()
	if len(s.Captures) != 1 {
		w.t.Fatalf("there are %d captures", len(s.Captures))
	}
	return w.stripe.Refund(w.t.Context(), provider.Refund{Capture: s.Captures[0].ID, ID: testPayment + "-" + id, Amount: amount, Remark: "sorry"})
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// wantClass checks that an error is of the closed set and of this class, and gives it
// back for what else is to be said of it. No text of it shows a secret.
func wantClass(t *testing.T, err error, class provider.Class) *provider.Error {
	t.Helper()
	var failed *provider.Error
	if !errors.As(err, &failed) {
		t.Fatalf("error %v (%T) is not a provider.Error", err, err)
	}
	if failed.Class != class {
		t.Errorf("class %q, want %q: %v", failed.Class, class, err)
	}
	if strings.Contains(err.Error(), "that_no_text_may_show") {
		t.Errorf("a secret is shown: %v", err)
	}
	return failed
}

// wantCapture checks the one capture there is.
func wantCapture(t *testing.T, s payment.Snapshot, state payment.State, amount money.Amount) payment.Capture {
	t.Helper()
	if len(s.Captures) != 1 {
		t.Fatalf("there are %d captures in %+v", len(s.Captures), s)
	}
	c := s.Captures[0]
	if c.State != state || c.Amount != amount || c.Order != s.Order {
		t.Errorf("the capture is %s of %s, want %s of %s", c.State, c.Amount, state, amount)
	}
	return c
}
