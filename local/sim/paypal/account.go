package paypal

import (
	"slices"
	"time"
)

// Statement is the truth about the merchant's account, in the simulator's own
// integers: what a test's oracle asks instead of believing the report.
type Statement struct {
	Balances []Funds   `json:"balances"` // one per currency, by code
	Rows     []Row     `json:"rows"`     // by initiation
	Payments []Payment `json:"payments"` // in the order they were made
}

// Funds is what of one currency is at PayPal. Total is Available and Withheld
// together, and the sum of all its rows; with PaidOut it is the merchant's
// Account in the books.
type Funds struct {
	Currency  string `json:"currency"`
	Total     int64  `json:"total"`
	Available int64  `json:"available"`
	Withheld  int64  `json:"withheld"`
	PaidOut   int64  `json:"paid_out"`
}

// Row is one row and what it really is. Total and Available are what it has
// moved; nothing while it is pending or when it was denied.
type Row struct {
	ID        string    `json:"id"`
	Code      string    `json:"code"`
	Kind      RowKind   `json:"kind"`
	Capture   string    `json:"capture,omitempty"`   // the payment it is about
	CustomID  string    `json:"custom_id,omitempty"` // of that payment, whatever the report shows
	Currency  string    `json:"currency"`
	Status    string    `json:"status"`
	Amount    int64     `json:"amount"`
	Fee       int64     `json:"fee"` // negative
	Total     int64     `json:"total"`
	Available int64     `json:"available"`
	Initiated time.Time `json:"initiated"`
	Updated   time.Time `json:"updated"`
	Misreport Misreport `json:"misreport,omitempty"`
}

// Payment is what became of one capture's money, in its own currency; only Held
// is in the currency the money was credited in, HeldIn. A custom id with two
// payments was charged twice.
type Payment struct {
	Capture       string `json:"capture"`
	CustomID      string `json:"custom_id"`
	InvoiceID     string `json:"invoice_id"`
	Currency      string `json:"currency"`
	Pending       int64  `json:"pending"` // gross, while it has not moved
	Gross         int64  `json:"gross"`
	Fee           int64  `json:"fee"` // positive, corrections included
	Net           int64  `json:"net"` // Gross less Fee
	Refunded      int64  `json:"refunded"`
	Reversed      int64  `json:"reversed"`
	ChargedBack   int64  `json:"charged_back"` // less what was won back
	ChargebackFee int64  `json:"chargeback_fee"`
	Held          int64  `json:"held"`
	HeldIn        string `json:"held_in"`
}

// Balance is what of one currency is at PayPal now, without drawing up the statement.
func (s *Simulator) Balance(currency string) Funds {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payDue()
	b := s.statement.balance(currency)
	return Funds{currency, b.total, b.available, b.total - b.available, s.statement.paidOut[currency]}
}

// Statement gives a copy of the account's truth as of now.
func (s *Simulator) Statement() Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payDue()
	st := Statement{Balances: []Funds{}, Rows: make([]Row, 0, len(s.statement.rows)), Payments: []Payment{}}
	for _, code := range s.touched() {
		b := s.statement.balance(code)
		st.Balances = append(st.Balances, Funds{code, b.total, b.available, b.total - b.available, s.statement.paidOut[code]})
	}
	places := make(map[string]int, len(s.captures))
	for _, c := range s.books.charges {
		places[c.ID] = len(st.Payments)
		st.Payments = append(st.Payments, Payment{
			Capture: c.ID, CustomID: c.CustomID, InvoiceID: s.captures[c.ID].unit.InvoiceID, Currency: c.Currency,
			HeldIn: s.worthHolding(s.captures[c.ID]).currency,
		})
	}
	for _, r := range s.statement.rows {
		entry := s.truth(r)
		st.Rows = append(st.Rows, entry)
		if r.capture != "" {
			st.Payments[places[r.capture]].count(entry)
		}
	}
	return st
}

func (s *Simulator) truth(r *row) Row {
	v := *r.now()
	total, available := r.effect(v)
	entry := Row{
		ID: r.id, Code: r.code, Kind: kindOf(r.code), Capture: r.capture, Currency: r.currency, Status: v.status,
		Amount: v.amount, Fee: v.fee, Total: total, Available: available, Initiated: r.at, Updated: v.at, Misreport: r.misreport,
	}
	if k := s.captures[r.capture]; k != nil {
		entry.CustomID = k.unit.CustomID
	}
	return entry
}

// count adds what a row has done to its payment.
func (p *Payment) count(r Row) {
	switch r.Kind {
	case RowSale:
		switch r.Status {
		case rowPending:
			p.Pending = r.Amount
		case rowDone, rowReversed:
			p.Gross, p.Fee = p.Gross+r.Amount, p.Fee-r.Fee
		}
	case RowFeeChange:
		p.Fee -= r.Total
	case RowRefund:
		p.Refunded -= r.Total
	case RowReversal:
		p.Reversed -= r.Total
	case RowChargeback, RowChargebackReversal:
		p.ChargedBack -= r.Total
	case RowChargebackFee:
		p.ChargebackFee -= r.Total
	case RowHold, RowRelease:
		p.Held -= r.Available
	}
	p.Net = p.Gross - p.Fee
}

// Of lists the payments under a custom id.
func (st Statement) Of(customID string) []Payment {
	return slices.DeleteFunc(slices.Clone(st.Payments), func(p Payment) bool { return p.CustomID != customID })
}

// Balance is one currency's, of nothing where there is none.
func (st Statement) Balance(currency string) Funds {
	for _, b := range st.Balances {
		if b.Currency == currency {
			return b
		}
	}
	return Funds{Currency: currency}
}
