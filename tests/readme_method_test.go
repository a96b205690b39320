package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
)

// TestReadmeMethods: the table of the README is the table of the code.
func TestReadmeMethods(t *testing.T) {
	all, err := method.Offered("", "US")
	if err != nil {
		t.Fatal(err)
	}
	readme := mustRead(t, "../README.md")
	for _, one := range all {
		m, _ := method.Known(one.ID)
		if row := methodRow(m); !strings.Contains(readme, "\n"+row+"\n") {
			t.Errorf("README.md lacks %s", row)
		}
	}
	got := 0
	for line := range strings.Lines(readme) {
		if strings.HasPrefix(line, "| `") && strings.HasSuffix(line, " days |\n") {
			got++
		}
	}
	if got != len(all) {
		t.Errorf("README.md has %d rows for %d methods", got, len(all))
	}
}

func methodRow(m method.Method) string {
	countries, amounts := "all", "any"
	if len(m.Countries) > 0 {
		countries = strings.Join(m.Countries, " ")
	}
	if m.AtHome {
		countries += ", as the shop"
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
	row := fmt.Sprintf("| `%s` | %s | %s | %s | %s | %d days |", m.ID, countries, currencies, amounts, strings.Join(needs, ", "), m.RefundDays)
	return strings.ReplaceAll(row, "|  |", "| |")
}
