package main

import (
	"fmt"
	"slices"
	"testing"
)

// calls are those of one invocation of a flow with some strikes.
func (f flow) calls(again bool, n int, strikes ...strike) (calls []call, ended bool) {
	w := newWorld(f.disturbed("", again, strikes...), nil)
	defer w.finished()
	f.play(w, again)
	if n >= len(w.parties) {
		return nil, true
	}
	return w.parties[n].calls, false
}

// points are all moments at which an invocation with these calls may die: at each call,
// and with its answer lost.
func points(n int, calls []call, at []moment) []strike {
	var all []strike
	for i := range calls {
		for _, m := range at {
			all = append(all, strike{n, i, verdict{dies: m}})
		}
	}
	return append(all, strike{n, 0, verdict{dies: told}})
}

// name tells where an invocation dies.
func (s strike) at(calls []call) string {
	if s.dies == told {
		return "the answer is lost"
	}
	if s.fault != "" {
		return fmt.Sprintf("%d %s, %s", s.call, calls[s.call], s.fault)
	}
	return fmt.Sprintf("%d %s, dies %s", s.call, calls[s.call], s.dies)
}

// crashes are every single point at which each function may die, with whoever asked
// coming again and being gone.
func crashes(whole bool) (all []life, counted int) {
	for _, f := range flows {
		calls, _ := f.calls(true, f.target)
		for _, s := range points(f.target, calls, moments) {
			if !whole && alike(calls, s.call) {
				continue
			}
			counted++
			for _, again := range f.ways() {
				all = append(all, f.disturbed(s.at(calls), again, s))
			}
		}
	}
	return all, counted
}

// alike reports whether a call is one in a long row of the same two, such as the first
// reading of the account makes of a month of empty days: to die at any of them is the
// same.
func alike(calls []call, n int) bool {
	const far = 6
	if n < far || n+far >= len(calls) {
		return false
	}
	for d := 2; d <= far; d += 2 {
		if calls[n-d].what != calls[n].what || calls[n+d].what != calls[n].what {
			return false
		}
	}
	return true
}

// idle reports whether a death is as the one at the call before: that call has read and
// changed nothing outside, so that all but the dying is as it was.
func idle(calls []call, s strike) bool {
	if s.dies == told || s.call == 0 {
		return false
	}
	return !calls[s.call-1].changes && !(s.dies == lost && calls[s.call].changes)
}

// pairs are every point followed by every point of what comes next. A death after a
// call and one before the next call are one and the same, since in between an
// invocation touches nothing, and so is a death at each of several calls in a
// row that only read: whole says to play them all.
func pairs(t *testing.T, whole bool) []life {
	at := []moment{before, lost}
	if whole {
		at = moments
	}
	type first struct {
		flow
		strike
		name  string
		again bool
	}
	var firsts []first
	for _, f := range flows {
		if f.settles() && f.first() && !whole {
			continue // as the other, with a month of empty days before
		}
		var calls []call
		bubble(t, func() { calls, _ = f.calls(true, f.target) })
		for _, s := range points(f.target, calls, at) {
			if !whole && idle(calls, s) {
				continue
			}
			for _, again := range f.ways() {
				firsts = append(firsts, first{f, s, s.at(calls), again})
			}
		}
	}
	found := spread(t, len(firsts), func(i int) (lives []life) {
		one := firsts[i]
		calls, ended := one.flow.calls(one.again, one.target+1, one.strike)
		if ended {
			return nil // nothing comes next
		}
		for _, s := range points(one.target+1, calls, at) {
			if !whole && idle(calls, s) {
				continue
			}
			lives = append(lives, one.disturbed(one.name+"; then "+s.at(calls), one.again, one.strike, s))
		}
		return lives
	})
	var all []life
	for _, lives := range found {
		all = append(all, lives...)
	}
	return all
}

// singles are every fault at every call of each function.
func singles(whole bool) (all []life) {
	for _, f := range flows {
		calls, _ := f.calls(true, f.target)
		for i, c := range calls {
			if alike(calls, i) || !whole && f.first() && !opens(calls, i) {
				continue
			}
			for _, kind := range faults() {
				if kind.fits(c) {
					s := strike{f.target, i, verdict{fault: kind}}
					all = append(all, f.disturbed(s.at(calls), true, s))
				}
			}
		}
	}
	return all
}

// opens reports whether a call is one by which books are opened, or a day of them is
// explained: it asks for the balance, or is the one before or after that. All else that the
// first reading of an account does every other one does as well.
func opens(calls []call, n int) bool {
	return slices.ContainsFunc(calls[max(0, n-1):min(n+2, len(calls))], func(c call) bool { return c.what == "balance" })
}
