package paypal

import "errors"

// Errors of the calls by which a test, a demo or a person plays the buyer and
// PayPal's back office.
var (
	ErrNoOrder    = errors.New("paypal: no such order, or its life is over")
	ErrNoCapture  = errors.New("paypal: no such capture")
	ErrNotPending = errors.New("paypal: the capture or refund is not pending")
	ErrApproved   = errors.New("paypal: the order is approved already")
	ErrCaptured   = errors.New("paypal: the order is captured already")
	ErrVoided     = errors.New("paypal: the order is void")
	ErrFunding    = errors.New("paypal: no such funding")
	// ErrNotKept: the change is made, but it could not be written to the
	// Config's File. The next call or change tries again.
	ErrNotKept = errors.New("paypal: the state could not be written")
)

// Approve is the buyer's click on Pay now, with good money.
func (s *Simulator) Approve(orderID string) error { return s.ApproveWith(orderID, Balance) }

// ApproveWith is the buyer's click on Pay now with a chosen funding. An order
// that was sent back by a refusal can be approved again.
func (s *Simulator) ApproveWith(orderID string, f Funding) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.open(orderID)
	if err != nil {
		return err
	}
	if _, known := outcomes[f]; !known {
		return ErrFunding
	}
	o.status, o.funding, o.payer, o.cancelled = approved, f, true, false
	o.touch(s.now())
	s.announce(orderApproved, o.view(s.base("")), "An order has been approved by buyer")
	switch {
	case o.completes:
		s.complete(o)
	case isBank(o.source.Name):
		s.approvals = append(s.approvals, o)
	}
	return s.keep()
}

// Cancel is the buyer's way back to the shop. PayPal keeps the order as it
// was, for the buyer may come again; only the desk shows the turn.
func (s *Simulator) Cancel(orderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.open(orderID)
	if err != nil {
		return err
	}
	o.cancelled = true
	return s.keep()
}

// open finds an order that waits for its buyer. The caller holds mu.
func (s *Simulator) open(orderID string) (*order, error) {
	o := s.live(orderID)
	switch {
	case o == nil:
		return nil, ErrNoOrder
	case len(o.captures) > 0:
		return o, ErrCaptured
	case o.status == voided:
		return o, ErrVoided
	case o.status == approved:
		return o, ErrApproved
	}
	return o, nil
}

// Void ends an order that is not captured.
func (s *Simulator) Void(orderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.open(orderID)
	if err != nil && !errors.Is(err, ErrApproved) {
		return err
	}
	o.status, o.funding = voided, ""
	o.touch(s.now())
	return s.keep()
}
