package tests

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/providertest"
)

const (
	waysHead = "| pay with | method | by | buyers in | currencies | amounts | asks for | money | refunds | tried in |\n|---|---|---|---|---|---|---|---|---|---|\n"
	waysFrom = "\n## Ways to pay\n"
)

// TestWaysToPay: the table of the README is the table of the code, and each line of it was
// bought, looked at, given back and reported at a simulated provider. -args -write writes
// it.
func TestWaysToPay(t *testing.T) {
	table := waysHead + strings.Join(waysToPay(t), "")
	readme := mustRead(t, "../README.md")
	at := strings.Index(readme, waysFrom)
	if at < 0 {
		t.Fatal("README.md has no section for it")
	}
	at += strings.Index(readme[at:], "\n| ") + 1
	end := at + strings.Index(readme[at:], "|\n\n") + 2
	switch {
	case readme[at:end] == table:
	case !providertest.Writing():
		t.Errorf("README.md has not this table (go test ./tests -run Ways -args -write):\n%s", table)
	default:
		if err := os.WriteFile("../README.md", []byte(readme[:at]+table+readme[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// waysToPay are the lines: one for each payment system and each who carries it.
func waysToPay(t *testing.T) (lines []string) {
	t.Helper()
	proofs := allProofs(t)
	for _, m := range waysOffered(t) {
		proved := slices.DeleteFunc(slices.Clone(proofs), func(p providertest.Proof) bool {
			return p.Method != m.ID || p.Provider != m.Provider || !m.Fits(p.Country, p.Total)
		})
		for _, p := range proved {
			if p.SelfCompleting != m.SelfCompleting || p.Later && !m.Delayed || p.RefundDays > 0 && p.RefundDays != m.RefundDays {
				t.Errorf("the table has %+v, and seen was %+v", m, p)
			}
		}
		systems := systemsOf(m, proved)
		if len(systems) == 0 {
			t.Errorf("nobody has paid with %s by %s in %v", m.ID, m.Provider, m.Currencies)
		}
		for _, system := range systems {
			lines = append(lines, wayToPay(t, m, system, proved))
		}
	}
	return lines
}

// allProofs are what both providers' contracts have seen.
func allProofs(t *testing.T) (all []providertest.Proof) {
	t.Helper()
	for _, name := range []string{"paypal", "stripe"} {
		list, err := providertest.Proofs("../shared/provider/" + name + "/testdata/proved/ways.jsonl")
		if err != nil || len(list) < 10 {
			t.Fatalf("%d proofs: %v", len(list), err)
		}
		all = append(all, list...)
	}
	return all
}

// waysOffered are the rows of the table, as they stand there.
func waysOffered(t *testing.T) (rows method.Menu) {
	t.Helper()
	offered, err := method.Offered("", method.Account{Country: "US", Bank: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range offered {
		if !slices.ContainsFunc(rows, func(had method.Method) bool { return had.ID == one.ID }) {
			rows = append(rows, method.Known(one.ID)...)
		}
	}
	return rows
}

// systemsOf are the payment systems behind a row: those that it names, each of which has
// to be proved, or the one that was paid with.
func systemsOf(m method.Method, proved []providertest.Proof) (systems []string) {
	for _, p := range proved {
		if slices.Contains(m.Systems, p.System) {
			return m.Systems
		}
		if !slices.Contains(systems, p.System) {
			systems = append(systems, p.System)
		}
	}
	return systems
}

func wayToPay(t *testing.T, m method.Method, system string, proved []providertest.Proof) string {
	t.Helper()
	var bought []string
	for _, p := range proved {
		if code := string(p.Total.Currency); p.System == system && !slices.Contains(bought, code) {
			bought = append(bought, code)
		}
	}
	if len(bought) == 0 {
		t.Errorf("nobody has paid with %s", system)
	}
	name := system
	if len(m.Systems) > 0 && !slices.Contains(m.Systems, system) {
		name += " (" + strings.Join(m.Systems, ", ") + ")"
	}
	countries, refunds, money := "all", "no end known", "captured"
	if len(m.Countries) > 0 {
		countries = strings.Join(m.Countries, " ")
	}
	if m.AtHome {
		countries += ", as the shop"
	}
	if m.RefundDays > 0 {
		refunds = fmt.Sprint(m.RefundDays, " days")
	}
	if m.SelfCompleting {
		money = "comes by itself"
	}
	if m.Delayed {
		money += ", maybe days later"
	} else {
		money += " at once"
	}
	by := map[string]string{"paypal": "PayPal", "stripe": "Stripe"}[m.Provider]
	line := fmt.Sprintf("| %s | `%s` | %s | %s | %s | %s | %s | %s | %s | %s |\n", name, m.ID, by, countries, currenciesOf(m), amountsOf(m), needsOf(m), money, refunds, strings.Join(bought, " ")+", simulated")
	return strings.ReplaceAll(line, "|  |", "| |")
}

func currenciesOf(m method.Method) string {
	if len(m.Currencies) > 13 {
		return fmt.Sprint(len(m.Currencies))
	}
	var codes []string
	for _, c := range m.Currencies {
		codes = append(codes, string(c))
	}
	return strings.Join(codes, " ")
}

// amountsOf are the limits of a method, where they are few enough to be told.
func amountsOf(m method.Method) string {
	var least []string
	most := ""
	for _, l := range m.Limits {
		if text := l.Min.Decimal(); !slices.Contains(least, text) {
			least = append(least, text)
		}
		if !l.Max.IsZero() {
			most = l.Max.Decimal()
		}
	}
	switch {
	case len(least) == 0:
		return "any"
	case len(least) > 3:
		return "from the provider's least"
	case most != "":
		return strings.Join(least, ", ") + " to " + most
	}
	return strings.Join(least, ", ") + " or more"
}

func needsOf(m method.Method) string {
	var needs []string
	for _, need := range m.Needs {
		needs = append(needs, string(need))
	}
	return strings.Join(needs, ", ")
}
