package main

import (
	"context"
	"net/http"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// The scenes of the merchant's account at PayPal: what happens to money after it was
// taken, and is learnt from the account alone.

// poundCart is worth 43.96 GBP, which the account converts.
const poundCart = `{"cart":[{"sku":"BOOK-TIDES","quantity":4}],"currency":"GBP","country":"GB","method":"paypal","reference":"DEMO"}`

func (d *demo) aConversion(ctx context.Context, s *scene) {
	s.want(d.world.paypal.HoldCurrencies("EUR", "USD") == nil, "the account cannot hold EUR and USD")
	s.say("the account holds EUR and USD, and nothing else")
	s.openCart(ctx, poundCart, http.StatusCreated, "43.96")
	s.approve(sim.Balance)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	s.settleRows(ctx)
	s.wantRows(ctx, payment.EntrySale, payment.EntryConversion, payment.EntryConversion)
}

func (d *demo) aPayout(ctx context.Context, s *scene) {
	s.purchase(ctx)
	_, err := d.world.paypal.PayOut("EUR", 20000)
	s.want(err == nil, "nothing can be paid out: %v", err)
	s.say("the merchant sends EUR 200.00 to the bank")
	s.settleRows(ctx)
	s.wantRows(ctx, payment.EntrySale)
}

func (d *demo) aHold(ctx context.Context, s *scene) {
	s.purchase(ctx)
	hold, err := d.world.paypal.Hold("T2107", s.charge().ID, "", 0)
	s.want(err == nil, "nothing can be withheld: %v", err)
	s.say("PayPal withholds the money of this payment")
	s.settleRows(ctx)
	s.wantWithheld(ctx, 7500)
	s.want(d.world.paypal.Release(hold) == nil, "what is withheld cannot be let go")
	_, err = d.world.paypal.Hold("T2103", "", "EUR", 3000)
	s.want(err == nil, "there can be no reserve: %v", err)
	s.say("PayPal lets it go, and keeps a reserve of EUR 30.00 from the account from now on")
	s.settleRows(ctx)
	s.wantWithheld(ctx, 0)
	s.wantRows(ctx, payment.EntrySale, payment.EntryHold, payment.EntryRelease)
}

func (d *demo) aChargeback(ctx context.Context, s *scene) {
	s.purchase(ctx)
	id, err := d.world.paypal.OpenDispute(s.charge().ID, "UNAUTHORISED")
	s.want(err == nil, "the dispute cannot be opened: %v", err)
	s.want(d.world.paypal.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR") == nil, "the dispute cannot be resolved")
	s.say("the buyer's bank takes the money back, PayPal takes a fee, and no webhook tells of it")
	s.settleRows(ctx)
	s.wantStatus(ctx, payment.StatusRefunded)
	s.wantRows(ctx, payment.EntrySale, payment.EntryHold, payment.EntryRelease, payment.EntryChargeback, payment.EntryChargebackFee)
}

func (d *demo) aForeignSale(ctx context.Context, s *scene) {
	s.purchase(ctx)
	_, err := d.world.paypal.Sell(sim.Sale{CustomID: "A-17", InvoiceID: "A-17", Currency: "EUR", Amount: 9900, Code: "T0007"})
	s.want(err == nil, "another shop cannot sell: %v", err)
	s.say("another shop sells for EUR 99.00 on the same account")
	s.settleRows(ctx)
	s.wantRows(ctx, payment.EntrySale)
}

// settleRows lets so much time pass that PayPal's report has everything, and starts the
// settlement as the schedule would.
func (s *scene) settleRows(ctx context.Context) {
	const late = 4 * time.Hour
	s.demo.clock.Move(late)
	done, err := s.demo.world.handlers.Settlement()(ctx, nil)
	s.say("%s later, the settlement: rows of the shop's payments that were read: %d", late, done.Rows)
	s.want(err == nil && done.Unexplained == 0 && done.Left == 0, "the settlement: %+v, %v", done, err)
}

// wantRows holds the kinds of the payment's rows, in the order of their time.
func (s *scene) wantRows(ctx context.Context, want ...payment.EntryKind) {
	p, err := s.stored(ctx)
	s.want(err == nil, "the payment cannot be read: %v", err)
	count := map[payment.EntryKind]int{}
	for _, row := range p.Rows() {
		count[row.Kind]++
	}
	for _, kind := range want {
		count[kind]--
	}
	for kind, n := range count {
		s.want(n == 0, "%+d rows of the kind %s", n, kind)
	}
}

func (s *scene) wantWithheld(ctx context.Context, minor int64) {
	p, err := s.stored(ctx)
	s.want(err == nil, "the payment cannot be read: %v", err)
	got, err := p.Withheld("EUR")
	s.want(err == nil && got.Minor == minor, "%s is withheld, not %d: %v", got, minor, err)
}
