package stripe

import (
	"errors"
	"fmt"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// source is what a row is about.
type source interface{ identity() string }

func (c *charge) identity() string  { return c.id }
func (r *refund) identity() string  { return r.id }
func (d *dispute) identity() string { return d.id }
func (p *payout) identity() string  { return p.id }

// restored finds what a state's ids refer to.
type restored struct {
	*Simulator
	rows    map[string]*row
	charges map[string]*charge
	sources map[string]source
}

// restore fills an empty simulator. It refuses a state this package cannot have written,
// rather than fall over it in the middle of a purchase.
func (s *Simulator) restore(st state) error {
	if st.Account == "" {
		return errors.New("it has no account")
	}
	s.starts, s.account, s.terms = st.Starts, st.Account, st.Terms
	for _, c := range st.Customers {
		s.customers = append(s.customers, &customer{c.ID, c.Created, c.Metadata, c.Cash})
	}
	in := restored{s, map[string]*row{}, map[string]*charge{}, map[string]source{}}
	for _, step := range []func(state) error{in.restoreRows, in.restoreSessions, in.restoreRefunds, in.restoreDisputes, in.restorePayouts, in.joinRows} {
		if err := step(st); err != nil {
			return err
		}
	}
	for _, r := range st.Requests {
		s.requests[r.Key] = &request{asked: r.Asked, at: r.At, trace: r.Trace, first: outcome{
			Answer: answer.Answer{Status: r.Status, ContentType: answer.JSON, Body: []byte(r.Body), Played: r.Played}, begun: true,
		}}
	}
	return s.courier.Restore(st.Events, st.Deliveries)
}

// restoreRows takes over the rows as such; what they are about comes later.
func (in restored) restoreRows(st state) error {
	for _, kept := range st.Rows {
		if in.rows[kept.ID] != nil || !slices.Contains(in.config.Settles, kept.Currency) {
			return fmt.Errorf("row %q in %q", kept.ID, kept.Currency)
		}
		r := &row{
			id: kept.ID, category: kept.Category, kind: kept.Kind, created: kept.Created, available: kept.Available,
			amount: kept.Amount, fee: kept.Fee, currency: kept.Currency, rate: kept.Rate,
		}
		in.rows[r.id] = r
		in.Simulator.rows = append(in.Simulator.rows, r)
	}
	return nil
}

func (in restored) restoreSessions(st state) error {
	for _, kept := range st.Sessions {
		o := &session{
			id: kept.ID, created: kept.Created, expires: kept.Expires, status: kept.Status, amount: kept.Amount, currency: kept.Currency,
			method: kept.Method, reference: kept.Reference, metadata: kept.Metadata, intentMetadata: kept.IntentMetadata,
			description: kept.Description, lines: kept.Lines, success: kept.Success, cancel: kept.Cancel, transfer: kept.Transfer, country: kept.Country,
		}
		if kept.Customer != "" {
			i := slices.IndexFunc(in.customers, func(c *customer) bool { return c.id == kept.Customer })
			if i < 0 {
				return fmt.Errorf("session %q has no customer %q", o.id, kept.Customer)
			}
			o.customer = in.customers[i]
		}
		_, known := methods[o.method]
		switch {
		case in.opened[o.id] != nil:
			return fmt.Errorf("session %q is there twice", o.id)
		case !known || !slices.Contains([]string{"open", "complete", "expired"}, o.status):
			return fmt.Errorf("session %q is %q, by %q", o.id, o.status, o.method)
		case kept.Intent == nil && o.status == "complete":
			return fmt.Errorf("session %q is complete, and nothing was paid", o.id)
		}
		in.addSession(o)
		if err := in.restoreIntent(o, kept.Intent); err != nil {
			return fmt.Errorf("session %q: %w", o.id, err)
		}
	}
	return nil
}

// intentStatuses are those of a PaymentIntent that are simulated.
var intentStatuses = []string{"requires_payment_method", "requires_action", "processing", "succeeded", "canceled"}

func (in restored) restoreIntent(o *session, kept *intentState) error {
	if kept == nil {
		return nil
	}
	i := &intent{
		id: kept.ID, created: kept.Created, session: o, status: kept.Status, metadata: o.intentMetadata, received: kept.Received,
		remaining: kept.Remaining, cancelReason: kept.CancelReason, failure: kept.Failure, with: kept.With,
	}
	if !slices.Contains(intentStatuses, i.status) || in.begun[i.id] != nil {
		return fmt.Errorf("PaymentIntent %q is %q", i.id, i.status)
	}
	for _, of := range kept.Charges {
		c := &charge{
			id: of.ID, intent: i, created: of.Created, status: of.Status, with: of.With, failure: of.Failure, flow: of.Flow,
			row: in.rows[of.Row], refunded: of.Refunded, disputed: of.Disputed,
		}
		if (c.status == "succeeded") != (c.row != nil) || in.sources[c.id] != nil {
			return fmt.Errorf("charge %q is %q with row %q", c.id, c.status, of.Row)
		}
		i.charges = append(i.charges, c)
		in.charges[c.id], in.sources[c.id] = c, c
	}
	if last := i.last(); (i.status == "succeeded") != (last != nil && last.status == "succeeded") {
		return fmt.Errorf("PaymentIntent %q is %q without a charge that is", i.id, i.status)
	}
	in.addIntent(i)
	return nil
}

func (in restored) restoreRefunds(st state) error {
	for _, kept := range st.Refunds {
		r := &refund{
			id: kept.ID, charge: in.charges[kept.Charge], created: kept.Created, amount: kept.Amount, status: kept.Status,
			metadata: kept.Metadata, failure: kept.Failure, row: in.rows[kept.Row], returned: in.rows[kept.Returned],
		}
		switch {
		case r.charge == nil || r.charge.status != "succeeded" || in.sources[r.id] != nil:
			return fmt.Errorf("refund %q is of %q", r.id, kept.Charge)
		case !slices.Contains([]string{"pending", "succeeded", "failed"}, r.status), r.status == "succeeded" && r.row == nil:
			return fmt.Errorf("refund %q is %q with row %q", r.id, r.status, kept.Row)
		}
		in.addRefund(r)
		in.sources[r.id] = r
	}
	return nil
}

func (in restored) restoreDisputes(st state) error {
	for _, kept := range st.Disputes {
		d := &dispute{
			id: kept.ID, charge: in.charges[kept.Charge], created: kept.Created, status: kept.Status, reason: kept.Reason, answers: kept.Answers,
		}
		if d.charge == nil || !slices.Contains(disputeStatuses, d.status) || in.sources[d.id] != nil {
			return fmt.Errorf("dispute %q is %q, of %q", d.id, d.status, kept.Charge)
		}
		for _, id := range kept.Moved {
			if in.rows[id] == nil {
				return fmt.Errorf("dispute %q has no row %q", d.id, id)
			}
			d.moved = append(d.moved, in.rows[id])
		}
		in.disputes = append(in.disputes, d)
		in.sources[d.id] = d
	}
	return nil
}

func (in restored) restorePayouts(st state) error {
	for _, kept := range st.Payouts {
		p := &payout{
			id: kept.ID, created: kept.Created, amount: kept.Amount, currency: kept.Currency, status: kept.Status,
			automatic: kept.Automatic, scheduled: kept.Scheduled, told: kept.Told, failure: kept.Failure,
		}
		if in.sources[p.id] != nil || !slices.Contains([]string{"in_transit", "paid", "failed"}, p.status) {
			return fmt.Errorf("payout %q is %q", p.id, p.status)
		}
		in.payouts = append(in.payouts, p)
		in.sources[p.id] = p
	}
	return nil
}

// joinRows gives each row what it is about and the payout it is in.
func (in restored) joinRows(st state) error {
	for _, kept := range st.Rows {
		r := in.rows[kept.ID]
		if kept.Source != "" {
			if r.source = in.sources[kept.Source]; r.source == nil {
				return fmt.Errorf("row %q is about nothing, %q", r.id, kept.Source)
			}
		}
		if kept.Payout != "" {
			p, ok := in.sources[kept.Payout].(*payout)
			if !ok {
				return fmt.Errorf("row %q is in no payout, %q", r.id, kept.Payout)
			}
			r.payout = p
		}
	}
	return nil
}
