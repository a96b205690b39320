package paypal

import (
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// Words are what PayPal's codes mean.
func Words() settlement.Words { return settlement.Words{Code: CodeOf, Outcome: outcomeOf} }

// Words are what PayPal's codes mean.
func (*PayPal) Words() settlement.Words { return Words() }

// outcomeOf is how a dispute ended. Of PayPal's outcome codes (customer_disputes_v1, schema
// dispute_outcome) two say in whose favour; the others close it.
func outcomeOf(code string) settlement.Outcome {
	switch code {
	case "RESOLVED_SELLER_FAVOUR":
		return settlement.OutcomeWon
	case "RESOLVED_BUYER_FAVOUR":
		return settlement.OutcomeLost
	}
	return settlement.OutcomeClosed
}

// means is a code that moves the total.
func means(kind payment.EntryKind) settlement.Code {
	return settlement.Code{Kind: kind, Balance: settlement.BalanceTotal}
}

// withholds is one that leaves the total alone.
func withholds(kind payment.EntryKind) settlement.Code {
	return settlement.Code{Kind: kind, Balance: settlement.BalanceAvailable}
}

// movesNothing is one that is there to be read.
func movesNothing(kind payment.EntryKind) settlement.Code {
	return settlement.Code{Kind: kind, Balance: settlement.BalanceNone}
}

// CodeOf says what an event code of PayPal's means. A code nobody knows means what
// its group does, by its first three characters; known is false where not even that
// is known: it is then taken for a movement of the total, is named in the day's sums
// and kept one by one.
func CodeOf(code string) (c settlement.Code, known bool) {
	if c, known = codes[code]; known {
		return c, true
	}
	if len(code) >= groupLength {
		if c, known = groups[code[:groupLength]]; known {
			return c, true
		}
	}
	return settlement.Unknown, false
}

const groupLength = 3

// groups are what codes mean that are not in the table below, by their first three
// characters (developer.paypal.com, reports/reference/tcodes). T05 to T10 are cards,
// bonuses and bills of the merchant's own: neither sales nor fees of them.
var groups = map[string]settlement.Code{
	"T00": means(payment.EntrySale),
	"T01": means(payment.EntryFee),
	"T02": means(payment.EntryConversion),
	"T03": means(payment.EntryFunding),
	"T04": means(payment.EntryPayout),
	"T05": means(payment.EntryAdjustment),
	"T06": means(payment.EntryAdjustment),
	"T07": means(payment.EntryAdjustment),
	"T08": means(payment.EntryAdjustment),
	"T09": means(payment.EntryAdjustment),
	"T10": means(payment.EntryAdjustment),
	"T11": means(payment.EntryReversal),
	"T12": means(payment.EntryAdjustment),
	"T13": movesNothing(payment.EntryAuthorization),
	"T15": withholds(payment.EntryHold),
	"T20": means(payment.EntryTransfer),
	"T21": withholds(payment.EntryHold),
	"T22": means(payment.EntryTransfer),
	"T98": movesNothing(payment.EntryNote),
}

// codes are those that mean something else than their group, and those that a shop's
// account is most likely to show (the same page). That holds leave the total as it is
// is UNVERIFIED; the roll-forward of the two balances would show it.
var codes = map[string]settlement.Code{
	"T0000": means(payment.EntrySale),                                                        // general payment
	"T0001": means(payment.EntryAdjustment),                                                  // mass payment
	"T0002": means(payment.EntrySale),                                                        // subscription
	"T0003": means(payment.EntrySale),                                                        // pre-approved
	"T0005": means(payment.EntrySale),                                                        // direct payment, card
	"T0006": means(payment.EntrySale),                                                        // PayPal Checkout
	"T0007": means(payment.EntrySale),                                                        // website payment
	"T0011": means(payment.EntrySale),                                                        // mobile
	"T0012": means(payment.EntrySale),                                                        // virtual terminal
	"T0013": means(payment.EntrySale),                                                        // donation
	"T0019": means(payment.EntrySale),                                                        // another instrument
	"T0100": means(payment.EntryFee),                                                         // general fee
	"T0106": means(payment.EntryChargebackFee),                                               // of a chargeback
	"T0107": means(payment.EntryFee),                                                         // of a payment
	"T0113": means(payment.EntryFee),                                                         // a partner's
	"T0200": means(payment.EntryConversion),                                                  // general
	"T0201": means(payment.EntryConversion),                                                  // by the merchant
	"T0202": means(payment.EntryConversion),                                                  // to cover a negative balance
	"T0300": means(payment.EntryFunding),                                                     // from the bank
	"T0302": means(payment.EntryFunding),                                                     // recovery of a negative balance
	"T0303": means(payment.EntryFunding),                                                     // electronic transfer
	"T0400": means(payment.EntryPayout),                                                      // general withdrawal
	"T0401": means(payment.EntryPayout),                                                      // by itself
	"T0402": means(payment.EntryPayout),                                                      // Hyperwallet
	"T0403": means(payment.EntryPayout),                                                      // by hand
	"T1100": means(payment.EntryReversal),                                                    // general
	"T1105": withholds(payment.EntryRelease),                                                 // of a general account hold
	"T1106": means(payment.EntryReversal),                                                    // of a payment, by PayPal
	"T1107": means(payment.EntryRefund),                                                      // by the merchant
	"T1108": means(payment.EntryFee),                                                         // reversal of a fee
	"T1109": means(payment.EntryFee),                                                         // refund of a fee
	"T1110": {Kind: payment.EntryHold, Balance: settlement.BalanceAvailable, Disputed: true}, // while a dispute is looked into
	"T1111": withholds(payment.EntryRelease),                                                 // of that
	"T1113": means(payment.EntryRefund),                                                      // without a payment it belongs to
	"T1116": means(payment.EntryReversal),                                                    // after an instant review
	"T1118": means(payment.EntryReversal),                                                    // of another instrument
	"T1119": means(payment.EntryReversal),                                                    // the buyer's side of that
	"T1201": means(payment.EntryChargeback),
	"T1202": means(payment.EntryChargebackReversal),
	"T1205": means(payment.EntryChargebackReversal), // reimbursed
	"T1207": means(payment.EntryChargeback),         // the objection was turned down
	"T1208": means(payment.EntryChargebackReversal), // cancelled
	"T1300": movesNothing(payment.EntryAuthorization),
	"T1301": movesNothing(payment.EntryAuthorization), // again
	"T1302": movesNothing(payment.EntryAuthorization), // void
	"T1501": withholds(payment.EntryHold),             // for an open authorisation
	"T1502": withholds(payment.EntryHold),             // for a bank transfer on its way
	"T1503": withholds(payment.EntryHold),             // temporary
	"T2001": means(payment.EntryTransfer),             // settlement consolidation
	"T2101": withholds(payment.EntryHold),             // general
	"T2102": withholds(payment.EntryRelease),
	"T2103": withholds(payment.EntryHold), // reserve
	"T2104": withholds(payment.EntryRelease),
	"T2105": withholds(payment.EntryHold), // payment review
	"T2106": withholds(payment.EntryRelease),
	"T2107": withholds(payment.EntryHold), // payment
	"T2108": withholds(payment.EntryRelease),
	"T2109": means(payment.EntryAdjustment), // gift certificate
	"T2110": means(payment.EntryAdjustment), // and its redemption
	"T2111": withholds(payment.EntryHold),   // not yet available
	"T2112": withholds(payment.EntryRelease),
	"T2113": withholds(payment.EntryHold),    // blocked
	"T2114": withholds(payment.EntryHold),    // tax
	"T5000": withholds(payment.EntryHold),    // collected, to be disbursed later
	"T5001": withholds(payment.EntryRelease), // disbursed
}
