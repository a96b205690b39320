package tests

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// receipt asks for the receipt with the payment's token, and with the headers besides.
func (b *buyer) receipt(header map[string]string) reply {
	b.w.t.Helper()
	all := b.withToken()
	maps.Copy(all, header)
	return b.w.call(http.MethodGet, "/payments/"+b.id+"/receipt", "", all)
}

// receiptSeen is a receipt as a shop's page reads it.
type receiptSeen struct {
	Payment, Shop, Reference, Date, Status, Language string
	Method                                           struct{ Method, Name string }
	Lines                                            []struct {
		SKU, Name   string
		Quantity    int64
		Each, Total writtenSeen
	}
	Parts []struct {
		Kind, Text string
		Total      writtenSeen
	}
	Total   writtenSeen
	Refunds []struct {
		Date, Text string
		Total      writtenSeen
	}
	Rest writtenSeen
}

type writtenSeen struct {
	Minor int64
	Text  string
}

func (b *buyer) receiptIn(language string) (seen receiptSeen) {
	b.w.t.Helper()
	r := b.receipt(map[string]string{"Accept": "application/json", "Accept-Language": language})
	if r.code != http.StatusOK || r.header.Get("Content-Type") != "application/json; charset=utf-8" {
		b.w.t.Fatalf("%d %s %s", r.code, r.header.Get("Content-Type"), r.text)
	}
	b.w.must(json.Unmarshal([]byte(r.text), &seen))
	return seen
}

// TestReceipt: the payment's own amounts, which add up, and what of them went back.
func TestReceipt(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.quoted(w.quoteToken(jwt.MapClaims{"shipping": 490, "total": 5012}, quoteSecret))
	b.approve(sim.Balance)
	b.capture()
	w.untouched("a receipt", func() { b.receipt(nil) })
	seen := b.receiptIn("de")
	if seen.Payment != b.id || seen.Shop != "Harbour Goods" || seen.Reference != "R-9" || seen.Date != "2026-11-21T09:00:30Z" || seen.Status != "captured" || seen.Language != "de" || seen.Method.Method != "paypal" || seen.Method.Name != "PayPal" {
		t.Errorf("%+v", seen)
	}
	if len(seen.Lines) != 1 || seen.Lines[0].Quantity != 2 || seen.Lines[0].Each.Minor != 1900 || seen.Lines[0].Total.Text != "38,00\u00a0€" {
		t.Errorf("the lines are %+v", seen.Lines)
	}
	var sum int64
	var kinds []string
	for _, part := range seen.Parts {
		sum += part.Total.Minor
		kinds = append(kinds, part.Kind+" "+part.Text+" "+part.Total.Text)
	}
	if want := []string{"lines Artikel 38,00\u00a0€", "discount Rabatt -1,00\u00a0€", "tax Steuer 8,22\u00a0€", "shipping Versand 4,90\u00a0€"}; !slices.Equal(kinds, want) {
		t.Errorf("the parts are %q", kinds)
	}
	if sum != 5012 || seen.Total.Minor != sum || seen.Total.Text != "50,12\u00a0€" || len(seen.Refunds) != 0 || seen.Rest != seen.Total {
		t.Errorf("the parts come to %d: %+v", sum, seen)
	}

	b.refund(512, "a-part")
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	w.deliver()
	seen = b.receiptIn("en")
	if seen.Status != "partially_refunded" || len(seen.Refunds) != 2 || seen.Refunds[0].Text != "Refunded on November 21, 2026" || seen.Refunds[0].Total.Minor+seen.Refunds[1].Total.Minor != 1512 || seen.Rest.Text != "€35.00" || seen.Total.Minor != 5012 {
		t.Errorf("after two refunds: %+v", seen)
	}
	b.refund(3500, "the-rest")
	if seen = b.receiptIn("ja"); seen.Status != "refunded" || len(seen.Refunds) != 3 || seen.Rest.Minor != 0 || seen.Refunds[2].Text != "2026年11月21日に返金" {
		t.Errorf("after all: %+v", seen)
	}
}

// TestReceiptOnlyOnceMoneyMoved: what is open, refused, on its way or in doubt has none.
func TestReceiptOnlyOnceMoneyMoved(t *testing.T) {
	for name, tell := range map[string]func(*world, *buyer){
		"waiting for the buyer": func(*world, *buyer) {},
		"approved":              func(_ *world, b *buyer) { b.approve(sim.Balance) },
		"declined":              func(_ *world, b *buyer) { b.approve(sim.Declined); b.capture() },
		"pending":               func(_ *world, b *buyer) { b.approve(sim.ECheck); b.capture() },
		"unknown": func(w *world, b *buyer) {
			b.approve(sim.Balance)
			w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture}))
			b.capture()
		},
		"in review": func(w *world, b *buyer) {
			b.approve(sim.Balance)
			w.must(w.paypal.Inject(sim.Fault{Kind: sim.OtherAmount, Call: sim.CallCapture}))
			b.capture()
		},
	} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		tell(w, b)
		r := b.receipt(nil)
		w.refuses(name, r, http.StatusConflict, "no-receipt")
		if r.ID != b.id {
			t.Errorf("%s: the payment is not told: %s", name, r.text)
		}
	}
}

// tagForm is every tag that a page of ours may have; what else looks like one was
// somebody else's text.
var tagForm = regexp.MustCompile(`^(!doctype html|html lang="[a-zA-Z-]+"|meta (charset|http-equiv|name)="[^<>"]*"( content="[^<>"]*")?|/?(html|head|title|style|body|main|h1|h2|dl|dt|dd|table|thead|tbody|tfoot|tr|th|td|p)|tr class="total"|th scope="(row|col)"( colspan="[13]")?|p class="note")$`)

// TestReceiptPage: whatever a shop calls its goods, the page holds our tags alone; it
// loads nothing, runs nothing, and says so itself and in its headers.
func TestReceiptPage(t *testing.T) {
	w := newWorld(t, plan{env: map[string]string{"BRAND": `<b>Harbour</b> & "Sons"`}})
	evil := `<script>alert(1)</script>"'&</td><img src=x>`
	b := w.quoted(w.quoteToken(jwt.MapClaims{"lines": []any{map[string]any{"sku": evil, "name": evil, "qty": 2, "unit": 1900}}}, quoteSecret))
	b.approve(sim.Balance)
	b.capture()
	b.refund(500, "a-part")
	for _, language := range []string{"en", "de", "es", "fr", "ja", "zh-Hans"} {
		r := b.receipt(map[string]string{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": language})
		if r.code != http.StatusOK || r.header.Get("Content-Type") != "text/html; charset=utf-8" || r.header.Get("Content-Language") != language || !strings.Contains(r.text, `<html lang="`+language+`">`) {
			t.Fatalf("%d %v %s", r.code, r.header, r.text)
		}
		_, rest, _ := strings.Cut(r.text, "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		policy := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))
		if got := r.header.Get("Content-Security-Policy"); got != policy+"; frame-ancestors 'none'" || !strings.Contains(r.text, `content="`+policy+`"`) || r.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the policy is %q, want %q", got, policy)
		}
		plain := strings.Replace(r.text, style, "", 1)
		for _, tag := range regexp.MustCompile(`<([^>]*)>`).FindAllStringSubmatch(plain, -1) {
			if !tagForm.MatchString(tag[1]) {
				t.Errorf("%s: the page has the tag <%s>", language, tag[1])
			}
		}
		if strings.Contains(style, "url(") || strings.Contains(style, "@import") || strings.Contains(style, "<") {
			t.Errorf("the style loads something: %s", style)
		}
		if text := html.UnescapeString(plain); !strings.Contains(text, evil) || !strings.Contains(text, `<b>Harbour</b> & "Sons"`) || !strings.Contains(text, b.id) {
			t.Errorf("%s: the page lacks what was bought: %s", language, plain)
		}
	}
	if page := b.receipt(map[string]string{"Accept-Language": "de"}).text; !strings.Contains(page, ">21. November 2026<") || !strings.Contains(page, ">45,22\u00a0€<") || !strings.Contains(page, ">Erstattet am 21. November 2026<") || !strings.Contains(page, ">40,22\u00a0€<") {
		t.Errorf("%s", page)
	}
}

// TestReceiptTellsNothingOfPeople: who it was sent to stays with the provider.
func TestReceiptTellsNothingOfPeople(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.order = strings.NewReplacer("1 Rook Lane", "RECEIPTCANARY", "Dover", "RECEIPTCANARY").Replace(sent("Ada", "RECEIPTCANARY"))
	b.order = strings.Replace(b.order, `"country":"DE"}`, `"country":"DE","postcode":"10115"}`, 1)
	b.open()
	b.approve(sim.Balance)
	b.capture()
	for _, accept := range []string{"text/html", "application/json"} {
		r := b.receipt(map[string]string{"Accept": accept})
		if r.code != http.StatusOK {
			t.Fatal(r.text)
		}
		for _, secret := range []string{"RECEIPTCANARY", "10115", b.token, b.key} {
			if strings.Contains(r.text, secret) {
				t.Errorf("%s: %q is in the receipt", accept, secret)
			}
		}
	}
}

// TestReceiptForm: a page for whoever takes one or anything, JSON for who wants only that.
func TestReceiptForm(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	for accept, media := range map[string]string{
		"": "text/html", "*/*": "text/html", "text/html": "text/html", "application/json": "application/json", "application/json, */*": "application/json",
		"text/html, application/json": "text/html", "text/html;q=0, application/json": "application/json", "application/json;q=0": "text/html", "image/png": "text/html", ";;,\t": "text/html",
	} {
		got, _, _ := strings.Cut(b.receipt(map[string]string{"Accept": accept}).header.Get("Content-Type"), ";")
		if got != media {
			t.Errorf("Accept %q: %s, want %s", accept, got, media)
		}
	}
	for query, want := range map[string]string{"?language=fr": "fr", "?language=zh-CN": "zh-Hans"} {
		if r := w.call(http.MethodGet, "/payments/"+b.id+"/receipt"+query, "", b.withToken()); r.header.Get("Content-Language") != want {
			t.Errorf("%s: %d in %s", query, r.code, r.header.Get("Content-Language"))
		}
	}
	for _, query := range []string{"?language=xx", "?language=", "?language=%3Cb%3E"} {
		w.refuses(query, w.call(http.MethodGet, "/payments/"+b.id+"/receipt"+query, "", b.withToken()), http.StatusBadRequest, "language-unknown")
	}
}
