package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// open prepares the shop for a test.
func open(t *testing.T) {
	t.Helper()
	if err := prepare(t); err != nil {
		t.Fatal(err)
	}
}

// TestFrauds: the oracle finds what it is there for.
func TestFrauds(t *testing.T) {
	open(t)
	if err := proveOracle(t); err != nil {
		t.Error(err)
	}
}

// TestOneSeedIsOneLife: with every call the same, in the same order, to the millisecond.
func TestOneSeedIsOneLife(t *testing.T) {
	open(t)
	// In the last of them two are to be told in one moment that their time is over.
	for seed, times := range map[int64]int{3: 2, 14: 2, 159: 2, 12001: 20} {
		traces := map[string]bool{}
		for range times {
			var trace strings.Builder
			bubble(t, func() { randomLife(seed).result(&trace) })
			traces[trace.String()] = true
			if strings.Count(trace.String(), "\n") < 50 {
				t.Errorf("seed %d: nothing happens in its life", seed)
			}
		}
		if len(traces) != 1 {
			t.Errorf("seed %d: %d lives of one seed", seed, len(traces))
		}
	}
}

// TestPassages: each of them takes the step that it is named after.
func TestPassages(t *testing.T) {
	open(t)
	f := newFigures()
	for _, l := range passages() {
		came := spread(t, 1, func(int) outcome { return l.result(nil) })[0]
		f.add(came)
		step, _, _ := strings.Cut(strings.TrimPrefix(l.name, "passage: "), ", ")
		if !strings.Contains(step, ":") {
			step = "payment: " + step
		}
		if came.taken[step] == 0 {
			t.Errorf("%s: its steps are %v", l.name, came.taken)
		}
	}
	hold(t, f)
}

// TestWhatIsMissingFailsTheRun: a report that never came by one of what there is says
// so, and is none.
func TestWhatIsMissingFailsTheRun(t *testing.T) {
	whole := func() *figures {
		f := newFigures()
		for _, kind := range faults() {
			f.fired[kind] = 1
		}
		for _, state := range states {
			f.reached[state] = 1
		}
		for _, step := range oracle.Transitions() {
			f.taken[step] = 1
		}
		return f
	}
	f := whole()
	if f.print(io.Discard); f.verdict() != nil {
		t.Errorf("with all there is: %v", f.missing)
	}
	for what, forget := range map[string]func(*figures){
		"fault":      func(f *figures) { delete(f.fired, tableHung) },
		"state":      func(f *figures) { delete(f.reached, "expired") },
		"transition": func(f *figures) { delete(f.taken, "payment: pending > declined") },
	} {
		f := whole()
		forget(f)
		if f.print(io.Discard); f.verdict() == nil || len(f.missing) != 1 || !strings.Contains(f.missing[0], what) {
			t.Errorf("without a %s: %v", what, f.missing)
		}
	}
}

// TestSeedsDiffer: the hash tells one life from another.
func TestSeedsDiffer(t *testing.T) {
	open(t)
	seen := map[uint64]bool{}
	for _, o := range spread(t, 20, func(i int) outcome { return randomLife(int64(i + 1)).result(nil) }) {
		seen[o.hash] = true
	}
	if len(seen) != 20 {
		t.Errorf("20 seeds have %d traces", len(seen))
	}
}

// someEncounters are few of all, of those in which the most can go wrong.
var someEncounters = []string{
	"approved: create | capture", "offered, at PayPal: the buyer approves and returns | card instead", "promised, at Stripe: the transfer arrives | PayPal instead",
}

// TestSomeOfEverything is a small part of the report.
func TestSomeOfEverything(t *testing.T) {
	open(t)
	var some []life
	bubble(t, func() {
		dying, _ := crashes(false)
		for i, l := range append(dying, singles(false)...) {
			if i%20 == 0 {
				some = append(some, l)
			}
		}
	})
	for seed := range int64(100) {
		some = append(some, randomLife(seed+1))
	}
	f := newFigures()
	f.playAll(t, some)
	for _, e := range encounters() {
		if slices.Contains(someEncounters, e.String()) {
			e.each(t, func(_ life, came outcome) { f.add(came) })
		}
	}
	hold(t, f)
	if f.lives < 200 || f.deaths < 50 || f.checked() < 20_000 {
		t.Errorf("only %d lives, %d deaths, %d checks", f.lives, f.deaths, f.checked())
	}
}

// TestHistoriesThatBeginWithTheLast tells those of one event; the report tells all.
func TestHistoriesThatBeginWithTheLast(t *testing.T) {
	open(t)
	var told int
	f := newFigures()
	bubble(t, func() {
		h := stories[0].begin(nil)
		h.whole = true
		defer h.finished()
		f.add(h.tell(5))
		told = h.told
	})
	if hold(t, f); told != 16_560/6 {
		t.Errorf("%d histories were told", told)
	}
}

func hold(t *testing.T, f *figures) {
	t.Helper()
	var out strings.Builder
	if f.tell(&out); out.Len() > 0 {
		t.Error(out.String())
	}
}

// TestReplayByName: what a violation prints is a life that can be had again.
func TestReplayByName(t *testing.T) {
	open(t)
	all := encounters()
	e := all[slices.IndexFunc(all, func(e encounter) bool { return e.String() == someEncounters[1] })]
	var names []string
	hashes := map[string]uint64{}
	e.each(t, func(l life, came outcome) {
		names = append(names, l.name)
		hashes[l.name] = came.hash
	})
	for _, name := range names {
		l, ok := named(t, name)
		if !ok {
			t.Fatalf("there is no %q", name)
		}
		bubble(t, func() {
			if got := l.result(nil).hash; got != hashes[name] {
				t.Errorf("%s: another life", name)
			}
		})
	}
	if len(hashes) < 20 {
		t.Errorf("only %d lives differ", len(hashes))
	}
}

// TestTheOracleStandsApart: it must not share a mistake with what it judges.
func TestTheOracleStandsApart(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./oracle").Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/serverless-checkout/serverless-checkout/"
	own := 0
	for dep := range strings.Lines(string(out)) {
		dep = strings.TrimSpace(dep)
		if !strings.HasPrefix(dep, module) {
			continue
		}
		own++
		if dep != module+"tests/simulate/oracle" && !strings.HasPrefix(dep, module+"local/sim/") {
			t.Errorf("the oracle stands on %s", dep)
		}
	}
	if own < 3 {
		t.Error(fmt.Sprint("packages of ours that were found: ", own))
	}
}

// TestFiguresOfTheREADME: those that do not hang on a run are what the README says.
func TestFiguresOfTheREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	of := func(n int) string { return fmt.Sprintf("%d/%d", n, n) }
	for name, figure := range map[string]string{
		"frauds found": of(len(frauds)), "passages": fmt.Sprint(len(passages())), "fault kinds fired": of(len(faults())),
		"states reached": of(len(states)), "transitions": of(len(oracle.Transitions())),
	} {
		if line := "\n| " + name + " | " + figure + " |\n"; !strings.Contains(string(text), line) {
			t.Errorf("the README does not say %q", strings.TrimSpace(line))
		}
	}
}
