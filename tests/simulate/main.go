// Command simulate lives the life of the shop again and again, with everything that can
// go wrong, and judges each life from outside:
//
//	go run ./tests/simulate -report
//
// What runs is the real thing: the functions' handlers with API Gateway's events, the
// checkout, the clients of both providers, one container for each function. Simulated are
// the table, PayPal, Stripe, the time and the chance. One party moves at a time, and a
// scheduler says who, so that one seed is one life, to the letter.
//
// The report dies at every call of every function, twice in a row too; lets every fault
// befall every call; plays every order in which two functions at once can come by each
// other; tells every history of the webhooks of a payment; takes each step between
// two states that chance seldom takes; and then lives as many random lives as there are
// seeds, some of them twice. Safety is held at every step. Then no fault comes any more,
// and within three sweeps all accounts have to agree.
//
// It ends with 1 where an invariant was broken, where two lives of one seed differ, and
// where a fault, a state or a step between two was never reached: see package oracle for
// the numbers.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// options are what the command line says.
type options struct {
	report bool
	whole  bool
	seeds  int
	from   int64
	seed   int64
	life   string
	flows  string
	trace  bool
}

func main() {
	var o options
	flags := flag.NewFlagSet("simulate", flag.ExitOnError)
	flags.BoolVar(&o.report, "report", false, "everything: crashes, faults, interleavings, histories, seeds")
	flags.BoolVar(&o.whole, "whole", false, "leave out nothing that is the same as something else")
	flags.IntVar(&o.seeds, "seeds", 5000, "random lives")
	flags.Int64Var(&o.from, "from", 1, "the first seed")
	flags.Int64Var(&o.seed, "seed", 0, "this seed alone")
	flags.StringVar(&o.life, "life", "", "this life alone, by the name that a violation printed")
	flags.StringVar(&o.flows, "flows", "", "every crash, crash pair and fault of the flows whose names hold this text")
	flags.BoolVar(&o.trace, "trace", false, "with every call of that life")
	flags.Parse(os.Args[1:])
	// A life is over in milliseconds: what it leaves behind is swept up less often.
	debug.SetGCPercent(1000)
	os.Args = os.Args[:1] // the rest is not for the library's own flags
	testing.Init()
	asTest(func(t *testing.T) error { return o.run(t, os.Stdout) })
}

// errBroken: something was found, and has been printed.
var errBroken = errors.New("it does not hold")

func (o options) run(t *testing.T, out io.Writer) error {
	if err := prepare(t); err != nil {
		return err
	}
	switch {
	case o.seed != 0:
		return o.replay(t, randomLife(o.seed), out)
	case o.life != "":
		var seed int64
		if n, _ := fmt.Sscanf(o.life, "seed %d", &seed); n == 1 {
			return o.replay(t, randomLife(seed), out)
		}
		if l, ok := named(t, o.life); ok {
			return o.replay(t, l, out)
		}
		for _, l := range listed(t, o.whole) {
			if l.name == o.life {
				return o.replay(t, l, out)
			}
		}
		return fmt.Errorf("there is no life %q", o.life)
	case o.report:
		return report(t, o, out)
	case o.flows != "":
		return o.disturb(t, out)
	}
	f := newFigures()
	f.live(t, o)
	f.tell(out)
	fmt.Fprintf(out, "seeds: %d\nviolations: %d\n", o.seeds, f.broken())
	return f.verdict()
}

// prepare opens the shop that all lives begin with.
func prepare(t *testing.T) (err error) {
	bubble(t, func() { err = openShop() })
	return err
}

// listed are all lives that have a name but interleavings and seeds.
func listed(t *testing.T, whole bool) (all []life) {
	bubble(t, func() {
		all, _ = crashes(whole)
		all = append(append(all, singles(whole)...), passages()...)
	})
	return append(all, pairs(t, whole)...)
}

// disturb plays all that befalls some flows.
func (o options) disturb(t *testing.T, out io.Writer) error {
	f := newFigures()
	f.playAll(t, slices.DeleteFunc(listed(t, o.whole), func(l life) bool {
		flow, _, _ := strings.Cut(l.name, ": ")
		return !strings.Contains(flow, o.flows)
	}))
	f.tell(out)
	fmt.Fprintf(out, "lives: %d\nviolations: %d\n", f.lives, f.broken())
	return f.verdict()
}

// replay plays one life, and says what came of it.
func (o options) replay(t *testing.T, l life, out io.Writer) error {
	var trace io.Writer
	if o.trace {
		trace = out
	}
	var came outcome
	bubble(t, func() { came = l.result(trace) })
	fmt.Fprintf(out, "%s: trace %016x, %d sweeps\n", l.name, came.hash, came.sweeps)
	f := newFigures()
	f.add(came)
	f.tell(out)
	return f.verdict()
}
