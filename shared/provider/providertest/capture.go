package providertest

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// captureCases: money is taken once, and is told as taken when it was.
var captureCases = []testCase{
	{"NotBeforeTheBuyer", notBeforeTheBuyer},
	{"Once", capturedOnce},
	{"OnceForManyAtOnce", capturedOnceForMany},
	{"OnceAfterTheWindow", capturedOnceAfterTheWindow},
	{"RefusedThenPaid", refusedThenPaid},
	{"LateAndArrived", func(b *bench) { lateMoney(b, true) }},
	{"LateAndLost", func(b *bench) { lateMoney(b, false) }},
}

func notBeforeTheBuyer(b *bench) {
	s := b.opens(b.plain)
	got, err := b.client.Capture(b.Context(), s.captures(0))
	if s.opened.SelfCompleting {
		b.must(err)
		if got.State != payment.OrderWaiting || len(got.Captures) > 0 {
			b.Errorf("before the buyer has paid it is %+v", got)
		}
	} else {
		b.fails(err, provider.PayerMustAct)
	}
	b.stands(s, 0, 0, 0, 0)
}

func capturedOnce(b *bench) {
	s := b.buys(b.plain)
	for range 2 {
		got, err := b.client.Capture(b.Context(), s.captures(0))
		b.must(err)
		if len(got.Captures) != 1 || got.Captures[0].ID != s.capture.ID {
			b.Errorf("captured again, it is %+v", got)
		}
		b.clock.move(b.client.Window() - 2*time.Second)
	}
	b.paidOnce(s)
}

func capturedOnceForMany(b *bench) {
	s := b.opens(b.plain)
	b.must(b.Pay(s.id, b.plain))
	done, failed := atOnce(many, func() (payment.Snapshot, error) { return b.client.Capture(b.Context(), s.captures(0)) })
	for _, err := range failed {
		b.fails(err, provider.Look)
	}
	if len(done) == 0 {
		b.Error("nobody was told that it is paid")
	}
	b.captured(s, payment.Completed)
	b.paidOnce(s)
}

// capturedOnceAfterTheWindow: the provider has forgotten the intent, and whatever it
// answers must not pass for a refusal.
func capturedOnceAfterTheWindow(b *bench) {
	s := b.buys(b.plain)
	b.clock.move(b.client.Window())
	for k := range 2 {
		if _, err := b.client.Capture(b.Context(), s.captures(k)); err != nil {
			b.fails(err, doubtful...)
		}
	}
	b.captured(s, payment.Completed)
	b.paidOnce(s)
}

// refusedThenPaid: a decline takes nothing and leaves the order open to another try.
func refusedThenPaid(b *bench) {
	for _, p := range b.subject.Purchases {
		if !p.Refusable {
			continue
		}
		s := b.opens(p)
		b.must(b.Refuse(s.id))
		got, err := b.takes(s)
		if err != nil {
			b.fails(err, provider.PayerMustAct)
			got = b.look(s.id)
		}
		if got.State != payment.OrderWaiting || got.Approve == "" || len(got.Captures) > 0 {
			b.Errorf("%s, refused, is %+v", p.System, got)
		}
		b.stands(s, 0, 0, 0, 0)
		b.must(b.Pay(s.id, p))
		if !s.opened.SelfCompleting {
			_, err := b.client.Capture(b.Context(), s.captures(1))
			b.must(err)
		}
		b.captured(s, payment.Completed)
		b.paidOnce(s)
	}
}

// lateMoney is on its way: pending until it has arrived, or has not, and the same capture
// all along.
func lateMoney(b *bench, arrives bool) {
	for _, p := range b.subject.Purchases {
		if !p.Awaited { // which is late by itself: Methods
			b.comesLate(p, arrives)
		}
	}
}

func (b *bench) comesLate(p Purchase, arrives bool) {
	b.Helper()
	s := b.opens(p)
	b.must(b.PayLate(s.id))
	_, err := b.takes(s)
	b.must(err)
	before := b.captured(s, payment.Pending)
	b.clock.move(48 * time.Hour)
	b.must(b.Conclude(s.id, arrives))
	end, taken, charges := payment.Failed, int64(0), 0
	if arrives {
		end, taken, charges = payment.Completed, s.Total.Minor, 1
	}
	s.capture = b.captured(s, end)
	if s.capture.ID != before.ID || s.capture.Updated.Before(before.Updated) {
		b.Errorf("%s: %+v became %+v", p.System, before, s.capture)
	}
	b.stands(s, taken, charges, 0, 0)
	if arrives {
		return
	}
	if _, err := b.client.Refund(b.Context(), s.refund("r1", s.half())); err == nil {
		b.Errorf("%s: what never came is given back", p.System)
	}
	b.stands(s, 0, 0, 0, 0)
}
