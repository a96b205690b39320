package main

import (
	"context"
	"errors"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// settled is what all settlements came to.
type settled struct {
	runs, failed int
	done         checkout.Settlement
	cost         cost
	took         time.Duration
}

// cost is what was asked of the table and of PayPal.
type cost struct {
	reads, queries, writes, indexWrites, bytes, calls int64
}

func (y *year) cost() cost {
	c := y.table.Counts()
	return cost{c.Reads, c.Queries, c.Writes, c.IndexWrites, c.Bytes, int64(y.paypal.Served(sim.CallAny))}
}

func (c cost) less(d cost) cost {
	return cost{c.reads - d.reads, c.queries - d.queries, c.writes - d.writes, c.indexWrites - d.indexWrites, c.bytes - d.bytes, c.calls - d.calls}
}

func (c cost) plus(d cost) cost { return c.less(cost{}.less(d)) }

// every lets something happen again and again until the end of the year.
func (y *year) every(d time.Duration, do func()) {
	if y.clock.Now().Before(y.quiet) {
		do()
		y.diary.at(y.clock.Now().Truncate(d).Add(d), func() { y.every(d, do) })
	}
}

// look is what the scheduler starts every five minutes, and once an hour when the shop
// has closed, with PayPal's bells before it. What fails is due again.
func (y *year) look() {
	if now := y.clock.Now(); now.After(y.closed.Add(oneDay)) && now.Minute() != 0 {
		return
	}
	y.ring()
	_, _ = y.handlers.Sweep()(context.Background(), nil)
}

// settle is what the scheduler starts every hour: while something goes wrong with it
// every hour indeed, and otherwise as often as -settle says.
func (y *year) settle() {
	if y.mode == "" && y.clock.Now().Hour()%y.pause() != 0 {
		return
	}
	began, before := time.Now(), y.cost()
	done, err := y.settleIn(y.mode)
	y.settled.took += time.Since(began)
	y.settled.cost = y.settled.cost.plus(y.cost().less(before))
	y.settled.runs++
	if err != nil {
		y.settled.failed++
	}
	y.note(done)
}

// pause is how many hours lie between two settlements while nothing goes wrong: a day
// when the shop has closed.
func (y *year) pause() int {
	if y.clock.Now().After(y.closed) {
		return 24
	}
	return y.hourly
}

func (y *year) note(done checkout.Settlement) {
	sum := &y.settled.done
	sum.Disputes, sum.Days, sum.Rows = sum.Disputes+done.Disputes, sum.Days+done.Days, sum.Rows+done.Rows
	sum.Unmatched, sum.Unexplained = sum.Unmatched+done.Unmatched, sum.Unexplained+done.Unexplained
}

func (y *year) run() (checkout.Settlement, error) {
	return y.handlers.Settlement()(context.Background(), nil)
}

var errKilled = errors.New("year: the process is killed")

// settleIn is a run to which something happens.
func (y *year) settleIn(mode string) (checkout.Settlement, error) {
	switch mode {
	case faultShort:
		done, err := y.runInTime(2 + y.dice.IntN(40))
		y.faults[faultShort] += done.Left
		return done, err
	case faultTwice:
		// A second run begins and ends while the first is about to write.
		y.shaky.arm(1+y.dice.IntN(6), y.dice.IntN(2) == 0, func() {
			y.faults[faultTwice]++
			done, _ := y.run()
			y.note(done)
		})
	case faultKilled:
		y.shaky.arm(1+y.dice.IntN(6), y.dice.IntN(2) == 0, func() {
			y.faults[faultKilled]++
			panic(errKilled) // what starts a run makes an error of it, and nothing is cleared up
		})
	}
	defer y.shaky.disarm()
	return y.run()
}

// runInTime is a run that may ask so often how much time is left before there is none
// for another page.
func (y *year) runInTime(asks int) (checkout.Settlement, error) {
	c := y.handlers.Checkout.Config
	c.Clock = &tiring{c.Clock, asks}
	s, err := checkout.New(c)
	if err != nil {
		return checkout.Settlement{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), runTime)
	defer cancel()
	return s.SettleBooks(ctx)
}

// runTime is how long a run may take by its deadline.
const runTime = 5 * time.Minute

// tiring is a clock that has time for so many questions and then for what is at hand.
type tiring struct {
	checkout.Clock
	asks int
}

func (c *tiring) Left(time.Time) time.Duration {
	if c.asks--; c.asks < 0 {
		return 10 * time.Second
	}
	return time.Minute
}
