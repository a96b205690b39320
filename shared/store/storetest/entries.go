package storetest

import (
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// entriesCases: the money entries of a document only grow, whatever the code
// above believes it is doing.
var entriesCases = []testCase{
	{"MayGrow", entriesMayGrow},
	{"MayNotChange", entriesMayNotChange},
	{"BeforeAltered", beforeAltered},
	{"BeforeAlteredInPlace", beforeAlteredInPlace},
	{"BeforeInAnotherForm", beforeInAnotherForm},
	{"BeforeWithoutEntries", beforeWithoutEntries},
}

func entriesMayGrow(b *bench) {
	it := b.create(item(key("grows"), `{}`))
	for _, document := range []string{
		`{"entries":null}`,
		`{"entries":[]}`,
		`{"entries":[{"a":1}]}`,
		`{"other":1,"entries":[{"a":1},{"b":2},{"c":3}]}`,
		`{"entries":[{"a":1},{"b":2},{"c":3}],"status":"paid"}`,
	} {
		it = b.change(it, next(it, document))
	}
}

func entriesMayNotChange(b *bench) {
	made := b.create(item(key("law"), `{"entries":[{"a":1},{"b":2}]}`))
	for _, document := range []string{
		`{}`,
		`{"entries":null}`,
		`{"entries":[]}`,
		`{"entries":[{"a":1}]}`,
		`{"entries":[{"b":2}]}`,
		`{"entries":[{"b":2},{"a":1}]}`,
		`{"entries":[{"b":2},{"a":1},{"c":3}]}`,
		`{"entries":[{"a":1},{"b":3}]}`,
		`{"entries":[{"a":1},{"b":2,"c":3}]}`,
		`{"entries":[{"new":0},{"a":1},{"b":2}]}`,
		`{"entries":{"a":1}}`,
		`{"entries":"none"}`,
	} {
		err := b.write(store.Put{Before: made, After: next(made, document)})
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("%s: %s", document, fault)
		}
		b.stands(made)
	}
}

// beforeAltered: the law is held against Before, so a store holds Before against
// what is stored. Without it a caller could shorten both and be believed.
func beforeAltered(b *bench) {
	made := b.create(item(key("altered"), `{"entries":[{"a":1},{"b":2}]}`))
	for _, claimed := range []string{``, `{}`, `{"entries":[]}`, `{"entries":[{"a":1}]}`, `{"entries":[{"a":2},{"b":2}]}`} {
		before := made
		before.Document = []byte(claimed)
		err := b.write(store.Put{Before: before, After: next(made, `{"entries":[]}`)})
		if fault := wrongKind(err, store.ErrInvalid); fault != "" {
			b.Errorf("before claimed as %q: %s", claimed, fault)
		}
		b.stands(made)
	}
}

// beforeAlteredInPlace is the slip that happens: the caller builds the new
// document in the bytes it read.
func beforeAlteredInPlace(b *bench) {
	made := b.create(item(key("in place"), `{"entries":[{"a":1}]}`))
	read := b.get(made.Key)
	after := read
	after.WriteID = newWriteID()
	copy(after.Document, fmt.Appendf(nil, `{"entries":[{"a":9}]}`))
	b.want(b.write(store.Put{Before: read, After: after}), store.ErrInvalid)
	b.stands(made)
}

// beforeInAnotherForm: what is compared are the entries, not how they are written,
// and not the rest of the document.
func beforeInAnotherForm(b *bench) {
	made := b.create(item(key("form"), `{"entries":[{"a":1,"b":"é"}],"n":1}`))
	before := made
	before.Document = []byte(` { "entries" : [ { "b" : "\u00e9" , "a" : 1 } ] } `)
	b.change(before, next(made, `{"entries":[{"b":"é","a":1},{}],"n":2}`))
}

// beforeWithoutEntries: none, null and an empty list are three things to a store,
// though the law takes them for one.
func beforeWithoutEntries(b *bench) {
	documents := []string{`{}`, `{"entries":null}`, `{"entries":[]}`}
	for i, stored := range documents {
		for j, claimed := range documents {
			made := b.create(item(key(fmt.Sprintf("none-%d-%d", i, j)), stored))
			before := made
			before.Document = []byte(claimed)
			put := store.Put{Before: before, After: next(made, `{"entries":[{"n":1}]}`)}
			if i == j {
				b.must(put)
			} else if fault := wrongKind(b.write(put), store.ErrInvalid); fault != "" {
				b.Errorf("%s claimed where %s stands: %s", claimed, stored, fault)
			}
		}
	}
}
