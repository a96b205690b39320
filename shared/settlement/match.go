package settlement

import (
	"cmp"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Owner is the payment that a row names by itself: in what it carries, or else at the
// beginning of its invoice id. Where it names none, ask is the provider's id of the
// movement that may lead to one; where that is empty as well, the row is foreign:
// another sale on the same account, or none at all.
//
// A movement that carries something of another form is another shop's, and nobody is
// asked about it.
func (w Words) Owner(r Row) (id, ask string) {
	if id = cmp.Or(payment.IDIn(r.Custom), payment.IDIn(r.Invoice)); id != "" {
		return id, ""
	}
	if r.Custom != "" || r.Invoice != "" || r.Reference == "" {
		return "", ""
	}
	switch code, _ := w.Means(r.Code); code.Kind {
	case payment.EntrySale, payment.EntryPayout, payment.EntryFunding, payment.EntryTransfer, payment.EntryNote:
		return "", "" // a sale of ours says so; the others are no payment's
	}
	return "", r.Reference
}

// Why a row is kept one by one. The set is closed.
type Reason string

const (
	ReasonNoPayment Reason = "no_such_payment"    // it names a payment of our form which is not in the table
	ReasonPayment   Reason = "payment_unreadable" // its payment cannot be read, or not be written
	ReasonFault     Reason = "unreadable"         // see Row.Fault
	ReasonCode      Reason = "unknown_code"       // see Words
	ReasonStatus    Reason = "unknown_status"     // see StatusUnknown
)

// Odd is why a row has to be kept one by one whosever it is; "" where it has not.
func (w Words) Odd(r Row) Reason {
	_, known := w.Means(r.Code)
	switch {
	case r.Fault != "":
		return ReasonFault
	case r.Status == StatusUnknown:
		return ReasonStatus
	case !known:
		return ReasonCode
	}
	return ""
}

// Entry is what a row adds to its payment: what it moved, which is nothing as long as
// it is pending and when it was denied. ok is false for a row that cannot be counted.
func (w Words) Entry(r Row) (e payment.Entry, ok bool) {
	if r.Fault != "" || r.Status == StatusUnknown || r.ID == "" || r.Code == "" {
		return payment.Entry{}, false
	}
	code, _ := w.Means(r.Code)
	e = payment.Entry{
		Kind: code.Kind, Ref: r.ID, Code: r.Code,
		Amount: r.Amount, Fee: r.Fee, At: r.Initiated, Updated: r.Updated, Reversed: r.Status == StatusReversed,
		Available: r.Available, Rate: r.Rate,
	}
	if e.Fee.IsZero() {
		e.Fee = money.Amount{} // none is told in one way
	}
	if !r.Moves() || code.Balance == BalanceNone {
		e.Amount.Minor, e.Fee = 0, money.Amount{}
	}
	return e, true
}
