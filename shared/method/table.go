package method

import (
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

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

// Stripe's facts are from the pages of its ways to pay (docs.stripe.com/payments/<name>)
// and of currencies (docs.stripe.com/currencies, 2026-11). A session of Stripe's takes
// the money by itself. Where those pages name no end of refunds, or none was found, the
// row has none. Which currencies an account may use hangs on its country, and Stripe has
// the last word; who looks for Alipay and WeChat Pay is our guess.

// stripeLeast is the least that Stripe takes in a currency, of those where it names one
// (docs.stripe.com/currencies, minimum and maximum charge amounts).
var stripeLeast = []Limit{
	least(200, "AED"), least(50, "AUD"), least(50, "CAD"), least(50, "CHF"), least(1500, "CZK"),
	least(250, "DKK"), least(50, "EUR"), least(30, "GBP"), least(400, "HKD"), least(17500, "HUF"), least(50, "INR"),
	least(50, "JPY"), least(100, "KRW"), least(1000, "MXN"), least(200, "MYR"), least(300, "NOK"), least(50, "NZD"),
	least(200, "PLN"), least(200, "RON"), least(300, "SEK"), least(50, "SGD"), least(1000, "THB"), least(50, "USD"),
}

// inStripe are the currencies of a row, with the least that Stripe takes in each.
func (m Method) inStripe(currencies ...money.Currency) Method {
	m.Currencies = currencies
	m.Limits = slices.DeleteFunc(slices.Clone(stripeLeast), func(l Limit) bool { return !slices.Contains(currencies, l.Min.Currency) })
	m.Provider, m.SelfCompleting = "stripe", true
	return m
}

// stripeCurrencies are all of those.
func stripeCurrencies() (all []money.Currency) {
	for _, l := range stripeLeast {
		all = append(all, l.Min.Currency)
	}
	return all
}

// eurozone and those who transfer in euro as easily (SEPA), as far as they pay in it.
var eurozone = []string{
	"AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK",
}

// chinas are where the wallets of mainland China are at home or common.
var chinas = []string{"CN", "HK", "MO", "MY", "SG", "TW"}

// bankTransfer is Stripe's: the buyer is told an account, and pays into it later.
var bankTransfer = Method{ID: "bank_transfer", Icon: "banktransfer", Delayed: true}

// table has a row for each method and each who carries it, in the order in which they
// are offered where a country has no order of its own.
var table = Menu{
	{ID: "paypal", Provider: "paypal", Icon: "paypal", Currencies: paypalCurrencies, RefundDays: refundDays},

	// The wallets are on Stripe's page where the buyer's device has them.
	Method{ID: "card", Icon: "card", Systems: []string{"Visa", "Mastercard", "UnionPay", "Apple Pay", "Google Pay"}}.inStripe(stripeCurrencies()...),

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

	// Refunds for 90 and for 180 days.
	Method{ID: "alipay", Icon: "alipay", Countries: chinas, RefundDays: 90}.inStripe("AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "MYR", "NZD", "SGD", "USD"),
	Method{ID: "wechat_pay", Icon: "wechatpay", Countries: chinas, RefundDays: 180}.inStripe("AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "JPY", "NOK", "SEK", "SGD", "USD"),
	samsungPay,

	// One account for each currency, and nobody sends another one there easily.
	bankTransfer.of("EUR", eurozone...), bankTransfer.of("GBP", "GB"), bankTransfer.of("JPY", "JP"), bankTransfer.of("MXN", "MX"), bankTransfer.of("USD", "US"),

	Method{ID: "crypto", Icon: "crypto", Systems: []string{"USDC", "USDP", "USDG"}}.inStripe("USD"),

	// What PayPal carries too, for a shop without it and while it fails.
	Method{ID: "ideal", Icon: "ideal", Countries: []string{"NL"}, FirstIn: []string{"NL"}, RefundDays: 180}.inStripe("EUR"),
	Method{ID: "bancontact", Icon: "bancontact", Countries: []string{"BE"}, FirstIn: []string{"BE"}, RefundDays: 180}.inStripe("EUR"),
	Method{ID: "blik", Icon: "blik", Countries: []string{"PL"}, FirstIn: []string{"PL"}}.inStripe("PLN"),
	Method{ID: "eps", Icon: "eps", Countries: []string{"AT"}, FirstIn: []string{"AT"}, RefundDays: 180}.inStripe("EUR"),
	Method{ID: "p24", Icon: "p24", Countries: []string{"PL"}, FirstIn: []string{"PL"}, RefundDays: 180}.inStripe("PLN", "EUR"),
}

// samsungPay has limits of its own.
var samsungPay = Method{
	ID: "samsung_pay", Provider: "stripe", Icon: "samsungpay", Countries: []string{"KR"}, FirstIn: []string{"KR"},
	Currencies: []money.Currency{"KRW"}, Limits: []Limit{between(100, 2000000, "KRW")}, SelfCompleting: true,
}

// of is a bank transfer in one currency. In euro the merchant says where the account is to be.
func (m Method) of(c money.Currency, countries ...string) Method {
	m.Countries, m.Bank = countries, c == "EUR"
	return m.inStripe(c)
}

func least(minor int64, c money.Currency) Limit { return Limit{Min: money.New(minor, c)} }

func between(min, max int64, c money.Currency) Limit {
	return Limit{Min: money.New(min, c), Max: money.New(max, c)}
}
