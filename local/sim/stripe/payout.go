package stripe

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	arrivalTime   = 2 * 24 * time.Hour // to the bank
	reconcileTime = time.Hour          // until the rows of a payout are known
)

// payout is money sent to the merchant's bank.
type payout struct {
	id        string
	created   time.Time
	amount    int64
	currency  string
	status    string // in_transit, paid, failed
	automatic bool
	failure   string
}

// PayOut sends what is available of a currency to the bank, as Stripe does by itself:
// the payout is made of the rows that were available and in no other payout. It is
// nothing where nothing is available.
func (s *Simulator) PayOut(currency string) (id string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var of []*row
	for _, r := range s.rows {
		if r.currency == currency && r.payout == nil && !r.available.After(s.now()) {
			of, amount = append(of, r), amount+r.net()
		}
	}
	if amount <= 0 {
		return "", 0
	}
	p := s.send(currency, amount, true)
	for _, r := range of {
		r.payout = p
	}
	return p.id, amount
}

// send makes a payout and its row.
func (s *Simulator) send(currency string, amount int64, automatic bool) *payout {
	p := &payout{id: s.newID("po_1", 23), created: s.now(), amount: amount, currency: currency, status: "in_transit", automatic: automatic}
	s.payouts = append(s.payouts, p)
	s.book(entry{category: "payout", kind: "payout", currency: currency, amount: -amount, source: p}).payout = p
	s.announce("payout.created", s.viewPayout(p))
	return p
}

// PayOutByHand sends some of what is available: of no rows in particular.
func (s *Simulator) PayOutByHand(currency string, amount int64) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if available, _ := s.balances(); amount < 1 || available[currency] < amount {
		return "", fmt.Errorf("%w: only %d %s are available", ErrNotNow, available[currency], currency)
	}
	return s.send(currency, amount, false).id, nil
}

// EndPayout is the bank that has the money, or sends it back.
func (s *Simulator) EndPayout(id string, arrived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.payouts, func(p *payout) bool { return p.id == id })
	if i < 0 || s.payouts[i].status == "failed" {
		return fmt.Errorf("%w: payout %s", ErrNotNow, id)
	}
	p := s.payouts[i]
	if arrived {
		p.status = "paid"
		s.announce("payout.paid", s.viewPayout(p))
		return nil
	}
	p.status, p.failure = "failed", "account_closed"
	s.book(entry{category: "payout_reversal", kind: "payout_failure", currency: p.currency, amount: p.amount, source: p})
	s.announce("payout.failed", s.viewPayout(p))
	return nil
}

func (s *Simulator) showPayout(v *visit) outcome {
	i := slices.IndexFunc(s.payouts, func(p *payout) bool { return p.id == v.id })
	if i < 0 {
		return unknown("payout", v.id, "payout")
	}
	return reply(http.StatusOK, s.viewPayout(s.payouts[i]))
}

func (s *Simulator) listPayouts(v *visit) outcome {
	kept := filter(s.payouts, func(p *payout) bool { return within(v.params, p.created) })
	return list(v, "/v1/payouts", kept, func(p *payout) string { return p.id }, func(p *payout, _ expansions) any { return s.viewPayout(p) })
}

func (s *Simulator) viewPayout(p *payout) object {
	reconciled := "not_applicable"
	if p.automatic {
		if reconciled = "in_progress"; !s.now().Before(p.created.Add(reconcileTime)) {
			reconciled = "completed"
		}
	}
	return object{
		"id": p.id, "object": "payout", "created": p.created.Unix(), "arrival_date": availableAfter(p.created.Add(arrivalTime), 0).Unix(),
		"amount": p.amount, "currency": p.currency, "status": p.status, "automatic": p.automatic, "livemode": false,
		"method": "standard", "type": "bank_account", "source_type": "card", "reconciliation_status": reconciled,
		"failure_code": orNull(p.failure), "metadata": map[string]string{},
	}
}
