package main

import (
	"context"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// fault is something that goes wrong for some hours.
type fault struct {
	name       string
	begin, end func()
}

const (
	faultLost    = "webhook: lost"
	faultDoubled = "webhook: delivered twice"

	faultLate     = "report: asked while every row is late"
	faultClipped  = "report: asked while it ends early"
	faultShifted  = "report: pages shifted"
	faultBalances = "balances: asked while they are late"

	faultShort  = "settlement: cut short"
	faultTwice  = "settlement: twice at once"
	faultKilled = "settlement: killed"
)

// payPalKinds are what goes wrong with calls of PayPal's, in windows of two or three kinds.
var payPalKinds = [][]sim.Kind{
	{sim.ErrorBefore, sim.BadGatewayBefore, sim.Unavailable},
	{sim.ErrorAfter, sim.BadGatewayAfter},
	{sim.TimeoutBefore, sim.TimeoutAfter},
	{sim.CutBody, sim.EmptyBody},
	{sim.TokenDropped, sim.InProgress},
	{sim.RateLimited, sim.RateLimitedBare},
}

// payPalFails is how many calls in a hundred fail while they do.
const payPalFails = 25

// weather is every fault there is.
func (y *year) weather() (all []fault) {
	for _, kinds := range payPalKinds {
		all = append(all, fault{"PayPal", func() { y.must(y.paypal.Chaos(payPalFails, kinds...)) }, func() { y.must(y.paypal.Chaos(0)) }})
	}
	for _, kinds := range stripeKinds {
		all = append(all, fault{"Stripe", func() { y.must(y.stripe.Chaos(payPalFails, kinds...)) }, func() { y.must(y.stripe.Chaos(0)) }})
	}
	for _, name := range []string{faultRead, faultWriteBefore, faultWriteAfter} {
		all = append(all, fault{name, func() { y.shaky.failing = name }, func() { y.shaky.failing = "" }})
	}
	for _, name := range []string{faultShort, faultTwice, faultKilled} {
		all = append(all, fault{name, func() { y.mode = name }, func() { y.mode = "" }})
	}
	return append(all,
		fault{faultLost, func() { y.paypal.LoseNext(12) }, func() {}},
		fault{faultDoubled, func() { y.paypal.DoubleNext(12) }, func() {}},
		y.reportFault(faultLate, sim.CallReport, func() { y.paypal.ReportLate(3 * time.Hour) }, func() { y.paypal.ReportLate(usualLag) }),
		y.reportFault(faultClipped, sim.CallReport, func() { y.paypal.ClipReport(2 * time.Hour) }, func() { y.paypal.ClipReport(0) }),
		y.reportFault(faultBalances, sim.CallBalance, func() { y.paypal.BalancesLate(30 * time.Hour) }, func() { y.paypal.BalancesLate(usualLag) }),
	)
}

// usualLag is how late rows and balances are at most on an ordinary day.
const usualLag = time.Hour

// reportFault counts the calls it could befall.
func (y *year) reportFault(name string, call sim.CallName, begin, end func()) fault {
	var before int
	return fault{name, func() { before = y.paypal.Served(call); begin() }, func() {
		y.faults[name] += y.paypal.Served(call) - before
		end()
	}}
}

// forecast writes down a window for every fault, one after the other, again and again
// until the shop closes. A window is longer than a day, on which there is something of everything.
func (y *year) forecast() {
	all := y.weather()
	turns := max(len(all), y.days/3/len(all)*len(all))
	turn := y.closed.Sub(y.open) / time.Duration(turns)
	for i := range turns {
		f, at := all[i%len(all)], y.open.Add(turn*time.Duration(i))
		y.diary.at(at, f.begin)
		y.diary.at(at.Add(min(turn, 30*time.Hour)), f.end)
	}
	for at := y.open; at.Before(y.closed); at = at.Add(5 * oneDay) {
		y.diary.at(at, func() { y.paypal.ShiftPages(1) })
	}
	// Of three weeks the webhook works in one: nothing may depend on it.
	for at := y.open.Add(weekOfBells); at.Before(y.closed); at = at.Add(3 * weekOfBells) {
		y.diary.at(at, func() { y.deaf = true })
		y.diary.at(at.Add(2*weekOfBells), func() { y.deaf = false })
	}
}

const weekOfBells = 7 * oneDay

func (y *year) must(err error) {
	if err != nil {
		y.mustNot(err)
	}
}

// ring sends what PayPal has to tell.
func (y *year) ring() {
	if y.deaf {
		y.paypal.LoseNext(y.paypal.Waiting())
		y.stripe.LoseNext(y.stripe.Waiting())
	}
	y.stripe.Deliver(context.Background())
	seen := map[string]bool{}
	for _, d := range y.paypal.Deliver(context.Background()) {
		switch {
		case d.Lost:
			y.faults[faultLost]++
		case seen[d.Event]:
			y.faults[faultDoubled]++
		}
		seen[d.Event] = true
	}
}
