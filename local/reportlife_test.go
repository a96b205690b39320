package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// january is the month that the tests of the report live through: one that is over,
// whenever they are run.
var january = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// lived is a shop with some days behind it.
type lived struct {
	t *testing.T
	*demo
}

// live opens a shop on a file and begins its books.
func live(t *testing.T, file string) *lived {
	t.Helper()
	clock := clock.At(january)
	w, err := build(plan{root: "..", file: file, books: file + ".paypal.json", seed: 1, clock: clock, ids: numbered(), lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	l := &lived{t, &demo{world: w, clock: clock, out: io.Discard}}
	l.settleFor(time.Hour)
	return l
}

// settleFor lets time pass with the settlement on its way, every few hours.
func (l *lived) settleFor(d time.Duration) {
	l.t.Helper()
	for end := l.clock.Now().Add(d); l.clock.Now().Before(end); {
		l.clock.Move(min(6*time.Hour, end.Sub(l.clock.Now())))
		if _, err := l.world.handlers.Settlement()(context.Background(), nil); err != nil {
			l.t.Fatal(err)
		}
	}
}

// sell is a purchase that is paid.
func (l *lived) sell(cart, reference, total string) *scene {
	l.t.Helper()
	l.played++
	s := &scene{demo: l.demo, title: reference, key: fmt.Sprintf("%032d", l.played), began: l.clock.Now()}
	cart = cart[:len(cart)-len(`"DEMO"}`)] + fmt.Sprintf("%q}", reference)
	s.openCart(context.Background(), cart, http.StatusCreated, total)
	s.approve(sim.Balance)
	s.capture(context.Background(), http.StatusOK, payment.StatusCaptured)
	if len(l.faults) > 0 {
		l.t.Fatal(l.faults)
	}
	return s
}

func (l *lived) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

const yenCart = `{"cart":[{"sku":"CARD-GIFT","quantity":1}],"currency":"JPY","country":"JP","method":"paypal","reference":"DEMO"}`

// month is some days of sales in three currencies with what a shop meets: refunds, a dispute
// that is lost, money on hold, another shop's sales, a payout every week.
func (l *lived) month(days int) {
	l.t.Helper()
	paypal := l.world.paypal
	l.must(paypal.PayOutEvery(time.Duration(min(days/2, 7)) * 24 * time.Hour))
	for day := range days {
		s := l.sell(demoCart, fmt.Sprintf("A-%d", 1001+day), "75.00")
		if day%3 == 1 {
			l.sell(raceCart, fmt.Sprintf("U-%d", 2001+day), "100.00")
		}
		if day%5 == 2 {
			l.sell(yenCart, fmt.Sprintf("J-%d", 3001+day), "8000")
		}
		switch day % 7 {
		case 2:
			s.refund(context.Background(), 2000, s.key, http.StatusCreated)
		case 4:
			_, err := paypal.Sell(sim.Sale{CustomID: "another-shop", Currency: "EUR", Amount: 1999})
			l.must(err)
		}
		if day == days/2 {
			id, err := paypal.OpenDispute(s.charge().ID, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
			l.must(err)
			l.must(paypal.UpdateDispute(id, "CHARGEBACK", l.clock.Now().Add(240*time.Hour)))
			l.must(paypal.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
		}
		if day == days-3 {
			_, err := paypal.Hold("T2107", s.charge().ID, "", 0)
			l.must(err)
		}
		l.settleFor(24 * time.Hour)
	}
	l.must(paypal.PayOutEvery(0))
	l.settleFor(36 * time.Hour) // until the last of it is in the report, and explained
	if len(l.faults) > 0 {
		l.t.Fatal(l.faults)
	}
}
