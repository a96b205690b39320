package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	paypal "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// dayBook is a day's row of the account's books.
type dayBook struct {
	Rolls []struct {
		Balance   string `json:"balance"`
		Closing   string `json:"closing"`
		Remainder string `json:"remainder"`
	} `json:"rolls"`
}

// entry is one line of a payment's money, as far as it is a row of the account.
type entry struct {
	Ref    string `json:"ref"`
	Code   string `json:"code"`
	Amount string `json:"amount"`
	Fee    string `json:"fee"`
}

// Account holds the books of PayPal's account against the account itself, once all rows are
// old enough to be in the report and a day has been explained since the last of them:
// I17, L4.
func (o *Oracle) Account(document func(partition string) map[string][]byte) {
	st := o.paypal.Statement()
	o.remainders(document("daybook#paypal"), st)
	for _, r := range st.Rows {
		p, ours := o.payments[r.CustomID]
		if !ours || r.Capture == "" {
			continue
		}
		moved := r.Amount + r.Fee
		if r.Status != "S" && r.Status != "V" {
			moved = 0
		}
		got, found := p.rowOf(r.ID, r.Code)
		o.hold("L4", found, "%s: the row %s %s of the account is not in the table", p.ID, r.Code, r.ID)
		if found {
			o.hold("I17", got == moved, "%s: the row %s %s moved %d, the table has %d", p.ID, r.Code, r.ID, moved, got)
		}
	}
}

// remainders: what no row explains is nothing, and what is explained is what there is.
func (o *Oracle) remainders(days map[string][]byte, st paypal.Statement) {
	last, at := "", ""
	for day, text := range days {
		var book dayBook
		if err := json.Unmarshal(text, &book); err != nil {
			o.hold("I17", false, "the book of %s cannot be read: %v", day, err)
			continue
		}
		for _, roll := range book.Rolls {
			o.hold("I17", minor(roll.Remainder) == 0, "the rows do not explain the balance %s of %s: %s remain", roll.Balance, day, roll.Remainder)
			if roll.Balance == "total" && day > at {
				last, at = roll.Closing, day
			}
		}
	}
	if len(st.Rows) == 0 {
		return
	}
	funds := st.Balance("EUR")
	o.hold("L4", last != "" && minor(last) == funds.Total, "the balance explained last (%s) is %q, the account has %d", at, last, funds.Total)
}

// rowOf is what a row of the account has moved, by the last word on it.
func (p payment) rowOf(id, code string) (moved int64, found bool) {
	for _, text := range slices.Backward(p.Entries) {
		var e entry
		if json.Unmarshal(text, &e) != nil || e.Ref != id || e.Code != code {
			continue
		}
		moved = minor(e.Amount)
		if e.Fee != "" {
			moved += minor(e.Fee)
		}
		return moved, true
	}
	return 0, false
}

// Summary is what the oracle knows of every payment, for a trace.
func (o *Oracle) Summary() string {
	var lines []string
	for _, id := range o.Payments() {
		lines = append(lines, fmt.Sprintf("%s due %s: %s", id, o.payments[id].due.Format("01-02 15:04:05"), o.Projection(id)))
	}
	return strings.Join(lines, "\n")
}
