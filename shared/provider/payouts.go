package provider

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// Payouts is a provider that says which rows of its report went to the merchant's
// bank together.
//
// Errors are *Error. Of class NotYet: the payout has not been put together to its end.
type Payouts interface {
	// Payouts lists what was sent to the bank from from to to, both counted in, the
	// newest first, one page at a time; next is empty after the last.
	Payouts(ctx context.Context, from, to time.Time, page string) (list []Payout, next string, err error)

	// PaidOut lists the rows a payout is made of, its own row among them, so that all
	// of them together come to nothing.
	PaidOut(ctx context.Context, payout, page string) (rows []PaidRow, next string, err error)
}

// Payout is money sent to the merchant's bank.
type Payout struct {
	ID      string
	State   PayoutState
	Amount  money.Amount // below nothing where the bank had to pay
	Created time.Time    // provider's clock
	Arrives time.Time    // the day on which the bank should have it
	Fault   string       // the provider's code for why it failed; may be empty

	// Itemised: the provider can tell what it is made of. A payout that the merchant
	// made by hand is a part of the balance and of no rows.
	Itemised bool
}

// PayoutState is how far a payout is. The set is closed.
type PayoutState string

const (
	PayoutUnclear  PayoutState = ""
	PayoutOnItsWay PayoutState = "on_its_way"
	PayoutArrived  PayoutState = "arrived"
	PayoutFailed   PayoutState = "failed" // the money is back in the balance, by a row of its own
)

// PaidRow is a row with what only a provider says that pays out by rows.
type PaidRow struct {
	Row       settlement.Row
	Net       money.Amount // Amount and Fee together, as the provider has it
	Available time.Time    // from when it could be paid out
}
