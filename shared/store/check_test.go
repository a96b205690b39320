package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

var (
	aKey  = store.Key{Partition: "payment#1", Sort: "payment"}
	aTime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
)

const aDay = "2030-01-02"

// before and after are a lawful put; each row of a table changes one thing.
func before() store.Item {
	return store.Item{Key: aKey, Version: 3, WriteID: "w3", Day: aDay, Document: []byte(`{"entries":[{"a":1},{"b":2}]}`)}
}

func after() store.Item {
	return store.Item{Key: aKey, WriteID: "w4", Due: aTime, Expires: aTime, Day: aDay, Document: []byte(`{"entries":[{"a":1},{"b":2},{"c":3}]}`)}
}

func TestCheckOfOnePut(t *testing.T) {
	type change func(p *store.Put)
	day := func(then, now string) change {
		return func(p *store.Put) { p.Before.Day, p.After.Day = then, now }
	}
	document := func(text string) change { return func(p *store.Put) { p.After.Document = []byte(text) } }
	for _, c := range []struct {
		name   string
		change change
		lawful bool
	}{
		{"change", func(*store.Put) {}, true},
		{"create", func(p *store.Put) { p.Before = store.Item{} }, true},
		{"no times", func(p *store.Put) { p.After.Due, p.After.Expires = time.Time{}, time.Time{} }, true},
		{"time in another zone", func(p *store.Put) { p.After.Due = aTime.In(time.FixedZone("there", 3600)) }, true},
		{"version of After not read", func(p *store.Put) { p.After.Version = -7 }, true},
		{"no day", day("", ""), true},
		{"day that comes later", day("", aDay), true},
		{"leap day", day("", "2028-02-29"), true},
		{"first day", day("", "0001-01-01"), true},
		{"last day", day("", "9999-12-31"), true},
		{"created where a day was read", func(p *store.Put) { p.Before = store.Item{Day: "2029-12-31"} }, true},
		{"largest document", sized(store.MaxDocument), true},
		{"odd key", func(p *store.Put) {
			p.Before = store.Item{}
			p.After.Key = store.Key{Partition: "é #\n", Sort: "🛒"}
		}, true},

		{"no partition", func(p *store.Put) { p.Before.Key.Partition, p.After.Key.Partition = "", "" }, false},
		{"no sort", func(p *store.Put) { p.Before.Key.Sort, p.After.Key.Sort = "", "" }, false},
		{"key not UTF-8", func(p *store.Put) { p.Before.Key.Sort, p.After.Key.Sort = "\xff", "\xff" }, false},
		{"moved", func(p *store.Put) { p.After.Key.Sort = "other" }, false},
		{"negative version", func(p *store.Put) { p.Before.Version = -1 }, false},
		{"longest write id", func(p *store.Put) { p.After.WriteID = strings.Repeat("w", 256) }, true},

		{"write id too long", func(p *store.Put) { p.After.WriteID = strings.Repeat("w", 257) }, false},
		{"no write id", func(p *store.Put) { p.After.WriteID = "" }, false},
		{"same write id", func(p *store.Put) { p.After.WriteID = "w3" }, false},
		{"write id not UTF-8", func(p *store.Put) { p.After.WriteID = "w\xff" }, false},
		{"due too fine", func(p *store.Put) { p.After.Due = aTime.Add(1) }, false},
		{"expiry too fine", func(p *store.Put) { p.After.Expires = aTime.Add(time.Millisecond) }, false},
		{"day changed", day(aDay, "2030-01-03"), false},
		{"day cleared", day(aDay, ""), false},
		{"day of no calendar", day("", "2030-02-29"), false},
		{"day in another form", day("", "2030-1-2"), false},
		{"day with a time", day("", "2030-01-02T00:00:00Z"), false},
		{"day with a space", day("", " 2030-01-02"), false},
		{"day of five figures", day("", "12030-01-02"), false},
		{"day kept in another form", day("2030-1-2", "2030-1-2"), false},
		{"document too large", sized(store.MaxDocument + 1), false},
		{"document not UTF-8", document("{\"entries\":[{\"a\":1},{\"b\":2}],\"t\":\"\xff\"}"), false},
		{"no document", document(``), false},
		{"null", document(`null`), false},
		{"list", document(`[]`), false},
		{"two documents", document(`{"entries":[{"a":1},{"b":2}]}{}`), false},
		{"document read is none", func(p *store.Put) { p.Before.Document = []byte(`[]`) }, false},
	} {
		p := store.Put{Before: before(), After: after()}
		c.change(&p)
		held(t, c.name, store.Check([]store.Put{p}), c.lawful)
	}
}

func sized(bytes int) func(p *store.Put) {
	return func(p *store.Put) {
		p.Before = store.Item{}
		p.After.Document = fmt.Appendf(nil, `{"x":"%s"}`, strings.Repeat("x", bytes-len(`{"x":""}`)))
	}
}

// held holds that a check's answer is nil or ErrInvalid as the row says.
func held(t *testing.T, name string, err error, lawful bool) {
	t.Helper()
	if lawful && err != nil || !lawful && !errors.Is(err, store.ErrInvalid) {
		t.Errorf("%s: got %v, lawful is %v", name, err, lawful)
	}
}

func TestCheckOfEntries(t *testing.T) {
	for _, c := range []struct {
		then, now string
		lawful    bool
	}{
		{`{}`, `{}`, true},
		{`{}`, `{"entries":[1]}`, true},
		{`{"entries":null}`, `{}`, true},
		{`{"entries":[]}`, `{"entries":null}`, true},
		{`{"entries":[1]}`, `{"entries":[1]}`, true},
		{`{"entries":[1]}`, `{"entries":[1,1]}`, true},
		{`{"entries":[{"a":1}]}`, `{"entries" : [ {"a" : 1} , {} ]}`, true},          // white space says nothing
		{`{"entries":[{"a":1,"b":2}]}`, `{"entries":[{"b":2,"\u0061":1},{}]}`, true}, // nor order, nor escapes
		{`{"Entries":[1]}`, `{}`, true},                                              // another attribute

		{`{"entries":[1]}`, `{}`, false},
		{`{"entries":[1]}`, `{"Entries":[1]}`, false},
		{`{"entries":[1]}`, `{"entries":null}`, false},
		{`{"entries":[1]}`, `{"entries":[]}`, false},
		{`{"entries":[1,2]}`, `{"entries":[2]}`, false},
		{`{"entries":[1,2]}`, `{"entries":[2,1]}`, false},
		{`{"entries":[1,2]}`, `{"entries":[0,1,2]}`, false},
		{`{"entries":[1,2]}`, `{"entries":[1,3,2]}`, false},
		{`{"entries":[{"a":1}]}`, `{"entries":[{"a":1,"b":2}]}`, false},
		{`{"entries":[{"a":1}]}`, `{"entries":[{"a":1.0}]}`, false},
		{`{"entries":["a b"]}`, `{"entries":["ab"]}`, false},
		{`{"entries":[{}]}`, `{"entries":{}}`, false},
		{`{"entries":[{}]}`, `{"entries":[{}],"entries":[]}`, false},
		{`{}`, `{"entries":"none"}`, false},
	} {
		p := store.Put{Before: before(), After: after()}
		p.Before.Document, p.After.Document = []byte(c.then), []byte(c.now)
		held(t, c.then+" to "+c.now, store.Check([]store.Put{p}), c.lawful)
	}
}

func TestCheckOfSeveralPuts(t *testing.T) {
	creates := func(count, bytes int) []store.Put {
		puts := make([]store.Put, count)
		for i := range puts {
			sized(bytes)(&puts[i])
			puts[i].After.Key, puts[i].After.WriteID = store.PaymentKey(fmt.Sprint(i)), "w"
		}
		return puts
	}
	const most = store.MaxTogether / store.MaxDocument
	unlawful := creates(3, 8)
	unlawful[2].After.WriteID = ""
	same := creates(3, 8)
	same[2].After.Key = same[0].After.Key
	for _, c := range []struct {
		name   string
		puts   []store.Put
		lawful bool
	}{
		{"none", nil, false},
		{"most", creates(store.MaxPuts, 8), true},
		{"too many", creates(store.MaxPuts+1, 8), false},
		{"one key twice", same, false},
		{"the last unlawful", unlawful, false},
		{"largest together", creates(most, store.MaxDocument), true},
		{"too large together", creates(most+1, store.MaxDocument), false},
	} {
		held(t, c.name, store.Check(c.puts), c.lawful)
	}
}

func TestCheckOfQueries(t *testing.T) {
	for _, c := range []struct {
		name   string
		query  store.Query
		lawful bool
	}{
		{"partition", store.Query{Partition: "p", Limit: 1}, true},
		{"prefix", store.Query{Partition: "p", SortPrefix: "s", Limit: store.MaxPage}, true},
		{"due", store.Query{DueBefore: aTime, Limit: 1}, true},
		{"due with a fraction", store.Query{DueBefore: aTime.Add(1), Limit: 1}, true},
		{"last shard", store.Query{DueBefore: aTime, Shard: store.DueShards - 1, Limit: 1}, true},
		{"day", store.Query{Day: aDay, Limit: store.MaxPage}, true},

		{"none", store.Query{Limit: 1}, false},
		{"partition and due", store.Query{Partition: "p", DueBefore: aTime, Limit: 1}, false},
		{"partition and day", store.Query{Partition: "p", Day: aDay, Limit: 1}, false},
		{"due and day", store.Query{DueBefore: aTime, Day: aDay, Limit: 1}, false},
		{"all three", store.Query{Partition: "p", DueBefore: aTime, Day: aDay, Limit: 1}, false},
		{"day of no calendar", store.Query{Day: "2030-02-29", Limit: 1}, false},
		{"day cut short", store.Query{Day: "2030-01", Limit: 1}, false},
		{"prefix of a day", store.Query{Day: aDay, SortPrefix: "s", Limit: 1}, false},
		{"no limit of a day", store.Query{Day: aDay}, false},
		{"no limit", store.Query{Partition: "p"}, false},
		{"limit too high", store.Query{Partition: "p", Limit: store.MaxPage + 1}, false},
		{"shard too low", store.Query{DueBefore: aTime, Shard: -1, Limit: 1}, false},
		{"shard too high", store.Query{DueBefore: aTime, Shard: store.DueShards, Limit: 1}, false},
		{"prefix of due", store.Query{DueBefore: aTime, SortPrefix: "s", Limit: 1}, false},
		{"partition too long", store.Query{Partition: strings.Repeat("p", 1025), Limit: 1}, false},
		{"prefix too long", store.Query{Partition: "p", SortPrefix: strings.Repeat("s", 1025), Limit: 1}, false},
		{"partition not UTF-8", store.Query{Partition: "\xff", Limit: 1}, false},
		{"prefix not UTF-8", store.Query{Partition: "p", SortPrefix: "\xe6", Limit: 1}, false},
	} {
		held(t, c.name, c.query.Check(), c.lawful)
	}
}

// TestDayOf: a day is one of UTC, wherever the clock stands.
func TestDayOf(t *testing.T) {
	west, east := time.FixedZone("west", -5*60*60), time.FixedZone("east", 9*60*60)
	for _, c := range []struct {
		time time.Time
		want string
	}{
		{aTime, aDay},
		{time.Date(2030, 1, 1, 19, 0, 0, 0, west), aDay},
		{time.Date(2030, 1, 1, 18, 59, 59, 999, west), "2030-01-01"},
		{time.Date(2030, 1, 3, 8, 59, 59, 0, east), aDay},
		{time.Date(2030, 1, 3, 9, 0, 0, 0, east), "2030-01-03"},
	} {
		if got := store.DayOf(c.time); got != c.want {
			t.Errorf("%v: %s, want %s", c.time, got, c.want)
		}
	}
}

// TestDueShard holds the shards where they are: a row's place in the index is
// stored, and a shard that moved would strand it.
func TestDueShard(t *testing.T) {
	for partition, want := range map[string]int{"payment#1": 1, "payment#2": 0, "payment#3": 3, "prices": 3} {
		for _, sort := range []string{"payment", "other"} {
			if got := store.DueShard(store.Key{Partition: partition, Sort: sort}); got != want {
				t.Errorf("%s: shard %d, want %d", partition, got, want)
			}
		}
	}
	used := map[int]bool{}
	for n := range 100 {
		used[store.DueShard(store.PaymentKey(fmt.Sprint(n)))] = true
	}
	if len(used) != store.DueShards {
		t.Errorf("%d shards used of %d", len(used), store.DueShards)
	}
}
