package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// dueCases: the due index names what is due, each item where its key puts it.
var dueCases = []testCase{
	{"OnlyWhatIsDue", onlyWhatIsDue},
	{"BeforeAFractionOfASecond", beforeAFractionOfASecond},
	{"KeyAndDueAlone", keyAndDueAlone},
	{"InOrderOfDue", inOrderOfDue},
	{"InItsShardAlone", inItsShardAlone},
	{"LeavesWhenCleared", leavesWhenCleared},
	{"MovesWhenChanged", movesWhenChanged},
	{"StaysWhenOthersChange", staysWhenOthersChange},
	{"RefusedWriteLeavesIt", refusedWriteLeavesIt},
	{"Pages", duePages},
	{"PagesWhileOthersWrite", duePagesWhileOthersWrite},
}

const (
	// lagMax is how long an index may lag behind the writes in a test: far
	// more than it ever does, and still an answer within a test's patience.
	lagMax = 5 * time.Second
	// lagStep is how often a test looks again meanwhile.
	lagStep = 20 * time.Millisecond
)

// due holds that the index names these keys and no others that are there as due by
// then, over all shards, in whatever order. It looks until that is so or lagMax is
// over.
func (b *bench) due(by time.Time, want ...store.Key) {
	b.Helper()
	sortKeys(want)
	b.comes(fmt.Sprintf("due by %v", by), want, func() (got []store.Key) {
		for shard := range store.DueShards {
			got = append(got, keysOf(b.all(store.Query{DueBefore: by, Shard: shard, Limit: 100}, nil))...)
		}
		sortKeys(got)
		return b.living(got)
	})
}

// living leaves out what has expired, as whoever reads an index has to: it may
// still name it.
func (b *bench) living(keys []store.Key) (there []store.Key) {
	b.Helper()
	for _, k := range keys {
		_, err := b.store.Get(b.Context(), k)
		switch {
		case err == nil:
			there = append(there, k)
		case !errors.Is(err, store.ErrNotFound):
			b.Fatalf("get %q: %v", k, err)
		}
	}
	return there
}

// comes looks at an index until it names these keys in this order, or lagMax is
// over.
func (b *bench) comes(what string, want []store.Key, look func() []store.Key) {
	b.Helper()
	for end := time.Now().Add(lagMax); ; time.Sleep(lagStep) {
		got := look()
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("%s: got %q, want %q", what, got, want)
		}
	}
}

func sortKeys(keys []store.Key) {
	slices.SortFunc(keys, func(x, y store.Key) int {
		return slices.Compare([]string{x.Partition, x.Sort}, []string{y.Partition, y.Sort})
	})
}

// keysOfShard finds keys that belong to one shard of the due index.
func keysOfShard(shard, count int) []store.Key {
	var keys []store.Key
	for n := 0; len(keys) < count; n++ {
		if k := key(fmt.Sprintf("shard-%d", n)); store.DueShard(k) == shard {
			keys = append(keys, k)
		}
	}
	return keys
}

func dueItem(k store.Key, due time.Time) store.Item {
	it := item(k, `{}`)
	it.Due = due
	return it
}

func onlyWhatIsDue(b *bench) {
	b.create(item(key("never"), `{}`))
	past := b.create(dueItem(key("past"), second(-1))).Key
	now := b.create(dueItem(key("now"), second(0))).Key
	later := b.create(dueItem(key("later"), second(1))).Key
	before1970 := b.create(dueItem(key("before 1970"), time.Unix(-5, 0).UTC())).Key
	epoch := b.create(dueItem(key("1970"), time.Unix(0, 0).UTC())).Key
	b.due(time.Unix(-6, 0))
	b.due(time.Unix(-1, 0), before1970)
	b.due(time.Unix(0, 0), before1970, epoch)
	b.due(second(-1), before1970, epoch, past)
	b.due(second(0), before1970, epoch, past, now)
	b.due(second(0).In(time.FixedZone("there", -5*60*60)), before1970, epoch, past, now)
	b.due(second(1), before1970, epoch, past, now, later)
	b.due(second(1_000_000_000), before1970, epoch, past, now, later)
}

// beforeAFractionOfASecond: a caller asks with its clock as it stands.
func beforeAFractionOfASecond(b *bench) {
	now := b.create(dueItem(key("now"), second(0))).Key
	b.create(dueItem(key("later"), second(1)))
	b.due(second(0).Add(-time.Nanosecond))
	b.due(second(0).Add(time.Nanosecond), now)
	b.due(second(1).Add(-time.Nanosecond), now)
}

// keyAndDueAlone: the index holds no more, so nobody may come to rely on more.
func keyAndDueAlone(b *bench) {
	made := b.create(dueItem(key("alone"), second(3)))
	b.due(second(3), made.Key)
	got := b.all(store.Query{DueBefore: second(3), Shard: store.DueShard(made.Key), Limit: 10}, nil)
	b.same(got, []store.Item{{Key: made.Key, Due: made.Due}})
}

func inOrderOfDue(b *bench) {
	const shard = 2
	keys := keysOfShard(shard, 6)
	for i, n := range []int{3, 0, -70_000, 100, 5_000_000, 99} {
		b.create(dueItem(keys[i], second(n)))
	}
	b.due(second(6_000_000), slices.Clone(keys)...)
	got := keysOf(b.all(store.Query{DueBefore: second(6_000_000), Shard: shard, Limit: 2}, nil))
	b.same(got, []store.Key{keys[2], keys[1], keys[0], keys[5], keys[3], keys[4]})
}

func inItsShardAlone(b *bench) {
	var all []store.Key
	for shard := range store.DueShards {
		for _, k := range keysOfShard(shard, 3) {
			all = append(all, b.create(dueItem(k, second(shard))).Key)
		}
	}
	b.due(second(10), all...)
	for shard := range store.DueShards {
		for _, it := range b.all(store.Query{DueBefore: second(10), Shard: shard, Limit: 100}, nil) {
			b.same(store.DueShard(it.Key), shard)
		}
	}
}

func leavesWhenCleared(b *bench) {
	made := b.create(dueItem(key("cleared"), second(1)))
	b.due(second(9), made.Key)
	after := next(made, `{}`)
	after.Due = time.Time{}
	b.change(made, after)
	b.due(second(9))
}

func movesWhenChanged(b *bench) {
	it := b.create(dueItem(key("moved"), second(5)))
	for _, n := range []int{7, 3, 4} {
		after := next(it, `{}`)
		after.Due = second(n)
		it = b.change(it, after)
		b.due(second(n - 1)) // the old entry is gone, whether it was earlier
		b.due(second(9), it.Key)
		got := b.all(store.Query{DueBefore: second(9), Shard: store.DueShard(it.Key), Limit: 9}, nil)
		b.same(got, []store.Item{{Key: it.Key, Due: second(n)}}) // or later
	}
}

func staysWhenOthersChange(b *bench) {
	one := b.create(dueItem(key("one"), second(5)))
	two := b.create(dueItem(store.Key{Partition: one.Key.Partition, Sort: "two"}, second(5)))
	one = b.change(one, next(one, `{"n":2}`))
	b.due(second(5), one.Key, two.Key)
	after := next(two, `{"n":2}`)
	after.Due = time.Time{}
	b.change(two, after)
	b.due(second(5), one.Key)
}

func refusedWriteLeavesIt(b *bench) {
	stale := b.create(dueItem(key("refused"), second(5)))
	b.change(stale, next(stale, `{"n":2}`))
	late := next(stale, `{"n":3}`)
	late.Due = second(1)
	b.want(b.write(store.Put{After: dueItem(key("good"), second(1))}, store.Put{Before: stale, After: late}), store.ErrConflict)
	b.due(second(4))
	b.due(second(5), stale.Key)
}

// duePages has more items of one second than a page holds: a cursor of the time
// alone would lose some or read them twice.
func duePages(b *bench) {
	const shard = 1
	keys := keysOfShard(shard, 13)
	for i, k := range keys {
		b.create(dueItem(k, second(i/5)))
	}
	b.create(dueItem(keysOfShard(shard+1, 1)[0], second(1)))
	b.due(second(2), append(keysOfShard(shard+1, 1), keys...)...)
	for _, limit := range []int{1, 2, 3, 5, 12, 13, 14, store.MaxPage} {
		got := b.all(store.Query{DueBefore: second(2), Shard: shard, Limit: limit}, nil)
		byDue := func(x, y store.Item) int { return x.Due.Compare(y.Due) }
		if !slices.IsSortedFunc(got, byDue) {
			b.Errorf("limit %d: not in order of due", limit)
		}
		gotKeys, want := keysOf(got), slices.Clone(keys)
		sortKeys(gotKeys)
		sortKeys(want)
		b.same(gotKeys, want)
	}
}

func duePagesWhileOthersWrite(b *bench) {
	const shard, before = 3, 9
	for _, limit := range []int{1, 2, 4} {
		all := keysOfShard(shard, limit*100)[(limit-1)*100:] // each round has its own
		keys, fresh := all[:before], all[before:]
		for i, k := range keys {
			b.create(dueItem(k, second(100*limit+i/3)))
		}
		q := store.Query{DueBefore: second(100*limit + 99), Shard: shard, Limit: limit}
		b.settled(q, keys)
		n := 0
		got := keysOf(b.all(q, func() {
			if n++; n <= before {
				b.create(dueItem(fresh[n], second(100*limit+n/3)))
			}
		}))
		seen := map[store.Key]int{}
		for _, k := range got {
			if seen[k]++; seen[k] > 1 {
				b.Errorf("limit %d: %q was read twice", limit, k)
			}
		}
		for _, k := range keys {
			if seen[k] != 1 {
				b.Errorf("limit %d: %q was read %d times", limit, k, seen[k])
			}
		}
	}
}

// settled waits until the index names at least these keys.
func (b *bench) settled(q store.Query, keys []store.Key) {
	b.Helper()
	for end := time.Now().Add(lagMax); ; time.Sleep(lagStep) {
		got := keysOf(b.all(q, nil))
		if !slices.ContainsFunc(keys, func(k store.Key) bool { return !slices.Contains(got, k) }) {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("the index names %q, and not all of %q", got, keys)
		}
	}
}
