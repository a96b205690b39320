package paypal

import (
	"errors"
	"fmt"
	"slices"
)

// Errors of holds, payouts and conversions.
var (
	ErrFunds    = errors.New("paypal: the balance has not so much")
	ErrNoRow    = errors.New("paypal: no such row")
	ErrNotHeld  = errors.New("paypal: nothing is held by that row")
	ErrCode     = errors.New("paypal: not a code for that")
	ErrCurrency = errors.New("paypal: no such currency")
	ErrAmount   = errors.New("paypal: not an amount for that")
)

// Hold is PayPal withholding money of the merchant's: the total stays, the
// available balance falls. Codes are those of a hold: T1110, T1501 to T1503,
// T2101, T2103, T2105, T2107 and T2111. With a capture it is that payment's, and
// currency and amount may be left out: all that is left of it. The amount is in
// the currency's smallest unit at PayPal. Available may go below nothing.
func (s *Simulator) Hold(code, captureID, currency string, amount int64) (rowID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, is := releases[code]; !is {
		return "", fmt.Errorf("%w: %q holds nothing", ErrCode, code)
	}
	k := s.captures[captureID]
	switch {
	case captureID != "" && k == nil:
		return "", ErrNoCapture
	case k != nil && k.status != completed:
		return "", ErrNotPaid
	}
	m := money{currency, amount}
	if k != nil && amount == 0 {
		m = s.worthHolding(k)
	}
	switch _, known := currencies[m.currency]; {
	case !known || !s.holds(m.currency):
		return "", fmt.Errorf("%w: %q", ErrCurrency, m.currency)
	case m.count < 1:
		return "", fmt.Errorf("%w: %d", ErrAmount, m.count)
	}
	return s.hold(code, captureID, m).id, s.keep()
}

// hold writes a hold. The caller holds mu.
func (s *Simulator) hold(code, captureID string, m money) *row {
	return s.enter(row{code: code, capture: captureID, reference: captureID, currency: m.currency}, rowDone, -m.count, 0)
}

// worthHolding is all that is left of a capture, in the currency it was credited
// in.
func (s *Simulator) worthHolding(k *capture) money {
	rest := k.rest()
	if s.holds(rest.currency) {
		return rest
	}
	return s.converted(rest, s.primary())
}

// Release lifts a hold. The row that does has an id of its own and refers to the
// payment, or to the hold where it was not a payment's.
func (s *Simulator) Release(rowID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.statement.rows, func(r *row) bool { return r.id == rowID && kindOf(r.code) == RowHold })
	switch {
	case i < 0:
		return ErrNoRow
	case s.statement.rows[i].lifted:
		return ErrNotHeld
	}
	s.release(s.statement.rows[i])
	return s.keep()
}

func (s *Simulator) release(h *row) {
	h.lifted = true
	about := h.capture
	if about == "" {
		about = h.id
	} else {
		s.statement.lift(h)
	}
	s.enter(row{code: releases[h.code], capture: h.capture, reference: about, currency: h.currency}, rowDone, -h.now().amount, 0)
}

// lift takes a hold from those that stand.
func (st *statement) lift(h *row) {
	rest := slices.DeleteFunc(st.held[h.capture], func(r *row) bool { return r == h })
	if st.held[h.capture] = rest; len(rest) == 0 {
		delete(st.held, h.capture)
	}
}

// lift releases what is held of a capture under a code. The caller holds mu.
func (s *Simulator) lift(k *capture, code string) {
	for _, h := range slices.Clone(s.statement.held[k.id]) {
		if h.code == code {
			s.release(h)
		}
	}
}
