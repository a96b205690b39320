package storetest

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// refusedCases: what is not lawful is refused with an error of the closed set,
// and nothing is written.
var refusedCases = []testCase{
	{"BadKeys", badKeys},
	{"BadPuts", badPuts},
	{"BadDocuments", badDocuments},
	{"TimesFinerThanASecond", timesFinerThanASecond},
	{"BadDays", badDays},
	{"TooManyPuts", tooManyPuts},
	{"TooMuchTogether", tooMuchTogether},
	{"BadQueries", badQueries},
	{"GarbageCursors", garbageCursors},
	{"CursorsOfOtherQueries", cursorsOfOtherQueries},
	{"CancelledContext", cancelledContext},
}

// refuses holds that one put is ErrInvalid.
func (b *bench) refuses(name string, p store.Put) {
	b.Helper()
	if fault := wrongKind(b.write(p), store.ErrInvalid); fault != "" {
		b.Errorf("%s: %s", name, fault)
	}
}

func badKeys(b *bench) {
	for name, k := range map[string]store.Key{
		"no partition":       {Sort: "s"},
		"no sort":            {Partition: "p"},
		"nothing":            {},
		"long partition":     {Partition: strings.Repeat("p", 1025), Sort: "s"},
		"long sort":          {Partition: "p", Sort: strings.Repeat("s", 1025)},
		"partition no UTF-8": {Partition: "p\xff", Sort: "s"},
		"sort no UTF-8":      {Partition: "p", Sort: "s\xc3"},
	} {
		_, err := b.store.Get(b.Context(), k)
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("get, %s: %s", name, fault)
		}
		b.refuses(name, store.Put{After: item(k, `{}`)})
	}
}

func badPuts(b *bench) {
	made := b.create(item(key("made"), `{}`))
	elsewhere, nameless, repeated, longNamed, negative := next(made, `{}`), next(made, `{}`), next(made, `{}`), next(made, `{}`), made
	longNamed.WriteID = strings.Repeat("w", 257)
	elsewhere.Key = key("elsewhere")
	nameless.WriteID = ""
	repeated.WriteID = made.WriteID
	negative.Version = -1
	b.refuses("another key", store.Put{Before: made, After: elsewhere})
	b.refuses("no write id", store.Put{Before: made, After: nameless})
	b.refuses("the write id that was read", store.Put{Before: made, After: repeated})
	b.refuses("a write id too long", store.Put{Before: made, After: longNamed})
	b.refuses("a negative version", store.Put{Before: negative, After: next(made, `{}`)})
	b.want(b.write(), store.ErrInvalid)
	twice := item(key("twice"), `{}`)
	b.want(b.write(store.Put{After: twice}, store.Put{After: twice}), store.ErrInvalid)
	b.absent(twice.Key)
	b.absent(elsewhere.Key)
	b.stands(made)
}

func badDocuments(b *bench) {
	k := key("document")
	for _, document := range []string{
		``, ` `, `null`, `[]`, `"text"`, `1`, `true`, `{`, `{}{}`, `{"a":}`, `{a:1}`, "{\"a\":\"\xff\"}",
		`{"entries":1}`, documentOf(store.MaxDocument + 1),
		`{"n":1.0}`, `{"n":0.5}`, `{"n":1e2}`, `{"n":1E2}`, `{"n":-0}`, `{"n":01}`, `{"n":` + strings.Repeat("9", 39) + `}`,
		`{"":1}`, `{"a":{"":1}}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"l":[{"a":1,"b":2,"a":3}]}`,
		`{"s":"\ud83d"}`, `{"s":"\ude00\ud83d"}`, `{"s":"\ud83dx"}`, `{"s":"\ud83d\u0041"}`, `{"\udc00":1}`,
		nested(store.MaxDepth + 1), fmt.Sprintf(`{"%s":1}`, strings.Repeat("n", 65_536)),
		`{"many":[` + strings.Repeat("[],", store.MaxDocument/4) + `[]]}`, // short to write, long to keep
	} {
		b.refuses(fmt.Sprintf("%.20q", document), store.Put{After: item(k, document)})
	}
	b.absent(k)
}

func timesFinerThanASecond(b *bench) {
	due, expires := item(key("due"), `{}`), item(key("expires"), `{}`)
	due.Due = second(1).Add(time.Nanosecond)
	expires.Expires = second(1).Add(time.Millisecond)
	b.refuses("due", store.Put{After: due})
	b.refuses("expires", store.Put{After: expires})
	b.absent(due.Key)
	b.absent(expires.Key)
}

func badDays(b *bench) {
	made := b.create(item(key("without a day"), `{}`))
	for _, day := range []string{
		"today", "2040", "2040-01", "2040-1-2", "20400102", "02040-01-02", "2040-01-02 ", "2040-01-02T03:04:05Z",
		"2040-00-02", "2040-13-02", "2040-01-00", "2040-02-30", "2041-02-29", "-040-01-02", "٢٠٤٠-٠١-٠٢",
	} {
		fresh, later := dayItem(key("fresh"), day), next(made, `{}`)
		later.Day = day
		b.refuses("create on "+day, store.Put{After: fresh})
		b.refuses("change to "+day, store.Put{Before: made, After: later})
		b.absent(fresh.Key)
		_, err := b.store.Query(b.Context(), store.Query{Day: day, Limit: 1})
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("query of %q: %s", day, fault)
		}
	}
	b.stands(made)
}

func tooManyPuts(b *bench) {
	var puts []store.Put
	for n := range store.MaxPuts + 1 {
		puts = append(puts, store.Put{After: item(key(fmt.Sprintf("many-%d", n)), `{}`)})
	}
	b.want(b.write(puts...), store.ErrInvalid)
	b.absent(puts[0].After.Key)
}

func tooMuchTogether(b *bench) {
	var puts []store.Put
	for n := range store.MaxTogether/store.MaxDocument + 1 {
		puts = append(puts, store.Put{After: item(key(fmt.Sprintf("much-%d", n)), documentOf(store.MaxDocument))})
	}
	b.want(b.write(puts...), store.ErrInvalid)
	b.absent(puts[0].After.Key)
}

func badQueries(b *bench) {
	for name, q := range map[string]store.Query{
		"of nothing":     {Limit: 1},
		"of both":        {Partition: "p", DueBefore: second(0), Limit: 1},
		"of day and due": {Day: aDay, DueBefore: second(0), Limit: 1},
		"of day and p":   {Day: aDay, Partition: "p", Limit: 1},
		"of all three":   {Day: aDay, Partition: "p", DueBefore: second(0), Limit: 1},
		"day, no limit":  {Day: aDay},
		"day prefix":     {Day: aDay, SortPrefix: "s", Limit: 1},
		"no limit":       {Partition: "p"},
		"negative limit": {Partition: "p", Limit: -1},
		"limit past max": {Partition: "p", Limit: store.MaxPage + 1},
		"shard below":    {DueBefore: second(0), Shard: -1, Limit: 1},
		"shard above":    {DueBefore: second(0), Shard: store.DueShards, Limit: 1},
		"due prefix":     {DueBefore: second(0), SortPrefix: "s", Limit: 1},
		"long partition": {Partition: strings.Repeat("p", 1025), Limit: 1},
		"long prefix":    {Partition: "p", SortPrefix: strings.Repeat("s", 1025), Limit: 1},
		"no UTF-8":       {Partition: "p\xff", Limit: 1},
		"prefix cut":     {Partition: "p", SortPrefix: "\xe6\x9d", Limit: 1},
	} {
		_, err := b.store.Query(b.Context(), q)
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("%s: %s", name, fault)
		}
	}
}

// cursors gives a lawful query of a partition, one of the due index and one of a
// day, each with the cursor of its second page.
func (b *bench) cursors() (partition, due, day store.Query) {
	b.Helper()
	keys := keysOfShard(0, 3)
	for _, k := range keys {
		it := dueItem(k, second(1))
		it.Day = aDay
		b.create(it)
		b.create(item(store.Key{Partition: "test#cursor", Sort: k.Partition}, `{}`))
	}
	b.due(second(1), keys...) // which sorts them
	b.day(aDay, keys...)
	partition = store.Query{Partition: "test#cursor", Limit: 1}
	due = store.Query{DueBefore: second(1), Limit: 1}
	day = store.Query{Day: aDay, Limit: 1}
	for _, q := range []*store.Query{&partition, &due, &day} {
		page, err := b.store.Query(b.Context(), *q)
		if err != nil || page.Next == "" {
			b.Fatalf("query %+v: next %q, error %v", *q, page.Next, err)
		}
		q.Cursor = page.Next
	}
	return partition, due, day
}

func garbageCursors(b *bench) {
	partition, due, day := b.cursors()
	for _, q := range []store.Query{partition, due, day} {
		good := q.Cursor
		for _, bad := range []string{
			"garbage", "!", "%00", "\x00", "0", "null", "{}", strings.Repeat("x", 10_000),
			base64.RawURLEncoding.EncodeToString([]byte(`null`)),
			base64.RawURLEncoding.EncodeToString([]byte(`{}`)),
			base64.RawURLEncoding.EncodeToString([]byte(`{"p":"","s":""}`)),
			base64.StdEncoding.EncodeToString([]byte("\xff\xfe\xfd")),
			good[:len(good)/2], good + "x", good + good, "x" + good,
		} {
			q.Cursor = bad
			_, err := b.store.Query(b.Context(), q)
			if fault := wrongKind(err, store.ErrInvalid); fault != "" {
				b.Errorf("cursor %.40q: %s", bad, fault)
			}
		}
	}
}

// cursorsOfOtherQueries: a cursor may come back through a browser, and must not
// lead it anywhere it did not ask for.
func cursorsOfOtherQueries(b *bench) {
	partition, due, day := b.cursors()
	otherShard, otherPartition, otherPrefix, otherDay := due, partition, partition, day
	otherShard.Shard = 1
	otherDay.Day = dayAfter
	otherPartition.Partition = "test#curso"
	otherPrefix.SortPrefix = "z"
	first := due
	first.Cursor = ""
	named := b.all(first, nil)[0].Key // the one that the cursor of due names
	swapped := store.Query{Partition: named.Partition, Limit: 1, Cursor: due.Cursor}
	swappedBack := due
	swappedBack.Cursor = partition.Cursor
	dayOfDue, dayOfRows, dueOfDay := day, day, due
	dayOfDue.Cursor, dayOfRows.Cursor, dueOfDay.Cursor = due.Cursor, partition.Cursor, day.Cursor
	rowsOfDay := store.Query{Partition: named.Partition, Limit: 1, Cursor: day.Cursor}
	for name, q := range map[string]store.Query{
		"of another shard":      otherShard,
		"of another partition":  otherPartition,
		"of another prefix":     otherPrefix,
		"of the due index":      swapped,
		"of a partition's rows": swappedBack,
		"of another day":        otherDay,
		"of due, for a day":     dayOfDue,
		"of rows, for a day":    dayOfRows,
		"of a day, for due":     dueOfDay,
		"of a day, for rows":    rowsOfDay,
	} {
		_, err := b.store.Query(b.Context(), q)
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("%s: %s", name, fault)
		}
	}
}

func cancelledContext(b *bench) {
	made := b.create(item(key("there"), `{}`))
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	_, err := b.store.Get(ctx, made.Key)
	b.want(err, store.ErrUnavailable)
	_, err = b.store.Query(ctx, store.Query{Partition: made.Key.Partition, Limit: 1})
	b.want(err, store.ErrUnavailable)
	late := item(key("late"), `{}`)
	b.want(b.store.Write(ctx, store.Put{After: late}), store.ErrUnavailable)
	b.want(b.store.Write(ctx, store.Put{Before: made, After: next(made, `{"n":2}`)}), store.ErrUnavailable)
	b.absent(late.Key)
	b.stands(made)
}
