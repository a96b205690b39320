package stripe

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// spoilers are faults that end in an answer at once, so that a life takes no time. Those
// that leave something done or open behind them are there more often.
var spoilers = []sim.Kind{
	sim.BadGatewayAfter, sim.EmptyBody, sim.CutBody, sim.WrongShape, sim.BadGatewayAfter, sim.EmptyBody, sim.CutBody, sim.WrongShape,
	sim.Pending, sim.Pending, sim.Pending, sim.Pending, sim.Pending, sim.Pending,
	sim.BadGatewayBefore, sim.BadGatewayAfter, sim.ErrorBefore, sim.StoredError, sim.ErrorAfter, sim.Unavailable, sim.EmptyBody, sim.CutBody,
	sim.WrongShape, sim.TwiceStatus, sim.KeyRefused, sim.Forbidden, sim.InProgress, sim.LockTimeout, sim.RateLimited, sim.Pending, sim.Redirected,
}

// chance is how many calls of a hundred go wrong.
const chance = 30

// life is one purchase that everybody does something to, in any order.
type life struct {
	*ears
	dice    *rand.Rand
	order   string
	payment payment.Payment
	asked   int               // refunds that were asked for
	open    []provider.Refund // of which the outcome is not known
}

// happenings are what may happen to a purchase. What is not possible is refused, and
// nothing has happened.
var happenings = []func(*life){
	func(l *life) { _ = l.sim.Pay(l.order, sim.Instrument{}) },
	func(l *life) { _ = l.sim.Process(l.order) },
	func(l *life) { _ = l.sim.Decline(l.order, "card_declined") },
	func(l *life) { _ = l.sim.Challenge(l.order) },
	func(l *life) { _ = l.sim.Authenticate(l.order, l.dice.IntN(2) == 0) },
	func(l *life) { _ = l.sim.Conclude(l.order, l.dice.IntN(3) > 0) },
	func(l *life) { _ = l.sim.Transfer(l.order, int64(1+l.dice.IntN(6000))) },
	func(l *life) { _ = l.sim.RefundInDashboard(l.order, int64(1+l.dice.IntN(900))) },
	func(l *life) { _ = l.sim.EndRefund(l.order, true) },
	func(l *life) { _ = l.sim.Dispute(l.order, "fraudulent", l.dice.IntN(2) == 0) },
	func(l *life) { _ = l.sim.Resolve(l.order, l.dice.IntN(2) == 0) },
	func(l *life) { l.advance(time.Duration(l.dice.IntN(300)) * time.Minute) },
	func(l *life) { _, _ = l.stripe.Expire(l.t.Context(), l.order) },
	(*life).look, (*life).look, (*life).hear,
	(*life).giveBack, (*life).giveBack, (*life).giveBack, (*life).giveBack, (*life).giveBack, (*life).giveBack,
}

func (l *life) look() {
	if s, err := l.stripe.Look(l.t.Context(), l.order); err == nil {
		l.payment = payment.Observe(l.payment, s)
	}
}

// giveBack asks for a refund, or again for one of which the outcome is not known.
func (l *life) giveBack() {
	if len(l.payment.Captures) == 0 || !l.payment.Captures[0].State.Done() {
		return
	}
	if len(l.open) == 0 {
		l.asked++
		l.open = []provider.Refund{{Capture: l.payment.Captures[0].ID, ID: testPayment + "-r" + strconv.Itoa(l.asked), Amount: eur(int64(1 + l.dice.IntN(900)))}}
	}
	r, err := l.stripe.Refund(l.t.Context(), l.open[0])
	switch {
	case err == nil:
		l.payment = payment.ObserveRefund(l.payment, r)
		l.open = nil
	case provider.ClassOf(err).Definite() && provider.ClassOf(err) != provider.Retry:
		if l.made(l.open[0].ID) {
			l.t.Errorf("%v, and the refund was made", err)
		}
		l.open = nil
	}
}

// made tells whether a refund of ours is among what a good look finds.
func (l *life) made(own string) bool {
	l.must(l.sim.Chaos(0))
	defer l.sim.Chaos(chance, spoilers...)
	for _, r := range l.world.look(l.order).Refunds {
		if r.Own == own {
			return true
		}
	}
	return false
}

// hear hears what is due, and looks where it is news.
func (l *life) hear() {
	for _, r := range l.rings() {
		if news, known := payment.News(l.payment, r.Says); news && known {
			l.look()
		}
	}
}

// TestAnyLife: whatever happens and whatever fails, once Stripe answers again the
// payment is what Stripe's own books say, and no refund was made twice.
func TestAnyLife(t *testing.T) {
	paid, dead, asked := 0, 0, 0
	for seed := range uint64(160) {
		l := newLife(t, seed)
		if l.dice.IntN(3) > 0 {
			happenings[l.dice.IntN(2)](l) // most buyers pay
		}
		for range 30 {
			happenings[l.dice.IntN(len(happenings))](l)
		}
		l.must(l.sim.Chaos(0))
		l.advance(48 * time.Hour) // keys are forgotten, and sessions over
		l.hear()
		l.look()
		asked += l.asked
		switch l.judge(seed) {
		case payment.StatusCaptured, payment.StatusPartiallyRefunded, payment.StatusRefunded:
			paid++
		case payment.StatusExpired, payment.StatusDeclined:
			dead++
		}
	}
	if paid < 60 || dead < 20 || asked < 120 {
		t.Errorf("only %d lives were paid, %d ended, and %d refunds were asked for", paid, dead, asked)
	}
}

func newLife(t *testing.T, seed uint64) *life {
	w := newWorldOf(t, int64(seed))
	method := []string{"card", "card", "alipay", "customer_balance"}[seed%4]
	s := w.open(method, eur(7500))
	p := payment.Payment{ID: testPayment, Quote: order(method, eur(7500)).Quote}.Begin(Name, method, s, w.now())
	l := &life{ears: w.listen(testSigning), dice: rand.New(rand.NewPCG(seed, 5)), order: s.Order, payment: p}
	w.must(w.sim.Chaos(chance, spoilers...))
	return l
}

// judge holds the payment against the books.
func (l *life) judge(seed uint64) payment.Status {
	status, books := payment.StatusOf(l.payment), l.sim.Sessions()[0]
	if got := l.payment.Paid().Minor; got != books.Received {
		l.t.Errorf("seed %d: %d was paid, the books have %d", seed, got, books.Received)
	}
	if got := l.payment.Returned().Minor; got != books.Refunded-books.Returning {
		l.t.Errorf("seed %d: %d was given back, the books have %d, of which %d is on its way", seed, got, books.Refunded, books.Returning)
	}
	own := map[string]bool{}
	for _, r := range l.payment.Refunds {
		if r.Own != "" && own[r.Own] {
			l.t.Errorf("seed %d: %s was made twice", seed, r.Own)
		}
		own[r.Own] = true
	}
	if status == payment.StatusReview {
		l.t.Errorf("seed %d: nothing contradicts itself, and it is in review: %v", seed, l.payment.Doubts())
	}
	if over := status == payment.StatusExpired || status == payment.StatusDeclined; over {
		if err := l.sim.Pay(l.order, sim.Instrument{}); err == nil {
			l.t.Errorf("seed %d: it is %s, and could be paid", seed, status)
		}
		_ = l.sim.Transfer(l.order, 7500)
		if l.sim.Sessions()[0].Received != 0 {
			l.t.Errorf("seed %d: it was %s, and took money", seed, status)
		}
	}
	_, err := l.stripe.Rows(context.Background(), testTime, l.now(), "")
	l.must(err)
	return status
}
