package oracle

import (
	"fmt"
	"slices"
	"strings"

	paypal "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// Ended sees the end of every invocation, however it ended: whatever a provider has done
// for this shop and the table does not know yet has a due that will find it.
func (o *Oracle) Ended(function string) {
	b := o.read()
	for id, p := range o.payments {
		why := p.misses(b)
		o.hold("I11", why == "" || !p.due.IsZero(), "%s has no due after %s: %s", id, function, why)
	}
	for _, w := range b.orders {
		o.hold("I11", !w.began || o.knowsOrder(w.id), "the order %s is approved or paid, and the table does not know it", w.id)
	}
}

// misses is what of the calls of this shop the row does not know; "" where all is known.
func (p payment) misses(b books) string {
	for _, c := range b.charged(p.ID) {
		if !slices.ContainsFunc(p.Captures, func(m movement) bool { return m.ID == c.id }) {
			return "charge " + c.id + " is not known"
		}
		for _, f := range b.refunds {
			if f.charge == c.id && f.called && !slices.ContainsFunc(p.Refunds, func(m movement) bool { return m.ID == f.id }) {
				return "refund " + f.id + " is not known"
			}
		}
	}
	for _, r := range p.Reserved {
		sent := slices.ContainsFunc(p.Refunds, func(m movement) bool { return m.Own == r.ID })
		if !sent && r.Refused == nil {
			return "refund " + r.ID + " is reserved and its end is not known"
		}
	}
	return ""
}

// Unsettled says what of a payment is not yet as it has to become, or "". status is
// what its merchant is told. Where a provider has told a lie, a person may
// have to look.
func (o *Oracle) Unsettled(id, status string, lied bool) string {
	p, known := o.payments[id]
	if !known {
		return id + " is not in the table"
	}
	if status == "review" && (lied || o.lost(id) || o.overtaken(p) || o.cameBack(p)) {
		return ""
	}
	b := o.read()
	if status == "expired" && lied && len(b.charged(id)) == 0 {
		return "" // a provider has said that there is no such order: nobody is charged for it
	}
	if why := p.differs(b); why != "" {
		return id + ": " + why
	}
	for _, r := range p.Reserved {
		sent := slices.ContainsFunc(b.refunds, func(f refund) bool { return f.own == r.ID && f.amount == minor(r.Amount) })
		if !sent && r.Refused == nil {
			return "the refund " + r.ID + " is reserved and was never sent"
		}
	}
	for _, w := range b.orders {
		if w.payment == id && w.approved && p.live(w.id) && status != "declined" {
			return fmt.Sprintf("%s: order %s is approved and not charged; it is told to be %s", id, w.id, status)
		}
	}
	if want := b.expected(id); !slices.Contains(want, status) {
		return fmt.Sprintf("%s is told to be %s; by its provider's books it is %s", id, status, strings.Join(want, " or "))
	}
	return ""
}

// lost: an order that its buyer had approved has come to its end before anybody could
// take the money.
func (o *Oracle) lost(id string) bool {
	return slices.ContainsFunc(o.paypal.Orders(), func(order paypal.Order) bool {
		return order.CustomID == id && o.approved[order.ID] && (order.Expired || order.Status == "VOIDED")
	})
}

// cameBack: a refund that its merchant was told to be done was sent back by the bank, and a
// person has to give the money in another way.
func (o *Oracle) cameBack(p payment) bool {
	b := o.read()
	return slices.ContainsFunc(p.Refunds, func(m movement) bool {
		return slices.ContainsFunc(b.refunds, func(f refund) bool { return f.id == m.ID && f.cameBack })
	})
}

// overtaken: what a reserved refund was to give back, somebody else has given back.
func (o *Oracle) overtaken(p payment) bool {
	b := o.read()
	for _, c := range b.charged(p.ID) {
		left := c.amount - sum(b.refunded(c.id))
		for _, r := range p.Reserved {
			if !b.made(r.ID) && r.Refused == nil && minor(r.Amount) > left {
				return true
			}
		}
	}
	return false
}

func (p payment) live(order string) bool {
	for _, a := range p.Attempts {
		if a.Order == order {
			return !a.Superseded
		}
	}
	return false
}

// expected is what a merchant may be told, by the books alone.
func (b books) expected(id string) []string {
	var taken, back int64
	waiting := false
	for _, c := range b.charged(id) {
		if c.state == waits {
			waiting = true
			continue
		}
		taken += c.amount
		for _, f := range b.refunded(c.id) {
			if f.state == moved {
				back += f.amount
			}
		}
	}
	switch {
	case taken > 0 && back >= taken:
		return []string{"refunded"}
	case taken > 0 && back > 0:
		return []string{"partially_refunded"}
	case taken > 0:
		return []string{"captured"}
	case waiting:
		return []string{"pending"}
	}
	return []string{"declined", "awaiting_approval", "expired"}
}

// differs says where the row and the books disagree about what has moved.
func (p payment) differs(b books) string {
	var ours, theirs []string
	for _, c := range p.Captures {
		if c.done() {
			ours = append(ours, fmt.Sprintf("captured %s %d", c.ID, minor(c.Amount)))
		}
	}
	for _, f := range p.Refunds {
		if f.done() {
			ours = append(ours, fmt.Sprintf("refunded %s %d", f.ID, minor(f.Amount)))
		}
	}
	for _, c := range b.charged(p.ID) {
		if c.state == moved {
			theirs = append(theirs, fmt.Sprintf("captured %s %d", c.id, c.amount))
		}
		for _, f := range b.refunded(c.id) {
			if f.state == moved {
				theirs = append(theirs, fmt.Sprintf("refunded %s %d", f.id, f.amount))
			}
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		return fmt.Sprintf("the table has %v, the books have %v", ours, theirs)
	}
	return ""
}

// Settle holds that everything is settled in the end; unsettled is what is not: L1,
// and L2 where it is an outcome that stayed unknown.
func (o *Oracle) Settle(unsettled []string, sweeps int) {
	for range o.payments {
		o.hold("L1", true, "")
	}
	for _, why := range unsettled {
		o.hold("L1", false, "after %d sweeps: %s", sweeps, why)
	}
}

// Known holds that an outcome is not unknown any more: L2.
func (o *Oracle) Known(id, status string) {
	o.hold("L2", status != "checking" && status != "approved" && status != "new", "%s stays %s", id, status)
}

// Disputed holds that a dispute is on its payment, open or not as it is at PayPal.
func (o *Oracle) Disputed(id, dispute string, open bool) string {
	for _, d := range o.payments[id].Disputes {
		if d.ID == dispute {
			if d.Open != open {
				return fmt.Sprintf("%s: dispute %s is open: %t", id, dispute, d.Open)
			}
			return ""
		}
	}
	return fmt.Sprintf("%s: dispute %s is not in the table", id, dispute)
}

// Same holds that a history has led to the same payment as every other one of the same
// events: I7. What it was called and when it was written do not count.
func (o *Oracle) Same(history, want, got string) {
	o.hold("I7", want == got, "history %s leads to %s, another one to %s", history, got, want)
}

// Projection is what a row tells of its payment, in an order of its own.
func (o *Oracle) Projection(id string) string {
	p := o.payments[id]
	var facts []string
	for _, a := range p.Attempts {
		facts = append(facts, fmt.Sprintf("order %s %s %t", a.Order, a.State, a.Superseded))
	}
	for _, c := range p.Captures {
		facts = append(facts, fmt.Sprintf("capture %s %s %s", c.ID, c.State, c.Amount))
	}
	for _, f := range p.Refunds {
		facts = append(facts, fmt.Sprintf("refund %s %s %s %s", f.ID, f.Own, f.State, f.Amount))
	}
	for _, d := range p.Disputes {
		facts = append(facts, fmt.Sprintf("dispute %s %t", d.ID, d.Open))
	}
	for _, e := range p.Entries {
		facts = append(facts, "entry "+string(e))
	}
	slices.Sort(facts)
	return strings.Join(facts, "; ")
}
