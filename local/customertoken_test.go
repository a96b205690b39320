package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// TestTheShopSignsItsCustomersIn: what its server signs opens that customer's list, and no
// page of another origin may read it.
func TestTheShopSignsItsCustomersIn(t *testing.T) {
	w, err := build(plan{root: "..", file: filepath.Join(t.TempDir(), "t.db"), seed: 1, clock: setup.SystemClock{}, lookup: noEnvironment, log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	answer, err := http.Get(origin(w.doors.shop) + customerTokenPath + "?customer=ada")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var signed struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&signed); err != nil || answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(err, answer.Header)
	}
	for token, want := range map[string]int{signed.Token: http.StatusOK, signed.Token + "A": http.StatusUnauthorized} {
		got, err := w.request(t.Context(), http.MethodGet, "/customers/me/payments", "", map[string]string{"Customer-Token": token})
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != want {
			t.Errorf("%d, want %d", got.StatusCode, want)
		}
	}
	nobody, err := http.Get(origin(w.doors.shop) + customerTokenPath)
	if err != nil || nobody.StatusCode != http.StatusBadRequest {
		t.Errorf("without a name: %v %v", nobody, err)
	}
}
