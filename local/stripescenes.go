package main

import (
	"context"
	"net/http"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// The scenes at Stripe, whose page takes the money by itself.

// cardCart and transferCart are demoCart, paid at Stripe.
const (
	cardCart     = `{"cart":[{"sku":"BOOK-TIDES","quantity":2},{"sku":"CARD-GIFT","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"card","reference":"DEMO"}`
	transferCart = `{"cart":[{"sku":"BOOK-TIDES","quantity":2},{"sku":"CARD-GIFT","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"bank_transfer","reference":"DEMO"}`
)

func (d *demo) aCard(ctx context.Context, s *scene) {
	s.openCart(ctx, cardCart, http.StatusCreated, "75.00")
	session := s.session()
	d.clock.Move(30 * time.Second)
	s.want(d.world.stripe.Challenge(session.ID) == nil, "the bank does not ask")
	s.want(d.world.stripe.Authenticate(session.ID, true) == nil, "the buyer is not known to the bank")
	s.say("the buyer pays at Stripe, and the bank asks who they are (3-D Secure)")
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.wantReceived(7500, 0)
}

func (d *demo) aTransfer(ctx context.Context, s *scene) {
	s.openCart(ctx, transferCart, http.StatusCreated, "75.00")
	session := s.session()
	s.want(d.world.stripe.Pay(session.ID, stripesim.Instrument{}) == nil, "no transfer can be promised")
	s.say("the buyer is told where to transfer the money, and comes back")
	s.capture(ctx, http.StatusAccepted, payment.StatusPending)
	s.arrives(session.ID, 5000)
	s.sweepAfter(ctx, 24*time.Hour)
	s.wantStatus(ctx, payment.StatusPending)
	s.arrives(session.ID, 4000)
	s.sweepAfter(ctx, 24*time.Hour)
	s.wantStatus(ctx, payment.StatusCaptured)
	s.wantReceived(7500, 0)
	s.want(d.world.stripe.Cash(session.ID) == 1500, "what came too much is not the buyer's")
}

func (d *demo) aRefundAtStripe(ctx context.Context, s *scene) {
	s.openCart(ctx, cardCart, http.StatusCreated, "75.00")
	s.want(d.world.stripe.Pay(s.session().ID, stripesim.Instrument{Brand: "mastercard"}) == nil, "the card is not taken")
	s.say("the buyer pays at Stripe (card)")
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.refund(ctx, 2000, s.key, http.StatusCreated)
	s.refund(ctx, 2000, s.key, http.StatusOK)
	s.wantReceived(7500, 2000)
	s.wantStatus(ctx, payment.StatusPartiallyRefunded)
}

// session is this purchase's at Stripe.
func (s *scene) session() stripesim.Session {
	for _, o := range s.demo.world.stripe.Sessions() {
		if o.Reference == s.id {
			return o
		}
	}
	s.want(false, "Stripe has no session of %s", s.id)
	return stripesim.Session{}
}

// arrives is money from the buyer's bank, in cents.
func (s *scene) arrives(session string, amount int64) {
	s.demo.clock.Move(24 * time.Hour)
	s.want(s.demo.world.stripe.Transfer(session, amount) == nil, "no money arrives")
	s.say("a day later EUR %d.%02d arrive from the buyer's bank", amount/100, amount%100)
}

// wantReceived asks Stripe's own books what was taken and given back.
func (s *scene) wantReceived(taken, returned int64) {
	o := s.session()
	s.want(o.Received == taken && o.Refunded == returned, "Stripe took %d and gave back %d, not %d and %d", o.Received, o.Refunded, taken, returned)
}
