// Command year lets a shop live through a simulated year and then accounts for
// every cent of it:
//
//	go run ./tests/year
//
// Buyers buy, in several currencies, through the API; money is refunded, reversed,
// charged back, withheld, let go, converted and paid out; others sell on the same
// account. Meanwhile, in windows, webhooks are lost, PayPal and the table fail, the
// report is late, ends early and changes while it is read, and settlements are cut
// short, started twice and killed. The functions, the adapter and the table are the real
// ones; PayPal is simulated, the clock is moved, and no socket is between them.
//
// In the end the simulated PayPal's own statement is the judge: every payment's money,
// every sum of another's, every row that nobody knows, and every balance to the cent.
// Whatever differs is printed, and the command ends with 1. -falsify makes PayPal's
// report wrong about one row, which has to be found.
//
// The sweep runs every five minutes and the settlement every hour, as deployed, while
// something goes wrong with it. In quiet hours the settlement runs as often as -settle
// says; when the shop has closed it runs once a day, and the sweep every hour.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// quietDays are how long the account is read on after the last sale: as long as what is
// withheld, disputed or under way takes, and the month that is read again.
const quietDays = 50

// memory is what a year may take before it is tidied up more often, in bytes.
const memory = 5 << 29

// options are what the command line says.
type options struct {
	root       string
	folder     string // of the table; thrown away
	payments   int
	days       int
	burst      int
	seed       int64
	hourly     int
	currencies []string
	falsify    string
	verbose    bool
}

func main() {
	err := command(os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "year:", err)
		os.Exit(1)
	}
}

func command(args []string, out io.Writer) error {
	var o options
	var currencies string
	flags := flag.NewFlagSet("year", flag.ContinueOnError)
	flags.StringVar(&o.root, "root", ".", "folder of template.yaml")
	flags.IntVar(&o.payments, "payments", 50_000, "carts that are put together")
	flags.IntVar(&o.days, "days", 365, "days that the shop is open")
	flags.IntVar(&o.burst, "burst", 10_300, "sales of another shop on one day; PayPal lists 10,000 at once")
	flags.Int64Var(&o.seed, "seed", 1, "of everything random")
	flags.IntVar(&o.hourly, "settle", 6, "hours between two settlements while nothing goes wrong; 1, 2, 3, 4 or 6")
	flags.StringVar(&currencies, "currencies", "EUR,USD,GBP,JPY,SEK", "of the shop, with commas; the account converts the last")
	flags.StringVar(&o.falsify, "falsify", "", "what PayPal's report does with one sale: lose, double or change")
	profile := flags.String("cpuprofile", "", "file for a profile of the year")
	flags.BoolVar(&o.verbose, "v", false, "log warnings and errors")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.currencies = strings.Split(currencies, ",")
	if err := o.check(); err != nil {
		return err
	}
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	folder, err := os.MkdirTemp("", "year")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	o.folder = folder
	return live(o, out)
}

func (o options) check() error {
	for _, c := range o.currencies {
		if !money.Currency(c).Valid() {
			return fmt.Errorf("-currencies: %q is none", c)
		}
	}
	switch _, known := falsifications[o.falsify]; {
	case len(o.currencies) < 2:
		return errors.New("two currencies are the least: the account converts the last")
	case o.falsify != "" && !known:
		return fmt.Errorf("-falsify %s: lose, double or change", o.falsify)
	case o.payments < 1 || o.days < 1 || o.hourly < 1 || o.hourly > 6:
		return errors.New("too few payments or days, or settlements too far apart")
	}
	return nil
}

// live lets the year go by and judges it.
func live(o options, out io.Writer) error {
	// What the simulated PayPal keeps only grows: looking through it often is in vain.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memory))
	began := time.Now()
	y, err := newYear(o)
	if err != nil {
		return err
	}
	defer y.table.Close()
	if err := y.goBy(); err != nil {
		return err
	}
	lived := time.Since(began)
	j, err := judge(y)
	if err != nil {
		return err
	}
	j.print(out, lived)
	return j.verdict()
}

// goBy lets everything happen, one thing after the other.
func (y *year) goBy() error {
	if err := y.openAccount(); err != nil {
		return err
	}
	y.paypal.ReportLate(usualLag)
	y.paypal.BalancesLate(usualLag)
	y.forecast()
	gap := y.closed.Sub(y.open) / time.Duration(y.payments)
	for i := range y.payments {
		y.diary.at(y.open.Add(gap*time.Duration(i)+time.Duration(y.dice.Int64N(int64(gap)))), y.visit)
	}
	// A third of all carts is paid at Stripe.
	for i := range y.payments / 2 {
		y.diary.at(y.open.Add(2*gap*time.Duration(i)+gap), y.shop)
	}
	y.diary.at(y.open, func() { y.every(oneDay, y.stripePaysOut) })
	for n := range y.days {
		y.diary.at(y.open.AddDate(0, 0, n), func() { y.liveDay(n) })
	}
	y.diary.at(y.open, func() { y.every(7*oneDay, y.endWhatIsPending) })
	y.diary.at(y.open, func() { y.every(time.Hour, y.settle) })
	y.diary.at(y.open, func() { y.every(5*time.Minute, y.look) })
	for {
		e, ok := y.diary.next()
		if !ok {
			return errors.Join(y.errs...)
		}
		y.clock.Move(max(0, e.at.Sub(y.clock.Now())))
		e.do()
	}
}
