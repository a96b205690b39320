//go:build browser

package browser

import "testing"

func TestPurchase(t *testing.T) {
	s := openShop(t)
	p := openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 2, "CARD-GIFT": 1})
	p.ready()
	p.picture("form")
	p.press(".pay")
	p.approve("balance")
	p.says("complete")
	p.picture("paid")
	p.clean()
	s.charged(7500, "EUR")
}
