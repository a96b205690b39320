package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// fault is something in the template that is wrong or that this package cannot
// imitate. It names the line, so that an editor can jump to it.
type fault struct {
	file string
	line int // from 1; 0 if the file as a whole is meant
	text string
}

func (f fault) Error() string {
	if f.line == 0 {
		return f.file + ": " + f.text
	}
	return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text)
}

// faults collects, so that one reading reports everything there is to mend.
type faults struct {
	file  string
	found []fault
}

// add notes a fault at n, or in the file as a whole if n is nil.
func (f *faults) add(n *yaml.Node, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	f.found = append(f.found, fault{f.file, line, fmt.Sprintf(format, args...)})
}

// err is nil, or all faults in the order of the lines. The same line may be
// read twice (a default that several functions share); it is reported once.
func (f *faults) err() error {
	found := slices.Clone(f.found)
	slices.SortStableFunc(found, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	var all []error
	for _, one := range slices.Compact(found) {
		all = append(all, one)
	}
	return errors.Join(all...)
}
