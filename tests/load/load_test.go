package main

import (
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// small is a load that ends by what was bought: nobody's clock decides.
var small = plan{root: "../..", length: 10 * time.Minute, most: 40, clients: 4, twice: 20, spoilt: 10, seed: 3}

func TestSmallLoad(t *testing.T) {
	var out strings.Builder
	if err := small.run(t.Context(), &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, line := range []string{"4 clients for 10m0s on a file", "this is not AWS", "create", "capture", "webhook", "requests a second: ", "wrong: 0"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in\n%s", line, out.String())
		}
	}
}

// TestTheAuditFindsWhatItIsFor: money that PayPal moved and the table does not tell of.
func TestTheAuditFindsWhatItIsFor(t *testing.T) {
	p := small
	p.most, p.spoilt = 20, 0
	w, err := open(p)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	w.press(t.Context())
	if err := w.calm(); err != nil {
		t.Fatal(err)
	}
	if f := w.audit(); len(f.wrong) > 0 || f.payments == 0 || f.charges == 0 {
		t.Fatalf("%+v", f)
	}
	wants := func(words string) {
		t.Helper()
		if all := strings.Join(w.audit().wrong, "\n"); !strings.Contains(all, words) {
			t.Errorf("%q was not found: %s", words, all)
		}
	}
	var whole sim.Charge
	for _, c := range w.paypal.Books().Charges {
		if c.State == "COMPLETED" && len(w.paypal.Books().Refunded(c.ID)) == 0 {
			whole = c
		}
	}
	if err := w.paypal.RefundInDashboard(whole.ID, 1); err != nil {
		t.Fatal(err)
	}
	wants(whole.CustomID + " (captured): we have")
	if _, err := w.paypal.Sell(sim.Sale{CustomID: whole.CustomID, Currency: "EUR", Amount: whole.Amount}); err != nil {
		t.Fatal(err)
	}
	wants(whole.CustomID + " was charged 2 times")
	if _, err := w.paypal.Sell(sim.Sale{CustomID: "sc-nobodys", Currency: "EUR", Amount: 100}); err != nil {
		t.Fatal(err)
	}
	wants("is of no payment that we know")
	w.tally.note("get", "500 internal", time.Second)
	wants("get: 1 times 500 internal")
}

func TestPercentile(t *testing.T) {
	a := answers{}
	for n := range 200 {
		a.took = append(a.took, time.Duration(n+1)*time.Millisecond)
	}
	if a.percentile(50) != 100*time.Millisecond || a.percentile(99) != 198*time.Millisecond {
		t.Errorf("p50 %s, p99 %s of 1 to 200 ms", a.percentile(50), a.percentile(99))
	}
	if one := (&answers{took: []time.Duration{time.Second}}); one.percentile(50) != time.Second || one.percentile(99) != time.Second {
		t.Error("of one answer all percentiles are that one")
	}
}
