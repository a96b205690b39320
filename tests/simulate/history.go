package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// story is the life of one payment, told by the events of which a history has each in some
// order. The table knows of none of it but how it begins.
type story struct {
	name   string
	events []string // in the order in which they happened
	live   func(w *world) (id string)
}

// stories are PayPal's and Stripe's six, and of what else Stripe tells what can come of one
// payment: together all that the shop's webhook listens to.
var stories = []story{
	{"PayPal", []string{
		"CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED",
		"CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED",
	}, func(w *world) string {
		b := w.buyerOf(2)
		w.run(b.create())
		b.approve(sim.Balance)
		w.dying(b.capture(), "paypal capture", after)
		charge := w.paypal.Books().Charges[0].ID
		time.Sleep(time.Hour)
		w.must(w.paypal.RefundInDashboard(charge, 500))
		dispute := w.complain(b.id, charge)
		w.must(w.paypal.UpdateDispute(dispute, "CHARGEBACK", time.Now().Add(240*time.Hour)))
		w.resolve(dispute, "RESOLVED_SELLER_FAVOUR")
		return b.id
	}},
	{"Stripe", []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "refund.created",
		"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
	}, func(w *world) string {
		b := w.payerOf(2, "bank_transfer")
		w.run(b.create())
		b.completes()
		time.Sleep(time.Hour)
		w.must(w.stripe.RefundInDashboard(b.page.order, 500))
		w.chargedBack(b, false)
		w.must(w.stripe.AnswerDispute(b.page.order))
		w.must(w.stripe.Resolve(b.page.order, false))
		return b.id
	}},
	{"Stripe, a chargeback that is won", []string{
		"charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "charge.dispute.closed",
	}, func(w *world) string {
		b := w.payerOf(2, "card")
		w.paid(b)
		time.Sleep(time.Hour)
		w.chargedBack(b, false)
		w.must(w.stripe.Resolve(b.page.order, true))
		return b.id
	}},
	{"Stripe, two refunds", []string{"refund.created", "refund.created", "refund.failed", "refund.updated"}, func(w *world) string {
		b := w.payerOf(2, "card")
		w.paid(b)
		for _, key := range []string{refundKey, refundKey + "b"} {
			w.returning(b, key)
			time.Sleep(time.Minute)
		}
		w.must(w.stripe.EndRefund(b.page.order, false))
		w.must(w.stripe.EndRefund(b.page.order, true))
		return b.id
	}},
	{"Stripe, a payment that fails", []string{"checkout.session.completed", "checkout.session.async_payment_failed"}, func(w *world) string {
		b := w.payerOf(2, "card")
		w.run(b.create())
		w.must(w.stripe.Process(b.page.order))
		w.must(w.stripe.Conclude(b.page.order, false))
		return b.id
	}},
	{"Stripe, nobody pays", []string{"checkout.session.expired"}, func(w *world) string {
		b := w.payerOf(2, "card")
		w.run(b.create())
		time.Sleep(25 * time.Hour)
		return b.id
	}},
}

// histories walks every history of a story's events in which each is heard once, in any
// order; one of them twice; or one of them never. What they have in common is told
// once: a history goes on where the one before it was, with the table as it was then; and
// two that have heard the same, in whichever order, and have left the very same table go
// on as one.
type histories struct {
	*world
	story  story
	id     string
	events []letter
	want   string         // what each of them has to lead to
	told   int            // histories told
	heard  []int          // the events of this one
	ends   map[string]int // how many histories go on from what was heard and the table
	whole  bool           // each is told to its end by itself
}

// begin is the payment as it is before anybody tells of it.
func (s story) begin(out io.Writer) *histories {
	h := &histories{world: newWorld(life{seed: 1, warm: true}, out), story: s, ends: map[string]int{}}
	h.id = s.live(h.world)
	for _, kind := range s.events {
		h.events = append(h.events, h.nextOf(kind))
	}
	return h
}

// nextOf is the first letter of a kind that is not among the events yet.
func (h *histories) nextOf(kind string) letter {
	all := h.letters()
	return all[slices.IndexFunc(all, func(l letter) bool {
		return l.kind == kind && !slices.ContainsFunc(h.events, func(e letter) bool { return e.id == l.id })
	})]
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
	return h.outcome(fmt.Sprintf("history %s, %d", h.story.name, first))
}

// hear lets an event be heard next, and then every other that may follow.
func (h *histories) hear(event int) {
	table, restore := h.table, h.oracle.Save()
	h.table = table.Fork(time.Now)
	h.heard = append(h.heard, event)
	h.run(h.webhook(h.events[event]))
	h.parties = nil // they are over: nobody asks for them again
	h.goOn()
	h.heard = h.heard[:len(h.heard)-1]
	h.table = table
	restore()
}

// goOn tells all histories that begin with what was heard, unless others have heard the
// same and come to the same table: these have told what follows.
func (h *histories) goOn() {
	at := h.state()
	if n, known := h.ends[at]; known && !h.whole {
		h.told += n
		return
	}
	before := h.told
	if h.complete() {
		h.judge()
	}
	for next := range h.events {
		if h.mayFollow(next) {
			h.hear(next)
		}
	}
	h.ends[at] = h.told - before
}

// state is what was heard, in no order, and every row as it stands; what a row's writes were
// called does not count.
func (h *histories) state() string {
	var text strings.Builder
	fmt.Fprintln(&text, slices.Sorted(slices.Values(h.heard)))
	for _, row := range h.table.Dump() {
		if kindOf(row.Key) != "prices" {
			fmt.Fprintf(&text, "%s %s %s %s\n", row.Key.Partition, row.Key.Sort, row.Due, row.Document)
		}
	}
	return text.String()
}

// complete reports whether the events heard are a history: all, all and one twice, or all
// but one.
func (h *histories) complete() bool {
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
