package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// lifeDays is how long the shop of these tests has been open.
const lifeDays = 4

// lifeRange is what is asked of it.
var lifeRange = []string{"-from", "2026-01-01", "-to", "2026-01-08"}

// life is what is left of a shop with some days behind it: its table, PayPal's books,
// and what those hold by currency. It is lived once for all tests.
type life struct {
	table, books []byte
	balance      map[money.Currency]money.Amount
}

var once struct {
	sync.Once
	life
}

// livedFile is the file of such a shop, which runs no more.
func livedFile(t *testing.T) (file string, lived life) {
	t.Helper()
	once.Do(func() {
		file := filepath.Join(t.TempDir(), "checkout.db")
		l := live(t, file)
		l.month(lifeDays)
		once.balance = map[money.Currency]money.Amount{}
		for _, c := range []money.Currency{"EUR", "JPY", "USD"} {
			once.balance[c] = money.New(l.world.paypal.Statement().Balance(string(c)).Total, c)
		}
		l.world.close()
		once.table, once.books = read(t, file), read(t, file+".paypal.json")
	})
	if once.table == nil {
		t.Fatal("the shop did not live: see the test before")
	}
	file = filepath.Join(t.TempDir(), "checkout.db")
	for path, content := range map[string][]byte{file: once.table, file + ".paypal.json": once.books} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file, once.life
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// command runs one of the commands as main does.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, noEnvironment, &out, io.Discard)
	return out.String(), err
}

// moving is what a page says that is another each time: when it was made, and up to
// when PayPal's report is read, which a shop that has just started moves on.
var moving = regexp.MustCompile(`Made [^.]*\.|complete until [^.]*\.`)

// reported runs the report over the shop's days: what it prints, and the page.
func reported(t *testing.T, file string) (printed, page string) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "page.html")
	printed, err := command(t, append([]string{"report", "-root", "..", "-file", file, "-o", to}, lifeRange...)...)
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, to)
	if !strings.Contains(printed, "page  file://"+to+"\n") {
		t.Errorf("it does not say where the page is:\n%s", printed)
	}
	return strings.Replace(printed, to, "PAGE", 1), moving.ReplaceAllString(string(text), "")
}

// The same report and the same export, whether the shop runs or not, and on its own
// page; and its balances are those of PayPal's books.
func TestReportBothWays(t *testing.T) {
	file, lived := livedFile(t)
	printed, page := reported(t, file)
	entries, err := command(t, append([]string{"export", "-root", "..", "-file", file}, lifeRange...)...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(printed, "Every cent is explained until ") {
		t.Errorf("printed\n%s", printed)
	}
	for line, want := range map[string][]string{
		"PayPal": {"EUR", "JPY", "USD"}, "captured": {"300.00", "8,000", "100.00"},
		"closing balance, [0-9]+ Jan 2026": {lived.balance["EUR"].Decimal(), lived.balance["JPY"].Decimal(), lived.balance["USD"].Decimal()},
	} {
		words := regexp.MustCompile(`(?m)^ *` + line + ` .*$`).FindString(printed)
		words = regexp.MustCompile(line).ReplaceAllString(words, "")
		if got := strings.Fields(strings.ReplaceAll(words, "−", "-")); strings.ReplaceAll(strings.Join(got, " "), ",", "") != strings.ReplaceAll(strings.Join(want, " "), ",", "") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for i := range lifeDays {
		if !strings.Contains(page, fmt.Sprintf("A-%d", 1001+i)) {
			t.Errorf("the page lacks the purchase of day %d", i)
		}
	}

	shop := start(t, "-port", "0", "-file", file)
	defer shop.end(t)
	again, pageAgain := reported(t, file)
	if again != printed || pageAgain != page {
		t.Errorf("while the shop runs it says\n%s\nand before\n%s", again, printed)
	}
	to := filepath.Join(t.TempDir(), "entries.jsonl")
	if out, err := command(t, append([]string{"export", "-root", "..", "-file", file, "-o", to}, lifeRange...)...); err != nil || out != "" {
		t.Fatal(out, err)
	}
	if text, _ := os.ReadFile(to); string(text) != entries {
		t.Errorf("while the shop runs it exports\n%s\nand before\n%s", text, entries)
	}
	served := fetch(t, shop.at("report")+"/report?from=2026-01-01&last=2026-01-07", http.StatusOK)
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		if !strings.Contains(served, svg) {
			t.Error("the shop's own page has another chart")
		}
	}
}

// An export is one JSON object a line, and begins with what there was.
func TestExportedLines(t *testing.T) {
	file, _ := livedFile(t)
	out, err := command(t, append([]string{"export", "-root", "..", "-file", file}, lifeRange...)...)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(out) {
		var entry struct{ Type, Kind string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		count[strings.TrimSpace(entry.Type+" "+entry.Kind)]++
	}
	if count["opening"] == 0 || count["closing"] == 0 || count["entry sale"] < lifeDays || count["entry refund"] == 0 || !strings.HasPrefix(out, `{"type":"opening"`) {
		t.Errorf("%v\n%s", count, out)
	}
}

// fetch gets a page of the shop.
func fetch(t *testing.T, address string, want int) string {
	t.Helper()
	got, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	page, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != want {
		t.Fatalf("%s answered %d, %v, want %d", address, got.StatusCode, err, want)
	}
	policy := got.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s has the policy %q", address, policy)
	}
	return string(page)
}

// The page of a shop that runs: empty at first, with a form for other days, and each
// payment leads to its story and back.
func TestReportPage(t *testing.T) {
	file, _ := livedFile(t)
	shop := start(t, "-port", "0", "-file", file)
	defer shop.end(t)
	at := shop.at("report")
	if page := fetch(t, at+"/report", http.StatusOK); !strings.Contains(page, `<form method="get" action="/report">`) {
		t.Error("no form")
	}
	page := fetch(t, at+"/report?from=2026-01-01&last=2026-01-07", http.StatusOK)
	link := regexp.MustCompile(`href="(/report/payments/[^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatal("no payment leads to its story")
	}
	story := fetch(t, at+strings.ReplaceAll(link[1], "&amp;", "&"), http.StatusOK)
	if !strings.Contains(story, `href="/report?from=2026-01-01&amp;last=2026-01-07"`) || !strings.Contains(story, "A-1001") {
		t.Errorf("the story\n%s", story)
	}
	for query, c := range map[string]struct {
		status int
		says   string
	}{
		"?from=2026-01-08&last=2026-01-01":          {http.StatusUnprocessableEntity, "has to be before"},
		"?from=2020-01-01&last=2026-01-01":          {http.StatusUnprocessableEntity, "366 days at most"},
		"?from=yesterday&last=today":                {http.StatusBadRequest, "not a day of the calendar"},
		"?last=2026-01-01":                          {http.StatusBadRequest, "The parameter from is missing"},
		"?from=%3Cscript%3E&last=2026-01-01":        {http.StatusBadRequest, "&lt;script&gt;"},
		"?from=2026-01-01&last=%22%3E%3Cscript%3E1": {http.StatusBadRequest, "not a day of the calendar"},
	} {
		if page := fetch(t, at+"/report"+query, c.status); !strings.Contains(page, c.says) || strings.Contains(page, "<script") {
			t.Errorf("%s does not say %q", query, c.says)
		}
	}
	if page := fetch(t, at+"/report/payments/no-such-payment", http.StatusNotFound); !strings.Contains(page, `role="alert"`) {
		t.Error("a story that is none is not told of")
	}
}

// What the API says has a place in the report, all of it: a member that is new there
// has to be decided on here.
func TestReportReadsAllOfTheAPI(t *testing.T) {
	file, _ := livedFile(t)
	api, done, err := openAPI("..", file)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	body, _, err := api.get(t.Context(), "/merchant/settlements?from=2026-01-01&to=2026-01-08", nil)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var page settlementBody
	if err := decoder.Decode(&page); err != nil {
		t.Errorf("%v in\n%s", err, body)
	}
	var back, sent any
	text, err := json.Marshal(page)
	if err != nil || json.Unmarshal(text, &back) != nil || json.Unmarshal(body, &sent) != nil {
		t.Fatal(err)
	}
	for _, member := range missing("", sent, back) {
		t.Errorf("the report does not read, or the API does not send: %s", member)
	}
}

// missing are the members that only one of two documents has. An amount is one thing:
// it is written in two ways.
func missing(at string, a, b any) (names []string) {
	switch a := a.(type) {
	case map[string]any:
		b, both := b.(map[string]any)
		if !both {
			return nil
		}
		for name := range a {
			if _, ok := b[name]; !ok {
				names = append(names, at+"."+name)
			}
			names = append(names, missing(at+"."+name, a[name], b[name])...)
		}
		for name := range b {
			if _, ok := a[name]; !ok {
				names = append(names, at+"."+name)
			}
		}
	case []any:
		b, _ := b.([]any)
		for i := range min(len(a), len(b)) {
			names = append(names, missing(at, a[i], b[i])...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// What a person is told when there is nothing to report, or nobody to ask.
func TestReportOfNothing(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "checkout.db")
	for _, name := range []string{"report", "export"} {
		if _, err := command(t, name, "-root", "..", "-file", file); err == nil || !strings.Contains(err.Error(), "there is nothing yet: no file "+file) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := command(t, name, "november"); err == nil || !strings.Contains(err.Error(), `"november" is no flag`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("a report of nothing left %v", left)
	}
	w, err := build(plan{root: "..", file: file, seed: 1, clock: setup.SystemClock{}, lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if _, err := command(t, "report", "-root", "..", "-file", file); err == nil || !strings.Contains(err.Error(), "is open in another run") {
		t.Errorf("locked, and no address: %v", err)
	}
	done, err := w.announce(file)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(folder, "page.html")
	out, err := command(t, "report", "-root", "..", "-file", file, "-o", page)
	if err != nil || !strings.Contains(out, "nothing yet") {
		t.Errorf("%q, %v", out, err)
	}
	if text, _ := os.ReadFile(page); !strings.Contains(string(text), "Nothing yet") {
		t.Error("the page does not say that there is nothing yet")
	}
	if _, err := command(t, "report", "-root", "..", "-file", file, "-o", page, "-from", "soon"); err == nil || !strings.Contains(err.Error(), "not a day of the calendar") {
		t.Errorf("%v", err)
	}
	done()
	if _, err := os.Stat(addressFile(file)); !os.IsNotExist(err) {
		t.Errorf("the address is left: %v", err)
	}
	w.close()
	if _, err := (func() (string, error) {
		os.WriteFile(addressFile(file), []byte("http://127.0.0.1:1\n"), 0o600)
		return command(t, "report", "-root", "..", "-file", file, "-o", page)
	}()); err != nil {
		t.Errorf("an address from before, and nobody there: %v", err)
	}
}
