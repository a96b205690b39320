package main

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"
)

// stages times the parts of a report.
type stages struct {
	out  io.Writer
	last time.Time
}

// figure prints one line, with the seconds since the one before.
func (s *stages) figure(name string, value any) {
	fmt.Fprintf(s.out, "%-24s %-12v %5.1f s\n", name+":", value, time.Since(s.last).Seconds())
	s.last = time.Now()
}

// report plays everything and prints what came of it.
func report(t *testing.T, o options, out io.Writer) error {
	s, f := &stages{out, time.Now()}, newFigures()
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
	bubble(t, func() { struck = singles() })
	f.playAll(t, struck)
	s.figure("single faults", len(struck))
	s.figure("interleavings", f.meet(t))
	s.figure("webhook histories", f.tellHistories(t))
	f.live(t, o)
	s.figure("seeds", fmt.Sprintf("%d, twice", o.seeds))
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
func (f *figures) tellHistories(t *testing.T) (n int) {
	told := make([]int, len(lifeCycle))
	for _, one := range spread(t, len(lifeCycle), func(first int) outcome {
		h := openHistories(nil)
		defer h.finished()
		came := h.tell(first)
		told[first] = h.told
		return came
	}) {
		f.add(one)
	}
	for _, histories := range told {
		n += histories
	}
	return n
}

// live lives every seed twice, and holds that both lives were one.
func (f *figures) live(t *testing.T, o options) {
	const batch = 500 // outcomes are not kept by the million
	for first := 0; first < o.seeds; first += batch {
		n := min(batch, o.seeds-first)
		came := spread(t, 2*n, func(i int) outcome { return randomLife(o.from + int64(first+i/2)).result(nil) })
		for one := range slices.Chunk(came, 2) {
			if one[0].hash != one[1].hash {
				one[0].violations = append(slices.Clone(one[0].violations), "two lives of one seed differ")
			}
			f.add(one[0])
			f.add(one[1])
		}
	}
}
