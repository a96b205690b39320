package tests

import (
	"fmt"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// itemRatchet is how many bytes DynamoDB counts for a captured purchase of so many
// lines, attributes and keys included. They may only fall: above 1,024 each write
// costs two units in place of one, and the goal is to stay below it.
var itemRatchet = map[int]int{1: 1068, 2: 1114, 3: 1161}

// TestWhatAPaymentTakes counts the stored item as DynamoDB would.
func TestWhatAPaymentTakes(t *testing.T) {
	for lines, most := range itemRatchet {
		skus := []string{"BOOK", "CARD", "GIFT"}[:lines]
		cart := make([]string, lines)
		for i, sku := range skus {
			cart[i] = fmt.Sprintf(`{"sku":%q,"quantity":%d}`, sku, 2-min(i, 1))
		}
		w := newWorld(t, plan{})
		b := w.buyer()
		b.order = `{"cart":[` + strings.Join(cart, ",") + `],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"R-1"}`
		b.open()
		b.approve(sim.Balance)
		b.capture()
		_, item := b.stored()
		got, err := dynamo.Bytes(item)
		w.must(err)
		t.Logf("%d lines: %d bytes, %d of them JSON", lines, got, len(item.Document))
		if got > most {
			t.Errorf("%d lines take %d bytes, more than the %d they took", lines, got, most)
		}
	}
}
