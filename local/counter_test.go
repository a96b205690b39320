package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// get reads a page of the shop's door.
func get(t *testing.T, address string, into any) *http.Response {
	t.Helper()
	got, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, _ := io.ReadAll(got.Body)
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v: %s", address, err, text)
		}
	}
	return got
}

// TestCounter: what a purchase cost, call by call, how it went, and a fault that is
// arranged from the shop's page.
func TestCounter(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	status, opened := post(t, r.at("api")+"/payments", demoCart, map[string]string{"Idempotency-Key": strings.Repeat("k", 32)})
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, opened)
	}
	id := opened["id"].(string)
	approve(t, opened["next"].(map[string]any)["url"].(string))

	got, err := http.PostForm(r.at("shop")+"/counter/faults", url.Values{"call": {"capture"}, "kind": {"502-after"}})
	if err != nil || got.StatusCode != http.StatusNoContent {
		t.Fatalf("a fault could not be arranged: %v, %v", got, err)
	}
	got.Body.Close()
	post(t, r.at("api")+"/payments/"+id+"/capture", "", map[string]string{"Checkout-Token": opened["token"].(string)})

	var payment struct {
		Status   string
		Timeline []struct{ Code string }
		Money    []struct{ Kind, Amount, Fee string }
	}
	get(t, r.at("shop")+"/counter/payments/"+id, &payment)
	if payment.Status != "captured" || len(payment.Timeline) < 3 || len(payment.Money) == 0 || payment.Money[0].Amount != "EUR 75.00" {
		t.Errorf("%+v", payment)
	}
	var visits []visit
	get(t, r.at("shop")+"/counter/visits", &visits)
	var create *visit
	for i := range visits {
		if visits[i].Method == http.MethodPost && visits[i].Path == "/payments" {
			create = &visits[i]
		}
		if strings.Contains(visits[i].Path, id) {
			t.Errorf("a payment's id is in %s", visits[i].Path)
		}
	}
	// The settlement may run at the same time, and costs something too.
	if create == nil || create.Status != http.StatusCreated || create.Writes < 1 || !strings.Contains(", "+create.Provider, ", create 1") {
		t.Errorf("creating cost %+v", create)
	}
	if got := get(t, r.at("shop")+"/counter/payments/nothing", nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("no payment answered %d", got.StatusCode)
	}
}

// TestTroubleWithEither: what the panel offers can be arranged, at either provider, and
// what it does not offer cannot.
func TestTroubleWithEither(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	var offered struct {
		Troubles []trouble
		Desks    []desk
	}
	get(t, r.at("shop")+"/counter/faults", &offered)
	arrange := func(call, kind string) int {
		got, err := http.PostForm(r.at("shop")+"/counter/faults", url.Values{"call": {call}, "kind": {kind}})
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		return got.StatusCode
	}
	for _, of := range offered.Troubles {
		if status := arrange(of.Call, of.Kinds[len(of.Kinds)-1]); status != http.StatusNoContent {
			t.Errorf("%s cannot be arranged: %d", of.Label, status)
		}
	}
	if len(offered.Troubles) != 8 || arrange("stripe look", "500-stored") != http.StatusBadRequest || arrange("dance", "503") != http.StatusBadRequest {
		t.Errorf("offered are %+v", offered.Troubles)
	}
	if len(offered.Desks) != 2 {
		t.Errorf("the desks are %v", offered.Desks)
	}
	for _, d := range offered.Desks {
		if got := get(t, d.URL, nil); got.StatusCode != http.StatusOK {
			t.Errorf("%s's desk is %d", d.Name, got.StatusCode)
		}
	}
	status, opened := post(t, r.at("api")+"/payments", cardCart, map[string]string{"Idempotency-Key": strings.Repeat("s", 32)})
	if status != http.StatusBadGateway && status != http.StatusServiceUnavailable && status != http.StatusAccepted {
		t.Errorf("with the last of Stripe's kinds arranged, a session is opened: %d %v", status, opened)
	}
}

// TestCounterIsNobodyElses: a page of somewhere else arranges nothing.
func TestCounterIsNobodyElses(t *testing.T) {
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"))
	defer r.end(t)
	form, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.at("shop")+"/counter/faults", strings.NewReader("call=capture&kind=decline"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form.Header.Set("Origin", "https://evil.example")
	got, err := http.DefaultClient.Do(form)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if got.StatusCode != http.StatusForbidden {
		t.Errorf("another site's form answered %d", got.StatusCode)
	}
}

// TestOwnShop: a folder of one's own is served with the element beside it, under the same
// policy, and its price list is in force.
func TestOwnShop(t *testing.T) {
	const page = "<!doctype html><title>Mine</title>"
	folder := t.TempDir()
	for name, text := range map[string]string{"index.html": page, "prices.json": `{"products":[{"sku":"MUG","name":"Mug","prices":{"EUR":"9.00"}}]}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, "-port", "0", "-file", filepath.Join(t.TempDir(), "checkout.db"), "-shop", folder)
	defer r.end(t)
	if got := get(t, r.at("shop")+"/", nil); got.StatusCode != http.StatusOK || got.ContentLength != int64(len(page)) {
		t.Errorf("the page answered %d, %d bytes", got.StatusCode, got.ContentLength)
	}
	if got := get(t, r.at("shop")+"/checkout-button.js", nil); !strings.Contains(got.Header.Get("Content-Type"), "javascript") || !strings.Contains(got.Header.Get("Content-Security-Policy"), "script-src 'self';") {
		t.Errorf("the element came as %v", got.Header)
	}
	var menu struct{ Total struct{ Value string } }
	get(t, r.at("api")+"/payment-methods?country=DE&currency=EUR&cart=MUG:2", &menu)
	if menu.Total.Value != "18.00" {
		t.Errorf("the price list is another's: %+v", menu)
	}
}
