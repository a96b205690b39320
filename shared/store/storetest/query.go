package storetest

import (
	"fmt"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// queryCases: a partition is read whole, in order, page by page.
var queryCases = []testCase{
	{"EmptyPartition", emptyPartition},
	{"ItemsWhole", itemsWhole},
	{"SortOrder", sortOrder},
	{"SortPrefix", sortPrefix},
	{"OnlyItsPartition", onlyItsPartition},
	{"Pages", partitionPages},
	{"PagesWhileOthersWrite", partitionPagesWhileOthersWrite},
	{"PagesOfPrefix", pagesOfPrefix},
	{"PagesOfLargeDocuments", pagesOfLargeDocuments},
	{"ReadsItsWrites", readsItsWrites},
}

func emptyPartition(b *bench) {
	b.same(len(b.all(store.Query{Partition: "test#empty", Limit: 10}, nil)), 0)
}

// rows creates items in one partition under the sort keys given.
func (b *bench) rows(partition string, sorts ...string) {
	b.Helper()
	for i, s := range sorts {
		b.create(item(store.Key{Partition: partition, Sort: s}, fmt.Sprintf(`{"n":%d}`, i)))
	}
}

func sortsOf(items []store.Item) []string {
	var sorts []string
	for _, it := range items {
		sorts = append(sorts, it.Key.Sort)
	}
	return sorts
}

func itemsWhole(b *bench) {
	after := item(key("whole"), `{"a":1}`)
	after.Due, after.Expires, after.Day = second(5), second(50), aDay
	made := b.create(after)
	b.same(b.all(store.Query{Partition: made.Key.Partition, Limit: 1}, nil), []store.Item{made})
}

// sortOrder is the order of the UTF-8 bytes, not of an alphabet or of numbers.
func sortOrder(b *bench) {
	want := []string{" ", "#", "10", "2", "A", "B", "a", "a#", "a#1", "aa", "b", "é", "東", "🛒"}
	mixed := slices.Clone(want)
	slices.Reverse(mixed)
	mixed[0], mixed[5] = mixed[5], mixed[0]
	b.rows("test#order", mixed...)
	b.same(sortsOf(b.all(store.Query{Partition: "test#order", Limit: 100}, nil)), want)
}

func sortPrefix(b *bench) {
	b.rows("test#prefix", "a", "day#1", "day#2", "day$", "da", "dayz", "day#", "東京", "東")
	for prefix, want := range map[string][]string{
		"day#":   {"day#", "day#1", "day#2"},
		"day":    {"day#", "day#1", "day#2", "day$", "dayz"},
		"東":      {"東", "東京"},
		"a":      {"a"},
		"z":      nil,
		"day#11": nil,
		"":       {"a", "da", "day#", "day#1", "day#2", "day$", "dayz", "東", "東京"},
	} {
		q := store.Query{Partition: "test#prefix", SortPrefix: prefix, Limit: 100}
		b.same(sortsOf(b.all(q, nil)), want)
	}
}

func onlyItsPartition(b *bench) {
	b.rows("test#p", "a", "b")
	b.rows("test#pa", "a")
	b.rows("test#", "pa", "pb")
	b.rows("test#o", "z")
	b.rows("test#q", "0")
	b.same(sortsOf(b.all(store.Query{Partition: "test#p", Limit: 100}, nil)), []string{"a", "b"})
}

func partitionPages(b *bench) {
	want := numbered("row", 23)
	b.rows("test#pages", want...)
	b.rows("test#pagesz", "after")
	for _, limit := range []int{1, 2, 3, 5, 22, 23, 24, store.MaxPage} {
		b.same(sortsOf(b.all(store.Query{Partition: "test#pages", Limit: limit}, nil)), want)
	}
}

func numbered(name string, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%03d", name, i)
	}
	return names
}

// partitionPagesWhileOthersWrite: what was there is read once each, in order;
// what comes in between may be read or not, but not twice.
func partitionPagesWhileOthersWrite(b *bench) {
	want := numbered("row", 15)
	for _, limit := range []int{1, 2, 7} {
		partition := fmt.Sprintf("test#busy-%d", limit)
		b.rows(partition, want...)
		n := 0
		got := sortsOf(b.all(store.Query{Partition: partition, Limit: limit}, func() {
			if n++; n <= len(want) {
				b.rows(partition, "row-000-"+fmt.Sprint(n), fmt.Sprintf("row-%03d-new", n*limit), "row-zz-"+fmt.Sprint(n))
			}
		}))
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			b.Errorf("limit %d: not in order, or one item twice: %q", limit, got)
		}
		for _, sort := range want {
			if !slices.Contains(got, sort) {
				b.Errorf("limit %d: %s was not read", limit, sort)
			}
		}
	}
}

func pagesOfPrefix(b *bench) {
	b.rows("test#both", append(numbered("a", 5), append(numbered("b", 9), numbered("c", 5)...)...)...)
	for _, limit := range []int{1, 4, 9, 10} {
		q := store.Query{Partition: "test#both", SortPrefix: "b-", Limit: limit}
		b.same(sortsOf(b.all(q, nil)), numbered("b", 9))
	}
}

// pagesOfLargeDocuments is past what DynamoDB gives in one page (1 MB).
func pagesOfLargeDocuments(b *bench) {
	want := numbered("large", 5)
	for _, s := range want {
		b.create(item(store.Key{Partition: "test#large", Sort: s}, documentOf(store.MaxDocument)))
	}
	b.same(sortsOf(b.all(store.Query{Partition: "test#large", Limit: 100}, nil)), want)
}

func readsItsWrites(b *bench) {
	it := b.create(item(key("now"), `{"n":0}`))
	for n := range 20 {
		it = b.change(it, next(it, fmt.Sprintf(`{"n":%d}`, n+1)))
		b.same(b.all(store.Query{Partition: it.Key.Partition, Limit: 1}, nil), []store.Item{it})
	}
}
