// Package storetest is the contract of store.Store as a test. Every
// implementation calls Run and RunRaces from a test file of a few lines, so
// that what the checkout may rely on is written once, and no two stores drift
// apart.
package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// group is a part of the contract; each case of it gets an empty store.
type group struct {
	name  string
	cases []testCase
}

type testCase struct {
	name string
	run  func(b *bench)
}

// Run holds a store against the contract. open gives an empty store that tells
// the time by now, and closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) store.Store) {
	runGroups(t, open, []group{
		{"Items", itemCases},
		{"Write", writeCases},
		{"Retry", retryCases},
		{"Entries", entriesCases},
		{"Query", queryCases},
		{"Due", dueCases},
		{"Day", dayCases},
		{"Expiry", expiryCases},
		{"Refused", refusedCases},
	})
}

// RunRaces holds a store against many callers at once. It stands apart because
// it is slow on a store behind a network; run it with the race detector too.
func RunRaces(t *testing.T, open func(t *testing.T, now func() time.Time) store.Store) {
	runGroups(t, open, []group{{"Races", raceCases}})
}

func runGroups(t *testing.T, open func(*testing.T, func() time.Time) store.Store, groups []group) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					clock := &clock{now: start}
					c.run(&bench{T: t, store: open(t, clock.Now), clock: clock})
				})
			}
		})
	}
}

// start lies far ahead of the real time, so that a table whose own sweeper goes
// by the real time takes away nothing that a case still needs. It has a fraction
// of a second, as real clocks have.
var start = time.Date(2040, 1, 2, 3, 4, 5, 678_901_234, time.UTC)

// second is a time the store can keep: so many seconds after start, whole.
func second(n int) time.Time {
	return start.Truncate(time.Second).Add(time.Duration(n) * time.Second)
}

// clock is the time as the store under test sees it; a case moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// bench is what a case works at: one empty store and its clock.
type bench struct {
	*testing.T
	store store.Store
	clock *clock
}

var writes atomic.Int64

// newWriteID never gives the same name twice in a run.
func newWriteID() string { return fmt.Sprintf("write-%d", writes.Add(1)) }

// key is a key in a partition of its own.
func key(name string) store.Key { return store.Key{Partition: "test#" + name, Sort: "item"} }

// item is an item to be, under a new write id.
func item(k store.Key, document string) store.Item {
	return store.Item{Key: k, WriteID: newWriteID(), Document: []byte(document)}
}

// next is the item to be after the one that was read: all the same but for the
// document and a new write id.
func next(before store.Item, document string) store.Item {
	after := before
	after.WriteID, after.Document = newWriteID(), []byte(document)
	return after
}

func (b *bench) write(puts ...store.Put) error {
	return b.store.Write(b.Context(), puts...)
}

// must writes and gives back the items as the store has them now.
func (b *bench) must(puts ...store.Put) []store.Item {
	b.Helper()
	if err := b.write(puts...); err != nil {
		b.Fatalf("write: %v", err)
	}
	items := make([]store.Item, len(puts))
	for i, p := range puts {
		items[i] = b.get(p.After.Key)
	}
	return items
}

// create writes an item that is not there yet and gives it back as stored.
func (b *bench) create(after store.Item) store.Item {
	b.Helper()
	return b.must(store.Put{After: after})[0]
}

// change writes the next version of what was read and gives it back as stored.
func (b *bench) change(before, after store.Item) store.Item {
	b.Helper()
	return b.must(store.Put{Before: before, After: after})[0]
}

func (b *bench) get(k store.Key) store.Item {
	b.Helper()
	got, err := b.store.Get(b.Context(), k)
	if err != nil {
		b.Fatalf("get %q: %v", k, err)
	}
	return got
}

// stands holds that the store has this very item.
func (b *bench) stands(want store.Item) {
	b.Helper()
	b.same(b.get(want.Key), want)
}

func (b *bench) same(got, want any) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("got\n\t%+v\nwant\n\t%+v", got, want)
	}
}

func (b *bench) absent(k store.Key) {
	b.Helper()
	_, err := b.store.Get(b.Context(), k)
	b.want(err, store.ErrNotFound)
}

// want holds an error against the closed set: it is this one of it and no other.
func (b *bench) want(err, kind error) {
	b.Helper()
	if fault := wrongKind(err, kind); fault != "" {
		b.Error(fault)
	}
}

func wrongKind(err, kind error) string {
	if !errors.Is(err, kind) {
		return fmt.Sprintf("got error %v, want %v", err, kind)
	}
	set := []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrUnavailable}
	for _, other := range set {
		if other != kind && errors.Is(err, other) {
			return fmt.Sprintf("error %v is both %v and %v", err, kind, other)
		}
	}
	return ""
}

// pagesMax ends a query that would go on for ever.
const pagesMax = 1000

// all reads a query to its last page. between, if given, is called after each
// page that has a next one.
func (b *bench) all(q store.Query, between func()) []store.Item {
	b.Helper()
	var items []store.Item
	for range pagesMax {
		page, err := b.store.Query(b.Context(), q)
		if err != nil {
			b.Fatalf("query %+v: %v", q, err)
		}
		if len(page.Items) > q.Limit {
			b.Fatalf("a page of %d items where the limit is %d", len(page.Items), q.Limit)
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items
		}
		if page.Next == q.Cursor {
			b.Fatalf("query %+v does not move", q)
		}
		q.Cursor = page.Next
		if between != nil {
			between()
		}
	}
	b.Fatalf("query %+v has no last page", q)
	return nil
}

func keysOf(items []store.Item) []store.Key {
	keys := make([]store.Key, len(items))
	for i, it := range items {
		keys[i] = it.Key
	}
	return keys
}
