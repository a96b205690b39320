package main

import (
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"
	"time"
)

// stages times the parts of a report, and says what they have cost: on a machine that has
// other work to do the time tells little.
type stages struct {
	out  io.Writer
	last time.Time
	cost time.Duration
}

// figure prints one line, with the seconds since the one before.
func (s *stages) figure(name string, value any) {
	cost := worked()
	fmt.Fprintf(s.out, "%-24s %-12v %5.1f s, %5.1f s of work\n", name+":", value, time.Since(s.last).Seconds(), (cost - s.cost).Seconds())
	s.last, s.cost = time.Now(), cost
}

// worked is how long this process has kept a core busy.
func worked() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// report plays everything and prints what came of it.
func report(t *testing.T, o options, out io.Writer) error {
	s, f := &stages{out: out, last: time.Now(), cost: worked()}, newFigures()
	if err := proveOracle(t); err != nil {
		return err
	}
	s.figure("frauds found", fmt.Sprintf("%d/%d", len(frauds), len(frauds)))
	var dying []life
	var counted int
	bubble(t, func() { dying, counted = crashes(o.whole) })
	f.playAll(t, dying)
	s.figure("crash points", counted)
	twice := pairs(t, o.whole)
	f.playAll(t, twice)
	s.figure("crash pairs", len(twice))
	f.playAll(t, passages())
	s.figure("passages", len(passages()))
	var struck []life
	bubble(t, func() { struck = singles(o.whole) })
	f.playAll(t, struck)
	s.figure("single faults", len(struck))
	s.figure("interleavings", f.meet(t))
	s.figure("webhook histories", f.tellHistories(t, o.whole))
	f.live(t, o)
	s.figure("seeds", o.seeds)
	f.print(out)
	f.tell(out)
	return f.verdict()
}

// meet plays every schedule of every encounter.
func (f *figures) meet(t *testing.T) (n int) {
	all := encounters()
	outcomes := make([][]outcome, len(all))
	share(len(all), func(i int) {
		all[i].each(t, func(_ life, came outcome) { outcomes[i] = append(outcomes[i], came) })
	})
	for _, came := range outcomes {
		n += len(came)
		for _, one := range came {
			f.add(one)
		}
	}
	return n
}

// tellHistories tells every history of the webhooks.
func (f *figures) tellHistories(t *testing.T, whole bool) (n int) {
	type opening struct {
		story
		first int
	}
	var all []opening
	for _, s := range stories {
		for first := range s.events {
			all = append(all, opening{s, first})
		}
	}
	told := make([]int, len(all))
	for _, one := range spread(t, len(all), func(i int) outcome {
		h := all[i].begin(nil)
		h.whole = whole
		defer h.finished()
		came := h.tell(all[i].first)
		told[i] = h.told
		return came
	}) {
		f.add(one)
	}
	for _, histories := range told {
		n += histories
	}
	return n
}

// again is which of the seeds are lived twice: every fifth. That a life goes by its seed
// and by nothing else is a matter of the machinery that all lives have in common, and what
// breaks it (a map's order, two who wake at once) is in every other life.
const again = 5

// live lives every seed, and some of them again, and holds that both lives were one.
func (f *figures) live(t *testing.T, o options) {
	const batch = 500 // outcomes are not kept by the million
	for first := 0; first < o.seeds; first += batch {
		var seeds []int64
		for n := range min(batch, o.seeds-first) {
			seed := o.from + int64(first+n)
			if seeds = append(seeds, seed); seed%again == 0 {
				seeds = append(seeds, seed)
			}
		}
		came := spread(t, len(seeds), func(i int) outcome { return randomLife(seeds[i]).result(nil) })
		for i, one := range came {
			if i > 0 && seeds[i] == seeds[i-1] && one.hash != came[i-1].hash {
				one.violations = append(slices.Clone(one.violations), "two lives of one seed differ")
			}
			f.add(one)
		}
	}
}
