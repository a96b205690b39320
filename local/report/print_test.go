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
	r.Accounts[0].Unmatched = 2
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
    on hold                             ?      28
  explained by no row                   ?    −300
  on its way to the bank             0.00       0
  announced, not arrived            12.00      12

The balance is not explained.
Explained by no row: JPY −300.
Look first at the rows that match no payment, then hold PayPal's own activity of these days against the rows. A row that comes late mends it at the next reading, within the hour; what stays for two days is a question for PayPal.
Rows that match no payment or cannot be read, to look at: 2.

`, "\n")
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &out, want)
	}
}
