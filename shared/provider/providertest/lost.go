package providertest

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// lostCases: the effect is done and nobody was told. That is unknown, never failed, and a
// look finds it. (Faults holds the same with every answer that goes wrong.)
var lostCases = []testCase{
	{"ActsLate", actsLate},
	{"OnAKeptConnection", onAKeptConnection},
}

// actsLate: the provider gives the money back after the client has left. A look before it
// sees nothing, and one after it does.
func actsLate(b *bench) {
	s := b.buys(b.plain)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	left, acts := make(chan struct{}), make(chan struct{})
	wait := func(context.Context, time.Duration) { close(left); <-acts }
	b.wire.waits.Store(&wait)
	b.must(b.Inject("slow", b.subject.Calls[Refund]))
	gone := make(chan error, 1)
	go func() {
		_, err := b.client.Refund(ctx, s.refund("r1", s.half()))
		gone <- err
	}()
	select {
	case <-left:
	case err := <-gone:
		b.Fatalf("it was not slow: %v", err)
	}
	cancel()
	b.fails(<-gone, provider.Look)
	b.wire.restore()
	b.paidOnce(s)
	if found := b.look(s.id).Refunds; len(found) > 0 {
		b.Errorf("before it is done a look finds %+v", found)
	}
	close(acts)
	b.wire.serving.Wait()
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
	if found := b.look(s.id).Refunds; len(found) != 1 || found[0].Own == "" || found[0].State != payment.Completed {
		b.Errorf("afterwards a look finds %+v", found)
	}
	b.refunds(s.refund("r1", s.half()))
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
}

// onAKeptConnection: where one breaks, net/http may ask again by itself. Whatever comes of
// it, the money goes back once.
func onAKeptConnection(b *bench) {
	for _, kind := range []string{"timeout-before", "timeout-after"} {
		s := b.buys(b.plain)
		b.must(b.Inject(kind, b.subject.Calls[Refund]))
		if _, err := b.client.Refund(b.Context(), s.refund("r1", s.half())); err != nil {
			b.fails(err, provider.Look)
		}
		b.isTold(s)
		b.refunds(s.refund("r1", s.half()))
		b.stands(s, s.Total.Minor, 1, s.half(), 1)
	}
}
