package providertest

import (
	"errors"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// refundCases: money is given back once for each intent, never more than was taken, and a
// refusal is told as one only where nothing can have gone back.
var refundCases = []testCase{
	{"Once", refundedOnce},
	{"OnceForManyAtOnce", refundedOnceForMany},
	{"FoundAfterTheWindow", foundAfterTheWindow},
	{"InParts", inParts},
	{"MoreThanIsLeft", moreThanIsLeft},
	{"SameIDOtherAmount", sameIDOtherAmount},
	{"OfAnUnknownCapture", ofAnUnknownCapture},
	{"OfNothing", ofNothing},
	{"OnItsWayAndArrived", func(b *bench) { refundOnItsWay(b, true) }},
	{"OnItsWayAndLost", func(b *bench) { refundOnItsWay(b, false) }},
	{"MadeElsewhere", madeElsewhere},
	{"WhileDisputed", whileDisputed},
}

// refundedOnce: inside the window, to its last second.
func refundedOnce(b *bench) {
	s := b.buys(b.plain)
	r := s.refund("r1", s.half())
	first := b.refunds(r)
	if first.Own != r.ID || first.Capture != s.capture.ID || first.Amount != r.Amount || first.State != payment.Completed || first.ID == "" {
		b.Errorf("it is %+v", first)
	}
	for _, wait := range []time.Duration{0, time.Minute, b.client.Window() - time.Minute - time.Second} {
		b.clock.move(wait)
		if again := b.refunds(r); again.ID != first.ID || again.Own != first.Own || again.Amount != first.Amount {
			b.Errorf("asked for again, %+v is %+v", first, again)
		}
	}
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
}

func refundedOnceForMany(b *bench) {
	s := b.buys(b.plain)
	r := s.refund("r1", s.half())
	done, failed := atOnce(many, func() (payment.Refund, error) { return b.client.Refund(b.Context(), r) })
	for _, err := range failed {
		b.fails(err, provider.Look)
	}
	if len(done) == 0 {
		b.Error("nobody was told of the refund")
	}
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
}

// foundAfterTheWindow: the provider may have forgotten the intent, so a look has to find
// the refund, by our id, for whoever would ask again.
func foundAfterTheWindow(b *bench) {
	s := b.buys(b.plain)
	first := b.refunds(s.refund("r1", s.half()))
	b.clock.move(b.client.Window() + 46*24*time.Hour)
	found := b.look(s.id).Refunds
	if len(found) != 1 || found[0].ID != first.ID || found[0].Own != first.Own || found[0].State != payment.Completed {
		b.Errorf("a look finds %+v of %+v", found, first)
	}
}

func inParts(b *bench) {
	s := b.buys(b.plain)
	rest := s.Total.Minor - s.half()
	b.refunds(s.refund("r1", s.half()))
	b.clock.move(time.Minute)
	b.refunds(s.refund("r2", rest))
	got := b.look(s.id)
	var own []string
	for _, r := range got.Refunds {
		own = append(own, r.Own)
		if r.State != payment.Completed || r.Capture != s.capture.ID {
			b.Errorf("a look finds %+v", r)
		}
	}
	slices.Sort(own)
	if want := []string{s.refund("r1", 1).ID, s.refund("r2", 1).ID}; !slices.Equal(own, want) {
		b.Errorf("a look finds %q, want %q", own, want)
	}
	if p := payment.Observe(s.payment(), got); payment.StatusOf(p) != payment.StatusRefunded {
		b.Errorf("given back whole, it is %s", payment.StatusOf(p))
	}
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, 2)
}

// moreThanIsLeft: an earlier refund of ours may be why, so that is no refusal.
func moreThanIsLeft(b *bench) {
	s := b.buys(b.plain)
	b.refunds(s.refund("r1", s.half()))
	_, err := b.client.Refund(b.Context(), s.refund("r2", s.Total.Minor))
	b.fails(err, doubtful...)
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
	b.refunds(s.refund("r3", s.Total.Minor-s.half()))
	_, err = b.client.Refund(b.Context(), s.refund("r4", 100))
	b.fails(err, doubtful...)
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, 2)
}

func sameIDOtherAmount(b *bench) {
	s := b.buys(b.plain)
	b.refunds(s.refund("r1", s.half()))
	_, err := b.client.Refund(b.Context(), s.refund("r1", 100))
	b.fails(err, doubtful...)
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
}

func ofAnUnknownCapture(b *bench) {
	s := b.buys(b.plain)
	r := s.refund("r1", s.half())
	r.Capture = another(r.Capture)
	_, err := b.client.Refund(b.Context(), r)
	b.fails(err, doubtful...)
	b.paidOnce(s)
}

// another is an id of the same form that nobody has.
func another(id string) string {
	last := byte('7')
	if id[len(id)-1] == last {
		last = '8'
	}
	return id[:len(id)-1] + string(last)
}

// ofNothing: without an amount a provider gives back all that is left.
func ofNothing(b *bench) {
	s := b.buys(b.plain)
	b.sends(0, func() {
		for _, minor := range []int64{0, -1, -s.Total.Minor} {
			_, err := b.client.Refund(b.Context(), s.refund("r1", minor))
			b.fails(err, provider.OurBug)
		}
		r := s.refund("r1", 1)
		r.Amount = money.Amount{}
		_, err := b.client.Refund(b.Context(), r)
		b.fails(err, provider.OurBug)
	})
	b.paidOnce(s)
}

// refundOnItsWay counts as given back until it has failed; then its money can be given
// back by another.
func refundOnItsWay(b *bench, arrives bool) {
	s := b.buys(b.plain)
	b.must(b.Inject("pending", b.subject.Calls[Refund]))
	first := b.refunds(s.refund("r1", s.half()))
	if first.State != payment.Pending || first.Own == "" {
		b.Errorf("it is %+v", first)
	}
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
	_, err := b.client.Refund(b.Context(), s.refund("r2", s.Total.Minor))
	b.fails(err, doubtful...)
	b.clock.move(time.Hour)
	b.must(b.EndRefund(s.id, arrives))
	found := b.look(s.id).Refunds
	state, given, refunds := payment.Failed, int64(0), 0
	if arrives {
		state, given, refunds = payment.Completed, s.half(), 1
	}
	if len(found) != 1 || found[0].ID != first.ID || found[0].State != state || found[0].Own != first.Own {
		b.Errorf("%+v became %+v", first, found)
	}
	b.stands(s, s.Total.Minor, 1, given, refunds)
	b.refunds(s.refund("r3", s.Total.Minor-given))
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, refunds+1)
}

// madeElsewhere: the merchant's own refund is told as nobody's of ours, and counts.
func madeElsewhere(b *bench) {
	s := b.buys(b.plain)
	b.must(b.RefundElsewhere(s.id, money.New(s.half(), s.Total.Currency)))
	found := b.look(s.id).Refunds
	if len(found) != 1 || found[0].Own != "" || found[0].Amount.Minor != s.half() || found[0].Capture != s.capture.ID || found[0].State != payment.Completed {
		b.Errorf("a look finds %+v", found)
	}
	_, err := b.client.Refund(b.Context(), s.refund("r1", s.Total.Minor))
	b.fails(err, doubtful...)
	b.refunds(s.refund("r2", s.Total.Minor-s.half()))
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, 2)
}

func whileDisputed(b *bench) {
	s := b.buys(b.plain)
	b.must(b.Dispute(s.id))
	b.must(b.Escalate(s.id))
	_, err := b.client.Refund(b.Context(), s.refund("r1", s.half()))
	b.fails(err, provider.RefundRefused)
	b.paidOnce(s)
}

// amountCases: each provider counts in decimals of its own, and not in all that ISO 4217
// has.
var amountCases = []testCase{
	{"OfEveryKind", ofEveryKind},
	{"Inexpressible", inexpressible},
}

// ofEveryKind: currencies of no, of two and of three decimals are bought in (Methods
// holds the amounts), or refused.
func ofEveryKind(b *bench) {
	seen := map[int]bool{}
	for _, p := range b.subject.Purchases {
		places, ok := p.Total.Currency.Exponent()
		seen[places] = seen[places] || ok
	}
	for _, a := range b.subject.Inexpressible {
		places, ok := a.Currency.Exponent()
		seen[places] = seen[places] || ok && places == 3
	}
	for places, wanted := range map[int]bool{0: true, 2: true, 3: true} {
		if seen[places] != wanted {
			b.Errorf("nothing is tried with %d decimals", places)
		}
	}
}

func inexpressible(b *bench) {
	if len(b.subject.Inexpressible) == 0 {
		b.Error("there is no amount that cannot be expressed")
	}
	s := b.buys(b.plain)
	b.sends(0, func() {
		for _, a := range b.subject.Inexpressible {
			p := b.plain
			p.Total = a
			_, create := b.client.CreateOrder(b.Context(), b.intent(p))
			r := s.refund("r1", 1)
			r.Amount = a
			_, refund := b.client.Refund(b.Context(), r)
			for _, err := range []error{create, refund} {
				if b.fails(err, provider.OurBug); !errors.Is(err, provider.ErrAmount) && !errors.Is(err, money.ErrCurrency) {
					b.Errorf("%s is refused for %v", a, err)
				}
			}
		}
	})
	b.paidOnce(s)
}
