//go:build browser

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one tab of a buyer's browser, and what it has seen.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	faults   []string // console errors, exceptions, violations of the policy
	requests []string // to the API: "GET /payment-methods"
	api      string
}

// openTab opens a browser with a profile of its own.
func openTab(t *testing.T) *tab { return newTab(t, browsers) }

// beside opens another tab of the same buyer.
func (p *tab) beside() *tab { return newTab(p.t, p.ctx) }

func newTab(t *testing.T, from context.Context) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(from)
	t.Cleanup(done)
	p := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, p.hear)
	if err := chromedp.Run(ctx, network.Enable(), log.Enable(), runtime.Enable()); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return p
}

func (p *tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value))
			}
			p.faults = append(p.faults, strings.Join(said, " "))
		}
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		// Statuses that are answers (402, 409, 410) and lost connections are "network".
		if e.Entry.Level == log.LevelError && e.Entry.Source != log.SourceNetwork {
			p.faults = append(p.faults, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.Method+" "+e.Request.URL)
	}
}

// do runs actions; none may take longer than the patience there is.
func (p *tab) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.try(actions...); err != nil {
		p.t.Fatalf("%v\nthe page: %s\nit complained: %q", err, p.seen(), p.faults)
	}
}

func (p *tab) try(actions ...chromedp.Action) error {
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, actions...)
}

// seen is what stands on the page, for a message.
func (p *tab) seen() string {
	var text string
	ctx, stop := context.WithTimeout(p.ctx, 5*time.Second)
	defer stop()
	chromedp.Run(ctx, chromedp.Evaluate(`location.href + " " + (document.querySelector("checkout-button")?.shadowRoot?.textContent ?? document.body.innerText.slice(0, 500))`, &text))
	return text
}

// until waits until a condition of the page holds, across whatever pages there are in
// between.
func (p *tab) until(condition string) {
	p.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(30 * time.Millisecond) {
		var holds bool
		if p.try(chromedp.Evaluate("Boolean("+condition+")", &holds)) == nil && holds {
			return
		}
	}
	p.t.Fatalf("never: %s\nthe page: %s\nit complained: %q", condition, p.seen(), p.faults)
}

// in is an element inside of the checkout element.
func in(selector string) string {
	return fmt.Sprintf(`document.querySelector("checkout-button")?.shadowRoot?.querySelector(%q)`, selector)
}

// ready waits until the button can be pressed.
func (p *tab) ready() { p.t.Helper(); p.until(in(".pay")) }

// says waits until the element says something; spaces of any kind are spaces.
func (p *tab) says(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector("checkout-button")?.shadowRoot?.querySelector(".box")?.textContent.replace(/\s/g, " ").includes(%q)`, text))
}

// press clicks something inside of the element, as a mouse does.
func (p *tab) press(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(in(selector), chromedp.ByJSPath))
}

// fill types into a field of the element.
func (p *tab) fill(name, text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(in(fmt.Sprintf("input[name=%q]", name)), text, chromedp.ByJSPath))
}

// eval is what an expression of the page comes to.
func eval[T any](p *tab, expression string) (value T) {
	p.t.Helper()
	p.do(chromedp.Evaluate(expression, &value))
	return value
}

// visit goes to the shop in a language, with a cart: SKU and quantity.
func (p *tab) visit(s *shop, language, country string, cart map[string]int) {
	p.t.Helper()
	var lines []string
	for sku, count := range cart {
		lines = append(lines, fmt.Sprintf("%q: %d", sku, count))
	}
	p.api = s.api
	state := fmt.Sprintf(`{"language": %q, "country": %q, "theme": "auto", "cart": {%s}}`, language, country, strings.Join(lines, ","))
	p.do(chromedp.Navigate(s.store+"/config.json"), // a page of the same origin that runs nothing
		chromedp.Evaluate(fmt.Sprintf("localStorage.setItem('harbour-goods', %q)", state), nil),
		chromedp.Navigate(s.store+"/"))
}

// atPayPal waits for PayPal's page.
func (p *tab) atPayPal() {
	p.t.Helper()
	p.until(`location.pathname === "/checkoutnow" && document.querySelector("button.main")`)
}

// leaves presses the button as soon as it can be pressed, and is at PayPal.
func (p *tab) leaves() {
	p.t.Helper()
	p.ready()
	p.press(".pay")
	p.atPayPal()
}

// approve is Pay now on PayPal's page with some funding, and the way back.
func (p *tab) approve(funding string) {
	p.t.Helper()
	p.atPayPal()
	p.do(chromedp.Click(fmt.Sprintf(`input[value=%q]`, funding), chromedp.ByQuery), chromedp.Click("button.main", chromedp.ByQuery))
	p.until(`document.querySelector("checkout-button")?.shadowRoot`)
}

// cancel is the way back without paying.
func (p *tab) cancel() {
	p.t.Helper()
	p.atPayPal()
	p.do(chromedp.Click(`form[action$="cancel"] button`, chromedp.ByQuery))
	p.until(`document.querySelector("checkout-button")?.shadowRoot`)
}

// close ends the tab.
func (p *tab) close() { p.do(page.Close()) }

// back is the browser's own button.
func (p *tab) back() {
	p.t.Helper()
	here := eval[string](p, "location.href")
	p.do(chromedp.Evaluate("history.back()", nil))
	p.until(fmt.Sprintf("location.href !== %q", here))
}

func (p *tab) reload() { p.t.Helper(); p.do(chromedp.Reload()) }

// offline cuts the tab's connection, or mends it.
func (p *tab) offline(cut bool) {
	p.t.Helper()
	p.do(network.EmulateNetworkConditions(cut, 0, -1, -1))
}

// clean: nothing was complained of but what is expected.
func (p *tab) clean(expected ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(fault, e) }) {
			p.t.Errorf("the page complained: %s", fault)
		}
	}
}

// asked are the requests to the API since the last time, preflights apart.
func (p *tab) asked() (calls, preflights []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		method, address, _ := strings.Cut(r, " ")
		path, ours := strings.CutPrefix(address, p.api)
		switch {
		case ours && method == "OPTIONS":
			preflights = append(preflights, path)
		case ours:
			calls = append(calls, method+" "+path)
		}
	}
	p.requests = nil
	return calls, preflights
}

// loaded is how many requests the last page made so far, the page itself among them, and
// the bytes that came.
func (p *tab) loaded() (requests, bytes int64) {
	p.t.Helper()
	const all = `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]`
	return eval[int64](p, all+".length"), eval[int64](p, all+".reduce((sum, r) => sum + r.encodedBodySize, 0)")
}

// picture keeps what the page looks like, whole, for a person to look at.
func (p *tab) picture(name string) {
	p.t.Helper()
	folder := root + "/build/screenshots"
	var image []byte
	p.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		image, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err
	}))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), image, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
