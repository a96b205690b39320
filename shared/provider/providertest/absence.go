package providertest

import (
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// absenceCases: an order that is taken for gone lets the buyer pay a second one. So it is
// gone only where the provider has just shown that it knows who asks.
var absenceCases = []testCase{
	{"Unknown", unknownOrder},
	{"WrongCredentials", wrongCredentials},
	{"NewCredentials", newCredentials},
	{"Unreachable", unreachable},
}

func unknownOrder(b *bench) {
	s := b.opens(b.plain)
	order := another(s.id)
	got := b.look(order)
	if !got.Missing || got.Order != order || got.Provider != b.client.Name() || got.Account != s.opened.Account || !got.At.Equal(start) {
		b.Errorf("it is %+v", got)
	}
	if got.State != "" || got.Payment != "" || len(got.Captures)+len(got.Refunds)+len(got.Disputes) > 0 {
		b.Errorf("it is missing, and %+v", got)
	}
}

// wrongCredentials give no answer to any question, whether the client was known before.
func wrongCredentials(b *bench) {
	b.everyQuestion(func(q question, s sale, a ask) {
		b.Revoke()
		answer, err := a(b.Context())
		b.fails(err, provider.MerchantSetup)
		if got, ok := answer.(payment.Snapshot); ok && (got.Missing || got.Order != "") {
			b.Errorf("%s: left behind %+v", q.name, got)
		}
	})
	s := b.opens(b.plain)
	b.Revoke()
	for _, order := range []string{s.id, another(s.id)} {
		for _, who := range []provider.Provider{b.client, b.Client()} {
			got, err := who.Look(b.Context(), order)
			if b.fails(err, provider.MerchantSetup); got.Missing {
				b.Errorf("with wrong credentials it is %+v", got)
			}
		}
	}
}

// everyQuestion puts each question to a world of its own, and holds that nothing came of
// it.
func (b *bench) everyQuestion(do func(q question, s sale, a ask)) {
	b.Helper()
	parent := *b
	for _, q := range b.subject.asked() {
		*b = *open(b.T, parent.subject)
		s, a := q.put(b)
		before := b.Books(s.Order.Payment)
		do(q, s, a)
		if after := b.Books(s.Order.Payment); after != before {
			b.Errorf("%s: the books went from %+v to %+v", q.name, before, after)
		}
	}
	*b = parent
}

// newCredentials of the same account are found where the old ones are refused, and the
// call goes through.
func newCredentials(b *bench) {
	s := b.opens(b.plain)
	b.Revoke()
	_, err := b.client.Look(b.Context(), s.id)
	b.fails(err, provider.MerchantSetup)
	b.Renew()
	if got := b.look(s.id); got.Account != s.opened.Account || got.Order != s.id {
		b.Errorf("with new credentials it is %+v", got)
	}
}

// unreachable is the one failure of a network that proves that nothing happened.
func unreachable(b *bench) {
	b.everyQuestion(func(q question, s sale, a ask) {
		b.wire.down.Store(true)
		_, err := a(b.Context())
		b.fails(err, provider.Retry)
	})
}
