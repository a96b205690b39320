package main

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// payAtStripe clicks Pay on the simulated Stripe's page, as a browser would, and is sent
// back to the shop.
func payAtStripe(t *testing.T, page string) {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := browser.PostForm(page+"/pay", url.Values{"with": {"mastercard"}})
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "checkout=return") {
		t.Fatalf("Pay answered %d, %q", got.StatusCode, got.Header.Get("Location"))
	}
}

// Ctrl-C in the middle of a purchase at Stripe, start again, and the payment finishes:
// once before the buyer paid and once after.
func TestStoppedInTheMiddleAtStripe(t *testing.T) {
	for _, when := range []string{"before the buyer pays", "after it"} {
		t.Run(when, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "checkout.db")
			one := start(t, "-port", "0", "-file", file)
			status, opened := post(t, one.at("api")+"/payments", cardCart, map[string]string{"Idempotency-Key": strings.Repeat("k", 32)})
			if status != http.StatusCreated {
				t.Fatalf("%d %v", status, opened)
			}
			page, err := url.Parse(opened["next"].(map[string]any)["url"].(string))
			if err != nil || page.Scheme+"://"+page.Host != one.at("stripe") {
				t.Fatalf("the buyer is sent to %s: %v", page, err)
			}
			if when == "after it" {
				payAtStripe(t, page.String())
			}
			one.end(t)

			two := start(t, "-port", "0", "-file", file)
			if when != "after it" {
				payAtStripe(t, two.at("stripe")+page.Path)
			}
			status, taken := post(t, two.at("api")+"/payments/"+opened["id"].(string)+"/capture", "", map[string]string{"Checkout-Token": opened["token"].(string)})
			if status != http.StatusOK || taken["status"] != "captured" {
				t.Errorf("%d %v", status, taken)
			}
			two.end(t)

			books, err := stripe.Open(stripe.Config{File: file + ".stripe.json"})
			if err != nil {
				t.Fatal(err)
			}
			if all := books.Sessions(); len(all) != 1 || all[0].Received != 7500 {
				t.Errorf("Stripe's books have %+v", all)
			}
		})
	}
}

// TestKeysOfTheWorldOutside: a key of one's own chooses Stripe itself, and alone; a live
// one is refused.
func TestKeysOfTheWorldOutside(t *testing.T) {
	for key, good := range map[string]bool{"sk_test_of_somebody": true, "rk_live_of_somebody": false} {
		w, err := build(plan{root: "..", file: filepath.Join(t.TempDir(), "t.db"), clock: setup.SystemClock{}, log: io.Discard, lookup: func(name string) string {
			return map[string]string{"STRIPE_KEY": key, "MERCHANT_COUNTRY": "DE"}[name]
		}})
		if (err == nil) != good {
			t.Errorf("%s: %v", key, err)
		}
		if err != nil {
			continue
		}
		if w.paypal != nil || w.stripe != nil || strings.TrimSpace(w.environment(plan{lookup: func(name string) string {
			return map[string]string{"STRIPE_KEY": key}[name]
		}})["PROVIDERS"]) != "stripe" || w.pages() == "" {
			t.Errorf("%s: a simulator runs, or PayPal is asked", key)
		}
		w.close()
	}
}
