package paypal

import (
	"regexp"
	"testing"
)

// Account ids have PayPal's form (Orders spec, schema account_id).
func TestAccountIDs(t *testing.T) {
	pattern := regexp.MustCompile(`^[2-9A-HJ-NP-Z]{13}$`)
	for _, id := range []string{merchant.MerchantID, buyer.PayerID} {
		if !pattern.MatchString(id) {
			t.Errorf("%s is no account id", id)
		}
	}
}

// Every issue that is answered has its description.
func TestIssuesAreDescribed(t *testing.T) {
	for _, o := range outcomes {
		if o.issue != "" && descriptions[o.issue] == "" {
			t.Errorf("%s has no description", o.issue)
		}
	}
	for issue, description := range descriptions {
		if description == "" {
			t.Errorf("%s has an empty description", issue)
		}
	}
}
