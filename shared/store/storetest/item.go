package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// itemCases: what goes in comes out, and is nobody else's.
var itemCases = []testCase{
	{"EveryFieldSurvives", everyFieldSurvives},
	{"EmptyTimesStayEmpty", emptyTimesStayEmpty},
	{"TimesComeBackInUTC", timesComeBackInUTC},
	{"DocumentInItsForm", documentInItsForm},
	{"LargestDocument", largestDocument},
	{"OddKeysDoNotMeet", oddKeysDoNotMeet},
	{"LongestKey", longestKey},
	{"AbsentIsNotFound", func(b *bench) { b.absent(key("nobody")) }},
	{"GlanceFindsIt", glanceFindsIt},
	{"CopiesInAreTheStores", copiesInAreTheStores},
	{"CopiesOutAreTheCallers", copiesOutAreTheCallers},
}

// everyFieldSurvives fills an item by reflection, so that a field added later
// cannot be forgotten in a store.
func everyFieldSurvives(b *bench) {
	var want store.Item
	document := func(n int) []byte { return fmt.Appendf(nil, `{"a":%d,"entries":[{"n":%d}]}`, n, n) }
	if err := Fill(&want, document); err != nil {
		b.Fatal(err)
	}
	want.Day = aDay // the one text that must have a form, and that may not change
	b.must(store.Put{After: want})
	want.Version = 1 // the store's to say, whatever the put had
	b.stands(want)

	var second store.Item
	again := func(n int) []byte {
		return fmt.Appendf(want.Document[:len(want.Document)-2:len(want.Document)-2], `,%d]}`, n)
	}
	if err := Fill(&second, again); err != nil {
		b.Fatal(err)
	}
	second.Key, second.Day, second.WriteID = want.Key, want.Day, second.WriteID+" again"
	second.Due, second.Expires = second.Due.Add(time.Hour), second.Expires.Add(time.Hour)
	b.must(store.Put{Before: want, After: second})
	second.Version = 2
	b.stands(second)
	b.same(b.all(store.Query{Partition: want.Key.Partition, Limit: 5}, nil), []store.Item{second})
}

// emptyTimesStayEmpty: never is not the year 1970, and 1970 is not never.
func emptyTimesStayEmpty(b *bench) {
	made := b.create(item(key("never"), `{}`))
	if !made.Due.IsZero() || !made.Expires.IsZero() {
		b.Errorf("due %v and expires %v where neither was set", made.Due, made.Expires)
	}
	long := item(key("long ago"), `{}`)
	long.Due = time.Unix(0, 0).UTC()
	if made := b.create(long); !made.Due.Equal(long.Due) || made.Due.IsZero() {
		b.Errorf("due %v, want %v", made.Due, long.Due)
	}
}

func timesComeBackInUTC(b *bench) {
	want := item(key("zone"), `{}`)
	want.Due, want.Expires = second(10), second(20)
	there := want
	zone := time.FixedZone("there", 2*60*60)
	there.Due, there.Expires = there.Due.In(zone), there.Expires.In(zone)
	b.must(store.Put{After: there})
	want.Version = 1
	b.stands(want)
}

// documentInItsForm: a document comes back in one form, whatever it was kept in. A
// store that gave it another would have lawful writes refused, since the law of
// entries compares that form.
func documentInItsForm(b *bench) {
	for i, d := range []struct{ in, out string }{
		{`{}`, `{}`},
		{" {\t\"z\" : 1,\r\n\"a\":2 , \"m\":[ ] } ", `{"a":2,"m":[],"z":1}`},
		{`{"b":{"d":1,"c":{}},"a":[{"z":[],"y":""},[[]]]}`, `{"a":[{"y":"","z":[]},[[]]],"b":{"c":{},"d":1}}`},
		{`{"n":[0,-1,100,1000000,10000000000000000000000000000000000000,-99999999999999999999999999999999999999,12345678901234567890]}`, ""},
		{`{"s":"<a&b>\u003c\u0026\/\"\\\n\t\u0000\u001f\b\f\r\u007f"}`, `{"s":"<a&b><&/\"\\\n\t\u0000\u001f\b\f\r` + "\x7f" + `"}`},
		{`{"s":"Zürich 東京 🛒 \ud83d\uDED2 e\u0301 \u2028"}`, `{"s":"Zürich 東京 🛒 🛒 ` + "e\u0301 \u2028" + `"}`},
		{`{"t":true,"f":false,"z":null,"l":[null,true,""]}`, `{"f":false,"l":[null,true,""],"t":true,"z":null}`},
		{`{"b":1,"B":2,"é":3,"z":4,"\u0061":5,"a b":6,"a.b":7,"#a":8,":a":9,"🛒":10,"ﬀ":11}`, `{"#a":8,":a":9,"B":2,"a":5,"a b":6,"a.b":7,"b":1,"z":4,"é":3,"🛒":10,"ﬀ":11}`},
		{nested(store.MaxDepth), ""},
	} {
		want := d.out
		if want == "" {
			want = d.in
		}
		k := key(fmt.Sprintf("document-%d", i))
		if got := b.create(item(k, d.in)).Document; string(got) != want {
			b.Errorf("document came back as\n%s, want\n%s", got, want)
		}
	}
}

// nested is a document of so many levels.
func nested(levels int) string {
	return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
}

// documentOf is a lawful document of exactly so many bytes.
func documentOf(bytes int) string {
	const frame = `{"fill":""}`
	return `{"fill":"` + strings.Repeat("x", bytes-len(frame)) + `"}`
}

func largestDocument(b *bench) {
	document := documentOf(store.MaxDocument)
	made := b.create(item(key("largest"), document))
	if string(made.Document) != document {
		b.Errorf("a document of %d bytes came back as %d other ones", len(document), len(made.Document))
	}
	after := next(made, documentOf(store.MaxDocument-1))
	if changed := b.change(made, after); string(changed.Document) != string(after.Document) {
		b.Error("the largest document was not replaced")
	}
}

// oddKeysDoNotMeet has keys that would fall together if a store joined their
// parts by a character, folded or trimmed them.
func oddKeysDoNotMeet(b *bench) {
	keys := []store.Key{
		{Partition: "a", Sort: "b#c"}, {Partition: "a#b", Sort: "c"}, {Partition: "a#", Sort: "b#c"},
		{Partition: "ab", Sort: "c"}, {Partition: "a", Sort: "bc"},
		{Partition: "a|b", Sort: "c"}, {Partition: "a", Sort: "b|c"},
		{Partition: "a/b", Sort: "c"}, {Partition: "a", Sort: "b/c"},
		{Partition: "a b", Sort: " "}, {Partition: "a b ", Sort: " "}, {Partition: "a b", Sort: "  "},
		{Partition: "a\nb", Sort: "c\n"}, {Partition: "a\nb", Sort: "c"}, {Partition: "a", Sort: "b\nc"},
		{Partition: "A", Sort: "BC"}, {Partition: `a"\`, Sort: `b'%`},
		{Partition: "東京", Sort: "🛒"}, {Partition: "é", Sort: "é"}, {Partition: "e\u0301", Sort: "é"},
	}
	for i, k := range keys {
		if err := b.write(store.Put{After: item(k, fmt.Sprintf(`{"n":%d}`, i))}); err != nil {
			b.Errorf("%q: %v", k, err)
		}
	}
	for i, k := range keys {
		got := b.get(k)
		b.same(string(got.Document), fmt.Sprintf(`{"n":%d}`, i))
		b.same(got.Key, k)
		for _, it := range b.all(store.Query{Partition: k.Partition, Limit: 100}, nil) {
			b.same(it.Key.Partition, k.Partition)
		}
	}
}

func longestKey(b *bench) {
	k := store.Key{Partition: strings.Repeat("p", 1024), Sort: strings.Repeat("s", 1024)}
	made := item(k, `{}`)
	made.Due, made.Day = second(1), aDay
	b.same(b.create(made).Key, k)
	b.due(second(1), k)
	b.day(aDay, k)

	named := fmt.Sprintf(`{"%s":1}`, strings.Repeat("n", 65_535))
	b.same(string(b.create(item(key("longest name"), named)).Document), named)
}

// glanceFindsIt: a glance may be a moment late, so it is repeated until it shows the
// second version, and never shows anything but a state that there was.
func glanceFindsIt(b *bench) {
	glance := func(k store.Key) (store.Item, error) { return store.Glance(b.Context(), b.store, k) }
	_, err := glance(key("glanced"))
	b.want(err, store.ErrNotFound)
	_, err = glance(store.Key{Partition: "glanced"})
	b.want(err, store.ErrInvalid)
	first := item(key("glanced"), `{"n":1}`)
	first.Expires = second(60)
	made := b.create(first)
	changed := b.change(made, next(made, `{"n":2}`))
	for range 1000 {
		got, err := glance(made.Key)
		if err == nil && got.Version == changed.Version {
			b.same(got, changed)
			b.clock.set(first.Expires)
			_, err = glance(made.Key)
			b.want(err, store.ErrNotFound)
			return
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && got.Version != made.Version {
			b.Fatalf("a glance gave %+v, %v", got, err)
		}
	}
	b.Error("a thousand glances never showed the second version")
}

func copiesInAreTheStores(b *bench) {
	mine := item(key("in"), `{"a":1}`)
	made := b.create(mine)
	mine.Document[2] = 'X'
	b.stands(made)
	b.same(string(made.Document), `{"a":1}`)
}

func copiesOutAreTheCallers(b *bench) {
	made := b.create(item(key("out"), `{"a":1}`))
	want := string(made.Document)
	b.get(made.Key).Document[2] = 'X'
	b.same(string(b.get(made.Key).Document), want)
	query := store.Query{Partition: made.Key.Partition, Limit: 1}
	b.all(query, nil)[0].Document[2] = 'X'
	b.same(string(b.all(query, nil)[0].Document), want)

	// What came out stays what it was when the store moves on.
	held := b.get(made.Key)
	b.change(made, next(made, `{"b":2}`))
	b.same(string(held.Document), want)
}
