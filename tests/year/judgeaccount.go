package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// account is what one currency did, in minor units, by line: once by our books and once
// by PayPal's own statement.
type account struct {
	ours, truth    map[string]int64
	total, held    settlement.Roll // the balances as our books explain them
	balance, begin int64           // PayPal's total, now and before the first day
	remainder      int64           // balance - begin - all that ours say has moved it
}

// lines are what an account consists of; the last is not in its total.
var lines = []string{"captured", "fees", "refunds", "reversals", "conversions", "other sales", "other", "paid out", lineHeld}

const lineHeld = "on hold"

func (j *judgement) account(currency string) *account {
	if j.accounts[currency] == nil {
		j.accounts[currency] = &account{ours: map[string]int64{}, truth: map[string]int64{}}
	}
	return j.accounts[currency]
}

// judgeAccounts compares line by line, and what our books leave unexplained.
func (j *judgement) judgeAccounts() {
	j.addBooks()
	j.addStatement()
	for _, r := range j.rolls {
		a := j.account(string(r.Opening.Currency))
		if r.Balance == settlement.BalanceTotal {
			a.total = r
		} else {
			a.held = r
		}
	}
	for _, c := range slices.Sorted(maps.Keys(j.accounts)) {
		j.judgeAccount(c, j.accounts[c])
	}
	if end := j.quiet.AddDate(0, 0, -3).Format(time.DateOnly); j.until < end {
		j.differs("the balances are explained until %s, and the year ended on %s", j.until, end)
	}
}

func (j *judgement) judgeAccount(c string, a *account) {
	unit, now := perUnit(c), j.truth.Balance(c)
	a.balance, a.remainder = now.Total*unit, now.Total*unit-a.begin
	for _, line := range lines {
		if a.ours[line] != a.truth[line] {
			j.differs("%s: %s is %s by our books and %s by PayPal's statement", c, line, amount(c, a.ours[line]), amount(c, a.truth[line]))
		}
		if line != lineHeld {
			a.remainder -= a.ours[line]
		}
	}
	if a.remainder != 0 {
		j.differs("%s: %s of PayPal's balance is in none of our books", c, amount(c, a.remainder))
	}
	for _, r := range []settlement.Roll{a.total, a.held} {
		if !r.Remainder.IsZero() {
			j.differs("%s: our own books leave a remainder of %s (%s)", c, r.Remainder, r.Balance)
		}
	}
	if a.total.Closing.Minor != now.Total*unit || a.held.Closing.Minor != now.Available*unit || a.total.Opening.Minor != a.begin {
		j.differs("%s: we say it was %s, is %s and has %s available; by PayPal's statement %s, %s and %s", c, a.total.Opening, a.total.Closing, a.held.Closing,
			amount(c, a.begin), amount(c, now.Total*unit), amount(c, now.Available*unit))
	}
}

// addBooks adds up our day books.
func (j *judgement) addBooks() {
	for _, day := range j.books {
		for _, h := range day.Book.Hours {
			for key, sum := range h.Sums {
				currency, code, foreign := cutKey(key)
				if sum.Gross == 0 && sum.Fee == 0 {
					continue
				}
				means, _ := paypal.CodeOf(code)
				line, fees := lineOf(means.Kind, !foreign)
				j.account(currency).ours[line] += sum.Gross
				j.account(currency).ours[fees] += sum.Fee
			}
		}
	}
}

// cutKey takes the key of a sum apart: "EUR T0006 foreign".
func cutKey(key string) (currency, code string, foreign bool) {
	parts := strings.Fields(key)
	return parts[0], parts[1], len(parts) > 2
}

// lineOf is where an entry of a kind belongs, and where its fee does.
func lineOf(kind payment.EntryKind, ours bool) (line, fees string) {
	switch kind {
	case payment.EntryPayout:
		return "paid out", "paid out"
	case payment.EntryConversion:
		return "conversions", "conversions"
	case payment.EntryHold, payment.EntryRelease:
		return lineHeld, lineHeld
	}
	line, known := map[payment.EntryKind]string{
		payment.EntrySale: "captured", payment.EntryFee: "fees", payment.EntryChargebackFee: "fees", payment.EntryRefund: "refunds",
		payment.EntryReversal: "reversals", payment.EntryChargeback: "reversals", payment.EntryChargebackReversal: "reversals",
	}[kind]
	switch {
	case known && ours:
		return line, "fees"
	case known:
		return "other sales", "other sales"
	}
	return "other", "other"
}

// addStatement adds up PayPal's own, by what its rows really are.
func (j *judgement) addStatement() {
	for _, r := range j.truth.Rows {
		a, unit := j.account(r.Currency), perUnit(r.Currency)
		if r.Initiated.UTC().Format(time.DateOnly) < j.from {
			a.begin += r.Total * unit
			continue
		}
		j.rows++
		for _, kind := range j.kindsOf(r) {
			j.seen[kind]++
		}
		fee := r.Fee
		if r.Status == "P" || r.Status == "D" {
			fee = 0 // announced, or denied
		}
		line, fees := truthLine(r.Kind, j.ours(r.CustomID))
		if line == lineHeld {
			a.truth[line] += r.Available * unit
			continue
		}
		a.truth[line] += (r.Total - fee) * unit
		a.truth[fees] += fee * unit
	}
}

// truthLine is lineOf for a row of the statement.
func truthLine(kind sim.RowKind, ours bool) (line, fees string) {
	switch kind {
	case sim.RowPayout:
		return "paid out", "paid out"
	case sim.RowConversion:
		return "conversions", "conversions"
	case sim.RowHold, sim.RowRelease:
		return lineHeld, lineHeld
	case sim.RowOther, sim.RowAuthorisation:
		return "other", "other"
	}
	if !ours {
		return "other sales", "other sales"
	}
	return map[sim.RowKind]string{
		sim.RowSale: "captured", sim.RowFeeChange: "fees", sim.RowChargebackFee: "fees", sim.RowRefund: "refunds",
		sim.RowReversal: "reversals", sim.RowChargeback: "reversals", sim.RowChargebackReversal: "reversals",
	}[kind], "fees"
}

// judgeForeign holds the sums of what is no payment's of ours against the statement, by
// day, currency and code.
func (j *judgement) judgeForeign() {
	type sum struct{ count, gross, fee int64 }
	had, want := map[string]sum{}, map[string]sum{}
	for _, day := range j.books {
		for _, h := range day.Book.Hours {
			for key, s := range h.Sums {
				if currency, code, foreign := cutKey(key); foreign {
					name := day.Day + " " + currency + " " + code
					had[name] = sum{had[name].count + s.Count, had[name].gross + s.Gross, had[name].fee + s.Fee}
				}
			}
		}
	}
	for _, r := range j.truth.Rows {
		day := r.Initiated.UTC().Format(time.DateOnly)
		if j.ours(r.CustomID) || day < j.from {
			continue
		}
		name, unit := day+" "+r.Currency+" "+r.Code, perUnit(r.Currency)
		s := sum{1, r.Amount * unit, r.Fee * unit}
		if r.Status == "P" || r.Status == "D" {
			s = sum{1, 0, 0}
		}
		want[name] = sum{want[name].count + s.count, want[name].gross + s.gross, want[name].fee + s.fee}
	}
	for name := range want {
		if had[name] != want[name] {
			j.differs("foreign rows of %s: %v in our books, %v in PayPal's statement", name, had[name], want[name])
		}
	}
	for name := range had {
		if _, known := want[name]; !known {
			j.differs("foreign rows of %s: %v in our books, none in PayPal's statement", name, had[name])
		}
	}
}

// judgeUnmatched: every row with a code that nobody knows was kept, each state of it
// once, and nothing else was.
func (j *judgement) judgeUnmatched() {
	kept := tally{}
	for _, row := range j.unmatched {
		if row.Reason != string(settlement.ReasonCode) || !unknownCode(row.Code) {
			j.differs("row %s %s was kept: %s", row.ID, row.Code, row.Reason)
		}
		kept[row.ID+" "+string(row.Status)]++
	}
	for _, r := range j.truth.Rows {
		if !unknownCode(r.Code) {
			continue
		}
		ended := map[string]settlement.Status{"S": settlement.StatusDone, "D": settlement.StatusDenied, "P": settlement.StatusPending}[r.Status]
		if n := kept[r.ID+" "+string(ended)]; n != 1 {
			j.differs("row %s %s is there %d times as %s", r.ID, r.Code, n, ended)
		}
	}
}

// amount is an amount as a person reads it.
func amount(currency string, minorUnits int64) string {
	return minor(currency, minorUnits/perUnit(currency)).String()
}
