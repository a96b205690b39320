package report

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	r := life("2026-11-01", 30, "EUR", "JPY")
	r.Accounts[0].Currencies[1].Balance.Remainder.Minor, r.Accounts[0].Currencies[1].Balance.Opening.Minor = -300, 350
	r.Accounts[0].Currencies[0].Balance = nil
	r.Accounts[0].Unmatched, r.Accounts[0].UnmatchedRows = 2, waiting
	var out bytes.Buffer
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(`
settlement, 1 to 30 Nov 2026 (UTC)

  PayPal                              EUR     JPY
  opening balance                       ?     350
  captured                       4,050.00   4,050
  fees                            −121.50    −108
  refunds                         −160.00    −160
  reversals and chargebacks          0.00       0
  conversions                        0.00       0
  other sales on this account        0.00       0
  paid out                      −3,576.60  −3,545
  other movements                    0.00       0
  explained by no row                   ?    −300
  closing balance, 30 Nov 2026          ?     287
    available                           ?     259
    not available yet                   ?      28
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

// A column adds up from the opening balance to the closing one, whatever moved after the
// day of the balance.
func TestPrintAddsUp(t *testing.T) {
	r := life("2026-11-01", 24, "EUR", "JPY")
	r.Accounts[0].Explained = "2026-11-23"
	for i := range r.Accounts[0].Currencies {
		last := r.Accounts[0].Days[23].Currencies[i].Moved
		r.Accounts[0].Currencies[i].Balance.Closing.Minor -= last.Minor
		r.Accounts[0].Currencies[i].Balance.MovedSince = last
	}
	r.Accounts[0].Currencies[1].Balance.Remainder.Minor = -7
	r.Accounts[0].Currencies[1].Balance.Closing.Minor -= 7
	var out bytes.Buffer
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	sums, closing, inside := [2]int64{}, [2]int64{}, false
	for line := range strings.Lines(out.String()) {
		inside = inside || strings.HasPrefix(line, "  opening balance")
		words := strings.Fields(line)
		if !inside {
			continue
		}
		figures := [2]int64{minor(t, words[len(words)-2]), minor(t, words[len(words)-1])}
		if strings.HasPrefix(line, "  closing balance, 23 Nov 2026 ") {
			closing = figures
			break
		}
		sums = [2]int64{sums[0] + figures[0], sums[1] + figures[1]}
	}
	if sums != closing || closing[0] == 0 || !strings.Contains(out.String(), "  of this after 23 Nov 2026 ") {
		t.Errorf("the columns come to %d, the closing balances are %d:\n%s", sums, closing, &out)
	}
}

// minor reads a printed figure.
func minor(t *testing.T, figure string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.NewReplacer("−", "-", ",", "", ".", "").Replace(figure), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
