package paypal

import (
	"maps"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// deskView is the desk as it is drawn: every list newest first.
type deskView struct {
	Orders     []deskOrder
	Captures   []deskCapture
	Refunds    []deskRefund
	Disputes   []deskDispute
	Accounts   []deskAccount
	Faults     fault.Desk[Kind, CallName]
	Reasons    []string
	Outcomes   []string
	Unknown    int
	Tokens     int
	Deliveries courier.Desk
	Account    deskAccountView
}

type deskOrder struct {
	ID, CustomID, Status, Amount, Note, Created string
	Open                                        bool
}

type deskCapture struct {
	ID, Order, Status, Reason, Amount, Rest, Fee, At string
	Pending, Refundable, Disputable                  bool
}

type deskRefund struct {
	ID, Capture, CustomID, Origin, Status, Amount, At string
	Pending                                           bool
}

type deskDispute struct {
	ID, Capture, Reason, Stage, Status, Outcome, Due string
	Stages                                           []string // it can go to
	Open, ChargedBack                                bool
}

type deskAccount struct{ Currency, Buyer, Merchant, PayPal string }

// desk draws up the page.
func (s *Simulator) desk() deskView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := deskView{
		Faults: s.faults.Desk(), Deliveries: s.courier.Desk(),
		Reasons:  disputeReasons,
		Outcomes: slices.Sorted(maps.Keys(disputeOutcomes)),
		Tokens:   len(s.tokens),
	}
	for _, o := range slices.Backward(s.queue) {
		v.Orders = append(v.Orders, s.deskOrder(o))
	}
	for _, c := range slices.Backward(s.books.charges) {
		v.Captures = append(v.Captures, s.deskCapture(c))
	}
	for _, r := range slices.Backward(s.books.refunds) {
		v.Refunds = append(v.Refunds, deskRefund{
			ID: r.ID, Capture: r.Charge, CustomID: r.CustomID, Origin: string(r.Origin), Status: r.State,
			Amount: money{r.Currency, r.Amount}.String() + " " + r.Currency, At: wire(r.At), Pending: r.State == pending,
		})
	}
	for _, d := range slices.Backward(s.disputes) {
		v.Disputes = append(v.Disputes, s.drawDispute(d))
	}
	for _, code := range slices.Sorted(maps.Keys(s.books.accounts)) {
		a := s.books.accounts[code]
		v.Accounts = append(v.Accounts, deskAccount{
			code, money{code, a.Buyer}.String(), money{code, a.Merchant}.String(), money{code, a.PayPal}.String(),
		})
	}
	for _, c := range s.calls {
		if c.Name == Unknown {
			v.Unknown++
		}
	}
	v.Account = s.drawAccount()
	return v
}

func (s *Simulator) deskOrder(o *order) deskOrder {
	sum := money{currency: o.units[0].sum.currency}
	for _, u := range o.units {
		sum.count += u.sum.count
	}
	row := deskOrder{
		ID: o.id, CustomID: o.units[0].CustomID, Status: o.status,
		Amount: sum.String() + " " + sum.currency, Created: wire(o.created), Note: string(o.funding),
	}
	switch live := s.live(o.id) != nil; {
	case !live:
		row.Note = "expired"
	case o.cancelled:
		row.Note = "buyer turned back"
	}
	row.Open = s.live(o.id) != nil && len(o.captures) == 0 && o.status != voided
	return row
}

func (s *Simulator) deskCapture(c Charge) deskCapture {
	k := s.captures[c.ID]
	row := deskCapture{
		ID: c.ID, Order: c.Order, Status: k.shown(), Reason: k.reason,
		Amount: money{c.Currency, c.Amount}.String() + " " + c.Currency,
		Fee:    money{c.Currency, c.Fee}.String(), At: wire(c.At), Pending: c.State == pending,
	}
	if k.status == completed {
		row.Rest = k.rest().String()
		row.Refundable = k.rest().count > 0
		row.Disputable = row.Refundable && !s.disputed(k)
	}
	return row
}

func (s *Simulator) drawDispute(d *dispute) deskDispute {
	row := deskDispute{
		ID: d.id, Capture: d.capture.id, Reason: d.reason, Stage: d.stage, Status: d.status, Outcome: d.outcome,
		Stages: disputeStages[slices.Index(disputeStages, d.stage):], Open: d.outcome == "",
	}
	row.ChargedBack = s.chargedBack(d) && !s.wonBack(d)
	if !d.due.IsZero() {
		row.Due = wire(d.due)
	}
	return row
}
