package providertest

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// methodCases: every way to pay is bought in, looked at, given back and reported.
func methodCases(s Subject) (cases []testCase) {
	for _, p := range s.Purchases {
		cases = append(cases, testCase{p.System + " " + string(p.Total.Currency), func(b *bench) { b.proves(p) }})
	}
	return cases
}

func (b *bench) proves(p Purchase) {
	s := b.buys(p)
	b.paidOnce(s)
	c := s.capture
	if converted := c.Rate != ""; converted == (c.Received.Currency == "") || converted != (c.Net.Currency == "") || c.Fee.Minor <= 0 {
		b.Errorf("its figures are %+v", c)
	}
	rest := s.Total.Minor - s.half()
	b.refunds(s.refund("r1", s.half()))
	b.refunds(s.refund("r2", rest))
	b.isTold(s)
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, 2)
	b.clock.move(b.subject.ReportedAfter + time.Second)
	rows := b.rows(start, b.clock.Now())
	b.explains(rows)
	found := b.of(s, rows)
	if len(found[payment.EntrySale]) != 1 || found[payment.EntrySale][0].ID != c.ID || len(found[payment.EntryRefund]) != 2 {
		b.Errorf("its rows are %+v", found)
	}
}
