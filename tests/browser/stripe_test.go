//go:build browser

package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// taken is what Stripe's own books have of sales, in the smallest unit of each currency.
func (s *shop) taken() map[string]int64 {
	s.t.Helper()
	ask, err := http.NewRequest(http.MethodGet, s.stripe+"/v1/balance_transactions?limit=100&expand[0]=data.source", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	ask.Header.Set("Authorization", "Bearer sk_test_local")
	ask.Header.Set("Stripe-Version", "2026-03-25.dahlia")
	got, err := http.DefaultClient.Do(ask)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	var rows struct {
		Data []struct {
			Category string `json:"reporting_category"`
			Source   struct {
				Amount   int64  `json:"amount"`
				Currency string `json:"currency"`
			} `json:"source"`
		} `json:"data"`
	}
	if err := json.NewDecoder(got.Body).Decode(&rows); err != nil || got.StatusCode != http.StatusOK {
		s.t.Fatalf("Stripe's books: %d, %v", got.StatusCode, err)
	}
	sales := map[string]int64{}
	for _, row := range rows.Data {
		if row.Category == "charge" {
			sales[row.Source.Currency] += row.Source.Amount
		}
	}
	return sales
}

// took holds Stripe's books against what this purchase should have come to.
func (s *shop) took(amount int64, currency string) {
	s.t.Helper()
	if sales := s.taken(); len(sales) != 1 || sales[currency] != amount {
		s.t.Errorf("Stripe's books have %v, not %d %s", sales, amount, currency)
	}
}

// atStripe waits for Stripe's page.
func (p *tab) atStripe() {
	p.t.Helper()
	p.until(`location.pathname.startsWith("/c/pay/") && document.querySelector("button.main")`)
}

// session is the one whose page is open.
func (p *tab) session() string {
	p.t.Helper()
	u, _ := url.Parse(eval[string](p, "location.href"))
	return path.Base(u.Path)
}

// pays is Pay on Stripe's page with an instrument, where there is a choice, and the way
// back.
func (p *tab) pays(with string) {
	p.t.Helper()
	p.atStripe()
	if with != "" {
		p.do(chromedp.Click(fmt.Sprintf(`input[value=%q]`, with), chromedp.ByQuery))
	}
	p.do(chromedp.Click("button.main", chromedp.ByQuery))
	p.until(`document.querySelector("checkout-button")?.shadowRoot`)
}

// presses is another of the buttons of Stripe's page, by the last part of what it does.
func (p *tab) presses(action string) {
	p.t.Helper()
	p.atStripe()
	p.do(chromedp.Click(fmt.Sprintf(`button[formaction$="/%s"]`, action), chromedp.ByQuery))
}

// TestEveryWayOfStripe: chosen in the demo shop, paid on Stripe's page, and told at once.
func TestEveryWayOfStripe(t *testing.T) {
	for _, c := range []struct {
		method, with, country string
		total                 int64
		currency, says        string
	}{
		{"card", "visa", "DE", 5000, "eur", "You paid €50.00 (Card)."},
		{"card", "mastercard", "US", 5000, "usd", "(Card)."},
		{"card", "unionpay", "KR", 68000, "krw", "(Card)."},
		{"card", "apple_pay", "GB", 5000, "gbp", "You paid £50.00 (Card)."},
		{"card", "google_pay", "JP", 8000, "jpy", "(Card)."},
		{"alipay", "", "CN", 39000, "cny", "(Alipay)."},
		{"wechat_pay", "", "CN", 39000, "cny", "(WeChat Pay)."},
		{"samsung_pay", "", "KR", 68000, "krw", "(Samsung Pay)."},
		{"crypto", "", "US", 5000, "usd", "(Stablecoins)."},
	} {
		t.Run(strings.TrimSuffix(c.method+" "+c.with, " "), func(t *testing.T) {
			s, p := openShop(t), openTab(t)
			p.visit(s, "en", c.country, map[string]int{"CARD-GIFT": 1})
			p.ready()
			p.press(fmt.Sprintf("[value=%q]", c.method))
			p.press(".pay")
			p.pays(c.with)
			p.says(c.says)
			s.took(c.total, c.currency)
			s.uncharged()
			p.clean()
		})
	}
}

// TestBankTransfer: the buyer is told an account, comes back, and waits; the money comes in
// two parts.
func TestBankTransfer(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(`[value="bank_transfer"]`)
	p.press(".pay")
	p.atStripe()
	session := p.session()
	p.do(chromedp.Click("button.main", chromedp.ByQuery))
	p.until(`document.querySelector("a.button.main") || document.querySelector("checkout-button")?.shadowRoot`)
	if eval[bool](p, `Boolean(document.querySelector("a.button.main"))`) {
		p.picture("bank-transfer")
		p.do(chromedp.Click("a.button.main", chromedp.ByQuery))
	}
	p.says("Please transfer the amount")
	p.says("Total€50.00")
	p.picture("transfer")
	if page := eval[string](p, in(".result a")+".href"); !strings.HasPrefix(page, s.stripe+"/bank_transfers/instructions/") {
		t.Errorf("the account is shown at %q", page)
	}
	s.deskOfStripe("transfer", url.Values{"session": {session}, "amount": {"20.00"}})
	s.deskOfStripe("transfer", url.Values{"session": {session}, "amount": {"30.00"}})
	p.says("You paid €50.00 (Bank transfer).")
	s.took(5000, "eur")
	p.clean()
}

// TestCardThatIsAskedFor: the bank wants to see the buyer (3-D Secure); once it does not
// know them, and then it does.
func TestCardThatIsAskedFor(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(`[value="card"]`)
	p.press(".pay")
	p.presses("challenge")
	p.presses("fail")
	p.until(`document.querySelector("[role=alert]")`)
	p.picture("stripe-declined")
	p.presses("challenge")
	p.presses("pass")
	p.says("You paid €50.00 (Card).")
	s.took(5000, "eur")
	p.clean()
}

// TestFromStripeToPayPal: the buyer comes back without paying and chooses PayPal; Stripe's
// page, still open in another tab, takes nothing any more.
func TestFromStripeToPayPal(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(`[value="card"]`)
	p.press(".pay")
	p.atStripe()
	page := eval[string](p, "location.href")
	p.presses("cancel")
	p.says("You have not paid yet")
	p.press(`[value="paypal"]`)
	p.press(".pay")
	p.atPayPal()
	other := p.beside()
	other.do(chromedp.Navigate(page))
	other.until(`document.body.innerText.includes("Nothing more can be paid here")`)
	p.approve("balance")
	p.says("You paid €50.00 (PayPal).")
	s.charged(5000, "EUR")
	if sales := s.taken(); len(sales) != 0 {
		t.Errorf("Stripe took %v", sales)
	}
	p.clean()
}
