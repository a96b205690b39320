package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// judgement is what came of the year: PayPal's own statement, what our table says, and
// everything in which the two differ.
type judgement struct {
	*year
	truth     sim.Statement
	from      string // the first day of our books
	until     string // the last day that is explained
	books     []settlement.Day
	rolls     []settlement.Roll
	unmatched []unmatchedRow
	accounts  map[string]*account
	seen      tally // kinds of rows
	rows      int   // of the statement since the first day
	paid      int
	left      int // with the merchant: approved, not paid, and gone
	found     []string

	stripeAccounts []settlement.Statement
	paidAtStripe   int
	atBalance      map[string]int64 // what stories say is in Stripe's balance, by currency
	paidOut        int              // payments of which something is at the bank
	more           int              // differences that are not told one by one
}

// unmatchedRow is a row that was kept one by one, as the table has it.
type unmatchedRow struct {
	Reason string            `json:"reason"`
	ID     string            `json:"id"`
	Code   string            `json:"code"`
	Status settlement.Status `json:"status"`
}

// tellMost is how many differences are told one by one.
const tellMost = 25

// differs notes a difference.
func (j *judgement) differs(format string, args ...any) {
	if len(j.found) >= tellMost {
		j.more++
		return
	}
	j.found = append(j.found, fmt.Sprintf(format, args...))
}

// judge compares everything. Its error is that the table cannot be read.
func judge(y *year) (*judgement, error) {
	j := &judgement{year: y, truth: y.paypal.Statement(), accounts: map[string]*account{}, seen: tally{}, atBalance: map[string]int64{}}
	if err := j.read(); err != nil {
		return nil, err
	}
	j.judgePayments()
	j.judgeAccounts()
	j.judgeRemainders()
	j.judgeForeign()
	j.judgeUnmatched()
	if err := j.judgeStatements(); err != nil {
		return nil, err
	}
	j.judgeWeather()
	return j, nil
}

// read takes the day books, the rolls of the last explained day and what was kept one by
// one from the table, as any reader of it would.
func (j *judgement) read() error {
	err := j.each(store.DayBookKey("paypal", "").Partition, func(item store.Item) error {
		var book struct {
			settlement.Book
			Rolls []settlement.Roll `json:"rolls"`
		}
		if err := json.Unmarshal(item.Document, &book); err != nil {
			return err
		}
		day := item.Key.Sort
		j.books = append(j.books, settlement.Day{Day: day, Book: book.Book})
		if len(book.Rolls) > 0 {
			j.until, j.rolls = day, book.Rolls
		}
		return nil
	})
	if err == nil {
		err = j.each(store.UnmatchedRowKey("paypal", "", "").Partition, func(item store.Item) error {
			var row unmatchedRow
			err := json.Unmarshal(item.Document, &row)
			j.unmatched = append(j.unmatched, row)
			return err
		})
	}
	var cursor struct {
		First string `json:"first"`
	}
	item, missing := j.table.Get(context.Background(), store.CursorKey("report", "paypal"))
	if err = errors.Join(err, missing); err != nil {
		return err
	}
	if err := json.Unmarshal(item.Document, &cursor); err != nil {
		return err
	}
	j.from = cursor.First
	return nil
}

// each reads every item of a partition.
func (j *judgement) each(partition string, do func(store.Item) error) error {
	query := store.Query{Partition: partition, Limit: store.MaxPage}
	for {
		page, err := j.table.Query(context.Background(), query)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := do(item); err != nil {
				return err
			}
		}
		if query.Cursor = page.Next; query.Cursor == "" {
			return nil
		}
	}
}

// judgeWeather: a fault that never struck, or a kind of row that was never seen, proves
// nothing.
func (j *judgement) judgeWeather() {
	for _, c := range j.paypal.Calls() {
		if c.Fault != "" {
			j.faults["PayPal: "+string(c.Fault)]++
		}
	}
	j.faults[faultShifted] = j.paypal.Shifted()
	for _, kinds := range payPalKinds {
		for _, k := range kinds {
			j.struck("PayPal: " + string(k))
		}
	}
	for _, f := range []string{
		faultRead, faultWriteBefore, faultWriteAfter, faultShort, faultTwice, faultKilled, faultLost, faultDoubled,
		faultLate, faultClipped, faultShifted, faultBalances,
	} {
		j.struck(f)
	}
	for _, kind := range rowKinds {
		if j.seen[kind] == 0 {
			j.seen[kind] = 0
			j.differs("no row of the kind %q was seen", kind)
		}
	}
}

func (j *judgement) struck(name string) {
	if j.faults[name] == 0 {
		j.faults[name] = 0
		j.differs("the fault %q never struck", name)
	}
}

// ours tells whether a row or a payment of the statement is one of the shop's.
func (j *judgement) ours(customID string) bool { return j.buyers[customID] != nil }

// minor is an amount of PayPal's in our minor units.
func minor(currency string, count int64) money.Amount {
	return money.New(count*perUnit(currency), money.Currency(currency))
}

// verdict is an error that counts what differs.
func (j *judgement) verdict() error {
	if n := len(j.found) + j.more; n > 0 {
		return fmt.Errorf("%d differences between the providers' statements and ours", n)
	}
	return nil
}

// rowKinds are the kinds of rows that a year has to have seen.
var rowKinds = func() (kinds []string) {
	for _, k := range []sim.RowKind{
		sim.RowSale, sim.RowRefund, sim.RowReversal, sim.RowChargeback, sim.RowChargebackFee, sim.RowChargebackReversal,
		sim.RowHold, sim.RowRelease, sim.RowConversion, sim.RowPayout, sim.RowFeeChange, sim.RowAuthorisation, sim.RowOther,
	} {
		kinds = append(kinds, string(k))
	}
	return append(kinds, kindForeign, kindUnknown, kindNote, kindArrived, kindDenied, kindPayoutArrived, kindPayoutDenied, kindReversed, kindConverted)
}()

// Kinds that are kinds of another kind.
const (
	kindForeign       = "foreign sale"
	kindUnknown       = "unknown code"
	kindNote          = "note"
	kindArrived       = "pending that arrived"
	kindDenied        = "pending that was denied"
	kindPayoutArrived = "payout that arrived later"
	kindPayoutDenied  = "payout that failed"
	kindReversed      = "sale given back whole"
	kindConverted     = "payment that was converted"
)

// kindsOf are all kinds that a row of the statement is of.
func (j *judgement) kindsOf(r sim.Row) (kinds []string) {
	is := func(holds bool, kind string) {
		if holds {
			kinds = append(kinds, kind)
		}
	}
	arrived, denied := r.Status == "S" && r.Updated.After(r.Initiated.Add(oneDay/2)), r.Status == "D"
	kinds = append(kinds, string(r.Kind))
	is(r.Kind == sim.RowSale && !j.ours(r.CustomID), kindForeign)
	is(unknownCode(r.Code), kindUnknown)
	is(r.Code == "T9800", kindNote)
	is(r.Kind == sim.RowSale && arrived, kindArrived)
	is(r.Kind == sim.RowSale && denied, kindDenied)
	is(r.Kind == sim.RowPayout && arrived, kindPayoutArrived)
	is(r.Kind == sim.RowPayout && denied, kindPayoutDenied)
	is(r.Kind == sim.RowSale && r.Status == "V", kindReversed)
	is(r.Kind == sim.RowConversion && j.ours(r.CustomID), kindConverted)
	return kinds
}

// unknownCode tells of the codes that the year makes up.
func unknownCode(code string) bool { return slices.Contains([]string{"T9997", "T9998", "T9999"}, code) }
