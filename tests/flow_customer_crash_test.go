package tests

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// forEver is more tries than anything has: who fails so often has died.
const forEver = 1_000_000

// TestWhoeverDiesTheListIsRight: at every write of a customer's purchase, before its effect
// or after it, once or for good. In the end the payment is charged once, and its customer's
// list names it once.
func TestWhoeverDiesTheListIsRight(t *testing.T) {
	play := func(t *testing.T, shaky *shakyStore) {
		w := newWorld(t, plan{store: func(s store.Store) store.Store { shaky.Store = s; return shaky }})
		b := w.buyer()
		b.opensAs("ada")
		shaky.revive()
		b.opensAs("ada")
		b.approve(sim.Balance)
		b.capture()
		shaky.revive()
		w.settle(b)
		b.wantStatus(payment.StatusCaptured)
		b.wantCharges(1)
		w.wantListed("ada", b.id)
		if p, _ := b.stored(); p.Unlisted {
			t.Error("the payment does not know that it is listed")
		}
	}
	calm := &shakyStore{}
	t.Run("without a fault", func(t *testing.T) { play(t, calm) })
	if calm.seen < 3 {
		t.Fatalf("a customer's purchase took %d writes", calm.seen)
	}
	for n := 1; n <= calm.seen; n++ {
		for _, apply := range []bool{false, true} {
			for _, tries := range []int{1, 3, forEver} {
				t.Run(fmt.Sprintf("write %d, %d times, done %t", n, tries, apply), func(t *testing.T) {
					t.Parallel()
					play(t, &shakyStore{first: n, tries: tries, apply: apply, err: store.ErrUnavailable})
				})
			}
		}
	}
}

// revive makes a table well that has begun to fail: the next invocation does not die.
func (s *shakyStore) revive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen >= s.first {
		s.tries = 0
	}
}

// unlisting is a table whose lists of customers cannot be written for a while.
type unlisting struct {
	store.Store
	broken atomic.Bool
}

func (s *unlisting) Write(ctx context.Context, puts ...store.Put) error {
	if s.broken.Load() && strings.HasPrefix(puts[0].After.Key.Partition, "customer#") {
		return store.ErrUnavailable
	}
	return s.Store.Write(ctx, puts...)
}

// TestAListKeepsNoMoneyFromBeingWritten: the payment is written as paid whatever is wrong
// with the list, is not final until the list names it, and the sweep sees to that.
func TestAListKeepsNoMoneyFromBeingWritten(t *testing.T) {
	table := &unlisting{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { table.Store = s; return table }})
	table.broken.Store(true)
	b := w.buyer()
	b.opensAs("ada")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if p, item := b.stored(); !p.Unlisted || item.Due.IsZero() || item.Due.After(w.clock.Now().Add(2*time.Minute)) {
		t.Errorf("unlisted %t, due %s", p.Unlisted, item.Due)
	}
	w.sweepFor(9 * 24 * time.Hour)
	if p, item := b.stored(); !p.Unlisted || item.Due.IsZero() {
		t.Errorf("after nine days: unlisted %t, due %s", p.Unlisted, item.Due)
	}
	w.wantListed("ada")
	table.broken.Store(false)
	w.sweepFor(2 * 24 * time.Hour)
	w.wantListed("ada", b.id)
	if p, item := b.stored(); p.Unlisted || !item.Due.IsZero() {
		t.Errorf("in the end: unlisted %t, due %s", p.Unlisted, item.Due)
	}
	b.wantCharges(1)
}

// TestManyAtOnceListOnce: the page, two more tabs and the webhook find the money in one moment.
func TestManyAtOnceListOnce(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.opensAs("ada")
	b.approve(sim.Balance)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken()) })
	}
	all.Go(func() { w.deliver() })
	all.Wait()
	w.settle(b)
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
	w.wantListed("ada", b.id)
}
