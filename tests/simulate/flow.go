package main

import (
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// flow is a short life around one invocation of one function, which is struck. All
// before it goes well; whoever asked comes again, or is gone and the sweep has to do.
type flow struct {
	name   string
	target int // the invocation that is struck
	play   func(w *world, again bool)
}

// flows are one for each function that can do anything about money.
var flows = []flow{
	{"create", 0, func(w *world, again bool) {
		b := w.buyerOf(1)
		if w.insist(again, time.Second, b.create) {
			b.approve(sim.Balance)
			w.insist(again, time.Second, b.capture)
		}
	}},
	{"capture", 1, func(w *world, again bool) {
		b := w.buyerOf(1)
		w.run(b.create())
		b.approve(sim.Balance)
		w.insist(again, time.Second, b.capture)
	}},
	{"attempt", 1, func(w *world, again bool) {
		b := w.buyerOf(1)
		w.run(b.create())
		if w.insist(again, time.Second, b.anotherWay) {
			b.approve(sim.Balance)
			w.insist(again, time.Second, b.capture)
		}
	}},
	{"refund", 2, func(w *world, again bool) {
		b := w.buyerOf(2)
		w.paid(b)
		w.insist(again, time.Second, func() *ask { return w.refund(b.id, refundKey, 500) })
	}},
	{"webhook", 1, func(w *world, again bool) {
		b := w.buyerOf(1)
		w.run(b.create())
		b.approve(sim.Balance)
		approved := w.undelivered()[0]
		w.insist(again, time.Minute, func() *ask { return w.webhook(approved) })
	}},
	{"sweep", 1, func(w *world, again bool) {
		b := w.buyerOf(1)
		w.run(b.create())
		b.approve(sim.Balance)
		w.until(w.due(b.id).Add(time.Second))
		w.insist(again, 5*time.Minute, w.sweep)
	}},
	{"create, Stripe", 0, func(w *world, again bool) {
		b := w.payerOf(1, "card")
		if w.insist(again, time.Second, b.create) {
			b.pays()
			w.insist(again, time.Second, b.capture)
		}
	}},
	{"capture, beside Stripe", 1, func(w *world, again bool) {
		b := w.buyerOf(1)
		w.run(b.create())
		b.approve(sim.Balance)
		w.insist(again, time.Second, b.capture)
	}},
	{"return, Stripe", 1, func(w *world, again bool) {
		b := w.payerOf(1, "card")
		w.run(b.create())
		b.pays()
		w.insist(again, time.Second, b.capture)
	}},
	{"attempt, Stripe to PayPal", 1, func(w *world, again bool) { w.turning(again, "card", "paypal") }},
	{"attempt, PayPal to Stripe", 1, func(w *world, again bool) { w.turning(again, "paypal", "card") }},
	{"attempt, Stripe to Stripe", 1, func(w *world, again bool) { w.turning(again, "card", "bank_transfer") }},
	{"attempt, a promised transfer", 1, func(w *world, again bool) {
		b := w.payerOf(1, "bank_transfer")
		w.run(b.create())
		b.pays()
		w.turned(again, b, "paypal")
	}},
	{"refund, Stripe", 2, func(w *world, again bool) {
		b := w.payerOf(2, "card")
		w.paid(b)
		w.insist(again, time.Second, func() *ask { return w.refund(b.id, refundKey, 500) })
	}},
	{"webhook, Stripe", 1, func(w *world, again bool) {
		b := w.payerOf(1, "card")
		w.run(b.create())
		b.pays()
		paid := w.undelivered()[0]
		w.insist(again, time.Minute, func() *ask { return w.webhook(paid) })
	}},
	{"sweep, Stripe", 1, func(w *world, again bool) {
		b := w.payerOf(1, "card")
		w.run(b.create())
		b.pays()
		w.until(w.due(b.id).Add(time.Second))
		w.insist(again, 5*time.Minute, w.sweep)
	}},
	{"settlement", 3, func(w *world, again bool) {
		b := w.buyerOf(2)
		w.paid(b)
		w.run(w.refund(b.id, refundKey, 500))
		time.Sleep(5 * time.Hour)
		w.insist(again, time.Hour, w.settlement)
	}},
	{"settlement, the first", 3, func(w *world, again bool) {
		b := w.buyerOf(2)
		w.paid(b)
		w.run(w.refund(b.id, refundKey, 500))
		time.Sleep(5 * time.Hour)
		w.insist(again, time.Hour, w.settlement)
	}},
	{"settlement, Stripe", 3, func(w *world, again bool) {
		w.eventful()
		w.insist(again, time.Hour, w.settlement)
	}},
	{"settlement, Stripe, the first", 3, func(w *world, again bool) {
		w.eventful()
		w.insist(again, time.Hour, w.settlement)
	}},
}

const refundKey = "key-of-a-refund-0000000000000001"

// paid is a purchase without incident.
func (w *world) paid(b *buyer) {
	w.run(b.create())
	b.completes()
	w.run(b.capture())
}

// eventful are some hours of Stripe's account with a bit of everything, of which the shop has
// heard of no more than the payment and a refund of its own.
func (w *world) eventful() {
	b := w.payerOf(2, "card")
	w.paid(b)
	w.run(w.refund(b.id, refundKey, 500))
	w.must(w.stripe.RefundInDashboard(b.page.order, 700))
	w.chargedBack(b, false)
	w.stripe.Charge("eur", -9000) // given back by Stripe: no payment's
	time.Sleep(3 * time.Hour)
	w.paysOut()
	time.Sleep(2 * time.Hour)
}

// turning is a buyer who turns from one way to pay to another before having paid.
func (w *world) turning(again bool, from, to string) {
	b := w.payerOf(1, from)
	w.run(b.create())
	w.turned(again, b, to)
}

// turned is the turn itself. On both pages the buyer then tries to pay.
func (w *world) turned(again bool, b *buyer, to string) {
	turned := w.insist(again, time.Second, func() *ask { return b.turns(to) })
	for _, p := range b.pages {
		b.completesOn(p)
	}
	if turned {
		w.insist(again, time.Second, b.capture)
	}
}

// insist asks until there is an answer that says something, three times at most. One
// who does not come again leaves it to the sweep, or to the next settlement. It reports
// whether whoever asked may go on.
func (w *world) insist(again bool, pause time.Duration, make func() *ask) bool {
	for range 3 {
		p := w.run(make())
		if p.done && !p.deaf && p.reply.status < 500 && p.reply.status != 202 {
			return true
		}
		if !again {
			w.recover(p)
			return false
		}
		time.Sleep(pause)
	}
	return false
}

// recover is what comes by itself after an invocation whose client is gone.
func (w *world) recover(p *party) {
	if p.function == "settlement" {
		time.Sleep(time.Hour)
		w.run(w.settlement())
		return
	}
	w.sweepAll()
}

// sweepAll lets the due of every payment come, and the sweep run.
func (w *world) sweepAll() {
	last := time.Now()
	for _, id := range w.oracle.Payments() {
		if due := w.due(id); due.After(last) {
			last = due
		}
	}
	w.until(last.Add(time.Second))
	w.run(w.sweep())
}

// life is one run of the simulation, by a name of its own.
type life struct {
	name    string
	seed    int64
	strikes []strike
	play    func(w *world)
	settled bool // the accounts were read before, while they were empty
	warm    bool // containers are kept
	only    seam // the one provider that the shop uses; empty: both
	reads   bool // the settlement runs while all heals
	account bool // and the books of the accounts are closed in the end
}

// live plays a life to its end, and lets it heal.
func (l life) live(w *world) {
	l.play(w)
	w.heal(l.reads)
	if l.account {
		w.closeBooks()
	}
}

// closeBooks lets the accounts be read to yesterday's end, with every row in it, and
// holds them against the accounts themselves.
func (w *world) closeBooks() {
	time.Sleep(30 * time.Hour)
	w.run(w.settlement())
	time.Sleep(30 * time.Hour)
	w.run(w.sweep())
	w.oracle.Settle(w.unsettled(), w.sweeps)
	w.oracle.Accounts(w.rows)
}

// ways are whether whoever asked comes again, or is gone. The schedule always comes
// again.
func (f flow) ways() []bool {
	if f.settles() {
		return []bool{true}
	}
	return []bool{true, false}
}

// only is the one provider that the flow's shop uses; "" is both. In a shop without Stripe a
// capture is sent as soon as the order is approved, and in the other it is written down first.
func (f flow) only() seam {
	switch {
	case !strings.Contains(f.name, "Stripe") && !strings.Contains(f.name, "transfer"):
		return seamPayPal
	case f.settles():
		return seamStripe
	}
	return ""
}

func (f flow) settles() bool { return strings.HasPrefix(f.name, "settlement") }

// first reports whether the accounts are read for the first time.
func (f flow) first() bool { return strings.HasSuffix(f.name, "the first") }

// disturbed is a flow with strikes.
func (f flow) disturbed(name string, again bool, strikes ...strike) life {
	if again {
		name += ", comes again"
	} else {
		name += ", is gone"
	}
	return life{
		name: f.name + ": " + name, seed: 1, strikes: strikes, settled: f.settles() && !f.first(), only: f.only(),
		reads: f.settles(), account: f.settles() && len(strikes) < 2, // two deaths differ in nothing that closing the books would show
		play: func(w *world) { f.play(w, again) },
	}
}
