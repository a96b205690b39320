package paypal

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// worth is what a unit of each currency is taken for, in millionths of a US
// dollar. The figures are made up.
var worth = map[string]int64{
	"AUD": 655_000, "BRL": 182_000, "CAD": 738_000, "CNY": 139_000, "CZK": 43_100, "DKK": 146_000, "EUR": 1_089_000,
	"HKD": 128_000, "HUF": 2_760, "ILS": 271_000, "JPY": 6_680, "MYR": 213_000, "MXN": 58_700, "TWD": 31_600,
	"NZD": 611_000, "NOK": 93_800, "PHP": 17_800, "PLN": 252_000, "GBP": 1_268_000, "SGD": 743_000, "SEK": 95_400,
	"CHF": 1_131_000, "THB": 28_200, "USD": 1_000_000,
}

// A rate is counted in hundred-millionths; PayPal keeps three percent of every
// conversion (made up), so going there and back is not free.
const (
	rateScale  = 100_000_000
	rateKept   = 97
	rateShares = 100
)

// exchangeRate is the rate as PayPal shows it (Payments spec, schema
// exchange_rate): how much of the target one unit of the source buys.
type exchangeRate struct {
	Source string `json:"source_currency"`
	Target string `json:"target_currency"`
	Value  string `json:"value"`
}

// rate is how much of one currency a unit of another buys, in
// hundred-millionths.
func rate(from, to string) int64 { return worth[from] * rateScale / rateShares * rateKept / worth[to] }

func showRate(from, to string) exchangeRate {
	count := rate(from, to)
	text := strings.TrimRight(fmt.Sprintf("%d.%08d", count/rateScale, count%rateScale), "0")
	return exchangeRate{from, to, strings.TrimRight(text, ".")}
}

// credit is a capture's money as the merchant got it in another currency.
type credit struct {
	Net  money        `json:"net"`
	Fee  money        `json:"fee"`
	Rate exchangeRate `json:"rate"`
}

// HoldCurrencies says in which currencies the merchant has a balance, the
// primary first. Whatever comes in in another is converted at once into the
// primary, and what goes out is converted from it. Without any, the merchant has
// a balance in all of them, which is how a simulator begins.
func (s *Simulator) HoldCurrencies(codes ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, code := range codes {
		if _, known := currencies[code]; !known {
			return fmt.Errorf("%w: %q", ErrCurrency, code)
		}
	}
	s.statement.holding = slices.Clone(codes)
	for _, code := range s.touched() {
		s.level(code, "")
	}
	return s.keep()
}

// holds tells whether the merchant has a balance in a currency.
func (s *Simulator) holds(code string) bool {
	return len(s.statement.holding) == 0 || slices.Contains(s.statement.holding, code)
}

// primary is the account's first currency.
func (s *Simulator) primary() string {
	if len(s.statement.holding) == 0 {
		return "USD"
	}
	return s.statement.holding[0]
}

// convertSale converts what a capture has brought in a currency without a
// balance, and notes it on the capture. The caller holds mu.
func (s *Simulator) convertSale(k *capture) {
	sum := k.unit.sum
	if k.status != completed || s.holds(sum.currency) {
		return
	}
	kept, to := fee(sum), s.primary()
	k.credit = &credit{
		Net: s.converted(money{sum.currency, sum.count - kept.count}, to), Fee: s.converted(kept, to),
		Rate: showRate(sum.currency, to),
	}
	s.level(sum.currency, k.id)
}

// converted is what an amount buys in another currency, rounded to the nearest
// smallest unit.
func (s *Simulator) converted(m money, to string) money {
	return money{to, scaled(m.count, rate(m.currency, to), rateScale, m.currency, to)}
}

// price is what has to be paid in another currency for an amount.
func (s *Simulator) price(m money, from string) money {
	return money{from, scaled(m.count, rateScale, rate(from, m.currency), m.currency, from)}
}

// scaled is count * up / down, moved from the decimals of one currency to those
// of another, half a unit rounded up.
func scaled(count, up, down int64, from, to string) int64 {
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	top := new(big.Int).Mul(big.NewInt(count), big.NewInt(up))
	top.Mul(top, ten(currencies[to].decimals))
	bottom := new(big.Int).Mul(big.NewInt(down), ten(currencies[from].decimals))
	top.Add(top.Mul(top, big.NewInt(2)), bottom)
	return top.Div(top, bottom.Mul(bottom, big.NewInt(2))).Int64()
}

// level empties, or covers, the balance of a currency the merchant does not
// hold. The caller holds mu.
func (s *Simulator) level(currency, captureID string) {
	if s.holds(currency) {
		return
	}
	switch rest := s.statement.balance(currency).total; {
	case rest > 0:
		m := money{currency, rest}
		s.convert(conversionCode, captureID, m, s.converted(m, s.primary()))
	case rest < 0:
		m := money{currency, -rest}
		s.convert(conversionCode, captureID, s.price(m, s.primary()), m)
	}
}

// convert writes the two rows of a conversion: out of one currency, into
// another. Each has an id of its own; both refer to the payment they serve. The
// caller holds mu.
func (s *Simulator) convert(code, captureID string, out, in money) {
	for _, m := range []money{{out.currency, -out.count}, in} {
		s.books.transfer(m.currency, m.count)
		s.enter(row{code: code, capture: captureID, reference: captureID, currency: m.currency}, rowDone, m.count, 0)
	}
}

// Convert is the merchant changing money by hand, between currencies with a
// balance. The amount is in the smallest unit of the first.
func (s *Simulator) Convert(from string, amount int64, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := currencies[to]
	switch {
	case !known || from == to || !s.holds(from) || !s.holds(to):
		return fmt.Errorf("%w: from %q to %q", ErrCurrency, from, to)
	case amount < 1 || amount > s.statement.balance(from).available:
		return fmt.Errorf("%w: %d %s", ErrFunds, amount, from)
	}
	m := money{from, amount}
	s.convert(userConversionCode, "", m, s.converted(m, to))
	return s.keep()
}
