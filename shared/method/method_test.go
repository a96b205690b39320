package method

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// shop is a menu of everything there is for a merchant of a country.
func shop(t *testing.T, names, merchant string) Menu {
	t.Helper()
	menu, err := Offered(names, merchant)
	if err != nil {
		t.Fatal(err)
	}
	return menu
}

func amount(t *testing.T, text string) money.Amount {
	t.Helper()
	currency, value, _ := strings.Cut(text, " ")
	a, err := money.Parse(value, money.Currency(currency))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ids(m Menu) string {
	var all []string
	for _, one := range m {
		all = append(all, one.ID)
	}
	return strings.Join(all, " ")
}

// TestRows: for each row, who can pay what with it, and who cannot, at the limits that
// PayPal's documents name.
func TestRows(t *testing.T) {
	for _, row := range []struct {
		id, merchant string
		fits, not    string // country, currency and amount, with commas between them
		days         int
		needs        string
		delayed      bool
	}{
		{"paypal", "", "DE EUR 0.01,JP JPY 1,HU HUF 5.00", "DE BHD 1.000,BR BRL 1.00", 180, "[]", false},
		{"paylater", "DE", "DE EUR 30.00,DE EUR 1500.00", "DE EUR 29.99,DE EUR 1500.01,FR EUR 30.00,DE PLN 50.00", 180, "[]", false},
		{"venmo", "US", "US USD 0.01", "US EUR 1.00,CA USD 1.00", 180, "[]", false},
		{"ideal", "", "NL EUR 0.01", "BE EUR 1.00,NL USD 1.00", 180, "[name]", false},
		{"bancontact", "", "BE EUR 1.00", "BE EUR 0.99,NL EUR 1.00,BE GBP 1.00", 180, "[name]", false},
		{"blik", "", "PL PLN 1.00", "PL PLN 0.99,PL EUR 1.00,DE PLN 1.00", 180, "[name]", false},
		{"eps", "", "AT EUR 1.00", "AT EUR 0.99,DE EUR 1.00,AT CHF 1.00", 180, "[name]", false},
		{"mybank", "", "IT EUR 0.01", "ES EUR 1.00,IT USD 1.00", 180, "[name]", false},
		{"p24", "", "PL PLN 1.00,PL EUR 55000.00", "PL PLN 0.99,PL PLN 55000.01,PL USD 5.00,DE EUR 5.00", 180, "[name email]", false},
		{"trustly", "", "SE SEK 0.01,GB GBP 5.00,DE EUR 1.00,NO NOK 1.00,DK DKK 1.00", "FR EUR 1.00,DE PLN 1.00", 365, "[name]", true},
	} {
		m, ok := shop(t, "", row.merchant).Find(row.id)
		if !ok {
			t.Errorf("%s is not offered", row.id)
			continue
		}
		for _, want := range []struct {
			list string
			fits bool
		}{{row.fits, true}, {row.not, false}} {
			for one := range strings.SplitSeq(want.list, ",") {
				country, total, _ := strings.Cut(one, " ")
				if got := m.Fits(country, amount(t, total)); got != want.fits {
					t.Errorf("%s for %s: %t", row.id, one, got)
				}
			}
		}
		if m.Provider != "paypal" || m.Icon == "" || m.RefundDays != row.days || fmt.Sprint(m.Needs) != row.needs || m.Delayed != row.delayed || m.SelfCompleting {
			t.Errorf("%s is %+v", row.id, m)
		}
	}
	if len(table) != 10 {
		t.Errorf("%d rows, and ten are tried here", len(table))
	}
	if all := slices.Sorted(strings.FieldsSeq(ids(table))); len(slices.Compact(all)) != len(table) {
		t.Errorf("twice: %v", all)
	}
	for _, m := range table {
		for _, l := range m.Limits {
			if !m.Limit(l.Min.Currency).holds(l.Min) || !slices.Contains(m.Currencies, l.Min.Currency) {
				t.Errorf("%s has a limit in %s", m.ID, l.Min.Currency)
			}
		}
	}
}

// TestOrder: what buyers of a country look for first.
func TestOrder(t *testing.T) {
	for ask, want := range map[string]string{
		"NL EUR 20.00": "ideal paypal trustly", "BE EUR 20.00": "bancontact paypal", "PL PLN 20.00": "blik p24 paypal",
		"AT EUR 20.00": "eps paypal trustly", "IT EUR 20.00": "paypal mybank", "DE EUR 20.00": "paypal trustly",
		"US USD 20.00": "paypal", "FR EUR 20.00": "paypal", "DE BHD 1.000": "",
	} {
		country, total, _ := strings.Cut(ask, " ")
		if got := ids(All().For(country, amount(t, total))); got != want {
			t.Errorf("%s: %q, want %q", ask, got, want)
		}
	}
	if got := ids(shop(t, "", "US").For("US", amount(t, "USD 100.00"))); got != "paypal paylater venmo" {
		t.Errorf("of a shop in the United States: %q", got)
	}
}

// TestOffered: what a shop chooses, and what its account's country allows.
func TestOffered(t *testing.T) {
	for ask, want := range map[string]string{
		"|":                  "paypal ideal bancontact blik eps mybank p24 trustly",
		"|JP":                "paypal",
		"|BR":                "paypal",
		"|RU":                "paypal",
		"|DE":                "paypal paylater ideal bancontact blik eps mybank p24 trustly",
		"|US":                "paypal paylater venmo ideal bancontact blik eps mybank p24 trustly",
		"paypal|DE":          "paypal",
		"ideal, paypal|DE":   "paypal ideal",
		"venmo paypal|DE":    "paypal",
		"ideal:completes|":   "ideal",
		"ideal paypal,blik|": "paypal ideal blik",
	} {
		names, merchant, _ := strings.Cut(ask, "|")
		menu := shop(t, names, merchant)
		if got := ids(menu); got != want {
			t.Errorf("%s: %q, want %q", ask, got, want)
		}
		for _, m := range menu {
			if m.SelfCompleting != strings.Contains(names, m.ID+":completes") {
				t.Errorf("%s: %s completes by itself: %t", ask, m.ID, m.SelfCompleting)
			}
		}
	}
	for _, names := range []string{"paypall", "paypal paypal", "ideal ideal:completes", "sofort", "paypal:complete", ":completes"} {
		if menu, err := Offered(names, ""); err == nil {
			t.Errorf("%q is taken for %s", names, ids(menu))
		}
	}
	if m, _ := shop(t, "", "DE").Find("paylater"); m.Fits("FR", amount(t, "EUR 50.00")) {
		t.Error("pay later across a border")
	}
	if _, ok := All().Find("sofort"); ok || slices.ContainsFunc(table, func(m Method) bool { return m.SelfCompleting }) {
		t.Error("what nobody offers is offered, or a row completes by itself")
	}
}
