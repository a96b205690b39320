package providertest

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// reportCases: every movement of the account is one row, and all of them together are the
// balance, to the cent.
var reportCases = []testCase{
	{"RowForEverything", rowForEverything},
	{"RefundThatFails", refundThatFails},
	{"CutAnywhere", cutAnywhere},
	{"BalanceOfAnyTime", balanceOfAnyTime},
	{"NotYet", notYet},
	{"StrangeRangesAreNotSent", strangeRangesAreNotSent},
	{"TooMany", tooMany},
}

// rows are the rows of some time, on all pages.
func (b *bench) rows(from, to time.Time) []settlement.Row {
	b.Helper()
	rows, err := b.read(from, to)
	b.must(err)
	return rows
}

func (b *bench) read(from, to time.Time) (rows []settlement.Row, err error) {
	b.Helper()
	total := 0
	for page, n := "", 0; n == 0 || page != ""; n++ {
		got, err := b.client.(provider.Reports).Rows(b.Context(), from, to, page)
		if err != nil {
			return nil, err
		}
		if n > 0 && got.Total != total || got.Until.After(to) || got.Next == page && page != "" {
			b.Fatalf("page %d is %+v", n, got)
		}
		rows, page, total = append(rows, got.Rows...), got.Next, got.Total
	}
	if len(rows) != total {
		b.Errorf("%d rows are told of %d", len(rows), total)
	}
	if !slices.IsSortedFunc(rows, func(x, y settlement.Row) int { return x.Initiated.Compare(y.Initiated) }) {
		b.Error("the rows are not in the order of time")
	}
	return rows, nil
}

// account is a life of the account: sales, what is given back of one, a dispute that is
// lost, another that is won, and somebody else's business.
type account struct {
	given, lost, won, alone sale
	refund                  payment.Refund
}

func (b *bench) lives() (a account) {
	b.Helper()
	step := func() { b.clock.move(time.Hour) }
	for _, s := range []*sale{&a.given, &a.lost, &a.won, &a.alone} {
		*s = b.buys(b.plain)
		step()
	}
	a.refund = b.refunds(a.given.refund("r1", a.given.half()))
	step()
	b.must(b.RefundElsewhere(a.given.id, money.New(100, a.given.Total.Currency)))
	step()
	for s, won := range map[*sale]bool{&a.lost: false, &a.won: true} {
		b.must(b.Dispute(s.id))
		step()
		b.must(b.Escalate(s.id))
		step()
		b.must(b.Resolve(s.id, won))
		step()
	}
	b.must(b.Other())
	b.clock.move(b.subject.ReportedAfter)
	return a
}

// sums is what rows have moved of each currency's total.
func (b *bench) sums(rows []settlement.Row) map[money.Currency]int64 {
	b.Helper()
	sums := map[money.Currency]int64{}
	for _, r := range rows {
		code, known := b.subject.CodeOf(r.Code)
		if !known || r.Fault != "" || r.ID == "" || r.Initiated.IsZero() || r.Updated.IsZero() {
			b.Errorf("a row cannot be counted: %+v", r)
		}
		if !r.Moves() || code.Balance != settlement.BalanceTotal {
			continue
		}
		sums[r.Amount.Currency] += r.Amount.Minor
		if !r.Fee.IsZero() {
			sums[r.Fee.Currency] += r.Fee.Minor
		}
	}
	return sums
}

// explains holds rows against the provider's own books.
func (b *bench) explains(rows []settlement.Row) {
	b.Helper()
	for currency, sum := range b.sums(rows) {
		if balance := b.Balance(currency); balance.Minor != sum {
			b.Errorf("the rows come to %d, and the balance is %s", sum, balance)
		}
	}
}

// of are the rows of a sale, by what they mean: found by what they carry, else by asking.
func (b *bench) of(s sale, rows []settlement.Row) map[payment.EntryKind][]settlement.Row {
	b.Helper()
	found := map[payment.EntryKind][]settlement.Row{}
	for _, r := range rows {
		owner, ask := settlement.Owner(r)
		if owner == "" && ask != "" {
			var err error
			owner, err = b.client.(provider.Reports).PaymentOf(b.Context(), ask)
			b.must(err)
		}
		if payment.IDIn(owner) == s.Order.Payment {
			code, _ := b.subject.CodeOf(r.Code)
			found[code.Kind] = append(found[code.Kind], r)
		}
	}
	return found
}

func rowForEverything(b *bench) {
	a := b.lives()
	rows := b.rows(start, b.clock.Now())
	b.explains(rows)
	keys := map[string]bool{}
	for _, r := range rows {
		if keys[r.Key()] {
			b.Errorf("the row %s is there twice", r.Key())
		}
		keys[r.Key()] = true
	}
	for _, s := range []sale{a.given, a.lost, a.won, a.alone} {
		sales := b.of(s, rows)[payment.EntrySale]
		if len(sales) != 1 || sales[0].ID != s.capture.ID || sales[0].Amount != s.Total || sales[0].Fee.Minor != -s.capture.Fee.Minor || s.capture.Fee.IsZero() {
			b.Errorf("the sale %+v has the rows %+v", s.capture, sales)
		}
	}
	refunds := b.of(a.given, rows)[payment.EntryRefund]
	if len(refunds) != 2 || !slices.ContainsFunc(refunds, func(r settlement.Row) bool { return r.ID == a.refund.ID && r.Amount.Minor == -a.given.half() }) {
		b.Errorf("the refunds have the rows %+v", refunds)
	}
	taken := b.of(a.lost, rows)
	if len(taken[payment.EntryChargeback])+len(taken[payment.EntryReversal]) != 1 {
		b.Errorf("a dispute that was lost has the rows %+v", taken)
	}
	if left := b.sums(slices.Concat(b.movements(a.won, rows)...))[a.won.Total.Currency]; left <= 0 {
		b.Errorf("of a dispute that was won %d are left", left)
	}
	if others := len(rows) - len(slices.Concat(b.movements(a.given, rows)...)) - len(slices.Concat(b.movements(a.lost, rows)...)) -
		len(slices.Concat(b.movements(a.won, rows)...)) - len(slices.Concat(b.movements(a.alone, rows)...)); others != 1 {
		b.Errorf("%d rows are nobody's, want one", others)
	}
}

func (b *bench) movements(s sale, rows []settlement.Row) (all [][]settlement.Row) {
	b.Helper()
	for _, part := range b.of(s, rows) {
		all = append(all, part)
	}
	return all
}

// refundThatFails: its money is in the balance again, and the rows say so.
func refundThatFails(b *bench) {
	s := b.buys(b.plain)
	b.must(b.Inject("pending", b.subject.Calls[Refund]))
	b.refunds(s.refund("r1", s.half()))
	b.clock.move(time.Hour)
	b.must(b.EndRefund(s.id, false))
	b.clock.move(b.subject.ReportedAfter)
	b.explains(b.rows(start, b.clock.Now()))
	want := b.Balance(s.Total.Currency)
	b.refunds(s.refund("r2", s.half()))
	b.clock.move(time.Hour)
	if b.EndRefund(s.id, false) != nil {
		return // what has arrived here does not come back
	}
	b.clock.move(b.subject.ReportedAfter)
	rows := b.rows(start, b.clock.Now())
	b.explains(rows)
	if got := b.Balance(s.Total.Currency); got != want || len(rows) != 3 {
		b.Errorf("the balance is %s, want %s; the rows are %+v", got, want, rows)
	}
}

// cutAnywhere: the same rows, once each, whatever the pieces of time.
func cutAnywhere(b *bench) {
	b.lives()
	whole, last := b.rows(start, b.clock.Now()), b.clock.Now().Add(-b.subject.ReportedAfter)
	var cut []settlement.Row
	for from := start; !from.After(last); from = from.Add(47 * time.Minute) {
		cut = append(cut, b.rows(from, from.Add(47*time.Minute-time.Second))...)
	}
	if !slices.Equal(cut, whole) {
		b.Errorf("cut into pieces there are %d rows, in one %d", len(cut), len(whole))
	}
}

// balanceOfAnyTime: between two balances there is nothing but rows.
func balanceOfAnyTime(b *bench) {
	reports := b.client.(provider.Reports)
	b.clock.move(b.subject.ReportedAfter)
	begin := b.clock.Now()
	b.lives()
	for _, at := range []time.Time{begin.Add(90 * time.Minute), begin.Add(5 * time.Hour), b.clock.Now().Add(-b.subject.ReportedAfter)} {
		got, err := reports.Balances(b.Context(), at)
		b.must(err)
		if !got.At.Equal(at) {
			b.Errorf("asked for %s, it is of %s", at, got.At)
		}
		for currency, sum := range b.sums(b.rows(begin, at)) {
			if got.Of[currency].Total.Minor != sum || got.Of[currency].Total.Currency != currency {
				b.Errorf("at %s the balance is %+v, and the rows come to %d", at, got.Of[currency], sum)
			}
		}
	}
}

func notYet(b *bench) {
	now := b.clock.Now()
	_, err := b.client.(provider.Reports).Rows(b.Context(), now.Add(time.Hour), now.Add(2*time.Hour), "")
	b.fails(err, provider.NotYet)
	page, err := b.client.(provider.Reports).Rows(b.Context(), now.Add(-24*time.Hour), now.Add(time.Hour), "")
	if err != nil || page.Until.After(now) || page.Refreshed.After(now) || page.Next != "" {
		b.Errorf("of a time that is not over it tells %+v, %v", page, err)
	}
}

func strangeRangesAreNotSent(b *bench) {
	b.sends(0, func() {
		for _, c := range []struct {
			to   time.Duration
			page string
		}{{-time.Second, ""}, {32 * 24 * time.Hour, ""}, {time.Hour, "x"}, {time.Hour, "-1"}} {
			_, err := b.client.(provider.Reports).Rows(b.Context(), start.Add(-40*24*time.Hour), start.Add(-40*24*time.Hour).Add(c.to), c.page)
			b.fails(err, provider.OurBug)
		}
	})
}

// tooMany rows for one list are had by asking for less time at once.
func tooMany(b *bench) {
	for range b.subject.MostRows + 1 {
		b.must(b.Other())
		b.clock.move(time.Second)
	}
	end := b.clock.Now()
	b.clock.move(b.subject.ReportedAfter)
	_, err := b.read(start, end)
	b.fails(err, provider.TooMany)
	half := start.Add(end.Sub(start) / 2)
	rows := append(b.rows(start, half), b.rows(half.Truncate(time.Second).Add(time.Second), end)...)
	if len(rows) != b.subject.MostRows+1 {
		b.Errorf("in two parts there are %d rows, want %d", len(rows), b.subject.MostRows+1)
	}
	b.explains(rows)
}
