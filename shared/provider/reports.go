package provider

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// Reports is a provider that reports every movement of the merchant's balance.
//
// Errors are *Error. Of class NotYet: the provider has no data for that time yet. Of
// class TooMany: there are more rows than it lists; ask for less time at once. Of class
// MerchantSetup: the account does not let the shop read its reports.
type Reports interface {
	// Words are what the codes of its rows and disputes mean.
	Words() settlement.Words

	// Rows reads one page of the rows that began from from to to, both counted in, in
	// the order of their time; whole seconds, 31 days at most. page is Next of the page
	// before, and empty for the first.
	Rows(ctx context.Context, from, to time.Time, page string) (RowPage, error)

	// Balances are the balances at a time, what happened in that second counted in,
	// by currency. At is of which time they are: earlier than what was asked for where
	// the provider does not know so much yet.
	Balances(ctx context.Context, at time.Time) (Balances, error)

	// PaymentOf is our payment id that a movement (a capture, or a refund or reversal
	// of one) carries or leads to; "" where it is not one of ours.
	PaymentOf(ctx context.Context, movement string) (string, error)
}

// RowPage is one page of a report.
type RowPage struct {
	Rows []settlement.Row
	Next string // empty after the last page

	// Until is up to when the answer reaches: earlier than what was asked for where
	// the provider has cut it. A row of an earlier time may still come in later.
	Until     time.Time
	Refreshed time.Time // when the provider's data were last brought up to date
	Total     int       // rows on all pages; another number on another page is another list
}

// Balances are what is at the provider.
type Balances struct {
	At time.Time

	// Seen is of when the available part is, where that is later than At: what had moved
	// until At and became available between the two is counted in. A provider that knows
	// only what is available now can tell no other.
	Seen time.Time

	Of map[money.Currency]settlement.Funds
}
