package main

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// longest is the longest range that a statement may be asked of, in days.
const longest = 366

// judgeStatements holds what a merchant is told of the account, of as many of its last
// days as may be asked for at once, against PayPal's own balances; and where that is all
// of them, line by line.
func (j *judgement) judgeStatements() error {
	to := j.clock.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	from := max(j.from, j.clock.Now().AddDate(0, 0, 1-longest).Format(time.DateOnly))
	accounts, err := j.handlers.Checkout.Accounts(context.Background(), from, to)
	if err != nil || len(accounts) != 2 {
		j.differs("there are %d accounts", len(accounts))
		return err
	}
	j.judgeStripe(accounts[1].Statements)
	if accounts[0].Unmatched != len(j.unmatched) && from == j.from {
		j.differs("the statement names %d rows that were kept, and there are %d", accounts[0].Unmatched, len(j.unmatched))
	}
	for _, s := range accounts[0].Statements {
		c := string(s.Currency)
		now := j.truth.Balance(c)
		if s.Explained == "" || !s.Remainder.IsZero() || s.Closing != minor(c, now.Total) || s.Available != minor(c, now.Available) || s.OnHold != minor(c, now.Withheld) {
			j.differs("%s: the statement from %s closes at %s, %s available, %s on hold, with a remainder of %s; PayPal has %+v", c, from, s.Closing, s.Available, s.OnHold, s.Remainder, now)
		}
		if !s.Incoming.IsZero() || !s.InTransit.IsZero() {
			j.differs("%s: the statement says %s is on its way here and %s to the bank, and all has arrived", c, s.Incoming, s.InTransit)
		}
		if from == j.from {
			j.judgeLines(c, s)
		}
	}
	return nil
}

// judgeLines compares the lines of a statement of all days. What the account converted
// for others stands in its other sales, and here with all conversions.
func (j *judgement) judgeLines(c string, s settlement.Statement) {
	truth := j.accounts[c].truth
	for _, line := range []struct {
		name string
		of   money.Amount
		want int64
	}{
		{"captured", s.Captured, truth["captured"]}, {"fees", s.Fees, truth["fees"]}, {"refunds", s.Refunds, truth["refunds"]},
		{"reversals", s.Reversals, truth["reversals"]}, {"paid out", s.PaidOut, truth["paid out"]}, {"other", s.Other, truth["other"]},
		{"conversions and other sales", money.New(s.Conversions.Minor+s.OtherSales.Minor, s.Currency), truth["conversions"] + truth["other sales"]},
	} {
		if line.of.Minor != line.want {
			j.differs("%s: %s is %s by the statement and %s by PayPal's", c, line.name, line.of, amount(c, line.want))
		}
	}
}
