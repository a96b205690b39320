package settlement

import "github.com/serverless-checkout/serverless-checkout/shared/payment"

// Code is what an event code means.
type Code struct {
	Kind    payment.EntryKind
	Balance Balance
}

// Balance says which of a currency's balances a code moves.
type Balance string

const (
	BalanceTotal     Balance = "total"     // and with it what is available
	BalanceAvailable Balance = "available" // money is withheld or let go; the total stays
	BalanceNone      Balance = "none"      // an authorisation, a note
)

// CodeOf says what an event code of PayPal's means. A code nobody knows means what
// its group does, by its first three characters; known is false where not even that
// is known: it is then taken for a movement of the total, is named in the day's sums
// and kept one by one.
func CodeOf(code string) (c Code, known bool) {
	if c, known = codes[code]; known {
		return c, true
	}
	if len(code) >= groupLength {
		if c, known = groups[code[:groupLength]]; known {
			return c, true
		}
	}
	return Code{payment.EntryUnknown, BalanceTotal}, false
}

const groupLength = 3

// groups are what codes mean that are not in the table below, by their first three
// characters (developer.paypal.com, reports/reference/tcodes). T05 to T10 are cards,
// bonuses and bills of the merchant's own: neither sales nor fees of them.
var groups = map[string]Code{
	"T00": {payment.EntrySale, BalanceTotal},
	"T01": {payment.EntryFee, BalanceTotal},
	"T02": {payment.EntryConversion, BalanceTotal},
	"T03": {payment.EntryFunding, BalanceTotal},
	"T04": {payment.EntryPayout, BalanceTotal},
	"T05": {payment.EntryAdjustment, BalanceTotal},
	"T06": {payment.EntryAdjustment, BalanceTotal},
	"T07": {payment.EntryAdjustment, BalanceTotal},
	"T08": {payment.EntryAdjustment, BalanceTotal},
	"T09": {payment.EntryAdjustment, BalanceTotal},
	"T10": {payment.EntryAdjustment, BalanceTotal},
	"T11": {payment.EntryReversal, BalanceTotal},
	"T12": {payment.EntryAdjustment, BalanceTotal},
	"T13": {payment.EntryAuthorization, BalanceNone},
	"T15": {payment.EntryHold, BalanceAvailable},
	"T20": {payment.EntryTransfer, BalanceTotal},
	"T21": {payment.EntryHold, BalanceAvailable},
	"T22": {payment.EntryTransfer, BalanceTotal},
	"T98": {payment.EntryNote, BalanceNone},
}

// codes are those that mean something else than their group, and those that a shop's
// account is most likely to show (the same page). That holds leave the total as it is
// is UNVERIFIED; the roll-forward of the two balances would show it.
var codes = map[string]Code{
	"T0000": {payment.EntrySale, BalanceTotal},          // general payment
	"T0001": {payment.EntryAdjustment, BalanceTotal},    // mass payment
	"T0002": {payment.EntrySale, BalanceTotal},          // subscription
	"T0003": {payment.EntrySale, BalanceTotal},          // pre-approved
	"T0005": {payment.EntrySale, BalanceTotal},          // direct payment, card
	"T0006": {payment.EntrySale, BalanceTotal},          // PayPal Checkout
	"T0007": {payment.EntrySale, BalanceTotal},          // website payment
	"T0011": {payment.EntrySale, BalanceTotal},          // mobile
	"T0012": {payment.EntrySale, BalanceTotal},          // virtual terminal
	"T0013": {payment.EntrySale, BalanceTotal},          // donation
	"T0019": {payment.EntrySale, BalanceTotal},          // another instrument
	"T0100": {payment.EntryFee, BalanceTotal},           // general fee
	"T0106": {payment.EntryChargebackFee, BalanceTotal}, // of a chargeback
	"T0107": {payment.EntryFee, BalanceTotal},           // of a payment
	"T0113": {payment.EntryFee, BalanceTotal},           // a partner's
	"T0200": {payment.EntryConversion, BalanceTotal},    // general
	"T0201": {payment.EntryConversion, BalanceTotal},    // by the merchant
	"T0202": {payment.EntryConversion, BalanceTotal},    // to cover a negative balance
	"T0300": {payment.EntryFunding, BalanceTotal},       // from the bank
	"T0302": {payment.EntryFunding, BalanceTotal},       // recovery of a negative balance
	"T0303": {payment.EntryFunding, BalanceTotal},       // electronic transfer
	"T0400": {payment.EntryPayout, BalanceTotal},        // general withdrawal
	"T0401": {payment.EntryPayout, BalanceTotal},        // by itself
	"T0402": {payment.EntryPayout, BalanceTotal},        // Hyperwallet
	"T0403": {payment.EntryPayout, BalanceTotal},        // by hand
	"T1100": {payment.EntryReversal, BalanceTotal},      // general
	"T1105": {payment.EntryRelease, BalanceAvailable},   // of a general account hold
	"T1106": {payment.EntryReversal, BalanceTotal},      // of a payment, by PayPal
	"T1107": {payment.EntryRefund, BalanceTotal},        // by the merchant
	"T1108": {payment.EntryFee, BalanceTotal},           // reversal of a fee
	"T1109": {payment.EntryFee, BalanceTotal},           // refund of a fee
	"T1110": {payment.EntryHold, BalanceAvailable},      // while a dispute is looked into
	"T1111": {payment.EntryRelease, BalanceAvailable},   // of that
	"T1113": {payment.EntryRefund, BalanceTotal},        // without a payment it belongs to
	"T1116": {payment.EntryReversal, BalanceTotal},      // after an instant review
	"T1118": {payment.EntryReversal, BalanceTotal},      // of another instrument
	"T1119": {payment.EntryReversal, BalanceTotal},      // the buyer's side of that
	"T1201": {payment.EntryChargeback, BalanceTotal},
	"T1202": {payment.EntryChargebackReversal, BalanceTotal},
	"T1205": {payment.EntryChargebackReversal, BalanceTotal}, // reimbursed
	"T1207": {payment.EntryChargeback, BalanceTotal},         // the objection was turned down
	"T1208": {payment.EntryChargebackReversal, BalanceTotal}, // cancelled
	"T1300": {payment.EntryAuthorization, BalanceNone},
	"T1301": {payment.EntryAuthorization, BalanceNone}, // again
	"T1302": {payment.EntryAuthorization, BalanceNone}, // void
	"T1501": {payment.EntryHold, BalanceAvailable},     // for an open authorisation
	"T1502": {payment.EntryHold, BalanceAvailable},     // for a bank transfer on its way
	"T1503": {payment.EntryHold, BalanceAvailable},     // temporary
	"T2001": {payment.EntryTransfer, BalanceTotal},     // settlement consolidation
	"T2101": {payment.EntryHold, BalanceAvailable},     // general
	"T2102": {payment.EntryRelease, BalanceAvailable},
	"T2103": {payment.EntryHold, BalanceAvailable}, // reserve
	"T2104": {payment.EntryRelease, BalanceAvailable},
	"T2105": {payment.EntryHold, BalanceAvailable}, // payment review
	"T2106": {payment.EntryRelease, BalanceAvailable},
	"T2107": {payment.EntryHold, BalanceAvailable}, // payment
	"T2108": {payment.EntryRelease, BalanceAvailable},
	"T2109": {payment.EntryAdjustment, BalanceTotal}, // gift certificate
	"T2110": {payment.EntryAdjustment, BalanceTotal}, // and its redemption
	"T2111": {payment.EntryHold, BalanceAvailable},   // not yet available
	"T2112": {payment.EntryRelease, BalanceAvailable},
	"T2113": {payment.EntryHold, BalanceAvailable},    // blocked
	"T2114": {payment.EntryHold, BalanceAvailable},    // tax
	"T5000": {payment.EntryHold, BalanceAvailable},    // collected, to be disbursed later
	"T5001": {payment.EntryRelease, BalanceAvailable}, // disbursed
}
