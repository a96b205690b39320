package method

import "github.com/serverless-checkout/serverless-checkout/shared/money"

// paypalCurrencies are those that a PayPal account of any country takes
// (developer.paypal.com, docs/api/reference/currency-codes). BRL, CNY and MYR are for
// accounts of those countries alone and are left out.
var paypalCurrencies = []money.Currency{
	"AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "NOK",
	"NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
}

// table has a row for each method.
var table = []Method{
	// Refunds: 180 days from the capture (developer.paypal.com, NVP RefundTransaction).
	{ID: "paypal", Provider: "paypal", Icon: "paypal", Currencies: paypalCurrencies, RefundDays: 180},
}
