package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// lifeCycle are the events that PayPal tells of one payment's life.
var lifeCycle = []string{
	"CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED",
	"CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED",
}

// histories walks every history of the six events in which each is heard once, in any
// order; one of them twice; or one of them never. What they have in common is told
// once: a history goes on where the one before it was, with the table as it was then.
type histories struct {
	*world
	id     string
	events []letter
	want   string // what each of them has to lead to
	told   int    // histories told
	heard  []int  // the events of this one
}

// open is a payment of which the table knows nothing but its order: the capture died,
// and all that came later was done elsewhere.
func openHistories(out io.Writer) *histories {
	h := &histories{world: newWorld(life{seed: 1, warm: true}, out)}
	b := h.buyerOf(2)
	h.run(b.create())
	b.approve(sim.Balance)
	h.dying(b.capture(), "paypal capture", after)
	h.id = b.id
	charge := h.paypal.Books().Charges[0].ID
	time.Sleep(time.Hour)
	h.must(h.paypal.RefundInDashboard(charge, 500))
	dispute := h.complain(b.id, charge)
	h.must(h.paypal.UpdateDispute(dispute, "CHARGEBACK", time.Now().Add(240*time.Hour)))
	h.resolve(dispute, "RESOLVED_SELLER_FAVOUR")
	for _, kind := range lifeCycle {
		h.events = append(h.events, h.letter(kind))
	}
	return h
}

// complain opens a dispute about a charge, and gives its id.
func (w *world) complain(payment, charge string) string {
	id, err := w.paypal.OpenDispute(charge, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	w.note("the buyer of %s complains: %v", payment, err)
	if err == nil {
		w.disputes[id] = claim{payment, true}
	}
	return id
}

// resolve ends a dispute.
func (w *world) resolve(id, outcome string) {
	w.must(w.paypal.ResolveDispute(id, outcome))
	w.note("dispute %s ends %s", id, outcome)
	w.disputes[id] = claim{w.disputes[id].payment, false}
}

// tell tells all histories that begin with the first event given.
func (h *histories) tell(first int) outcome {
	h.hear(first)
	return h.outcome(fmt.Sprintf("history %d", first))
}

// hear lets an event be heard next, and then every other that may follow.
func (h *histories) hear(event int) {
	table, restore := h.table, h.oracle.Save()
	h.table = table.Fork(time.Now)
	h.heard = append(h.heard, event)
	h.run(h.webhook(h.events[event]))
	h.parties = nil // they are over: nobody asks for them again
	if h.whole() {
		h.judge()
	}
	for next := range h.events {
		if h.mayFollow(next) {
			h.hear(next)
		}
	}
	h.heard = h.heard[:len(h.heard)-1]
	h.table = table
	restore()
}

// whole reports whether the events heard are a history: all, all and one twice, or all
// but one.
func (h *histories) whole() bool {
	distinct := len(slices.Compact(slices.Sorted(slices.Values(h.heard))))
	all := len(h.events)
	return distinct == all || distinct == all-1 && len(h.heard) == distinct
}

// mayFollow: one event may be heard twice.
func (h *histories) mayFollow(event int) bool {
	count := func(e int) (n int) {
		for _, heard := range h.heard {
			if heard == e {
				n++
			}
		}
		return n
	}
	twice := slices.ContainsFunc(h.heard, func(e int) bool { return count(e) > 1 })
	return count(event) == 0 || count(event) == 1 && !twice
}

// judge holds that this history has led where every other one has.
func (h *histories) judge() {
	h.told++
	got := h.oracle.Projection(h.id)
	if h.want == "" {
		h.want = got
		h.oracle.Settle(h.unsettled(), 0)
	}
	h.oracle.Same(fmt.Sprint(h.heard), h.want, got)
}
