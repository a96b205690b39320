package paypal

import "fmt"

// CorrectFee is PayPal changing its mind about the fee of a payment: from now on
// it is so much, in the smallest unit. In place, the sale's own row shows the
// new fee and a later update time; otherwise the difference is a row of its own,
// T1109 in the merchant's favour and T0107 against it. What the capture's look
// then shows is UNVERIFIED; here it is the fee of the day of the sale.
func (s *Simulator) CorrectFee(captureID string, fee int64, inPlace bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	switch {
	case k == nil:
		return ErrNoCapture
	case k.status != completed:
		return ErrNotPaid
	case fee < 0 || fee > k.unit.sum.count:
		return fmt.Errorf("%w: a fee of %d", ErrAmount, fee)
	}
	back := s.books.correctFee(k.id, fee)
	if back == 0 {
		return nil
	}
	sale := s.statement.sales[k.id]
	if inPlace {
		v := *sale.now()
		s.change(sale, v.status, v.amount, v.fee+back)
	} else {
		code := feeRefundCode
		if back < 0 {
			code = paymentFeeCode
		}
		s.enter(row{code: code, capture: k.id, reference: k.id, currency: k.unit.sum.currency}, rowDone, back, 0)
	}
	s.level(k.unit.sum.currency, k.id)
	return s.keep()
}

// correctFee writes the new fee of a charge and tells what the merchant gets
// back.
func (l *ledger) correctFee(id string, fee int64) (back int64) {
	i := len(l.charges) - 1
	for l.charges[i].ID != id {
		i--
	}
	back = l.charges[i].Fee - fee
	l.charges[i].Fee = fee
	l.transfer(l.charges[i].Currency, back)
	return back
}
