package providertest

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// disputeCases: a dispute is found without any webhook, and the later claim of it wins.
var disputeCases = []testCase{
	{"Won", func(b *bench) { disputeEnds(b, true) }},
	{"Lost", func(b *bench) { disputeEnds(b, false) }},
	{"Unknown", unknownDispute},
	{"OverPages", disputesOverPages},
}

// disputes is a sale of which the buyer complains, and the dispute's id.
func (b *bench) disputes(p Purchase) (sale, string) {
	b.Helper()
	s := b.buys(p)
	b.must(b.Dispute(s.id))
	ids := b.changed(start)
	if len(ids) != 1 {
		b.Fatalf("the disputes are %q", ids)
	}
	return s, ids[0]
}

// changed are the disputes that have changed since a time, on all pages, each once.
func (b *bench) changed(since time.Time) (ids []string) {
	b.Helper()
	for page, n := "", 0; n == 0 || page != ""; n++ {
		part, next, err := b.client.(provider.Disputes).ChangedDisputes(b.Context(), since, page)
		if err != nil || n > 20 {
			b.Fatalf("page %d of the disputes: %v", n, err)
		}
		ids, page = append(ids, part...), next
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func disputeEnds(b *bench, won bool) {
	s := b.buys(b.plain)
	var claims []payment.Dispute
	for _, happens := range []func() error{
		func() error { return b.Dispute(s.id) },
		func() error { return b.Escalate(s.id) },
		func() error { return b.Resolve(s.id, won) },
	} {
		b.clock.move(time.Hour)
		since := b.clock.Now()
		b.must(happens())
		ids := b.changed(since)
		if len(ids) != 1 {
			b.Fatalf("changed are %q", ids)
		}
		claims = append(claims, b.disputed(s, ids[0]))
	}
	b.clock.move(time.Hour)
	if ids := b.changed(b.clock.Now()); len(ids) > 0 {
		b.Errorf("changed are %q", ids)
	}
	for i, c := range claims {
		if c.Open != (i < 2) || (c.Outcome != "") != (i == 2) || c.Amount != s.Total || c.Updated.IsZero() {
			b.Errorf("the claim %d is %+v", i, c)
		}
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0, 1}} {
		p := payment.Payment{ID: s.Order.Payment}
		for _, i := range order {
			p = payment.ObserveDispute(p, claims[i])
		}
		if len(p.Disputes) != 1 || p.Disputes[0] != claims[2] {
			b.Errorf("heard as %v it is %+v", order, p.Disputes)
		}
	}
}

// disputed is what a look at a dispute tells, about one capture and its payment.
func (b *bench) disputed(s sale, id string) payment.Dispute {
	b.Helper()
	disputes := b.client.(provider.Disputes)
	found, err := disputes.LookDispute(b.Context(), id)
	if err != nil || len(found) != 1 || found[0].ID != id || found[0].Capture != s.capture.ID {
		b.Fatalf("it is %+v, %v", found, err)
	}
	of := found[0].Payment
	if of == "" {
		of, err = disputes.PaymentOfCapture(b.Context(), found[0].Capture)
		b.must(err)
	}
	if of != s.Order.Payment {
		b.Errorf("it is of %q, want %s", of, s.Order.Payment)
	}
	return found[0].Dispute
}

func unknownDispute(b *bench) {
	_, id := b.disputes(b.plain)
	found, err := b.client.(provider.Disputes).LookDispute(b.Context(), another(id))
	if err != nil || len(found) > 0 {
		b.Errorf("it is %+v, %v", found, err)
	}
}

// severalPages is more disputes than one page of any provider's has.
const severalPages = 60

func disputesOverPages(b *bench) {
	for range severalPages {
		s := b.buys(b.plain)
		b.must(b.Dispute(s.id))
		b.must(b.Escalate(s.id))
	}
	if ids := b.changed(start); len(ids) != severalPages {
		b.Errorf("%d of %d disputes are listed", len(ids), severalPages)
	}
}
