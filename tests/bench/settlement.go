package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const (
	manyRows = 10_000 // as many as PayPal lists at once
	fewRows  = 1_000
	ourRows  = 500 // payments of ours: each is bought first

	// reportLate is after how long PayPal's report has everything.
	reportLate = 4 * time.Hour
)

// accounts are those that are read, each by itself: a merchant with both pays for both.
// The rounds are those on a file, at the most. Stripe's is settled once: it gives its rows
// by the hundred, the simulated one looks through all of them for each hundred, and so
// what they take of a processor would be its figure and not ours.
var accounts = []struct {
	at, name string
	rounds   int
}{{paypal.Name, "PayPal", 3}, {stripe.Name, "Stripe", 0}}

// settlement shows what the rows of an account cost that are read for the first time,
// and what a run costs that finds nothing new.
func (b *bench) settlement() (figures []figure, err error) {
	local, err := b.dynamoDB()
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		what := "settlement"
		if a.at != paypal.Name {
			what += " at " + a.name
		}
		more, err := b.settleOver(nil, a.at, a.name, what+", bolt: ", min(b.rounds, a.rounds))
		if err != nil {
			return nil, err
		}
		if figures = append(figures, more...); local == nil {
			continue
		}
		if more, err = b.settleOver(local, a.at, a.name, what+", DynamoDB Local: ", 0); err != nil {
			return nil, err
		}
		figures = append(figures, more...)
	}
	return figures, nil
}

// booked is what one settlement took.
type booked struct {
	swept
	done checkout.Settlement
}

// settleOver measures in turns, each time on a new account. Without rounds it counts what
// one settlement takes, and times it as it comes.
func (b *bench) settleOver(local *cloud.DynamoDB, at, name, what string, rounds int) ([]figure, error) {
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
			if turn.what == "few" && rounds == 0 {
				continue // they are for what one row takes of a processor
			}
			first, next, err := b.settleRows(local, fmt.Sprintf("settlement-%s-%s-%d", at, turn.what, round), at, turn.rows, turn.fill)
			if err != nil {
				return nil, fmt.Errorf("%s%s rows: %w", what, turn.what, err)
			}
			if round == 0 && rounds > 0 {
				continue
			}
			*turn.into = append(*turn.into, first)
			if turn.what == "many" {
				again = append(again, next)
			}
		}
	}
	figures := append(costOfRows(name, what+"rows of our payments", ourRows, ours), costOfRows(name, what+"rows of others", manyRows, many)...)
	if rounds > 0 {
		manyCPU, fewCPU := cpuOfRow(manyRows, many), cpuOfRow(fewRows, few)
		figures = append(figures, figure{
			name: what + "CPU for a row of others, 10,000 at once", ours: manyCPU.in("us"), reference: "1,000 at once " + fewCPU.in("us"),
			ratio: manyCPU.over(fewCPU), target: flat, note: "with that of the simulated " + name,
		})
	}
	return append(figures, nothingNew(name, what, again[0])), nil
}

// nothingNew is what a run costs that finds nothing new.
func nothingNew(name, what string, idle booked) figure {
	return figure{
		name: what + "a run with nothing new: rows written", ours: number(idle.cost.written), reference: "the cursor 1",
		ratio: samples{idle.cost.written}, target: 1,
		note: fmt.Sprintf("%s %d (10,000 rows on the last days), gets %s, queries %s; units: base %s, index %s, read %s",
			name, idle.calls, number(idle.cost.gets), number(idle.cost.queries), number(idle.cost.base), number(idle.cost.index), number(idle.cost.read)),
	}
}

// cpuOfRow is what one of so many rows took, in us.
func cpuOfRow(rows int, taken []booked) (s samples) {
	for _, t := range taken {
		s = append(s, 1000*t.cpu/float64(rows))
	}
	return s
}

// costOfRows tells what rows cost that are read for the first time, for each 10,000.
func costOfRows(name, what string, rows int, taken []booked) []figure {
	told, per := taken[0], 10_000/float64(rows)
	var second samples
	for _, t := range taken {
		second = append(second, 1000*float64(rows)/(t.wall-t.waited))
	}
	return []figure{
		{name: what + ", a second", ours: second.in("rows"), note: "without the time of the simulated " + name},
		{name: what + ": write units for 10,000, base", ours: number(told.cost.base * per),
			note: fmt.Sprintf("index %s, read %s; for %d rows: rows written %s, gets %s", number(told.cost.index*per), number(told.cost.read*per),
				rows, number(told.cost.written), number(told.cost.gets))},
		{name: what + ": calls of " + name, ours: number(float64(told.calls)), note: fmt.Sprintf("for %d rows", rows)},
	}
}

// settleRows begins the books of an account, lets it have rows, and settles: once with
// them new, and once with nothing new.
func (b *bench) settleRows(local *cloud.DynamoDB, name, at string, rows int, fill func(*desk, int) error) (first, again booked, err error) {
	d, err := openDesk(local, b.folder, name, at)
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
	t.swept, err = d.during(func(ctx context.Context) error {
		t.done, err = d.SettleBooks(ctx)
		return err
	})
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
		if err := d.sellElsewhere(100 + i); err != nil {
			return err
		}
	}
	return nil
}

// sellElsewhere makes one sale of another shop on the same account, in cents.
func (d *desk) sellElsewhere(amount int) error {
	if d.at == paypal.Name {
		_, err := d.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: "EUR", Amount: int64(amount)})
		return err
	}
	form := url.Values{
		"mode": {"payment"}, "payment_method_types[0]": {"card"}, "client_reference_id": {"A-17"},
		"success_url": {"https://another.example"}, "cancel_url": {"https://another.example"},
		"line_items[0][quantity]": {"1"}, "line_items[0][price_data][currency]": {"eur"},
		"line_items[0][price_data][unit_amount]": {strconv.Itoa(amount)}, "line_items[0][price_data][product_data][name]": {"Something else"},
	}
	ask := httptest.NewRequest(http.MethodPost, deskStripe+"/v1/checkout/sessions", strings.NewReader(form.Encode()))
	ask.Header.Set("Authorization", "Bearer "+stripeKeys.Key)
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ask.Header.Set("Stripe-Version", "2026-08-26.dahlia")
	got := httptest.NewRecorder()
	d.stripe.ServeHTTP(got, ask)
	var session struct{ ID string }
	if err := json.Unmarshal(got.Body.Bytes(), &session); err != nil || session.ID == "" {
		return fmt.Errorf("another shop's session: %d %s", got.Code, got.Body)
	}
	return d.stripe.Pay(session.ID, stripesim.Instrument{})
}
