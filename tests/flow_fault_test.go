package tests

import (
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// faultScene is a moment at which one call to PayPal goes wrong, and what the
// buyer does before and after it. ends names the kinds that do not end with the
// money here, with the end that is right for them.
type faultScene struct {
	name   string
	call   sim.CallName
	before func(*buyer)
	after  func(*buyer)
	ends   map[sim.Kind]payment.Status
}

// The buyer of most scenes: goes through it all as a patient person would.
func patient(b *buyer) { b.w.t.Helper(); b.buy(sim.Balance) }

func opened(b *buyer) { b.w.t.Helper(); b.open() }

// gone is a buyer who approved and closed the tab.
func gone(b *buyer) { b.w.t.Helper(); b.open(); b.approve(sim.Balance) }

func sweeps(b *buyer) { b.w.t.Helper(); b.w.sweepAfter(time.Hour) }

// contradicted: PayPal named another amount than its books have. What is in
// doubt is never reported as paid, and a person looks.
var contradicted = map[sim.Kind]payment.Status{
	sim.OtherAmount: payment.StatusReview, sim.OtherCurrency: payment.StatusReview,
}

// Nobody comes back to mend these: PayPal refused the capture, and later the
// approved order was gone without one. No money moved. (An order that PayPal denies
// too early to be true is looked at again, and ends well.)
var (
	contradictedOrRefused = map[sim.Kind]payment.Status{
		sim.OtherAmount: payment.StatusReview, sim.OtherCurrency: payment.StatusReview,
		sim.Decline: payment.StatusReview, sim.Forbidden: payment.StatusReview,
	}
)

var faultScenes = []faultScene{
	{name: "token for a new order", call: sim.CallToken, before: func(*buyer) {}, after: patient},
	{name: "create", call: sim.CallCreate, before: func(*buyer) {}, after: patient},
	{name: "look on return", call: sim.CallLook, before: opened, after: patient, ends: contradicted},
	{name: "capture on return", call: sim.CallCapture, before: opened, after: patient, ends: contradicted},
	{name: "look before approval", call: sim.CallLook, before: opened, after: func(b *buyer) {
		sweeps(b)
		b.look()
		patient(b)
	}, ends: contradicted},
	{name: "look of the sweep", call: sim.CallLook, before: gone, after: sweeps, ends: contradicted},
	{name: "capture of the sweep", call: sim.CallCapture, before: gone, after: sweeps, ends: contradictedOrRefused},
	{name: "look at the old order", call: sim.CallLook, before: opened, after: func(b *buyer) {
		b.repeat(4, func() reply { return b.another(1) })
		patient(b)
	}, ends: contradicted},
	{name: "create of the second order", call: sim.CallCreate, before: opened, after: func(b *buyer) {
		b.repeat(4, func() reply { return b.another(1) })
		patient(b)
	}},
}

// TestEveryFaultEndsWithOneChargeOrNone goes through every fault the simulator
// knows, at every call it can befall. What happens on the way is judged in
// world.call; the end is judged here, after the sweep had its time.
func TestEveryFaultEndsWithOneChargeOrNone(t *testing.T) {
	played := 0
	for _, scene := range faultScenes {
		for _, kind := range sim.Kinds() {
			if !kind.Fits(scene.call) {
				continue
			}
			played++
			t.Run(strings.ReplaceAll(scene.name, " ", "-")+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, plan{})
				b := w.buyer()
				scene.before(b)
				if scene.call == sim.CallToken {
					w.paypal.RevokeTokens()
				}
				w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: scene.call}))
				scene.after(b)
				if len(w.paypal.Faults()) != 0 {
					t.Fatal("the fault never happened")
				}
				w.settle(b)
				want, known := scene.ends[kind]
				if !known {
					want = payment.StatusCaptured
				}
				if got := b.audit(want == payment.StatusReview); got != want {
					t.Errorf("it ends %s, want %s", got, want)
				}
			})
		}
	}
	t.Logf("%d faults at %d moments", played, len(faultScenes))
}

// settle lets the sweep finish what can be finished, and money on its way
// arrive.
func (w *world) settle(b *buyer) {
	w.t.Helper()
	w.sweepFor(8 * time.Hour)
	for _, c := range b.charges() {
		if c.State == "PENDING" {
			w.must(w.paypal.SettlePending(c.ID, true))
		}
	}
	w.sweepFor(40 * time.Hour)
}

// TestOutcomeThatStaysUnknown: however long nobody knows what came of a capture, it is
// never called a failure. The buyer is told that it is being looked into.
func TestOutcomeThatStaysUnknown(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture, Times: 6}))
	b.capture()
	for range 20 {
		w.sweepAfter(5 * time.Minute)
		b.wants(b.look(), 200, payment.StatusChecking, "wait")
	}
	w.settle(b)
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
}

// TestExpiryWaitsForTheControlCall: a 404 proves nothing unless a control call
// shows that the credentials are good. While that one fails, the payment waits.
func TestExpiryWaitsForTheControlCall(t *testing.T) {
	for _, kind := range sim.Kinds() {
		if !kind.Fits(sim.CallControl) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, plan{})
			b := w.buyer()
			b.open()
			// Twice: a refused token is replaced and the call made again.
			w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallControl, Times: 2}))
			w.clock.Move(6*time.Hour + 15*time.Minute)
			w.sweep()
			want := payment.StatusAwaitingApproval
			if kind == sim.Slow {
				want = payment.StatusExpired // slow, and true
			}
			if got := b.look().status(); got != want {
				t.Errorf("after the first look it is %s, want %s", got, want)
			}
			w.sweepFor(26 * time.Hour)
			if got := b.audit(false); got != payment.StatusExpired {
				t.Errorf("it ends %s", got)
			}
		})
	}
}

// TestLateEffect: PayPal takes the money after everybody has stopped waiting. The
// look in between sees an approved order; the same request id keeps the second
// try from being a second charge.
func TestLateEffect(t *testing.T) {
	for _, c := range []struct {
		name    string
		between func(*buyer)
	}{
		{"the page asks again first", func(b *buyer) { b.capture() }},
		{"the sweep asks again first", func(b *buyer) { b.w.sweepAfter(2 * time.Minute) }},
		{"nobody asks again first", func(*buyer) {}},
		{"the buyer wants another way", func(b *buyer) {
			if r := b.another(1); r.code != 409 {
				b.w.t.Errorf("another attempt while the outcome is unknown: %d", r.code)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			b.open()
			b.approve(sim.Balance)
			w.wire.late.Store(&lateCall{})
			b.wants(b.capture(), 202, payment.StatusChecking, "wait")
			if _, item := b.stored(); !item.Due.After(w.clock.Now()) || item.Due.After(w.clock.Now().Add(time.Minute)) {
				t.Errorf("due %s, it is %s", item.Due, w.clock.Now())
			}
			c.between(b)
			w.must(w.wire.deliver())
			w.settle(b)
			if got := b.audit(false); got != payment.StatusCaptured {
				t.Errorf("it ends %s", got)
			}
		})
	}
}

// TestRefusalWithALostAnswer: the bank declined, and nobody heard it. The look tells that
// the order waits for its buyer again, so nothing was taken, and the buyer is sent back. The
// refusal is told once more under the same request id; the approval after it is a new
// intent, and is charged once.
func TestRefusalWithALostAnswer(t *testing.T) {
	for _, kind := range []sim.Kind{sim.TimeoutAfter, sim.ErrorAfter, sim.BadGatewayAfter} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			page := b.open().Next.URL
			b.approve(sim.Declined)
			w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallCapture}))
			b.wants(b.capture(), 409, payment.StatusAwaitingApproval, "redirect")
			b.wantCharges(0)
			w.must(b.approveAt(page, sim.Balance))
			b.repeat(3, b.capture)
			b.wants(b.capture(), 200, payment.StatusCaptured, "none")
			w.settle(b)
			b.audit(false)
		})
	}
}

// TestChaos: every call may fail, in any way, for a whole purchase; then PayPal
// is well again. Whatever happened on the way, the end is honest, and there is
// one. A failed seed is had again by its number.
func TestChaos(t *testing.T) {
	const seeds = 30
	fired, ends := map[sim.Kind]int{}, map[payment.Status]int{}
	for seed := range int64(seeds) {
		w := newWorld(t, plan{seed: seed})
		b := w.buyer()
		w.must(w.paypal.Chaos(35))
		if seed%3 == 2 { // one in three closes the tab
			if b.repeat(4, b.open); b.id != "" && b.approveAt(b.last.Next.URL, sim.Balance) != nil {
				t.Fatalf("seed %d: the buyer cannot approve", seed)
			}
		} else {
			b.buy(sim.Balance)
		}
		w.sweepFor(2 * time.Hour)
		w.must(w.paypal.Chaos(0))
		w.settle(b)
		end := b.audit(true)
		ends[end]++
		switch end {
		case "", payment.StatusCaptured, payment.StatusExpired, payment.StatusReview:
		default:
			t.Errorf("seed %d ends %s", seed, end)
		}
		amountWrong := false
		for _, c := range w.paypal.Calls() {
			fired[c.Fault]++
			amountWrong = amountWrong || c.Fault == sim.OtherAmount || c.Fault == sim.OtherCurrency
		}
		if end == payment.StatusReview && len(b.charges()) > 0 && !amountWrong {
			t.Errorf("seed %d: charged and in review, though PayPal never contradicted itself", seed)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	delete(fired, "")
	t.Logf("%d seeds end %v; %d kinds of %d fired", seeds, ends, len(fired), len(sim.Kinds()))
	if ends[payment.StatusCaptured] < seeds/2 || len(fired) < len(sim.Kinds())*3/4 {
		t.Error("too little happened to prove anything")
	}
}
