//go:build dynamodb

package dynamo_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// TestNoDifference does the same to the file and to DynamoDB, whatever comes to
// mind, and holds every outcome of one against the other's. rapid prints the seed
// of a run that fails, and makes it short; -rapid.checks says how many there are.
func TestNoDifference(t *testing.T) {
	p := &pair{}
	now := func() time.Time { return time.Unix(p.now.Load(), 987_654_321).UTC() }
	file, err := bolt.Open(filepath.Join(t.TempDir(), "store"), now)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p.file, p.dynamo = file, open(t, now)
	rapid.Check(t, func(t *rapid.T) {
		p.begin(t)
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) { p.now.Add(rapid.Int64Range(0, 40).Draw(t, "seconds")) },
			"get":         p.get,
			"put":         func(t *rapid.T) { p.write(p.anyPut(t, p.anyKey(t))) },
			"put again":   p.putAgain,
			"puts":        p.putTogether,
			"partition":   p.readPartition,
			"due":         p.readDue,
			"day":         p.readDay,
		})
	})
	t.Logf("%d sequences, %d operations", p.sequences, p.operations)
}

// pair is both stores under one clock, and what has been done to them in this
// sequence.
type pair struct {
	file, dynamo store.Store
	now          atomic.Int64 // Unix seconds

	t          *rapid.T
	sequences  int
	operations int
	writes     int
	begun      int64        // when the sequence began
	read       []store.Item // every item that was ever read: some are stale
	done       [][]store.Put
}

// begin sets a sequence apart from those before: keys, days and dues of its own.
// Its time lies before theirs, so that no due of theirs comes up in it.
func (p *pair) begin(t *rapid.T) {
	p.t, p.read, p.done = t, nil, nil
	p.sequences++
	p.begun = time.Date(2900, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - int64(p.sequences)*5*24*60*60
	p.now.Store(p.begun)
}

// both does one thing to each store and holds that they end alike.
func (p *pair) both(what string, do func(s store.Store) error) error {
	p.operations++
	inFile, inDynamo := do(p.file), do(p.dynamo)
	if kindOf(inFile) != kindOf(inDynamo) {
		p.t.Fatalf("%s: the file says %v, DynamoDB %v", what, inFile, inDynamo)
	}
	return inFile
}

// kindOf is the one of the closed set; an error outside it is itself.
func kindOf(err error) error {
	for _, kind := range []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrUnavailable} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return err
}

func (p *pair) anyKey(t *rapid.T) store.Key {
	n := rapid.IntRange(0, 5).Draw(t, "key")
	return store.Key{Partition: fmt.Sprintf("%d#%d", p.sequences, n/2), Sort: fmt.Sprint(n % 2)}
}

func (p *pair) get(t *rapid.T) { p.getKey(p.anyKey(t)) }

func (p *pair) getKey(k store.Key) {
	var items []store.Item
	err := p.both("get", func(s store.Store) error {
		item, err := s.Get(context.Background(), k)
		items = append(items, item)
		return err
	})
	if !reflect.DeepEqual(items[0], items[1]) {
		p.t.Fatalf("get %q: the file has\n%+v\nDynamoDB\n%+v", k, items[0], items[1])
	}
	if err == nil {
		p.read = append(p.read, items[0])
	}
}

// anyPut is mostly lawful, and sometimes stale, altered or senseless.
func (p *pair) anyPut(t *rapid.T, k store.Key) store.Put {
	var put store.Put
	known := slices.DeleteFunc(slices.Clone(p.read), func(it store.Item) bool { return it.Key != k })
	if len(known) > 0 && rapid.IntRange(0, 4).Draw(t, "change") > 0 {
		// The last one read is the likeliest to stand still.
		back := min(rapid.IntRange(0, 3).Draw(t, "back"), len(known)-1)
		put.Before = known[len(known)-1-max(0, back-1)]
	}
	p.writes++
	put.After = store.Item{
		Key: k, WriteID: fmt.Sprint("w", p.writes), Day: put.Before.Day,
		Due: p.anyTime(t, "due"), Expires: p.anyTime(t, "expires"),
	}
	if put.After.Day == "" || rapid.IntRange(0, 9).Draw(t, "another day") == 0 {
		put.After.Day = p.anyDay(t)
	}
	entries := entriesOf(put.Before.Document)
	switch rapid.SampledFrom([]string{"grows", "grows", "stays", "shrinks", "changes"}).Draw(t, "entries") {
	case "grows":
		entries = append(entries, fmt.Sprintf(`{"n":%d,"t":%q}`, p.writes, rapid.SampledFrom([]string{"a", "é", "🛒", ""}).Draw(t, "text")))
	case "shrinks":
		entries = entries[:len(entries)/2]
	case "changes":
		entries = append([]string{`0`}, entries...)
	}
	put.After.Document = documentOf(p.writes, entries)
	switch rapid.IntRange(0, 19).Draw(t, "altered") {
	case 0:
		put.Before.Document = documentOf(0, entries)
	case 1:
		put.Before.Day = p.anyDay(t)
	case 2:
		put.Before.Version++
	case 3:
		put.Before.WriteID = "of nobody"
	case 4:
		put.After.Document = []byte(`{"n":1.5}`)
	case 5:
		put.After.WriteID = put.Before.WriteID
	}
	return put
}

// anyTime is never, or within a minute of now.
func (p *pair) anyTime(t *rapid.T, name string) time.Time {
	seconds := rapid.Int64Range(-10, 60).Draw(t, name)
	if seconds < 0 && rapid.Bool().Draw(t, "never") {
		return time.Time{}
	}
	return time.Unix(p.now.Load()+seconds, 0).UTC()
}

func (p *pair) anyDay(t *rapid.T) string {
	if n := rapid.IntRange(0, 2).Draw(t, "day"); n > 0 {
		return store.DayOf(time.Unix(p.begun, 0).AddDate(0, 0, n))
	}
	return ""
}

func documentOf(n int, entries []string) []byte {
	list := strings.Join(entries, ",")
	return fmt.Appendf(nil, ` {"n":%d, "list":[%s], "entries" : [%s]}`, n, list, list)
}

// entriesOf takes a document apart that documentOf made and a store gave back.
func entriesOf(document []byte) []string {
	_, list, found := strings.Cut(string(document), `"entries":[`)
	if !found {
		return nil
	}
	list, _, _ = strings.Cut(list, "]")
	if list == "" {
		return nil
	}
	return strings.SplitAfter(strings.ReplaceAll(list, "},{", "}\n,{"), "\n")
}

func (p *pair) write(puts ...store.Put) {
	if p.both("write", func(s store.Store) error { return s.Write(context.Background(), puts...) }) == nil {
		p.done = append(p.done, puts)
	}
	for _, put := range puts {
		p.getKey(put.After.Key)
	}
}

// putAgain repeats a write that was done, as after a lost acknowledgement.
func (p *pair) putAgain(t *rapid.T) {
	if len(p.done) > 0 {
		p.write(rapid.SampledFrom(p.done).Draw(t, "done")...)
	}
}

func (p *pair) putTogether(t *rapid.T) {
	var puts []store.Put
	for range rapid.IntRange(2, 4).Draw(t, "puts") {
		puts = append(puts, p.anyPut(t, p.anyKey(t)))
	}
	p.write(puts...)
}

func (p *pair) readPartition(t *rapid.T) {
	q := store.Query{Partition: p.anyKey(t).Partition, SortPrefix: rapid.SampledFrom([]string{"", "", "1"}).Draw(t, "prefix")}
	p.readAll(t, q, func(x, y store.Item) int { return 0 })
}

func (p *pair) readDue(t *rapid.T) {
	q := store.Query{DueBefore: time.Unix(p.now.Load()+rapid.Int64Range(-60, 120).Draw(t, "before"), 5), Shard: rapid.IntRange(0, store.DueShards-1).Draw(t, "shard")}
	p.readAll(t, q, byKey)
}

func (p *pair) readDay(t *rapid.T) {
	day := store.DayOf(time.Unix(p.begun, 0).AddDate(0, 0, rapid.IntRange(1, 2).Draw(t, "day")))
	p.readAll(t, store.Query{Day: day}, byKey)
}

func byKey(x, y store.Item) int {
	return cmp.Or(strings.Compare(x.Key.Partition, y.Key.Partition), strings.Compare(x.Key.Sort, y.Key.Sort))
}

// settleTime is how long DynamoDB's indexes may lag.
const settleTime = 5 * time.Second

// readAll reads a query to its end in both stores, page by page. What has one place
// in an index comes in any order, so that those are compared in order of keys; an
// index of DynamoDB is asked again while it lags.
func (p *pair) readAll(t *rapid.T, q store.Query, order func(x, y store.Item) int) {
	q.Limit = rapid.IntRange(1, 4).Draw(t, "limit")
	p.operations++
	want := p.pages(p.file, q, order)
	for end := time.Now().Add(settleTime); ; time.Sleep(5 * time.Millisecond) {
		got := p.pages(p.dynamo, q, order)
		if reflect.DeepEqual(got, want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("query %+v: the file has\n%+v\nDynamoDB\n%+v", q, want, got)
		}
	}
}

func (p *pair) pages(s store.Store, q store.Query, order func(x, y store.Item) int) (items []store.Item) {
	for range 100 {
		page, err := s.Query(context.Background(), q)
		if err != nil {
			p.t.Fatalf("query %+v: %v", q, err)
		}
		items = append(items, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			slices.SortStableFunc(items, order)
			return items
		}
		// The other store takes the cursor for its own.
		for _, other := range []store.Store{p.file, p.dynamo} {
			if _, err := other.Query(context.Background(), q); err != nil {
				p.t.Fatalf("the cursor %s of %T in %T: %v", q.Cursor, s, other, err)
			}
		}
	}
	p.t.Fatalf("query %+v has no end", q)
	return nil
}
