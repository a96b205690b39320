package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// TestEveryProblemHasWords: whatever can be sent has a title in every language, which
// wording's own tests hold for all that stands in one.
func TestEveryProblemHasWords(t *testing.T) {
	slugs := problemsInTheCode(t)
	for _, slug := range slugs {
		if key := "problem." + strings.TrimPrefix(slug, "urn:serverless-checkout:problem:"); !wording.English.Has(key) {
			t.Errorf("there is no %s", key)
		}
	}
	if len(slugs) < 30 {
		t.Errorf("only %d problems were found", len(slugs))
	}
}

// TestEveryStatusHasWords: a buyer can be told how any payment stands.
func TestEveryStatusHasWords(t *testing.T) {
	document, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range document.Components.Schemas["Status"].Value.Enum {
		if key := fmt.Sprint("next.", status); !wording.English.Has(key) {
			t.Errorf("there is no %s", key)
		}
	}
}

// TestProblemsInTheBuyersLanguage: the type is what a client switches on and stays; the
// title is in the language asked for, as is the detail where the buyer can do something.
// A detail about a request is for who wrote the client.
func TestProblemsInTheBuyersLanguage(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	ask := func(accepts, path, body, want string) (language, title, detail string) {
		t.Helper()
		header := b.withToken()
		header["Accept-Language"] = accepts
		r := w.call(http.MethodPost, path, body, header)
		if r.problem != want {
			t.Errorf("%s: %s", accepts, r.text)
		}
		var told struct{ Title, Detail string }
		w.must(json.Unmarshal([]byte(r.text), &told))
		return r.header.Get("Content-Language"), told.Title, told.Detail
	}
	titles := map[string]bool{}
	for accepts, want := range map[string]wording.Language{
		"": "en", "de-AT, en;q=0.5": "de", "es": "es", "fr-CA": "fr", "ja": "ja", "zh-CN": "zh-Hans", "xx, *;q=0.1": "en", "<script>": "en", strings.Repeat("de,", 900): "de",
	} {
		language, title, detail := ask(accepts, "/payments/"+b.id+"/capture", "", "not-approved")
		if language != string(want) || title != want.Text("problem.not-approved", nil) || detail != want.Text("problem.not-approved.detail", nil) {
			t.Errorf("%.30s: in %s %q, %q", accepts, language, title, detail)
		}
		titles[title] = true
		language, title, detail = ask(accepts, "/payments", "{}x", "body-invalid")
		if language != string(want) || title != want.Text("problem.body-invalid", nil) || detail != "The body is not one JSON object in UTF-8." {
			t.Errorf("%.30s: in %s %q, %q", accepts, language, title, detail)
		}
	}
	if len(titles) != len(wording.Languages()) {
		t.Errorf("the titles are %v", titles)
	}
}

// TestWhatToDoNextInTheBuyersLanguage at every turn of a purchase.
func TestWhatToDoNextInTheBuyersLanguage(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	turn := func(key string, do func()) {
		t.Helper()
		do()
		for _, l := range wording.Languages() {
			header := b.withToken()
			header["Accept-Language"] = string(l)
			r := w.call(http.MethodGet, "/payments/"+b.id, "", header)
			want := l.Text(key, wording.Values{"provider": "PayPal", "amount": money.New(7500, "EUR"), "refunded": money.New(500, "EUR")})
			if r.Next.Text != want || r.header.Get("Content-Language") != string(l) || strings.Contains(want, "{") {
				t.Errorf("%s %s: %q, want %q", key, l, r.Next.Text, want)
			}
		}
	}
	turn("next.awaiting_approval", func() { b.open() })
	turn("next.declined.redirect", func() { b.approve(sim.Declined); b.capture() })
	turn("next.captured", func() { b.approve(sim.Balance); b.capture() })
	turn("next.partially_refunded", func() { b.refund(500, "a-part-of-it") })
	turn("next.refunded", func() { b.refund(7000, "all-the-rest") })
}
