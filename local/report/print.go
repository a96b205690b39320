package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Print writes the report as a short table for a terminal: the statement with a column
// for each currency, and whether it is explained. Errors: what w says.
func (r Report) Print(w io.Writer) error {
	fmt.Fprintf(w, "settlement, %s (UTC)\n\n", daysWords(r.From, lastDay(r.To)))
	if r.Empty() {
		_, err := fmt.Fprint(w, "nothing yet: no movement of the account is known for these days.\n"+
			"PayPal reports a purchase up to three hours after it was paid, and the settlement reads its report every hour.\n\n")
		return err
	}
	for _, a := range r.Accounts {
		if err := a.print(w); err != nil {
			return err
		}
	}
	return nil
}

func (a Account) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight) // the labels are as wide as each other, so that they stay left
	fmt.Fprintf(table, "%-*s\t", labelWidth, providerName(a.Provider))
	for _, c := range a.Currencies {
		fmt.Fprintf(table, "%s\t", c.Currency)
	}
	fmt.Fprintln(table)
	for _, l := range a.printed() {
		fmt.Fprintf(table, "%-*s\t", labelWidth, l.label)
		for _, c := range a.Currencies {
			s := a.statement(c)
			text := l.of(s).figure()
			if l.balance && !s.known() {
				text = "?"
			}
			fmt.Fprintf(table, "%s\t", text)
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	v := a.verdict()
	fmt.Fprintf(w, "\n%s\n", v.Headline)
	if len(v.Open) > 0 {
		fmt.Fprintf(w, "Explained by no row: %s.\n", strings.Join(v.Open, ", "))
	}
	if v.Words != "" {
		fmt.Fprintln(w, v.Words)
	}
	if a.Unmatched > 0 {
		fmt.Fprintf(w, "Rows that match no payment or cannot be read, to look at: %d.\n", a.Unmatched)
		for _, r := range a.UnmatchedRows {
			fmt.Fprintf(w, "  %s %s %s %s: %s\n", r.Day(), r.ID, r.Code, r.Amount, r.Why())
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

const labelWidth = 28

// printedLine is a line of the table; what is balance is the provider's, and not always
// known.
type printedLine struct {
	label   string
	balance bool
	of      func(statement) Amount
}

// printed are the lines of the table, from the opening balance to the closing one, so that
// each column adds up as it stands; then where the money is.
func (a Account) printed() []printedLine {
	lines := slices.Clone(movements)
	closing := "closing balance"
	if a.Explained != "" {
		closing += ", " + dayWords(a.Explained)
	}
	if a.later() {
		lines = append(lines, printedLine{"of this after " + dayWords(a.Explained), true, statement.notYet})
	}
	return append(append(lines, printedLine{"explained by no row", true, func(s statement) Amount { return s.Remainder }},
		printedLine{closing, true, func(s statement) Amount { return s.Closing }}), holdings...)
}

// later reports whether anything moved after the day of the closing balance.
func (a Account) later() bool {
	return slices.ContainsFunc(a.Currencies, func(c Currency) bool {
		s := a.statement(c)
		return s.known() && !s.MovedSince.IsZero()
	})
}

var movements = []printedLine{
	{"opening balance", true, func(s statement) Amount { return s.Opening }},
	{"captured", false, func(s statement) Amount { return s.Captured }},
	{"fees", false, func(s statement) Amount { return s.Fees }},
	{"refunds", false, func(s statement) Amount { return s.Refunds }},
	{"reversals and chargebacks", false, func(s statement) Amount { return s.Reversals }},
	{"conversions", false, func(s statement) Amount { return s.Conversions }},
	{"other sales on this account", false, func(s statement) Amount { return s.OtherSales }},
	{"paid out", false, func(s statement) Amount { return s.PaidOut }},
	{"other movements", false, func(s statement) Amount { return s.Other }},
}

var holdings = []printedLine{
	{"  available", true, func(s statement) Amount { return s.Available }},
	{"  not available yet", true, func(s statement) Amount { return s.OnHold }},
	{"on its way to the bank", false, func(s statement) Amount { return s.InTransit }},
	{"announced, not arrived", false, func(s statement) Amount { return s.Incoming }},
}
