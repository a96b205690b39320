package method

import "github.com/serverless-checkout/serverless-checkout/shared/money"

// Where the facts of the rows come from: the table of alternative payment methods on
// developer.paypal.com (platforms/checkout/apm/supported-apms, 2026-09-14) for buyers'
// countries, currencies, limits and refunds; PayPal's OpenAPI (checkout_orders_v2
// v2.13, schemas <method>_request) for what each needs.
//
// That table names a time for refunds for ideal, p24 and trustly. Where it says only
// that they are possible, the row has PayPal's own 180 days, and PayPal has the last
// word. In which country people look for what first is nobody's document: it is the
// country's own scheme where it has one.

// paypalCurrencies are those that a PayPal account of any country takes
// (docs/api/reference/currency-codes). BRL, CNY and MYR are for accounts of those
// countries alone and are left out.
var paypalCurrencies = []money.Currency{
	"AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "NOK",
	"NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
}

// notForAPMs: "not offered to merchants in" (supported-apms, below the table).
var notForAPMs = []string{"BR", "JP", "RU"}

// refundDays is how long PayPal gives money back where nothing else is said (NVP
// RefundTransaction: 180 days from the capture).
const refundDays = 180

// named is what every one of the alternative methods needs; p24 needs the address too.
var named = []Need{NeedsName}

// table has a row for each method, in the order in which they are offered where a
// country has no order of its own.
var table = Menu{
	{ID: "paypal", Provider: "paypal", Icon: "paypal", Currencies: paypalCurrencies, RefundDays: refundDays},

	// Pay Later is PayPal's wallet with its page opened on that choice; the merchant is
	// paid at once. Its offers differ by country, are for buyers at home, and change: the
	// limits are what all of them took when they were last published (UNVERIFIED). Outside
	// of them a buyer may still find it on PayPal's own page.
	{
		ID: "paylater", Provider: "paypal", Icon: "paylater", RefundDays: refundDays, AtHome: true,
		Countries:  []string{"AU", "DE", "ES", "FR", "GB", "IT", "US"},
		Currencies: []money.Currency{"AUD", "EUR", "GBP", "USD"},
		Limits:     []Limit{between(3000, 150000, "AUD"), between(3000, 150000, "EUR"), between(3000, 150000, "GBP"), between(3000, 150000, "USD")},
	},

	// Venmo is for buyers and merchants in the United States (schema
	// venmo_wallet_request; UNVERIFIED beyond that).
	{ID: "venmo", Provider: "paypal", Icon: "venmo", Countries: []string{"US"}, Currencies: []money.Currency{"USD"}, RefundDays: refundDays, AtHome: true},

	// ideal: 0.01 EUR at least, refunds for 180 days.
	{
		ID: "ideal", Provider: "paypal", Icon: "ideal", Countries: []string{"NL"}, Currencies: []money.Currency{"EUR"},
		Limits: []Limit{least(1, "EUR")}, RefundDays: 180, FirstIn: []string{"NL"}, Needs: named, NotFor: notForAPMs,
	},
	// bancontact, eps: 1 EUR at least.
	{
		ID: "bancontact", Provider: "paypal", Icon: "bancontact", Countries: []string{"BE"}, Currencies: []money.Currency{"EUR"},
		Limits: []Limit{least(100, "EUR")}, RefundDays: refundDays, FirstIn: []string{"BE"}, Needs: named, NotFor: notForAPMs,
	},
	// blik: 1 PLN at least.
	{
		ID: "blik", Provider: "paypal", Icon: "blik", Countries: []string{"PL"}, Currencies: []money.Currency{"PLN"},
		Limits: []Limit{least(100, "PLN")}, RefundDays: refundDays, FirstIn: []string{"PL"}, Needs: named, NotFor: notForAPMs,
	},
	{
		ID: "eps", Provider: "paypal", Icon: "eps", Countries: []string{"AT"}, Currencies: []money.Currency{"EUR"},
		Limits: []Limit{least(100, "EUR")}, RefundDays: refundDays, FirstIn: []string{"AT"}, Needs: named, NotFor: notForAPMs,
	},
	// mybank: no limit is named.
	{
		ID: "mybank", Provider: "paypal", Icon: "mybank", Countries: []string{"IT"}, Currencies: []money.Currency{"EUR"},
		RefundDays: refundDays, Needs: named, NotFor: notForAPMs,
	},
	// p24: 1 to 55,000 in PLN and in EUR, refunds for 180 days, an e-mail address.
	{
		ID: "p24", Provider: "paypal", Icon: "p24", Countries: []string{"PL"}, Currencies: []money.Currency{"PLN", "EUR"},
		Limits: []Limit{between(100, 5500000, "PLN"), between(100, 5500000, "EUR")}, RefundDays: 180,
		FirstIn: []string{"PL"}, Needs: []Need{NeedsName, NeedsEmail}, NotFor: notForAPMs,
	},
	// trustly: 0.01 at least, refunds for 365 days, pending for up to 7 days.
	{
		ID: "trustly", Provider: "paypal", Icon: "trustly", Delayed: true, RefundDays: 365, Needs: named, NotFor: notForAPMs,
		Countries:  []string{"AT", "DE", "DK", "EE", "ES", "FI", "GB", "LT", "LV", "NL", "NO", "SE"},
		Currencies: []money.Currency{"EUR", "DKK", "SEK", "GBP", "NOK"},
		Limits:     []Limit{least(1, "EUR"), least(1, "DKK"), least(1, "SEK"), least(1, "GBP"), least(1, "NOK")},
	},
}

func least(minor int64, c money.Currency) Limit { return Limit{Min: money.New(minor, c)} }

func between(min, max int64, c money.Currency) Limit {
	return Limit{Min: money.New(min, c), Max: money.New(max, c)}
}
