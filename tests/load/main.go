// Command load has many buyers at once, and a merchant who refunds, on the whole
// checkout for a bounded time, and then holds what stands in the table against the
// books of the simulated PayPal:
//
//	go run ./tests/load                     20 seconds on a file
//	go run ./tests/load -for 1m -clients 16
//	go run ./tests/load -dynamodb           on DynamoDB Local (tests/dynamodb --install)
//
// Each client begins its next request when it has the answer to the one before (a
// closed loop), so a slower checkout is asked less. A part of the requests and of the
// webhooks is sent twice, and a part of PayPal's answers is spoilt, before or after the
// effect. Kinds that hang are left out: they would measure our own patience.
//
// It is one machine, over loopback, with a simulated PayPal and without the gateway's
// limits. It says what breaks under load and what waits for what. It says nothing
// about AWS, and nothing about PayPal.
//
// It ends by itself, with 1 where anything is charged twice, refunded past its
// capture, unknown to the table, or answered 500.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// plan is what the command line says.
type plan struct {
	root     string
	length   time.Duration
	most     int64 // purchases; 0: as many as there is time for
	clients  int
	twice    int // percent of requests and webhooks that are sent twice
	spoilt   int // percent of PayPal's answers that are
	seed     int64
	dynamodb bool
}

// errBroken: something that must never be was found, and told.
var errBroken = errors.New("what must never be was found")

func main() {
	var p plan
	flag.StringVar(&p.root, "root", ".", "folder of template.yaml")
	flag.DurationVar(&p.length, "for", 20*time.Second, "how long")
	flag.Int64Var(&p.most, "most", 0, "end after so many purchases; 0: only when the time is up")
	flag.IntVar(&p.clients, "clients", 8, "how many at once")
	flag.IntVar(&p.twice, "twice", 5, "percent of requests that are sent twice")
	flag.IntVar(&p.spoilt, "spoilt", 5, "percent of PayPal's answers that go wrong")
	flag.Int64Var(&p.seed, "seed", 1, "of carts, choices and faults; what meets what is chance all the same")
	flag.BoolVar(&p.dynamodb, "dynamodb", false, "on DynamoDB Local, whose folder DYNAMODB_LOCAL names, instead of a file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func (p plan) run(ctx context.Context, out io.Writer) error {
	w, err := open(p)
	if err != nil {
		return err
	}
	defer w.close()
	fmt.Fprintf(out, "%d clients for %s on %s; %d%% of requests twice, %d%% of PayPal's answers spoilt; seed %d\n",
		p.clients, p.length, w.place, p.twice, p.spoilt, p.seed)
	fmt.Fprintln(out, "one machine, loopback, a simulated PayPal, no limits of the gateway: this is not AWS")
	if err := w.paypal.Chaos(p.spoilt, spoilt...); err != nil {
		return err
	}
	took := w.press(ctx)
	if err := w.calm(); err != nil {
		return err
	}
	w.tally.print(out, took)
	found := w.audit()
	fmt.Fprintf(out, "payments: %d, charges: %d, refunds: %d\n", found.payments, found.charges, found.refunds)
	for _, wrong := range found.wrong {
		fmt.Fprintln(out, "wrong:", wrong)
	}
	fmt.Fprintf(out, "wrong: %d\n", len(found.wrong))
	if len(found.wrong) > 0 {
		return errBroken
	}
	return nil
}
