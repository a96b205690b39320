package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// raceCases: the same promises with many callers at once. Goroutines report by
// Errorf alone, since only the test's own may stop it.
var raceCases = []testCase{
	{"Counter", raceCounter},
	{"Creators", raceCreators},
	{"Pairs", racePairs},
	{"DueIndexKeepsStep", raceDueIndex},
}

// racers is how many callers there are at once; each makes racerTries tries.
const (
	racers     = 32
	racerTries = 25
)

// race runs the callers from one line and waits for them all.
func race(callers int, run func(caller int)) {
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for caller := range callers {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			run(caller)
		})
	}
	done.Wait()
}

type counted struct {
	Count int64 `json:"count"`
}

func countOf(b *bench, it store.Item) int64 {
	var c counted
	if err := json.Unmarshal(it.Document, &c); err != nil {
		b.Errorf("document %s: %v", it.Document, err)
	}
	return c.Count
}

func countDocument(n int64) string { return fmt.Sprintf(`{"count":%d}`, n) }

// raceCounter: every success counts once, no success is lost, and no reader
// sees time run backwards. Every third success is sent again, as after a lost
// acknowledgement: it must not count twice.
func raceCounter(b *bench) {
	k := b.create(item(key("counter"), countDocument(0))).Key
	var successes atomic.Int64
	race(racers, func(int) {
		var last int64
		for try := range racerTries {
			before, err := b.store.Get(b.Context(), k)
			if err != nil {
				b.Errorf("get: %v", err)
				return
			}
			if before.Version < last {
				b.Errorf("version %d read after %d", before.Version, last)
			}
			last = before.Version
			put := store.Put{Before: before, After: next(before, countDocument(countOf(b, before)+1))}
			err = b.write(put)
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				b.Errorf("write: %v", err)
				return
			}
			successes.Add(1)
			last = before.Version + 1
			if try%3 == 0 {
				if err := b.write(put); err != nil && !errors.Is(err, store.ErrConflict) {
					b.Errorf("write again: %v", err)
				}
			}
		}
	})
	end := b.get(k)
	if n := successes.Load(); n == 0 || countOf(b, end) != n || end.Version != n+1 {
		b.Errorf("count %d and version %d after %d successes", countOf(b, end), end.Version, n)
	}
}

func raceCreators(b *bench) {
	for round := range 10 {
		k := key(fmt.Sprintf("created-%d", round))
		var winners sync.Map
		var won atomic.Int64
		race(racers, func(int) {
			it := item(k, `{}`)
			err := b.write(store.Put{After: it})
			if err == nil {
				won.Add(1)
				winners.Store(it.WriteID, true)
				return
			}
			if fault := wrongKind(err, store.ErrConflict); fault != "" {
				b.Error(fault)
			}
		})
		made := b.get(k)
		if _, ok := winners.Load(made.WriteID); !ok || won.Load() != 1 || made.Version != 1 {
			b.Errorf("%d creators won; version %d by %s stands", won.Load(), made.Version, made.WriteID)
		}
	}
}

// racePairs moves two items together. Two Gets are no snapshot, so what was read
// may differ; but a write that goes through proves that both still stood as they
// were read, and then they were equal.
func racePairs(b *bench) {
	keys := [2]store.Key{key("left"), key("right")}
	b.must(
		store.Put{After: item(keys[0], countDocument(0))},
		store.Put{After: item(keys[1], countDocument(0))},
	)
	var successes atomic.Int64
	race(racers, func(caller int) {
		for range racerTries {
			var puts []store.Put
			for i := range keys {
				before, err := b.store.Get(b.Context(), keys[(i+caller)%2]) // half of them the other way round
				if err != nil {
					b.Errorf("get: %v", err)
					return
				}
				puts = append(puts, store.Put{Before: before, After: next(before, countDocument(countOf(b, before)+1))})
			}
			err := b.write(puts...)
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				b.Errorf("write: %v", err)
				return
			}
			successes.Add(1)
			if x, y := puts[0].Before, puts[1].Before; x.Version != y.Version || countOf(b, x) != countOf(b, y) {
				b.Errorf("written over %s and %s", x.Document, y.Document)
			}
		}
	})
	left, right := b.get(keys[0]), b.get(keys[1])
	n := successes.Load()
	if n == 0 || countOf(b, left) != n || countOf(b, right) != n || left.Version != n+1 || right.Version != n+1 {
		b.Errorf("%s at %d and %s at %d after %d successes", left.Document, left.Version, right.Document, right.Version, n)
	}
}

// raceDueIndex moves and clears one item's due from many sides, beside a second
// item that must not be touched by it, while others read the index.
func raceDueIndex(b *bench) {
	keys := keysOfShard(0, 2)
	b.create(dueItem(keys[0], second(1)))
	b.create(dueItem(keys[1], second(2)))
	race(racers, func(caller int) {
		for try := range racerTries {
			if caller%4 == 0 {
				if _, err := b.store.Query(b.Context(), store.Query{DueBefore: second(999), Limit: 1}); err != nil {
					b.Errorf("query: %v", err)
				}
				continue
			}
			before, err := b.store.Get(b.Context(), keys[0])
			if err != nil {
				b.Errorf("get: %v", err)
				return
			}
			after := next(before, `{}`)
			after.Due = second(caller*racerTries + try)
			if try%4 == 0 {
				after.Due = time.Time{}
			}
			if err := b.write(store.Put{Before: before, After: after}); err != nil && !errors.Is(err, store.ErrConflict) {
				b.Errorf("write: %v", err)
			}
		}
	})
	end := b.get(keys[0])
	if end.Version == 1 {
		b.Error("nobody moved the due")
	}
	want := []store.Key{keys[1]}
	if !end.Due.IsZero() {
		want = append(want, end.Key)
	}
	b.due(second(racers*racerTries), want...)
	for _, it := range b.all(store.Query{DueBefore: second(racers * racerTries), Limit: 10}, nil) {
		b.same(it.Due, b.get(it.Key).Due)
	}
}
