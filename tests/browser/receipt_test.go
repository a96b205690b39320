//go:build browser

package browser

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// TestReceipt: the element fetches the receipt with the checkout token in a header, and
// hands it to the buyer as a file. What the API says in it is the API's own test; here
// the test answers in its place.
func TestReceipt(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "de", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(".pay")
	p.approve("balance")
	p.says("abgeschlossen")
	const page = "<!doctype html><title>Beleg</title>"
	asked := make(chan *fetch.EventRequestPaused, 4)
	chromedp.ListenTarget(p.ctx, func(event any) {
		if e, ok := event.(*fetch.EventRequestPaused); ok {
			asked <- e
		}
	})
	folder := t.TempDir()
	p.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*/receipt*"}}),
		chromedp.ActionFunc(func(ctx context.Context) error {
			return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(folder).Do(ctx)
		}))
	p.press(`[part="receipt"]`)
	for answered := false; !answered; {
		select {
		case e := <-asked:
			answered = e.Request.Method == "GET"
			headers := []*fetch.HeaderEntry{{Name: "Access-Control-Allow-Origin", Value: s.store}, {Name: "Content-Type", Value: "text/html; charset=utf-8"},
				{Name: "Access-Control-Allow-Headers", Value: "checkout-token,accept-language"}}
			p.do(fetch.FulfillRequest(e.RequestID, 200).WithResponseHeaders(headers).WithBody(base64.StdEncoding.EncodeToString([]byte(page))))
			if token, _ := e.Request.Headers["checkout-token"].(string); answered && (token == "" || strings.Contains(e.Request.URL, token) || !strings.Contains(e.Request.URL, "language=de")) {
				t.Errorf("asked %s with the token %q", e.Request.URL, token)
			}
		case <-time.After(patience):
			t.Fatal("nobody asked for the receipt")
		}
	}
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(30 * time.Millisecond) {
		if files, _ := filepath.Glob(folder + "/*.html"); len(files) == 1 {
			if text, _ := os.ReadFile(files[0]); string(text) == page {
				p.clean()
				return
			}
		}
	}
	t.Fatal("there is no file")
}
