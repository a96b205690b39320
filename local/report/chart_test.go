package report

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

func TestAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		low, high := rapid.Int64Range(-1e15, 1e15).Draw(t, "low"), rapid.Int64Range(-1e15, 1e15).Draw(t, "high")
		steps := rapid.Int64Range(2, 6).Draw(t, "steps")
		a := axisOf(low, high, steps, c)
		ticks := a.ticks()
		if a.low > min(low, 0) || a.high < max(high, 0) || len(ticks) < 1 || int64(len(ticks)) > steps+2 {
			t.Fatalf("%+v has the ticks %v", a, ticks)
		}
		zero := false
		for i, v := range ticks {
			zero = zero || v == 0
			if v < a.low || v > a.high || i > 0 && a.place(v, 2000) > a.place(ticks[i-1], 2000) {
				t.Fatalf("%d is not where it belongs on %+v", v, a)
			}
		}
		if round := strings.TrimLeft(strings.TrimRight(money.New(a.step, "JPY").Decimal(), "0"), "0"); round != "1" && round != "2" && round != "5" {
			t.Fatalf("steps of %d", a.step)
		}
		if !zero || a.place(a.high, 2000) != 0 || a.place(a.low, 2000) < 1999 {
			t.Fatalf("%+v", a)
		}
	})
}

// Labels have decimals where a step needs them, and else none.
func TestAxisLabels(t *testing.T) {
	for _, c := range []struct {
		high     int64
		currency money.Currency
		want     string
	}{
		{4_000_000, "EUR", "0 10,000 20,000 30,000 40,000"}, {100, "EUR", "0.00 0.50 1.00"}, {0, "EUR", "0.00 0.50 1.00"},
		{40, "JPY", "0 10 20 30 40"}, {1500, "KWD", "0.000 0.500 1.000 1.500"}, {-4_000_000, "EUR", "−40,000 −30,000 −20,000 −10,000 0"},
	} {
		a := axisOf(c.high, c.high, 4, c.currency)
		var labels []string
		for _, v := range a.ticks() {
			labels = append(labels, a.label(v))
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.high, c.currency, got, c.want)
		}
	}
}

// Every day is in one column, and no figure is lost on the way into the picture.
func TestBuckets(t *testing.T) {
	for _, c := range []struct {
		from string
		days int
		want int
	}{{"2026-11-01", 1, 1}, {"2026-10-01", 31, 31}, {"2026-01-01", 62, 62}, {"2026-01-01", 63, 10}, {"2024-01-01", 366, 53}, {"2026-01-01", 365, 53}} {
		r := life(c.from, c.days, "EUR")
		whole := r.Accounts[0].Currencies[0]
		list, err := buckets(r.From, r.To, r.Accounts[0].statement(whole), r.Accounts[0].moved("EUR"))
		if err != nil {
			t.Fatal(err)
		}
		sum, days := nothing("EUR"), 0
		for i, b := range list {
			from, _ := time.Parse(time.DateOnly, b.From)
			to, _ := time.Parse(time.DateOnly, b.To)
			days += int(to.Sub(from)/(24*time.Hour)) + 1
			if i > 0 && from.AddDate(0, 0, -1).Format(time.DateOnly) != list[i-1].To {
				t.Errorf("%s does not follow %s", b.From, list[i-1].To)
			}
			if c.days > dailyDays && i > 0 && from.Weekday() != time.Monday {
				t.Errorf("a week begins on %s", from.Weekday())
			}
			sum.add(b.Figures)
		}
		if len(list) != c.want || days != c.days || sum != whole.Figures || list[len(list)-1].Balance != whole.Balance.Closing {
			t.Errorf("%d days from %s: %d columns of %d days, %+v", c.days, c.from, len(list), days, sum)
		}
	}
	if _, err := buckets("2026-11-01", "tomorrow", statement{}, nil); err == nil {
		t.Error("a day that is none has columns")
	}
}

// The bars of a day are where its figures are: each as high as it is worth, what came
// above the line and what left below.
func TestChart(t *testing.T) {
	day := nothing("EUR")
	day.Captured.Minor, day.Refunds.Minor, day.Reversals.Minor, day.Fees.Minor, day.PaidOut.Minor = 10000, -3000, -1000, -500, -4000
	won := nothing("EUR")
	won.Reversals.Minor = 2000 // a chargeback that was won back
	c := statement{Currency: Currency{Figures: nothing("EUR")}, Explained: "2026-11-01", Balance: Balance{Opening: amount(1000, "EUR")}}
	day.Moved.Minor = 1500
	list, err := buckets("2026-11-01", "2026-11-04", c, map[string]Figures{"2026-11-01": day, "2026-11-02": won})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		k := f.draw("EUR", list)
		if len(k.Columns) != 3 || len(k.Columns[0].Bars) != 4 || len(k.Columns[1].Bars) != 1 || len(k.Columns[2].Bars) != 0 {
			t.Fatalf("%+v", k.Columns)
		}
		upper := k.Areas[0]
		captured, refunds, fees, paid := k.Columns[0].Bars[0], k.Columns[0].Bars[1], k.Columns[0].Bars[2], k.Columns[0].Bars[3]
		near := func(a, b int) bool { return a-b <= 2 && b-a <= 2 }
		if !near(captured.Y+captured.Height, upper.Zero) || !near(refunds.Y, upper.Zero) || !near(fees.Y, refunds.Y+refunds.Height) ||
			!near(captured.Height*4000, refunds.Height*10000) && !near(captured.Height, refunds.Height*10/4) {
			t.Errorf("%s: %+v, nothing is at %d", f.class, k.Columns[0].Bars, upper.Zero)
		}
		if back := k.Columns[1].Bars[0]; !near(back.Y+back.Height, upper.Zero) || back.Class != "refunds" {
			t.Errorf("%s: what was won back hangs at %+v", f.class, back)
		}
		if !near(paid.Y, k.Areas[1].Zero) || paid.Class != "paidout" {
			t.Errorf("%s: %+v, nothing is at %d", f.class, paid, k.Areas[1].Zero)
		}
		// The balance is known for one day, and drawn no further.
		if line := k.Areas[1].Line; strings.Count(line, "H") != 1 || strings.Contains(k.Columns[1].Says, "balance") || !strings.Contains(k.Columns[0].Says, "balance 25.00") {
			t.Errorf("%s: the line %q, %q", f.class, line, k.Columns[0].Says)
		}
	}
}

// Whatever the figures are, all of the picture is inside its frame.
func TestChartStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "IDR"}).Draw(t, "currency")
		days := map[string]Figures{}
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		count := rapid.IntRange(1, 366).Draw(t, "days")
		for i := range count {
			if i%30 == 0 {
				f, any := nothing(c), rapid.Int64Range(-1e12, 1e12)
				f.Captured.Minor, f.Refunds.Minor, f.Fees.Minor, f.PaidOut.Minor = any.Draw(t, "a"), any.Draw(t, "b"), any.Draw(t, "c"), any.Draw(t, "d")
				f.Moved.Minor = f.Captured.Minor + f.Refunds.Minor + f.Fees.Minor + f.PaidOut.Minor
				days[from.AddDate(0, 0, i).Format(time.DateOnly)] = f
			}
		}
		whole := statement{Currency: Currency{Figures: nothing(c)}, Explained: "2026-06-30", Balance: Balance{Opening: amount(7, c)}}
		list, err := buckets("2026-01-01", from.AddDate(0, 0, count).Format(time.DateOnly), whole, days)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range formats {
			k := f.draw(c, list)
			for i, col := range k.Columns {
				if col.X < k.Left || col.X+col.Width > k.Right || i > 0 && col.X != k.Columns[i-1].X+k.Columns[i-1].Width {
					t.Fatalf("column %d is at %d, %d wide", i, col.X, col.Width)
				}
				for _, b := range col.Bars {
					if b.X < col.X || b.X+b.Width > col.X+col.Width || b.Y < k.Areas[0].Top || b.Y+b.Height > k.Areas[1].Bottom+10 || b.Height <= 0 || b.Width <= 0 {
						t.Fatalf("%+v is outside of %+v", b, col)
					}
				}
			}
			for i := 1; i < len(k.Labels); i++ {
				if k.Labels[i].X-k.Labels[i-1].X < f.between-20 {
					t.Fatalf("the labels %+v overlap", k.Labels)
				}
			}
		}
	})
}
