package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// account ends the demo as a merchant would: it reads the account until the last day is
// explained, and shows where every cent of it is. What no row explains is a fault.
func (d *demo) account(ctx context.Context) {
	s := &scene{demo: d, title: "The account"}
	fmt.Fprintln(d.out, "The merchant's accounts")
	counts, calls := d.world.table.Counts(), d.world.calls.counts()
	unexplained := 0
	const hours = 30 // to the end of the day, and until PayPal's report has all of it
	for range hours {
		d.clock.Move(time.Hour)
		done, err := d.world.handlers.Settlement()(ctx, nil)
		unexplained += done.Unexplained
		s.want(err == nil && done.Left == 0, "the settlement: %+v, %v", done, err)
	}
	s.want(unexplained == 0, "%d balances were not explained", unexplained)
	s.printCost(fmt.Sprintf("%d hours of settlement, with nothing new but the last scene", hours), counts, calls)
	from, to := store.DayOf(d.began), store.DayOf(d.clock.Now().AddDate(0, 0, 1))
	accounts, err := d.world.handlers.Checkout.Accounts(ctx, from, to)
	s.want(err == nil && len(accounts) == 2, "%d accounts, %v", len(accounts), err)
	for _, a := range accounts {
		s.say("at %s", a.Provider)
		s.printAccount(a, from)
		for _, of := range a.Statements {
			s.wantAccount(a.Provider, of)
		}
	}
	fmt.Fprintln(d.out)
}

// lines are the table's, from the balance before to what is left over.
var lines = []struct {
	name string
	of   func(settlement.Statement) money.Amount
}{
	{"opening", func(s settlement.Statement) money.Amount { return s.Opening }},
	{"captured", func(s settlement.Statement) money.Amount { return s.Captured }},
	{"fees", func(s settlement.Statement) money.Amount { return s.Fees }},
	{"refunds", func(s settlement.Statement) money.Amount { return s.Refunds }},
	{"reversals and chargebacks", func(s settlement.Statement) money.Amount { return s.Reversals }},
	{"converted", func(s settlement.Statement) money.Amount { return s.Conversions }},
	{"other sales on the account", func(s settlement.Statement) money.Amount { return s.OtherSales }},
	{"anything else", func(s settlement.Statement) money.Amount { return s.Other }},
	{"paid out", func(s settlement.Statement) money.Amount { return s.PaidOut }},
	{"closing", func(s settlement.Statement) money.Amount { return s.Closing }},
	{"of which not available", func(s settlement.Statement) money.Amount { return s.OnHold }},
	{"of which available", func(s settlement.Statement) money.Amount { return s.Available }},
	{"remainder", func(s settlement.Statement) money.Amount { return s.Remainder }},
}

// printAccount is a table with a column for each currency.
func (s *scene) printAccount(a checkout.Account, from string) {
	table := tabwriter.NewWriter(s.demo.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, cell func(settlement.Statement) string) {
		fmt.Fprintf(table, "   %-28s", name)
		for _, of := range a.Statements {
			fmt.Fprint(table, "\t", cell(of))
		}
		fmt.Fprintln(table, "\t")
	}
	row("from "+from, func(of settlement.Statement) string { return string(of.Currency) })
	for _, line := range lines {
		row(line.name, func(of settlement.Statement) string { return line.of(of).Decimal() })
	}
	row("balances until the end of", func(of settlement.Statement) string { return of.Explained })
	table.Flush()
	s.say("every row is known until %s", a.CompleteUntil.Format(time.RFC3339))
}

// wantAccount holds a currency's statement against the provider's own balances: nothing
// may be left over, and nothing may have been left out.
func (s *scene) wantAccount(provider string, of settlement.Statement) {
	s.want(of.Remainder.IsZero(), "a remainder of %s", of.Remainder)
	s.want(of.Explained != "", "the balance of %s was never explained", of.Currency)
	if provider == stripe.Name {
		s.wantStripe(of)
		return
	}
	held := of.Closing.Minor - of.PaidOut.Minor
	s.want(held == s.demo.merchantHas(of.Currency), "%s closes at %s after %s were paid out; the merchant has %d in PayPal's books", of.Currency, of.Closing, of.PaidOut, s.demo.merchantHas(of.Currency))
	truth := s.demo.world.paypal.Balance(string(of.Currency))
	s.want(of.Closing.Minor == truth.Total && of.Available.Minor == truth.Available && of.OnHold.Minor == truth.Withheld,
		"%s closes at %s, %s available, %s on hold; PayPal has %+v", of.Currency, of.Closing, of.Available, of.OnHold, truth)
}

// merchantHas is what PayPal's books hold for the merchant, the bank's part with it.
func (d *demo) merchantHas(c money.Currency) int64 {
	for _, a := range d.world.paypal.Books().Accounts {
		if a.Currency == string(c) {
			return a.Merchant
		}
	}
	return 0
}

// wantStripe compares with what Stripe had at the end of the last explained day: it pays
// out at every midnight, so that what is there now is another day's.
func (s *scene) wantStripe(of settlement.Statement) {
	day, err := time.Parse(time.DateOnly, of.Explained)
	total := s.demo.world.stripe.BalanceAt(string(of.Currency), day.AddDate(0, 0, 1))
	s.want(err == nil && of.Closing.Minor == total, "%s closes at %s; Stripe had %d at the end of %s", of.Currency, of.Closing, total, of.Explained)
}
