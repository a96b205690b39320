package main

import (
	"slices"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// judgePayments holds every payment in the table against what PayPal has of it: charged
// once at the most, never given back more than was taken, none lost, and every row of
// it what it was.
func (j *judgement) judgePayments() {
	charges := map[string][]sim.Payment{}
	for _, c := range j.truth.Payments {
		if !j.ours(c.CustomID) {
			continue
		}
		if c.Gross > 0 || c.Pending > 0 {
			charges[c.CustomID] = append(charges[c.CustomID], c)
		}
	}
	for id, b := range j.buyers {
		switch taken := charges[id]; {
		case len(taken) > 1:
			j.differs("%s: charged %d times", id, len(taken))
		case len(taken) == 1:
			j.paid++
			j.judgeCharge(b, taken[0])
		default:
			j.judgeUnpaid(b)
		}
	}
}

// judgeUnpaid is a payment of which PayPal has taken nothing.
func (j *judgement) judgeUnpaid(b *buyer) {
	if b.told {
		j.differs("%s: the buyer was told that it is paid, and it is not", b.id)
	}
	p, _, ok := j.stored(b.id)
	if !ok {
		return // abandoned, and gone by now
	}
	switch status := payment.StatusOf(p); {
	case status == payment.StatusReview && slices.Equal(p.Doubts(), []payment.Doubtful{payment.DoubtGone}):
		j.left++ // approved, not captured within PayPal's six hours, and not yet seen by the merchant
	case status.Paid() || status == payment.StatusReview:
		j.differs("%s: %s %v, and PayPal has taken nothing", b.id, status, p.Doubts())
	}
}

// judgeCharge is a payment of which PayPal has taken money.
func (j *judgement) judgeCharge(b *buyer, truth sim.Payment) {
	if back := truth.Refunded + truth.Reversed + truth.ChargedBack; back > truth.Gross {
		j.differs("%s: %d %s taken and %d given back", b.id, truth.Gross, truth.Currency, back)
	}
	p, item, ok := j.stored(b.id)
	if !ok {
		j.differs("%s: PayPal has %d %s of it and we have no such payment", b.id, truth.Gross, truth.Currency)
		return
	}
	if len(p.Captures) != 1 || p.Captures[0].ID != truth.Capture {
		j.differs("%s: PayPal's capture is %s, ours are %v", b.id, truth.Capture, p.Captures)
	}
	if doubts := p.Doubts(); len(doubts) > 0 || !item.Due.IsZero() {
		j.differs("%s: not at its end: %s, %v, due %s", b.id, payment.StatusOf(p), doubts, item.Due)
	}
	of := func(currency string, count int64, what string, kinds ...payment.EntryKind) {
		got, err := p.Moved(money.Currency(currency), kinds...)
		if want := minor(currency, count); err != nil || got != want {
			j.differs("%s: its rows say %s %s, PayPal's statement %s %v", b.id, what, got, want, err)
		}
	}
	of(truth.Currency, truth.Net, "sale and fees", payment.EntrySale, payment.EntryFee)
	of(truth.Currency, -truth.Refunded, "refunds", payment.EntryRefund)
	of(truth.Currency, -truth.Reversed, "reversals", payment.EntryReversal)
	of(truth.Currency, -truth.ChargedBack, "chargebacks", payment.EntryChargeback, payment.EntryChargebackReversal)
	of(truth.Currency, -truth.ChargebackFee, "chargeback fees", payment.EntryChargebackFee)
	of(truth.HeldIn, -truth.Held, "holds", payment.EntryHold, payment.EntryRelease)
	if back, want := p.Returned(), minor(truth.Currency, truth.Refunded+truth.Reversed); back != want && truth.ChargebackFee == 0 {
		j.differs("%s: we say %s was given back, PayPal's statement %s", b.id, back, want)
	}
}
