package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// The page is whole in one file: nothing is fetched, nothing is run, and its policy
// allows the one style sheet it has.
func TestPageStandsAlone(t *testing.T) {
	text := page(t, life("2026-11-01", 30, "EUR", "JPY"), nil)
	for _, bad := range []string{"<script", "javascript:", " style=", " src=", "http://", "https://", "@import", "url(", "<link", "<form"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if found := regexp.MustCompile(`\son[a-z]+=`).FindString(text); found != "" {
		t.Errorf("the page has %q", found)
	}
	doc := parsed(t, text)
	css := doc.all("style", "")[0].text()
	sum := sha256.Sum256([]byte(css))
	for _, meta := range doc.all("meta", "") {
		if meta.Attr["http-equiv"] == "Content-Security-Policy" {
			want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if policy := meta.Attr["content"]; policy != Policy || !strings.Contains(policy, want) || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy is %q, want in it %q", policy, want)
			}
			return
		}
	}
	t.Error("the page has no policy")
}

// What a screen reader goes by.
func TestPageCanBeHeard(t *testing.T) {
	doc := parsed(t, page(t, life("2026-11-01", 30, "EUR", "USD"), &Served{Story: func(id string) string { return "/s/" + id }}))
	if doc.all("html", "")[0].Attr["lang"] != "en" || len(doc.all("h1", "")) != 1 || len(doc.all("h2", "")) != 2 || len(doc.all("main", "")) != 1 {
		t.Error("no language, or headings that do not lead through the page")
	}
	for _, svg := range doc.all("svg", "") {
		if says := svg.Attr["aria-label"]; svg.Attr["role"] != "img" || !strings.Contains(says, "captured 4,050.00, refunds and reversals −160.00, fees −121.50") {
			t.Errorf("a chart says %q", says)
		}
	}
	for _, table := range doc.all("table", "") {
		for _, th := range table.all("th", "") {
			if th.Attr["scope"] == "" {
				t.Errorf("the heading %q belongs to nothing", th.words())
			}
		}
	}
	for _, region := range doc.all("div", "scroll") {
		if region.Attr["tabindex"] != "0" || region.Attr["aria-label"] == "" {
			t.Error("what scrolls cannot be reached by keyboard, or has no name")
		}
	}
	for _, input := range doc.all("input", "") {
		if !slices.ContainsFunc(doc.all("label", ""), func(l *element) bool { return slices.Contains(l.Children, input) }) {
			t.Errorf("%v has no label", input.Attr)
		}
	}
	ids := map[string]bool{}
	for _, s := range doc.all("section", "currency") {
		if ids[s.Attr["id"]] || len(s.all("h2", "")) != 1 || s.all("h2", "")[0].Attr["id"] != s.Attr["aria-labelledby"] {
			t.Errorf("the section %q is not named by its heading", s.Attr["id"])
		}
		ids[s.Attr["id"]] = true
	}
}

// statementOf are the lines of the n-th currency's statement.
func statementOf(doc *element, n int) [][]string {
	return doc.all("section", "currency")[n].all("table", "statement")[0].rows()
}

func TestStatement(t *testing.T) {
	r := life("2026-11-01", 30, "EUR")
	got := statementOf(parsed(t, page(t, r, nil)), 0)
	want := [][]string{
		{"Opening balance before 1 Nov 2026", "50.00"},
		{"Captured 90 sales", "4,050.00"}, {"Fees", "−121.50"}, {"Refunds 8 refunds", "−160.00"}, {"Reversals and chargebacks", "0.00"}, {"Conversions", "0.00"},
		{"Other sales on this account after fees", "0.00"}, {"Paid out to the bank", "−3,576.60"}, {"Other movements", "0.00"},
		{"Closing balance end of 30 Nov 2026", "241.90"},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// Whatever is known, the column adds up as it stands: what moved after the last known
// balance is taken off again, and what no row explains is a line of its own.
func TestStatementAddsUp(t *testing.T) {
	whole := life("2026-11-01", 30, "EUR")
	for name, c := range map[string]struct {
		change func(*Account)
		lines  []string
	}{
		"all is known": {func(*Account) {}, nil},
		"the last day is not known yet": {func(a *Account) {
			a.Explained = "2026-11-29"
			last := whole.Accounts[0].Days[29].Currencies[0].Moved
			a.Currencies[0].Balance.Closing.Minor -= last.Minor
			a.Currencies[0].Balance.MovedSince = last
		}, []string{"Of this after 29 Nov 2026 not in that day's balance"}},
		"a row is missing": {func(a *Account) {
			a.Currencies[0].Balance.Closing.Minor += 300
			a.Currencies[0].Balance.Remainder.Minor = 300
		}, []string{"Explained by no row"}},
	} {
		r := life("2026-11-01", 30, "EUR")
		c.change(&r.Accounts[0])
		rows := statementOf(parsed(t, page(t, r, nil)), 0)
		sum := money.Zero("EUR")
		for _, row := range rows[:len(rows)-1] {
			part, err := money.Parse(strings.NewReplacer(",", "", "−", "-").Replace(row[1]), "EUR")
			if err != nil {
				t.Fatal(err)
			}
			sum.Minor += part.Minor
		}
		if got := (Amount{sum}).figure(); got != rows[len(rows)-1][1] {
			t.Errorf("%s: the column adds up to %s, and says %s", name, got, rows[len(rows)-1][1])
		}
		for _, line := range c.lines {
			if !slices.ContainsFunc(rows, func(row []string) bool { return strings.ReplaceAll(row[0], "’", "'") == line }) {
				t.Errorf("%s: no line %q in %q", name, line, rows)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Account)
		class  string
		says   []string
	}{
		"explained": {func(*Account) {}, "good", []string{"Every cent is explained until 30 Nov 2026."}},
		"a remainder": {func(a *Account) { a.Currencies[1].Balance.Remainder.Minor = -300 }, "bad",
			[]string{"The balance is not explained.", "Explained by no row: USD −3.00.", "Look first at the rows that match no payment"}},
		"not known yet": {func(a *Account) { a.Explained = "" }, "open", []string{"not known yet"}},
		"until earlier": {func(a *Account) { a.Explained = "2026-11-28" }, "good", []string{"until 28 Nov 2026"}},
		"unknown, but one is wrong": {func(a *Account) { a.Currencies[0].Balance = nil; a.Currencies[1].Balance.Remainder.Minor = 1 }, "bad",
			[]string{"USD 0.01"}},
	} {
		r := life("2026-11-01", 30, "EUR", "USD")
		c.change(&r.Accounts[0])
		shown := parsed(t, page(t, r, nil)).all("div", "verdict")[0]
		for _, want := range c.says {
			if !strings.Contains(shown.words(), want) || !strings.Contains(shown.Attr["class"], c.class) {
				t.Errorf("%s: %s %q, want %s %q", name, shown.Attr["class"], shown.words(), c.class, want)
			}
		}
	}
	r := life("2026-11-01", 30, "EUR")
	r.Accounts[0].Currencies[0].Balance.Remainder.Minor = 1
	doc := parsed(t, page(t, r, nil))
	if check := doc.all("div", "check")[0]; !strings.Contains(check.Attr["class"], "bad") || !strings.Contains(check.words(), "Remainder 0.01") {
		t.Errorf("the currency says %q", check.words())
	}
	r.Accounts[0].Unmatched, r.Accounts[0].UnmatchedRows = 2, waiting
	text := page(t, r, nil)
	if !strings.Contains(text, "<b>2</b> rows look") {
		t.Error("rows that match nothing are not told of")
	}
	if rows := parsed(t, text).all("table", "waiting")[0].rows(); len(rows) != 1 || !strings.Contains(strings.Join(rows[0], "|"), "2026-11-03|EUR 5.00|It names a payment") {
		t.Errorf("they are shown as %q", rows)
	}
}

// waiting is a row that matches no payment.
var waiting = []Row{{
	Reason: "no_such_payment", Payment: "sc6pi5402gfbsacbn2qs81nk6urg", ID: "3C679366HH908993F", Code: "T0006", Status: "done",
	Amount: "EUR 5.00", Initiated: time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC),
}}

// What came from outside is text and nothing else, wherever it stands.
func TestHostileText(t *testing.T) {
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;`
	r := life("2026-11-01", 5, "EUR")
	r.Accounts[0].Provider, r.Payments[0].Provider = evil, evil
	r.Accounts[0].Unmatched, r.Accounts[0].UnmatchedRows = 1, []Row{{Reason: evil, Payment: evil, ID: evil, Code: evil, Amount: evil, Fault: evil}}
	r.Payments[0].Reference, r.Payments[0].ID, r.Payments[0].Money[0].Where = evil, evil, evil
	text := page(t, r, &Served{Story: func(id string) string { return "javascript:" + id }})
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") || strings.Contains(text, `href="javascript:`) {
		t.Error("the page runs what somebody wrote")
	}
	doc := parsed(t, text)
	if row := doc.all("table", "payments")[0].rows()[0]; !strings.Contains(row[0], evil) {
		t.Errorf("the reference is shown as %q", row[0])
	}
	if fault := page(t, Report{}, &Served{Fault: evil}); strings.Contains(fault, "<script") || !strings.Contains(parsed(t, fault).words(), evil) {
		t.Error("the fault is not shown as it is")
	}
}

func TestNothingYet(t *testing.T) {
	for name, r := range map[string]Report{
		"no account":         {From: "2026-11-01", To: "2026-11-22"},
		"an account at rest": {From: "2026-11-01", To: "2026-11-22", Accounts: []Account{{Provider: "paypal"}}},
	} {
		doc := parsed(t, page(t, r, nil))
		var printed bytes.Buffer
		if err := r.Print(&printed); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(doc.words(), "Nothing yet") || len(doc.all("svg", "")) != 0 || !strings.Contains(printed.String(), "nothing yet") {
			t.Errorf("%s: %q\n%s", name, doc.all("main", "")[0].words(), &printed)
		}
	}
}

// A file has neither a form nor links that lead nowhere.
func TestServedAndAlone(t *testing.T) {
	r := life("2026-11-01", 30, "EUR")
	r.More = true
	served := parsed(t, page(t, r, &Served{Story: func(id string) string { return "/report/payments/" + id }}))
	alone := parsed(t, page(t, r, nil))
	if links := served.all("a", "id"); len(links) != 12 || links[0].Attr["href"] != "/report/payments/"+r.Payments[0].ID {
		t.Errorf("%d links", len(links))
	}
	if inputs := served.all("input", ""); len(inputs) != 2 || inputs[0].Attr["value"] != "2026-11-01" || inputs[1].Attr["value"] != "2026-11-30" {
		t.Error("the form does not hold the days")
	}
	if len(alone.all("a", "id")) != 0 || len(alone.all("form", "")) != 0 || !strings.Contains(alone.words(), "Only the first 12 payments") {
		t.Error("a page of its own leads somewhere")
	}
}

// Each currency has its own decimals, and none is added to another.
func TestFiveCurrencies(t *testing.T) {
	r := life("2026-11-01", 31, "EUR", "USD", "JPY", "KWD", "GBP")
	doc := parsed(t, page(t, r, nil))
	rows := doc.all("table", "glance")[0].rows()
	want := [][]string{{"EUR", "4,095.00"}, {"USD", "4,230.00"}, {"JPY", "4,140"}, {"KWD", "4,275.000"}, {"GBP", "4,185.00"}}
	for i, w := range want {
		if len(rows) != len(want) || !slices.Equal(rows[i][:2], w) {
			t.Fatalf("got %q, want %q", rows, want)
		}
		section := doc.all("section", "currency")[i]
		if got := section.all("table", "statement")[0].rows()[1][1]; got != w[1] {
			t.Errorf("%s: captured %s", w[0], got)
		}
		if charts := section.all("svg", ""); len(charts) != 2 || !strings.Contains(charts[0].Attr["aria-label"], "Chart of "+w[0]+" from 1 Nov 2026 to 1 Dec 2026") {
			t.Errorf("%s: %d charts", w[0], len(charts))
		}
		if payments := section.all("table", "payments")[0].rows(); len(payments) != 12 || !strings.Contains(payments[0][0], "P"+w[0]) {
			t.Errorf("%s: %q", w[0], payments)
		}
	}
	if yen := doc.all("section", "currency")[2]; strings.Contains(yen.all("svg", "")[0].text()+yen.all("table", "")[0].text(), ".") {
		t.Error("yen have no decimals")
	}
}
