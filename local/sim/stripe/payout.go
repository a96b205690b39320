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
	scheduled bool // by the account's own schedule, which also sees it arrive
	told      bool // that its rows are all known
	failure   string
}

// terms are when money is available, and when it is paid out.
type terms struct {
	Days int       `json:"days"` // until money is available; 0: as the way to pay has it
	Next time.Time `json:"next"` // the next payout; zero: only when somebody asks
}

// delay is how many days a way to pay takes that by itself takes so many.
func (t terms) delay(usual int) int {
	if t.Days > 0 {
		return t.Days
	}
	return usual
}

// MakeAvailableAfter has the money of every way to pay be available so many days after
// it was taken, from now on; 0 is what each has by itself.
func (s *Simulator) MakeAvailableAfter(days int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if days < 0 || days > 30 {
		return fmt.Errorf("%w: available after %d days", ErrNotNow, days)
	}
	s.pass()
	s.terms.Days = days
	return s.keep()
}

// PayOutDaily pays out what is available of every currency at each midnight, in UTC, or
// ends that. Such a payout arrives by itself.
func (s *Simulator) PayOutDaily(on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	if s.terms.Next = (time.Time{}); on {
		s.terms.Next = availableAfter(s.now(), 1)
	}
	return s.keep()
}

// payDue makes up for what fell due since somebody last called: payouts arrive, those of
// a midnight are made at it, and their rows are known an hour later. The caller holds mu.
func (s *Simulator) payDue() {
	now := s.now()
	for midnight := s.terms.Next; !midnight.IsZero() && !now.Before(midnight); midnight = midnight.AddDate(0, 0, 1) {
		s.terms.Next = midnight.AddDate(0, 0, 1)
		s.followPayouts(midnight)
		s.at(midnight, func() {
			for _, currency := range s.config.Settles {
				if p := s.payOut(currency); p != nil {
					p.scheduled = true
				}
			}
		})
	}
	s.followPayouts(now)
}

// followPayouts lets the payouts get on until a moment.
func (s *Simulator) followPayouts(until time.Time) {
	for _, p := range s.payouts {
		if known := p.created.Add(reconcileTime); p.scheduled && !p.told && !until.Before(known) {
			p.told = true
			s.at(known, func() { s.announce("payout.reconciliation_completed", s.viewPayout(p)) })
		}
		if p.scheduled && p.status == "in_transit" && !until.Before(p.arrives()) {
			p.status = "paid"
			s.at(p.arrives(), func() { s.announce("payout.paid", s.viewPayout(p)) })
		}
	}
}

// arrives is when the bank has the money.
func (p *payout) arrives() time.Time { return availableAfter(p.created.Add(arrivalTime), 0) }

// PayOut sends what is available of a currency to the bank, as Stripe does by itself:
// the payout is made of the rows that were available and in no other payout. It is
// nothing where nothing is available.
func (s *Simulator) PayOut(currency string) (id string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	p := s.payOut(currency)
	if p == nil {
		return "", 0
	}
	_ = s.keep() // a write that failed is made up for by the next
	return p.id, p.amount
}

func (s *Simulator) payOut(currency string) *payout {
	var of []*row
	amount := int64(0)
	for _, r := range s.rows {
		if r.currency == currency && r.payout == nil && !r.available.After(s.now()) {
			of, amount = append(of, r), amount+r.net()
		}
	}
	if amount <= 0 {
		return nil
	}
	p := s.send(currency, amount, true)
	for _, r := range of {
		r.payout = p
	}
	return p
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
	s.pass()
	if available, _ := s.balances(); amount < 1 || available[currency] < amount {
		return "", fmt.Errorf("%w: only %d %s are available", ErrNotNow, available[currency], currency)
	}
	return s.send(currency, amount, false).id, s.keep()
}

// EndPayout is the bank that has the money, or sends it back.
func (s *Simulator) EndPayout(id string, arrived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	i := slices.IndexFunc(s.payouts, func(p *payout) bool { return p.id == id })
	if i < 0 || s.payouts[i].status == "failed" {
		return fmt.Errorf("%w: payout %s", ErrNotNow, id)
	}
	p := s.payouts[i]
	if arrived {
		p.status = "paid"
		s.announce("payout.paid", s.viewPayout(p))
		return s.keep()
	}
	p.status, p.failure = "failed", "account_closed"
	s.book(entry{category: "payout_reversal", kind: "payout_failure", currency: p.currency, amount: p.amount, source: p})
	s.announce("payout.failed", s.viewPayout(p))
	return s.keep()
}

func (s *Simulator) showPayout(v *visit) outcome {
	i := slices.IndexFunc(s.payouts, func(p *payout) bool { return p.id == v.id })
	if i < 0 {
		return unknown("payout", v.id, "payout")
	}
	return reply(http.StatusOK, s.viewPayout(s.payouts[i]))
}

func (s *Simulator) listPayouts(v *visit) outcome {
	asked := within(v.params)
	kept := filter(s.payouts, func(p *payout) bool { return asked(p.created) })
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
		"id": p.id, "object": "payout", "created": p.created.Unix(), "arrival_date": p.arrives().Unix(),
		"amount": p.amount, "currency": p.currency, "status": p.status, "automatic": p.automatic, "livemode": false,
		"method": "standard", "type": "bank_account", "source_type": "card", "reconciliation_status": reconciled,
		"failure_code": orNull(p.failure), "metadata": map[string]string{},
	}
}
