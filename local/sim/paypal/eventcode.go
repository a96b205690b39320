package paypal

// RowKind is what a row of the statement really is, whatever the report shows
// of it.
type RowKind string

const (
	RowSale               RowKind = "sale"
	RowRefund             RowKind = "refund"
	RowReversal           RowKind = "reversal" // PayPal, against the merchant's will
	RowChargeback         RowKind = "chargeback"
	RowChargebackFee      RowKind = "chargeback fee"
	RowChargebackReversal RowKind = "chargeback reversal"
	RowHold               RowKind = "hold"    // from available to withheld
	RowRelease            RowKind = "release" // and back
	RowConversion         RowKind = "conversion"
	RowPayout             RowKind = "payout"
	RowFeeChange          RowKind = "fee change"
	RowAuthorisation      RowKind = "authorisation"
	RowOther              RowKind = "other" // a code that is not in the list below
)

// Event codes this package writes by itself (guide
// reports/reference/t-codes).
const (
	saleCode               = "T0006" // PayPal Checkout APIs
	chargebackFeeCode      = "T0106"
	paymentFeeCode         = "T0107"
	conversionCode         = "T0200" // general
	userConversionCode     = "T0201" // asked for by the merchant
	sweepCode              = "T0400" // general withdrawal
	withdrawalCode         = "T0403" // by hand
	reversalCode           = "T1106"
	refundCode             = "T1107"
	feeRefundCode          = "T1109"
	disputeHoldCode        = "T1110"
	disputeReleaseCode     = "T1111"
	chargebackCode         = "T1201"
	chargebackReversalCode = "T1202"
	authorisationCode      = "T1300"
)

// releases are the codes of holds, each with the code that lifts it. That T1105
// lifts a T15xx is UNVERIFIED.
var releases = map[string]string{
	disputeHoldCode: disputeReleaseCode,
	"T1501":         "T1105",
	"T1502":         "T1105",
	"T1503":         "T1105",
	"T2101":         "T2102",
	"T2103":         "T2104",
	"T2105":         "T2106",
	"T2107":         "T2108",
	"T2111":         "T2112",
}

// rowKinds are the kinds of all codes that are known here.
var rowKinds = withHolds(map[string]RowKind{
	"T0000": RowSale, "T0003": RowSale, "T0005": RowSale, saleCode: RowSale, "T0007": RowSale,
	"T0011": RowSale, "T0012": RowSale, "T0013": RowSale, "T0019": RowSale,
	chargebackFeeCode: RowChargebackFee,
	paymentFeeCode:    RowFeeChange, "T1108": RowFeeChange, feeRefundCode: RowFeeChange,
	conversionCode: RowConversion, userConversionCode: RowConversion, "T0202": RowConversion,
	sweepCode: RowPayout, "T0401": RowPayout, withdrawalCode: RowPayout,
	refundCode: RowRefund, reversalCode: RowReversal,
	chargebackCode: RowChargeback, chargebackReversalCode: RowChargebackReversal,
	authorisationCode: RowAuthorisation, "T1301": RowAuthorisation,
})

func withHolds(kinds map[string]RowKind) map[string]RowKind {
	for hold, release := range releases {
		kinds[hold], kinds[release] = RowHold, RowRelease
	}
	return kinds
}

// kindOf tells what a code stands for.
func kindOf(code string) RowKind {
	if kind, known := rowKinds[code]; known {
		return kind
	}
	return RowOther
}
