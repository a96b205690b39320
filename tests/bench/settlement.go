package main

import (
	"context"
	"fmt"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const (
	manyRows = 10_000 // as many as PayPal lists at once
	fewRows  = 1_000
	ourRows  = 500 // payments of ours: each is bought first

	// reportLate is after how long PayPal's report has everything.
	reportLate = 4 * time.Hour
)

// settlement shows what the rows of the account cost that are read for the first time,
// and what a run costs that finds nothing new.
func (b *bench) settlement() ([]figure, error) {
	figures, err := b.settleOver(nil, "bolt", min(b.rounds, 5))
	if err != nil {
		return nil, err
	}
	local, err := b.dynamoDB()
	if local == nil || err != nil {
		return figures, err
	}
	more, err := b.settleOver(local, "DynamoDB Local", 1)
	return append(figures, more...), err
}

// booked is what one settlement took.
type booked struct {
	swept
	done checkout.Settlement
}

// settleOver measures in turns, each time on a new account.
func (b *bench) settleOver(local *cloud.DynamoDB, name string, rounds int) ([]figure, error) {
	var ours, many, few, again []booked
	for round := range rounds + 1 {
		for _, turn := range []struct {
			what string
			rows int
			fill func(*desk, int) error
			into *[]booked
		}{
			{"ours", ourRows, (*desk).buy, &ours}, {"few", fewRows, (*desk).othersSell, &few}, {"many", manyRows, (*desk).othersSell, &many},
		} {
			first, next, err := b.settleRows(local, fmt.Sprintf("settlement-%s-%d", turn.what, round), turn.rows, turn.fill)
			if err != nil {
				return nil, fmt.Errorf("%s, %s rows: %w", name, turn.what, err)
			}
			if round == 0 {
				continue
			}
			*turn.into = append(*turn.into, first)
			if turn.what == "many" {
				again = append(again, next)
			}
		}
	}
	what := "settlement, " + name + ": "
	figures := append(costOfRows(what+"rows of our payments", ourRows, ours), costOfRows(what+"rows of others", manyRows, many)...)
	cpu := func(rows int, taken []booked) (s samples) {
		for _, t := range taken {
			s = append(s, 1000*t.cpu/float64(rows))
		}
		return s
	}
	manyCPU, fewCPU := cpu(manyRows, many), cpu(fewRows, few)
	figures = append(figures, figure{
		name: what + "CPU for a row of others, 10,000 at once", ours: manyCPU.in("us"), reference: "1,000 at once " + fewCPU.in("us"),
		ratio: manyCPU.over(fewCPU), target: flat, note: "with the simulated PayPal's",
	})
	idle := again[0]
	return append(figures, figure{
		name: what + "a run with nothing new: rows written", ours: number(idle.cost.written), reference: "the cursor 1",
		ratio: samples{idle.cost.written}, target: 1,
		note: fmt.Sprintf("PayPal %d (10,000 rows on the last days), gets %s, queries %s; units: base %s, index %s, read %s",
			idle.calls, number(idle.cost.gets), number(idle.cost.queries), number(idle.cost.base), number(idle.cost.index), number(idle.cost.read)),
	}), nil
}

// costOfRows tells what rows cost that are read for the first time, for each 10,000.
func costOfRows(what string, rows int, taken []booked) []figure {
	told, per := taken[0], 10_000/float64(rows)
	var second samples
	for _, t := range taken {
		second = append(second, 1000*float64(rows)/t.wall)
	}
	return []figure{
		{name: what + ", a second", ours: second.in("rows"), note: "with the simulated PayPal's time"},
		{name: what + ": write units for 10,000, base", ours: number(told.cost.base * per),
			note: fmt.Sprintf("index %s, read %s; for %d rows: rows written %s, gets %s", number(told.cost.index*per), number(told.cost.read*per),
				rows, number(told.cost.written), number(told.cost.gets))},
		{name: what + ": calls of PayPal", ours: number(float64(told.calls)), note: fmt.Sprintf("for %d rows", rows)},
	}
}

// settleRows begins the books of an account, lets it have rows, and settles: once with
// them new, and once with nothing new.
func (b *bench) settleRows(local *cloud.DynamoDB, name string, rows int, fill func(*desk, int) error) (first, again booked, err error) {
	d, err := openDesk(local, b.folder, name)
	if err != nil {
		return first, again, err
	}
	defer d.close()
	if _, err = d.settleOnce(); err == nil {
		err = fill(d, rows)
	}
	if err != nil {
		return first, again, err
	}
	d.clock.Move(reportLate)
	if first, err = d.settleOnce(); err != nil {
		return first, again, err
	}
	if first.done.Days == 0 || first.done.Left != 0 {
		return first, again, fmt.Errorf("the settlement came to %+v", first.done)
	}
	d.clock.Move(time.Hour)
	again, err = d.settleOnce()
	if err == nil && (again.done.Days != 0 || again.done.Rows != 0) {
		err = fmt.Errorf("there was something new: %+v", again.done)
	}
	return first, again, err
}

// settleOnce is one settlement and what it took.
func (d *desk) settleOnce() (t booked, err error) {
	before, called, used, began := d.meter.read(), d.calls.Load(), ownCPU(), time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	t.done, err = d.SettleBooks(ctx)
	t.swept = swept{d.calls.Load() - called, d.meter.read().less(before), ms(ownCPU() - used), ms(time.Since(began))}
	return t, err
}

// buy makes payments, one a minute.
func (d *desk) buy(n int) error {
	for range n {
		if _, err := d.paid(1); err != nil {
			return err
		}
	}
	return nil
}

// othersSell makes sales of another shop, two a second.
func (d *desk) othersSell(n int) error {
	for i := range n {
		if i%2 == 0 {
			d.clock.Move(time.Second)
		}
		if _, err := d.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: "EUR", Amount: int64(100 + i)}); err != nil {
			return err
		}
	}
	return nil
}
