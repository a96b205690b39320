package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// declines is what the table has of the network that a payment was opened from.
func (w *world) declines(id string) (item store.Item, counted int) {
	w.t.Helper()
	p, _ := w.stored(id)
	live, _ := p.Live()
	network, _, ok := strings.Cut(live.From, ".")
	if !ok {
		w.t.Fatalf("%s does not say from where it was opened: %q", id, live.From)
	}
	item, err := w.table.Get(context.Background(), store.DeclinesKey(network))
	w.must(err)
	var d struct {
		List []struct{ Source, Payment string }
	}
	w.must(json.Unmarshal(item.Document, &d))
	return item, len(d.List)
}

// TestDeclinesAtOnceAllCount, however many functions write them down at a time.
func TestDeclinesAtOnceAllCount(t *testing.T) {
	w := newWorld(t, plan{})
	var all []*caller
	for n := range 24 {
		c := w.caller(fmt.Sprintf("198.51.100.%d", n))
		c.opens()
		c.approves(sim.Declined)
		all = append(all, c)
	}
	var done sync.WaitGroup
	for _, c := range all {
		done.Go(func() { c.captures() })
	}
	done.Wait()
	if _, counted := w.declines(all[0].id); counted != len(all) {
		t.Errorf("%d of %d declines were counted", counted, len(all))
	}
}

// TestWhatIsKeptOfAnAddress: a keyed hash, until the purchase is paid, and a day in the
// count; the address itself is nowhere, and another key makes other hashes.
func TestWhatIsKeptOfAnAddress(t *testing.T) {
	const address = "203.0.113.77"
	marks := map[string]bool{}
	for _, secret := range []string{firstSecret, secondSecret} {
		w := newWorld(t, plan{secrets: secret})
		c := w.declinedTimes(address, 1)
		p, row := w.stored(c.id)
		marks[p.Attempts[0].From] = true
		item, counted := w.declines(c.id)
		if counted != 1 {
			t.Errorf("%d declines", counted)
		}
		for _, text := range []string{string(row.Document), string(item.Document), item.Key.Partition, w.log.String()} {
			if strings.Contains(text, "203.0.113") {
				t.Errorf("the address is kept: %s", text)
			}
		}
		if want := w.clock.Now().Add(24 * time.Hour); item.Expires.IsZero() || item.Expires.After(want) {
			t.Errorf("it expires %s, later than %s", item.Expires, want)
		}
		c.tries(sim.Balance)
		if p, _ := w.stored(c.id); payment.StatusOf(p) != payment.StatusCaptured || p.Attempts[0].From != "" {
			t.Errorf("%s, opened from %q", payment.StatusOf(p), p.Attempts[0].From)
		}
	}
	w := newWorld(t, plan{})
	c := w.caller(address)
	c.opens()
	w.sweepFor(24 * time.Hour)
	if p, row := w.stored(c.id); payment.StatusOf(p) != payment.StatusExpired || row.Expires.IsZero() {
		t.Errorf("what nobody paid is %s and leaves the table %s, with the mark", payment.StatusOf(p), row.Expires)
	}
	if len(marks) != 2 {
		t.Errorf("two keys made the marks %v", marks)
	}
}

// TestWhatCountingCosts: an honest purchase one read, and no write; see also the
// figures in tests/bench.
func TestWhatCountingCosts(t *testing.T) {
	cost := func(address string) (reads, writes int64) {
		w := newWorld(t, plan{})
		w.caller(address).tries(sim.Balance) // the prices are read once
		before := w.table.Counts()
		c := w.caller(address)
		if c.tries(sim.Balance); !c.last.Paid {
			t.Fatal(c.last.text)
		}
		now := w.table.Counts()
		return now.Reads - before.Reads, now.Writes - before.Writes
	}
	plainReads, plainWrites := cost("127.0.0.1") // nobody counts
	reads, writes := cost("203.0.113.7")
	if reads != plainReads+1 || writes != plainWrites {
		t.Errorf("%d reads and %d writes, without the counting %d and %d", reads, writes, plainReads, plainWrites)
	}
}

// forgetful is a table in which declines can neither be read nor written.
type forgetful struct{ store.Store }

func (f forgetful) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if strings.HasPrefix(key.Partition, "declines#") {
		return store.Item{}, store.ErrUnavailable
	}
	return f.Store.Get(ctx, key)
}

// TestNobodyIsRefusedForATableThatFails: the counting is a courtesy to the shop, and
// the sale is its living. One line of the log tells of it.
func TestNobodyIsRefusedForATableThatFails(t *testing.T) {
	w := newWorld(t, plan{store: func(s store.Store) store.Store { return forgetful{s} }})
	c := w.declinedTimes("203.0.113.7", 3)
	before := strings.Count(w.log.String(), "declines not read")
	d := w.caller(c.at)
	if r := d.opens(); r.code != http.StatusCreated {
		t.Fatalf("%d %s", r.code, r.text)
	}
	if n := strings.Count(w.log.String(), "declines not read") - before; n != 1 {
		t.Errorf("%d lines", n)
	}
	d.approves(sim.Balance)
	if r := d.captures(); !r.Paid {
		t.Errorf("%d %s", r.code, r.text)
	}
	if !strings.Contains(w.log.String(), "a decline was not counted") {
		t.Error("nobody hears that declines are not counted")
	}
}
