package main

import (
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// arrival leads a purchase to a status, with what its buyer then pays with approved.
type arrival struct {
	at    string
	play  func(w *world, b *buyer, f sim.Funding)
	taken bool // PayPal has done what the buyer approved, and has not been heard
}

// departure leads it on: what the buyer pays with, and what happens.
type departure struct {
	to   string
	with sim.Funding
	play func(w *world, b *buyer, from arrival)
}

var arrivals = []arrival{
	{at: "awaiting_approval", play: func(w *world, b *buyer, f sim.Funding) {
		w.run(b.create())
		b.approve(f)
	}},
	{at: "approved", play: func(w *world, b *buyer, f sim.Funding) {
		w.run(b.create())
		b.approve(f)
		w.unsent(b.capture())
	}},
	{at: "declined", play: func(w *world, b *buyer, f sim.Funding) {
		w.run(b.create())
		b.approve(sim.Declined)
		w.run(b.capture())
		time.Sleep(time.Minute)
		b.approve(f)
	}},
	{at: "checking", taken: true, play: func(w *world, b *buyer, f sim.Funding) {
		w.run(b.create())
		b.approve(f)
		w.unheard(b.capture())
	}},
}

var departures = []departure{
	{"approved", sim.Balance, func(w *world, b *buyer, _ arrival) { w.unsent(b.capture()) }},
	{"checking", sim.Balance, func(w *world, b *buyer, _ arrival) { w.unheard(b.capture()) }},
	{"captured", sim.Balance, func(w *world, b *buyer, _ arrival) { w.run(b.capture()) }},
	{"pending", sim.ECheck, func(w *world, b *buyer, _ arrival) { w.run(b.capture()) }},
	{"declined", sim.Bounced, func(w *world, b *buyer, _ arrival) { w.run(b.capture()) }},
	{"partially_refunded", sim.Balance, func(w *world, b *buyer, from arrival) { w.givenBack(b, from, 500) }},
	{"refunded", sim.Balance, func(w *world, b *buyer, from arrival) { w.givenBack(b, from, 0) }},
}

// passages are lives that chance seldom lives: one for each step of a payment from
// where it is taken to where it ends, and one for each thing that ends in two ways.
func passages() (all []life) {
	for _, from := range arrivals {
		for _, to := range departures {
			if from.at == to.to || from.taken && to.to == "approved" {
				continue
			}
			all = append(all, plain(from.at+" > "+to.to, func(w *world, b *buyer) {
				from.play(w, b, to.with)
				to.play(w, b, from)
			}))
		}
	}
	return append(all,
		plain("pending > captured", func(w *world, b *buyer) { w.pendingEnds(b, true) }),
		plain("pending > declined", func(w *world, b *buyer) { w.pendingEnds(b, false) }),
		plain("refund: pending > completed", func(w *world, b *buyer) { w.refundEnds(b, true) }),
		plain("refund: pending > failed", func(w *world, b *buyer) { w.refundEnds(b, false) }),
		passage("intent: none > failed", func(w *world, b *buyer) { w.cardFails(b) }),
		passage("intent: pending > completed", func(w *world, b *buyer) { w.transferInParts(b) }),
		passage("stripe-refund: pending > completed", func(w *world, b *buyer) { w.stripeRefundEnds(b, true) }),
		passage("stripe-refund: pending > failed", func(w *world, b *buyer) { w.stripeRefundEnds(b, false) }),
		passage("stripe-refund: completed > failed", func(w *world, b *buyer) { w.stripeRefundComesBack(b, true) }),
		settling("stripe-refund: completed > failed, and nobody tells", func(w *world, b *buyer) { w.stripeRefundComesBack(b, false) }),
		passage("ideal: chosen > stripe", func(w *world, b *buyer) { w.otherCarrier(b) }),
		plain("dispute: open > closed", func(w *world, b *buyer) { w.disputeEnds(b) }),
		passage("stripe-dispute: open > closed", func(w *world, b *buyer) { w.chargebackEnds(b) }),
		settling("stripe-dispute: none > open", func(w *world, b *buyer) { w.chargebackIsFound(b) }),
		settling("stripe-dispute: none > closed", func(w *world, b *buyer) { w.inquiryIsFound(b) }),
		settling("payout: none > on_its_way", func(w *world, b *buyer) { w.sends(b) }),
		settling("payout: none > arrived", func(w *world, b *buyer) { w.sends(b, true) }),
		settling("payout: none > failed", func(w *world, b *buyer) { w.sends(b, false) }),
		settling("payout: on_its_way > arrived", func(w *world, b *buyer) { w.sends(b, seen, true) }),
		settling("payout: on_its_way > failed", func(w *world, b *buyer) { w.sends(b, seen, false) }),
		settling("payout: arrived > failed", func(w *world, b *buyer) { w.sends(b, true, seen, false) }),
	)
}

func passage(name string, play func(*world, *buyer)) life {
	return life{name: "passage: " + name, seed: 1, play: func(w *world) { play(w, w.buyerOf(2)) }}
}

// settling is a passage that the settlement takes, and after which the books are closed.
func settling(name string, play func(*world, *buyer)) life {
	l := passage(name, play)
	l.settled, l.reads, l.account = true, true, true
	return l
}

// plain is a passage in a shop that uses PayPal alone.
func plain(name string, play func(*world, *buyer)) life {
	l := passage(name, play)
	l.only = seamPayPal
	return l
}

// unsent runs an invocation whose capture never reaches PayPal.
func (w *world) unsent(a *ask) {
	w.befallen(a, func(c call) fault {
		if c.String() == "paypal capture" {
			return wireDial
		}
		return ""
	})
}

// unheard runs one whose capture is done, and of which nothing is heard any more.
func (w *world) unheard(a *ask) {
	taken := false
	w.befallen(a, func(c call) fault {
		taken = taken || c.String() == "paypal capture"
		if taken && c.seam == seamPayPal {
			return wireCut
		}
		return ""
	})
}

// befallen runs an invocation whose calls go wrong as by says.
func (w *world) befallen(a *ask, by func(call) fault) {
	p := w.start(a)
	for p.moving() {
		w.step(p, verdict{fault: by(p.at)})
	}
}

// givenBack is a refund on PayPal's own pages before anybody here knows of the charge;
// 0 is all of it.
func (w *world) givenBack(b *buyer, from arrival, minor int64) {
	if !from.taken {
		w.dying(b.capture(), "paypal capture", after)
	}
	time.Sleep(time.Minute)
	w.must(w.paypal.RefundInDashboard(w.chargeOf(b), minor))
	w.sweepAll()
}

func (w *world) chargeOf(b *buyer) string { return w.paypal.Books().Charged(b.id)[0].ID }

// pendingEnds is a capture that PayPal decides later.
func (w *world) pendingEnds(b *buyer, arrives bool) {
	w.run(b.create())
	b.approve(sim.ECheck)
	w.run(b.capture())
	time.Sleep(time.Hour)
	w.must(w.paypal.SettlePending(w.chargeOf(b), arrives))
	w.sweepAll()
}

// refundEnds is a refund that the buyer's bank decides later.
func (w *world) refundEnds(b *buyer, arrives bool) {
	w.paid(b)
	w.befallen(w.refund(b.id, refundKey, 500), func(c call) fault {
		if c.String() == "paypal refund" {
			return paypalFault(sim.Pending)
		}
		return ""
	})
	time.Sleep(time.Hour)
	w.must(w.paypal.SettleRefund(w.paypal.Books().Refunds[0].ID, arrives))
	w.sweepAll()
}

// cardFails is a payment by card that was on its way and has failed before anybody asked.
func (w *world) cardFails(b *buyer) {
	b.method = "card"
	w.run(b.create())
	w.must(w.stripe.Process(b.page.order))
	w.must(w.stripe.Conclude(b.page.order, false))
	w.run(b.capture())
}

// transferInParts is a bank transfer of which a part arrives first; the buyer cannot turn
// to another way to pay any more.
func (w *world) transferInParts(b *buyer) {
	b.method = "bank_transfer"
	w.run(b.create())
	b.pays()
	w.run(b.capture())
	time.Sleep(20 * time.Hour)
	b.transfers(b.page, 1000)
	w.run(b.turns("paypal"))
	w.sweepAll()
	s, _ := w.session(b.page.order)
	b.transfers(b.page, s.Amount-1000)
	w.run(w.webhook(w.letter("checkout.session.async_payment_succeeded")))
}

// stripeRefundEnds is a refund that the buyer's bank decides later.
func (w *world) stripeRefundEnds(b *buyer, arrives bool) {
	b.method = "card"
	w.paid(b)
	w.returning(b, refundKey)
	time.Sleep(time.Hour)
	w.must(w.stripe.EndRefund(b.page.order, arrives))
	w.sweepAll()
}

// stripeRefundComesBack is one that had succeeded, and that the bank sends back days later,
// which a webhook tells or the account alone: the merchant is shown a payment for a person
// to look at, not money that went nowhere.
func (w *world) stripeRefundComesBack(b *buyer, told bool) {
	b.method = "card"
	w.paid(b)
	w.run(w.refund(b.id, refundKey, 500))
	time.Sleep(48 * time.Hour)
	if !told {
		w.run(w.settlement())
		w.sweepAll()
	}
	w.must(w.stripe.EndRefund(b.page.order, false))
	if told {
		w.run(w.webhook(w.letter("refund.failed")))
	}
}

// returning is a refund of ours that Stripe has sent and the buyer's bank has not taken yet.
func (w *world) returning(b *buyer, key string) {
	w.befallen(w.refund(b.id, key, 500), func(c call) fault {
		if c.String() == "stripe refund" {
			return stripeFault(stripesim.Pending)
		}
		return ""
	})
}

// otherCarrier is PayPal down for all who want to pay by iDEAL, until they are sent to
// Stripe; whoever wants PayPal itself waits.
func (w *world) otherCarrier(b *buyer) {
	b.method, b.country = "ideal", "NL"
	for n := range 3 {
		w.befallen(w.payerOf(3+n, "ideal").create(), func(c call) fault {
			if c.String() == "paypal create" {
				return paypalFault(sim.Unavailable)
			}
			return ""
		})
	}
	w.paid(b)
}

// disputeEnds is a dispute of which each word is heard.
func (w *world) disputeEnds(b *buyer) {
	w.paid(b)
	time.Sleep(time.Hour)
	dispute := w.complain(b.id, w.chargeOf(b))
	w.run(w.webhook(w.letter("CUSTOMER.DISPUTE.CREATED")))
	time.Sleep(time.Hour)
	w.resolve(dispute, "RESOLVED_SELLER_FAVOUR")
	w.run(w.webhook(w.letter("CUSTOMER.DISPUTE.RESOLVED")))
}

// chargebackEnds is a dispute at Stripe of which each word is heard: the money is gone with
// its first, and back with its last.
func (w *world) chargebackEnds(b *buyer) {
	b.method = "card"
	w.paid(b)
	time.Sleep(time.Hour)
	w.chargedBack(b, true)
	w.must(w.stripe.Escalate(b.page.order))
	w.run(w.webhook(w.letter("charge.dispute.created")))
	w.run(w.webhook(w.letter("charge.dispute.funds_withdrawn")))
	time.Sleep(time.Hour)
	w.must(w.stripe.AnswerDispute(b.page.order))
	w.run(w.webhook(w.letter("charge.dispute.updated")))
	w.must(w.stripe.Resolve(b.page.order, true))
	w.run(w.webhook(w.letter("charge.dispute.closed")))
	w.run(w.webhook(w.letter("charge.dispute.funds_reinstated")))
}

// chargebackIsFound is one of which nobody tells: it is found while it is open, and again
// when it is lost.
func (w *world) chargebackIsFound(b *buyer) {
	b.method = "card"
	w.paid(b)
	w.chargedBack(b, false)
	time.Sleep(time.Hour)
	w.run(w.settlement())
	time.Sleep(time.Hour)
	w.must(w.stripe.Resolve(b.page.order, false))
}

// inquiryIsFound is one that has moved no money and is over when it is found, beside a
// refund that was made by hand.
func (w *world) inquiryIsFound(b *buyer) {
	b.method = "card"
	w.paid(b)
	w.must(w.stripe.RefundInDashboard(b.page.order, 500))
	w.chargedBack(b, true)
	time.Sleep(time.Hour)
	w.must(w.stripe.Resolve(b.page.order, true))
}

// seen is the settlement that comes by while a payout is as it is.
const seen = "seen"

// sends is a payout whose bank has the money, true, or sends it back, false; what is sent
// back goes with the next one.
func (w *world) sends(b *buyer, happens ...any) {
	b.method = "card"
	w.paid(b)
	time.Sleep(50 * time.Hour)
	id := w.paysOut()
	time.Sleep(2 * time.Hour)
	for _, next := range happens {
		if arrived, ends := next.(bool); ends {
			w.must(w.stripe.EndPayout(id, arrived))
			continue
		}
		w.run(w.settlement())
	}
	if len(happens) > 0 && happens[len(happens)-1] == false {
		time.Sleep(time.Hour)
		w.paysOut()
		time.Sleep(2 * time.Hour)
	}
}
