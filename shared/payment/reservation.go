package payment

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Reservation is a refund the merchant has asked for: written down before the
// provider hears of it, so that two refunds at once can never give back more
// than was taken. What became of it is told by the Refund that carries its id.
type Reservation struct {
	ID      string       `json:"id"`      // ours: the payment's id, "-", a hash of the merchant's key
	Capture string       `json:"capture"` // the provider's id of what is refunded
	Amount  money.Amount `json:"amount"`
	Rest    bool         `json:"rest,omitzero"` // asked for as all that was left
	Reason  string       `json:"reason"`        // a code from a closed list
	At      time.Time    `json:"at"`
	Doubt   time.Time    `json:"doubt,omitzero"`    // since when the outcome of sending it is unknown
	Puzzle  string       `json:"puzzle,omitempty"`  // an answer that only a person can judge
	Refused time.Time    `json:"refused,omitzero"`  // definitely, and given free again
	Refusal string       `json:"refusal,omitempty"` // the code of it
}

// MaxReservations is how many refunds a merchant may ask for on one payment.
const MaxReservations = 50

// Why a refund cannot be reserved. The set is closed.
var (
	ErrNothingPaid   = errors.New("payment: nothing was paid that could be refunded")
	ErrTooMuch       = errors.New("payment: more than is left to refund")
	ErrOtherCurrency = errors.New("payment: not the currency that was paid in")
	ErrDisputed      = errors.New("payment: a dispute is open")
	ErrManyRefunds   = errors.New("payment: too many refunds")
)

// Reservation finds a reservation by its id.
func (p Payment) Reservation(id string) (Reservation, bool) {
	i := slices.IndexFunc(p.Reservations, func(r Reservation) bool { return r.ID == id })
	if i < 0 {
		return Reservation{}, false
	}
	return p.Reservations[i], true
}

// RefundOf is the provider's refund that a reservation became.
func (p Payment) RefundOf(id string) (Refund, bool) {
	i := slices.IndexFunc(p.Refunds, func(r Refund) bool { return r.Own == id })
	if i < 0 {
		return Refund{}, false
	}
	return p.Refunds[i], true
}

// waits reports whether a reservation is still to become a refund.
func (p Payment) waits(r Reservation) bool {
	_, became := p.RefundOf(r.ID)
	return !became && r.Refused.IsZero()
}

// Refundable is what may still be given back: what was captured, less every
// refund that has not failed (ours or made elsewhere) and every reservation that
// is still to become one. Never below zero, whatever the provider says.
func (p Payment) Refundable() money.Amount {
	left := p.leftAtProvider()
	for _, r := range p.Reservations {
		if p.waits(r) {
			left = less(left, r.Amount)
		}
	}
	left.Minor = max(0, left.Minor)
	return left
}

// leftAtProvider is what the provider can still give back: what was captured,
// less every refund that has not failed and what was taken back without one.
func (p Payment) leftAtProvider() money.Amount {
	left := p.Paid()
	for _, r := range p.Refunds {
		if r.State != Failed {
			left = less(left, r.Amount)
		}
	}
	return less(left, p.takenBack())
}

// less leaves out what cannot be subtracted: a refund in another currency is in
// review already.
func less(a, b money.Amount) money.Amount {
	if rest, err := a.Minus(b); err == nil {
		return rest
	}
	return a
}

// Impossible reports whether a reserved refund is not at the provider and can
// not come there any more, because others have used up what was captured.
func (p Payment) Impossible(id string) bool {
	r, ok := p.Reservation(id)
	if !ok || !p.waits(r) {
		return false
	}
	i := slices.IndexFunc(p.Captures, func(c Capture) bool { return c.ID == r.Capture })
	return p.leftAtProvider().Minor < r.Amount.Minor || i >= 0 && p.leftOf(p.Captures[i]) < r.Amount.Minor
}

// Reserve sets so much aside for a refund. It is written before anything is
// sent. While a dispute is open the merchant has to confirm, for the provider may
// give the money back as well. Errors: those above.
func (p Payment) Reserve(id string, amount money.Amount, reason string, confirmed bool, now time.Time) (Payment, error) {
	capture, paid := p.refundableCapture(amount)
	switch {
	case !paid:
		return p, ErrNothingPaid
	case amount.Currency != capture.Amount.Currency:
		return p, ErrOtherCurrency
	case amount.Minor <= 0 || amount.Minor > p.RefundableAtOnce().Minor:
		return p, ErrTooMuch
	case len(p.Reservations) >= MaxReservations:
		return p, ErrManyRefunds
	case p.disputed() && !confirmed:
		return p, ErrDisputed
	}
	p = p.clone()
	p.Reservations = append(p.Reservations, Reservation{ID: id, Capture: capture.ID, Amount: amount, Reason: reason, At: now})
	p.Timeline = p.Timeline.with(now, "refund.reserved", id)
	return p, nil
}

// ReserveRest reserves all that is left; where the buyer was charged more than once, all
// of the charge that has the most left. Errors: those of Reserve.
func (p Payment) ReserveRest(id, reason string, confirmed bool, now time.Time) (Payment, error) {
	p, err := p.Reserve(id, p.RefundableAtOnce(), reason, confirmed, now)
	if err == nil {
		p.Reservations[len(p.Reservations)-1].Rest = true
	}
	return p, err
}

// refundableCapture is the capture that a refund goes against: of those that are done the
// first of which so much is free, or else the first. One that a refund was refused of may be
// too old, or charged back: it comes last.
func (p Payment) refundableCapture(amount money.Amount) (Capture, bool) {
	done := slices.DeleteFunc(slices.Clone(p.Captures), func(c Capture) bool { return !c.State.Done() })
	if len(done) == 0 {
		return Capture{}, false
	}
	slices.SortStableFunc(done, func(a, b Capture) int { return cmp.Compare(p.refusedOf(a), p.refusedOf(b)) })
	i := slices.IndexFunc(done, func(c Capture) bool { return p.freeOf(c) >= amount.Minor })
	return done[max(0, i)], true
}

// refusedOf is how many refunds of a capture its provider has refused.
func (p Payment) refusedOf(c Capture) (refused int) {
	for _, r := range p.Reservations {
		if r.Capture == c.ID && !r.Refused.IsZero() {
			refused++
		}
	}
	return refused
}

// RefundableAtOnce is the most that one refund can give back. It goes against one capture:
// where the buyer was charged more than once, Refundable has the sum of them.
func (p Payment) RefundableAtOnce() money.Amount {
	left, most := p.Refundable(), int64(0)
	for _, c := range p.Captures {
		if c.State.Done() && c.Amount.Currency == left.Currency {
			most = max(most, p.freeOf(c))
		}
	}
	left.Minor = min(left.Minor, most)
	return left
}

// freeOf is what of a capture is neither given back nor reserved for that, in minor units.
func (p Payment) freeOf(c Capture) int64 {
	left := p.leftOf(c)
	for _, r := range p.Reservations {
		if r.Capture == c.ID && p.waits(r) {
			left -= r.Amount.Minor
		}
	}
	return left
}

// leftOf is a capture less every refund of it that has not failed, in minor units. A refund
// in another currency is in review already.
func (p Payment) leftOf(c Capture) int64 {
	left := c.Amount.Minor
	for _, r := range p.Refunds {
		if r.Capture == c.ID && r.State != Failed && r.Amount.Currency == c.Amount.Currency {
			left -= r.Amount.Minor
		}
	}
	return left
}

func (p Payment) disputed() bool {
	return slices.ContainsFunc(p.Disputes, func(d Dispute) bool { return d.Open })
}

// RefuseRefund notes that the provider definitely refused a reserved refund, and
// gives its amount free. A reservation that has become a refund stays.
func (p Payment) RefuseRefund(id, code string, now time.Time) Payment {
	return p.editReservation(id, "refund.refused."+code, now, func(r *Reservation) {
		r.Refused, r.Refusal, r.Doubt = now, code, time.Time{}
	})
}

// WonderRefund notes that the outcome of sending a refund is unknown. code is
// set where only a person can judge the answer. The amount stays reserved.
func (p Payment) WonderRefund(id, code string, now time.Time) Payment {
	return p.editReservation(id, "refund.unknown", now, func(r *Reservation) {
		if r.Doubt.IsZero() {
			r.Doubt = now
		}
		if code != "" {
			r.Puzzle = code
		}
	})
}

// Remark keeps what a person wrote about a thing, where it can be erased; an empty
// text keeps nothing.
func (p Payment) Remark(about, text string) Payment {
	if text == "" {
		return p
	}
	p = p.clone()
	if p.Remarks == nil {
		p.Remarks = map[string]string{}
	}
	p.Remarks[about] = text
	return p
}

func (p Payment) editReservation(id, event string, now time.Time, change func(*Reservation)) Payment {
	r, ok := p.Reservation(id)
	if !ok || !p.waits(r) {
		return p
	}
	p = p.clone()
	for i := range p.Reservations {
		if p.Reservations[i].ID == id {
			change(&p.Reservations[i])
		}
	}
	p.Timeline = p.Timeline.with(now, event, id)
	return p
}
