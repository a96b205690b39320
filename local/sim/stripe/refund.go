package stripe

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// refund gives a part of a charge back.
type refund struct {
	id            string
	charge        *charge
	created       time.Time
	amount        int64
	status        string // pending, succeeded, failed, canceled
	metadata      map[string]string
	failure       string
	row, returned *row
}

// createRefund gives money back (POST /v1/refunds). The caller holds mu.
func (s *Simulator) createRefund(v *visit) outcome {
	p := v.params
	i := s.begun[p["payment_intent"]]
	if i == nil {
		return unknown("payment_intent", p["payment_intent"], "payment_intent")
	}
	c := i.last()
	if c == nil || c.status != "succeeded" {
		return refusal(http.StatusBadRequest, "invalid_request_error", "",
			"This PaymentIntent ("+i.id+") does not have a successful charge to refund.", "")
	}
	left := i.session.amount - c.refunded
	amount, given, ok := p.number("amount")
	if !given {
		amount = left
	}
	switch {
	case !ok || amount < 1:
		return invalid("parameter_invalid_integer", "Invalid positive integer", "amount")
	case left == 0:
		return refusal(http.StatusBadRequest, "invalid_request_error", "charge_already_refunded", "Charge "+c.id+" has already been refunded.", "")
	case amount > left:
		return refusal(http.StatusBadRequest, "invalid_request_error", "",
			fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, left), "amount")
	case s.chargedBack(c):
		return refusal(http.StatusBadRequest, "invalid_request_error", "charge_disputed", "Charge "+c.id+" has been charged back; cannot issue a refund.", "")
	case v.fault == InsufficientFunds:
		return refusal(http.StatusBadRequest, "invalid_request_error", "balance_insufficient", "Insufficient funds in your Stripe balance to refund this amount.", "")
	}
	if bad := checkAmount(i.session.currency, amount, "amount"); bad != nil {
		return *bad
	}
	r := s.giveBack(c, amount, p.under("metadata"), v.fault == Pending)
	return reply(http.StatusOK, s.viewRefund(r, p.expand()))
}

// giveBack makes a refund. One that is pending has not moved money yet, and counts
// against what is left all the same.
func (s *Simulator) giveBack(c *charge, amount int64, metadata map[string]string, pending bool) *refund {
	prefix := "re_3"
	if methods[c.intent.session.method].charges == "py_" {
		prefix = "pyr_3"
	}
	r := &refund{id: s.newID(prefix, 23), charge: c, created: s.now(), amount: amount, status: "pending", metadata: metadata}
	c.refunded += amount
	s.addRefund(r)
	if !pending {
		s.settle(r)
	}
	s.announce("refund.created", s.viewRefund(r, nil))
	s.announce("charge.refunded", s.viewCharge(c, nil))
	return r
}

// addRefund takes a refund into the books.
func (s *Simulator) addRefund(r *refund) {
	s.refunds, r.charge.refunds = append(s.refunds, r), append(r.charge.refunds, r)
}

// settle moves a refund's money. Stripe's fee is not given back.
func (s *Simulator) settle(r *refund) {
	r.status = "succeeded"
	o := r.charge.intent.session
	kind := "refund"
	if methods[o.method].charges == "py_" {
		kind = "payment_refund"
	}
	r.row = s.book(entry{category: "refund", kind: kind, currency: o.currency, amount: -r.amount, source: r})
}

// RefundInDashboard is the merchant who gives money back by hand: it carries nothing
// of the shop's.
func (s *Simulator) RefundInDashboard(id string, amount int64) error {
	return s.act(id, func(o *session) error {
		if o.intent == nil || o.intent.status != "succeeded" || amount < 1 || amount > o.amount-o.intent.last().refunded {
			return notNow(o)
		}
		s.giveBack(o.intent.last(), amount, map[string]string{}, false)
		return nil
	})
}

// EndRefund ends the latest refund of a session: it succeeds, or it fails, also after
// it had succeeded; then its money is back in the balance.
func (s *Simulator) EndRefund(id string, paid bool) error {
	return s.act(id, func(o *session) error {
		i := slices.IndexFunc(s.refunds, func(r *refund) bool {
			return r.charge.intent.session == o && (r.status == "pending" || r.status == "succeeded" && !paid)
		})
		if i < 0 {
			return notNow(o)
		}
		r := s.refunds[i]
		if paid {
			s.settle(r)
			s.announce("refund.updated", s.viewRefund(r, nil))
			return nil
		}
		if r.status == "succeeded" {
			r.returned = s.book(entry{category: "refund_failure", kind: "refund_failure", currency: o.currency, amount: r.amount, source: r})
		}
		r.status, r.failure = "failed", "lost_or_stolen_card"
		r.charge.refunded -= r.amount
		s.announce("refund.failed", s.viewRefund(r, nil))
		return nil
	})
}

func (s *Simulator) showRefund(v *visit) outcome {
	i := slices.IndexFunc(s.refunds, func(r *refund) bool { return r.id == v.id })
	if i < 0 {
		return unknown("refund", v.id, "id")
	}
	return reply(http.StatusOK, s.viewRefund(s.refunds[i], v.params.expand()))
}

func (s *Simulator) listRefunds(v *visit) outcome {
	p, asked, all := v.params, within(v.params), s.refunds
	if id := p["payment_intent"]; id != "" {
		all = nil
		if i := s.begun[id]; i != nil {
			all = i.refunds()
		}
	}
	kept := filter(all, func(r *refund) bool { return asked(r.created) && (p["charge"] == "" || r.charge.id == p["charge"]) })
	return list(v, "/v1/refunds", kept, func(r *refund) string { return r.id }, func(r *refund, e expansions) any { return s.viewRefund(r, e) })
}

func (s *Simulator) viewRefund(r *refund, e expansions) object {
	view := object{
		"id": r.id, "object": "refund", "created": r.created.Unix(), "status": r.status, "amount": r.amount,
		"currency": r.charge.intent.session.currency, "charge": r.charge.id, "payment_intent": r.charge.intent.id,
		"metadata": r.metadata, "reason": nil, "receipt_number": nil, "balance_transaction": nil, "source_transfer_reversal": nil, "transfer_reversal": nil,
	}
	if r.row != nil {
		view["balance_transaction"] = either(e.has("balance_transaction"), r.row.id, func() object { return s.viewRow(r.row, e.of("balance_transaction")) })
	}
	if r.failure != "" {
		view["failure_reason"] = r.failure
	}
	if r.returned != nil {
		view["failure_balance_transaction"] = either(e.has("failure_balance_transaction"), r.returned.id, func() object { return s.viewRow(r.returned, nil) })
	}
	return view
}
