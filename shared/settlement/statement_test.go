package settlement

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// dates are the days of anyRows, and one more.
var dates = []string{"2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"}

// movedOnDay is on which day a row moved, told without the package's own rule.
func movedOnDay(r Row) string {
	switch r.Status {
	case StatusDone:
		return r.Updated.Format(time.DateOnly)
	case StatusReversed:
		return r.Initiated.Format(time.DateOnly)
	}
	return ""
}

// TestStatements: whatever the rows, their columns add up to what moved, what moved
// explains the balances, and every single day adds up to the whole.
func TestStatements(t *testing.T) {
	opening := map[money.Currency]Funds{"EUR": {eur(10_000), eur(8_000)}, "USD": {money.Zero("USD"), money.Zero("USD")}, "GBP": {money.New(7, "GBP"), money.New(7, "GBP")}}
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		for i := range rows {
			rows[i].Custom = rapid.SampledFrom([]string{ours, ""}).Draw(t, "whose")
		}
		first := rapid.IntRange(0, 2).Draw(t, "from")
		until := rapid.IntRange(first+1, 3).Draw(t, "to")
		known := rapid.IntRange(0, first).Draw(t, "base") // the day after it
		from, to := dates[first], dates[until]
		base := Known{Day: day.AddDate(0, 0, known-1).Format(time.DateOnly)}
		base.Of = balances(opening, rows, base.Day)
		last := Known{Day: dates[rapid.IntRange(first, until-1).Draw(t, "last")]}
		last.Of = balances(opening, rows, last.Day)
		all, daily, err := StatementsOf(words, byDay(rows), from, to, base, last)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			c := s.Currency
			sum, err := money.Sum(c, s.Captured, s.Fees, s.Refunds, s.Reversals, s.Conversions, s.PaidOut, s.Other, s.OtherSales)
			if err != nil || sum != s.Moved {
				t.Fatalf("%s: the columns add up to %s, %v; moved %s", c, sum, err, s.Moved)
			}
			before, after := balances(opening, rows, day.AddDate(0, 0, first-1).Format(time.DateOnly)), balances(opening, rows, dates[until-1])
			if want := after[c].Total.Minor - before[c].Total.Minor; s.Moved.Minor != want {
				t.Fatalf("%s moved %s, the account %d", c, s.Moved, want)
			}
			if s.Opening.Minor != before[c].Total.Minor || s.Closing.Minor != last.Of[c].Total.Minor || !s.Remainder.IsZero() ||
				s.Available.Minor != last.Of[c].Available.Minor || s.OpeningAvailable.Minor != before[c].Available.Minor || s.OnHold.Minor != s.Closing.Minor-s.Available.Minor || s.Explained != last.Day {
				t.Fatalf("%+v, want from %v to %v", s, before[c], last.Of[c])
			}
			if want := after[c].Total.Minor - last.Of[c].Total.Minor; s.MovedSince.Minor != want {
				t.Fatalf("%s moved %s after %s, the account %d", c, s.MovedSince, last.Day, want)
			}
			if want := captured(rows, c, from, to); s.Captured.Minor != want.gross || s.Sales != want.count {
				t.Fatalf("captured %s in %d rows, want %+v", s.Captured, s.Sales, want)
			}
			byDay := money.Zero(c)
			for _, d := range daily {
				for _, of := range d.Of {
					if of.Currency == c {
						byDay.Minor += of.Moved.Minor
					}
				}
			}
			if byDay != s.Moved {
				t.Fatalf("the days moved %s, together %s", byDay, s.Moved)
			}
		}
	})
}

// captured counts our sales by hand.
func captured(rows []Row, c money.Currency, from, to string) (sum struct{ gross, count int64 }) {
	for _, r := range rows {
		if on := movedOnDay(r); r.Code == "T0006" && r.Custom == ours && r.Amount.Currency == c && on >= from && on < to {
			sum.gross, sum.count = sum.gross+r.Amount.Minor, sum.count+1
		}
	}
	return sum
}

// TestStatementCountsARowOfNothing on the day on which it was done, as any other.
func TestStatementCountsARowOfNothing(t *testing.T) {
	r := sale("A", 9, 0, 0)
	r.Updated = r.Updated.Add(24 * time.Hour)
	known := Known{"2026-11-20", map[money.Currency]Funds{"EUR": {eur(0), eur(0)}}}
	for i, want := range []int64{0, 1} {
		from, to := dates[i], dates[i+1]
		all, _, err := StatementsOf(words, byDay([]Row{r}), from, to, known, Known{from, known.Of})
		if err != nil || len(all) != 1 || all[0].Sales != want {
			t.Errorf("%s: %+v, %v", from, all, err)
		}
	}
}

// TestStatementTellsARemainder: what no row explains is there to the cent, however the
// opening had to be brought forward.
func TestStatementTellsARemainder(t *testing.T) {
	rows := []Row{sale("A", 9, 1000, -50), sale("B", 33, 700, -30)}
	for name, base := range map[string]Known{
		"the day before":     {"2026-11-21", map[money.Currency]Funds{"EUR": {eur(950), eur(950)}}},
		"a day further back": {"2026-11-20", map[money.Currency]Funds{"EUR": {eur(0), eur(0)}}},
	} {
		last := Known{"2026-11-22", map[money.Currency]Funds{"EUR": {eur(950 + 670 - 3), eur(900)}}}
		all, _, err := StatementsOf(words, byDay(rows), "2026-11-22", "2026-11-23", base, last)
		if err != nil || len(all) != 1 || all[0].Remainder != eur(-3) || all[0].Opening != eur(950) || all[0].OnHold != eur(717) {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

// TestStatementColumns: where a row of each kind stands, ours and foreign.
func TestStatementColumns(t *testing.T) {
	of := func(code, custom string, amount, fee int64) Row {
		r := sale(code+custom, 9, amount, fee)
		r.Code, r.Custom = code, custom
		return r
	}
	rows := []Row{
		of("T0006", ours, 10_000, -300), of("T1107", ours, -1000, 10), of("T1106", ours, -200, 0), of("T1201", ours, -50, 0),
		of("T1202", ours, 20, 0), of("T0106", ours, -16, 0), of("T0200", ours, -500, 0), of("T9999", ours, 3, -1),
		of("T0006", "", 900, -40), of("T1107", "", -100, 0), of("T0200", "", -7, 0), of("T0107", "", -1, 0),
		of("T0403", "", -5000, -2), of("T0300", "", 4000, 0), of("T1110", ours, -60, 0), of("T1300", ours, 77, 0),
	}
	pending := of("T0007", ours, 800, -9)
	pending.Status = StatusPending
	leaving := of("T0400", "", -250, 0)
	leaving.Status = StatusPending
	denied := of("T0000", ours, 999, 0)
	denied.Status = StatusDenied
	all, _, err := StatementsOf(words, byDay(append(rows, pending, leaving, denied)), "2026-11-21", "2026-11-22", Known{}, Known{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	want := *newStatement("EUR")
	want.Captured, want.Fees, want.Refunds, want.Reversals = eur(10_000), eur(-300+10-16), eur(-1000), eur(-230)
	want.Conversions, want.PaidOut, want.Other, want.OtherSales = eur(-500), eur(-5000), eur(4000-2+2), eur(900-40-100-7-1)
	want.Moved = eur(10_000 - 306 - 1000 - 230 - 500 - 5000 + 4000 + 752)
	want.Sales, want.Refunded, want.Incoming, want.InTransit = 1, 1, eur(800), eur(250)
	if all[0] != want {
		t.Errorf("got\n%+v\nwant\n%+v", all[0], want)
	}
}

// TestCarry: whatever is carried of the first days explains as the days themselves do,
// also with a remainder, and with rows that moved after them.
func TestCarry(t *testing.T) {
	opening := map[money.Currency]Funds{"EUR": {eur(10_000), eur(8_000)}, "USD": {money.Zero("USD"), money.Zero("USD")}}
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		days := byDay(rows)
		until := rapid.IntRange(0, 2).Draw(t, "until")
		closing := balances(opening, rows, dates[until])
		closing["EUR"] = Funds{eur(closing["EUR"].Total.Minor + 5), closing["EUR"].Available} // no row explains them
		want, err := RollForward(words, opening, closing, days, dates[until])
		if err != nil {
			t.Fatal(err)
		}
		carry := Day{Day: "2026-11-20"}
		for n := range until + 1 {
			if carry, err = carry.Carry(days[n]); err != nil {
				t.Fatal(err)
			}
			got, err := RollForward(words, opening, closing, append([]Day{carry}, days[n+1:]...), dates[until])
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("with %d days carried\n%+v, %v\nwant\n%+v", n+1, got, err, want)
			}
		}
	})
}

// TestMoneyOf: what all payments did adds up to the statement's columns.
func TestMoneyOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		payments := []payment.Payment{{}, {}}
		for i := range rows {
			rows[i].Custom = ours
			if e, ok := words.Entry(rows[i]); ok {
				of := rapid.IntRange(0, 1).Draw(t, "payment")
				payments[of] = payment.ObserveRows(payments[of], e)
			}
		}
		first := rapid.IntRange(0, 2).Draw(t, "from")
		from, to := dates[first], dates[rapid.IntRange(first+1, 3).Draw(t, "to")]
		all, _, err := StatementsOf(words, byDay(rows), from, to, Known{}, Known{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[money.Currency]*Statement{}
		for _, p := range payments {
			list, err := MoneyOf(p, Sight{Words: words}, from, to)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				s := statementIn(got, m.Currency)
				s.Captured.Minor += m.Captured.Minor
				s.Fees.Minor += m.Fees.Minor
				s.Refunds.Minor += m.Refunds.Minor
				s.Moved.Minor += m.Net.Minor
			}
		}
		want := map[money.Currency]*Statement{}
		for _, s := range all {
			w := statementIn(want, s.Currency)
			w.Captured, w.Fees, w.Refunds, w.Moved.Minor = s.Captured, s.Fees, s.Refunds, s.Moved.Minor-s.PaidOut.Minor-s.Other.Minor-s.OtherSales.Minor
		}
		for c := range maps.Keys(want) {
			if *statementIn(got, c) != *want[c] {
				t.Fatalf("the payments'\n%+v\nthe statement's\n%+v", got[c], want[c])
			}
		}
	})
}
