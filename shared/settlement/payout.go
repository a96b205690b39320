package settlement

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Payout is money sent to the merchant's bank.
type Payout struct {
	ID      string       `json:"id"`
	State   PayoutState  `json:"state,omitempty"`
	Amount  money.Amount `json:"amount"`  // below nothing where the bank had to pay
	Created time.Time    `json:"created"` // provider's clock
	Arrives time.Time    `json:"arrives"` // the day on which the bank should have it
	Fault   string       `json:"fault,omitempty"`

	// Itemised: the provider can tell what it is made of. A payout that the merchant
	// made by hand is a part of the balance and of no rows.
	Itemised bool `json:"itemised,omitempty"`
}

// PayoutState is how far a payout is. The set is closed.
type PayoutState string

const (
	PayoutUnclear  PayoutState = ""
	PayoutOnItsWay PayoutState = "on_its_way"
	PayoutArrived  PayoutState = "arrived"
	PayoutFailed   PayoutState = "failed" // the money is back in the balance, by a row of its own
)

// Sent is a payout with what it is made of, in minor units of its currency.
type Sent struct {
	Payout
	Parts []SentPart
}

// SentPart is a part of what a payout is made of.
type SentPart struct {
	Of      map[string]int64 `json:"of,omitempty"`      // by payment of ours: its rows, their fees taken off
	Foreign int64            `json:"foreign,omitempty"` // of all other rows, the payout's own left out
	Back    []string         `json:"back,omitempty"`    // payouts that failed, and whose money is sent once more with this one
}

// PaidOut is what of a payment's money went to the bank with one payout: below nothing
// where that payout was smaller for it.
type PaidOut struct {
	Payout
	Share money.Amount
	Again bool // it failed, and what it had was sent with a later one
}

// PaidOutOf are the payouts that a payment has a part in, in the order of sent, which is
// that of their time. What a failed one had is with the one that its money was sent
// again with.
func PaidOutOf(payment string, sent []Sent) (paid []PaidOut) {
	shares := map[string]int64{}
	for _, s := range sent {
		has := false
		for _, part := range s.Parts {
			own, is := part.Of[payment]
			shares[s.ID] += own
			for _, failed := range part.Back {
				shares[s.ID] += shares[failed]
				if i := slices.IndexFunc(paid, func(p PaidOut) bool { return p.ID == failed }); i >= 0 {
					is, paid[i].Again = true, true
				}
			}
			has = has || is
		}
		if has {
			paid = append(paid, PaidOut{Payout: s.Payout, Share: money.New(shares[s.ID], s.Amount.Currency)})
		}
	}
	return paid
}

// Waiting reports whether any of the payouts failed and was not sent again.
func Waiting(paid []PaidOut) bool {
	return slices.ContainsFunc(paid, func(p PaidOut) bool { return p.State == PayoutFailed && !p.Again })
}

// atBank is what of a currency is at the bank or on its way there. Errors:
// money.ErrOverflow.
func atBank(paid []PaidOut, c money.Currency) (sum money.Amount, err error) {
	sum = money.Zero(c)
	for _, p := range paid {
		if p.Share.Currency != c || p.State == PayoutFailed {
			continue
		}
		if sum, err = sum.Plus(p.Share); err != nil {
			return sum, err
		}
	}
	return sum, nil
}
