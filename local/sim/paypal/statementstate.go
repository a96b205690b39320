package paypal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// statementState is the merchant's account as the file holds it. Balances are
// not kept: they follow from the versions.
type statementState struct {
	Rows    []rowState `json:"rows"` // by initiation
	Holding []string   `json:"holding,omitempty"`
	Sweep   sweep      `json:"sweep,omitzero"`
}

type rowState struct {
	ID            string         `json:"id"`
	Code          string         `json:"code"`
	Capture       string         `json:"capture,omitempty"`
	Reference     string         `json:"reference,omitempty"`
	ReferenceType string         `json:"reference_type,omitempty"`
	CustomID      string         `json:"custom_id,omitempty"`
	InvoiceID     string         `json:"invoice_id,omitempty"`
	Currency      string         `json:"currency"`
	Versions      []versionState `json:"versions"` // by age
	Lifted        bool           `json:"lifted,omitempty"`
	Misreport     Misreport      `json:"misreport,omitempty"`
	AddedBy       int64          `json:"added_by,omitempty"`
}

type versionState struct {
	Number uint64    `json:"number"`
	At     time.Time `json:"at"`
	Status string    `json:"status"`
	Amount int64     `json:"amount"`
	Fee    int64     `json:"fee,omitempty"`
}

func (st *statement) kept() *statementState {
	kept := &statementState{Rows: make([]rowState, 0, len(st.rows)), Holding: st.holding, Sweep: st.sweep}
	for _, r := range st.rows {
		entry := rowState{
			ID: r.id, Code: r.code, Capture: r.capture, Reference: r.reference, ReferenceType: r.referenceType,
			CustomID: r.customID, InvoiceID: r.invoiceID, Currency: r.currency,
			Lifted: r.lifted, Misreport: r.misreport, AddedBy: r.addedBy,
		}
		for _, v := range r.versions {
			entry.Versions = append(entry.Versions, versionState{v.number, v.at, v.status, v.amount, v.fee})
		}
		kept.Rows = append(kept.Rows, entry)
	}
	return kept
}

// restoreStatement takes over the account: every version again in the order in
// which it was written, and so every balance. A file of before there were
// statements has none, and one is drawn up from the books.
func (s *Simulator) restoreStatement(kept *statementState) error {
	if kept == nil {
		s.reconstruct()
		return nil
	}
	s.statement.holding, s.statement.sweep = kept.Holding, kept.Sweep
	for _, code := range kept.Holding {
		if _, known := currencies[code]; !known {
			return fmt.Errorf("a balance in %q", code)
		}
	}
	type change struct {
		row *row
		versionState
	}
	var changes []change
	for _, entry := range kept.Rows {
		r, err := s.restoreRow(entry)
		if err != nil {
			return fmt.Errorf("row %q %s: %w", entry.ID, entry.Code, err)
		}
		for _, v := range entry.Versions {
			changes = append(changes, change{r, v})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.Number, b.Number) })
	for i, c := range changes {
		if c.Number != uint64(i)+1 || c.At.Before(s.statement.latest) {
			return fmt.Errorf("version %d of the rows is out of turn", c.Number)
		}
		s.statement.apply(c.row, version{at: c.At, status: c.Status, amount: c.Amount, fee: c.Fee})
	}
	return s.checkStatement()
}

// restoreRow is a row without its versions, in its place.
func (s *Simulator) restoreRow(st rowState) (*row, error) {
	r := &row{
		id: st.ID, code: st.Code, capture: st.Capture, reference: st.Reference, referenceType: st.ReferenceType,
		customID: st.CustomID, invoiceID: st.InvoiceID, currency: st.Currency,
		lifted: st.Lifted, misreport: st.Misreport, addedBy: st.AddedBy,
	}
	_, known := currencies[r.currency]
	switch {
	case len(st.Versions) == 0:
		return nil, errors.New("nothing ever happened")
	case !isID(r.id) || !codePattern.MatchString(r.code) || s.statement.byKey[r.key()] != nil:
		return nil, errors.New("it is not one of its own")
	case !known:
		return nil, fmt.Errorf("currency %q", r.currency)
	case r.capture != "" && s.captures[r.capture] == nil:
		return nil, fmt.Errorf("no capture %q", r.capture)
	case !r.misreport.known():
		return nil, fmt.Errorf("misreported as %q", r.misreport)
	}
	for _, v := range st.Versions {
		if !slices.Contains([]string{rowDone, rowPending, rowDenied, rowReversed}, v.Status) {
			return nil, fmt.Errorf("status %q", v.Status)
		}
	}
	r.at = st.Versions[0].At
	if s.captures[r.id] == nil && s.refunds[r.id] == nil {
		s.statement.minted[r.id] = true
	}
	s.statement.place(r)
	return r, nil
}

// checkStatement holds the account against what it is about: a sale for every
// capture, a row for every refund, and the merchant's money.
func (s *Simulator) checkStatement() error {
	for id := range s.captures {
		if s.statement.sales[id] == nil {
			return fmt.Errorf("capture %q has no row", id)
		}
	}
	for id := range s.refunds {
		if s.refundRow(id) == nil {
			return fmt.Errorf("refund %q has no row", id)
		}
	}
	for code, a := range s.books.accounts {
		if at := s.statement.balance(code).total + s.statement.paidOut[code]; at != a.Merchant {
			return fmt.Errorf("the rows come to %d %s, the books to %d", at, code, a.Merchant)
		}
	}
	return nil
}

func (s *Simulator) refundRow(id string) *row {
	for _, code := range []string{refundCode, reversalCode, chargebackCode} {
		if r := s.statement.byKey[rowKey{id, code}]; r != nil {
			return r
		}
	}
	return nil
}

// reconstruct draws up the account from the books of a file that has none. When
// a pending one was settled is not in them: it counts as settled at once.
func (s *Simulator) reconstruct() {
	type entry struct {
		at    time.Time
		write func(time.Time)
	}
	var list []entry
	for _, c := range s.books.charges {
		k := s.captures[c.ID]
		list = append(list, entry{k.created, func(at time.Time) {
			sum, kept := saleAmounts(k)
			r := saleRow(k, saleCode)
			s.statement.write(&r, at, version{status: rowStatuses[k.status], amount: sum, fee: kept})
		}})
	}
	for _, repaid := range s.books.refunds {
		r, code := s.refunds[repaid.ID], refundCode
		if r.origin == ByPayPal {
			code = reversalCode
		}
		list = append(list, entry{r.created, func(at time.Time) {
			entry := refundRow(r, code)
			s.statement.write(&entry, at, version{status: rowStatuses[r.status], amount: -r.amount.count})
		}})
	}
	slices.SortStableFunc(list, func(a, b entry) int { return a.at.Compare(b.at) })
	for _, e := range list {
		e.write(e.at)
	}
}
