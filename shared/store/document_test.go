package store_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// TestDocumentBytes has sizes that DynamoDB Local charged by: each value stood in
// an item that was filled up byte by byte until it cost a second write unit.
func TestDocumentBytes(t *testing.T) {
	const around = 3 + 1 + 1 // the document, its one member and that member's name
	for value, want := range map[string]int{
		`0`: 1, `1`: 2, `12`: 2, `123`: 3, `99`: 2, `100`: 2, `101`: 3, `120`: 3, `1000`: 2, `1010`: 3, `12000`: 3, `100100`: 3,
		`1234567890`: 6, `-1`: 3, `-12`: 3, `-123`: 4, `-100`: 3, `12345678901234567890123456789012345678`: 20,
		`-99999999999999999999999999999999999999`: 21,
		`null`: 1, `true`: 1, `false`: 1, `"é"`: 2, `"\ud83d\uded2"`: 4, `"\u0000"`: 1, `""`: 0,
		`[]`: 3, `{}`: 3, `[1]`: 6, `[1,2]`: 9, `["a"]`: 5, `{"a":1}`: 7, `{"a":"b","c":[null]}`: 13,
	} {
		if got, err := store.DocumentBytes([]byte(`{"x":` + value + `}`)); err != nil || got != around+want {
			t.Errorf("%s: %d bytes, %v, want %d", value, got-around, err, want)
		}
	}
}

// TestCanonicalKeepsTheMeaning: any document that is taken comes out with the same
// meaning, in the same form however it was written, and not longer.
func TestCanonicalKeepsTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.MapOfN(rapid.StringN(1, 8, -1), anyValue(4), 0, 6).Draw(t, "document")
		plain, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		spaced, err := json.MarshalIndent(members, "\n", "\t ")
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := store.Canonical(plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, same := range [][]byte{spaced, canonical, escapedAll(t, plain)} {
			if again, err := store.Canonical(same); err != nil || string(again) != string(canonical) {
				t.Fatalf("%s: %s, %v, want %s", same, again, err, canonical)
			}
		}
		if len(canonical) > len(plain) {
			t.Fatalf("%s is longer than %s", canonical, plain)
		}
		if got, want := meaning(t, canonical), meaning(t, plain); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// anyValue is any value that a document may hold, so many levels deep at most.
func anyValue(depth int) *rapid.Generator[any] {
	some := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.StringN(0, 12, -1).AsAny(),
	}
	if depth > 0 {
		some = append(some,
			rapid.Map(rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 4), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.StringN(1, 8, -1), rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) }), 0, 4), func(m map[string]any) any { return m }))
	}
	return rapid.OneOf(some...)
}

// escapedAll writes every letter of the texts as \u and its number.
func escapedAll(t *rapid.T, document []byte) []byte {
	var out strings.Builder
	inText, escape := false, false
	for _, c := range string(document) {
		switch {
		case escape, c == '\\':
			escape = !escape
		case c == '"':
			inText = !inText
		case inText && (c >= 'A' && c <= 'Z' || c >= 'à' && c <= '\uffff'):
			fmt.Fprintf(&out, `\u%04X`, c)
			continue
		}
		out.WriteRune(c)
	}
	return []byte(out.String())
}

func meaning(t *rapid.T, document []byte) (value any) {
	d := json.NewDecoder(strings.NewReader(string(document)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// FuzzCanonical: whatever bytes come, the answer is a document in its form or an
// error; never a panic, and never bytes that change at the second time.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,-2,"\u00e9\ud83d\ude00",null,{"b":true}]}`, `{"a":"\ud83d"}`, `{"a":1e2}`, `{"a":`, ``, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		once, err := store.Canonical(document)
		if err != nil {
			return
		}
		if twice, err := store.Canonical(once); err != nil || string(twice) != string(once) {
			t.Errorf("%q became %q and then %q, %v", document, once, twice, err)
		}
		if !json.Valid(once) || len(once) > len(document) {
			t.Errorf("%q became %q", document, once)
		}
	})
}
