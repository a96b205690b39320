package paypal

import (
	"fmt"
	"slices"
)

// chargebackFee is the made-up fee of a chargeback in the smallest unit of any
// currency: 20.00 EUR, 2000 JPY. It follows no price list.
const chargebackFee = 2000

// holdDisputed withholds what a dispute is about. Whether PayPal does so in an
// inquiry too is UNVERIFIED. The caller holds mu.
func (s *Simulator) holdDisputed(d *dispute) {
	s.hold(disputeHoldCode, d.capture.id, s.worthHolding(d.capture))
}

// chargeBack ends a dispute the merchant lost: the hold is lifted, all that is
// left of the payment is charged back, and PayPal takes a fee. The fee's row has
// the id of the chargeback's; that PayPal gives one id to the two is
// UNVERIFIED. The caller holds mu.
func (s *Simulator) chargeBack(d *dispute) {
	d.moved = s.reverse(d.capture, chargebackCode)
	currency := d.moved.amount.currency
	s.books.transfer(currency, -chargebackFee)
	s.enter(row{
		id: d.moved.id, code: chargebackFeeCode, capture: d.capture.id, reference: d.capture.id, currency: currency,
	}, rowDone, -chargebackFee, 0)
	s.level(currency, d.capture.id)
}

// ReverseChargeback gives the merchant back what a chargeback took, as after an
// appeal that was won. The fee is kept. What the dispute, the refund and the
// capture show of it is UNVERIFIED; here they stay as they are, and only the
// dispute's update time moves.
func (s *Simulator) ReverseChargeback(disputeID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.findDispute(disputeID)
	switch {
	case d == nil:
		return ErrNoDispute
	case !s.chargedBack(d):
		return fmt.Errorf("%w: nothing was charged back", ErrDispute)
	case s.wonBack(d):
		return fmt.Errorf("%w: the chargeback was reversed already", ErrDispute)
	}
	m := d.moved.amount
	s.books.transfer(m.currency, m.count)
	s.enter(row{
		code: chargebackReversalCode, capture: d.capture.id, reference: d.moved.id, currency: m.currency,
	}, rowDone, m.count, 0)
	s.level(m.currency, d.capture.id)
	d.updated = after(d.updated, s.now())
	s.announceDispute(disputeUpdated, d, "A dispute was updated with case # "+d.id)
	return s.keep()
}

// chargedBack tells whether a dispute has taken the merchant's money. The caller
// holds mu.
func (s *Simulator) chargedBack(d *dispute) bool {
	return d.moved != nil && s.statement.byKey[rowKey{d.moved.id, chargebackCode}] != nil
}

// wonBack tells whether the merchant has it again. The caller holds mu.
func (s *Simulator) wonBack(d *dispute) bool {
	return slices.ContainsFunc(s.statement.rows, func(r *row) bool {
		return r.code == chargebackReversalCode && r.reference == d.moved.id
	})
}
