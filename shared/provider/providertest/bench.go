package providertest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// bench is what a case works at: one fresh world, a client of it, its clock, and the wire
// between the two.
type bench struct {
	*testing.T
	World
	subject Subject
	plain   Purchase
	client  provider.Provider
	clock   *clock
	wire    *wire
	ears    *ears
	begun   int    // payments
	giveUp  func() // ends the time of the client that asks just now
}

var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, s Subject) *bench {
	t.Helper()
	b := &bench{T: t, subject: s, plain: s.Purchases[0], clock: &clock{now: start}, ears: &ears{answer: http.StatusOK}}
	simulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.wire.serve(b.World, w, r) }))
	webhook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.ears.hear(b.bell(), w, r) }))
	b.wire = newWire()
	t.Cleanup(func() {
		b.wire.close()
		simulator.Close()
		webhook.Close()
	})
	b.World = s.Open(t, Setting{Now: b.clock.Now, Sleep: b.wire.sleep, URL: simulator.URL, Webhook: webhook.URL, Transport: b.wire})
	b.client = b.Client()
	return b
}

// clock is the time for both sides; a case moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// delivered is what was heard of all that is due.
func (b *bench) delivered() []provider.Ring {
	b.Helper()
	b.Deliver()
	b.ears.mu.Lock()
	defer b.ears.mu.Unlock()
	var rings []provider.Ring
	for _, h := range b.ears.heard {
		if h.err != nil {
			b.Errorf("a delivery of the provider's is not heard: %v", h.err)
		}
		rings = append(rings, h.ring)
	}
	b.ears.heard = nil
	return rings
}

func (b *bench) bell() provider.Doorbell { return b.client.(provider.Doorbell) }

// sale is one purchase and how far it is.
type sale struct {
	Purchase
	provider.Order
	id      string // the provider's, of the order
	opened  payment.Snapshot
	paid    payment.Snapshot // once the buyer has paid, and before anything was captured
	capture payment.Capture  // once it is taken
}

// payment is the payment as our books would have it before anything was captured.
func (s sale) payment() payment.Payment {
	p := payment.Payment{ID: s.Order.Payment, Quote: s.Quote}.Begin(s.opened.Provider, s.Order.Method, s.opened, start)
	if s.paid.Order == "" {
		return p
	}
	return payment.Observe(p, s.paid)
}

// intent is what a shop asks for; each has a payment of its own.
func (b *bench) intent(p Purchase) provider.Order {
	b.begun++
	return provider.Order{
		Payment: "sc0123456789abcdefghijklmn" + string(rune('a'+b.begun/26%26)) + string(rune('a'+b.begun%26)), Attempt: 1,
		Method: p.Method, Country: p.Country, Reference: "A-17", Language: "de",
		Payer: provider.Payer{Name: "Ada Buyer", Email: "ada@buyer.example"},
		Quote: payment.Quote{Total: p.Total, Lines: []payment.Line{{SKU: "MUG", Name: "Mug", Quantity: 1, Unit: p.Total}}},
	}
}

// opens opens an order for a purchase.
func (b *bench) opens(p Purchase) sale {
	b.Helper()
	s := sale{Purchase: p, Order: b.intent(p)}
	s.opened = b.create(s.Order)
	s.id = s.opened.Order
	return s
}

func (b *bench) create(o provider.Order) payment.Snapshot {
	b.Helper()
	opened, err := b.client.CreateOrder(b.Context(), o)
	if err != nil {
		b.Fatalf("an order is not opened: %v", err)
	}
	return opened
}

func (b *bench) look(order string) payment.Snapshot {
	b.Helper()
	s, err := b.client.Look(b.Context(), order)
	if err != nil {
		b.Fatalf("a look fails: %v", err)
	}
	return s
}

// takes is the shop's part after the buyer's: to capture, where the provider waits for it.
func (b *bench) takes(s sale) (payment.Snapshot, error) {
	if s.opened.SelfCompleting {
		return b.client.Look(b.Context(), s.id)
	}
	return b.client.Capture(b.Context(), s.captures(0))
}

// captures is the intent to capture; k rises with each refusal.
func (s sale) captures(k int) provider.Capture {
	return provider.Capture{Order: s.id, RequestID: s.Order.Payment + "-c1-" + string(rune('0'+k))}
}

// buys is a purchase that is paid for: opened, paid, taken and arrived.
func (b *bench) buys(p Purchase) sale {
	b.Helper()
	s := b.opens(p)
	b.must(b.Pay(s.id, p))
	b.clock.move(time.Second)
	s.paid = b.look(s.id) // nothing is taken but after a look
	_, err := b.takes(s)
	b.must(err)
	if p.Awaited {
		b.must(b.Conclude(s.id, true))
	}
	s.capture = b.captured(s, payment.Completed)
	return s
}

// captured holds that a look finds one capture, of the whole purchase, in a state.
func (b *bench) captured(s sale, state payment.State) payment.Capture {
	b.Helper()
	got := b.look(s.id)
	if len(got.Captures) != 1 || !got.Fits(payment.Payment{ID: s.Order.Payment, Quote: s.Quote}) {
		b.Fatalf("a look finds %+v", got)
	}
	c := got.Captures[0]
	if c.State != state || c.Amount != s.Total || c.Order != s.id || c.ID == "" {
		b.Fatalf("the capture is %s of %s, want %s of %s: %+v", c.State, c.Amount, state, s.Total, c)
	}
	return c
}

// refund is the intent to give back a part of a sale; the name is the intent's.
func (s sale) refund(name string, minor int64) provider.Refund {
	return provider.Refund{
		Capture: s.capture.ID, ID: s.Order.Payment + "-" + name, Amount: money.New(minor, s.Total.Currency), Remark: "Sorry & goodbye",
	}
}

func (b *bench) refunds(r provider.Refund) payment.Refund {
	b.Helper()
	got, err := b.client.Refund(b.Context(), r)
	if err != nil {
		b.Fatalf("a refund fails: %v", err)
	}
	return got
}

// half is about the half of what was paid, in whole units of any provider's.
func (s sale) half() int64 { return s.Total.Minor / 200 * 100 }

// stands holds the provider's books of a sale: what was taken, how often, and so on.
func (b *bench) stands(s sale, taken int64, charges int, given int64, refunds int) {
	b.Helper()
	want := Books{money.New(taken, s.Total.Currency), money.New(given, s.Total.Currency), charges, refunds}
	got := b.Books(s.Order.Payment)
	if got == (Books{}) {
		got.Taken, got.Given = money.Zero(s.Total.Currency), money.Zero(s.Total.Currency) // never heard of it
	}
	if got != want {
		b.Errorf("the provider's books have %+v, want %+v", got, want)
	}
}

// paidOnce holds that the whole was taken once, and nothing given back.
func (b *bench) paidOnce(s sale) {
	b.Helper()
	b.stands(s, s.Total.Minor, 1, 0, 0)
}

// sends holds how many calls something takes.
func (b *bench) sends(n int64, do func()) {
	b.Helper()
	before := b.wire.sent.Load()
	do()
	if got := b.wire.sent.Load() - before; got != n {
		b.Errorf("%d calls were sent, want %d", got, n)
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// fails holds an error against the closed set: it is of this class, and shows no secret.
func (b *bench) fails(err error, classes ...provider.Class) *provider.Error {
	b.Helper()
	var failed *provider.Error
	if !errors.As(err, &failed) {
		b.Fatalf("the error %v (%T) is none of the seam's, want %q", err, err, classes)
	}
	if !slices.Contains(classes, failed.Class) {
		b.Errorf("the class is %q, want %q: %v", failed.Class, classes, err)
	}
	for _, secret := range b.subject.Secrets {
		if strings.Contains(err.Error(), secret) {
			b.Errorf("the error shows a secret: %v", err)
		}
	}
	return failed
}

// doubtful are the classes that prove nothing: whatever was reserved stays so.
var doubtful = []provider.Class{provider.Look, provider.Review}

// atOnce does the same many times at once, and collects what came of it.
func atOnce[T any](n int, do func() (T, error)) (done []T, failed []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			got, err := do()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
				return
			}
			done = append(done, got)
		})
	}
	all.Wait()
	return done, failed
}

// many is how many callers there are at once.
const many = 8
