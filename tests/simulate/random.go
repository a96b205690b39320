package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// swarm is what is wrong with the world in one random life: a few kinds of fault out
// of all there are, and when they come. They come in outages and bursts: a call that
// fails here and there finds the next one good, and proves little.
type swarm struct {
	*rand.Rand
	kinds  []fault
	calm   int // of a thousand calls, those that fail on a good day
	deadly int // of a thousand calls, those at which somebody dies
	deaf   int // of a hundred answers, those that nobody hears

	outage fault // the one that befalls every call it fits, for a while
	down   seam  // of one provider alone; empty: wherever it fits
	left   int   // calls that the outage lasts for
	burst  int   // calls that each fail in some way
}

// newSwarm draws the faults of a life.
func newSwarm(r *rand.Rand) *swarm {
	s := &swarm{Rand: r, calm: pick(r, 0, 5, 20, 60), deadly: pick(r, 0, 0, 5, 20, 50), deaf: pick(r, 0, 5, 20)}
	all := faults()
	for range pick(r, 0, 1, 2, 3, 5, 8) {
		s.kinds = append(s.kinds, all[r.IntN(len(all))])
	}
	return s
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// storm begins an outage or a burst now and then.
func (s *swarm) storm() {
	if len(s.kinds) == 0 || s.IntN(100) >= 12 {
		return
	}
	switch s.IntN(3) {
	case 0:
		s.outage, s.left, s.down = pick(s.Rand, s.kinds...), 5+s.IntN(40), ""
	case 1:
		// One provider takes no calls, or no call of it is answered, while the other works.
		s.outage, s.left, s.down = pick(s.Rand, wireDial, wireReset, wireCut), 40+s.IntN(80), pick(s.Rand, seamPayPal, seamStripe)
	default:
		s.burst = 2 + s.IntN(8)
	}
}

// verdict draws what becomes of a call.
func (s *swarm) verdict(c call) (v verdict) {
	if s.IntN(1000) < s.deadly {
		v.dies = pick(s.Rand, moments...)
	}
	switch {
	case s.left > 0:
		s.left--
		if s.outage.fits(c) && (s.down == "" || s.down == c.seam) {
			v.fault = s.outage
		}
	case s.burst > 0, s.IntN(1000) < s.calm:
		s.burst = max(0, s.burst-1)
		if fitting := s.fitting(c); len(fitting) > 0 {
			v.fault = pick(s.Rand, fitting...)
		}
	}
	return v
}

func (s *swarm) fitting(c call) (list []fault) {
	for _, kind := range s.kinds {
		if kind.fits(c) {
			list = append(list, kind)
		}
	}
	return list
}

// randomLife is the life of a seed.
func randomLife(seed int64) life {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	l := life{name: fmt.Sprintf("seed %d", seed), seed: seed, settled: true, warm: r.IntN(8) > 0, reads: r.IntN(6) == 0}
	l.account = l.reads && r.IntN(2) == 0
	l.play = func(w *world) {
		w.swarm = newSwarm(r)
		c := &crowd{world: w, Rand: r, elsewhere: l.reads}
		for n := range 1 + r.IntN(3) {
			c.buyers = append(c.buyers, w.payerOf(n, pick(r, "paypal", "paypal", "card", "bank_transfer", "ideal")))
		}
		for range 15 + r.IntN(30) {
			c.move()
		}
	}
	return l
}

// crowd is everybody who asks for something in a random life.
type crowd struct {
	*world
	*rand.Rand
	buyers    []*buyer
	elsewhere bool // things are done in the providers' dashboards as well
	refunds   int
}

// atOnce is how many may be on the way at one time.
const atOnce = 3

// move lets one thing happen: somebody who is on the way makes a call, somebody asks
// for something, or time passes.
func (c *crowd) move() {
	c.swarm.storm()
	var moving []*party
	for _, p := range c.parties {
		if p.moving() {
			moving = append(moving, p)
		}
	}
	if len(moving) == 0 && c.IntN(4) == 0 {
		time.Sleep(pick(c.Rand, time.Second, 20*time.Second, 2*time.Minute, 11*time.Minute, time.Hour, 3*time.Hour, 7*time.Hour))
		if c.elsewhere && c.IntN(6) == 0 {
			time.Sleep(26 * time.Hour) // until money may be paid out
		}
		return
	}
	if len(moving) < atOnce && (len(moving) == 0 || c.IntN(4) == 0) {
		if a := c.ask(); a != nil {
			a.deaf = a.deaf || c.IntN(100) < c.swarm.deaf
			moving = append(moving, c.start(a))
		}
	}
	if len(moving) == 0 {
		return
	}
	// Whoever is on the way goes on for a while: most invocations meet nobody.
	p := pick(c.Rand, moving...)
	for range pick(c.Rand, 1, 1, 2, 4, 30) {
		if !p.moving() {
			return
		}
		c.step(p, c.verdict(p))
	}
}

// ask is what somebody asks for next; nil where what happens is not a call of ours.
func (c *crowd) ask() *ask {
	b := pick(c.Rand, c.buyers...)
	switch n := c.IntN(100); {
	case n < 14:
		return c.sweep()
	case n < 18 && c.elsewhere:
		return c.settlement()
	case n < 36:
		return c.post()
	case b.id == "" || n < 40:
		return pick(c.Rand, b.create, b.create, b.create, b.createOther)()
	case n < 44:
		return b.asStranger(pick(c.Rand, b.capture, b.get, b.anotherWay)(), c.other(b))
	case n < 54:
		return c.refundOf(b)
	case n < 62 && c.elsewhere:
		c.dashboard(b)
		return nil
	case n < 64:
		w := c.paypal
		pick(c.Rand, func() { _ = w.Void(b.page.order) }, w.RevokeTokens, func() { _ = w.Cancel(b.page.order) })()
		return nil
	}
	return c.shopping(b)
}

// other is another buyer, or somebody who is nobody.
func (c *crowd) other(b *buyer) *buyer {
	if o := pick(c.Rand, c.buyers...); o != b && o.token != "" {
		return o
	}
	return &buyer{token: "c2lnbmVkLWJ5LW5vYm9keS1hbmQtZm9yLW5vdGhpbmc"}
}

// shopping is a buyer's next step.
func (c *crowd) shopping(b *buyer) *ask {
	switch c.IntN(10) {
	case 0:
		return b.get()
	case 1:
		return b.turns(pick(c.Rand, b.methods()...))
	case 2, 3, 4:
		if c.completes(b) && c.IntN(4) > 0 {
			return b.capture()
		}
		return nil
	}
	return b.capture()
}

// completes is what a buyer does on the page they were sent to last, or on one before it
// that is still open in another tab.
func (c *crowd) completes(b *buyer) bool {
	if len(b.pages) == 0 {
		return false
	}
	p := b.page
	if c.IntN(6) == 0 {
		p = pick(c.Rand, b.pages...)
	}
	if p.at == seamStripe {
		return c.pays(b, p)
	}
	funding := sim.Balance
	if c.IntN(3) == 0 {
		funding = pick(c.Rand, sim.Fundings()...)
	}
	return b.approveOn(p, funding)
}

// pays is what a buyer does on Stripe's page: a card passes, or is declined first, or is
// asked for by its bank; what takes its time is decided later. Of a transfer the money
// comes when the buyer is there again: all of it, a part or too much, or never.
func (c *crowd) pays(b *buyer, p page) bool {
	s, known := c.session(p.order)
	switch n := c.IntN(8); {
	case known && s.IntentStatus == "requires_action" && s.Status == "complete":
		if n > 1 {
			b.transfers(p, pick(c.Rand, s.Amount, s.Amount, s.Amount/2, s.Amount+500))
		}
		return true
	case s.IntentStatus == "processing":
		c.note("%s ends: %v", p.order, c.stripe.Conclude(p.order, n > 2))
		return true
	case n == 0:
		c.note("declined on %s: %v", p.order, c.stripe.Decline(p.order, "card_declined"))
		return false
	case n == 1:
		c.note("the bank asks on %s: %v", p.order, c.stripe.Challenge(p.order))
		return c.stripe.Authenticate(p.order, c.IntN(3) > 0) == nil
	case n == 2:
		c.note("on its way on %s: %v", p.order, c.stripe.Process(p.order))
		return true
	}
	return b.paysOn(p)
}

// post is a webhook: an event that nobody has heard, one that was heard before, or
// one that somebody has altered. One that is lost is not sent at all.
func (c *crowd) post() *ask {
	events := c.letters()
	if len(events) == 0 {
		return nil
	}
	e := pick(c.Rand, events...)
	switch waiting := c.undelivered(); {
	case c.IntN(12) == 0 && e.from == seamStripe:
		return pick(c.Rand, c.altered, c.replayed)(e)
	case c.IntN(12) == 0:
		return c.altered(e)
	case c.IntN(12) == 0:
		return c.lie(e)
	case c.IntN(8) == 0 || len(waiting) == 0:
		return c.webhook(e)
	default:
		return c.webhook(pick(c.Rand, waiting...))
	}
}

// lie is an event about no payment of ours, about none that there is, of a sort that
// nobody knows, or of an amount that nobody paid.
func (c *crowd) lie(e letter) *ask {
	of := c.webhook(e).payment
	if of == "" {
		return c.altered(e)
	}
	switch c.IntN(4) {
	case 0:
		return c.forged(e, of, "another-shop")
	case 1:
		return c.forged(e, of, of[:len(of)-1]+pick(c.Rand, "0", "1"))
	case 2:
		return c.forged(e, e.kind, "SOMETHING.NOBODY.KNOWS")
	}
	return c.forged(e, fmt.Sprintf("%d.50", bookPrice/100), "0.01")
}

// refundOf is a refund of the merchant's, or one asked for again.
func (c *crowd) refundOf(b *buyer) *ask {
	if c.refunds > 0 && c.IntN(3) == 0 {
		n := c.IntN(c.refunds)
		return c.world.refund(b.id, refundKeyOf(b, n), refundAmounts[n%len(refundAmounts)])
	}
	c.refunds++
	n := c.refunds - 1
	return c.world.refund(b.id, refundKeyOf(b, n), refundAmounts[n%len(refundAmounts)])
}

var refundAmounts = []int64{500, 0, 1250, 2000, 3750}

func refundKeyOf(b *buyer, n int) string { return fmt.Sprintf("%s-refund-%d", b.key, n) }
