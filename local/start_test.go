package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// priceList is a list of one product.
func priceList(price string) string {
	return `{"products":[{"sku":"TEE-INDIGO","name":"T-shirt","prices":{"EUR":"` + price + `"}}]}`
}

// A list that was put through the API is in force after the next start too, and the start
// says so; one that the developer writes into the file is taken, as long as no other came
// between.
func TestPricesAtTheNextStart(t *testing.T) {
	shop, file := t.TempDir(), filepath.Join(t.TempDir(), "checkout.db")
	own := filepath.Join(shop, "prices.json")
	kept := "prices  those put through the API; " + own
	for i, step := range []struct {
		write, put string // into the file before the start, through the API after it
		want       string // the price in force at the start
		kept       bool
	}{
		{write: "1.00", want: "1.00"},
		{write: "2.00", want: "2.00", put: "3.00"},
		{want: "3.00", kept: true},
		{write: "4.00", want: "3.00", kept: true, put: "4.00"},
		{want: "4.00"},
		{write: "5.00", want: "5.00", put: "5.00"},
		{write: "6.00", want: "6.00"},
	} {
		if step.write != "" {
			if err := os.WriteFile(own, []byte(priceList(step.write)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := start(t, "-port", "0", "-file", file, "-shop", shop)
		if got := priceThere(t, run); !strings.Contains(got, `"EUR":"`+step.want+`"`) || strings.Contains(run.String(), kept) != step.kept {
			t.Errorf("start %d: want %s, kept %t; in force is %s\n%s", i, step.want, step.kept, got, run)
		}
		if step.put != "" {
			putPrices(t, run, priceList(step.put))
		}
		run.end(t)
	}
}

// asMerchant is one signed request of the merchant's: what was answered.
func asMerchant(t *testing.T, r *running, method, body string) string {
	t.Helper()
	got, err := requestAt(t.Context(), r.at("api"), setup.SystemClock{}.Now(), method, "/merchant/price-list", body, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, _ := io.ReadAll(got.Body)
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s of the price list answered %d %s", method, got.StatusCode, text)
	}
	return string(text)
}

func priceThere(t *testing.T, r *running) string { return asMerchant(t, r, http.MethodGet, "") }

func putPrices(t *testing.T, r *running, list string) { asMerchant(t, r, http.MethodPut, list) }

// A shop's own name is what the buyer reads at PayPal; without any it is the demo shop's.
func TestBrand(t *testing.T) {
	for brand, args := range map[string][]string{"Harbour Goods": nil, "Tide & Sons": {"-brand", "Tide & Sons"}} {
		r := start(t, append(args, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))...)
		_, opened := post(t, r.at("api")+"/payments", demoCart, map[string]string{"Idempotency-Key": strings.Repeat("k", 32)})
		next, _ := opened["next"].(map[string]any)
		address, _ := next["url"].(string)
		got, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(got.Body)
		got.Body.Close()
		if want := strings.ReplaceAll(brand, "&", "&amp;"); !strings.Contains(string(page), want) {
			t.Errorf("%s is not on the page\n%s", brand, page)
		}
		r.end(t)
	}
}

// What a developer signs with is printed, and is what the API takes.
func TestStartTellsWhatToSignWith(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	for _, want := range []string{"with HS256 and aud \"local\":\n", "quotes           " + quoteSecret + "\n", "customer tokens  " + customerSecret + "\n"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("%q is not in\n%s", want, r)
		}
	}
}
