package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// dayCases: the day index lists what was put under a day, for as long as it is
// there: a list that a merchant counts money by.
var dayCases = []testCase{
	{"OnlyItsDay", onlyItsDay},
	{"KeyAndDayAlone", keyAndDayAlone},
	{"InOrderOfKeys", inOrderOfKeys},
	{"MayNotChange", dayMayNotChange},
	{"MayComeLater", dayMayComeLater},
	{"BeforeAltered", dayBeforeAltered},
	{"StaysWhenOthersChange", dayStaysWhenOthersChange},
	{"RefusedWriteLeavesIt", refusedWriteLeavesTheDay},
	{"Pages", dayPages},
	{"PagesWhileOthersWrite", dayPagesWhileOthersWrite},
}

// Three days in a row; aDay is that of start.
const (
	dayBefore = "2040-01-01"
	aDay      = "2040-01-02"
	dayAfter  = "2040-01-03"
)

// day holds that the index lists these keys and no others under the day, in order
// of their partitions. It looks until that is so or lagMax is over.
func (b *bench) day(day string, want ...store.Key) {
	b.Helper()
	b.comes("day "+day, want, func() []store.Key { return b.listed(store.Query{Day: day, Limit: 100}) })
}

// listed is what a query of a day names and is there, its partitions in the
// index's own order. What has one partition comes in any order, and is sorted
// here.
func (b *bench) listed(q store.Query) []store.Key {
	b.Helper()
	got := b.living(keysOf(b.all(q, nil)))
	slices.SortStableFunc(got, func(x, y store.Key) int {
		if x.Partition != y.Partition {
			return 0
		}
		return strings.Compare(x.Sort, y.Sort)
	})
	return got
}

func dayItem(k store.Key, day string) store.Item {
	it := item(k, `{}`)
	it.Day = day
	return it
}

func onlyItsDay(b *bench) {
	b.create(item(key("never"), `{}`))
	b.create(dueItem(key("due alone"), second(0)))
	before := b.create(dayItem(key("before"), dayBefore)).Key
	one := b.create(dayItem(key("one"), aDay)).Key
	two := b.create(dayItem(key("two"), aDay)).Key
	after := b.create(dayItem(key("after"), dayAfter)).Key
	leap := b.create(dayItem(key("leap"), "2040-02-29")).Key
	first := b.create(dayItem(key("first"), "0001-01-01")).Key
	last := b.create(dayItem(key("last"), "9999-12-31")).Key
	b.day(dayBefore, before)
	b.day(aDay, one, two)
	b.day(dayAfter, after)
	b.day("2040-02-29", leap)
	b.day("0001-01-01", first)
	b.day("9999-12-31", last)
	b.day("2040-01-04")
}

// keyAndDayAlone: the index holds no more, so nobody may come to rely on more.
func keyAndDayAlone(b *bench) {
	after := dueItem(key("alone"), second(3))
	after.Day, after.Expires = aDay, second(99)
	made := b.create(after)
	b.day(aDay, made.Key)
	b.same(b.all(store.Query{Day: aDay, Limit: 10}, nil), []store.Item{{Key: made.Key, Day: aDay}})
}

// inOrderOfKeys is the order of the partition's UTF-8 bytes: a longer one is not a
// later one, and what follows it does not count.
func inOrderOfKeys(b *bench) {
	want := []store.Key{
		{Partition: " ", Sort: "z"}, {Partition: "#b", Sort: "a"}, {Partition: "10", Sort: "s"}, {Partition: "2", Sort: "s"},
		{Partition: "A", Sort: "s"}, {Partition: "a", Sort: "a"}, {Partition: "a", Sort: "b"}, {Partition: "a", Sort: "ba"},
		{Partition: "a#", Sort: "a"}, {Partition: "aa", Sort: "a"}, {Partition: "aaa", Sort: "A"}, {Partition: "b", Sort: "a"},
		{Partition: "é", Sort: "a"}, {Partition: "東", Sort: "a"}, {Partition: "🛒", Sort: "a"},
	}
	for n := range want {
		b.create(dayItem(want[n*7%len(want)], aDay)) // 7 has no part in 15, so each comes once
	}
	b.day(aDay, want...)
}

// dayMayNotChange: who has read a day to its end has seen all of it, and a payment
// does not wander from one day's sum into another's.
func dayMayNotChange(b *bench) {
	made := b.create(dayItem(key("fixed"), aDay))
	for _, day := range []string{dayBefore, dayAfter, ""} {
		after := next(made, `{"n":2}`)
		after.Day = day
		b.refuses(fmt.Sprintf("day %q", day), store.Put{Before: made, After: after})
		b.stands(made)
	}
	b.day(aDay, made.Key)
	b.day(dayBefore)
	b.day(dayAfter)
}

// dayMayComeLater: a row that was written before there were days gets its own
// with its next write.
func dayMayComeLater(b *bench) {
	made := b.create(item(key("later"), `{}`))
	after := next(made, `{"n":2}`)
	after.Day = aDay
	b.same(b.change(made, after).Day, aDay)
	b.day(aDay, made.Key)
}

// dayBeforeAltered: the law is held against Before, so a store holds Before
// against what is stored. Without it a slip would move the day unseen.
func dayBeforeAltered(b *bench) {
	made := b.create(dayItem(key("altered"), aDay))
	for _, claimed := range []string{"", dayAfter} {
		before := made
		before.Day = claimed
		after := next(made, `{"n":2}`)
		after.Day = dayAfter
		b.refuses(fmt.Sprintf("before claimed as %q", claimed), store.Put{Before: before, After: after})
		b.stands(made)
	}
	b.day(aDay, made.Key)
	b.day(dayAfter)
}

func dayStaysWhenOthersChange(b *bench) {
	it := dueItem(key("one"), second(5))
	it.Day = aDay
	one := b.create(it)
	two := b.create(dayItem(store.Key{Partition: one.Key.Partition, Sort: "two"}, aDay))
	for n := range 3 {
		after := next(one, fmt.Sprintf(`{"n":%d}`, n))
		after.Due = second(7 * n)
		one = b.change(one, after)
		b.same(one.Day, aDay)
		b.day(aDay, one.Key, two.Key)
	}
}

func refusedWriteLeavesTheDay(b *bench) {
	there := b.create(dayItem(key("there"), aDay))
	stale := b.create(item(key("stale"), `{}`))
	b.change(stale, next(stale, `{"n":2}`))
	late := next(stale, `{"n":3}`)
	late.Day = aDay
	b.want(b.write(store.Put{After: dayItem(key("good"), aDay)}, store.Put{Before: stale, After: late}), store.ErrConflict)
	b.want(b.write(store.Put{After: dayItem(there.Key, dayAfter)}), store.ErrConflict)
	b.day(aDay, there.Key)
	b.day(dayAfter)
}

func dayPages(b *bench) {
	var want []store.Key
	for i, name := range numbered("day-page", 13) {
		k := store.Key{Partition: "test#" + name[:len(name)-1], Sort: name} // ten to a partition
		want = append(want, k)
		b.create(dayItem(k, aDay))
		b.create(dayItem(key(fmt.Sprintf("other-%d", i)), []string{dayBefore, dayAfter}[i%2]))
	}
	b.day(aDay, want...)
	for _, limit := range []int{1, 2, 3, 5, 12, 13, 14, store.MaxPage} {
		got := b.listed(store.Query{Day: aDay, Limit: limit})
		if !slices.Equal(got, want) {
			b.Errorf("limit %d: got %q, want %q", limit, got, want)
		}
	}
}

// dayPagesWhileOthersWrite: what stood before is read once each, whatever is made
// on either side of it meanwhile.
func dayPagesWhileOthersWrite(b *bench) {
	for i, limit := range []int{1, 2, 4} {
		day := []string{dayBefore, aDay, dayAfter}[i]
		var keys []store.Key
		for _, name := range numbered("stood", 9) {
			keys = append(keys, b.create(dayItem(key(day+name), day)).Key)
		}
		q := store.Query{Day: day, Limit: limit}
		b.settled(q, keys)
		n := 0
		got := keysOf(b.all(q, func() {
			if n++; n < 9 {
				b.create(dayItem(key(fmt.Sprintf("%sstood-%03d-between", day, n)), day))
				b.create(dayItem(key(fmt.Sprintf("%safter-%03d", day, n)), dayAfter))
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
