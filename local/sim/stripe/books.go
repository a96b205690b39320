package stripe

import (
	"maps"
	"time"
)

// Refund is what is true of a refund, for a test's own judgement.
type Refund struct {
	ID, Intent, Status string
	Amount             int64
	Carries            map[string]string // its metadata
	CameBack           bool              // it had succeeded, and failed after that
}

// Refunds are all there are, by age.
func (s *Simulator) Refunds() (all []Refund) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refunds {
		all = append(all, Refund{ID: r.id, Intent: r.charge.intent.id, Status: r.status, Amount: r.amount, Carries: maps.Clone(r.metadata), CameBack: r.returned != nil})
	}
	return all
}

// Dispute is what is true of a dispute.
type Dispute struct {
	ID, Intent, Status string
	Open               bool
}

// Disputes are all there are, by age.
func (s *Simulator) Disputes() (all []Dispute) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.disputes {
		over := d.status == "won" || d.status == "lost" || d.status == "warning_closed"
		all = append(all, Dispute{ID: d.id, Intent: d.charge.intent.id, Status: d.status, Open: !over})
	}
	return all
}

// Row is a balance transaction as it is in the books: Net is what the balance moved by,
// in the smallest units.
type Row struct {
	ID, Category, Currency string
	Source, Intent         string // what it is about, and the PaymentIntent of that; empty: none
	Payout                 string // the automatic payout that took it to the bank; empty: none yet
	Net                    int64
	Created, Available     time.Time
}

// Rows are all there are, by age.
func (s *Simulator) Rows() (all []Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	for _, r := range s.rows {
		row := Row{ID: r.id, Category: r.category, Currency: r.currency, Net: r.net(), Created: r.created, Available: r.available}
		if r.source != nil {
			row.Source = r.source.identity()
		}
		switch of := r.source.(type) {
		case *charge:
			row.Intent = of.intent.id
		case *refund:
			row.Intent = of.charge.intent.id
		case *dispute:
			row.Intent = of.charge.intent.id
		}
		if r.payout != nil && r.payout.automatic {
			row.Payout = r.payout.id
		}
		all = append(all, row)
	}
	return all
}

// Payout is what is true of a payout.
type Payout struct {
	ID, Status, Currency string
	Amount               int64
	Automatic            bool
	Created              time.Time
}

// Payouts are all there are, by age.
func (s *Simulator) Payouts() (all []Payout) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	for _, p := range s.payouts {
		all = append(all, Payout{ID: p.id, Status: p.status, Currency: p.currency, Amount: p.amount, Automatic: p.automatic, Created: p.created})
	}
	return all
}
