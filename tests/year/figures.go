package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// print tells the year, one figure a line.
func (j *judgement) print(out io.Writer, took time.Duration) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-46s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("seed", "%d", j.seed)
	line("simulated days", "%d", int(j.quiet.Sub(j.open)/oneDay))
	line("payments", "%d, paid %d, left in review %d", len(j.buyers), j.paid, j.left)
	line("reviews that the merchant settled", "%d", j.reviews.settled)
	line("rows of the account", "%d", j.rows)
	line("settlements", "%d, of which failed %d", j.settled.runs, j.settled.failed)
	line("settlement: rows of the account a second", "%.0f", float64(j.rows)/j.settled.took.Seconds())
	line("rows, the whole year, a second", "%.0f", float64(j.rows)/took.Seconds())
	line("seconds", "%.0f, of which settlement %.0f", took.Seconds(), j.settled.took.Seconds())
	j.printCost(line)
	for _, name := range slices.Sorted(maps.Keys(j.faults)) {
		line("fault: "+name, "%d", j.faults[name])
	}
	for _, kind := range rowKinds {
		line("rows: "+kind, "%d", j.seen[kind])
	}
	line("remainders of one day", "%d, of which an alarm told %d", len(j.remainders), j.settled.done.Unexplained)
	line("rows kept one by one", "%d", len(j.unmatched))
	for _, c := range slices.Sorted(maps.Keys(j.accounts)) {
		j.printAccount(line, c, j.accounts[c])
	}
	line("payments at Stripe", "%d, paid %d, at the bank %d, by %d payouts", len(j.atStripe), j.paidAtStripe, j.paidOut, j.payouts)
	for _, s := range j.stripeAccounts {
		line(string(s.Currency)+" at Stripe", "captured %s, fees %s, paid out %s, closing %s", s.Captured, s.Fees, s.PaidOut, s.Closing)
		line(string(s.Currency)+" at Stripe, remainder", "%s", s.Remainder.Decimal())
	}
	for _, f := range j.found {
		fmt.Fprintln(out, "DIFFERS:", f)
	}
	if j.more > 0 {
		fmt.Fprintf(out, "DIFFERS: and %d more\n", j.more)
	}
}

func (j *judgement) printCost(line func(name, format string, args ...any)) {
	payments, tenThousand := float64(len(j.buyers)+len(j.atStripe)), float64(j.rows)/10_000
	all, books := j.cost(), j.settled.cost
	line("writes of the table a payment, all in all", "%.2f base, %.2f index", float64(all.writes)/payments, float64(all.indexWrites)/payments)
	line("settlement: writes per 10,000 rows", "%.0f base, %.0f index", float64(books.writes)/tenThousand, float64(books.indexWrites)/tenThousand)
	line("settlement: reads per 10,000 rows", "%.0f items, %.0f pages", float64(books.reads)/tenThousand, float64(books.queries)/tenThousand)
	line("settlement: calls of PayPal per 10,000 rows", "%.0f", float64(books.calls)/tenThousand)
	for _, name := range []sim.CallName{
		sim.CallToken, sim.CallCreate, sim.CallLook, sim.CallCapture, sim.CallRefund, sim.CallDispute, sim.CallReport, sim.CallBalance,
		sim.CallControl, sim.CallCert,
	} {
		line("calls of PayPal: "+string(name), "%d", j.paypal.Served(name))
	}
}

func (j *judgement) printAccount(line func(name, format string, args ...any), c string, a *account) {
	line(c+" opening", "%s", amount(c, a.begin))
	for _, name := range lines {
		line(c+" "+name, "%s", amount(c, a.ours[name]))
	}
	line(c+" closing", "%s", amount(c, a.balance))
	line(c+" available", "%s", a.held.Closing)
	line(c+" remainder", "%s", strings.TrimSpace(amount(c, a.remainder)))
}
