package providertest

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Proof is what was seen of one way to pay, all of it at a simulated provider.
type Proof struct {
	System, Method, Provider string
	Country                  string
	Total                    money.Amount
	Later                    bool     `json:",omitempty"` // the money came after the buyer was done
	SelfCompleting           bool     `json:",omitempty"` // nobody here captured
	Rows                     []string // codes of the rows that the sale and its two refunds have
	RefundDays               int      `json:",omitempty"` // after which a refund was refused
}

// Writing reports whether the run was asked, by -args -write, to write what else it would
// hold itself against.
func Writing() bool { return *write }

var write = flag.Bool("write", false, "write what was proved, instead of holding the run against it")

// Proofs are those in a file: one a line.
func Proofs(file string) (list []Proof, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		var p Proof
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// record is a file of proofs, and what this run has seen.
type record struct {
	file       string
	have, seen []Proof
}

func openRecord(t *testing.T, file string) *record {
	t.Helper()
	have, err := Proofs(file)
	if err != nil && !Writing() {
		t.Fatalf("%v (-args -write makes it)", err)
	}
	return &record{file: file, have: have}
}

// holds a proof against the file.
func (r *record) holds(t *testing.T, p Proof) {
	t.Helper()
	r.seen = append(r.seen, p)
	if !Writing() && !slices.ContainsFunc(r.have, func(had Proof) bool { return reflect.DeepEqual(had, p) }) {
		t.Errorf("%s has not %+v (-args -write)", r.file, p)
	}
}

// close writes the file, or holds that nothing in it is left from earlier.
func (r *record) close(t *testing.T, purchases int) {
	t.Helper()
	if !Writing() {
		if len(r.have) != purchases {
			t.Errorf("%s has %d proofs of %d purchases (-args -write)", r.file, len(r.have), purchases)
		}
		return
	}
	if len(r.seen) != purchases {
		t.Fatalf("%d of %d purchases were tried: nothing is written", len(r.seen), purchases)
	}
	var text []byte
	for _, p := range r.seen {
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	if err := os.MkdirAll(filepath.Dir(r.file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
