package providertest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// deliveryCases: the provider is heard and nobody else, and whatever becomes of a
// delivery changes no fact.
var deliveryCases = []testCase{
	{"OfEveryEvent", ofEveryEvent},
	{"Doubled", doubledDelivery},
	{"Lost", lostDelivery},
	{"LateAndOutOfOrder", lateDelivery},
	{"NotAnswered", notAnswered},
	{"Forged", forgedDelivery},
	{"OldAndFromTheFuture", oldDelivery},
	{"OfAnUnknownType", unknownType},
	{"OfABody", strangeBodies},
	{"WithoutACertificate", withoutACertificate},
	{"NotVerifiedJustNow", notVerifiedJustNow},
}

// happens is all that can become of one sale.
func (b *bench) happens() sale {
	b.Helper()
	s := b.buys(b.plain)
	b.refunds(s.refund("r1", s.half()))
	b.clock.move(time.Minute)
	b.must(b.RefundElsewhere(s.id, money.New(100, s.Total.Currency)))
	b.clock.move(time.Minute)
	b.must(b.Dispute(s.id))
	b.clock.move(time.Minute)
	return s
}

// ofEveryEvent: what rings is news until a look, and leads to its payment.
func ofEveryEvent(b *bench) {
	s := b.happens()
	rings := b.delivered()
	p := payment.Observe(s.payment(), b.look(s.id))
	known, disputed := 0, false
	for _, r := range rings {
		if r.ID == "" || r.Type == "" {
			b.Errorf("an event of the provider's cannot be read: %+v", r)
		}
		if !r.Known {
			continue
		}
		known++
		of := r.Payment
		if of == "" {
			var err error
			of, err = b.bell().Trace(b.Context(), r)
			b.must(err)
		}
		if payment.IDIn(of) != s.Order.Payment {
			b.Errorf("%s leads to %q, want %s", r.Type, of, s.Order.Payment)
		}
		for _, d := range r.Says.Disputes {
			disputed = true
			p = payment.ObserveDispute(p, d) // as the checkout does after asking for it
		}
	}
	for _, r := range rings {
		if news, _ := payment.News(p, r.Says); r.Known && news {
			b.Errorf("%s is news after a look: %+v", r.Type, r.Says)
		}
	}
	if known < 3 || !disputed {
		b.Errorf("only %d of %d rings mean something, one of a dispute: %t", known, len(rings), disputed)
	}
}

func doubledDelivery(b *bench) {
	b.happens()
	b.DoubleNext(100)
	rings := b.delivered()
	if len(rings) < 6 || len(rings)%2 != 0 {
		b.Fatalf("there are %d rings", len(rings))
	}
	for i := 0; i < len(rings); i += 2 {
		if !reflect.DeepEqual(rings[i], rings[i+1]) {
			b.Errorf("heard twice, %+v is %+v", rings[i], rings[i+1])
		}
	}
	if again := b.delivered(); len(again) > 0 {
		b.Errorf("%d come again", len(again))
	}
}

func lostDelivery(b *bench) {
	b.LoseNext(100)
	s := b.happens()
	if rings := b.delivered(); len(rings) > 0 {
		b.Errorf("%d were heard", len(rings))
	}
	b.isTold(s) // by a look, as without any webhook
}

func lateDelivery(b *bench) {
	s := b.happens()
	b.DelayNext(2, time.Hour)
	b.Reorder()
	first := b.delivered()
	b.clock.move(time.Hour)
	rings := append(first, b.delivered()...)
	if len(first) == len(rings) || len(first) == 0 {
		b.Errorf("%d came at once and %d late", len(first), len(rings)-len(first))
	}
	for _, r := range rings {
		if _, ours := payment.News(payment.Observe(s.payment(), b.look(s.id)), r.Says); r.Known && r.Order != "" && !ours {
			b.Errorf("%s is about no order of the payment: %+v", r.Type, r)
		}
	}
}

// notAnswered: what we do not answer for comes again.
func notAnswered(b *bench) {
	b.happens()
	b.ears.answer = http.StatusServiceUnavailable
	first := b.delivered()
	b.clock.move(2 * time.Hour)
	b.ears.answer = http.StatusOK
	again := b.delivered()
	if len(first) == 0 || len(again) < len(first) {
		b.Errorf("%d were not answered, and %d came again", len(first), len(again))
	}
}

// hears is what is made of a body with the headers of a delivery.
func (b *bench) hears(h http.Header, body []byte) (provider.Ring, error) {
	return b.bell().Hear(b.Context(), provider.Delivery{Header: h.Get, Body: body})
}

func forgedDelivery(b *bench) {
	event := b.Event()
	good := b.Sign(event, b.clock.Now(), false)
	if _, err := b.hears(good, event); err != nil {
		b.Fatalf("a good delivery is not heard: %v", err)
	}
	forged := map[string]func() (provider.Ring, error){
		"by another":      func() (provider.Ring, error) { return b.hears(b.Sign(event, b.clock.Now(), true), event) },
		"another body":    func() (provider.Ring, error) { return b.hears(good, append(bytes.Clone(event), ' ')) },
		"an empty body":   func() (provider.Ring, error) { return b.hears(good, nil) },
		"without headers": func() (provider.Ring, error) { return b.hears(http.Header{}, event) },
		"of nothing":      func() (provider.Ring, error) { return b.bell().Hear(b.Context(), provider.Delivery{Body: event}) },
	}
	for name := range good {
		if !strings.Contains(strings.ToLower(name), "sig") {
			continue
		}
		for what, change := range map[string]func(string) string{
			"doubled":  func(s string) string { return s + "," + s },
			"cut":      func(s string) string { return s[:len(s)/2] },
			"too long": func(s string) string { return s + strings.Repeat("A", 4096) },
		} {
			forged[name+" "+what] = func() (provider.Ring, error) {
				h := good.Clone()
				h.Set(name, change(good.Get(name)))
				return b.hears(h, event)
			}
		}
	}
	for name, hear := range forged {
		if ring, err := hear(); !errors.Is(err, provider.ErrForged) || ring.Type != "" || ring.Known {
			b.Errorf("%s: %+v, %v", name, ring, err)
		}
	}
	if len(forged) < 8 {
		b.Errorf("only %d were tried: no header has a signature", len(forged))
	}
}

func oldDelivery(b *bench) {
	event := b.Event()
	for _, way := range []time.Duration{-1, 1} {
		if _, err := b.hears(b.Sign(event, b.clock.Now().Add(way*b.subject.Tolerance), false), event); err != nil {
			b.Errorf("signed %s apart it is not heard: %v", way*b.subject.Tolerance, err)
		}
		if _, err := b.hears(b.Sign(event, b.clock.Now().Add(way*b.subject.Beyond), false), event); !errors.Is(err, provider.ErrForged) {
			b.Errorf("signed %s apart: %v", way*b.subject.Beyond, err)
		}
	}
}

func unknownType(b *bench) {
	event := b.Event()
	ring, err := b.hears(b.Sign(event, b.clock.Now(), false), event)
	if err != nil || ring.Known || ring.Type == "" || ring.ID == "" || len(ring.Says.Captures)+len(ring.Says.Refunds) > 0 {
		b.Errorf("it is %+v, %v", ring, err)
	}
	if of, err := b.bell().Trace(b.Context(), ring); of != "" || err != nil {
		b.Errorf("it leads to %q, %v", of, err)
	}
}

// megabyte is more than any event, and what a gateway lets through.
const megabyte = 1 << 20

// strangeBodies: verified bytes that cannot be read are no error, or the provider would
// send the same ones for days.
func strangeBodies(b *bench) {
	event := b.Event()
	for name, body := range map[string][]byte{
		"not JSON": []byte("not JSON"), "a list": []byte("[]"), "null": []byte("null"), "nothing": []byte("{}"), "half": event[:len(event)/2],
		"a megabyte of noise": bytes.Repeat([]byte("a"), megabyte), "a megabyte of depth": bytes.Repeat([]byte("["), megabyte),
	} {
		ring, err := b.hears(b.Sign(body, b.clock.Now(), false), body)
		if err != nil || ring.Type != "" || ring.Known {
			b.Errorf("%s: %+v, %v", name, ring, err)
		}
	}
	large := append(bytes.Repeat([]byte(" "), megabyte), event...)
	ring, err := b.hears(b.Sign(large, b.clock.Now(), false), large)
	if err != nil || ring.Type == "" {
		b.Errorf("behind a megabyte of nothing: %+v, %v", ring, err)
	}
}

// withoutACertificate: where it cannot be had the provider is asked, and a good delivery is
// heard all the same, or comes again; it is never taken for forged.
func withoutACertificate(b *bench) {
	b.everyDelivery(Certificate, func(f fault, err error) {
		if err != nil && !errors.Is(err, provider.ErrCannotVerify) {
			b.Errorf("%s: %v", f.name, err)
		}
	})
}

// notVerifiedJustNow: and where the provider does not say either, nothing is believed.
func notVerifiedJustNow(b *bench) {
	b.everyDelivery(Verify, func(f fault, err error) {
		if answered := b.subject.expects(question{call: Verify}, f) == Answered; (err == nil) != answered || err != nil && !errors.Is(err, provider.ErrCannotVerify) {
			b.Errorf("%s: %v", f.name, err)
		}
	})
}

// everyDelivery hears a good delivery under every fault that a call of its verification can
// have, each by a client that has no certificate yet.
func (b *bench) everyDelivery(at Call, do func(f fault, err error)) {
	b.Helper()
	name := b.subject.Calls[at]
	if name == "" {
		return // a delivery of this provider's is verified without any call
	}
	event := b.Event()
	for _, f := range faults {
		if !b.subject.Fits(f.kind, name) {
			continue
		}
		if at == Verify {
			b.must(b.Inject("500-before", b.subject.Calls[Certificate]))
		}
		b.must(b.Inject(f.kind, name))
		if f.how != nil {
			f.how(b)
		}
		ctx, cancel := context.WithCancel(b.Context())
		b.giveUp = cancel
		ring, err := b.Client().(provider.Doorbell).Hear(ctx, provider.Delivery{Header: b.Sign(event, b.clock.Now(), false).Get, Body: event})
		cancel()
		b.wire.restore()
		if b.Waiting() || (err == nil) != (ring.Type != "") {
			b.Fatalf("%s: the fault waits: %t; it is %+v, %v", f.name, b.Waiting(), ring, err)
		}
		do(f, err)
	}
}
