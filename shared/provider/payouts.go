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
	Payouts(ctx context.Context, from, to time.Time, page string) (list []settlement.Payout, next string, err error)

	// PaidOut lists the rows a payout is made of, its own row among them, so that all
	// of them together come to nothing.
	PaidOut(ctx context.Context, payout, page string) (rows []PaidRow, next string, err error)
}

// PaidRow is a row with what it came to in its payout: Amount and Fee together, as the
// provider has it. The row that brings the money of a failed payout back has that
// payout's id in its Reference.
type PaidRow struct {
	Row settlement.Row
	Net money.Amount
}
