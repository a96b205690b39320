package wording

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// placeholders are a message's, each once.
func placeholders(message string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(message, -1))))
}

// compare finds what a language lacks, has too many of, or fills otherwise than
// English.
func compare(english, other map[string]string) (faults []string) {
	for key, message := range english {
		switch there := other[key]; {
		case strings.TrimSpace(there) == "":
			faults = append(faults, "lacks "+key)
		case !slices.Equal(placeholders(message), placeholders(there)):
			faults = append(faults, key+" has other placeholders")
		case strings.Count(there, "{") != len(placeholder.FindAllString(there, -1)):
			faults = append(faults, key+" has a brace that is none of a placeholder")
		}
	}
	for key := range other {
		if english[key] == "" {
			faults = append(faults, "has "+key+" too many")
		}
	}
	return faults
}

// TestEveryLanguageSaysAll: every file is a language's, and all say the same things
// with the same values.
func TestEveryLanguageSaysAll(t *testing.T) {
	names, err := fs.Glob(files, "*.json")
	if err != nil || len(names) != len(Languages()) || len(names) < 6 {
		t.Fatalf("%v, %d languages: %v", names, len(Languages()), err)
	}
	english := English.file().Messages
	for _, l := range Languages() {
		f := l.file()
		for _, fault := range compare(english, f.Messages) {
			t.Errorf("%s %s", l, fault)
		}
		if len(f.Dates.Months) != 12 || f.Numbers.Decimal == "" || f.Numbers.Group == "" || f.Numbers.GroupedFrom < 4 || !slices.Equal(placeholders(f.Dates.Form), []string{"{day}", "{month}", "{year}"}) {
			t.Errorf("%s does not write numbers or dates", l)
		}
		for key, message := range f.Messages {
			if l != English && len(message) > 30 && message == english[key] {
				t.Errorf("%s: %s is English", l, key)
			}
		}
	}
}

func TestCompareFinds(t *testing.T) {
	english := map[string]string{"a": "x {amount} {into}", "b": "y"}
	for name, other := range map[string]map[string]string{
		"a missing message":     {"a": "x {amount} {into}"},
		"an empty message":      {"a": "x {amount} {into}", "b": " "},
		"one too many":          {"a": "x {amount} {into}", "b": "y", "c": "z"},
		"a missing placeholder": {"a": "x {amount}", "b": "y"},
		"a misspelt one":        {"a": "x {amout} {into}", "b": "y"},
		"one more":              {"a": "x {amount} {into}", "b": "y {into}"},
		"an open brace":         {"a": "x {amount} {into}", "b": "y {"},
	} {
		if len(compare(english, other)) != 1 {
			t.Errorf("%s: %v", name, compare(english, other))
		}
	}
	if faults := compare(english, maps.Clone(english)); faults != nil {
		t.Errorf("the same: %v", faults)
	}
}

// TestAmounts: written as CLDR has it.
func TestAmounts(t *testing.T) {
	text, err := os.ReadFile("testdata/amounts.txt")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		asked, want, _ := strings.Cut(line, " = ")
		parts := strings.Fields(asked)
		amount, err := money.Parse(parts[2], money.Currency(parts[1]))
		if err != nil {
			t.Fatal(err)
		}
		want = strings.NewReplacer("_", "\u00a0", "~", "\u202f").Replace(want)
		if got := Language(parts[0]).file().write(amount); got != want {
			t.Errorf("%s: %q, want %q", asked, got, want)
		}
		checked++
	}
	if checked < 6*12 {
		t.Errorf("only %d amounts", checked)
	}
}

func TestDatesAndNumbers(t *testing.T) {
	first := time.Date(2026, 12, 1, 23, 59, 0, 0, time.UTC)
	for l, want := range map[Language]string{
		"en": "December 1, 2026 1.05633", "de": "1. Dezember 2026 1,05633", "es": "1 de diciembre de 2026 1,05633",
		"fr": "1er décembre 2026 1,05633", "ja": "2026年12月1日 1.05633", "zh-Hans": "2026年12月1日 1.05633",
	} {
		if got := l.file().write(first) + " " + l.file().write(Number("1.05633")); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	// The day is that of UTC, and all digits of a number stay.
	if got := Language("fr").file().write(first.In(time.FixedZone("", 2*60*60)).AddDate(0, 0, 20)); got != "21 décembre 2026" {
		t.Error(got)
	}
	if got := Language("de").file().write(Number("1234567.12345678901234567890")); got != "1.234.567,12345678901234567890" {
		t.Error(got)
	}
}

func TestText(t *testing.T) {
	values := Values{"provider": "PayPal", "amount": money.New(297, "EUR")}
	for l, want := range map[Language]string{
		"en": "PayPal kept €2.97 as its fee.", "de": "PayPal hat eine Gebühr von 2,97\u00a0€ abgezogen.",
		"es": "PayPal cobró una comisión de 2,97\u00a0€.", "fr": "PayPal a prélevé 2,97\u00a0€ de frais.",
		"ja": "PayPalが手数料として€2.97を差し引きました。", "zh-Hans": "PayPal 收取了 €2.97 的手续费。",
	} {
		if got := l.Text("money.line.fee", values); got != want || !l.Has("money.line.fee") {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := English.Text("money.line.fee", Values{"amount": "{provider}"}); got != "{provider} kept {provider} as its fee." {
		t.Errorf("a value that is missing, and one that looks like a placeholder: %q", got)
	}
	if got := English.Text("no.such.key", nil); got != "no.such.key" || English.Has(got) {
		t.Errorf("a key without a message: %q", got)
	}
	if got := English.Join("A.", "B.") + Language("ja").Join("あ。", "い。"); got != "A. B.あ。い。" {
		t.Error(got)
	}
}

// TestUnder: every message of a kind, by the rest of its key, as it stands.
func TestUnder(t *testing.T) {
	for _, l := range Languages() {
		under := l.Under("money.")
		for key, message := range l.file().Messages {
			rest, is := strings.CutPrefix(key, "money.")
			if got, there := under[rest]; is != there || is && got != message {
				t.Errorf("%s: %s is %q", l, key, got)
			}
		}
		if len(under) < 40 || !strings.Contains(under["line.fee"], "{amount}") {
			t.Errorf("%s has %d messages about money", l, len(under))
		}
	}
}

// TestPaidWithAnyName: a way to pay may be called PayPal or Card; no sentence with a
// preposition before it fits both, so the name stands by itself.
func TestPaidWithAnyName(t *testing.T) {
	for _, l := range Languages() {
		if text := l.Text("button.paid_text", nil); !strings.Contains(text, "({method})") && !strings.Contains(text, "（{method}）") {
			t.Errorf("%s: %q", l, text)
		}
	}
}
