package providertest

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// methodCases: every way to pay is bought in, looked at, given back, disputed and
// reported, and what was seen of it is written down.
func methodCases(s Subject, r *record) (cases []testCase) {
	for _, p := range s.Purchases {
		cases = append(cases, testCase{p.System + " " + string(p.Total.Currency), func(b *bench) { r.holds(b.T, b.proves(p)) }})
	}
	return cases
}

// proves lives through a purchase, and through what else can become of one.
func (b *bench) proves(p Purchase) (seen Proof) {
	s := b.opens(p)
	seen = Proof{System: p.System, Method: p.Method, Provider: b.client.Name(), Country: p.Country, Total: p.Total, SelfCompleting: s.opened.SelfCompleting}
	b.must(b.Pay(s.id, p))
	_, err := b.takes(s)
	b.must(err)
	if seen.Later = len(b.look(s.id).Captures) == 1 && b.look(s.id).Captures[0].State == payment.Pending; seen.Later {
		b.clock.move(24 * time.Hour)
		b.must(b.Conclude(s.id, true))
	}
	s.capture = b.captured(s, payment.Completed)
	b.paidOnce(s)
	b.figures(s.capture)
	b.refunds(s.refund("r1", s.half()))
	b.refunds(s.refund("r2", s.Total.Minor-s.half()))
	b.isTold(s)
	b.stands(s, s.Total.Minor, 1, s.Total.Minor, 2)
	seen.Rows = b.rowsOf(s)
	b.complained(p)
	seen.RefundDays = b.refusesAfter(p)
	return seen
}

// figures holds what the provider says it took: in the currency paid in, or in the one
// that it was converted to.
func (b *bench) figures(c payment.Capture) {
	b.Helper()
	if converted := c.Rate != ""; converted == (c.Received.Currency == "") || converted != (c.Net.Currency == "") || c.Fee.Minor <= 0 {
		b.Errorf("its figures are %+v", c)
	}
}

// rowsOf are the codes of a sale's rows, which are one for what was taken and one for each
// refund.
func (b *bench) rowsOf(s sale) (codes []string) {
	b.Helper()
	b.clock.move(b.subject.ReportedAfter + time.Second)
	rows := b.rows(start, b.clock.Now())
	b.explains(rows)
	found := b.of(s, rows)
	if len(found[payment.EntrySale]) != 1 || found[payment.EntrySale][0].ID != s.capture.ID || len(found[payment.EntryRefund]) != 2 {
		b.Errorf("its rows are %+v", found)
	}
	for _, r := range append(found[payment.EntrySale], found[payment.EntryRefund]...) {
		codes = append(codes, r.Code)
	}
	return codes
}

func (b *bench) complained(p Purchase) {
	b.Helper()
	s := b.buys(p)
	since := b.clock.Now()
	b.must(b.Dispute(s.id))
	ids := b.changed(since)
	if len(ids) != 1 {
		b.Fatalf("changed are %q", ids)
	}
	if d := b.disputed(s, ids[0]); !d.Open || d.Amount != p.Total {
		b.Errorf("the dispute is %+v", d)
	}
}

// refusesAfter is after how many days a refund is refused, and was not an hour before; 0
// where the provider names no end.
func (b *bench) refusesAfter(p Purchase) int {
	b.Helper()
	if p.RefundDays == 0 {
		return 0
	}
	s := b.buys(p)
	b.clock.move(time.Duration(p.RefundDays)*24*time.Hour - time.Hour)
	b.refunds(s.refund("r1", s.half()))
	b.clock.move(time.Hour)
	_, err := b.client.Refund(b.Context(), s.refund("r2", s.half()))
	b.fails(err, provider.RefundRefused)
	b.stands(s, s.Total.Minor, 1, s.half(), 1)
	return p.RefundDays
}
