package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

const (
	oldSecret = "the-secret-of-last-year-32-bytes-or-more"
	newSecret = "the-secret-of-this-year-32-bytes-or-more"
)

// shop is a Service over a real table, with a provider that opens every order and
// counts them. It may be used by many goroutines.
type shop struct {
	*testing.T
	*checkout.Service
	table  *bolt.Store
	paypal *orderDesk
	faults *faultyStore
	clock  *shopClock
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{T: t, paypal: &orderDesk{}, clock: &shopClock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}}
	table, err := bolt.Open(filepath.Join(t.TempDir(), "table"), s.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	s.table, s.faults = table, &faultyStore{Store: table}
	s.Service = s.another(newSecret, oldSecret)
	return s
}

// another is one more instance over the same table: another process, which has
// nothing in its cache.
func (s *shop) another(quoteSecrets ...string) *checkout.Service {
	s.Helper()
	var secrets [][]byte
	for _, secret := range quoteSecrets {
		secrets = append(secrets, []byte(secret))
	}
	c, err := checkout.New(checkout.Config{
		Stack: "harbour", Store: s.faults, Providers: []provider.Provider{s.paypal}, Clock: s.clock,
		WriteID: s.clock.writeID, Secrets: checkout.Constant(checkout.Secrets{Tokens: [][]byte{make([]byte, 32)}, Quotes: secrets}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

func (s *shop) upload(text string) {
	s.Helper()
	if err := s.try(text); err != nil {
		s.Fatal(err)
	}
}

func (s *shop) try(text string) error {
	list, err := checkout.ReadPriceList([]byte(text))
	if err != nil {
		return err
	}
	return s.PutPriceList(context.Background(), list)
}

// buys is the quote of a cart, as its payment has it.
func (s *shop) buys(in checkout.Purchase) (payment.Quote, error) {
	in.Key, in.Method = fmt.Sprintf("a-key-of-32-characters-or-more-%d", s.clock.count.Add(1)), "paypal"
	p, _, err := s.Create(context.Background(), in)
	return p.Quote, err
}

func wantKind(t *testing.T, name string, err error, want checkout.Kind) {
	t.Helper()
	if err == nil && want != "" || err != nil && checkout.KindOf(err) != want {
		t.Errorf("%s: %v, want kind %q", name, err, want)
	}
}

// orderDesk opens orders. The same request is the same order.
type orderDesk struct {
	provider.Provider
	mu     sync.Mutex
	orders map[string]payment.Quote // by payment and attempt
	asked  int
}

func (d *orderDesk) Name() string    { return "paypal" }
func (d *orderDesk) Account() string { return "test" }

func (d *orderDesk) CreateOrder(_ context.Context, o provider.Order) (payment.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := fmt.Sprint(o.Payment, "-", o.Attempt)
	if d.orders == nil {
		d.orders = map[string]payment.Quote{}
	}
	d.orders[name], d.asked = o.Quote, d.asked+1
	return payment.Snapshot{Provider: "paypal", Account: "test", Order: "ORDER-" + name, State: payment.OrderWaiting,
		Payment: o.Payment, Amount: o.Quote.Total, Approve: "https://pay.example/" + name}, nil
}

func (d *orderDesk) count() (orders, asked int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.orders), d.asked
}

// shopClock moves when somebody moves it.
type shopClock struct {
	mu    sync.Mutex
	now   time.Time
	count atomic.Int64
}

func (c *shopClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *shopClock) Left(time.Time) time.Duration             { return time.Hour }
func (c *shopClock) Sleep(_ context.Context, d time.Duration) { c.move(d) }
func (c *shopClock) writeID() string                          { return fmt.Sprintf("w%d", c.count.Add(1)) }

func (c *shopClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// faultyStore is a store with a hook before each write and after it.
type faultyStore struct {
	store.Store
	before, after func(puts []store.Put) error
}

var errStop = fmt.Errorf("%w: the test stops here", store.ErrUnavailable)

func (f *faultyStore) Write(ctx context.Context, puts ...store.Put) error {
	if f.before != nil {
		if err := f.before(puts); err != nil {
			return err
		}
	}
	err := f.Store.Write(ctx, puts...)
	if f.after != nil {
		err = errors.Join(err, f.after(puts))
	}
	return err
}

// movesPointer reports whether a write puts a list in force.
func movesPointer(puts []store.Put) bool { return puts[0].After.Key == store.PriceListKey() }
