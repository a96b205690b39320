package stripe

import (
	"slices"
	"strings"
	"time"
)

// method is how one way to pay behaves.
type method struct {
	currencies  string // it can be paid in; "" is all
	least, most int64
	percent     int64  // of the fee, in hundredths of a percent
	days        int    // until the money is available
	charges     string // how ids of its charges begin
}

// methods are the ways to pay that are simulated. Fees and delays are made up, and
// near the published ones of 2026.
var methods = map[string]method{
	"card":             {percent: 150, days: 2, charges: "ch_"},
	"alipay":           {currencies: "aud cad cny eur gbp hkd jpy myr nzd sgd usd", percent: 220, days: 3, charges: "py_"},
	"wechat_pay":       {currencies: "aud cad chf cny dkk eur gbp hkd jpy nok sek sgd usd", percent: 220, days: 3, charges: "py_"},
	"samsung_pay":      {currencies: "krw", least: 100, most: 2_000_000, percent: 300, days: 4, charges: "py_"},
	"customer_balance": {currencies: "eur gbp jpy mxn usd", percent: 50, days: 1, charges: "py_"},
	"crypto":           {currencies: "usd", percent: 150, days: 1, charges: "py_"},
	"ideal":            {currencies: "eur", percent: 80, days: 2, charges: "py_"},
	"bancontact":       {currencies: "eur", percent: 140, days: 2, charges: "py_"},
	"blik":             {currencies: "pln", percent: 160, days: 2, charges: "py_"},
	"eps":              {currencies: "eur", percent: 160, days: 2, charges: "py_"},
	"p24":              {currencies: "eur pln", percent: 220, days: 2, charges: "py_"},
}

// Currencies that are not counted with two decimals, and those of which only multiples
// are taken (docs.stripe.com/currencies).
const (
	withoutDecimals   = " bif clp djf gnf jpy kmf krw pyg rwf vnd vuv xaf xof xpf "
	withThreeDecimals = " bhd jod kwd omr tnd "
)

// decimalsOf is how many decimals a currency is counted with.
func decimalsOf(currency string) int {
	switch {
	case strings.Contains(withoutDecimals, " "+currency+" "):
		return 0
	case strings.Contains(withThreeDecimals, " "+currency+" "):
		return 3
	}
	return 2
}

// least are the smallest amounts of some currencies (the same page).
var least = map[string]int64{"eur": 50, "usd": 50, "gbp": 30, "jpy": 50, "krw": 100, "chf": 50, "mxn": 1000, "hkd": 400, "dkk": 250, "nok": 300, "sek": 300, "pln": 200}

// bankTransfers are the kinds of bank transfer by currency.
var bankTransfers = map[string]string{
	"usd": "us_bank_transfer", "eur": "eu_bank_transfer", "gbp": "gb_bank_transfer", "jpy": "jp_bank_transfer", "mxn": "mx_bank_transfer",
}

// checkAmount refuses what no amount of a currency may be.
func checkAmount(currency string, amount int64, param string) *outcome {
	refuse := func(code, message string) *outcome {
		a := invalid(code, message, param)
		return &a
	}
	switch {
	case len(currency) != 3 || currency != strings.ToLower(currency):
		return refuse("", "Invalid currency: "+currency+".")
	case amount < 1:
		return refuse("parameter_invalid_integer", "Invalid positive integer")
	case decimalsOf(currency) == 3 && amount%10 != 0, currency == "isk" && amount%100 != 0:
		return refuse("invalid_charge_amount", "Amounts in "+currency+" have to be rounded.")
	case amount > 99_999_999_99:
		return refuse("amount_too_large", "Amount must be no more than 99,999,999.99")
	}
	return nil
}

// checkMethod refuses what a way to pay does not take.
func checkMethod(name, currency string, amount int64, p params) *outcome {
	refuse := func(code, message string) *outcome {
		a := invalid(code, message, "payment_method_types")
		return &a
	}
	m, known := methods[name]
	bank := p["payment_method_options[customer_balance][bank_transfer][type]"]
	switch {
	case !known:
		return refuse("payment_method_unactivated", "The payment method type provided: "+name+" is invalid.")
	case m.currencies != "" && !slices.Contains(strings.Fields(m.currencies), currency):
		return refuse("payment_method_currency_mismatch", "The currency "+currency+" is not supported for "+name+".")
	case amount < max(m.least, least[currency]):
		return refuse("amount_too_small", "The amount is below the least there is.")
	case m.most > 0 && amount > m.most:
		return refuse("amount_too_large", "The amount is above the most there is.")
	case name == "wechat_pay" && p["payment_method_options[wechat_pay][client]"] != "web":
		return refuse("parameter_missing", "You must provide payment_method_options[wechat_pay][client].")
	case name == "customer_balance" && (p["payment_method_options[customer_balance][funding_type]"] != "bank_transfer" || bank != bankTransfers[currency]):
		return refuse("parameter_missing", "The bank transfer does not fit the currency.")
	case bank == "eu_bank_transfer" && p["payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]"] == "":
		return refuse("parameter_missing", "A bank transfer in euro needs a country.")
	}
	return checkAmount(currency, amount, "line_items")
}

// feeOf is what Stripe takes of an amount: a percentage, rounded half up, and a fixed
// part where the currency has cents.
func (m method) feeOf(currency string, amount int64) int64 {
	fee := (amount*m.percent + 5000) / 10000
	if decimalsOf(currency) == 2 {
		fee += 25
	}
	return fee
}

// availableAfter is the midnight at which money is available.
func availableAfter(at time.Time, days int) time.Time {
	return at.UTC().Truncate(24*time.Hour).AddDate(0, 0, days)
}
