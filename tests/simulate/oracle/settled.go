package oracle

import (
	"fmt"
	"slices"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// Ended sees the end of every invocation, however it ended: whatever PayPal has done
// for this shop and the table does not know yet has a due that will find it.
func (o *Oracle) Ended(function string) {
	books := o.paypal.Books()
	for id, p := range o.payments {
		why := p.misses(books)
		o.hold("I11", why == "" || !p.due.IsZero(), "%s has no due after %s: %s", id, function, why)
	}
	for _, order := range o.paypal.Orders() {
		moves := order.Status == "APPROVED" || order.Status == "COMPLETED"
		o.hold("I11", !moves || o.knowsOrder(order.ID), "PayPal's order %s is %s and the table does not know it", order.ID, order.Status)
	}
}

// misses is what of the calls of this shop the row does not know; "" where all is known.
func (p payment) misses(books sim.Books) string {
	for _, c := range books.Charged(p.ID) {
		if !slices.ContainsFunc(p.Captures, func(m movement) bool { return m.ID == c.ID }) {
			return "charge " + c.ID + " is not known"
		}
		for _, f := range books.Refunds {
			if f.Charge == c.ID && f.Origin == sim.ByCall && !slices.ContainsFunc(p.Refunds, func(m movement) bool { return m.ID == f.ID }) {
				return "refund " + f.ID + " is not known"
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
// what its merchant is told. Where PayPal has told a lie, a person may have to look.
func (o *Oracle) Unsettled(id, status string, lied bool) string {
	p, known := o.payments[id]
	if !known {
		return id + " is not in the table"
	}
	if status == "review" && (lied || o.lost(id) || o.overtaken(p)) {
		return ""
	}
	books := o.paypal.Books()
	if status == "expired" && lied && len(books.Charged(id)) == 0 {
		return "" // PayPal has said that there is no such order: nobody is charged for it
	}
	if why := p.differs(books); why != "" {
		return id + ": " + why
	}
	for _, r := range p.Reserved {
		sent := slices.ContainsFunc(books.Refunds, func(f sim.Refund) bool { return f.CustomID == r.ID && f.Amount == minor(r.Amount) })
		if !sent && r.Refused == nil {
			return "the refund " + r.ID + " is reserved and was never sent"
		}
	}
	for _, order := range o.paypal.Orders() {
		if order.CustomID == id && order.Status == "APPROVED" && !order.Expired && p.live(order.ID) && status != "declined" {
			return fmt.Sprintf("%s: order %s is approved and not charged; it is told to be %s", id, order.ID, status)
		}
	}
	if want := expected(books, id); !slices.Contains(want, status) {
		return fmt.Sprintf("%s is told to be %s; by PayPal's books it is %s", id, status, strings.Join(want, " or "))
	}
	return ""
}

// lost: an order that its buyer had approved has come to its end before anybody could
// take the money.
func (o *Oracle) lost(id string) bool {
	return slices.ContainsFunc(o.paypal.Orders(), func(order sim.Order) bool {
		return order.CustomID == id && o.approved[order.ID] && (order.Expired || order.Status == "VOIDED")
	})
}

// overtaken: what a reserved refund was to give back, somebody else has given back.
func (o *Oracle) overtaken(p payment) bool {
	books := o.paypal.Books()
	for _, c := range books.Charged(p.ID) {
		left := c.Amount - sum(books.Refunded(c.ID))
		for _, r := range p.Reserved {
			sent := slices.ContainsFunc(books.Refunds, func(f sim.Refund) bool { return f.CustomID == r.ID })
			if !sent && r.Refused == nil && minor(r.Amount) > left {
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

// expected is what a merchant may be told, by PayPal's books alone.
func expected(books sim.Books, id string) []string {
	var taken, back int64
	waits, bounced := false, false
	for _, c := range books.Charges {
		if c.CustomID != id {
			continue
		}
		waits, bounced = waits || c.State == "PENDING", bounced || c.State == "DECLINED"
		if c.State == "COMPLETED" {
			taken += c.Amount
		}
		for _, f := range books.Refunds {
			if f.Charge == c.ID && f.State == "COMPLETED" {
				back += f.Amount
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
	case waits:
		return []string{"pending"}
	}
	return []string{"declined", "awaiting_approval", "expired"}
}

// differs says where the row and PayPal's books disagree about what has moved.
func (p payment) differs(books sim.Books) string {
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
	for _, c := range books.Charged(p.ID) {
		if c.State == "COMPLETED" {
			theirs = append(theirs, fmt.Sprintf("captured %s %d", c.ID, c.Amount))
		}
		for _, f := range books.Refunded(c.ID) {
			if f.State == "COMPLETED" {
				theirs = append(theirs, fmt.Sprintf("refunded %s %d", f.ID, f.Amount))
			}
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		return fmt.Sprintf("the table has %v, PayPal's books have %v", ours, theirs)
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
