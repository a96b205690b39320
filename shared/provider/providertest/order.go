package providertest

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// orderCases: one intent is one order, and an order moves no money.
var orderCases = []testCase{
	{"OpenedForExactlyThis", openedForExactlyThis},
	{"TwiceIsOne", twiceIsOne},
	{"ManyAtOnceIsOne", manyAtOnceIsOne},
	{"AfterTheWindowTheFirstIsDead", afterTheWindowTheFirstIsDead},
	{"BuyerTurnsBack", buyerTurnsBack},
	{"NotForEver", notForEver},
	{"StrangeIDsAreNotSent", strangeIDsAreNotSent},
	{"StrangeMethodsAreNotSent", strangeMethodsAreNotSent},
}

func openedForExactlyThis(b *bench) {
	s := b.opens(b.plain)
	for what, got := range map[string]payment.Snapshot{"opened": s.opened, "looked at": b.look(s.id)} {
		if !got.Fits(s.payment()) || got.Provider != b.client.Name() || got.Account == "" || got.Missing {
			b.Errorf("%s it is %+v", what, got)
		}
		if got.State != payment.OrderWaiting || got.Approve == "" || got.Updated.IsZero() || len(got.Captures)+len(got.Refunds) > 0 {
			b.Errorf("%s it is %+v", what, got)
		}
		if !got.At.Equal(start) || got.SelfCompleting != s.opened.SelfCompleting {
			b.Errorf("%s it is %+v", what, got)
		}
	}
	b.stands(s, 0, 0, 0, 0)
}

// twiceIsOne: inside the window, to its last second, where the order lives as long.
func twiceIsOne(b *bench) {
	s := b.opens(b.plain)
	for _, wait := range []time.Duration{0, time.Minute, b.client.Window() - time.Minute - time.Second} {
		b.clock.move(wait)
		if again := b.create(s.Order); again.Order != s.id || again.Approve != s.opened.Approve {
			b.Errorf("asked for again, %s is %s", s.id, again.Order)
		}
	}
	s.Order.Attempt = 2
	if next := b.create(s.Order); next.Order == s.id {
		b.Error("another attempt has the order of the first")
	}
}

func manyAtOnceIsOne(b *bench) {
	o := b.intent(b.plain)
	done, failed := atOnce(many, func() (payment.Snapshot, error) { return b.client.CreateOrder(b.Context(), o) })
	for _, err := range failed {
		b.fails(err, provider.Look, provider.Retry)
	}
	for _, s := range append(done, b.create(o)) {
		if s.Order != done[0].Order {
			b.Errorf("%s and %s were opened for one intent", s.Order, done[0].Order)
		}
	}
}

// afterTheWindowTheFirstIsDead: who asks again then may get another order, so the first
// must not be one that somebody can still pay.
func afterTheWindowTheFirstIsDead(b *bench) {
	s := b.opens(b.plain)
	b.clock.move(b.client.Window())
	if again := b.create(s.Order); again.Order == s.id {
		return
	}
	if err := b.Pay(s.id, b.plain); err == nil {
		b.Error("the first order can be paid beside the second")
	}
	if got := b.look(s.id); !got.Missing && got.State != payment.OrderVoided {
		b.Errorf("the first order is %+v", got)
	}
}

func buyerTurnsBack(b *bench) {
	s := b.opens(b.plain)
	b.must(b.Leave(s.id))
	if got := b.look(s.id); got.State != payment.OrderWaiting || got.Approve == "" {
		b.Errorf("the buyer turned back, and it is %+v", got)
	}
	b.must(b.Pay(s.id, b.plain)) // and thought better of it
	_, err := b.takes(s)
	b.must(err)
	b.paidOnce(s)
}

// notForEver: what nobody pays is over some day, and told so.
func notForEver(b *bench) {
	s := b.opens(b.plain)
	b.clock.move(73 * time.Hour)
	if got := b.look(s.id); !got.Missing && got.State != payment.OrderVoided {
		b.Errorf("after three days it is %+v", got)
	}
	if err := b.Pay(s.id, b.plain); err == nil {
		b.Error("after three days it can be paid")
	}
}

// strangeIDs are put into paths and headers, and would reach other calls.
var strangeIDs = []string{"", "../../v1/account", "a/b", "a?b=c", "a#", "%2e%2e", "a\nb", "ü", " ", "a\x00"}

func strangeIDsAreNotSent(b *bench) {
	b.sends(0, func() {
		for _, id := range strangeIDs {
			_, err := b.client.Look(b.Context(), id)
			b.fails(err, provider.OurBug)
			_, err = b.client.Capture(b.Context(), provider.Capture{Order: id, RequestID: "good"})
			b.fails(err, provider.OurBug)
			_, err = b.client.Refund(b.Context(), provider.Refund{Capture: id, ID: "good-1", Amount: b.plain.Total})
			b.fails(err, provider.OurBug)
			if e, ok := b.client.(provider.Expirer); ok {
				_, err = e.Expire(b.Context(), id)
				b.fails(err, provider.OurBug)
			}
			_, err = b.client.(provider.Disputes).LookDispute(b.Context(), id)
			b.fails(err, provider.OurBug)
			b.isNobodys(b.client.(provider.Disputes).PaymentOfCapture, id)
			b.isNobodys(b.client.(provider.Reports).PaymentOf, id)
		}
	})
	s := b.buys(b.plain)
	b.sends(0, func() {
		for _, id := range strangeIDs[:len(strangeIDs)-1] {
			r := s.refund("r1", s.half())
			r.ID = id
			_, err := b.client.Refund(b.Context(), r)
			b.fails(err, provider.OurBug)
		}
	})
}

func (b *bench) isNobodys(ask func(context.Context, string) (string, error), id string) {
	b.Helper()
	if of, err := ask(b.Context(), id); of != "" || err != nil {
		b.Errorf("%q is of %q, %v", id, of, err)
	}
}

func strangeMethodsAreNotSent(b *bench) {
	b.sends(0, func() {
		for _, method := range []string{"", "cash", "PAYPAL", "card,alipay"} {
			o := b.intent(b.plain)
			o.Method = method
			_, err := b.client.CreateOrder(b.Context(), o)
			b.fails(err, provider.OurBug)
		}
	})
}
