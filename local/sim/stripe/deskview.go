package stripe

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// deskView is the desk as it is drawn: every list newest first.
type deskView struct {
	Faults     fault.Desk[Kind, CallName]
	Sessions   []deskSession
	Refunds    []deskRefund
	Disputes   []deskDispute
	Deliveries courier.Desk
	Balances   []deskBalance
	Payouts    []deskPayout
	Schedule   string
	Daily      bool
	Days       int
}

type deskSession struct {
	ID, Reference, Label, Amount, Status, Note, Intent string
	Missing, Left                                      string // amounts that a form begins with
	Open, Transfers, Processing, Disputable            bool
}

type deskRefund struct {
	ID, Session, Amount, Status string
	Pending, Fails              bool
}

type deskDispute struct {
	ID, Session, Reason, Status, Due string
	Waits, Inquiry, Open             bool
}

type deskBalance struct{ Currency, Code, Available, Pending string } // Code: as a person reads the currency

type deskPayout struct {
	ID, Amount, At, Status string
	OnItsWay, Fails        bool
}

// desk draws up the page.
func (s *Simulator) desk() deskView {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	v := deskView{Faults: s.faults.Desk(), Deliveries: s.courier.Desk(), Schedule: "never", Days: s.terms.Days}
	if !s.terms.Next.IsZero() {
		v.Daily = true
		v.Schedule = "every midnight, next " + s.terms.Next.Format(time.RFC3339)
	}
	for _, o := range slices.Backward(s.sessions) {
		v.Sessions = append(v.Sessions, s.deskSession(o))
	}
	for _, r := range slices.Backward(s.refunds) {
		o := r.charge.intent.session
		v.Refunds = append(v.Refunds, deskRefund{
			r.id, o.id, written(o.currency, r.amount), r.status, r.status == "pending", r.status == "pending" || r.status == "succeeded",
		})
	}
	for _, d := range slices.Backward(s.disputes) {
		v.Disputes = append(v.Disputes, deskDispute{
			d.id, d.charge.intent.session.id, d.reason, d.status, d.created.Add(answerTime).Format(time.RFC3339),
			d.waits(), d.inquiry(), d.status == "needs_response" || d.status == "under_review",
		})
	}
	available, pending := s.balances()
	for _, c := range s.config.Settles {
		v.Balances = append(v.Balances, deskBalance{c, strings.ToUpper(c), written(c, available[c]), written(c, pending[c])})
	}
	for _, p := range slices.Backward(s.payouts) {
		v.Payouts = append(v.Payouts, deskPayout{
			p.id, written(p.currency, p.amount), p.created.Format(time.RFC3339), p.status, p.status == "in_transit", p.status != "failed",
		})
	}
	return v
}

// deskSession is a session and what can be done about it. The caller holds mu.
func (s *Simulator) deskSession(o *session) deskSession {
	row := deskSession{
		ID: o.id, Reference: o.reference, Label: labels[o.method], Amount: written(o.currency, o.amount),
		Status: o.status, Open: o.status == "open",
	}
	if o.customer != nil && o.customer.cash[o.currency] > 0 {
		row.Note = written(o.currency, o.customer.cash[o.currency]) + " of the customer's has paid nothing"
	}
	i := o.intent
	if i == nil {
		return row
	}
	row.Status += ", " + i.status
	row.Note = cmp.Or(row.Note, i.failure)
	row.Intent, row.Transfers, row.Processing = i.id, o.customer != nil && o.transfer != "", i.status == "processing"
	row.Missing = digits(o.currency, i.remaining)
	if i.status != "succeeded" {
		return row
	}
	c := i.last()
	row.Disputable = !c.disputed
	if left := o.amount - c.refunded; left > 0 {
		row.Left = digits(o.currency, left)
	}
	return row
}
