package main

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// begin is when every simulated life begins.
var begin = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// workers is how many runs go on side by side; each is a run of its own, and all that
// moves within it is one party at a time.
const workers = 2

// bubble runs f in a time of its own, which stands still while anything moves and
// jumps ahead when nothing does: contexts, timers and clocks of the real code go by
// it, so that a deadline is the simulation's and never the machine's.
func bubble(t *testing.T, f func()) {
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Until(begin))
		f()
	})
}

// asTest runs f where bubbles may be made. The standard library makes them for tests
// alone; so this program is one, started by hand. It ends the process, with 1 where f
// says so.
func asTest(f func(t *testing.T) error) {
	testing.Main(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "simulate",
		F: func(t *testing.T) {
			if err := f(t); err != nil {
				fmt.Fprintln(os.Stderr, "simulate:", err)
				os.Exit(1)
			}
			os.Exit(0) // and not the words that end a test
		},
	}}, nil, nil)
}

// spread does n pieces of work, each in a bubble, on all workers, and gives back what
// came of each, in order.
func spread[T any](t *testing.T, n int, do func(i int) T) []T {
	results := make([]T, n)
	share(n, func(i int) { bubble(t, func() { results[i] = do(i) }) })
	return results
}

// share does n pieces of work on all workers.
func share(n int, do func(i int)) {
	next := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}
