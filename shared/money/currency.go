package money

import "strings"

// Currency is an ISO 4217 code in capitals.
type Currency string

// Exponent is how many decimals ISO 4217 gives the currency, and whether the
// currency is in the list at all.
func (c Currency) Exponent() (int, bool) {
	e, ok := exponents[c]
	return e, ok
}

// Valid reports whether the code is in the list, in capitals.
func (c Currency) Valid() bool {
	_, ok := exponents[c]
	return ok
}

// The active national currencies of ISO 4217 by their number of decimals. Bond
// market units, metals, testing codes and funds are left out: nobody pays a
// shop with them.
const (
	withoutDecimals = `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF`

	withTwoDecimals = `
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`

	withThreeDecimals = `BHD IQD JOD KWD LYD OMR TND`
)

var exponents = func() map[Currency]int {
	table := make(map[Currency]int, 180)
	for decimals, codes := range map[int]string{0: withoutDecimals, 2: withTwoDecimals, 3: withThreeDecimals} {
		for code := range strings.FieldsSeq(codes) {
			table[Currency(code)] = decimals
		}
	}
	return table
}()
