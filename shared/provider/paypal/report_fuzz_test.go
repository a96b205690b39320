package paypal

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// exact reports whether so many minor units are what a decimal says, to the last digit.
func exact(a money.Amount, decimal string) bool {
	said, ok := new(big.Rat).SetString(decimal)
	places, known := a.Currency.Exponent()
	if !ok || !known {
		return false
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	return said.Cmp(new(big.Rat).SetFrac(big.NewInt(a.Minor), unit)) == 0
}

// FuzzReportRow: a row is either counted to the last digit, with an id, a code and a
// time, or it counts for nothing and says why; and the links lead on, or to the end.
func FuzzReportRow(f *testing.F) {
	row := func(info string) string {
		return `{"transaction_details":[{"transaction_info":` + info + `}],"total_pages":3,"links":[{"rel":"next","href":"https://x/?page=2"}]}`
	}
	good := `{"transaction_id":"3C679366HH908993F","transaction_event_code":"T0006","transaction_initiation_date":"2026-02-28T23:59:59Z","transaction_updated_date":"2026-03-01T01:00:00+0000",` +
		`"transaction_amount":{"currency_code":"EUR","value":"41.50"},"fee_amount":{"currency_code":"EUR","value":"-1.79"},"transaction_status":"S","custom_field":"sc0","invoice_id":"sc0-1"}`
	for _, change := range [][2]string{
		{"", ""}, {`"41.50"`, `"41.505"`}, {`"41.50"`, `"NaN"`}, {`"41.50"`, `41.50`}, {`"41.50"`, `"9223372036854775807"`}, {`"EUR","value":"41.50"`, `"HUF","value":"41.50"`}, {`"EUR","value":"-1.79"`, `"USD","value":"-1.79"`},
		{`"S"`, `"X"`}, {`3C679366HH908993F`, `3C\n`}, {`T0006`, ``}, {`2026-02-28T23:59:59Z`, `yesterday`}, {`sc0-1`, `\u0000`}, {`"41.50"`, `"-0.00"`}, {`"41.50"`, `"1e2"`},
	} {
		f.Add([]byte(row(strings.Replace(good, change[0], change[1], 1))), 1)
	}
	f.Add([]byte(`{"transaction_details":null,"links":[{"rel":"next","href":"?page=0"}]}`), 7)
	f.Fuzz(func(t *testing.T, text []byte, number int) {
		var body reportPageBody
		if json.Unmarshal(text, &body, jsontext.AllowInvalidUTF8(true)) != nil {
			return
		}
		if next, err := nextReport(body.Links, number, body.Pages); err == nil && next != "" {
			if n, err := strconv.Atoi(next); err != nil || n <= number {
				t.Errorf("page %d is followed by %q", number, next)
			}
		}
		for _, d := range body.Details {
			got := d.Row.read()
			if got.Fault != "" {
				if got.Amount != (money.Amount{}) || got.Fee != (money.Amount{}) {
					t.Errorf("a row with the fault %q counts %v and %v", got.Fault, got.Amount, got.Fee)
				}
				continue
			}
			fee := d.Row.Fee
			switch {
			case got.ID == "" || got.ID != d.Row.ID || got.Code == "" || got.Code != d.Row.Code || got.Initiated.IsZero() || got.Updated.IsZero():
				t.Errorf("counted without id, code or time: %+v", got)
			case d.Row.Amount == nil || string(got.Amount.Currency) != d.Row.Amount.Currency || !exact(got.Amount, d.Row.Amount.Value):
				t.Errorf("%+v is counted as %v", d.Row.Amount, got.Amount)
			case fee != nil && (string(got.Fee.Currency) != fee.Currency || got.Fee.Currency != got.Amount.Currency || !exact(got.Fee, fee.Value)):
				t.Errorf("the fee %+v is counted as %v", fee, got.Fee)
			case fee == nil && !got.Fee.IsZero():
				t.Errorf("a fee of %v that nobody named", got.Fee)
			case got.Status != "" && rowStatuses[d.Row.Status] != got.Status:
				t.Errorf("%q became %q", d.Row.Status, got.Status)
			}
			if _, known := rowStatuses[d.Row.Status]; !known && got.Status != settlement.Status("") {
				t.Errorf("the status %q became %q", d.Row.Status, got.Status)
			}
		}
	})
}
