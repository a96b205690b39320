package payment

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Entry is one line of a payment's money. Entries are only ever added: the
// store refuses a payment whose old entries are not the beginning of its new
// ones.
type Entry struct {
	Kind   EntryKind    `json:"kind"`
	Ref    string       `json:"ref"` // the provider's id of the movement
	Amount money.Amount `json:"amount"`
	At     time.Time    `json:"at"` // provider's clock
}

// EntryKind says which way the money went.
type EntryKind string

const (
	EntryCaptured EntryKind = "captured" // from the buyer
	EntryRefunded EntryKind = "refunded" // back to the buyer
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
