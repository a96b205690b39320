package settlement

import (
	"cmp"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Story is what became of one payment's money: what happened to it, line by line, and
// where each part of it is now. It is told of the payment's facts alone: of what the
// provider said when it was asked, and of the rows of its account, which are the last
// word. Nothing of them is left out, and nothing is multiplied or rounded.
type Story struct {
	Lines []Line // in the order of their time
	Where []Part // the currency of the purchase first, the others by their code
}

// Line is one thing that happened, or is still to happen, to the money.
type Line struct {
	Code LineCode

	// Amount is the merchant's: below nothing it is taken. Of what has moved nothing
	// (a refund that failed, a dispute) it is what that is about; the zero Amount where
	// it is about none.
	Amount money.Amount
	At     time.Time // provider's clock, but for a refund it has not confirmed

	// Of conversions alone: what Amount became, and the provider's own rate; empty
	// where it named none for exactly these two amounts.
	Into money.Amount
	Rate string

	Reason string    // the provider's code of why; may be empty
	Until  time.Time // by when a dispute is to be answered, or a payout should arrive; may be zero

	Payout string // the provider's id of the payout that it is about; may be empty

	// Row is the row behind it, and IntoRow that of Into; empty where the account
	// shows none. Awaited: the money moved, and the account is still to show that.
	Row, IntoRow RowID
	Awaited      bool
}

// RowID names a row of the provider's account; see Row.Key.
type RowID struct{ ID, Code string }

// LineCode says what a line tells. The set is closed, in the order in which lines of
// the same moment stand.
type LineCode string

const (
	LinePaid        LineCode = "paid"
	LinePaidUnknown LineCode = "paid_unknown" // under the payment's name, and no look has found it
	LinePending     LineCode = "pending"      // approved by the buyer and not paid yet
	LineUnclear     LineCode = "unclear"      // the provider's word for its state is not known
	LineDeclined    LineCode = "declined"
	LineFee         LineCode = "fee"
	LineFeeReturned LineCode = "fee_returned"
	LineConverted   LineCode = "converted"

	LineDisputed           LineCode = "disputed"
	LineDisputeWon         LineCode = "dispute_won"
	LineDisputeLost        LineCode = "dispute_lost"
	LineDisputeClosed      LineCode = "dispute_closed"
	LineHeldForDispute     LineCode = "held_for_dispute"
	LineHeld               LineCode = "held" // the provider does not say until when
	LineReleased           LineCode = "released"
	LineChargedBack        LineCode = "charged_back"
	LineChargebackFee      LineCode = "chargeback_fee"
	LineChargebackReturned LineCode = "chargeback_returned"
	LineTakenBack          LineCode = "taken_back" // by the provider

	LineRefundAsked   LineCode = "refund_asked" // the provider has not confirmed it
	LineRefundRefused LineCode = "refund_refused"
	LineRefundPending LineCode = "refund_pending"
	LineRefundUnclear LineCode = "refund_unclear"
	LineRefundFailed  LineCode = "refund_failed"
	LineRefunded      LineCode = "refunded"
	LineRefundedDesk  LineCode = "refunded_at_provider" // by the merchant, and not through here
	LineReturned      LineCode = "returned"             // not through here; a row will say why
	LineGivenBack     LineCode = "given_back"           // what had been returned came back
	LineConvertedOut  LineCode = "converted_out"        // one side of a conversion whose
	LineConvertedIn   LineCode = "converted_in"         // other side no row shows
	LineAvailable     LineCode = "available"            // from then on it may be used, or paid out
	LinePayoutSent    LineCode = "payout_sent"
	LinePaidOut       LineCode = "paid_out"
	LinePayoutLess    LineCode = "payout_less" // a payout was smaller for this payment
	LinePayoutFailed  LineCode = "payout_failed"
	LineOtherIn       LineCode = "other_in"
	LineOtherOut      LineCode = "other_out"
	LineUnknownIn     LineCode = "unknown_in" // see Words
	LineUnknownOut    LineCode = "unknown_out"
	LineDiffers       LineCode = "differs" // the provider's answer and its account
	LineNoted         LineCode = "noted"   // a row that moved nothing
)

// LineCodes are all of them.
func LineCodes() []LineCode {
	return []LineCode{
		LinePaid, LinePaidUnknown, LinePending, LineUnclear, LineDeclined, LineFee, LineFeeReturned, LineConverted,
		LineDisputed, LineDisputeWon, LineDisputeLost, LineDisputeClosed, LineHeldForDispute, LineHeld, LineReleased,
		LineChargedBack, LineChargebackFee, LineChargebackReturned, LineTakenBack,
		LineRefundAsked, LineRefundRefused, LineRefundPending, LineRefundUnclear, LineRefundFailed, LineRefunded,
		LineRefundedDesk, LineReturned, LineGivenBack, LineConvertedOut, LineConvertedIn,
		LineAvailable, LinePayoutSent, LinePaidOut, LinePayoutLess, LinePayoutFailed,
		LineOtherIn, LineOtherOut, LineUnknownIn, LineUnknownOut, LineDiffers, LineNoted,
	}
}

// StoryOf tells a payment's story: what its rows mean, by whose account shows them, and
// what of it was paid out. Errors: money.ErrOverflow.
func StoryOf(p payment.Payment, words func(provider string) Words, paid []PaidOut, now time.Time) (Story, error) {
	t := teller{payment: p, words: words, rows: p.Rows(), places: places{}}
	for _, c := range p.Captures {
		t.capture(c)
	}
	for _, r := range p.Refunds {
		t.refund(r)
	}
	for _, wish := range p.Reservations {
		t.reservation(wish)
	}
	for _, d := range p.Disputes {
		t.dispute(d)
	}
	t.conversions()
	for _, row := range t.rows {
		t.row(row)
	}
	t.availability(paid, now)
	for _, out := range paid {
		t.payout(out)
	}
	if t.err != nil {
		return Story{}, t.err
	}
	order := LineCodes()
	slices.SortStableFunc(t.lines, func(a, b Line) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(slices.Index(order, a.Code), slices.Index(order, b.Code)))
	})
	return Story{Lines: t.lines, Where: t.places.parts(p.Quote.Total.Currency)}, nil
}

// Paid is what the buyer paid in each currency in which anything happened, what is
// still on its way to the provider included: exactly the sum of the parts of that
// currency, and nothing of one that only a conversion led to. Errors:
// money.ErrOverflow.
func (s Story) Paid() ([]money.Amount, error) {
	var sums []money.Amount
	for _, part := range s.Where {
		if last := len(sums) - 1; last < 0 || sums[last].Currency != part.Amount.Currency {
			sums = append(sums, part.Amount)
		} else if sum, err := sums[last].Plus(part.Amount); err != nil {
			return nil, err
		} else {
			sums[last] = sum
		}
	}
	return sums, nil
}
