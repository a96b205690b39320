// Package money holds amounts: whole minor units of an ISO 4217 currency.
// There is no floating point here, and a test looks. Nothing rounds either: an
// amount that cannot be expressed exactly is refused.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// The closed set of errors.
var (
	ErrCurrency = errors.New("money: not a currency")
	ErrSyntax   = errors.New("money: not an amount")
	ErrInexact  = errors.New("money: cannot be expressed exactly")
	ErrOverflow = errors.New("money: amount out of range")
	ErrMixed    = errors.New("money: two currencies in one sum")
)

// Amount is a sum of money: Minor whole minor units (cents, yen, fils) of
// Currency. The zero Amount has no currency and adds to nothing. Its text form,
// in JSON too, is "EUR 12.34"; that of the zero Amount is empty.
type Amount struct {
	Minor    int64
	Currency Currency
}

// New is an amount of minor units.
func New(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// Zero is nothing of a currency.
func Zero(c Currency) Amount { return Amount{Currency: c} }

// IsZero reports whether the amount is nothing, of whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Plus adds. Errors: ErrMixed, ErrOverflow.
func (a Amount) Plus(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrMixed, a.Currency, b.Currency)
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, ErrOverflow
	}
	return New(sum, a.Currency), nil
}

// Minus subtracts. Errors: ErrMixed, ErrOverflow.
func (a Amount) Minus(b Amount) (Amount, error) {
	if b.Minor == math.MinInt64 {
		return Amount{}, ErrOverflow
	}
	return a.Plus(New(-b.Minor, b.Currency))
}

// Times multiplies by a count of things. Errors: ErrOverflow (also for a
// negative count or amount: nothing that is sold has one).
func (a Amount) Times(count int64) (Amount, error) {
	if count < 0 || a.Minor < 0 {
		return Amount{}, ErrOverflow
	}
	high, low := bits.Mul64(uint64(a.Minor), uint64(count))
	if high != 0 || low > math.MaxInt64 {
		return Amount{}, ErrOverflow
	}
	return New(int64(low), a.Currency), nil
}

// Sum adds amounts of one currency; the sum of none is zero of c.
// Errors: ErrMixed, ErrOverflow.
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	total := Zero(c)
	for _, a := range amounts {
		var err error
		if total, err = total.Plus(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// Decimal writes the amount in major units with exactly the currency's ISO
// decimals and no currency: 1234 minor units of EUR are "12.34", of JPY "1234".
// An unknown currency is written in minor units.
func (a Amount) Decimal() string {
	places, _ := a.Currency.Exponent()
	s, _ := a.DecimalWith(places)
	return s
}

// DecimalWith writes the amount in major units with exactly so many decimals,
// as a provider counts them, or refuses: 1050 minor units of HUF (ISO has two
// decimals) are "10.50" with two and ErrInexact with none.
// Errors: ErrCurrency, ErrInexact, ErrOverflow.
func (a Amount) DecimalWith(places int) (string, error) {
	iso, ok := a.Currency.Exponent()
	if !ok {
		return strconv.FormatInt(a.Minor, 10), ErrCurrency
	}
	units, err := rescale(a.Minor, iso, places)
	if err != nil {
		return "", err
	}
	return point(units, places), nil
}

// String is the text form: "EUR 12.34", and empty for the zero Amount.
func (a Amount) String() string {
	if a == (Amount{}) {
		return ""
	}
	return string(a.Currency) + " " + a.Decimal()
}

// MarshalText writes the text form. Errors: ErrCurrency.
func (a Amount) MarshalText() ([]byte, error) {
	if a != (Amount{}) && !a.Currency.Valid() {
		return nil, fmt.Errorf("%w: %q", ErrCurrency, string(a.Currency))
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads the text form back. Errors: those of Parse.
func (a *Amount) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Amount{}
		return nil
	}
	currency, decimal, _ := strings.Cut(string(text), " ")
	parsed, err := Parse(decimal, Currency(currency))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// Parse reads a decimal in major units ("12.34", "1234", "-0.05") that has at
// most the currency's ISO decimals. There is no grouping, no exponent form, no
// plus sign and no bare point. Errors: ErrCurrency, ErrSyntax, ErrInexact (more
// decimals than the currency has, unless they are zeros), ErrOverflow.
func Parse(s string, c Currency) (Amount, error) {
	iso, ok := c.Exponent()
	if !ok {
		return Amount{}, fmt.Errorf("%w: %q", ErrCurrency, string(c))
	}
	whole, fraction, negative, err := split(s)
	if err != nil {
		return Amount{}, err
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > iso {
		return Amount{}, ErrInexact
	}
	digits := whole + fraction + strings.Repeat("0", iso-len(fraction))
	if negative {
		digits = "-" + digits
	}
	minor, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Amount{}, ErrOverflow
	}
	return New(minor, c), nil
}

// split takes a decimal apart and refuses everything that is not one.
func split(s string) (whole, fraction string, negative bool, err error) {
	rest, negative := strings.CutPrefix(s, "-")
	whole, fraction, pointed := strings.Cut(rest, ".")
	if !digitsOnly(whole) || (pointed && !digitsOnly(fraction)) {
		return "", "", false, fmt.Errorf("%w: %q", ErrSyntax, clip(s))
	}
	return whole, fraction, negative, nil
}

func digitsOnly(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

// rescale turns units with `from` decimals into units with `to` decimals.
func rescale(units int64, from, to int) (int64, error) {
	for ; from < to; from++ {
		if units > math.MaxInt64/10 || units < math.MinInt64/10 {
			return 0, ErrOverflow
		}
		units *= 10
	}
	for ; from > to; from-- {
		if units%10 != 0 {
			return 0, ErrInexact
		}
		units /= 10
	}
	return units, nil
}

// point puts the decimal point into a whole number of units.
func point(units int64, places int) string {
	s := strconv.FormatInt(units, 10)
	if places == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= places {
		s = strings.Repeat("0", places-len(s)+1) + s
	}
	return sign + s[:len(s)-places] + "." + s[len(s)-places:]
}
