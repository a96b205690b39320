package settlement

import "github.com/serverless-checkout/serverless-checkout/shared/payment"

// words are those of a provider of the tests, whose codes are like PayPal's.
var words = Words{
	Code: func(code string) (Code, bool) {
		c, known := codes[code]
		if !known {
			return Unknown, false
		}
		return c, true
	},
	Outcome: func(code string) Outcome {
		return map[string]Outcome{"RESOLVED_SELLER_FAVOUR": OutcomeWon, "RESOLVED_BUYER_FAVOUR": OutcomeLost}[code]
	},
}

var codes = map[string]Code{
	"T0006": {Kind: payment.EntrySale, Balance: BalanceTotal},
	"T0007": {Kind: payment.EntrySale, Balance: BalanceTotal},
	"T0000": {Kind: payment.EntrySale, Balance: BalanceTotal},
	"T0107": {Kind: payment.EntryFee, Balance: BalanceTotal},
	"T0099": {Kind: payment.EntrySale, Balance: BalanceTotal},
	"T0100": {Kind: payment.EntryFee, Balance: BalanceTotal},
	"T0106": {Kind: payment.EntryChargebackFee, Balance: BalanceTotal},
	"T0200": {Kind: payment.EntryConversion, Balance: BalanceTotal},
	"T0201": {Kind: payment.EntryConversion, Balance: BalanceTotal},
	"T0300": {Kind: payment.EntryFunding, Balance: BalanceTotal},
	"T0400": {Kind: payment.EntryPayout, Balance: BalanceTotal},
	"T0401": {Kind: payment.EntryPayout, Balance: BalanceTotal},
	"T0403": {Kind: payment.EntryPayout, Balance: BalanceTotal},
	"T0500": {Kind: payment.EntryAdjustment, Balance: BalanceTotal},
	"T1106": {Kind: payment.EntryReversal, Balance: BalanceTotal},
	"T1107": {Kind: payment.EntryRefund, Balance: BalanceTotal},
	"T1108": {Kind: payment.EntryFee, Balance: BalanceTotal},
	"T1109": {Kind: payment.EntryFee, Balance: BalanceTotal},
	"T1110": {Kind: payment.EntryHold, Balance: BalanceAvailable, Disputed: true},
	"T1111": {Kind: payment.EntryRelease, Balance: BalanceAvailable},
	"T1201": {Kind: payment.EntryChargeback, Balance: BalanceTotal},
	"T1202": {Kind: payment.EntryChargebackReversal, Balance: BalanceTotal},
	"T1300": {Kind: payment.EntryAuthorization, Balance: BalanceNone},
	"T1501": {Kind: payment.EntryHold, Balance: BalanceAvailable},
	"T2001": {Kind: payment.EntryTransfer, Balance: BalanceTotal},
	"T2107": {Kind: payment.EntryHold, Balance: BalanceAvailable},
	"T2108": {Kind: payment.EntryRelease, Balance: BalanceAvailable},
	"T9800": {Kind: payment.EntryNote, Balance: BalanceNone},
}

// anyAccount tells the words of every provider of the tests.
func anyAccount(string) Words { return words }
