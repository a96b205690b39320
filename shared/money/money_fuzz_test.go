package money

import (
	"math/big"
	"regexp"
	"testing"
)

var decimalForm = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// FuzzParse holds Parse against whole numbers of any size: it takes a decimal exactly
// where its minor units are whole and fit, gives just those, and reads back what it writes.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0", "-0", "12.34", "12.340", "0.005", "-0.05", "92233720368547758.07", "92233720368547758.08", "-92233720368547758.08", "1e2", "+1", ".5", "1.", "1,00", "١", "00012.30", "NaN", "0x1p4"} {
		for _, currency := range []string{"EUR", "JPY", "BHD", "HUF", "XXX"} {
			f.Add(seed, currency)
		}
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		c := Currency(currency)
		got, err := Parse(text, c)
		places, known := c.Exponent()
		want, exact := new(big.Int), false
		if known && decimalForm.MatchString(text) && len(text) < 5000 {
			units, _ := new(big.Rat).SetString(text)
			units.Mul(units, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)))
			want, exact = units.Num(), units.IsInt() && units.Num().IsInt64()
		}
		switch {
		case len(text) >= 5000:
		case (err == nil) != exact:
			t.Errorf("%q of %q: %v, %v; the model takes it: %t", text, currency, got, err, exact)
		case err == nil && (got.Minor != want.Int64() || got.Currency != c):
			t.Errorf("%q of %q is %d, want %s", text, currency, got.Minor, want)
		}
		if err != nil {
			if got != (Amount{}) {
				t.Errorf("%q is refused and %v", text, got)
			}
			return
		}
		if again, err := Parse(got.Decimal(), c); err != nil || again != got {
			t.Errorf("%q is written %q and read back as %v, %v", text, got.Decimal(), again, err)
		}
	})
}
