package paypal

import "errors"

// Errors of a reversal and of opening a dispute.
var (
	ErrNotPaid  = errors.New("paypal: the capture has moved no money")
	ErrAllGiven = errors.New("paypal: nothing of the capture is left")
)

// Reverse is PayPal taking back all that is left of a capture, against the
// merchant's will. There is no time limit.
//
// It is shown as a refund without custom_id and invoice_id, and announced as
// PAYMENT.CAPTURE.REVERSED with that refund as its resource, as in the sample of
// PayPal's own event simulator of 2018. Whether the live PayPal still does so,
// whether GET of the refund finds it and whether the capture then is REFUNDED is
// UNVERIFIED.
func (s *Simulator) Reverse(captureID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	switch {
	case k == nil:
		return ErrNoCapture
	case k.status != completed:
		return ErrNotPaid
	case k.rest().count == 0:
		return ErrAllGiven
	}
	s.reverse(k, reversalCode)
	return s.keep()
}

// reverse takes back all that is left of a capture. The caller holds mu.
func (s *Simulator) reverse(k *capture, code string) *refund {
	r := &refund{origin: ByPayPal, status: completed, amount: k.rest(), note: "Payment reversed"}
	s.giveBack(k, r, code)
	return r
}
