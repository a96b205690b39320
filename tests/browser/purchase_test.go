//go:build browser

package browser

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// address fills in where goods are sent.
func (p *tab) address() {
	p.t.Helper()
	for _, field := range [][2]string{{"name", "Jo Ahlers"}, {"line", "Deichstr. 27"}, {"postcode", "20459"}, {"city", "Hamburg"}} {
		p.fill(field[0], field[1])
	}
}

// TestPurchase: a purchase in each language, from the cart to the thanks.
func TestPurchase(t *testing.T) {
	for _, c := range []struct {
		language, country string
		cart              map[string]int
		pay, thanks       string
		amount            int64
		currency          string
	}{
		{"en", "US", map[string]int{"BOOK-TIDES": 2, "CARD-GIFT": 1}, "Pay USD 77.80", "Thank you, your payment is complete", 7780, "USD"},
		{"de", "DE", map[string]int{"TEE-INDIGO": 1, "BOOK-TIDES": 1}, "Jetzt 41,40 € bezahlen", "Sie haben 41,40 € bezahlt (PayPal).", 4140, "EUR"},
		{"es", "ES", map[string]int{"CARD-GIFT": 3}, "Pagar 150,00 €", "Gracias, su pago se ha completado", 15000, "EUR"},
		{"fr", "FR", map[string]int{"BOOK-TIDES": 1}, "Payer 12,50 €", "Merci, votre paiement est terminé", 1250, "EUR"},
		{"ja", "JP", map[string]int{"PRINT-WAVE": 1, "BOOK-TIDES": 1}, "を支払う", "お支払いが完了しました", 6900, "JPY"},
		{"zh-Hans", "DE", map[string]int{"CARD-GIFT": 1}, "支付 €50.00", "付款成功", 5000, "EUR"},
	} {
		t.Run(c.language, func(t *testing.T) {
			s, p := openShop(t), openTab(t)
			p.visit(s, c.language, c.country, c.cart)
			p.ready()
			p.says(c.pay)
			if c.cart["TEE-INDIGO"] > 0 {
				p.address()
			}
			p.picture("form-" + c.language)
			p.press(".pay")
			p.approve("balance")
			p.says(c.thanks)
			p.picture("paid-" + c.language)
			p.clean()
			s.charged(c.amount, c.currency)
		})
	}
}

// TestDoubleClick: two clicks at once are one payment, and one order.
func TestDoubleClick(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.asked()
	p.do(chromedp.Evaluate(in(".pay")+".click(), "+in(".pay")+".click(), "+in(".pay")+".click()", nil))
	p.atPayPal()
	if calls, _ := p.asked(); len(calls) != 1 || calls[0] != "POST /payments" {
		t.Errorf("asked %q", calls)
	}
	p.approve("balance")
	p.says("complete")
	s.charged(5000, "EUR")
	p.clean()
}

// TestReload: at every step; what was begun goes on.
func TestReload(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"TEE-INDIGO": 1})
	p.ready()
	p.reload()
	p.ready()
	p.address()
	p.press(".pay")
	p.atPayPal()
	order := eval[string](p, "location.href")
	p.reload()
	p.atPayPal()
	p.back()
	p.ready()
	p.says("You have not paid yet")
	p.reload()
	p.says("You have not paid yet")
	if name := eval[string](p, in("input[name=name]")+".value"); name != "Jo Ahlers" {
		t.Errorf("the address was forgotten: %q", name)
	}
	p.press(".pay")
	p.atPayPal()
	if again := eval[string](p, "location.href"); again != order {
		t.Errorf("another order: %s, %s", order, again)
	}
	s.fault("slow", "capture", 1) // so that there is time to reload
	p.approve("balance")
	p.says("One moment")
	p.picture("taking")
	p.reload()
	p.says("complete")
	p.reload()
	p.says("complete")
	s.charged(2890, "EUR")
	p.clean()
}

// TestRefunded: a purchase that was refunded since says so when its page is loaded again.
func TestRefunded(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.ready()
	p.press(".pay")
	p.approve("balance")
	p.says("complete")
	s.desk("refund", url.Values{"capture": {s.charges()[0].ID}})
	s.desk("deliver", nil)
	p.reload()
	p.says("This payment was refunded")
	p.clean()
}

// TestBoughtAgain: the same cart once more is another purchase, and only by a click.
func TestBoughtAgain(t *testing.T) {
	s, p := openShop(t), openTab(t)
	for range 2 {
		p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
		p.until(in(".pay") + "||" + in(`[part="again"]`))
		if eval[bool](p, "Boolean("+in(`[part="again"]`)+")") {
			p.press(`[part="again"]`)
		}
		p.ready()
		p.press(".pay")
		p.approve("balance")
		p.says("complete")
	}
	if c := s.charges(); len(c) != 2 || c[0].Amount != 5000 || c[1].Amount != 5000 {
		t.Errorf("PayPal's books have %+v", c)
	}
	p.clean()
}

// TestBack: the buyer goes back from PayPal's page by the browser's button, before and
// after the payment.
func TestBack(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.leaves()
	p.back()
	p.says("You have not paid yet")
	p.picture("unpaid")
	p.press(".pay")
	p.approve("balance")
	p.says("complete")
	p.back()
	p.atPayPal()
	p.do(chromedp.Evaluate(`document.querySelector("button.main").click()`, nil)) // on a page that is out of date
	p.until(`document.body.innerText.includes("Done already")`)
	p.visit(s, "en", "DE", nil)
	p.says("complete")
	s.charged(1250, "EUR")
	p.clean()
}

// TestTurnedBack: who cancels at PayPal can pay after all, with another address, and it
// is the other address that PayPal has then.
func TestTurnedBack(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"TEE-INDIGO": 2})
	p.ready()
	p.address()
	p.press(".pay")
	p.cancel()
	p.says("You have not paid yet")
	p.do(chromedp.Evaluate(in("input[name=city]")+`.select()`, nil))
	p.fill("city", "Kiel")
	p.press(".pay")
	p.atPayPal()
	if page := eval[string](p, "document.body.innerText"); !strings.Contains(page, "Kiel") || strings.Contains(page, "Hamburg") {
		t.Errorf("PayPal sends it to %s", page)
	}
	p.approve("balance")
	p.says("complete")
	s.charged(5290, "EUR")
	p.clean()
}

// TestClosedTab: the buyer approves and closes the tab, and the webhook is lost. Whoever
// opens the shop again finds the payment done, once.
func TestClosedTab(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 2})
	p.leaves()
	order, _ := url.Parse(eval[string](p, "location.href"))
	s.desk("knobs", url.Values{"knob": {"lose"}, "times": {"20"}})
	s.form("/checkoutnow/approve", url.Values{"token": {order.Query().Get("token")}, "funding": {"balance"}})
	other := p.beside()
	p.close()
	other.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 2})
	other.says("complete")
	other.clean()
	s.charged(10000, "EUR")
}

// TestShopStopped: the shop is ended while its buyer is at PayPal, and begun again.
func TestShopStopped(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.leaves()
	s.restart()
	p.approve("balance")
	p.says("complete")
	s.charged(5000, "EUR")
	p.clean()
}

// TestDeclined: the buyer tries again at PayPal, and where that is over, begins another
// attempt; the one that goes through is charged.
func TestDeclined(t *testing.T) {
	for funding, orders := range map[string]int{"declined": 1, "refused": 2} {
		t.Run(funding, func(t *testing.T) {
			s, p := openShop(t), openTab(t)
			p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
			p.leaves()
			first := eval[string](p, "location.search")
			p.approve(funding)
			p.says("Your payment was declined")
			p.says("Nothing has been charged")
			p.picture("declined-" + funding)
			p.leaves()
			if same := eval[string](p, "location.search") == first; same != (orders == 1) {
				t.Errorf("the same order: %t", same)
			}
			p.approve("balance")
			p.says("complete")
			s.charged(1250, "EUR")
			p.clean()
		})
	}
}

// TestPending: bank money on its way is neither paid nor failed, until PayPal says so.
func TestPending(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.ready()
	p.press(".pay")
	p.approve("echeck")
	p.says("Your payment is on its way")
	p.says("PayPal has not confirmed it yet")
	p.picture("pending")
	p.reload()
	p.says("Your payment is on its way")
	if c := s.charges(); len(c) != 1 || c[0].State != "PENDING" {
		t.Fatalf("PayPal's books have %+v", c)
	}
	s.desk("settle", url.Values{"capture": {s.charges()[0].ID}, "arrived": {"yes"}})
	p.says("complete")
	s.charged(1250, "EUR")
	p.clean()
}

// TestUnknownOutcome: PayPal takes the money and does not say so. The buyer reads that it
// is being checked and never that it failed, and it is charged once.
func TestUnknownOutcome(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.leaves()
	s.fault("502-after", "capture", 1)
	s.fault("503", "look", 3)
	p.approve("balance")
	p.says("We are checking your payment")
	p.says("You will not be charged twice")
	p.picture("checking")
	p.says("complete")
	s.charged(1250, "EUR")
	p.clean()
}

// TestOffline: the connection is lost before the click, and while the outcome is asked
// for; both go on by themselves.
func TestOffline(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.ready()
	p.offline(true)
	p.press(".pay")
	p.says("You are offline")
	p.picture("offline")
	s.uncharged()
	p.offline(false)
	p.atPayPal()
	s.fault("slow", "capture", 1)
	p.approve("balance")
	p.says("One moment")
	p.offline(true)
	p.says("We are checking your payment")
	p.says("You are offline")
	p.picture("offline-return")
	p.offline(false)
	p.says("complete")
	s.charged(1250, "EUR")
	p.clean()
}

// TestTwoTabs: the second tab of the same cart meets the same order, and learns that it
// is paid without being touched.
func TestTwoTabs(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	other, third := p.beside(), p.beside()
	other.do(chromedp.Navigate(s.store + "/"))
	third.do(chromedp.Navigate(s.store + "/"))
	other.ready()
	third.ready()
	p.press(".pay")
	other.press(".pay")
	p.atPayPal()
	other.atPayPal()
	if a, b := eval[string](p, "location.href"), eval[string](other, "location.href"); a != b {
		t.Errorf("two orders: %s, %s", a, b)
	}
	p.approve("balance")
	p.says("complete")
	third.says("complete")
	other.do(chromedp.Click(`button.main`, chromedp.ByQuery)) // on a page that is out of date
	other.until(`document.body.innerText.includes("Done already")`)
	other.do(chromedp.Navigate(s.store + "/?checkout=return&token=" + order(other)))
	other.says("complete")
	s.charged(5000, "EUR")
	p.clean()
	third.clean()
}

// order is the one in the address of PayPal's page, or in the way back from it.
func order(p *tab) string {
	return eval[string](p, `new URL(document.querySelector("a[href*=token]")?.href ?? location.href).searchParams.get("token")`)
}

// TestForgedReturn: a way back that nobody came is no payment.
func TestForgedReturn(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.do(chromedp.Navigate(s.store + "/?checkout=return&token=" + fmt.Sprint(5)))
	p.says("If you have just paid")
	p.press(`[part="start_over"]`)
	p.leaves()
	p.do(chromedp.Navigate(s.store + "/?checkout=return&token=5&PayerID=x"))
	p.says("You have not paid yet")
	s.uncharged()
	p.clean()
}
