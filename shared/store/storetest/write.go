package storetest

import (
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// writeCases: each put holds its condition, and all are done or none.
var writeCases = []testCase{
	{"VersionsCountUp", versionsCountUp},
	{"OneOfTwoWritersWins", oneOfTwoWritersWins},
	{"CreateOverExisting", createOverExisting},
	{"ChangeOfAbsent", changeOfAbsent},
	{"VersionNotYetWritten", versionNotYetWritten},
	{"SameVersionOfAnotherWrite", sameVersionOfAnotherWrite},
	{"AllTogether", allTogether},
	{"NoneIfOneConflicts", noneIfOneConflicts},
	{"NoneIfOneIsRefused", noneIfOneIsRefused},
	{"MostPuts", mostPuts},
}

func versionsCountUp(b *bench) {
	it := b.create(item(key("count"), `{"n":1}`))
	for want := int64(2); want < 5; want++ {
		it = b.change(it, next(it, fmt.Sprintf(`{"n":%d}`, want)))
		b.same(it.Version, want)
	}
}

func oneOfTwoWritersWins(b *bench) {
	read := b.create(item(key("two"), `{"by":"nobody"}`))
	first := next(read, `{"by":"first"}`)
	second := next(read, `{"by":"second"}`)
	won := b.change(read, first)
	b.want(b.write(store.Put{Before: read, After: second}), store.ErrConflict)
	b.stands(won)
	b.same(string(won.Document), `{"by":"first"}`)
}

func createOverExisting(b *bench) {
	made := b.create(item(key("there"), `{"by":"first"}`))
	b.want(b.write(store.Put{After: item(made.Key, `{"by":"second"}`)}), store.ErrConflict)
	b.stands(made)
}

func changeOfAbsent(b *bench) {
	before := item(key("gone"), `{}`)
	before.Version = 1
	b.want(b.write(store.Put{Before: before, After: next(before, `{}`)}), store.ErrConflict)
	b.absent(before.Key)
}

func versionNotYetWritten(b *bench) {
	made := b.create(item(key("ahead"), `{}`))
	ahead := made
	ahead.Version = 2
	b.want(b.write(store.Put{Before: ahead, After: next(made, `{}`)}), store.ErrConflict)
	b.stands(made)
}

// sameVersionOfAnotherWrite: a version alone does not name what was read, since
// an item that expired and was made again counts from 1.
func sameVersionOfAnotherWrite(b *bench) {
	made := b.create(item(key("other"), `{}`))
	other := made
	other.WriteID = newWriteID()
	b.want(b.write(store.Put{Before: other, After: next(made, `{"by":"other"}`)}), store.ErrConflict)
	b.stands(made)
}

func allTogether(b *bench) {
	one := b.create(item(key("one"), `{}`))
	made := b.must(
		store.Put{Before: one, After: next(one, `{"n":2}`)},
		store.Put{After: item(key("other"), `{"n":1}`)},
	)
	b.same(made[0].Version, int64(2))
	b.same(made[1].Version, int64(1))
}

// noneIfOneConflicts tries the faulty put in every place, for a store that
// stops at the first fault may have written what stands before it.
func noneIfOneConflicts(b *bench) {
	stale := b.create(item(key("moved on"), `{}`))
	moved := b.change(stale, next(stale, `{"n":2}`))
	there := b.create(item(key("there"), `{}`))
	faulty := []store.Put{
		{Before: stale, After: next(stale, `{"n":3}`)},
		{After: item(there.Key, `{"n":3}`)},
	}
	for i, fault := range faulty {
		for place := range 3 {
			var puts []store.Put
			for n := range 3 {
				k := key(fmt.Sprintf("good-%d-%d-%d", i, place, n))
				puts = append(puts, store.Put{After: item(k, `{}`)})
			}
			puts[place] = fault
			b.want(b.write(puts...), store.ErrConflict)
			for n, p := range puts {
				if n != place {
					b.absent(p.After.Key)
				}
			}
		}
	}
	b.stands(moved)
	b.stands(there)
}

func noneIfOneIsRefused(b *bench) {
	good, bad := item(key("good"), `{}`), item(key("bad"), `[]`)
	b.want(b.write(store.Put{After: good}, store.Put{After: bad}), store.ErrInvalid)
	b.absent(good.Key)
	b.absent(bad.Key)

	// A fault that only the stored item shows comes after the checks of all.
	made := b.create(item(key("made"), `{"entries":[1]}`))
	altered := made
	altered.Document = []byte(`{"entries":[2]}`)
	err := b.write(store.Put{After: good}, store.Put{Before: altered, After: next(made, `{"entries":[2]}`)})
	b.want(err, store.ErrInvalid)
	b.absent(good.Key)
	b.stands(made)
}

func mostPuts(b *bench) {
	var puts []store.Put
	for n := range store.MaxPuts {
		puts = append(puts, store.Put{After: item(key(fmt.Sprintf("most-%d", n)), `{}`)})
	}
	b.must(puts...)
}

// retryCases: an acknowledgement that was lost is not a conflict.
var retryCases = []testCase{
	{"OfACreate", retryOfACreate},
	{"OfAChange", retryOfAChange},
	{"OfSeveralPuts", retryOfSeveralPuts},
	{"AfterAnotherMovedOn", retryAfterAnotherMovedOn},
	{"OfSeveralPutsOneMovedOn", retryOneMovedOn},
	{"WriteIDUsedAgain", writeIDUsedAgain},
}

func retryOfACreate(b *bench) {
	put := store.Put{After: item(key("create"), `{"n":1}`)}
	made := b.must(put)[0]
	b.same(b.must(put)[0], made)
}

func retryOfAChange(b *bench) {
	made := b.create(item(key("change"), `{"n":1}`))
	put := store.Put{Before: made, After: next(made, `{"n":2}`)}
	changed := b.must(put)[0]
	b.same(b.must(put)[0], changed)
	b.same(changed.Version, int64(2))
}

func retryOfSeveralPuts(b *bench) {
	made := b.create(item(key("change"), `{"n":1}`))
	puts := []store.Put{
		{Before: made, After: next(made, `{"n":2}`)},
		{After: item(key("create"), `{"n":1}`)},
	}
	b.same(b.must(puts...), b.must(puts...))
}

func retryAfterAnotherMovedOn(b *bench) {
	create := store.Put{After: item(key("moved"), `{"n":1}`)}
	first := b.must(create)[0]
	change := store.Put{Before: first, After: next(first, `{"n":2}`)}
	secondly := b.must(change)[0]
	b.want(b.write(create), store.ErrConflict)
	last := b.change(secondly, next(secondly, `{"n":3}`))
	b.want(b.write(change), store.ErrConflict)
	b.stands(last)
}

// retryOneMovedOn: some of the puts are there still, so the write was done; but
// it is not the state of the table any more, and the caller has to read again.
func retryOneMovedOn(b *bench) {
	puts := []store.Put{
		{After: item(key("stays"), `{"n":1}`)},
		{After: item(key("moves"), `{"n":1}`)},
	}
	made := b.must(puts...)
	moved := b.change(made[1], next(made[1], `{"n":2}`))
	b.want(b.write(puts...), store.ErrConflict)
	b.stands(made[0])
	b.stands(moved)
}

// writeIDUsedAgain: the write id of a later version does not make another put
// of it done.
func writeIDUsedAgain(b *bench) {
	made := b.create(item(key("again"), `{"n":1}`))
	changed := b.change(made, next(made, `{"n":2}`))
	create := item(made.Key, `{"n":1}`)
	create.WriteID = changed.WriteID
	b.want(b.write(store.Put{After: create}), store.ErrConflict)
	b.stands(changed)
}
