package paypal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// restore fills an empty simulator. It refuses a state this package cannot have
// written, rather than fall over it in the middle of a purchase.
func (s *Simulator) restore(st state) error {
	s.starts = st.Starts
	for _, kept := range st.Orders {
		if err := s.restoreOrder(kept); err != nil {
			return fmt.Errorf("order %q: %w", kept.ID, err)
		}
	}
	for _, r := range st.Requests {
		m := &memo{order: s.orders[r.Order], refused: r.Refused, refund: s.refunds[r.Refund]}
		if (m.order == nil) == (m.refund == nil) || r.Refused != "" && outcomes[r.Refused].issue == "" {
			return fmt.Errorf("request %q has no answer", r.ID)
		}
		s.requests[requestKey{r.Call, r.ID}] = &request{asked: r.Asked, at: r.At, memo: m}
	}
	for _, kept := range st.Disputes {
		if err := s.restoreDispute(kept); err != nil {
			return fmt.Errorf("dispute %q: %w", kept.ID, err)
		}
	}
	a, err := st.Authority.restore()
	if err != nil {
		return fmt.Errorf("the authority: %w", err)
	}
	if s.authority == nil {
		s.authority = a
	}
	if err := s.courier.Restore(st.Events, st.Deliveries); err != nil {
		return err
	}
	if err := s.restoreBooks(st); err != nil {
		return err
	}
	return s.restoreStatement(st.Statement)
}

func (s *Simulator) restoreOrder(st orderState) error {
	o := &order{
		id: st.ID, status: st.Status, units: st.Units, experience: st.Experience,
		source: st.Source, completes: st.Completes, funding: st.Funding, payer: st.Payer, cancelled: st.Cancelled,
		born: st.Born, created: st.Created, updated: st.Updated,
	}
	_, payable := outcomes[o.funding]
	switch {
	case !slices.Contains([]string{created, payerActionRequired, approved, voided, orderCompleted}, o.status):
		return fmt.Errorf("status %q", o.status)
	case o.funding != "" && !payable:
		return fmt.Errorf("funding %q", o.funding)
	case o.status == approved && !payable:
		return errors.New("approved without funding")
	case len(o.units) == 0:
		return errors.New("no purchase unit")
	case len(st.Captures) > 0 && len(st.Captures) != len(o.units):
		return fmt.Errorf("%d captures of %d purchase units", len(st.Captures), len(o.units))
	case (len(st.Captures) > 0) != (o.status == orderCompleted):
		return fmt.Errorf("%s with %d captures", o.status, len(st.Captures))
	}
	for i := range o.units {
		if err := o.units[i].reckon(); err != nil {
			return err
		}
	}
	if !s.free(o.id) {
		return errors.New("no id of its own")
	}
	s.orders[o.id] = o
	s.queue = append(s.queue, o)
	if o.status == approved && isBank(o.source.Name) {
		s.approvals = append(s.approvals, o)
	}
	for i, kept := range st.Captures {
		if !s.free(kept.ID) {
			return fmt.Errorf("capture %q has no id of its own", kept.ID)
		}
		k := &capture{
			id: kept.ID, order: o, unit: o.units[i], status: kept.Status, reason: kept.Reason,
			credit: kept.Credit, created: kept.Created, updated: kept.Updated,
		}
		s.captures[k.id] = k
		o.captures = append(o.captures, k)
		if err := s.restoreRefunds(k, kept.Refunds); err != nil {
			return fmt.Errorf("capture %q: %w", k.id, err)
		}
	}
	return nil
}

func (s *Simulator) restoreRefunds(k *capture, list []refundState) error {
	for _, kept := range list {
		r := &refund{
			id: kept.ID, capture: k, origin: kept.Origin, status: kept.Status, reason: kept.Reason, amount: kept.Amount,
			customID: kept.CustomID, invoiceID: kept.InvoiceID, note: kept.Note, created: kept.Created, updated: kept.Updated,
		}
		switch {
		case !s.free(r.id):
			return fmt.Errorf("refund %q has no id of its own", r.id)
		case !slices.Contains([]string{completed, pending, failed}, r.status):
			return fmt.Errorf("refund %q is %q", r.id, r.status)
		case !slices.Contains([]Origin{ByCall, ByDashboard, ByPayPal}, r.origin):
			return fmt.Errorf("refund %q is by %q", r.id, r.origin)
		case k.status != completed || r.amount.currency != k.unit.sum.currency || r.amount.count < 1:
			return fmt.Errorf("refund %q is of something else", r.id)
		}
		s.refunds[r.id] = r
		k.refunds = append(k.refunds, r)
		if k.rest().count < 0 {
			return errors.New("more is refunded than was captured")
		}
	}
	return nil
}

// free tells whether an id can be given to an order, a capture, a refund or a row.
func (s *Simulator) free(id string) bool {
	return isID(id) && s.orders[id] == nil && s.captures[id] == nil && s.refunds[id] == nil && !s.statement.minted[id]
}

// reckon fills in the numbers that a purchase does not render.
func (u *purchase) reckon() (err error) {
	if u.sum, err = recallMoney(u.Amount.CurrencyCode, u.Amount.Value); err != nil {
		return err
	}
	for i := range u.Items {
		if u.Items[i].count, err = strconv.ParseInt(u.Items[i].Quantity, 10, 64); err != nil {
			return err
		}
	}
	return nil
}

// restoreBooks takes over the books, which need a charge for every capture and a
// capture for every charge, and the same of refunds.
func (s *Simulator) restoreBooks(st state) error {
	charged := map[string]bool{}
	for _, c := range st.Charges {
		k := s.captures[c.ID]
		if k == nil || k.status != c.State || charged[c.ID] {
			return fmt.Errorf("charge %q is not its capture's", c.ID)
		}
		charged[c.ID] = true
		s.books.charges = append(s.books.charges, c)
	}
	if len(charged) != len(s.captures) {
		return fmt.Errorf("%d charges of %d captures", len(charged), len(s.captures))
	}
	repaid := map[string]bool{}
	for _, row := range st.Repaid {
		r := s.refunds[row.ID]
		if r == nil || r.status != row.State || repaid[row.ID] {
			return fmt.Errorf("repayment %q is not its refund's", row.ID)
		}
		repaid[row.ID] = true
		s.books.refunds = append(s.books.refunds, row)
	}
	if len(repaid) != len(s.refunds) {
		return fmt.Errorf("%d repayments of %d refunds", len(repaid), len(s.refunds))
	}
	for _, a := range st.Accounts {
		if _, known := currencies[a.Currency]; !known {
			return fmt.Errorf("an account in %q", a.Currency)
		}
		s.books.accounts[a.Currency] = &a
	}
	return nil
}
