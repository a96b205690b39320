package payment

import (
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// TestWhoseAccount: a row names its provider only where that is not the first one's.
func TestWhoseAccount(t *testing.T) {
	p := offered(1)
	first, _ := p.Attempt(1)
	for provider, want := range map[string]string{first.Provider: "", "elsewhere": "elsewhere"} {
		if got := p.Elsewhere(provider); got != want || p.AccountOf(Entry{Provider: got}) != provider {
			t.Errorf("%s is told as %q, of the account of %q", provider, got, p.AccountOf(Entry{Provider: got}))
		}
	}
	if p.Carrier(first.Order) != first.Provider || p.Carrier("another") != "" {
		t.Errorf("%q carries it", p.Carrier(first.Order))
	}
}

// TestReportedInAnotherCurrency: a sale that the provider has converted is the one that
// was captured, whatever it came to; one in another currency without a rate is not.
func TestReportedInAnotherCurrency(t *testing.T) {
	for rate, want := range map[string]bool{"0.000641": true, "": false} {
		p := charge("C1", Completed, 4500)(offered(1), start)
		shown := row(EntrySale, "C1", "charge", 3000, -90, start)
		shown.Amount, shown.Fee, shown.Rate = money.New(3000, "USD"), money.New(-90, "USD"), rate
		p = ObserveRows(p, shown)
		if got := p.reported(p.Captures[0]); got != want {
			t.Errorf("at %q: reported is %t", rate, got)
		}
	}
}
