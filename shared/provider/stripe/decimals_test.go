package stripe

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// TestUnits: what Stripe is asked for, by hand.
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		units  int64
		fault  error
	}{
		{money.New(1234, "EUR"), 1234, nil},
		{money.New(1234, "JPY"), 1234, nil},
		{money.New(1234, "KRW"), 1234, nil},
		{money.New(5, "ISK"), 500, nil},
		{money.New(1234, "HUF"), 1234, nil}, // charged with two decimals
		{money.New(1234, "TWD"), 1234, nil},
		{money.New(1230, "KWD"), 1230, nil},
		{money.New(1234, "KWD"), 0, money.ErrInexact},
		{money.New(1235, "BHD"), 0, money.ErrInexact},
		{money.New(1234, "UGX"), 0, money.ErrCurrency},
		{money.New(1234, "MGA"), 0, money.ErrCurrency},
		{money.New(1234, "IQD"), 0, money.ErrCurrency},
		{money.New(1234, "eur"), 0, money.ErrCurrency},
		{money.New(1<<62, "ISK"), 0, money.ErrOverflow},
	} {
		got, err := units(c.amount)
		if got != c.units || !errors.Is(err, c.fault) {
			t.Errorf("%d %s is %d, %v; want %d, %v", c.amount.Minor, c.amount.Currency, got, err, c.units, c.fault)
		}
	}
}

// TestUnitsAndBack: whatever Stripe is asked for reads as the same amount.
func TestUnitsAndBack(t *testing.T) {
	var codes []string
	for code := range decimals {
		codes = append(codes, string(code))
	}
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), money.Currency(rapid.SampledFrom(codes).Draw(t, "currency")))
		count, err := units(a)
		if step := steps[a.Currency]; step > 1 && a.Minor%step != 0 {
			if !errors.Is(err, money.ErrInexact) {
				t.Fatalf("%s became %d", a, count)
			}
			return
		}
		back, readErr := amountOf(count, toLower(a.Currency))
		if err != nil || readErr != nil || back != a {
			t.Fatalf("%s became %d and %s (%v, %v)", a, count, back, err, readErr)
		}
	})
}

func toLower(c money.Currency) string {
	b := []byte(c)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}

// TestAmountOf: what cannot be an amount is none.
func TestAmountOf(t *testing.T) {
	for _, c := range []struct {
		count    int64
		currency string
		want     money.Amount
		fault    error
	}{
		{0, "eur", money.Zero("EUR"), nil},
		{-5, "eur", money.New(-5, "EUR"), nil},
		{550, "isk", money.Amount{}, money.ErrInexact},
		{-1 << 63, "usd", money.New(-1<<63, "USD"), nil},
		{5, "EUR", money.Amount{}, money.ErrCurrency},
		{5, "", money.Amount{}, money.ErrCurrency},
	} {
		if got, err := amountOf(c.count, c.currency); got != c.want || !errors.Is(err, c.fault) {
			t.Errorf("%d %s is %s, %v", c.count, c.currency, got, err)
		}
	}
}
