// Command mutants proves that the tests notice mistakes: it makes them, one at a time,
// and runs the tests on each.
//
//	go run ./tests/mutants              all of them, some minutes
//	go run ./tests/mutants -only M13    this one; several with commas between
//
// A mutant is a change of one place of the source (see the lists beside this file). The
// compiler is given the changed file in place of the true one (go test -overlay): no
// file of the work tree is ever touched. A mutant is killed when a test fails; the line
// printed for it names the test. One that no test notices survives, and the command
// ends with 1; so it does where a mutant does not compile, or where what it changes
// does not stand in its file exactly once.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	only := flag.String("only", "", "these mutants, with commas: M13,M40")
	root := flag.String("root", ".", "folder of go.mod")
	narrow := flag.Bool("narrow", false, "run each against the one test that should kill it, and nothing after that")
	at := flag.Int("at-once", 2, "how many are run at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	list, err := chosen(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if !hunt(ctx, os.Stdout, ground{*root, *narrow}, list, *at) {
		os.Exit(1)
	}
}

// hunt runs mutants and prints what became of each, in their order; all is well where
// every one was killed.
func hunt(ctx context.Context, out io.Writer, on ground, list []mutant, atOnce int) bool {
	begin := time.Now()
	count := map[fate]int{}
	results := on.runAll(ctx, list, atOnce)
	for _, m := range list {
		f := <-results[m.number]
		count[f.fate]++
		fmt.Fprintf(out, "%-4s %-8s %s\n", m.name(), f.fate, m.what)
		fmt.Fprintf(out, "     %s\n", f.by)
	}
	fmt.Fprintf(out, "mutants: %d\nkilled: %d\nsurvived: %d\n", len(list), count[killed], count[survived])
	if count[broken] > 0 {
		fmt.Fprintf(out, "broken: %d\n", count[broken])
	}
	fmt.Fprintf(out, "seconds: %d\n", int(time.Since(begin).Seconds()))
	return count[killed] == len(list)
}
