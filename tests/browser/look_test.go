//go:build browser

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe holds the page against the rules of WCAG 2.2 AA, shadow trees included.
func (p *tab) axe(what string) {
	p.t.Helper()
	text, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		p.t.Fatal(err)
	}
	var found string
	p.do(chromedp.Evaluate(string(text)+";0", nil), chromedp.Evaluate(`axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
		.then(({ violations, passes }) => JSON.stringify({ passes: passes.length, violations: violations.map((v) => v.id + ": " + v.help + " " + v.nodes.map((n) => n.target.flat() + " " + n.failureSummary).join("; ")) }))`,
		&found, awaited))
	var result struct {
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil || result.Passes < 10 {
		p.t.Fatalf("%s: axe looked at %d rules: %v", what, result.Passes, err)
	}
	for _, violation := range result.Violations {
		p.t.Errorf("%s: %s", what, violation)
	}
}

// awaited waits for what a promise comes to.
func awaited(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }

// prefers sets what the buyer's system prefers: "light" or "dark".
func (p *tab) prefers(scheme string) {
	p.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// TestLook: every view in light, in dark and on a small telephone: nothing wider than
// the screen, nothing that axe finds.
func TestLook(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			name := fmt.Sprintf("%s-%d", scheme, width)
			t.Run(name, func(t *testing.T) {
				s, p := openShop(t), openTab(t)
				p.prefers(scheme)
				if width == 320 {
					p.do(emulation.SetDeviceMetricsOverride(320, 640, 2, false))
				}
				look := func(view string) {
					t.Helper()
					p.picture(view + "-" + name)
					p.axe(view)
					if wide := eval[int64](p, "document.documentElement.scrollWidth"); wide > width {
						t.Errorf("%s is %d wide", view, wide)
					}
				}
				p.visit(s, "de", "DE", map[string]int{"TEE-INDIGO": 1, "BOOK-TIDES": 2})
				p.ready()
				look("goods")
				p.press(".pay")
				p.says("Bitte füllen Sie dieses Feld aus.")
				look("faults")
				s.uncharged()
				p.address()
				p.press(".pay")
				p.approve("declined")
				p.says("Ihre Zahlung wurde abgelehnt")
				look("declined")
				p.press(".pay")
				p.approve("echeck")
				p.says("Ihre Zahlung ist unterwegs")
				look("pending")
				s.desk("settle", map[string][]string{"capture": {s.charges()[0].ID}, "arrived": {"yes"}})
				p.says("Ihre Zahlung ist abgeschlossen")
				p.do(chromedp.Click("#counter summary", chromedp.ByQuery))
				p.until(`document.querySelectorAll("#events li").length > 2 && document.querySelectorAll("#visits tr").length > 2`)
				look("paid")
				s.charged(5390, "EUR")
				p.clean()
			})
		}
	}
}

// TestTheme: a page that is dark by its own choice has a dark element, and so has one
// that says theme="dark".
func TestTheme(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.prefers("light")
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	ground := func() string { return eval[string](p, "getComputedStyle("+in(".box")+").backgroundColor") }
	if ground() != "rgb(255, 255, 255)" {
		t.Errorf("light is %s", ground())
	}
	p.do(chromedp.SetValue("select[name=theme]", "dark", chromedp.ByQuery), chromedp.Evaluate(`document.querySelector("select[name=theme]").dispatchEvent(new Event("change", { bubbles: true }))`, nil))
	p.ready()
	if ground() != "rgb(26, 33, 38)" {
		t.Errorf("dark is %s", ground())
	}
	p.do(chromedp.Evaluate(`document.querySelector("checkout-button").setAttribute("theme", "light")`, nil))
	if ground() != "rgb(255, 255, 255)" {
		t.Errorf("theme=light is %s", ground())
	}
	p.clean()
}

// TestKeyboard: a purchase without a mouse; what has the focus can be seen, and is never
// lost.
func TestKeyboard(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"TEE-INDIGO": 1})
	p.ready()
	const focused = `(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)`
	tab := func(to string) {
		t.Helper()
		for range 60 {
			p.do(chromedp.KeyEvent(kb.Tab))
			if eval[bool](p, focused+`.matches(`+fmt.Sprintf("%q", to)+`)`) {
				if eval[string](p, "getComputedStyle("+focused+").outlineStyle") == "none" {
					t.Errorf("the focus on %s cannot be seen", to)
				}
				return
			}
		}
		t.Fatalf("the keyboard does not come to %s", to)
	}
	tab(".pay")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.until(focused + `.matches("input[name=name]")`) // the first fault
	p.do(chromedp.KeyEvent("Jo Ahlers"))
	for _, field := range [][2]string{{"line", "Deichstr. 27"}, {"line2", ""}, {"postcode", "20459"}, {"city", "Hamburg"}} {
		tab("input[name=" + field[0] + "]")
		p.do(chromedp.KeyEvent(field[1]))
	}
	p.do(chromedp.KeyEvent(kb.Enter))
	p.atPayPal()
	tab("button.main")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.says("complete")
	s.charged(2890, "EUR")
	p.clean()
}

// TestHeard: what a screen reader is told, by the one live region.
func TestHeard(t *testing.T) {
	s, p := openShop(t), openTab(t)
	hears := func(text string) {
		t.Helper()
		p.until(fmt.Sprintf(`%s?.textContent.includes(%q)`, in("[role=status]"), text))
	}
	p.visit(s, "en", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(".pay")
	p.approve("declined")
	hears("Your payment was declined")
	p.press(".pay")
	p.approve("balance")
	hears("Thank you, your payment is complete")
	if lang := eval[string](p, in(".box")+".lang"); !strings.HasPrefix(lang, "en") {
		t.Errorf("read out as %q", lang)
	}
	s.charged(5000, "EUR")
}

// TestFigures prints what the element costs a buyer: bytes and requests to a button that
// can be pressed, and round trips at the click and on return.
func TestFigures(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "en", "DE", map[string]int{"BOOK-TIDES": 1})
	p.ready()
	requests, bytes := p.loaded()
	t.Logf("the demo shop, to a button that can be pressed: %d requests, %d bytes as they came, uncompressed", requests, bytes)
	calls, preflights := p.asked()
	t.Logf("of them to the API: %d (%v), %d preflights", len(calls), calls, len(preflights))
	if len(calls) != 1 || len(preflights) != 0 {
		t.Errorf("%q, %q", calls, preflights)
	}
	p.press(".pay")
	p.atPayPal()
	calls, preflights = p.asked()
	t.Logf("from the click to the redirect: %d request (%v) and %d preflight, kept for an hour", len(calls), calls, len(preflights))
	if len(calls) != 1 {
		t.Errorf("%q", calls)
	}
	p.approve("balance")
	p.says("complete")
	calls, preflights = p.asked()
	t.Logf("from the return to the result: %d request (%v) and %d preflight", len(calls), calls, len(preflights))
	if len(calls) != 1 {
		t.Errorf("%q", calls)
	}
	s.charged(1250, "EUR")
}
