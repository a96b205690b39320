package paypal

import (
	"fmt"
	"regexp"
)

// OddRow is a movement that no call of the shop's and no other control explains:
// a code nobody has heard of, an adjustment, a transfer from the bank.
type OddRow struct {
	Code      string // T and four digits
	Currency  string
	Amount    int64 // in the smallest unit; below nothing takes it from the merchant
	Fee       int64 // as in a row: negative
	Pending   bool  // until SettleRow
	Reference string
	CustomID  string
	InvoiceID string
}

var codePattern = regexp.MustCompile(`^T[0-9]{4}$`)

// AddRow writes an odd row. Codes of sales, refunds, holds and payouts have
// calls of their own and are refused.
func (s *Simulator) AddRow(o OddRow) (rowID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := currencies[o.Currency]
	switch kind := kindOf(o.Code); {
	case !codePattern.MatchString(o.Code) || kind != RowOther && kind != RowFeeChange:
		return "", fmt.Errorf("%w: %q", ErrCode, o.Code)
	case !known || !s.holds(o.Currency):
		return "", fmt.Errorf("%w: %q", ErrCurrency, o.Currency)
	}
	status := rowDone
	if o.Pending {
		status = rowPending
	} else {
		s.books.transfer(o.Currency, o.Amount+o.Fee)
	}
	r := s.enter(row{
		code: o.Code, currency: o.Currency, reference: o.Reference, customID: o.CustomID, invoiceID: o.InvoiceID,
	}, status, o.Amount, o.Fee)
	return r.id, s.keep()
}

// SettleRow ends an odd row or a payout that is pending: its money moves, or it is
// denied. Money on its way to the bank is the merchant's before and after.
func (s *Simulator) SettleRow(rowID, code string, arrived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.statement.byKey[rowKey{rowID, code}]
	switch {
	case r == nil || s.captures[rowID] != nil || s.refunds[rowID] != nil:
		return ErrNoRow
	case r.now().status != rowPending:
		return ErrNotPending
	}
	v := *r.now()
	status := rowDenied
	if arrived {
		status = rowDone
		if kindOf(code) != RowPayout {
			s.books.transfer(r.currency, v.amount+v.fee)
		}
	}
	s.change(r, status, v.amount, v.fee)
	return s.keep()
}

// Authorise writes the row of an authorisation (T1300) with the very id of a
// capture. It moves nothing, and a report of balance affecting rows leaves it
// out.
func (s *Simulator) Authorise(captureID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	switch {
	case k == nil:
		return ErrNoCapture
	case s.statement.byKey[rowKey{k.id, authorisationCode}] != nil:
		return fmt.Errorf("%w: authorised already", ErrCode)
	}
	s.enter(saleRow(k, authorisationCode), rowDone, k.unit.sum.count, 0)
	return s.keep()
}
