package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally counts answers by what was asked, and how long each took.
type tally struct {
	mu    sync.Mutex
	asked map[string]*answers
}

// answers are those to one sort of request.
type answers struct {
	took  []time.Duration
	codes map[string]int // by class: "2xx", "202", "503 provider-unavailable"
}

// note takes one answer down. class is its status class, or what went wrong in words.
func (t *tally) note(what, class string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked == nil {
		t.asked = map[string]*answers{}
	}
	a := t.asked[what]
	if a == nil {
		a = &answers{codes: map[string]int{}}
		t.asked[what] = a
	}
	a.took = append(a.took, took)
	a.codes[class]++
}

// print writes a line for each sort of request, and one for all.
func (t *tally) print(out io.Writer, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := answers{codes: map[string]int{}}
	fmt.Fprintf(out, "%-8s %8s %9s %9s  %s\n", "", "requests", "p50", "p99", "answers")
	for _, what := range slices.Sorted(maps.Keys(t.asked)) {
		a := t.asked[what]
		a.print(out, what)
		all.took = append(all.took, a.took...)
		for class, n := range a.codes {
			all.codes[class] += n
		}
	}
	all.print(out, "all")
	fmt.Fprintf(out, "requests a second: %.0f\n", float64(len(all.took))/took.Seconds())
}

func (a *answers) print(out io.Writer, what string) {
	var classes []string
	for _, class := range slices.Sorted(maps.Keys(a.codes)) {
		classes = append(classes, fmt.Sprintf("%s: %d", class, a.codes[class]))
	}
	slices.Sort(a.took)
	fmt.Fprintf(out, "%-8s %8d %9s %9s  %s\n", what, len(a.took), a.percentile(50), a.percentile(99), strings.Join(classes, ", "))
}

// percentile is the time that so many percent of the answers took at most.
func (a *answers) percentile(n int) time.Duration {
	if len(a.took) == 0 {
		return 0
	}
	return a.took[(len(a.took)*n+99)/100-1].Round(10 * time.Microsecond)
}
