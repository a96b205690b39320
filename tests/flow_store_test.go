package tests

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// shakyStore is a table on a bad day: the writes of one moment fail, either
// before they had any effect or after it, with the acknowledgement lost. The two
// look alike from outside.
type shakyStore struct {
	store.Store
	mu    sync.Mutex
	seen  int // writes, repetitions of one not counted
	last  string
	first int  // of the writes that fail
	tries int  // how many tries of it fail
	apply bool // it is done all the same
	err   error
	blind bool // no read succeeds
}

// world is one with this table.
func (s *shakyStore) world(t *testing.T) *world {
	t.Helper()
	return newWorld(t, plan{store: func(under store.Store) store.Store { s.Store = under; return s }})
}

// fail lets so many tries fail, from the next write on; 0 makes it well again.
func (s *shakyStore) fail(tries int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first, s.seen, s.tries, s.err = 1, 0, tries, err
}

func (s *shakyStore) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if s.blind {
		return store.Item{}, store.ErrUnavailable
	}
	return s.Store.Get(ctx, key)
}

func (s *shakyStore) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if s.blind {
		return store.Page{}, store.ErrUnavailable
	}
	return s.Store.Query(ctx, q)
}

func (s *shakyStore) Write(ctx context.Context, puts ...store.Put) error {
	s.mu.Lock()
	if id := puts[0].After.WriteID; id != s.last {
		s.seen, s.last = s.seen+1, id
	}
	fails := s.seen >= s.first && s.first > 0 && s.tries > 0
	if fails {
		s.tries--
	}
	s.mu.Unlock()
	if !fails {
		return s.Store.Write(ctx, puts...)
	}
	if s.apply {
		if err := s.Store.Write(ctx, puts...); err != nil {
			return err
		}
	}
	return s.err
}

// The stories that a failing table is tried on; each is told as far as the table
// lets the buyer get, and each ends paid, the last one excepted.
var storeStories = []struct {
	name string
	tell func(*buyer)
	ends payment.Status
}{
	{"a purchase", func(b *buyer) { b.buy(sim.Balance) }, payment.StatusCaptured},
	{"a closed tab", func(b *buyer) {
		if b.repeat(4, b.open); b.id != "" {
			b.approve(sim.Balance)
		}
		b.w.sweepAfter(time.Hour)
	}, payment.StatusCaptured},
	{"a decline and a second approval", func(b *buyer) {
		b.repeat(4, b.open)
		b.approve(sim.Declined)
		b.repeat(4, b.capture)
		b.repeat(4, b.capture) // what the table lost is asked for again
		b.buy(sim.Balance)
	}, payment.StatusCaptured},
	{"another attempt", func(b *buyer) {
		b.repeat(4, b.open)
		b.approve(sim.Refused)
		b.repeat(4, b.capture)
		b.repeat(4, func() reply { return b.another(1) })
		b.buy(sim.Balance)
	}, payment.StatusCaptured},
	{"money that takes its time", func(b *buyer) { b.buy(sim.ECheck) }, payment.StatusCaptured},
	{"an answer that is lost", func(b *buyer) {
		b.repeat(4, b.open)
		b.approve(sim.Balance)
		b.w.must(b.w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture}))
		b.repeat(4, b.capture)
	}, payment.StatusCaptured},
	{"nobody comes", func(b *buyer) { b.repeat(4, b.open) }, payment.StatusExpired},
}

// TestTableFailsAtEveryWriteOfEveryStory: before the effect and after it, once
// and until the retries are used up.
func TestTableFailsAtEveryWriteOfEveryStory(t *testing.T) {
	for _, story := range storeStories {
		play := func(t *testing.T, shaky *shakyStore) {
			w := shaky.world(t)
			b := w.buyer()
			story.tell(b)
			w.settle(b)
			if got := b.audit(false); got != story.ends {
				t.Errorf("it ends %s, want %s", got, story.ends)
			}
			if shaky.tries > 0 {
				t.Errorf("%d failures never happened", shaky.tries)
			}
		}
		calm := &shakyStore{}
		t.Run(story.name+"/without a fault", func(t *testing.T) { play(t, calm) })
		if calm.seen < 2 {
			t.Fatalf("%s took %d writes", story.name, calm.seen)
		}
		for n := 1; n <= calm.seen; n++ {
			for _, apply := range []bool{false, true} {
				for _, tries := range []int{1, 3} {
					t.Run(fmt.Sprintf("%s/write %d, %d times, done %t", story.name, n, tries, apply), func(t *testing.T) {
						t.Parallel()
						play(t, &shakyStore{first: n, tries: tries, apply: apply, err: store.ErrUnavailable})
					})
				}
			}
		}
	}
}

// overtaken lets something else happen just before a write.
type overtaken struct {
	store.Store
	by func()
}

func (o *overtaken) world(t *testing.T) *world {
	t.Helper()
	return newWorld(t, plan{store: func(under store.Store) store.Store { o.Store = under; return o }})
}

func (o *overtaken) Write(ctx context.Context, puts ...store.Put) error {
	if by := o.by; by != nil {
		o.by = nil
		by()
	}
	return o.Store.Write(ctx, puts...)
}

// TestOvertakenClick: another click under the same key is written first. The
// slower one shows the same payment, or says that the key belongs to another cart.
func TestOvertakenClick(t *testing.T) {
	table := &overtaken{}
	w := table.world(t)
	b, faster := w.buyer(), w.buyer()
	faster.key = b.key
	table.by = func() { faster.wants(faster.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect") }
	b.wants(b.open(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	if b.id != faster.id || b.token != faster.token || len(b.orders()) != 1 {
		t.Errorf("%s and %s, %d orders", b.id, faster.id, len(b.orders()))
	}
	b, faster = w.buyer(), w.buyer()
	faster.key, faster.order = b.key, order()
	table.by = func() { faster.open() }
	if r := b.open(); r.code != http.StatusUnprocessableEntity || r.problem != "key-reused" {
		t.Errorf("%d %s", r.code, r.text)
	}
}

// TestOvertakenCapture: the other tab's capture is written first; this one reads
// it and asks PayPal for nothing that moves money.
func TestOvertakenCapture(t *testing.T) {
	table := &overtaken{}
	w := table.world(t)
	b := w.approved(sim.Balance)
	table.by = func() { b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none") }
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	if _, item := b.stored(); item.Version != 2 {
		t.Errorf("%d writes", item.Version)
	}
	b.audit(false)
}

// TestOneFailedWriteIsNoticedByNobody: the same write is made again, and one that
// finds its own work done has succeeded.
func TestOneFailedWriteIsNoticedByNobody(t *testing.T) {
	for _, apply := range []bool{false, true} {
		for _, tries := range []int{1, 2} {
			shaky := &shakyStore{apply: apply}
			w := shaky.world(t)
			b := w.buyer()
			shaky.fail(tries, store.ErrUnavailable)
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			b.approve(sim.Balance)
			shaky.fail(tries, store.ErrUnavailable)
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if _, item := b.stored(); item.Version != 2 || len(w.paypal.Calls()) != 4 {
				t.Errorf("version %d after %d calls, want 2 after 4", item.Version, len(w.paypal.Calls()))
			}
		}
	}
}

// TestTableDownIsSaidSo: what could not be written down is not reported as done,
// and a table that is back finds everything in order.
func TestTableDownIsSaidSo(t *testing.T) {
	shaky := &shakyStore{}
	w := shaky.world(t)
	b := w.buyer()
	shaky.fail(3, store.ErrUnavailable)
	if r := b.open(); r.code != http.StatusServiceUnavailable || r.problem != "unavailable" {
		t.Errorf("open: %d %s", r.code, r.problem)
	}
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	if n := len(b.orders()); n != 1 {
		t.Errorf("%d orders at PayPal", n)
	}
	b.approve(sim.Balance)
	shaky.fail(3, store.ErrUnavailable)
	if r := b.capture(); r.code != http.StatusServiceUnavailable || r.problem != "unavailable" {
		t.Errorf("capture: %d %s", r.code, r.problem)
	}
	b.wantCharges(1)
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect") // the table knows no better
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

// TestTableThatCannotBeRead: nobody is told that a payment does not exist, and
// PayPal is not bothered.
func TestTableThatCannotBeRead(t *testing.T) {
	shaky := &shakyStore{}
	w := shaky.world(t)
	b := w.buyer()
	b.open()
	calls := len(w.paypal.Calls())
	shaky.blind = true
	for name, send := range map[string]func() reply{
		"open": b.open, "look": b.look, "capture": b.capture, "attempts": func() reply { return b.another(1) },
	} {
		if r := send(); r.code != http.StatusServiceUnavailable || r.problem != "unavailable" || r.header.Get("Retry-After") != "2" {
			t.Errorf("%s: %d %s, Retry-After %q", name, r.code, r.problem, r.header.Get("Retry-After"))
		}
	}
	if _, err := w.handlers.Sweep()(context.Background(), nil); err == nil {
		t.Error("a sweep that could not read the index says it went well")
	}
	if n := len(w.paypal.Calls()); n != calls {
		t.Errorf("%d calls to PayPal", n-calls)
	}
}

// TestTableInEndlessConflict: somebody else always comes first. Nothing is done
// twice over it, and the caller is asked to come again.
func TestTableInEndlessConflict(t *testing.T) {
	shaky := &shakyStore{}
	w := shaky.world(t)
	b := w.buyer()
	shaky.fail(1000, store.ErrConflict)
	if r := b.open(); r.code != http.StatusServiceUnavailable || r.problem != "busy" {
		t.Errorf("open: %d %s", r.code, r.problem)
	}
	shaky.fail(0, nil)
	b.open()
	shaky.fail(1000, store.ErrConflict)
	if r := b.another(1); r.code != http.StatusServiceUnavailable || r.problem != "busy" {
		t.Errorf("attempts: %d %s", r.code, r.problem)
	}
	shaky.fail(0, nil)
	b.look()
	b.approve(sim.Balance)
	shaky.fail(1000, store.ErrConflict)
	if r := b.capture(); r.code != http.StatusServiceUnavailable || r.problem != "busy" {
		t.Errorf("capture: %d %s", r.code, r.problem)
	}
	b.wantCharges(1)
	shaky.fail(0, nil)
	w.sweepFor(2 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.audit(false)
}
