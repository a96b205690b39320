package storetest

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// expiryCases: from the second of Expires on an item counts as absent, though
// its row may stand in the table for days.
var expiryCases = []testCase{
	{"AbsentFromItsSecond", absentFromItsSecond},
	{"NeverWithoutTheField", neverWithoutTheField},
	{"MadeAgain", madeAgain},
	{"MadeAgainTooEarly", madeAgainTooEarly},
	{"StaleReaderOfTheOneBefore", staleReaderOfTheOneBefore},
	{"RevivedByWhoReadIt", revivedByWhoReadIt},
	{"RevivedAndStaleReader", revivedAndStaleReader},
	{"RetryAfterExpiry", retryAfterExpiry},
	{"RetryAfterExpiryOfOne", retryAfterExpiryOfOne},
	{"RetryOvertakenAfterExpiry", retryOvertakenAfterExpiry},
	{"MadeAgainWithAnotherDue", madeAgainWithAnotherDue},
	{"MadeAgainOnAnotherDay", madeAgainOnAnotherDay},
	{"PagesOfADayAcrossExpired", pagesOfADayAcrossExpired},
	{"PagesAcrossExpired", pagesAcrossExpired},
}

// shortLived creates an item that expires 60 seconds after start.
func (b *bench) shortLived(name string) store.Item {
	b.Helper()
	it := item(key(name), `{"life":1}`)
	it.Expires = second(60)
	return b.create(it)
}

func absentFromItsSecond(b *bench) {
	it := b.shortLived("expires")
	partition := store.Query{Partition: it.Key.Partition, Limit: 10}
	b.clock.set(it.Expires.Add(-time.Nanosecond))
	b.stands(it)
	b.same(b.all(partition, nil), []store.Item{it})
	b.clock.set(it.Expires)
	b.absent(it.Key)
	b.same(len(b.all(partition, nil)), 0)
	b.clock.set(it.Expires.Add(time.Hour))
	b.absent(it.Key)
}

func neverWithoutTheField(b *bench) {
	it := b.create(item(key("for ever"), `{}`))
	b.clock.set(start.AddDate(50, 0, 0))
	b.stands(it)
}

func madeAgain(b *bench) {
	old := b.shortLived("again")
	old = b.change(old, next(old, `{"life":1,"n":2}`))
	b.clock.set(old.Expires)
	again := item(old.Key, `{"life":2}`)
	again.Expires = second(600)
	made := b.create(again)
	b.same(made.Version, int64(1))
	b.same(string(made.Document), `{"life":2}`)
}

func madeAgainTooEarly(b *bench) {
	old := b.shortLived("early")
	b.clock.set(old.Expires.Add(-time.Nanosecond))
	b.want(b.write(store.Put{After: item(old.Key, `{}`)}), store.ErrConflict)
	b.stands(old)
}

// staleReaderOfTheOneBefore: both lives have a version 1; who read the first
// must not write over the second.
func staleReaderOfTheOneBefore(b *bench) {
	old := b.shortLived("stale")
	b.clock.set(old.Expires)
	made := b.create(item(old.Key, string(old.Document)))
	b.want(b.write(store.Put{Before: old, After: next(old, `{"life":1,"n":2}`)}), store.ErrConflict)
	b.stands(made)
}

// revivedByWhoReadIt: while the row is there, a put that read it goes through
// after it has expired, and the item lives on as the next version. Evidence of
// money that comes late must not be lost to a clock.
func revivedByWhoReadIt(b *bench) {
	read := b.shortLived("revived")
	b.clock.set(read.Expires.Add(time.Second))
	b.absent(read.Key)
	after := next(read, `{"life":1,"paid":true}`)
	after.Expires = time.Time{}
	revived := b.change(read, after)
	b.same(revived.Version, int64(2))
	b.same(string(revived.Document), `{"life":1,"paid":true}`)
}

func revivedAndStaleReader(b *bench) {
	read := b.shortLived("both")
	b.clock.set(read.Expires)
	after := next(read, `{"life":1,"paid":true}`)
	after.Expires = time.Time{}
	revived := b.change(read, after)
	b.want(b.write(store.Put{Before: read, After: next(read, `{}`)}), store.ErrConflict)
	b.want(b.write(store.Put{After: item(read.Key, `{}`)}), store.ErrConflict)
	b.stands(revived)
}

// retryAfterExpiry: the answer to a retry does not depend on how late it comes,
// and the retry does not bring the item back to life.
func retryAfterExpiry(b *bench) {
	it := item(key("retry"), `{}`)
	it.Expires = second(60)
	put := store.Put{After: it}
	b.must(put)
	b.clock.set(it.Expires)
	if err := b.write(put); err != nil {
		b.Errorf("retry: %v", err)
	}
	b.absent(it.Key)
}

// retryAfterExpiryOfOne: a write of two items was done, whichever of them has
// expired since.
func retryAfterExpiryOfOne(b *bench) {
	it := item(key("one"), `{}`)
	it.Expires = second(60)
	puts := []store.Put{{After: it}, {After: item(key("other"), `{}`)}}
	stays := b.must(puts...)[1]
	b.clock.set(it.Expires)
	if err := b.write(puts...); err != nil {
		b.Errorf("retry: %v", err)
	}
	b.absent(it.Key)
	b.stands(stays)
}

// retryOvertakenAfterExpiry: the one of two items that expired is not made again
// where another write has come in the place of the other.
func retryOvertakenAfterExpiry(b *bench) {
	one, other := item(key("one"), `{}`), item(key("other"), `{}`)
	one.Expires, other.Expires = second(60), second(60)
	puts := []store.Put{{After: one}, {After: other}}
	b.must(puts...)
	b.clock.set(second(60))
	again := item(other.Key, `{"life":2}`)
	again.Expires = second(90)
	b.create(again)
	b.want(b.write(puts...), store.ErrConflict)
	b.clock.set(second(90))
	b.want(b.write(puts...), store.ErrConflict)
	b.absent(one.Key)
	b.absent(other.Key)
}

// madeAgainWithAnotherDue: an index may name what has expired, but what is made
// again in its place has one entry, its own.
func madeAgainWithAnotherDue(b *bench) {
	it := dueItem(key("due"), second(5))
	it.Expires = second(60)
	made := b.create(it)
	b.due(second(9), made.Key)
	b.clock.set(it.Expires)
	b.due(second(9))

	again := dueItem(it.Key, second(7))
	b.create(again)
	b.due(second(6))
	b.due(second(9), it.Key)
}

// madeAgainOnAnotherDay: what is made again in its place is another item, and its
// day is its own.
func madeAgainOnAnotherDay(b *bench) {
	var lives []store.Item
	for _, name := range []string{"same day", "other day", "no day", "revived"} {
		it := dayItem(key(name), aDay)
		it.Expires = second(60)
		lives = append(lives, b.create(it))
	}
	same, other, none, revived := lives[0], lives[1], lives[2], lives[3]
	b.day(aDay, none.Key, other.Key, revived.Key, same.Key)
	b.clock.set(second(60))
	b.day(aDay)

	b.create(dayItem(same.Key, aDay))
	b.create(dayItem(other.Key, dayAfter))
	b.create(item(none.Key, `{}`))
	after := next(revived, `{"paid":true}`)
	after.Expires = time.Time{}
	b.change(revived, after)
	b.day(aDay, revived.Key, same.Key)
	b.day(dayAfter, other.Key)
}

func pagesOfADayAcrossExpired(b *bench) {
	var want []store.Key
	for i, name := range numbered("day-gap", 12) {
		it := dayItem(key(name), aDay)
		if i%6 != 0 {
			it.Expires = second(60)
		} else {
			want = append(want, it.Key)
		}
		b.create(it)
	}
	b.clock.set(second(60))
	b.day(aDay, want...)
	for _, limit := range []int{1, 2, 5, 12, 100} {
		b.same(b.listed(store.Query{Day: aDay, Limit: limit}), want)
	}
}

// pagesAcrossExpired: pages come short or empty where items have expired, and
// the last one is still told by its empty Next alone.
func pagesAcrossExpired(b *bench) {
	for i, s := range numbered("row", 12) {
		it := item(store.Key{Partition: "test#gaps", Sort: s}, `{}`)
		if i%6 != 0 {
			it.Expires = second(60)
		}
		b.create(it)
	}
	b.clock.set(second(60))
	for _, limit := range []int{1, 2, 5, 12, 100} {
		got := sortsOf(b.all(store.Query{Partition: "test#gaps", Limit: limit}, nil))
		b.same(got, []string{"row-000", "row-006"})
	}
}
