package paypal

import (
	"fmt"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// decimals is how many decimals PayPal takes for each currency it knows
// (docs/api/reference/currency-codes). HUF and TWD differ from ISO 4217, which
// gives them two: PayPal refuses a decimal amount of either.
var decimals = map[money.Currency]int{
	"AUD": 2, "BRL": 2, "CAD": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "HKD": 2,
	"HUF": 0, "ILS": 2, "JPY": 0, "MYR": 2, "MXN": 2, "TWD": 0, "NZD": 2, "NOK": 2,
	"PHP": 2, "PLN": 2, "GBP": 2, "SGD": 2, "SEK": 2, "CHF": 2, "THB": 2, "USD": 2,
}

// amountBody is PayPal's money (schema money): a decimal string.
type amountBody struct {
	Currency string `json:"currency_code"`
	Value    string `json:"value"`
}

// toPayPal writes an amount as PayPal wants it, exactly, or refuses: a currency
// PayPal does not take, or a part of a forint.
func toPayPal(a money.Amount) (amountBody, error) {
	places, ok := decimals[a.Currency]
	if !ok {
		return amountBody{}, refusedAmount(money.ErrCurrency, a)
	}
	value, err := a.DecimalWith(places)
	if err != nil {
		return amountBody{}, refusedAmount(err, a)
	}
	return amountBody{Currency: string(a.Currency), Value: value}, nil
}

// fromPayPal reads PayPal's money; a missing one is the zero Amount. The pattern
// of schema money lets the zero before the point be left out.
func fromPayPal(b *amountBody) (money.Amount, error) {
	if b == nil {
		return money.Amount{}, nil
	}
	value, sign := b.Value, ""
	if rest, negative := strings.CutPrefix(value, "-"); negative {
		value, sign = rest, "-"
	}
	if strings.HasPrefix(value, ".") {
		value = "0" + value
	}
	return money.Parse(sign+value, money.Currency(b.Currency))
}

func refusedAmount(err error, a money.Amount) error {
	return &provider.Error{Class: provider.OurBug, Code: "AMOUNT", Err: fmt.Errorf("%w: %s", err, a)}
}
