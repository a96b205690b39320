package main

import (
	"context"
	"net/http"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// The scenes of the demo. Each is one purchase, told from the buyer's side.

func (d *demo) aPurchase(ctx context.Context, s *scene) {
	before := d.world.table.Counts()
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Balance)
	d.clock.Move(10 * time.Second)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	now := d.world.table.Counts()
	base, index := now.Writes-before.Writes, now.IndexWrites-before.IndexWrites
	s.say("writes per purchase: 4, of which so far: %d base", base)
	s.say("  one opens the payment, one is made before the capture and one after it (a card may be paid meanwhile); the fourth is settlement's")
	s.say("index writes so far: %d, both as the payment is opened: when the sweep looks at it, and of which day it is", index)
	s.want(base == 3 && index == 2, "a purchase took %d base and %d index writes, not 3 and 2", base, index)
	s.wantCharges(1)
}

func (d *demo) aRepeatedClick(ctx context.Context, s *scene) {
	first := s.open(ctx, http.StatusCreated)
	second := s.open(ctx, http.StatusOK)
	s.want(first.ID == second.ID, "a repeated click made another payment")
	s.approve(sim.Balance)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.wantCharges(1)
}

func (d *demo) aClosedTab(ctx context.Context, s *scene) {
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Balance)
	s.say("the buyer closes the tab, and PayPal's webhook is lost")
	d.world.paypal.LoseNext(1)
	s.deliver(ctx, 1)
	s.sweepAfter(ctx, time.Hour)
	s.wantStatus(ctx, payment.StatusCaptured)
	s.wantCharges(1)
}

func (d *demo) aBuyerWhoNeverComes(ctx context.Context, s *scene) {
	s.open(ctx, http.StatusCreated)
	s.sweepAfter(ctx, time.Hour)
	s.sweepAfter(ctx, time.Hour+45*time.Minute)
	s.wantStatus(ctx, payment.StatusAwaitingApproval)
	s.sweepAfter(ctx, 3*time.Hour+30*time.Minute)
	s.wantStatus(ctx, payment.StatusExpired)
	s.wantCharges(0)
}

func (d *demo) aDeclinedCard(ctx context.Context, s *scene) {
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Declined)
	s.capture(ctx, http.StatusPaymentRequired, payment.StatusDeclined)
	d.clock.Move(2 * time.Minute)
	s.approve(sim.Balance)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.wantCharges(1)
}

func (d *demo) aLostAnswer(ctx context.Context, s *scene) {
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Balance)
	// The money is taken and the answer is lost; the look a second later tells.
	s.want(d.world.paypal.Inject(sim.Fault{Kind: sim.TimeoutAfter, Call: sim.CallCapture}) == nil, "the fault cannot be injected")
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.wantCharges(1)
}

// bankCart is demoCart, paid through the buyer's bank.
const bankCart = `{"cart":[{"sku":"BOOK-TIDES","quantity":2},{"sku":"CARD-GIFT","quantity":1}],"currency":"EUR","country":"DE","language":"en","method":"trustly","payer":{"name":"Avery Example"}}`

func (d *demo) aBank(ctx context.Context, s *scene) {
	s.openCart(ctx, bankCart, http.StatusCreated, "75.00")
	s.approve(sim.OnItsWay)
	s.capture(ctx, http.StatusAccepted, payment.StatusPending)
	for range 3 {
		s.sweepAfter(ctx, 24*time.Hour)
	}
	s.wantStatus(ctx, payment.StatusPending)
	s.want(d.world.paypal.SettlePending(s.charge().ID, true) == nil, "the money does not arrive")
	s.say("the bank's money arrives")
	s.sweepAfter(ctx, 24*time.Hour)
	s.wantStatus(ctx, payment.StatusCaptured)
	s.wantCharges(1)
}
