//go:build browser

package browser

import (
	"net/url"
	"strings"
	"testing"
)

// methods are the ways to pay as they stand on the page.
func (p *tab) methods() []string {
	p.t.Helper()
	return eval[[]string](p, `[...document.querySelector("checkout-button").shadowRoot.querySelectorAll("[type=radio]")].map((r) => r.value)`)
}

// TestAnotherWay: a bank refuses, and the buyer pays with PayPal instead: one purchase,
// two orders, one charge. The next time PayPal stands first.
func TestAnotherWay(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "NL", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.picture("methods")
	if m := p.methods(); strings.Join(m, " ") != "ideal paypal card trustly bank_transfer" {
		t.Fatalf("the ways to pay are %q", m)
	}
	p.press(".pay")
	p.says("Please fill in this field.")
	s.uncharged()
	p.fill("payer_name", "Jo Ahlers")
	p.press(".pay")
	p.approve("refused")
	p.says("Your payment was declined")
	p.press(`[value="paypal"]`)
	if eval[bool](p, "Boolean("+in("[name=payer_name]")+")") {
		t.Error("PayPal is told a name")
	}
	p.press(".pay")
	p.approve("balance")
	p.says("You paid €50.00 (PayPal).")
	s.charged(5000, "EUR")
	p.visit(s, "en", "NL", map[string]int{"BOOK-TIDES": 1})
	p.ready()
	if m := p.methods(); m[0] != "paypal" {
		t.Errorf("the ways to pay are %q", m)
	}
	p.clean()
}

// TestSwitched: the buyer comes back from the bank without paying and chooses another
// way; the first order is never charged, even where it is paid in another tab.
func TestSwitched(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "NL", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(`[value="paypal"]`)
	p.press(".pay")
	p.atPayPal()
	first, _ := url.Parse(eval[string](p, "location.href"))
	p.cancel()
	p.says("You have not paid yet")
	p.press(`[value="ideal"]`)
	p.fill("payer_name", "Jo Ahlers")
	p.press(".pay")
	p.atPayPal()
	s.form("/checkoutnow/approve", url.Values{"token": {first.Query().Get("token")}, "funding": {"balance"}})
	p.approve("balance")
	p.says("You paid €50.00 (iDEAL).")
	s.charged(5000, "EUR")
	p.clean()
}

// TestSlowBank: a bank's money is on its way for days, and arrives.
func TestSlowBank(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "NL", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(`[value="trustly"]`)
	p.fill("payer_name", "Jo Ahlers")
	p.press(".pay")
	p.approve("on its way")
	p.says("Trustly has not confirmed it yet")
	s.desk("settle", url.Values{"capture": {s.charges()[0].ID}, "arrived": {"yes"}})
	p.says("You paid €50.00 (Trustly).")
	s.charged(5000, "EUR")
	p.clean()
}
