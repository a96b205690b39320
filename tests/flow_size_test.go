package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// itemRatchet is how many bytes DynamoDB counts for a purchase of so many lines,
// attributes and keys included: as it is captured, and as its row has come. They may only
// fall: above 1,024 each write costs two units in place of one.
var itemRatchet = map[int]struct{ captured, settled int }{1: {813, 923}, 2: {859, 969}, 3: {906, 1016}}

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
		captured, err := dynamo.Bytes(item)
		w.must(err)
		w.settleFor(24 * time.Hour)
		_, row := b.stored()
		settled, err := dynamo.Bytes(row)
		w.must(err)
		t.Logf("%d lines: %d bytes, %d of them JSON; settled %d", lines, captured, len(item.Document), settled)
		if captured > most.captured || settled > most.settled || settled == captured {
			t.Errorf("%d lines take %d bytes and settled %d, and they took %+v", lines, captured, settled, most)
		}
	}
}
