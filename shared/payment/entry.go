package payment

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Entry is one line of a payment's money. Entries are only ever added: the
// store refuses a payment whose old entries are not the beginning of its new
// ones.
//
// There are two sorts. What the provider said of a movement when it was asked is
// captured or refunded. What its own account shows is a row, and has a Code: its
// amount is the merchant's, so that money taken is below nothing. A row that changes
// (its status, its amount, its fee) is entered again; the last word counts, see Rows.
type Entry struct {
	Kind   EntryKind    `json:"kind"`
	Ref    string       `json:"ref"` // the provider's id of the movement
	Amount money.Amount `json:"amount"`
	At     time.Time    `json:"at"` // provider's clock, as Updated

	// Of rows alone. Ref and Code together are one row's alone.
	Code    string       `json:"code,omitempty"` // the provider's event code
	Fee     money.Amount `json:"fee,omitzero"`   // usually below nothing; what moved is Amount and Fee
	Updated time.Time    `json:"updated,omitzero"`

	// Available is from when the money may be used, and Rate what a row was converted at
	// from the currency of its movement, in the provider's own digits. Each is of
	// providers alone that tell it with the row.
	Available time.Time `json:"available,omitzero"`
	Rate      string    `json:"rate,omitempty"`

	// Provider is whose account shows the row, where that is not the provider of the
	// payment's first attempt; see Payment.AccountOf.
	Provider string `json:"provider,omitempty"`

	// Reversed: another row has undone this one, at Updated; see Postings.
	Reversed bool `json:"reversed,omitempty"`
}

// Net is what a row came to, its fee taken off. Errors: money.ErrOverflow,
// money.ErrMixed.
func (e Entry) Net() (money.Amount, error) {
	if e.Fee.IsZero() {
		return e.Amount, nil
	}
	return e.Amount.Plus(e.Fee)
}

// EntryKind says what moved the money.
type EntryKind string

// What the provider said when it was asked.
const (
	EntryCaptured EntryKind = "captured" // from the buyer
	EntryRefunded EntryKind = "refunded" // back to the buyer
)

// What a row of the provider's account is. A hold withholds what stays the merchant's;
// a conversion is two rows, one out of a currency and one into another, whose rate is
// the capture's.
const (
	EntrySale               EntryKind = "sale"
	EntryFee                EntryKind = "fee" // apart from a sale's own; also one given back
	EntryRefund             EntryKind = "refund"
	EntryRefundReturned     EntryKind = "refund_returned" // it failed after all, and the money is back
	EntryReversal           EntryKind = "reversal"        // by the provider
	EntryChargeback         EntryKind = "chargeback"
	EntryChargebackFee      EntryKind = "chargeback_fee"
	EntryChargebackReversal EntryKind = "chargeback_reversal"
	EntryHold               EntryKind = "hold"
	EntryRelease            EntryKind = "release"
	EntryConversion         EntryKind = "conversion"
	EntryPayout             EntryKind = "payout"
	EntryFunding            EntryKind = "funding"
	EntryTransfer           EntryKind = "transfer"
	EntryAdjustment         EntryKind = "adjustment"
	EntryAuthorization      EntryKind = "authorization"
	EntryNote               EntryKind = "note"
	EntryUnknown            EntryKind = "unknown"
)

// enter adds an entry for a movement that is done, once per movement and
// amount. Two amounts for one movement are two entries and a review: which one
// is true is for a person to say, and neither claim is lost.
func (p Payment) enter(kind EntryKind, m Movement) []Entry {
	same := func(e Entry) bool { return e.Kind == kind && e.Ref == m.ID && e.Amount == m.Amount }
	if !m.State.Done() || slices.ContainsFunc(p.Entries, same) {
		return p.Entries
	}
	return append(p.Entries, Entry{Kind: kind, Ref: m.ID, Amount: m.Amount, At: m.Created})
}
