//go:build browser

package browser

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"
)

// page is a shop's page with the element as a shop wrote it; API stands for the API's
// address.
func (s *shop) page(p *tab, attributes string) {
	s.t.Helper()
	html := fmt.Sprintf(`<!doctype html><html lang="de"><meta charset="utf-8"><title>Shop</title>
<script type="module" src="checkout-button.js"></script><h1>Shop</h1><checkout-button %s></checkout-button>`, strings.ReplaceAll(attributes, "API", s.api))
	if err := os.WriteFile(filepath.Join(s.folder, "index.html"), []byte(html), 0o644); err != nil {
		s.t.Fatal(err)
	}
	p.api = s.api
	p.do(chromedp.Navigate(s.store + "/"))
}

// openOwnShop is a shop whose pages lie in a folder of its own.
func openOwnShop(t *testing.T) *shop {
	t.Helper()
	folder := t.TempDir()
	s := openShop(t, "-shop", folder)
	s.folder = folder
	return s
}

// TestWrongOnThePage: what a shop, its server or its page got wrong is one sentence to
// the buyer in the buyer's language, and says more to whoever made the page.
func TestWrongOnThePage(t *testing.T) {
	s := openOwnShop(t)
	if err := os.Mkdir(filepath.Join(s.folder, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, "other", "payment-methods"), []byte(`{"something": "else"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	const where = ` country="DE" currency="EUR"`
	for name, c := range map[string]struct{ attributes, says, console string }{
		"no API":            {`cart="CARD-GIFT:1"` + where, "Die Zahlung ist hier nicht richtig eingerichtet.", "the attribute api needs"},
		"no country":        {`api="API" cart="CARD-GIFT:1" currency="EUR"`, "nicht richtig eingerichtet", "country and currency need capitals"},
		"a small currency":  {`api="API" cart="CARD-GIFT:1" country="DE" currency="eur"`, "nicht richtig eingerichtet", "country and currency need capitals"},
		"no price in it":    {`api="API" cart="CARD-GIFT:1" country="CH" currency="CHF"`, "Bitte wählen Sie ein anderes Land oder eine andere Währung.", "CHF"},
		"an unknown SKU":    {`api="API" cart="NO-SUCH:1"` + where, "Bitte gehen Sie zurück und prüfen Sie den Warenkorb.", "NO-SUCH"},
		"too many of it":    {`api="API" cart="CARD-GIFT:99999"` + where, "Bitte gehen Sie zurück und prüfen Sie den Warenkorb.", "quantity"},
		"no quote":          {`api="API" quote="nonsense"`, "nicht richtig eingerichtet", "not a signed quote"},
		"another address":   {`api="` + s.store + `" cart="CARD-GIFT:1"` + where, "nicht erreichbar", "checkout-button"},
		"another's answer":  {`api="` + s.store + `/other" cart="CARD-GIFT:1"` + where, "nicht erreichbar", "checkout-button"},
		"no shipping there": {`api="API" cart="TEE-INDIGO:1" country="BR" currency="EUR"`, "Dieser Shop liefert nicht in dieses Land.", "shipping-unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openTab(t)
			s.page(p, c.attributes)
			p.says(c.says)
			p.clean(c.console)
			if len(p.faults) == 0 {
				t.Error("nothing in the console")
			}
			if !eval[bool](p, `document.querySelector("h1").textContent === "Shop"`) {
				t.Error("the page is gone")
			}
		})
	}
	s.uncharged()
}

// TestSilentAPI: one that takes a connection and says nothing, and then does.
func TestSilentAPI(t *testing.T) {
	s, p := openOwnShop(t), openTab(t)
	s.stop()
	door, err := net.Listen("tcp4", strings.TrimPrefix(s.store, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	files := &http.Server{Handler: http.FileServer(http.Dir(s.folder))}
	text, err := os.ReadFile(root + "/storefront/checkout-button.js")
	if err == nil {
		err = os.WriteFile(filepath.Join(s.folder, "checkout-button.js"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	go files.Serve(door)
	silent, err := net.Listen("tcp4", strings.TrimPrefix(s.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	s.page(p, `api="API" cart="CARD-GIFT:1" country="DE" currency="EUR"`)
	p.says("Der Zahlungsdienst ist nicht erreichbar; diese Seite versucht es weiter.")
	p.picture("unreachable")
	silent.Close()
	files.Close()
	s.restart()
	p.ready() // by itself
	p.clean("TimeoutError", "Failed to fetch", "signal timed out")
}

// quote is an offer of a shop's server, signed with the local run's secret.
func quote(t *testing.T, expires time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"jti": "00000000-0000-4000-8000-" + fmt.Sprintf("%012d", expires.Unix()), "aud": "local", "exp": expires.Unix(), "cur": "EUR", "country": "DE",
		"lines":    []map[string]any{{"sku": "BOAT", "name": "Ein Boot, gebraucht", "qty": 1, "unit": 98000, "physical": true}},
		"discount": 3000, "shipping": 5000, "total": 100000, "ref": "A-77",
	}).SignedString([]byte("a-quote-secret-for-a-laptop-and-not-for-a-shop"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestQuote: an offer that the shop's server signed is paid as it stands, and one that
// has expired says so.
func TestQuote(t *testing.T) {
	s, p := openOwnShop(t), openTab(t)
	s.page(p, `api="API" quote="`+quote(t, time.Now().Add(time.Hour))+`"`)
	p.ready()
	for _, part := range []string{"Ein Boot, gebraucht", "980,00 €", "Rabatt", "30,00 €", "Versand", "50,00 €", "1.000,00 €"} {
		p.says(part)
	}
	p.picture("quote")
	p.address()
	p.press(".pay")
	p.approve("balance")
	p.says("Sie haben 1.000,00 € bezahlt (PayPal).")
	s.charged(100000, "EUR")
	p.clean()

	late := openTab(t)
	s.page(late, `api="API" quote="`+quote(t, time.Now().Add(-time.Hour))+`"`)
	late.ready()
	late.address()
	late.press(".pay")
	late.says("Dieses Angebot ist abgelaufen.")
	if eval[bool](late, "Boolean("+in(".pay")+")") {
		t.Error("an offer that has expired can still be paid")
	}
	late.clean("quote-expired")
	s.charged(100000, "EUR")
}

// TestReadmePage: whoever does what the README says has a page that sells.
func TestReadmePage(t *testing.T) {
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Put it on your page\n")
	_, html, _ := strings.Cut(section, "```html\n")
	html, _, found := strings.Cut(html, "```")
	if !found || !strings.Contains(section, "go run ./local -shop build/my-shop") {
		t.Fatal("the README has no page to copy")
	}
	s, p := openOwnShop(t), openTab(t)
	html = strings.ReplaceAll(html, "http://127.0.0.1:8081", s.api) // these ports may be taken
	if err := os.WriteFile(filepath.Join(s.folder, "index.html"), []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(s.store + "/"))
	p.ready() // and so the hash is that of the file
	p.address()
	p.press(".pay")
	p.approve("balance")
	p.says("You paid €78.90 (PayPal).")
	s.charged(7890, "EUR")
	p.clean()
}
