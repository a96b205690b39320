package handler

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// TestTableHoldsNoFormula: a text that a spreadsheet would take for a formula is a text,
// one with a comma or a line's end is one cell, and an amount below nothing is a number.
func TestTableHoldsNoFormula(t *testing.T) {
	for reference, want := range map[string]string{
		"R-1": "R-1", "=1+1": "'=1+1", "+49": "'+49", "-17": "'-17", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'=1", "\n=1": "'\n=1",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`, "a,b": "a,b", "été": "été", "": "", "'x": "'x",
	} {
		of := settlement.PaymentMoney{
			Currency: "EUR", Captured: money.New(7500, "EUR"), Fees: money.New(-297, "EUR"), Refunds: money.New(-5, "EUR"),
			Reversals: money.Zero("EUR"), Conversions: money.Zero("EUR"), Net: money.New(7198, "EUR"), Held: money.Zero("EUR"), Where: settlement.WherePaidOut,
			PaidOut: money.New(7198, "EUR"), Payouts: []settlement.PaidOut{{Payout: settlement.Payout{ID: "=po_1"}}},
		}
		text, err := table([]checkout.MovedPayment{{Provider: "paypal", Payment: payment.Payment{ID: "sc1", Reference: reference}, Of: []settlement.PaymentMoney{of}}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
			t.Fatalf("%q: %v, %v", reference, rows, err)
		}
		if got := rows[1][2]; got != want {
			t.Errorf("%q: %q, want %q", reference, got, want)
		}
		if got := strings.Join(rows[1][6:], " "); got != "75.00 -2.97 -0.05 0.00 0.00 71.98 0.00 paid_out 71.98 '=po_1 " {
			t.Errorf("%q: the amounts are %s", reference, got)
		}
	}
}

// TestWantsTable: the query goes before the header, and what neither knows is JSON.
func TestWantsTable(t *testing.T) {
	for _, c := range []struct {
		query  map[string]string
		accept string
		table  bool
		fault  bool
	}{
		{nil, "", false, false}, {nil, "text/csv", true, false}, {nil, "text/csv; charset=utf-8", true, false}, {nil, "application/json", false, false},
		{nil, "text/csv, application/json", false, false}, {nil, "text/csv;q=0, */*", false, false}, {nil, "application/xml", false, false}, {nil, ";;,\x00", false, false},
		{map[string]string{"format": "csv"}, "application/json", true, false}, {map[string]string{"format": "json"}, "text/csv", false, false},
		{map[string]string{"format": "xml"}, "text/csv", false, true}, {map[string]string{"format": ""}, "", false, true},
	} {
		got, err := request{query: c.query, header: map[string]string{"accept": c.accept}}.wantsTable()
		if got != c.table || (err != nil) != c.fault {
			t.Errorf("%v, Accept %q: %t, %v", c.query, c.accept, got, err)
		}
	}
}
