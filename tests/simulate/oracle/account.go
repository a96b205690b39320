package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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

// moved is what the row came to, in minor units.
func (e entry) moved() int64 {
	if e.Fee == "" {
		return minor(e.Amount)
	}
	return minor(e.Amount) + minor(e.Fee)
}

// Accounts holds the books of both accounts against the accounts themselves, once all rows
// are old enough to be in the reports and a day has been explained since the last of them:
// I17, L4. document gives the rows of a partition of the table, by their sort keys.
func (o *Oracle) Accounts(document func(partition string) map[string][]byte) {
	o.payPals(document("daybook#paypal"))
	o.stripes(document("daybook#stripe"), document("payout#stripe"))
}

// payPals is PayPal's account.
func (o *Oracle) payPals(days map[string][]byte) {
	st := o.paypal.Statement()
	if last, at := o.explained(days); len(st.Rows) > 0 {
		funds := st.Balance("EUR")
		o.hold("L4", at != "" && minor(last.Total) == funds.Total, "PayPal's balance explained last (%s) is %q, the account has %d", at, last.Total, funds.Total)
	}
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

// closing is what an account had of the shop's currency at the end of a day, as the table has it.
type closing struct{ Total, Available string }

// explained holds that what no row explains is nothing, and gives what was explained last,
// with its day; "" where none was.
func (o *Oracle) explained(days map[string][]byte) (last closing, at string) {
	for day, text := range days {
		var book dayBook
		if err := json.Unmarshal(text, &book); err != nil {
			o.hold("I17", false, "the book of %s cannot be read: %v", day, err)
			continue
		}
		had := closing{}
		for _, roll := range book.Rolls {
			o.hold("I17", minor(roll.Remainder) == 0, "the rows do not explain the balance %s of %s: %s remain", roll.Balance, day, roll.Remainder)
			switch {
			case !strings.HasPrefix(roll.Closing, "EUR "):
			case roll.Balance == "total":
				had.Total = roll.Closing
			case roll.Balance == "available":
				had.Available = roll.Closing
			}
		}
		if had.Total != "" && day > at {
			last, at = had, day
		}
	}
	return last, at
}

// rowOf is what a row of the account has moved, by the last word on it.
func (p payment) rowOf(id, code string) (moved int64, found bool) {
	for _, text := range slices.Backward(p.Entries) {
		var e entry
		if json.Unmarshal(text, &e) != nil || e.Ref != id || e.Code != code {
			continue
		}
		return e.moved(), true
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
