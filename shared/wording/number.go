package wording

import (
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// numbers is how a language writes numbers and amounts.
type numbers struct {
	Decimal       string                    `json:"decimal"`
	Group         string                    `json:"group"`        // between thousands
	GroupedFrom   int                       `json:"grouped_from"` // digits before the decimal sign; in Spanish 1234 stays whole
	CurrencyFirst bool                      `json:"currency_first"`
	Symbols       map[money.Currency]string `json:"symbols"` // of currencies that are not written by their code
}

// noBreak stands between a number and what it is a number of, so that no line ends
// there.
const noBreak = "\u00a0"

// amount writes an amount with all decimals of its currency.
func (n numbers) amount(a money.Amount) string {
	digits, negative := strings.CutPrefix(a.Decimal(), "-")
	text := n.number(digits)
	symbol, short := n.Symbols[a.Currency]
	if !short {
		symbol = string(a.Currency)
	}
	switch {
	case !n.CurrencyFirst:
		text += noBreak + symbol
	case short:
		text = symbol + text
	default:
		text = symbol + noBreak + text
	}
	if negative {
		text = "-" + text
	}
	return text
}

// number writes a decimal with a point in the language's way, digit by digit.
func (n numbers) number(decimal string) string {
	whole, fraction, pointed := strings.Cut(decimal, ".")
	if len(whole) >= n.GroupedFrom {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + n.Group + whole[i:]
		}
	}
	if pointed {
		whole += n.Decimal + fraction
	}
	return whole
}
