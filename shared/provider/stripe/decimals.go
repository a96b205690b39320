package stripe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Stripe counts amounts in whole units of so many decimals, by currency
// (docs.stripe.com/currencies). Two are left out because Stripe's own texts differ on
// them by a factor of a hundred, and are refused: UGX (among the currencies without
// decimals, and among the special cases with two) and MGA (in the older lists of
// those without, and not in the newer).
const (
	withoutDecimals = `BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF`

	withTwoDecimals = `
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD
CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GTQ
GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL
MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS
TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD XCG YER ZAR ZMW`

	withThreeDecimals = `BHD JOD KWD OMR TND`
)

// decimals is how many decimals Stripe counts with, by currency.
var decimals = func() map[money.Currency]int {
	table := make(map[money.Currency]int, 150)
	for places, codes := range map[int]string{0: withoutDecimals, 2: withTwoDecimals, 3: withThreeDecimals} {
		for code := range strings.FieldsSeq(codes) {
			table[money.Currency(code)] = places
		}
	}
	return table
}()

// steps are what an amount that is asked for has to be a multiple of, where Stripe
// takes no other: the last of three decimals has to be 0. The króna has lost its decimals
// but is still counted with two, which makes a multiple of 100 of every one.
var steps = map[money.Currency]int64{"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10}

// errStep is an amount that is no multiple of its currency's step.
var errStep = errors.New("stripe: smaller than Stripe counts in")

// units are an amount as Stripe wants it, exactly, or it is refused: a currency that
// is not in the table, or a part that Stripe does not count in.
func units(a money.Amount) (int64, error) {
	places, ok := decimals[a.Currency]
	if !ok {
		return 0, refusedAmount(money.ErrCurrency, a)
	}
	text, err := a.DecimalWith(places)
	if err != nil {
		return 0, refusedAmount(err, a)
	}
	count, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil {
		return 0, refusedAmount(money.ErrOverflow, a)
	}
	if step, ok := steps[a.Currency]; ok && count%step != 0 {
		return 0, refusedAmount(errors.Join(money.ErrInexact, errStep), a)
	}
	return count, nil
}

// amountOf reads what Stripe counts. Errors: money.ErrCurrency, money.ErrInexact (a
// part of what ISO 4217 cannot divide).
func amountOf(count int64, currency string) (money.Amount, error) {
	code := money.Currency(strings.ToUpper(currency))
	places, ok := decimals[code]
	if !ok || currency != strings.ToLower(currency) {
		return money.Amount{}, fmt.Errorf("%w: %q", money.ErrCurrency, clip(currency, 8))
	}
	digits, sign := strconv.FormatInt(count, 10), ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		digits, sign = rest, "-"
	}
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	if fraction != "" {
		whole += "." + fraction
	}
	return money.Parse(sign+whole, code)
}

func refusedAmount(err error, a money.Amount) error {
	return &provider.Error{Class: provider.OurBug, Code: "AMOUNT", Err: fmt.Errorf("%w: %s", err, a)}
}

// clip cuts a text to so many characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
