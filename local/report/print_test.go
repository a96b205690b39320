package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	r := life("2026-11-01", 30, "EUR", "JPY")
	r.Accounts[0].Currencies[1].Balance.Remainder.Minor = -300
	r.Accounts[0].Currencies[0].Balance = nil
	r.Accounts[0].Unmatched, r.Accounts[0].UnmatchedRows = 2, waiting
	var out bytes.Buffer
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(`
settlement, 1 to 30 Nov 2026 (UTC)

  PayPal                              EUR     JPY
  opening balance                       ?      50
  captured                       4,050.00   4,050
  fees                            −121.50    −108
  refunds                         −160.00    −160
  reversals and chargebacks          0.00       0
  conversions                        0.00       0
  other sales on this account        0.00       0
  paid out                      −3,576.60  −3,545
  other movements                    0.00       0
  closing balance                       ?     287
    available                           ?     259
    not available yet                   ?      28
  explained by no row                   ?    −300
  on its way to the bank             0.00       0
  announced, not arrived            12.00      12

The balance is not explained.
Explained by no row: JPY −300.
Look first at the rows that match no payment, then hold PayPal's own activity of these days against the rows. A row that comes late mends it at the next reading, within the hour; what stays for two days is a question for PayPal.
Rows that match no payment or cannot be read, to look at: 2.
  2026-11-03 3C679366HH908993F T0006 EUR 5.00: It names a payment of this shop’s form that is not in the table.

`, "\n")
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &out, want)
	}
}
