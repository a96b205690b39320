package main

import (
	"fmt"
	"net/http"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// oneDay is the unit of what happens after a purchase.
const oneDay = 24 * time.Hour

// lives are what may become of a payment's money. Buyers take turns, so that a small
// year has one of each; with the others nothing more happens.
var lives = []func(*buyer){
	(*buyer).refundPart, (*buyer).refundWhole, (*buyer).refundTwice, (*buyer).refundPending,
	(*buyer).refundPartInDashboard, (*buyer).refundInDashboard,
	(*buyer).reverse, (*buyer).loseDispute, (*buyer).winBack, (*buyer).winDispute,
	(*buyer).hold, (*buyer).holdUnderReview,
	(*buyer).correctFeeInPlace, (*buyer).refundFee, (*buyer).chargeFee, (*buyer).authorise,
}

// everyLife is after how many buyers the lives begin anew: a third of all has one.
const everyLife = 47

func (b *buyer) liveOn() {
	if n := b.number % everyLife; n < len(lives) {
		// Next year's first buyer of a life is another's in another currency.
		lives[(n+b.number/everyLife)%len(lives)](b)
	}
}

// withCapture does something with the payment's money after a while, where there is some
// by then. Declined and abandoned ones have none.
func (b *buyer) withCapture(after time.Duration, do func(c payment.Capture)) {
	b.in(after, func() {
		if c, ok := b.capture(); ok {
			do(c)
		}
	})
}

// refund asks the merchant's route for one, and again where the outcome is not known.
func (b *buyer) refund(minor int64, name string) {
	key := fmt.Sprintf("key-of-a-refund-that-nobody-guesses-%s-%012d", name, b.number)
	body := fmt.Sprintf(`{"amount":{"currency":"%s","minor":%d},"reason":"requested_by_buyer"}`, b.currency, minor)
	r := b.ask(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", body, map[string]string{"Idempotency-Key": key})
	if r.code == http.StatusAccepted || r.code >= http.StatusInternalServerError {
		b.tries++
		if b.tries < 2*patience {
			b.in(10*time.Minute, func() { b.refund(minor, name) })
		}
	}
}

// share is a part of what was captured that PayPal can give back.
func share(c payment.Capture, of int64) int64 {
	minor := c.Amount.Minor / of
	if whole[string(c.Amount.Currency)] {
		minor -= minor % 100
	}
	return max(minor, 1)
}

func (b *buyer) refundPart() {
	b.withCapture(3*oneDay, func(c payment.Capture) { b.refund(share(c, 3), "part") })
}

func (b *buyer) refundWhole() {
	b.withCapture(5*oneDay, func(c payment.Capture) { b.refund(c.Amount.Minor, "whole") })
}

func (b *buyer) refundTwice() {
	b.withCapture(time.Hour, func(c payment.Capture) { b.refund(share(c, 4), "one") })
	b.withCapture(9*oneDay, func(c payment.Capture) { b.refund(share(c, 4), "two") })
}

// refundPending is a refund that is days on its way, and fails or does not.
func (b *buyer) refundPending() {
	b.withCapture(2*oneDay, func(c payment.Capture) {
		if err := b.paypal.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund}); err != nil {
			b.mustNot(err)
		}
		b.refund(share(c, 2), "pending")
	})
	b.in(6*oneDay, func() {
		p, _, _ := b.stored(b.id)
		for _, r := range p.Refunds {
			_ = b.paypal.SettleRefund(r.ID, b.number%2 == 0)
		}
	})
}

func (b *buyer) refundPartInDashboard() {
	b.withCapture(4*oneDay, func(c payment.Capture) { _ = b.paypal.RefundInDashboard(c.ID, b.units(share(c, 5))) })
}

func (b *buyer) refundInDashboard() {
	b.withCapture(7*oneDay, func(c payment.Capture) { _ = b.paypal.RefundInDashboard(c.ID, 0) })
}

func (b *buyer) reverse() {
	b.withCapture(12*oneDay, func(c payment.Capture) { _ = b.paypal.Reverse(c.ID) })
}

// dispute is one that ends so, and what comes after it.
func (b *buyer) dispute(outcome string, then func(id string)) {
	b.withCapture(10*oneDay, func(c payment.Capture) {
		id, err := b.paypal.OpenDispute(c.ID, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
		if err != nil {
			return // the money never came
		}
		b.in(4*oneDay, func() {
			if err := b.paypal.ResolveDispute(id, outcome); err != nil {
				b.mustNot(err)
			}
			then(id)
		})
	})
}

func (b *buyer) loseDispute() { b.dispute("RESOLVED_BUYER_FAVOUR", func(string) {}) }
func (b *buyer) winDispute()  { b.dispute("RESOLVED_SELLER_FAVOUR", func(string) {}) }

// winBack is a chargeback that an appeal undoes.
func (b *buyer) winBack() {
	b.dispute("RESOLVED_BUYER_FAVOUR", func(id string) {
		b.in(8*oneDay, func() {
			if err := b.paypal.ReverseChargeback(id); err != nil {
				b.mustNot(err)
			}
		})
	})
}

// hold withholds a payment's money for a while.
func (b *buyer) holdFor(code string) {
	b.withCapture(oneDay, func(c payment.Capture) {
		row, err := b.paypal.Hold(code, c.ID, "", 0)
		if err != nil {
			return // nothing is left to be withheld
		}
		b.in(10*oneDay, func() {
			if err := b.paypal.Release(row); err != nil {
				b.mustNot(err)
			}
		})
	})
}

func (b *buyer) hold()            { b.holdFor("T2107") }
func (b *buyer) holdUnderReview() { b.holdFor("T2105") }

// fee lets PayPal change its mind about a fee; by is in hundredths of it. Only what is
// corrected within the month that is read again has to be seen in the sale's own row.
func (b *buyer) fee(by int64, inPlace bool) {
	b.withCapture(6*oneDay, func(c payment.Capture) {
		fee := b.units(c.Fee.Minor) * by / 100
		if fee <= b.units(c.Amount.Minor) {
			_ = b.paypal.CorrectFee(c.ID, max(fee, 0), inPlace)
		}
	})
}

func (b *buyer) correctFeeInPlace() { b.fee(60, true) }
func (b *buyer) refundFee()         { b.fee(50, false) }
func (b *buyer) chargeFee()         { b.fee(150, false) }

func (b *buyer) authorise() {
	b.withCapture(time.Hour, func(c payment.Capture) { _ = b.paypal.Authorise(c.ID) })
}

// units are minor units of a buyer's currency as PayPal counts them.
func (b *buyer) units(minor int64) int64 { return minor / perUnit(b.currency) }

// perUnit is how many minor units PayPal's smallest unit of a currency has.
func perUnit(currency string) int64 {
	if whole[currency] {
		return 100
	}
	return 1
}
