package money

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text     string
		currency Currency
		minor    int64
		err      error
	}{
		{"12.34", "EUR", 1234, nil},
		{"12", "EUR", 1200, nil},
		{"12.3", "EUR", 1230, nil},
		{"12.3400", "EUR", 1234, nil},
		{"-0.05", "USD", -5, nil},
		{"0012.34", "EUR", 1234, nil},
		{"1000", "JPY", 1000, nil},
		{"1000.00", "JPY", 1000, nil},
		{"1000.5", "JPY", 0, ErrInexact},
		{"10.50", "HUF", 1050, nil},
		{"1.234", "KWD", 1234, nil},
		{"1.2345", "KWD", 0, ErrInexact},
		{"92233720368547758.07", "EUR", math.MaxInt64, nil},
		{"92233720368547758.08", "EUR", 0, ErrOverflow},
		{"", "EUR", 0, ErrSyntax},
		{"-", "EUR", 0, ErrSyntax},
		{".5", "EUR", 0, ErrSyntax},
		{"5.", "EUR", 0, ErrSyntax},
		{"+5", "EUR", 0, ErrSyntax},
		{"1e2", "EUR", 0, ErrSyntax},
		{"1,5", "EUR", 0, ErrSyntax},
		{" 1", "EUR", 0, ErrSyntax},
		{"NaN", "EUR", 0, ErrSyntax},
		{"١٢", "EUR", 0, ErrSyntax},
		{"0x10", "EUR", 0, ErrSyntax},
		{"--1", "EUR", 0, ErrSyntax},
		{"1", "eur", 0, ErrCurrency},
		{"1", "XXX", 0, ErrCurrency},
		{"1", "", 0, ErrCurrency},
	} {
		got, err := Parse(c.text, c.currency)
		if !errors.Is(err, c.err) || (err == nil && got != New(c.minor, c.currency)) {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, %v", c.text, c.currency, got, err, c.minor, c.err)
		}
	}
}

func TestDecimalWith(t *testing.T) {
	for _, c := range []struct {
		amount Amount
		places int
		text   string
		err    error
	}{
		{New(1234, "EUR"), 2, "12.34", nil},
		{New(5, "EUR"), 2, "0.05", nil},
		{New(-5, "EUR"), 2, "-0.05", nil},
		{New(-1234, "EUR"), 2, "-12.34", nil},
		{New(0, "EUR"), 2, "0.00", nil},
		{New(1000, "JPY"), 0, "1000", nil},
		{New(1000, "HUF"), 0, "10", nil},
		{New(1050, "HUF"), 0, "", ErrInexact},
		{New(1, "TWD"), 0, "", ErrInexact},
		{New(12340, "KWD"), 2, "12.34", nil},
		{New(12345, "KWD"), 2, "", ErrInexact},
		{New(7, "JPY"), 2, "7.00", nil},
		{New(math.MaxInt64, "JPY"), 2, "", ErrOverflow},
		{New(math.MinInt64, "EUR"), 2, "-92233720368547758.08", nil},
	} {
		got, err := c.amount.DecimalWith(c.places)
		if !errors.Is(err, c.err) || (err == nil && got != c.text) {
			t.Errorf("%v with %d decimals = %q, %v; want %q, %v", c.amount, c.places, got, err, c.text, c.err)
		}
	}
}

func TestArithmeticRefuses(t *testing.T) {
	most, least := New(math.MaxInt64, "EUR"), New(math.MinInt64, "EUR")
	for name, c := range map[string]struct {
		do  func() (Amount, error)
		err error
	}{
		"past the top":        {func() (Amount, error) { return most.Plus(New(1, "EUR")) }, ErrOverflow},
		"past the bottom":     {func() (Amount, error) { return least.Plus(New(-1, "EUR")) }, ErrOverflow},
		"minus the least":     {func() (Amount, error) { return Zero("EUR").Minus(least) }, ErrOverflow},
		"two currencies":      {func() (Amount, error) { return most.Plus(New(0, "USD")) }, ErrMixed},
		"no currency":         {func() (Amount, error) { return most.Plus(Amount{}) }, ErrMixed},
		"product too large":   {func() (Amount, error) { return New(math.MaxInt64/2+1, "EUR").Times(2) }, ErrOverflow},
		"product of 2^64":     {func() (Amount, error) { return New(1<<32, "EUR").Times(1 << 32) }, ErrOverflow},
		"a negative count":    {func() (Amount, error) { return New(1, "EUR").Times(-1) }, ErrOverflow},
		"a negative price":    {func() (Amount, error) { return New(-1, "EUR").Times(1) }, ErrOverflow},
		"a sum of currencies": {func() (Amount, error) { return Sum("EUR", New(1, "EUR"), New(1, "USD")) }, ErrMixed},
	} {
		if got, err := c.do(); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.err)
		}
	}
}

func anyCurrency() *rapid.Generator[Currency] {
	return rapid.SampledFrom(slices.Sorted(maps.Keys(exponents)))
}

func TestEveryAmountSurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(rapid.Int64().Draw(t, "minor"), anyCurrency().Draw(t, "currency"))
		back, err := Parse(a.Decimal(), a.Currency)
		if err != nil || back != a {
			t.Fatalf("%v became %q became %v, %v", a, a.Decimal(), back, err)
		}
	})
}

// What a provider's decimals can express comes back unchanged; what they cannot
// is refused, never rounded.
func TestDecimalWithIsExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), anyCurrency().Draw(t, "currency"))
		places := rapid.IntRange(0, 4).Draw(t, "places")
		text, err := a.DecimalWith(places)
		if err != nil {
			if !errors.Is(err, ErrInexact) {
				t.Fatal(err)
			}
			iso, _ := a.Currency.Exponent()
			unit := int64(1)
			for i := places; i < iso; i++ {
				unit *= 10
			}
			if a.Minor%unit == 0 {
				t.Fatalf("%v is a whole number of units and was refused", a)
			}
			return
		}
		if back, err := Parse(text, a.Currency); err != nil || back != a {
			t.Fatalf("%v became %q became %v, %v", a, text, back, err)
		}
	})
}

func TestPlusAndMinusUndoEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := New(rapid.Int64().Draw(t, "a"), "EUR"), New(rapid.Int64().Draw(t, "b"), "EUR")
		sum, err := a.Plus(b)
		if err != nil {
			return
		}
		if back, err := sum.Minus(b); b.Minor != math.MinInt64 && (err != nil || back != a) {
			t.Fatalf("%v + %v - %v = %v, %v", a, b, b, back, err)
		}
	})
}

func TestTextForm(t *testing.T) {
	for text, want := range map[string]Amount{"EUR 12.34": New(1234, "EUR"), "JPY 5": New(5, "JPY"), "USD -0.01": New(-1, "USD"), "": {}} {
		var got Amount
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q read as %v, %v", text, got, err)
		}
		if back, err := want.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%v written as %q, %v", want, back, err)
		}
	}
	for _, text := range []string{"12.34", "EUR", "EUR  1", "EUR 1 ", "eur 1", "XXX 1"} {
		if err := new(Amount).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	if _, err := New(1, "XXX").MarshalText(); !errors.Is(err, ErrCurrency) {
		t.Errorf("an unknown currency was written: %v", err)
	}
}
