package main

import (
	"fmt"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// dashboard is what the merchant, a buyer or a provider does on the providers' own pages.
func (c *crowd) dashboard(b *buyer) {
	for _, charge := range c.paypal.Books().Charged(b.id) {
		switch c.IntN(5) {
		case 0:
			c.note("refund in the dashboard: %v", c.paypal.RefundInDashboard(charge.ID, pick(c.Rand, refundAmounts...)))
		case 1:
			c.note("reversal: %v", c.paypal.Reverse(charge.ID))
		case 2:
			c.complain(b.id, charge.ID)
		default:
			c.decide(b)
		}
	}
	for _, s := range c.stripe.Sessions() {
		if s.Reference == b.id && s.IntentStatus == "succeeded" {
			c.desk(b, s)
		}
	}
	if c.IntN(4) == 0 {
		c.bank()
	}
}

// decide takes a dispute of a buyer's at PayPal on, or to its end.
func (c *crowd) decide(b *buyer) {
	for n := range len(c.disputes) {
		id := fmt.Sprintf("PP-D-%d", 27803+n)
		if d := c.disputes[id]; d.payment == b.id && d.open {
			if c.IntN(3) == 0 {
				c.note("dispute %s goes on: %v", id, c.paypal.UpdateDispute(id, "CHARGEBACK", time.Now().Add(240*time.Hour)))
				return
			}
			c.resolve(id, pick(c.Rand, "RESOLVED_BUYER_FAVOUR", "ACCEPTED", "RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER"))
			return
		}
	}
}

// desk is what happens at Stripe to what a buyer has paid: money given back by hand, and the
// buyer's bank, which asks, takes the money, hears the merchant and decides, and takes a
// refund or sends it back, also one that had succeeded.
func (c *crowd) desk(b *buyer, s stripesim.Session) {
	switch c.IntN(8) {
	case 0, 1:
		amount := pick(c.Rand, refundAmounts...)
		if amount == 0 {
			amount = s.Amount - s.Refunded
		}
		c.note("refund in Stripe's dashboard: %v", c.stripe.RefundInDashboard(s.ID, amount))
	case 2, 3:
		c.note("the buyer of %s complains at the bank: %v", b.id, c.stripe.Dispute(s.ID, "fraudulent", c.IntN(3) == 0))
	case 4:
		c.note("the merchant answers: %v", c.stripe.AnswerDispute(s.ID))
	case 5:
		c.note("the bank takes the money: %v", c.stripe.Escalate(s.ID))
	case 6:
		c.note("a refund ends: %v", c.stripe.EndRefund(s.ID, c.IntN(2) == 0))
	default:
		c.note("the bank decides: %v", c.stripe.Resolve(s.ID, c.IntN(2) == 0))
	}
	c.oracle.Books()
}

// bank is what happens between Stripe's account and the merchant's bank, and rows there that
// are no payment's.
func (c *crowd) bank() {
	switch sent := c.stripe.Payouts(); {
	case c.IntN(3) == 0:
		c.stripe.Charge("eur", pick(c.Rand, int64(199), -5000))
	case len(sent) > 0 && c.IntN(2) == 0:
		c.note("a payout ends: %v", c.stripe.EndPayout(pick(c.Rand, sent...).ID, c.IntN(3) > 0))
	case c.IntN(4) == 0:
		id, err := c.stripe.PayOutByHand("eur", 1000)
		c.note("the merchant sends %s: %v", id, err)
	default:
		id, amount := c.stripe.PayOut("eur")
		c.note("Stripe sends %d by %s", amount, id)
	}
}

// chargedBack is a buyer who has complained at the bank that issued the card: an inquiry, or a chargeback,
// which takes the money.
func (w *world) chargedBack(b *buyer, inquiry bool) {
	w.must(w.stripe.Dispute(b.page.order, "fraudulent", inquiry))
}

// paysOut sends what there is to the merchant's bank, and gives the payout's id.
func (w *world) paysOut() string {
	id, amount := w.stripe.PayOut("eur")
	w.note("Stripe sends %d by %s", amount, id)
	return id
}
