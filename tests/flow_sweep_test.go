package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// standIn is a provider of one account that does as it is told.
type standIn struct {
	look   func(order string) (payment.Snapshot, error)
	create error
}

func (standIn) Name() string          { return "paypal" }
func (standIn) Account() string       { return "account" }
func (standIn) Window() time.Duration { return 6 * time.Hour }
func (s standIn) CreateOrder(context.Context, provider.Order) (payment.Snapshot, error) {
	return payment.Snapshot{}, s.create
}
func (standIn) Capture(context.Context, provider.Capture) (payment.Snapshot, error) {
	return payment.Snapshot{}, errors.New("not part of this test")
}
func (standIn) Refund(context.Context, provider.Refund) (payment.Refund, error) {
	return payment.Refund{}, errors.New("not part of this test")
}
func (s standIn) Look(_ context.Context, order string) (payment.Snapshot, error) {
	return s.look(order)
}

// withProvider builds the service over a stand-in.
func withProvider(p provider.Provider, around func(store.Store) store.Store) func(*world) *checkout.Service {
	return func(w *world) *checkout.Service {
		table := store.Store(w.table)
		if around != nil {
			table = around(table)
		}
		service, err := checkout.New(checkout.Config{
			Stack: "tests", Store: table, Providers: []provider.Provider{p}, Clock: w.clock,
			WriteID: setup.WriteID, Secrets: checkout.Constant(checkout.Secrets{Tokens: [][]byte{[]byte(firstSecret)}}), Log: setup.Logger(w.log),
		})
		w.must(err)
		return service
	}
}

// seed puts payments that wait for their buyers into the table, due now.
func (w *world) seed(n int) []string {
	w.t.Helper()
	var ids []string
	var puts []store.Put
	for i := range n {
		id := seededID(fmt.Sprintf("ORDER%d", i))
		document := fmt.Appendf(nil, `{"schema":1,"id":%q,"created":"2026-11-21T08:00:00Z","request":"x","country":"DE",`+
			`"quote":{"lines":[{"sku":"BOOK","name":"Book","qty":1,"unit":"EUR 12.50"}],"total":"EUR 12.50"},`+
			`"attempts":[{"n":1,"provider":"paypal","account":"account","method":"paypal","order":"ORDER%d",`+
			`"approve":"https://pay.example/","created":"2026-11-21T08:00:00Z","state":"waiting",`+
			`"updated":"2026-11-21T08:00:00Z","alive":"2026-11-21T08:00:00Z"}]}`, id, i)
		puts = append(puts, store.Put{After: store.Item{Key: store.PaymentKey(id), WriteID: "seed", Due: w.clock.Now(), Document: document}})
		ids = append(ids, id)
	}
	for len(puts) > 0 {
		batch := puts[:min(len(puts), store.MaxPuts)]
		w.must(w.table.Write(context.Background(), batch...))
		puts = puts[len(batch):]
	}
	return ids
}

// seededID is the payment that a seeded order belongs to.
func seededID(order string) string { return checkout.PaymentID("tests", "POST /payments", order) }

// waiting answers every look: nobody has approved yet.
func waiting(w **world) func(string) (payment.Snapshot, error) {
	return func(order string) (payment.Snapshot, error) {
		return payment.Snapshot{
			Provider: "paypal", Account: "account", Order: order, At: (*w).clock.Now(),
			State: payment.OrderWaiting, Updated: (*w).clock.Now().Add(-time.Hour),
			Payment: seededID(order), Amount: money.New(1250, "EUR"),
		}, nil
	}
}

func (w *world) wantAllMoved(ids []string) {
	w.t.Helper()
	for _, id := range ids {
		item, err := w.table.Get(context.Background(), store.PaymentKey(id))
		w.must(err)
		if !item.Due.After(w.clock.Now()) || item.Due.After(w.clock.Now().Add(25*time.Hour)) {
			w.t.Errorf("%s is due %s, it is %s", id, item.Due, w.clock.Now())
		}
	}
}

// TestSweepReadsToTheEnd: more than one page in every shard, each payment looked
// at once and moved.
func TestSweepReadsToTheEnd(t *testing.T) {
	var w *world
	looks := map[string]int{}
	answer := waiting(&w)
	w = newWorld(t, plan{handlers: withProvider(standIn{look: func(order string) (payment.Snapshot, error) {
		looks[order]++
		return answer(order)
	}}, nil)})
	const n = 4*130 + 7
	ids := w.seed(n)
	if done := w.sweep(); done.Due != n || done.Failed != 0 || done.Left != 0 {
		t.Errorf("%+v", done)
	}
	if len(looks) != n {
		t.Errorf("%d of %d were looked at", len(looks), n)
	}
	for order, times := range looks {
		if times != 1 {
			t.Errorf("%s was looked at %d times", order, times)
		}
	}
	w.wantAllMoved(ids)
	for _, id := range ids {
		if p, _ := w.stored(id); payment.StatusOf(p) != payment.StatusAwaitingApproval {
			t.Fatalf("%s is %s", id, payment.StatusOf(p))
		}
	}
	before := w.table.Counts()
	if done := w.sweep(); done != (checkout.Swept{}) {
		t.Errorf("at once again: %+v", done)
	}
	if now := w.table.Counts(); now.Writes != before.Writes {
		t.Errorf("a sweep that found nothing wrote %d items", now.Writes-before.Writes)
	}
}

// TestSweepGoesOnPastWhatFails: a panic, an error of any kind and a document that
// cannot be read are each moved out of the way, and reach nobody else.
func TestSweepGoesOnPastWhatFails(t *testing.T) {
	var w *world
	answer := waiting(&w)
	trouble := map[string]func() (payment.Snapshot, error){
		"ORDER2": func() (payment.Snapshot, error) { panic("of the provider's") },
		"ORDER3": func() (payment.Snapshot, error) { return payment.Snapshot{}, errors.New("of no class") },
		"ORDER4": func() (payment.Snapshot, error) {
			return payment.Snapshot{}, &provider.Error{Class: provider.MerchantSetup, Code: "X"}
		},
		"ORDER5": func() (payment.Snapshot, error) {
			return payment.Snapshot{}, &provider.Error{Class: provider.Retry, Code: "X"}
		},
	}
	w = newWorld(t, plan{handlers: withProvider(standIn{look: func(order string) (payment.Snapshot, error) {
		if strange := trouble[order]; strange != nil {
			return strange()
		}
		return answer(order)
	}}, nil)})
	ids := w.seed(40)
	w.rewrite(ids[0], `{"schema":99}`)
	w.rewrite(ids[1], `{"schema":1,"created":"yesterday"}`)
	done := w.sweep()
	if done.Due != 40 || done.Failed != 6 {
		t.Errorf("%+v", done)
	}
	w.wantAllMoved(ids)
	if !strings.Contains(w.log.String(), "panicked") {
		t.Error("the panic was not logged")
	}
	for _, id := range ids[:2] {
		item, err := w.table.Get(context.Background(), store.PaymentKey(id))
		w.must(err)
		if !strings.HasPrefix(string(item.Document), `{"schema":99`) && !strings.Contains(string(item.Document), "yesterday") {
			t.Errorf("a document that cannot be read was changed: %s", item.Document)
		}
	}
}

// rewrite puts another document in place of a payment's, due now.
func (w *world) rewrite(id, document string) {
	w.t.Helper()
	item, err := w.table.Get(context.Background(), store.PaymentKey(id))
	w.must(err)
	after := item
	after.WriteID, after.Document = "rewritten", []byte(document)
	w.must(w.table.Write(context.Background(), store.Put{Before: item, After: after}))
}

// staleIndex names items that are not due any more, and one that is gone.
type staleIndex struct {
	store.Store
	keys []store.Key
}

func (s staleIndex) Query(_ context.Context, q store.Query) (page store.Page, err error) {
	for _, key := range s.keys {
		if store.DueShard(key) == q.Shard {
			page.Items = append(page.Items, store.Item{Key: key, Due: q.DueBefore})
		}
	}
	return page, nil
}

// TestSweepBelievesNoIndex: what the index names is read again before anything
// is done about it.
func TestSweepBelievesNoIndex(t *testing.T) {
	paid := newWorld(t, plan{})
	b := paid.buyer()
	b.open()
	b.approve(sim.Balance)
	b.capture()
	other := paid.buyer()
	other.open()
	keys := []store.Key{store.PaymentKey(b.id), store.PaymentKey(other.id), store.PaymentKey(checkout.PaymentID("tests", "x", "gone"))}
	w := newWorld(t, plan{from: paid, store: func(s store.Store) store.Store { return staleIndex{s, keys} }})
	before, calls := w.table.Counts(), len(w.paypal.Calls())
	if done := w.sweep(); done != (checkout.Swept{}) {
		t.Errorf("%+v", done)
	}
	if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls {
		t.Error("something was done about an item that is not due")
	}
	if now := w.table.Counts(); now.Reads-before.Reads != 4 { // and whether the provider is noted as switched off
		t.Errorf("%d items were read", now.Reads-before.Reads)
	}
}

// TestSweepsSideBySide: two of them at once capture a payment once.
func TestSweepsSideBySide(t *testing.T) {
	w := newWorld(t, plan{})
	var buyers []*buyer
	for range 12 {
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		buyers = append(buyers, b)
	}
	w.clock.Move(time.Hour)
	var failed atomic.Int64
	atOnce(4, func() reply {
		done, err := w.handlers.Sweep()(context.Background(), nil)
		if err != nil || done.Failed > 0 {
			failed.Add(1)
		}
		return reply{}
	})
	if n := failed.Load(); n > 0 {
		t.Errorf("%d sweeps failed:\n%s", n, w.log)
	}
	for _, b := range buyers {
		b.wants(b.look(), 200, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
	}
}

// TestSweepStopsInTime: with no time left for a payment it takes none up, says
// how much it left, and the next one begins at another shard.
func TestSweepStopsInTime(t *testing.T) {
	var w *world
	w = newWorld(t, plan{handlers: withProvider(standIn{look: waiting(&w)}, nil)})
	ids := w.seed(20)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	done, err := w.handlers.Sweep()(ctx, nil)
	if err != nil || done.Due != 0 || done.Left != store.DueShards {
		t.Errorf("%+v, %v", done, err)
	}
	if done := w.sweep(); done.Due != 20 {
		t.Errorf("%+v", done)
	}
	w.wantAllMoved(ids)
}

// shardLog notes which shards are read.
type shardLog struct {
	store.Store
	read []int
}

func (s *shardLog) Query(ctx context.Context, q store.Query) (store.Page, error) {
	s.read = append(s.read, q.Shard)
	return s.Store.Query(ctx, q)
}

// TestSweepBeginsElsewhereEachTime, so that no shard starves when time is short.
func TestSweepBeginsElsewhereEachTime(t *testing.T) {
	shards := &shardLog{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { shards.Store = s; return shards }})
	first := map[int]bool{}
	for range store.DueShards {
		shards.read = nil
		w.sweepAfter(5 * time.Minute)
		first[shards.read[0]] = true
		if slices.Sort(shards.read); !slices.Equal(shards.read, []int{0, 1, 2, 3}) {
			t.Errorf("shards %v were read", shards.read)
		}
	}
	if len(first) != store.DueShards {
		t.Errorf("%d shards had their turn", len(first))
	}
}

// TestPanicInAFunction: the gateway hears a problem and not a dead function, the
// payment is as it was, and the panic is in the log alone.
func TestPanicInAFunction(t *testing.T) {
	w := newWorld(t, plan{handlers: withProvider(standIn{look: func(string) (payment.Snapshot, error) { panic("MARKER-OF-A-PANIC") }}, nil)})
	b := w.buyer()
	b.id = w.seed(1)[0]
	var err error
	b.token, err = w.handlers.Checkout.Token(t.Context(), b.id)
	w.must(err)
	_, before := b.stored()
	w.log.expected.Store(true)
	if r := b.capture(); r.code != 500 || r.problem != "internal" || strings.Contains(r.text, "MARKER") || strings.Contains(r.text, "goroutine") {
		t.Errorf("%d %s", r.code, r.text)
	}
	if _, after := b.stored(); after.Version != before.Version {
		t.Error("the payment was changed")
	}
	if !strings.Contains(w.log.String(), "MARKER-OF-A-PANIC") {
		t.Error("the panic was not logged")
	}
}
