// Command local runs the whole checkout on this machine, with Go and nothing
// else: the demo shop, the API with the deployed functions behind it, a
// simulated PayPal and a simulated Stripe with pages to click through, the sweep and
// the settlement on their schedules, and one file for the table.
//
//	go run ./local          serve, and print every address
//	go run ./local -shop F  the same with the pages in folder F in place of the demo shop
//	go run ./local -demo    play purchases, print what happened, exit 0 or 1
//	go run ./local report   the settlement as a page, whether the shop runs or not
//	go run ./local export   every entry of the account as JSON lines
//	go run ./local doctor   whether all of it, or a deployed stack, is set up right
//
// With PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET of a sandbox app, or STRIPE_KEY and
// STRIPE_SIGNING of a test account, in the environment, those are called instead of the
// simulators.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil && err != errUnwell {
		fmt.Fprintln(os.Stderr, "local:", err)
	}
	if err != nil {
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 where nothing could be done for the way it was asked.
func exitCode(err error) int {
	if errors.As(err, new(misuse)) {
		return 2
	}
	return 1
}

// run does what the arguments say; a test starts the program through it. out is
// for a person, log for JSON lines.
func run(ctx context.Context, args []string, lookup func(string) string, out, log io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "report":
			return runReport(ctx, args[1:], setup.SystemClock{}.Now(), out, log)
		case "doctor":
			return runDoctor(ctx, args[1:], lookup, runAWS, out, log)
		case "export":
			return runExport(ctx, args[1:], setup.SystemClock{}.Now(), out, log)
		}
	}
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.Usage = func() { printUsage(flags) }
	root := flags.String("root", ".", "folder of template.yaml")
	shop := flags.String("shop", "", "folder of your own shop's pages, and of its prices.json if there is one, in place of the demo shop")
	brand := flags.String("brand", demoBrand, "the shop's name, as a buyer is shown it at PayPal and Stripe")
	file := flags.String("file", "checkout.db", "file of the table; the simulated providers' books lie beside it")
	port := flags.Int("port", 8080, "port of the shop; the API and the simulated PayPal and Stripe have the next three; 0: any free ones")
	seed := flags.Int64("seed", 1, "of everything random in the simulated providers")
	play := flags.Bool("demo", false, "play purchases by itself, in a file and at ports of its own")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return unknownWord(flags.Arg(0))
	}
	doors, err := ports(*port)
	if err != nil {
		return err
	}
	if info, err := os.Stat(*shop); *shop != "" && (err != nil || !info.IsDir()) {
		return fmt.Errorf("-shop %s is no folder", *shop)
	}
	if *play {
		return runDemo(ctx, *root, *seed, out)
	}
	return serve(ctx, plan{
		root: *root, shop: *shop, brand: *brand, file: *file, books: *file + ".paypal.json", ledger: *file + ".stripe.json", ports: doors,
		seed: *seed, clock: setup.SystemClock{}, lookup: lookup, log: log, rings: true,
	}, out)
}

// printUsage names the commands beside the flags: whoever asks for help knows of neither.
func printUsage(flags *flag.FlagSet) {
	fmt.Fprint(flags.Output(), `go run ./local [flags]          serve the shop, and print every address
go run ./local report [flags]   the settlement as a page, whether the shop runs or not
go run ./local export [flags]   every entry of the account as JSON lines
go run ./local doctor [flags]   whether all of it, or a deployed stack, is set up right

Each of them lists its own flags with -h. Those of the shop:
`)
	flags.PrintDefaults()
}

// unknownWord refuses a word that is no command: the shop would otherwise start, and
// nobody would hear that something else was meant.
func unknownWord(word string) error {
	if slices.Contains([]string{"report", "export", "doctor"}, word) {
		return misuse{fmt.Errorf("%s is the first word where it is meant: go run ./local %s, and its flags behind it", word, word)}
	}
	return misuse{fmt.Errorf("%q is no command: the first word may be report, export or doctor, all else are flags, as -demo (-h lists them)", word)}
}

// ports are those of a run whose shop has the first. Errors: misuse.
func ports(first int) (four [4]int, err error) {
	if first == 0 {
		return four, nil
	}
	const last = 1<<16 - 1
	if first < 1 || first > last-len(four)+1 {
		return four, misuse{fmt.Errorf("-port %d cannot be: a run takes %d ports in a row, so it is 1 to %d, or 0 for any free ones", first, len(four), last-len(four)+1)}
	}
	for i := range four {
		four[i] = first + i
	}
	return four, nil
}

// serve runs until ctx ends.
func serve(ctx context.Context, p plan, out io.Writer) error {
	w, err := build(p)
	if err != nil {
		return err
	}
	defer w.close()
	unannounce, err := w.announce(p.file)
	if err != nil {
		return err
	}
	defer unannounce()
	fmt.Fprintf(out, "shop    %s\n", origin(w.doors.shop))
	fmt.Fprintf(out, "api     %s\n", origin(w.doors.api))
	if w.paypal != nil {
		fmt.Fprintf(out, "paypal  %s/sim (simulated, seed %d: books, faults)\n", origin(w.doors.paypal), p.seed)
		fmt.Fprintf(out, "stripe  %s/sim (the same)\n", origin(w.doors.stripe))
	} else {
		fmt.Fprintf(out, "pays    %s, as the environment says: accounts to test with\n", w.environment(p)["PROVIDERS"])
	}
	fmt.Fprintf(out, "report  %s%s (the settlement, day by day)\n", origin(w.doors.shop), reportPath)
	fmt.Fprintf(out, "token   %s%s?customer=ada (a customer of the shop, for Customer-Token)\n", origin(w.doors.shop), customerTokenPath)
	fmt.Fprintf(out, "table   %s\n", p.file)
	fmt.Fprintf(out, "prices  %s\n", w.pricesWords(p))
	printMerchant(out, origin(w.doors.api), p.prices(), w.clock.Now())
	w.runSchedules(ctx, out)
	fmt.Fprintln(out, "bye: what is under way is in the table, and goes on at the next start")
	return nil
}

// runSchedules starts the template's scheduled functions on their timers, the
// first time at once: a run that was cut short has left things to do.
func (w *world) runSchedules(ctx context.Context, out io.Writer) {
	for _, s := range w.template.Schedules() {
		start := w.scheduled()[s.Function]
		fmt.Fprintf(out, "%-7s now and every %s\n", start.name, s.Every)
		go every(ctx, s.Every, func() {
			limit, cancel := context.WithTimeout(ctx, w.template.Functions[s.Function].Timeout)
			defer cancel()
			start.run(limit) // what failed is in its log, and due again
		})
	}
	<-ctx.Done()
}

// scheduledFunction is a function that the scheduler starts.
type scheduledFunction struct {
	name string // as a person reads it
	run  func(context.Context)
}

// scheduled are all of them by logical id; build refuses a template with another.
func (w *world) scheduled() map[string]scheduledFunction {
	return map[string]scheduledFunction{
		"SweepFunction":      {"sweep", func(ctx context.Context) { w.handlers.Sweep()(ctx, nil) }},
		"SettlementFunction": {"settle", func(ctx context.Context) { w.handlers.Settlement()(ctx, nil) }},
	}
}

func every(ctx context.Context, period time.Duration, do func()) {
	timer := time.NewTicker(period)
	defer timer.Stop()
	for {
		do()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// runDemo plays in a world of its own: a file that is thrown away, free ports, a
// clock that is moved, and the simulated providers whatever the environment says.
func runDemo(ctx context.Context, root string, seed int64, out io.Writer) error {
	folder, err := os.MkdirTemp("", "checkout-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	clock := clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	w, err := build(plan{
		root: root, file: filepath.Join(folder, "demo.db"), seed: seed, clock: clock,
		ids: numbered(), lookup: func(string) string { return "" }, log: io.Discard,
	})
	if err != nil {
		return err
	}
	defer w.close()
	fmt.Fprintf(out, "demo with seed %d; time is moved, nothing waits\n\n", seed)
	return (&demo{world: w, clock: clock, out: out}).play(ctx)
}

// numbered gives out write ids that are the same in every run.
func numbered() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("write-%d", n.Add(1)) }
}
