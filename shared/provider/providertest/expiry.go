package providertest

import (
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// expiryCases: what takes the buyer's money by itself can be made to take none, and is
// dead only where nobody can pay it any more.
var expiryCases = []testCase{
	{"OnlyWhatCompletesNeedsIt", onlyWhatCompletesNeedsIt},
	{"Open", func(b *bench) { b.expires(openOrder) }},
	{"Paid", func(b *bench) { b.expires(paidOrder) }},
	{"OnItsWay", func(b *bench) { b.expires(lateOrder) }},
	{"Promised", func(b *bench) { b.expires(promisedOrder) }},
	{"Unknown", expiresUnknown},
}

func onlyWhatCompletesNeedsIt(b *bench) {
	_, expires := b.client.(provider.Expirer)
	for _, p := range b.subject.Purchases {
		if s := b.opens(p); s.opened.SelfCompleting != expires {
			b.Errorf("an order for %s takes the money by itself: %t, and can be ended: %t", p.System, s.opened.SelfCompleting, expires)
		}
	}
}

// ending is an order that is to be ended, and what comes of it.
type ending struct {
	begin func(b *bench) sale
	dead  bool
	after func(b *bench, s sale) error // what would pay it afterwards
}

var (
	openOrder = ending{
		func(b *bench) sale { return b.opens(b.plain) }, true,
		func(b *bench, s sale) error { return b.Pay(s.id, s.Purchase) },
	}
	paidOrder = ending{
		func(b *bench) sale { return b.buys(b.plain) }, false,
		func(b *bench, s sale) error { return nil },
	}
	lateOrder = ending{
		func(b *bench) sale { s := b.opens(b.plain); b.must(b.PayLate(s.id)); return s }, false,
		func(b *bench, s sale) error { return b.Conclude(s.id, true) },
	}
	promisedOrder = ending{
		(*bench).promised, true,
		func(b *bench, s sale) error { return b.Conclude(s.id, true) },
	}
)

// expires ends an order and holds that it is told as dead exactly where it is.
func (b *bench) expires(e ending) {
	expirer, ok := b.client.(provider.Expirer)
	if !ok {
		return // its orders wait for a capture, and need no end: OnlyWhatCompletesNeedsIt
	}
	s := e.begin(b)
	for range 2 { // it may be repeated
		got, err := expirer.Expire(b.Context(), s.id)
		b.must(err)
		if dead := payment.MaySwitch(payment.Observe(s.payment(), got)); dead != e.dead {
			b.Errorf("it is told as dead: %t, want %t: %+v", dead, e.dead, got)
		}
	}
	paid := e.after(b, s)
	switch {
	case e.dead:
		b.stands(s, 0, 0, 0, 0)
	case paid != nil:
		b.Errorf("it is not dead, and cannot be paid: %v", paid)
	default:
		b.captured(s, payment.Completed)
		b.paidOnce(s)
	}
}

func expiresUnknown(b *bench) {
	expirer, ok := b.client.(provider.Expirer)
	if !ok {
		return
	}
	got, err := expirer.Expire(b.Context(), another(b.opens(b.plain).id))
	if err != nil || !got.Missing {
		b.Errorf("it is %+v, %v", got, err)
	}
}
