package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"strconv"
	"strings"
)

//go:embed *.html
var pageFiles embed.FS

//go:embed page.css
var style string

var pages = template.Must(template.ParseFS(pageFiles, "*.html"))

// Policy is the content security policy of the page: its one style sheet, forms that
// go back to where it came from, and nothing else. The page says so itself too, so
// that it holds for a file.
var Policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'self'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// Served says what a page can do that a running shop serves, and a file cannot.
type Served struct {
	Story func(id string) string // the address of a payment's story
	Fault string                 // why there is no report; the form is shown all the same
}

// Write draws the page. served is nil for a page that has to stand alone. Errors: a
// range that is none, and what w says.
func Write(w io.Writer, r Report, served *Served) error {
	v, err := r.view(served)
	if err != nil {
		return err
	}
	return pages.ExecuteTemplate(w, "page.html", v)
}

// pageView is the page as it is drawn.
type pageView struct {
	Style       template.CSS
	Policy      string
	Title, Days string
	From, Last  string // of the form: both days are in the range there
	Made        string
	Served      bool
	Fault       string
	Empty       bool
	Accounts    []accountView
	More        bool
	Count       int
}

type accountView struct {
	Name      string
	Complete  string
	Verdict   verdict
	Unmatched int
	Rows      []Row // the first of them
	Many      bool  // more than one currency
	Sections  []section
}

// verdict is whether all rows explain the balances, and what to do where they do not.
type verdict struct {
	Class    string // good, bad, open
	Headline string
	Words    string   // what to do
	Open     []string // the currencies and their remainders
}

// section is one currency's.
type section struct {
	Code     string
	Anchor   string
	Lines    []line
	Holdings []line
	Verdict  verdict
	Charts   []chart
	Table    []tableLine
	Weekly   bool
	Payments []paymentView
	Decimals string
	Glance   glance
}

// line is a line of a statement.
type line struct {
	Label, Note, Amount, Class string
}

// cell is an amount in a table; what is nothing is drawn pale.
type cell struct {
	Text    string
	Nothing bool
}

func (a Amount) cell() cell { return cell{a.figure(), a.IsZero()} }

type tableLine struct {
	When                                      string
	Captured, Refunds, Fees, PaidOut, Balance cell
}

// glance is a currency in the table that begins the page.
type glance struct{ Captured, Fees, Refunds, PaidOut, Closing cell }

type paymentView struct {
	Reference, ID, Story         string
	Captured, Fees, Refunds, Net cell
	Where, Class                 string
	Held                         string
}

func (r Report) view(served *Served) (pageView, error) {
	v := pageView{
		Style: template.CSS(style), Policy: Policy, From: r.From, Last: lastDay(r.To),
		Days: daysWords(r.From, lastDay(r.To)), Made: moment(r.Made), More: r.More, Count: len(r.Payments),
	}
	v.Title = "Settlement, " + v.Days
	if served != nil {
		v.Served, v.Fault = true, served.Fault
	}
	if v.Fault != "" {
		v.Title, v.Days = "Settlement", ""
		return v, nil
	}
	v.Empty = r.Empty()
	for _, a := range r.Accounts {
		drawn, err := r.account(a, served)
		if err != nil {
			return v, err
		}
		v.Accounts = append(v.Accounts, drawn)
	}
	return v, nil
}

func (r Report) account(a Account, served *Served) (accountView, error) {
	v := accountView{Name: providerName(a.Provider), Verdict: a.verdict(), Unmatched: a.Unmatched, Rows: a.UnmatchedRows, Many: len(a.Currencies) > 1}
	if !a.CompleteUntil.IsZero() {
		v.Complete = moment(a.CompleteUntil)
	}
	for _, c := range a.Currencies {
		s, err := r.section(a, c, served)
		if err != nil {
			return v, err
		}
		v.Sections = append(v.Sections, s)
	}
	return v, nil
}

func (r Report) section(a Account, c Currency, served *Served) (section, error) {
	code, of := c.Figures.Currency, a.statement(c)
	list, err := buckets(r.From, r.To, of, a.moved(code))
	if err != nil {
		return section{}, err
	}
	s := section{
		Code: string(code), Anchor: a.Provider + "-" + string(code), Lines: of.lines(r.From), Holdings: of.holdings(), Verdict: of.verdict(),
		Weekly: len(list) > 0 && list[0].From != list[0].To || len(list) > 1 && list[1].From != list[1].To,
		Glance: glance{c.Captured.cell(), c.Fees.cell(), c.takenBack().cell(), c.PaidOut.cell(), cell{"not known yet", true}},
	}
	if of.known() {
		s.Glance.Closing = of.Closing.cell()
	}
	for _, f := range formats {
		s.Charts = append(s.Charts, f.draw(code, list))
	}
	for _, b := range list {
		s.Table = append(s.Table, b.line())
	}
	for _, p := range r.paymentsIn(a.Provider, code) {
		s.Payments = append(s.Payments, p.view(served))
	}
	return s, nil
}

func (b bucket) line() tableLine {
	t := tableLine{When: shortDay(b.From), Captured: b.Captured.cell(), Refunds: b.takenBack().cell(), Fees: b.Fees.cell(), PaidOut: b.PaidOut.cell()}
	if b.To != b.From {
		t.When += " – " + shortDay(b.To)
	}
	if b.Known {
		t.Balance = b.Balance.cell()
	}
	return t
}

func (p paymentLine) view(served *Served) paymentView {
	back := Figures{Currency: p.Currency, Refunds: p.Refunds, Reversals: p.Reversals}.takenBack()
	v := paymentView{
		Reference: p.Reference, ID: p.ID, Captured: p.Captured.cell(), Fees: p.Fees.cell(), Refunds: back.cell(),
		Net: p.Net.cell(), Where: whereWords(p.Where), Class: strings.ReplaceAll(p.Where, "_", "-"),
	}
	if p.Held.Minor != 0 {
		v.Held = p.Held.figure()
	}
	if served != nil && served.Story != nil {
		v.Story = served.Story(p.ID)
	}
	return v
}

// lines are the statement: from the opening balance to the closing one, so that the
// column adds up as it stands.
func (s statement) lines(from string) (list []line) {
	known := s.known()
	if known {
		list = append(list, line{"Opening balance", "before " + dayWords(from), s.Opening.figure(), "end"})
	}
	for _, l := range []struct {
		label, note string
		amount      Amount
	}{
		{"Captured", count(s.Sales, "sale"), s.Captured}, {"Fees", "", s.Fees}, {"Refunds", count(s.Refunded, "refund"), s.Refunds},
		{"Reversals and chargebacks", "", s.Reversals}, {"Conversions", "", s.Conversions}, {"Other sales on this account", "after fees", s.OtherSales},
		{"Paid out to the bank", "", s.PaidOut}, {"Other movements", "", s.Other},
	} {
		class := ""
		if l.amount.IsZero() {
			class = "nothing"
		}
		list = append(list, line{l.label, l.note, l.amount.figure(), class})
	}
	if !known {
		return append(list, line{"Moved in these days", "", s.Moved.figure(), "sum"})
	}
	if later := s.notYet(); !later.IsZero() {
		list = append(list, line{"Of this after " + dayWords(s.Explained), "not in that day's balance", later.figure(), ""})
	}
	if !s.Remainder.IsZero() {
		list = append(list, line{"Explained by no row", "", s.Remainder.figure(), "bad"})
	}
	return append(list, line{"Closing balance", "end of " + dayWords(s.Explained), s.Closing.figure(), "sum"})
}

func count(n int64, one string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + one
	}
	return group(strconv.FormatInt(n, 10)) + " " + one + "s"
}

// holdings are where the money is.
func (s statement) holdings() (list []line) {
	if s.known() {
		list = append(list, line{"Available", "", s.Available.figure(), ""}, line{"On hold, or not available yet", "", s.OnHold.figure(), ""},
			line{"Closing balance", "", s.Closing.figure(), "sum"})
	}
	return append(list, line{"On its way to the bank", "", s.InTransit.figure(), "apart"}, line{"Announced, not arrived", "", s.Incoming.figure(), ""})
}

// whatToDo is the advice to a merchant whose account is not explained.
func (a Account) whatToDo() string {
	name := providerName(a.Provider)
	return "Look first at the rows that match no payment, then hold " + name + "'s own activity of these days against the rows. " +
		"A row that comes late mends it at the next reading, within the hour; what stays for two days is a question for " + name + "."
}

func (a Account) verdict() verdict {
	open := a.unexplained()
	switch {
	case len(a.Currencies) == 0:
		return verdict{Class: "open", Headline: "Nothing has moved on this account in these days."}
	case len(open) > 0:
		v := verdict{Class: "bad", Headline: "The balance is not explained.", Words: a.whatToDo()}
		for _, c := range open {
			v.Open = append(v.Open, string(c.Figures.Currency)+" "+c.Remainder.figure())
		}
		return v
	case a.Explained == "":
		return verdict{Class: "open", Headline: "The balances of these days are not known yet.", Words: "They are asked for once a day, when every row of the day before must be there."}
	}
	return verdict{Class: "good", Headline: "Every cent is explained until " + dayWords(a.Explained) + "."}
}

func (s statement) verdict() verdict {
	switch {
	case !s.known():
		return verdict{Class: "open", Headline: "The balance at the end of these days is not known yet."}
	case s.Remainder.IsZero():
		return verdict{Class: "good", Headline: "All rows explain the balance. Remainder " + s.Remainder.figure() + "."}
	}
	return verdict{Class: "bad", Headline: "Remainder " + s.Remainder.figure() + ": no row explains this much of the balance."}
}
