package checkout

import (
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// A refused address is a matter of making an order. The same class from a look
// says nothing of an address, and a buyer who captures is not told to mend one.
func TestWhatAFailedCallMeans(t *testing.T) {
	for _, row := range []struct {
		class        provider.Class
		create, look Kind
	}{
		{provider.Retry, KindProviderDown, KindProviderDown},
		{provider.Look, KindProviderDown, KindProviderDown},
		{provider.PayerMustAct, KindAddress, KindSetup},
		{provider.Declined, KindSetup, KindSetup},
		{provider.MerchantSetup, KindSetup, KindSetup},
		{provider.OurBug, KindSetup, KindSetup},
		{provider.Review, KindSetup, KindSetup},
	} {
		err := &provider.Error{Class: row.class, Code: "CODE"}
		if got := KindOf(createFailed(err)); got != row.create {
			t.Errorf("a create that is %s: %s, want %s", row.class, got, row.create)
		}
		if got := KindOf(orderFailed(err)); got != row.look {
			t.Errorf("a look that is %s: %s, want %s", row.class, got, row.look)
		}
	}
}
