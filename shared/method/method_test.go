package method

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// shop is a menu of everything there is at some providers for a merchant of a country,
// who has a bank account that buyers transfer to.
func shop(t *testing.T, names, merchant string, providers ...string) Menu {
	t.Helper()
	menu, err := Offered(names, Account{Providers: providers, Country: merchant, Bank: true})
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
// the providers' documents name. Of one ID the rows are tried in the order of their use.
func TestRows(t *testing.T) {
	tried := map[string]int{}
	for _, row := range []struct {
		provider, id, merchant string
		fits, not              string // country, currency and amount, with commas between them
		days                   int
		needs                  string
		delayed                bool
	}{
		{"paypal", "paypal", "", "DE EUR 0.01,JP JPY 1,HU HUF 5.00", "DE BHD 1.000,BR BRL 1.00", 180, "[]", false},
		{"paypal", "paylater", "DE", "DE EUR 30.00,DE EUR 1500.00", "DE EUR 29.99,DE EUR 1500.01,FR EUR 30.00,DE PLN 50.00", 180, "[]", false},
		{"paypal", "venmo", "US", "US USD 0.01", "US EUR 1.00,CA USD 1.00", 180, "[]", false},
		{"paypal", "ideal", "", "NL EUR 0.01", "BE EUR 1.00,NL USD 1.00", 180, "[name]", false},
		{"paypal", "bancontact", "", "BE EUR 1.00", "BE EUR 0.99,NL EUR 1.00,BE GBP 1.00", 180, "[name]", false},
		{"paypal", "blik", "", "PL PLN 1.00", "PL PLN 0.99,PL EUR 1.00,DE PLN 1.00", 180, "[name]", false},
		{"paypal", "eps", "", "AT EUR 1.00", "AT EUR 0.99,DE EUR 1.00,AT CHF 1.00", 180, "[name]", false},
		{"paypal", "mybank", "", "IT EUR 0.01", "ES EUR 1.00,IT USD 1.00", 180, "[name]", false},
		{"paypal", "p24", "", "PL PLN 1.00,PL EUR 55000.00", "PL PLN 0.99,PL PLN 55000.01,PL USD 5.00,DE EUR 5.00", 180, "[name email]", false},
		{"paypal", "trustly", "", "SE SEK 0.01,GB GBP 5.00,DE EUR 1.00,NO NOK 1.00,DK DKK 1.00", "FR EUR 1.00,DE PLN 1.00", 365, "[name]", true},
		{"stripe", "card", "", "DE EUR 0.50,BR USD 0.50,JP JPY 50,HU HUF 175.00,KR KRW 100", "DE EUR 0.49,JP JPY 49,BH BHD 1.000,CN CNY 100.00", 0, "[]", false},
		{"stripe", "alipay", "", "CN CNY 0.01,HK HKD 4.00,MY MYR 2.00", "DE EUR 1.00,CN KRW 1000,HK HKD 3.99", 90, "[]", false},
		{"stripe", "wechat_pay", "", "CN CNY 0.01,SG SGD 0.50,TW USD 1.00", "DE EUR 1.00,MY MYR 2.00", 180, "[]", false},
		{"stripe", "samsung_pay", "", "KR KRW 100,KR KRW 2000000", "KR KRW 99,KR KRW 2000001,KR USD 5.00,JP KRW 500", 0, "[]", false},
		{"stripe", "bank_transfer", "", "DE EUR 0.50,FI EUR 900.00", "DE EUR 0.49,GB EUR 5.00,US EUR 5.00", 0, "[]", true},
		{"stripe", "bank_transfer", "", "GB GBP 0.30", "GB GBP 0.29,IE GBP 1.00", 0, "[]", true},
		{"stripe", "bank_transfer", "", "JP JPY 50", "JP JPY 49,US JPY 500", 0, "[]", true},
		{"stripe", "bank_transfer", "", "MX MXN 10.00", "MX MXN 9.99,US MXN 50.00", 0, "[]", true},
		{"stripe", "bank_transfer", "", "US USD 0.50", "US USD 0.49,MX USD 5.00", 0, "[]", true},
		{"stripe", "crypto", "", "US USD 0.50,DE USD 20.00", "US USD 0.49,DE EUR 20.00", 0, "[]", false},
		{"stripe", "ideal", "", "NL EUR 0.50", "NL EUR 0.49,BE EUR 1.00", 180, "[]", false},
		{"stripe", "bancontact", "", "BE EUR 0.50", "BE EUR 0.49,NL EUR 1.00", 180, "[]", false},
		{"stripe", "blik", "", "PL PLN 2.00", "PL PLN 1.99,PL EUR 5.00", 0, "[]", false},
		{"stripe", "eps", "", "AT EUR 0.50", "AT EUR 0.49,DE EUR 5.00", 180, "[]", false},
		{"stripe", "p24", "", "PL PLN 2.00,PL EUR 0.50", "PL PLN 1.99,PL EUR 0.49,DE EUR 5.00", 180, "[]", false},
	} {
		ways := shop(t, "", row.merchant, row.provider).Ways(row.id)
		name := row.provider + " " + row.id
		if tried[name] >= len(ways) {
			t.Errorf("%s is not offered", name)
			continue
		}
		m := ways[tried[name]]
		tried[name]++
		for _, want := range []struct {
			list string
			fits bool
		}{{row.fits, true}, {row.not, false}} {
			for one := range strings.SplitSeq(want.list, ",") {
				country, total, _ := strings.Cut(one, " ")
				if got := m.Fits(country, amount(t, total)); got != want.fits {
					t.Errorf("%s for %s: %t", name, one, got)
				}
			}
		}
		if m.Provider != row.provider || m.Icon == "" || m.RefundDays != row.days || fmt.Sprint(m.Needs) != row.needs || m.Delayed != row.delayed || m.SelfCompleting != (row.provider == "stripe") {
			t.Errorf("%s is %+v", name, m)
		}
	}
	for _, m := range table {
		if name := m.Provider + " " + m.ID; tried[name] == 0 {
			t.Errorf("%s is not tried here", name)
		}
		if m.ID != "bank_transfer" && tried[m.Provider+" "+m.ID] != 1 {
			t.Errorf("%s is there twice", m.ID)
		}
		first := Known(m.ID)[0]
		if !slices.Equal(first.FirstIn, m.FirstIn) || first.Icon != m.Icon {
			t.Errorf("%s looks different at %s", m.ID, m.Provider)
		}
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
		if got := ids(shop(t, "", "", "paypal").For(country, amount(t, total))); got != want {
			t.Errorf("%s: %q, want %q", ask, got, want)
		}
	}
	if got := ids(shop(t, "", "US", "paypal").For("US", amount(t, "USD 100.00"))); got != "paypal paylater venmo" {
		t.Errorf("of a shop in the United States: %q", got)
	}
	for ask, want := range map[string]string{
		"NL EUR 20.00": "ideal ideal paypal card trustly bank_transfer", "DE EUR 20.00": "paypal card trustly bank_transfer",
		"CN CNY 20.00": "alipay wechat_pay", "KR KRW 20000": "samsung_pay card", "US USD 20.00": "paypal card bank_transfer crypto",
		"JP JPY 2000": "paypal card bank_transfer", "PL PLN 20.00": "blik p24 blik p24 paypal card", "AE AED 20.00": "card",
	} {
		country, total, _ := strings.Cut(ask, " ")
		if got := ids(All().For(country, amount(t, total))); got != strings.Replace(want, " bank_transfer", "", strings.Count(ask, "EUR")) {
			t.Errorf("%s of a shop without a bank in euro: %q", ask, got)
		}
		if got := ids(shop(t, "", "").For(country, amount(t, total))); got != want {
			t.Errorf("%s: %q, want %q", ask, got, want)
		}
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
		menu := shop(t, names, merchant, "paypal")
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
		if menu, err := Offered(names, Account{}); err == nil {
			t.Errorf("%q is taken for %s", names, ids(menu))
		}
	}
	if menu, err := Offered("paypal card", Account{Providers: []string{"paypal"}}); err == nil || !strings.Contains(err.Error(), `["card"]: no method of paypal`) {
		t.Errorf("PayPal carries %s: %v", ids(menu), err)
	}
	if menu := shop(t, "ideal:completes card", ""); ids(menu) != "card ideal ideal" || !menu[1].SelfCompleting {
		t.Errorf("%+v", menu)
	}
	for _, providers := range [][]string{{"paypal", "stripe"}, {"stripe", "paypal"}} {
		menu := shop(t, "", "DE", providers...)
		if got, want := ids(menu), ids(shop(t, "", "DE")); got != want {
			t.Errorf("%v: offered as %s, want %s", providers, got, want)
		}
		for _, m := range menu {
			ways := menu.Ways(m.ID)
			if first := ways[0].Provider; first != providers[0] && slices.ContainsFunc(ways, func(w Method) bool { return w.Provider == providers[0] }) {
				t.Errorf("%v: %s is %s's first", providers, m.ID, first)
			}
		}
	}
	if m := shop(t, "", "DE").Ways("paylater")[0]; m.Fits("FR", amount(t, "EUR 50.00")) {
		t.Error("pay later across a border")
	}
	if len(All().Ways("sofort")) > 0 {
		t.Error("what nobody offers is offered")
	}
}
