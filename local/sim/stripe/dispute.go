package stripe

import (
	"net/http"
	"slices"
	"time"
)

// answerTime is how long a merchant has to answer a dispute. It differs by network;
// this is made up.
const answerTime = 9 * 24 * time.Hour

// disputeFee is what Stripe takes for a chargeback, in the smallest units.
const disputeFee = 2000

// dispute is a buyer's complaint at the bank.
type dispute struct {
	id      string
	charge  *charge
	created time.Time
	status  string
	reason  string
	answers int // times the merchant has answered
	moved   []*row
}

// disputeStatuses are all there are (API reference, disputes, status).
var disputeStatuses = []string{
	"warning_needs_response", "warning_under_review", "warning_closed", "needs_response", "under_review", "won", "lost",
}

// Dispute opens a case about a session: an inquiry, which moves no money, or a
// chargeback, which takes the money and a fee.
func (s *Simulator) Dispute(id, reason string, inquiry bool) error {
	return s.act(id, func(o *session) error {
		if o.intent == nil || o.intent.status != "succeeded" || o.intent.last().disputed {
			return notNow(o)
		}
		d := &dispute{id: s.newID("du_1", 23), charge: o.intent.last(), created: s.now(), status: "warning_needs_response", reason: reason}
		d.charge.disputed = true
		s.disputes = append(s.disputes, d)
		s.announce("charge.dispute.created", s.viewDispute(d))
		if !inquiry {
			s.withdraw(d)
		}
		return nil
	})
}

// withdraw takes a dispute's money from the merchant.
func (s *Simulator) withdraw(d *dispute) {
	o := d.charge.intent.session
	d.status = "needs_response"
	fee := int64(0)
	if decimalsOf(o.currency) == 2 {
		fee = disputeFee
	}
	d.moved = append(d.moved, s.book(entry{category: "dispute", kind: "adjustment", currency: o.currency, amount: -o.amount, fee: fee, source: d}))
	s.announce("charge.dispute.funds_withdrawn", s.viewDispute(d))
}

// AnswerDispute is the merchant who answers in the dashboard: from then on the bank
// decides.
func (s *Simulator) AnswerDispute(id string) error {
	return s.onDispute(id, func(d *dispute) bool {
		next, waits := map[string]string{"warning_needs_response": "warning_under_review", "needs_response": "under_review"}[d.status]
		if !waits {
			return false
		}
		d.status = next
		d.answers++
		s.announce("charge.dispute.updated", s.viewDispute(d))
		return true
	})
}

// Escalate makes a chargeback of an inquiry. Of a payment that was refunded in full no
// more money is withdrawn (API reference, disputes, is_charge_refundable).
func (s *Simulator) Escalate(id string) error {
	return s.onDispute(id, func(d *dispute) bool {
		if !d.inquiry() || d.charge.refunded == d.charge.intent.session.amount {
			return false
		}
		s.withdraw(d)
		s.announce("charge.dispute.updated", s.viewDispute(d))
		return true
	})
}

// Resolve ends a dispute: an inquiry is closed, a chargeback won or lost.
func (s *Simulator) Resolve(id string, won bool) error {
	return s.onDispute(id, func(d *dispute) bool {
		o := d.charge.intent.session
		switch {
		case d.inquiry():
			d.status = "warning_closed"
		case d.status != "needs_response" && d.status != "under_review":
			return false
		case won:
			d.status = "won"
			d.moved = append(d.moved, s.book(entry{category: "dispute_reversal", kind: "adjustment", currency: o.currency, amount: o.amount, source: d}))
			s.announce("charge.dispute.funds_reinstated", s.viewDispute(d))
		default:
			d.status = "lost"
		}
		s.announce("charge.dispute.closed", s.viewDispute(d))
		return true
	})
}

// inquiry tells whether no money has moved yet.
func (d *dispute) inquiry() bool {
	return d.status == "warning_needs_response" || d.status == "warning_under_review"
}

// chargedBack tells whether a dispute has taken a charge's money. The caller holds mu.
func (s *Simulator) chargedBack(c *charge) bool {
	return slices.ContainsFunc(s.disputes, func(d *dispute) bool { return d.charge == c && len(d.moved) > 0 })
}

// waits tells whether the merchant still has to answer.
func (d *dispute) waits() bool {
	return d.status == "warning_needs_response" || d.status == "needs_response"
}

func (s *Simulator) onDispute(id string, do func(*dispute) bool) error {
	return s.act(id, func(o *session) error {
		i := slices.IndexFunc(s.disputes, func(d *dispute) bool { return d.charge.intent.session == o })
		if i < 0 || !do(s.disputes[i]) {
			return notNow(o)
		}
		return nil
	})
}

func (s *Simulator) showDispute(v *visit) outcome {
	i := slices.IndexFunc(s.disputes, func(d *dispute) bool { return d.id == v.id })
	if i < 0 {
		return unknown("dispute", v.id, "dispute")
	}
	d := s.disputes[i]
	view := s.viewDispute(d)
	if e := v.params.expand(); e.has("payment_intent") {
		view["payment_intent"] = s.viewIntent(d.charge.intent, e.of("payment_intent"))
	}
	return reply(http.StatusOK, view)
}

func (s *Simulator) listDisputes(v *visit) outcome {
	p, asked := v.params, within(v.params)
	kept := filter(s.disputes, func(d *dispute) bool {
		return asked(d.created) && (p["payment_intent"] == "" || d.charge.intent.id == p["payment_intent"])
	})
	return list(v, "/v1/disputes", kept, func(d *dispute) string { return d.id }, func(d *dispute, _ expansions) any { return s.viewDispute(d) })
}

func (s *Simulator) viewDispute(d *dispute) object {
	o := d.charge.intent.session
	moved := []object{}
	for _, r := range d.moved {
		moved = append(moved, s.viewRow(r, nil))
	}
	due := d.created.Add(answerTime)
	return object{
		"id": d.id, "object": "dispute", "created": d.created.Unix(), "livemode": false, "status": d.status, "reason": d.reason,
		"amount": o.amount, "currency": o.currency, "charge": d.charge.id, "payment_intent": d.charge.intent.id,
		"metadata": map[string]string{}, "balance_transactions": moved, "is_charge_refundable": len(d.moved) == 0,
		"enhanced_eligibility_types": []string{}, "evidence": object{"enhanced_evidence": object{}},
		"evidence_details": object{
			"due_by": due.Unix(), "has_evidence": d.answers > 0, "past_due": d.waits() && !s.now().Before(due),
			"submission_count": d.answers, "enhanced_eligibility": object{},
		},
	}
}
