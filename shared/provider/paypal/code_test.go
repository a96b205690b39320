package paypal

import (
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// TestCodes names each code once more, as PayPal's page of event codes does: a table
// that is checked against itself proves nothing.
func TestCodes(t *testing.T) {
	const total, available, none = settlement.BalanceTotal, settlement.BalanceAvailable, settlement.BalanceNone
	want := map[string]settlement.Code{}
	for _, group := range []struct {
		kind    payment.EntryKind
		balance settlement.Balance
		codes   []string
	}{
		{payment.EntrySale, total, []string{"T0000", "T0002", "T0003", "T0005", "T0006", "T0007", "T0011", "T0012", "T0013", "T0019"}},
		{payment.EntryFee, total, []string{"T0100", "T0107", "T0113", "T1108", "T1109"}},
		{payment.EntryChargebackFee, total, []string{"T0106"}},
		{payment.EntryConversion, total, []string{"T0200", "T0201", "T0202"}},
		{payment.EntryFunding, total, []string{"T0300", "T0302", "T0303"}},
		{payment.EntryPayout, total, []string{"T0400", "T0401", "T0402", "T0403"}},
		{payment.EntryRefund, total, []string{"T1107", "T1113"}},
		{payment.EntryReversal, total, []string{"T1100", "T1106", "T1116", "T1118", "T1119"}},
		{payment.EntryChargeback, total, []string{"T1201", "T1207"}},
		{payment.EntryChargebackReversal, total, []string{"T1202", "T1205", "T1208"}},
		{payment.EntryHold, available, []string{"T1110", "T1501", "T1502", "T1503", "T2101", "T2103", "T2105", "T2107", "T2111", "T2113", "T2114", "T5000"}},
		{payment.EntryRelease, available, []string{"T1105", "T1111", "T2102", "T2104", "T2106", "T2108", "T2112", "T5001"}},
		{payment.EntryAuthorization, none, []string{"T1300", "T1301", "T1302"}},
		{payment.EntryTransfer, total, []string{"T2001"}},
		{payment.EntryAdjustment, total, []string{"T0001", "T2109", "T2110"}},
	} {
		for _, code := range group.codes {
			want[code] = settlement.Code{Kind: group.kind, Balance: group.balance, Disputed: code == "T1110"}
		}
	}
	for code := range codes {
		if _, named := want[code]; !named {
			t.Errorf("nothing is said of %s", code)
		}
	}
	for code, means := range want {
		if got, known := CodeOf(code); !known || got != means {
			t.Errorf("%s is %v, want %v", code, got, means)
		}
	}
}

func TestCodesOfAGroup(t *testing.T) {
	for code, want := range map[string]struct {
		settlement.Code
		known bool
	}{
		"T0099": {settlement.Code{Kind: payment.EntrySale, Balance: settlement.BalanceTotal}, true},
		"T0199": {settlement.Code{Kind: payment.EntryFee, Balance: settlement.BalanceTotal}, true},
		"T0299": {settlement.Code{Kind: payment.EntryConversion, Balance: settlement.BalanceTotal}, true},
		"T0499": {settlement.Code{Kind: payment.EntryPayout, Balance: settlement.BalanceTotal}, true},
		"T1199": {settlement.Code{Kind: payment.EntryReversal, Balance: settlement.BalanceTotal}, true},
		"T1299": {settlement.Code{Kind: payment.EntryAdjustment, Balance: settlement.BalanceTotal}, true},
		"T1399": {settlement.Code{Kind: payment.EntryAuthorization, Balance: settlement.BalanceNone}, true},
		"T1599": {settlement.Code{Kind: payment.EntryHold, Balance: settlement.BalanceAvailable}, true},
		"T2199": {settlement.Code{Kind: payment.EntryHold, Balance: settlement.BalanceAvailable}, true},
		"T9800": {settlement.Code{Kind: payment.EntryNote, Balance: settlement.BalanceNone}, true},
		"T9999": {settlement.Code{Kind: payment.EntryUnknown, Balance: settlement.BalanceTotal}, false},
		"X0006": {settlement.Code{Kind: payment.EntryUnknown, Balance: settlement.BalanceTotal}, false},
		"T0":    {settlement.Code{Kind: payment.EntryUnknown, Balance: settlement.BalanceTotal}, false},
		"":      {settlement.Code{Kind: payment.EntryUnknown, Balance: settlement.BalanceTotal}, false},
	} {
		if got, known := CodeOf(code); got != want.Code || known != want.known {
			t.Errorf("%s is %v, %t", code, got, known)
		}
	}
}
