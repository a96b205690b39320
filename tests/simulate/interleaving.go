package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// situation is a state of affairs in which several may ask at once.
type situation struct {
	name    string
	settled bool
	only    seam // the one provider that the shop uses; empty: both
	begin   func(w *world, b *buyer)
	asks    []question
	meet    func(one, other string) bool // which of them are played against each other; nil is all
	then    func(w *world, b *buyer)     // what follows; nil is nothing
}

// question is one invocation that may be asked for in a situation.
type question struct {
	name string
	ask  func(w *world, b *buyer) *ask
}

var (
	asksCreate     = question{"create", func(_ *world, b *buyer) *ask { return b.create() }}
	asksCapture    = question{"capture", func(_ *world, b *buyer) *ask { return b.capture() }}
	asksAttempt    = question{"attempt", func(_ *world, b *buyer) *ask { return b.anotherWay() }}
	asksRefund     = question{"refund", func(w *world, b *buyer) *ask { return w.refund(b.id, refundKey, 2000) }}
	asksMoreRefund = question{"another refund", func(w *world, b *buyer) *ask { return w.refund(b.id, refundKey+"b", 2000) }}
	asksWebhook    = question{"webhook", func(w *world, _ *buyer) *ask { return w.webhook(w.news()) }}
	asksDispute    = question{"dispute", func(w *world, _ *buyer) *ask { return w.webhook(w.lastly("charge.dispute.created")) }}
	asksSweep      = question{"sweep", func(w *world, _ *buyer) *ask { return w.sweep() }}
	asksCard       = question{"card instead", func(_ *world, b *buyer) *ask { return b.turns("card") }}
	asksPayPal     = question{"PayPal instead", func(_ *world, b *buyer) *ask { return b.turns("paypal") }}
	paysNow        = question{"the buyer pays", func(_ *world, b *buyer) *ask { return b.acts(b.page, nil) }}
	transferComes  = question{"the transfer arrives", func(_ *world, b *buyer) *ask { return b.transfer(b.page) }}
	paysAndReturns = question{"the buyer approves and returns", func(_ *world, b *buyer) *ask { return b.acts(b.page, b.capture()) }}
	asksSettlement = question{"settlement", func(w *world, _ *buyer) *ask { return w.settlement() }}
)

// situations are those in which each of the functions has something to do.
var situations = []situation{
	{name: "nothing yet", only: seamPayPal, begin: func(*world, *buyer) {}, asks: []question{asksCreate}},
	{name: "offered", only: seamPayPal, begin: func(w *world, b *buyer) {
		w.run(b.create())
		w.until(w.due(b.id).Add(time.Second))
	}, asks: []question{asksCapture, asksAttempt, asksSweep}},
	{name: "approved", settled: true, begin: func(w *world, b *buyer) {
		w.run(b.create())
		b.approve(sim.Balance)
		w.until(w.due(b.id).Add(time.Second))
	}, asks: []question{asksCreate, asksCapture, asksAttempt, asksWebhook, asksSweep, asksSettlement}},
	{name: "charged, and not known", only: seamPayPal, settled: true, begin: func(w *world, b *buyer) {
		w.run(b.create())
		b.approve(sim.Balance)
		w.dying(b.capture(), "paypal capture", after)
		time.Sleep(5 * time.Hour)
	}, asks: []question{asksCapture, asksAttempt, asksWebhook, asksSweep, asksSettlement}},
	{name: "paid", only: seamPayPal, settled: true, begin: func(w *world, b *buyer) {
		w.paid(b)
	}, asks: []question{asksRefund, asksMoreRefund, asksCapture, asksAttempt, asksWebhook, asksSettlement}, meet: aRefund},
	{name: "refund reserved, and not sent", only: seamPayPal, settled: true, begin: func(w *world, b *buyer) {
		w.paid(b)
		w.dying(asksRefund.ask(w, b), "paypal refund", before)
		w.until(w.due(b.id).Add(time.Second))
	}, asks: []question{asksRefund, asksMoreRefund, asksCreate, asksCapture, asksAttempt, asksWebhook, asksSweep, asksSettlement},
		meet: func(one, other string) bool {
			return strings.HasSuffix(one+other, "refund") || strings.Contains(one, "refund")
		}},
	{name: "offered, at PayPal", begin: func(w *world, b *buyer) {
		w.run(b.create())
	}, asks: []question{paysAndReturns, asksCard}, meet: with("instead"), then: bothPages},
	{name: "offered, at Stripe", begin: func(w *world, b *buyer) {
		b.method = "card"
		w.run(b.create())
	}, asks: []question{paysNow, paysAndReturns, asksCapture, asksPayPal, asksCard}, meet: with("instead"), then: bothPages},
	{name: "paid, at Stripe, and not known", begin: func(w *world, b *buyer) {
		b.method = "card"
		w.run(b.create())
		b.pays()
	}, asks: []question{asksWebhook, asksCapture, asksSweep, asksCreate, asksPayPal}, then: bothPages},
	{name: "promised, at Stripe", begin: func(w *world, b *buyer) {
		b.method = "bank_transfer"
		w.run(b.create())
		b.pays()
	}, asks: []question{transferComes, asksWebhook, asksCapture, asksPayPal}, meet: with("instead"), then: bothPages},
	{name: "paid, at Stripe", settled: true, begin: func(w *world, b *buyer) {
		b.method = "card"
		w.paid(b)
	}, asks: []question{asksRefund, asksMoreRefund, asksWebhook, asksSettlement}, meet: aRefund},
	{name: "charged back, at Stripe, and not known", settled: true, begin: func(w *world, b *buyer) {
		b.method = "card"
		w.paid(b)
		w.must(w.stripe.RefundInDashboard(b.page.order, 700))
		w.chargedBack(b, false)
		time.Sleep(time.Hour)
	}, asks: []question{asksDispute, asksSettlement, asksRefund}, meet: with("dispute")},
	{name: "paid out, at Stripe, and not known", settled: true, begin: func(w *world, b *buyer) {
		b.method = "card"
		w.paid(b)
		time.Sleep(50 * time.Hour)
		w.paysOut()
		time.Sleep(2 * time.Hour)
	}, asks: []question{asksSettlement}},
	{name: "refund reserved, and not sent, at Stripe", begin: func(w *world, b *buyer) {
		b.method = "card"
		w.paid(b)
		w.dying(asksRefund.ask(w, b), "stripe refund", before)
		w.until(w.due(b.id).Add(time.Second))
	}, asks: []question{asksRefund, asksMoreRefund, asksWebhook, asksSweep}, meet: withRefund},
}

// bothPages is a buyer who has two pages open in the end and pays on both.
func bothPages(w *world, b *buyer) {
	for _, p := range b.pages {
		b.completesOn(p)
	}
	w.run(b.capture())
}

var withRefund = with("refund")

// aRefund leaves out two of one key that is not the first's: what it is called is all that
// tells it from two of that.
func aRefund(one, other string) bool {
	return withRefund(one, other) && (one != other || one == asksRefund.name)
}

// with are the encounters of which one side's name holds a text.
func with(text string) func(one, _ string) bool {
	return func(one, _ string) bool { return strings.Contains(one, text) }
}

// dying runs an invocation that dies at its first call of a name.
func (w *world) dying(a *ask, name string, m moment) {
	p := w.start(a)
	for p.moving() {
		v := verdict{}
		if p.at.String() == name {
			v.dies = m
		}
		w.step(p, v)
	}
}

// news is the first letter that nobody has heard, or else the first of all again.
func (w *world) news() letter {
	if waiting := w.undelivered(); len(waiting) > 0 {
		return waiting[0]
	}
	return w.letters()[0]
}

// lastly is the last letter of a kind, whether anybody has heard it or not.
func (w *world) lastly(kind string) letter {
	all := slices.Clone(w.letters())
	slices.Reverse(all)
	return all[slices.IndexFunc(all, func(l letter) bool { return l.kind == kind })]
}

// encounter is two invocations at once.
type encounter struct {
	situation
	one, other question
}

func (e encounter) String() string { return e.name + ": " + e.one.name + " | " + e.other.name }

// encounters are all pairs of all situations.
func encounters() (all []encounter) {
	for _, s := range situations {
		for i, one := range s.asks {
			for _, other := range s.asks[i:] {
				if s.meet == nil || s.meet(one.name, other.name) || s.meet(other.name, one.name) {
					all = append(all, encounter{s, one, other})
				}
			}
		}
	}
	return all
}

// schedule says who goes first at each point where it counts.
type schedule struct {
	path    []int // 0 is the one, 1 the other; what is not said is 0
	taken   []int
	options []int
	ended   []bool    // of each choice: whether the one, going first, came to its end by that call
	seen    [2][]call // what the one and the other call

	most     int // switches from one that could go on; 0: as many as there are
	switches int
	last     int

	waits   bool // the one goes on only after a call of the other's that counts for it; see after
	replays bool // all is said by the path
}

// turn says who goes first where it counts.
func (s *schedule) turn(alike bool) int {
	side, first := s.last, len(s.taken) == 0
	if first || s.most == 0 || s.switches < s.most {
		side = s.choose(alike)
	}
	if !first && side != s.last {
		s.switches++
	}
	s.last = side
	return side
}

// choose says who goes first. Of two that are the same, who is called the one is a name.
func (s *schedule) choose(alike bool) int {
	n, choice, options := len(s.taken), 0, 2
	if n < len(s.path) {
		choice = s.path[n]
	}
	if n == 0 && alike {
		options = 1
	}
	s.take(choice, options)
	return choice
}

func (s *schedule) take(choice, options int) {
	s.taken, s.options = append(s.taken, choice), append(s.options, options)
	if len(s.ended) < len(s.taken) {
		s.ended = append(s.ended, false)
	}
}

// next is the schedule after this one; false when all have been played.
func (s *schedule) next() bool {
	for n := len(s.taken) - 1; n >= 0; n-- {
		if s.taken[n]+1 < s.options[n] {
			s.path, s.ended = append(slices.Clone(s.taken[:n]), s.taken[n]+1), s.ended[:n+1]
			s.taken, s.options, s.switches, s.last = nil, nil, 0, 0
			return true
		}
	}
	return false
}

// matters reports whether a call disturbs, or is disturbed by, anything that the
// other side is known to call.
func (s *schedule) matters(c call, side int) bool {
	return slices.ContainsFunc(s.seen[1-side], c.disturbs)
}

// free is a side whose call nothing of the other's can disturb; -1 is none.
func (s *schedule) free(sides [2]*party) int {
	return slices.IndexFunc([]int{0, 1}, func(side int) bool { return !s.matters(sides[side].at, side) })
}

// together lets two invocations go on, one call at a time. A call that nothing of the
// other's can disturb is made at once: whether it comes before or after is the same.
func (w *world) together(sides [2]*party, s *schedule, alike bool) {
	for sides[0].moving() && sides[1].moving() {
		side := s.free(sides)
		chosen := side < 0 && !s.waits
		switch {
		case chosen:
			side = s.turn(alike)
		case side < 0:
			side = 1
			s.take(side, side+1)
		}
		made, kept := sides[side].at, sides[0].at
		w.step(sides[side], verdict{})
		s.after(side, chosen, !sides[side].moving(), made.disturbs(kept))
	}
	s.waits = false
	for _, p := range sides {
		w.finish(p)
	}
}

// after notes a call that a side has made: whether it was a choice, was the last of that
// side's, and disturbs the call at which the one stands. Where the one has been played going
// first, and the other goes first now with a call that does not disturb it, the one going
// next would be that same life again: so it waits until a call of the other's counts for its
// own. The end of an invocation counts for everything, since its answer is held against the
// books of that moment.
func (s *schedule) after(side int, chosen, ended, disturbs bool) {
	n := len(s.taken) - 1
	switch {
	case s.replays, s.most > 0: // with few switches, what is left out here may be played nowhere else
	case side == 0 && chosen:
		s.ended[n] = ended
	case side == 1 && chosen:
		s.waits = s.options[n] > 1 && !s.ended[n] && !ended && !disturbs
	case side == 1:
		s.waits = s.waits && !ended && !disturbs
	}
}

func (s *schedule) note(calls []call, side int) {
	for _, c := range calls {
		if c.touches != "" && !slices.Contains(s.seen[side], c) {
			s.seen[side] = append(s.seen[side], c)
		}
	}
}

// life is one schedule of an encounter.
func (e encounter) life(s *schedule) life {
	return life{name: e.named(s.path), seed: 1, settled: e.settled, only: e.only, reads: e.settled, play: func(w *world) {
		b := w.buyerOf(2)
		e.begin(w, b)
		w.together([2]*party{w.start(e.one.ask(w, b)), w.start(e.other.ask(w, b))}, s, e.one.name == e.other.name)
		if e.then != nil {
			e.then(w, b)
		}
	}}
}

func (e encounter) named(path []int) string { return e.String() + ", " + fmt.Sprint(path) }

// learn lets each side go by itself, and after the other, to see what it calls.
func (e encounter) learn() *schedule {
	s := &schedule{most: e.most()}
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		w := newWorld(e.life(s), nil)
		b := w.buyerOf(2)
		e.begin(w, b)
		for _, side := range order {
			s.note(w.run([]question{e.one, e.other}[side].ask(w, b)).calls, side)
		}
		w.finished()
	}
	return s
}

// most is how often two settlements of Stripe's account may be switched between: they share
// some forty calls, and those of PayPal's a dozen.
func (e encounter) most() int {
	if e.one.name == e.other.name && e.one.name == asksSettlement.name && strings.Contains(e.situation.name, "at Stripe") {
		return 1
	}
	return 0
}

// each plays every schedule of an encounter that differs from all others.
func (e encounter) each(t *testing.T, then func(life, outcome)) {
	var s *schedule
	bubble(t, func() { s = e.learn() })
	for more := true; more; more = s.next() {
		bubble(t, func() {
			l := e.life(s)
			came := l.result(nil)
			l.name = e.named(s.taken) // with whoever had to go first, and was not chosen
			came.life = l.name
			then(l, came)
		})
	}
}

// named is the life of an encounter that has this name.
func named(t *testing.T, name string) (found life, ok bool) {
	for _, e := range encounters() {
		path, ours := strings.CutPrefix(name, e.String()+", ")
		if !ours {
			continue
		}
		bubble(t, func() {
			s := e.learn()
			s.replays = true
			for _, choice := range strings.Fields(strings.Trim(path, "[]")) {
				s.path = append(s.path, int(choice[0]-'0'))
			}
			found = e.life(s)
		})
		return found, true
	}
	return found, false
}
