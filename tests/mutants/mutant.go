package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one mistake in one place of the source. Those up to M38 are the mistakes
// that every checkout has to be safe from; the others are against laws of this one.
type mutant struct {
	number int
	what   string // the mistake, as whoever made it would tell it
	stead  string // what stands here in another form than elsewhere, and why; usually empty
	file   string // by its path from the root
	old    string // what stands there, exactly once
	new    string
	test   suite // what should kill it
}

// suite is tests of one package: those whose names a pattern of go test -run names,
// all of them where it is "".
type suite struct {
	pack string
	run  string
}

// String is how go test would be told.
func (s suite) String() string {
	if s.run == "" {
		return s.pack
	}
	return s.pack + " " + s.run
}

func (m mutant) name() string { return fmt.Sprintf("M%d", m.number) }

// suites are what a mutant is run against until something kills it: the test that
// should, then all tests of its own package, then all flows.
func (m mutant) suites() []suite {
	all := []suite{m.test, {pack: path.Dir(m.file)}, {pack: "tests"}}
	for i, s := range all[1:] {
		if s == m.test {
			return slices.Delete(all, i+1, i+2)
		}
	}
	return all
}

// applied is the text of the mutant's file with the mistake in it. Its error says that
// the place is gone, or is there twice: then the mutant has to be written anew.
func (m mutant) applied(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name(), err)
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 || m.old == m.new {
		return nil, fmt.Errorf("%s: what it changes is in %s %d times, and not once:\n%s", m.name(), m.file, n, m.old)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

// all are the mutants in the order of their numbers.
func all() []mutant {
	list := slices.Concat(ofTheStore, ofTheProvider, ofTheDoorbell, ofTheMoney, ofTheEdge, ofTheSweep, ofThePayment, ofTheAccount, ofTheCustomer, ofThePayouts, ofTheAttempt)
	slices.SortStableFunc(list, func(a, b mutant) int { return a.number - b.number })
	return list
}

// chosen are the mutants named, "M13,M40"; all of them where none is.
func chosen(names string) ([]mutant, error) {
	if names == "" {
		return all(), nil
	}
	var list []mutant
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all(), func(m mutant) bool { return m.name() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no mutant %q: they are M1 to M%d", name, len(all()))
		}
		list = append(list, all()[i])
	}
	return list, nil
}
