package checkout

import "testing"

// TestPriceCacheHoldsOneUpload: what is kept of one upload is never given out as
// another's, in whatever order carts of both come by.
func TestPriceCacheHoldsOneUpload(t *testing.T) {
	var c priceCache
	has := func(rows string, part, options bool) {
		t.Helper()
		if _, ok := c.part(rows, 7); ok != part {
			t.Errorf("part of %s: %t", rows, ok)
		}
		if _, ok := c.shipping(rows); ok != options {
			t.Errorf("options of %s: %t", rows, ok)
		}
	}
	has("one", false, false)
	c.keepPart("one", 7, map[string]Product{"A": {}})
	c.keepShipping("one", []ShippingOption{{}})
	has("one", true, true)
	has("two", false, false)
	c.keepShipping("two", []ShippingOption{{}})
	has("one", false, false)
	has("two", false, true)
	c.keepPart("one", 7, map[string]Product{"A": {}})
	has("one", true, false)
	has("two", false, false)
}
