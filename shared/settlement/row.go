// Package settlement is what a provider's own account of the merchant's money says:
// what each row of it means, which payment it belongs to, what it adds to that
// payment, and whether all rows together explain the balances. It is pure: rows in,
// entries and sums out.
package settlement

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Row is one movement of the merchant's balance as the provider reports it, in
// neutral words but for its code. Amounts are the merchant's: below nothing is taken.
type Row struct {
	ID        string // the provider's; only together with Code is it one row's alone
	Code      string // the provider's event code; see Words
	Status    Status
	Amount    money.Amount // gross
	Fee       money.Amount // usually below nothing; the zero Amount where there is none
	Reference string       // the provider's id of what the row is about; may be empty
	Custom    string       // what the shop gave the movement to carry; may be empty
	Invoice   string
	Initiated time.Time // provider's clock, as Updated
	Updated   time.Time

	// Available is from when the money may be used, where the provider dates it and
	// shows no row that withholds it or lets it go; zero: at once. Rate is what the
	// amount was converted at from the currency of what the row is about, in the
	// provider's own digits; empty where nothing was converted.
	Available time.Time
	Rate      string

	// Fault says why the row cannot be counted (an amount that is none, a currency
	// nobody knows). Such a row is kept one by one and never dropped.
	Fault string
}

// Status is how far a row is. The set is closed; what an adapter does not know it
// tells as StatusUnknown, which moves nothing and is kept one by one.
type Status string

const (
	StatusUnknown  Status = ""
	StatusPending  Status = "pending"
	StatusDenied   Status = "denied"
	StatusDone     Status = "done"
	StatusReversed Status = "reversed" // it was done; what undid it is a row of its own
)

// Moves reports whether the row has moved money: done, or done and reversed by
// another row. That a reversed one still counts in full is UNVERIFIED; the
// roll-forward would show it.
func (r Row) Moves() bool {
	return r.Fault == "" && (r.Status == StatusDone || r.Status == StatusReversed)
}

// Key tells one row from every other.
func (r Row) Key() string { return r.ID + "/" + r.Code }

// Digest tells one state of a row from every other.
func (r Row) Digest() string { return chain("", r) }

// dated is what only some providers tell of a row, as a digest has it: nothing of a row
// of all others, so that theirs stay what they were.
func (r Row) dated() string {
	if r.Available.IsZero() && r.Rate == "" {
		return ""
	}
	return "\n" + r.Available.UTC().Format(time.RFC3339) + "\n" + r.Rate
}

// digestBytes is how much of a SHA-256 tells two lists of rows apart.
const digestBytes = 12

// chain is the digest of a list that had the digest before, with one more row.
func chain(before string, r Row) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		before, r.ID, r.Code, string(r.Status), r.Amount.String(), r.Fee.String(), r.Reference, r.Custom, r.Invoice,
		r.Initiated.UTC().Format(time.RFC3339), r.Updated.UTC().Format(time.RFC3339), r.Fault + r.dated(),
	}, "\n")))
	return hex.EncodeToString(sum[:digestBytes])
}
