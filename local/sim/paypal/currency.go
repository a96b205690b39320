package paypal

// currency is how PayPal takes one currency.
type currency struct {
	decimals int
	// inCountry marks those only accounts of that country may use (BRL, CNY,
	// MYR). The simulated merchant is elsewhere.
	inCountry bool
	// fixedFee is the made-up fixed part of the fee, in the smallest unit.
	fixedFee int64
}

// currencies is PayPal's list (developer.paypal.com,
// docs/api/reference/currency-codes). HUF, JPY and TWD take no decimals, which
// is not what ISO 4217 says of HUF and TWD.
var currencies = map[string]currency{
	"AUD": {decimals: 2, fixedFee: 30},
	"BRL": {decimals: 2, fixedFee: 60, inCountry: true},
	"CAD": {decimals: 2, fixedFee: 30},
	"CNY": {decimals: 2, fixedFee: 230, inCountry: true},
	"CZK": {decimals: 2, fixedFee: 1000},
	"DKK": {decimals: 2, fixedFee: 260},
	"EUR": {decimals: 2, fixedFee: 35},
	"HKD": {decimals: 2, fixedFee: 235},
	"HUF": {decimals: 0, fixedFee: 90},
	"ILS": {decimals: 2, fixedFee: 120},
	"JPY": {decimals: 0, fixedFee: 40},
	"MYR": {decimals: 2, fixedFee: 200, inCountry: true},
	"MXN": {decimals: 2, fixedFee: 400},
	"TWD": {decimals: 0, fixedFee: 10},
	"NZD": {decimals: 2, fixedFee: 45},
	"NOK": {decimals: 2, fixedFee: 280},
	"PHP": {decimals: 2, fixedFee: 1500},
	"PLN": {decimals: 2, fixedFee: 135},
	"GBP": {decimals: 2, fixedFee: 30},
	"SGD": {decimals: 2, fixedFee: 50},
	"SEK": {decimals: 2, fixedFee: 325},
	"CHF": {decimals: 2, fixedFee: 55},
	"THB": {decimals: 2, fixedFee: 1100},
	"USD": {decimals: 2, fixedFee: 49},
}
