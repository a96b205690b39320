package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// aMonth is a year that takes some seconds: fewer payments, each kind of row and each
// fault all the same.
func aMonth(args ...string) (string, error) {
	var out bytes.Buffer
	err := command(append([]string{"-root", "../..", "-payments", "320", "-days", "24", "-burst", "520"}, args...), &out)
	return out.String(), err
}

// TestAMonth reconciles to nothing, in other currencies too, and the same seed is the
// same month.
func TestAMonth(t *testing.T) {
	t.Parallel()
	for seed, currencies := range []string{"EUR,USD,GBP,JPY,SEK", "HUF,EUR"} {
		t.Run(currencies, func(t *testing.T) {
			t.Parallel()
			out, err := aMonth("-seed", fmt.Sprint(seed), "-currencies", currencies)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, c := range strings.Split(currencies, ",") {
				if !strings.Contains(out, "\n"+c+" remainder ") {
					t.Errorf("nothing is said of %s", c)
				}
			}
		})
	}
}

// TestAFalseReport: one row of PayPal's report that is lost, doubled or changed is found,
// and its currency and amount are named.
func TestAFalseReport(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"lose", "double", "change"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			out, err := aMonth("-falsify", how, "-payments", "60", "-days", "8", "-burst", "60")
			if err == nil {
				t.Fatalf("nothing differs\n%s", out)
			}
			if !strings.Contains(out, "DIFFERS: EUR: our own books leave a remainder of EUR ") {
				t.Errorf("the remainder is not named:\n%s", out)
			}
			if how == "change" && !strings.Contains(out, "DIFFERS: EUR: our own books leave a remainder of EUR -0.01 (total)") {
				t.Errorf("the remainder is another:\n%s", out)
			}
		})
	}
}
