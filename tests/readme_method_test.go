package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
)

// TestReadmeMethods: the tables of the README are the table of the code.
func TestReadmeMethods(t *testing.T) {
	all, err := method.Offered("", method.Account{Country: "US", Bank: true})
	if err != nil {
		t.Fatal(err)
	}
	readme := mustRead(t, "../README.md")
	for _, one := range all {
		if row := methodRow(one); !strings.Contains(readme, "\n"+row+"\n") {
			t.Errorf("README.md lacks %s", row)
		}
	}
	got := 0
	for line := range strings.Lines(readme) {
		if strings.HasPrefix(line, "| `") && (strings.HasSuffix(line, " days |\n") || strings.HasSuffix(line, " no end known |\n")) {
			got++
		}
	}
	if got != len(all) {
		t.Errorf("README.md has %d rows for %d methods", got, len(all))
	}
}

func methodRow(m method.Method) string {
	m = method.Known(m.ID)[slices.IndexFunc(method.Known(m.ID), func(one method.Method) bool {
		return one.Provider == m.Provider && slices.Equal(one.Currencies, m.Currencies)
	})]
	countries, amounts, refunds := "all", "any", "no end known"
	if len(m.Countries) > 0 {
		countries = strings.Join(m.Countries, " ")
	}
	if m.AtHome {
		countries += ", as the shop"
	}
	if m.RefundDays > 0 {
		refunds = fmt.Sprint(m.RefundDays, " days")
	}
	var codes, needs []string
	for _, c := range m.Currencies {
		codes = append(codes, string(c))
	}
	currencies := strings.Join(codes, " ")
	if len(codes) > 10 {
		currencies = fmt.Sprint(len(codes))
	}
	if len(m.Limits) > 0 {
		amounts = m.Limits[0].Min.Decimal() + " or more"
		if most := m.Limits[0].Max; !most.IsZero() {
			amounts = m.Limits[0].Min.Decimal() + " to " + most.Decimal()
		}
	}
	for _, need := range m.Needs {
		needs = append(needs, string(need))
	}
	row := fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s |", m.ID, countries, currencies, amounts, strings.Join(needs, ", "), refunds)
	if m.Provider == "stripe" {
		row = fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s |", m.ID, strings.Join(m.Systems, ", "), countries, currencies, leasts(m), refunds)
	}
	return strings.ReplaceAll(row, "|  |", "| |")
}

// leasts are the amounts of a method that has a least one in each currency.
func leasts(m method.Method) string {
	switch {
	case len(m.Limits) > 3:
		return "Stripe's least or more"
	case len(m.Limits) == 1 && !m.Limits[0].Max.IsZero():
		return m.Limits[0].Min.Decimal() + " to " + m.Limits[0].Max.Decimal()
	}
	var all []string
	for _, l := range m.Limits {
		all = append(all, l.Min.Decimal())
	}
	return strings.Join(all, ", ") + " or more"
}
