//go:build browser

package browser

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// TestReceipt: the element fetches the receipt with the checkout token in a header, and
// hands it to the buyer as a file, in the buyer's language.
func TestReceipt(t *testing.T) {
	s, p := openShop(t), openTab(t)
	p.visit(s, "de", "DE", map[string]int{"CARD-GIFT": 1})
	p.ready()
	p.press(".pay")
	p.approve("balance")
	p.says("abgeschlossen")
	folder := t.TempDir()
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(folder).Do(ctx)
	}))
	p.asked()
	p.press(`[part="receipt"]`)
	var page string
	for limit := time.Now().Add(patience); page == "" && time.Now().Before(limit); time.Sleep(30 * time.Millisecond) {
		if files, _ := filepath.Glob(folder + "/*.html"); len(files) == 1 {
			text, _ := os.ReadFile(files[0])
			page = string(text)
		}
	}
	if !strings.Contains(page, `lang="de"`) || !strings.Contains(page, "50,00") || !strings.Contains(page, "<style>") {
		t.Errorf("the receipt is %q", page)
	}
	if calls, _ := p.asked(); len(calls) != 1 || !strings.HasSuffix(calls[0], "/receipt?language=de") {
		t.Errorf("asked %q", calls)
	}
	p.clean()
}
