package payment

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// TestPostings: what each claim about a row moved, and when.
func TestPostings(t *testing.T) {
	begun := time.Date(2026, 10, 30, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return begun.AddDate(0, 0, n) }
	claim := func(updated int, amount, fee int64, reversed bool) Entry {
		e := Entry{Kind: EntrySale, Ref: "C", Code: "T0006", Amount: money.New(amount, "EUR"), At: begun, Updated: day(updated), Reversed: reversed}
		if fee != 0 {
			e.Fee = money.New(fee, "EUR")
		}
		return e
	}
	other := claim(3, 900, 0, false)
	other.Amount.Currency = "USD"
	for name, c := range map[string]struct {
		claims []Entry
		want   []string
	}{
		"done at once":            {[]Entry{claim(0, 7500, -297, false)}, []string{"30 EUR 75.00 EUR -2.97 true"}},
		"pending":                 {[]Entry{claim(0, 0, 0, false)}, nil},
		"pending until":           {[]Entry{claim(0, 0, 0, false), claim(3, 7500, -297, false)}, []string{"02 EUR 75.00 EUR -2.97 true"}},
		"a fee that changed":      {[]Entry{claim(0, 7500, -297, false), claim(3, 7500, -100, false)}, []string{"30 EUR 75.00 EUR -2.97 true", "02 EUR 0.00 EUR 1.97 false"}},
		"a fee that is gone":      {[]Entry{claim(0, 7500, -297, false), claim(3, 7500, 0, false)}, []string{"30 EUR 75.00 EUR -2.97 true", "02 EUR 0.00 EUR 2.97 false"}},
		"no change of money":      {[]Entry{claim(0, 7500, -297, false), claim(3, 7500, -297, false)}, []string{"30 EUR 75.00 EUR -2.97 true"}},
		"reversed":                {[]Entry{claim(0, 7500, -297, false), claim(3, 7500, -297, true)}, []string{"30 EUR 75.00 EUR -2.97 true"}},
		"first seen reversed":     {[]Entry{claim(3, 7500, -297, true)}, []string{"30 EUR 75.00 EUR -2.97 true"}},
		"in any order":            {[]Entry{claim(3, 7500, -100, false), claim(0, 7500, -297, false)}, []string{"30 EUR 75.00 EUR -2.97 true", "02 EUR 0.00 EUR 1.97 false"}},
		"another currency":        {[]Entry{claim(0, 7500, 0, false), other}, []string{"30 EUR 75.00  true", "02 EUR -75.00  false", "02 USD 9.00  true"}},
		"taken back by its claim": {[]Entry{claim(0, 7500, -297, false), claim(3, 0, 0, false)}, []string{"30 EUR 75.00 EUR -2.97 true", "02 EUR -75.00 EUR 2.97 false"}},
		"no row":                  {[]Entry{{Kind: EntryCaptured, Ref: "C", Amount: money.New(7500, "EUR"), At: begun}}, nil},
	} {
		var got []string
		for _, m := range (Payment{Entries: c.claims}).Postings() {
			got = append(got, fmt.Sprintf("%s %s %s %t", m.Moved.Format("02"), m.Amount, m.Fee, m.First))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestPostingsAddUpToTheRows: whatever the claims and their order, all postings of a row
// add up to what it is now.
func TestPostingsAddUpToTheRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var claims []Entry
		for range rapid.IntRange(0, 8).Draw(t, "claims") {
			claims = append(claims, Entry{
				Kind: EntrySale, Ref: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "ref"), Code: "T0006",
				Amount:  money.New(rapid.Int64Range(-3, 3).Draw(t, "amount"), rapid.SampledFrom([]money.Currency{"EUR", "EUR", "USD"}).Draw(t, "currency")),
				Updated: time.Date(2026, 11, rapid.IntRange(1, 4).Draw(t, "day"), 0, 0, 0, 0, time.UTC), Reversed: rapid.Bool().Draw(t, "reversed"),
			})
		}
		p := ObserveRows(Payment{}, claims...)
		sum := map[string]int64{}
		for _, m := range p.Postings() {
			sum[m.Ref+string(m.Amount.Currency)] += m.Amount.Minor
		}
		for _, row := range p.Rows() {
			sum[row.Ref+string(row.Amount.Currency)] -= row.Amount.Minor
		}
		for key, left := range sum {
			if left != 0 {
				t.Fatalf("%s: the postings are %d more than the row", key, left)
			}
		}
		shuffled := ObserveRows(Payment{}, rapid.Permutation(claims).Draw(t, "order")...)
		if !slices.Equal(p.Postings(), shuffled.Postings()) {
			t.Fatalf("%v, in another order %v", p.Postings(), shuffled.Postings())
		}
	})
}
