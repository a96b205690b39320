package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// outcome is what came of one life.
type outcome struct {
	life       string
	hash       uint64
	violations []string
	checks     map[string]int
	fired      map[fault]int
	reached    map[string]int
	taken      map[string]int
	sweeps     int
	deaths     int
	lasted     time.Duration
}

// result plays a life in a world of its own; out gets its trace.
func (l life) result(out io.Writer) outcome {
	w := newWorld(l, out)
	defer w.finished()
	l.live(w)
	return w.outcome(l.name)
}

func (w *world) outcome(name string) outcome {
	return outcome{
		life: name, hash: w.hash, violations: w.oracle.Violations(), checks: w.oracle.Checks(), fired: w.fired,
		reached: w.reached, taken: w.oracle.Taken(), sweeps: w.sweeps, deaths: w.deaths, lasted: time.Since(begin),
	}
}

// figures are what a report counts.
type figures struct {
	lives      int
	checks     map[string]int
	fired      map[fault]int
	reached    map[string]int
	taken      map[string]int
	sweeps     int // the most that one needed
	deaths     int
	lasted     time.Duration
	violations []outcome
	missing    []string // what was never reached
}

func newFigures() *figures {
	return &figures{checks: map[string]int{}, fired: map[fault]int{}, reached: map[string]int{}, taken: map[string]int{}}
}

func (f *figures) add(o outcome) {
	f.lives++
	f.sweeps, f.deaths, f.lasted = max(f.sweeps, o.sweeps), f.deaths+o.deaths, f.lasted+o.lasted
	for _, each := range []struct{ to, from map[string]int }{{f.checks, o.checks}, {f.reached, o.reached}, {f.taken, o.taken}} {
		for name, n := range each.from {
			each.to[name] += n
		}
	}
	for kind, n := range o.fired {
		f.fired[kind] += n
	}
	if len(o.violations) > 0 {
		f.violations = append(f.violations, o)
	}
}

func (f *figures) checked() (n int) {
	for n1 := range maps.Values(f.checks) {
		n += n1
	}
	return n
}

// playAll plays lives, on all workers.
func (f *figures) playAll(t *testing.T, lives []life) {
	for _, o := range spread(t, len(lives), func(i int) outcome { return lives[i].result(nil) }) {
		f.add(o)
	}
}

// tell prints what was broken, and how to see it.
func (f *figures) tell(out io.Writer) {
	const most = 20
	for _, what := range f.missing {
		fmt.Fprintln(out, "MISSING", what)
	}
	for i, o := range f.violations {
		if i == most {
			fmt.Fprintf(out, "... and %d more\n", len(f.violations)-most)
			break
		}
		for _, v := range o.violations {
			fmt.Fprintf(out, "VIOLATION %s\n  to replay: go run ./tests/simulate -life '%s' -trace\n", v, o.life)
		}
	}
}

// broken is how many invariants were broken, each counted once for each life.
func (f *figures) broken() (n int) {
	for _, o := range f.violations {
		n += len(o.violations)
	}
	return n + len(f.missing)
}

func (f *figures) verdict() error {
	if f.broken() > 0 {
		return errBroken
	}
	return nil
}

// states are what a client can be told of a payment and of a webhook: a report that
// comes by none of some has not been where it says.
var states = []string{
	"awaiting_approval", "approved", "checking", "pending", "captured", "partially_refunded", "refunded", "declined", "expired", "review",
	"webhook reconciled", "webhook nothing_new", "webhook unmatched", "webhook foreign", "webhook unknown_type",
	"refund completed", "refund pending", "refund reserved", "refund checking",
}

// print prints what all lives together came to, and notes what was never reached.
func (f *figures) print(out io.Writer) {
	line := func(name, value string) { fmt.Fprintf(out, "%-24s %s\n", name+":", value) }
	fired := reachedOf(f, faults(), f.fired, "the fault %s never befell a call")
	reached := reachedOf(f, states, f.reached, "the state %s was never reached")
	taken := reachedOf(f, oracle.Transitions(), f.taken, "the transition %s was never taken")
	line("lives", fmt.Sprint(f.lives))
	line("deaths", fmt.Sprint(f.deaths))
	line("simulated hours", fmt.Sprint(int(f.lasted/time.Hour)))
	line("fault kinds fired", fired)
	line("states reached", reached)
	line("transitions", taken)
	line("invariant checks", fmt.Sprint(f.checked()))
	for _, name := range slices.Sorted(maps.Keys(f.checks)) {
		line("  "+name, fmt.Sprint(f.checks[name]))
	}
	line("max sweeps to converge", fmt.Sprint(f.sweeps))
	line("violations", fmt.Sprint(f.broken()))
}

// reachedOf says how many of all there are were reached, and notes the others.
func reachedOf[K ~string](f *figures, all []K, reached map[K]int, missing string) string {
	n := 0
	for _, one := range all {
		if reached[one] > 0 {
			n++
		} else {
			f.missing = append(f.missing, fmt.Sprintf(missing, one))
		}
	}
	return fmt.Sprintf("%d/%d", n, len(all))
}
