package checkout_test

import (
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const (
	goods   = `{"products":[{"sku":"TEE","name":"T-shirt","physical":true,"prices":{"EUR":"24.00","USD":"26.00"}},{"sku":"BOOK","name":"E-book","prices":{"EUR":"12.50"}}]`
	options = `,"shipping":[{"countries":["DE","AT"],"prices":{"EUR":"4.90"}},{"countries":["FR"],"prices":{"EUR":"0.00"}},{"countries":["US"],"prices":{"USD":"19"}},{"countries":["JP"],"prices":{"EUR":"92233720368547758.07"}}]`
)

func TestShippingIsAdded(t *testing.T) {
	for name, c := range map[string]struct {
		list     string
		cart     []checkout.CartLine
		currency money.Currency
		country  string
		total    int64
		shipping int64
		kind     checkout.Kind
	}{
		"to the first country":           {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "DE", 2890, 490, ""},
		"once, however much it is":       {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 3}, {SKU: "BOOK", Quantity: 1}}, "EUR", "AT", 8940, 490, ""},
		"free of charge":                 {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "FR", 2400, 0, ""},
		"in another currency":            {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "USD", "US", 4500, 1900, ""},
		"nothing to send":                {goods + options, []checkout.CartLine{{SKU: "BOOK", Quantity: 1}}, "EUR", "CH", 1250, 0, ""},
		"not sent there":                 {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "CH", 0, 0, checkout.KindNoShipping},
		"not sent there, a book with it": {goods + options, []checkout.CartLine{{SKU: "BOOK", Quantity: 1}, {SKU: "TEE", Quantity: 1}}, "EUR", "CH", 0, 0, checkout.KindNoShipping},
		"no price in this currency":      {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "US", 0, 0, checkout.KindPrice},
		"too dear to be charged":         {goods + options, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "JP", 0, 0, checkout.KindCart},
		"a list without options":         {goods, []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, "EUR", "CH", 2400, 0, ""},
	} {
		s := newShop(t)
		s.upload(c.list + "}")
		in := checkout.Purchase{Cart: c.cart, Currency: c.currency, Country: c.country}
		for _, line := range c.cart {
			if line.SKU == "TEE" {
				in.Shipping = &provider.Shipping{Name: "Ada", Lines: []string{"1 Rook Lane"}, City: "Dover", Country: c.country}
			}
		}
		for _, cached := range []bool{false, true} {
			q, err := s.buys(in)
			wantKind(t, name, err, c.kind)
			if q.Total.Minor != c.total || q.Shipping.Minor != c.shipping {
				t.Errorf("%s (cached %t): total %v, shipping %v", name, cached, q.Total, q.Shipping)
			}
		}
	}
}

// TestOptionsChangeWithTheirList: a cached option is not another list's.
func TestOptionsChangeWithTheirList(t *testing.T) {
	s := newShop(t)
	in := checkout.Purchase{Cart: []checkout.CartLine{{SKU: "TEE", Quantity: 1}}, Currency: "EUR", Country: "DE",
		Shipping: &provider.Shipping{Name: "Ada", Lines: []string{"1 Rook Lane"}, City: "Dover", Country: "DE"}}
	for text, want := range map[string]int64{goods + options: 490, goods: 0, goods + `,"shipping":[{"countries":["DE"],"prices":{"EUR":"5"}}]`: 500} {
		s.upload(text + "}")
		if q, err := s.buys(in); err != nil || q.Shipping.Minor != want {
			t.Errorf("%s: %v, %v", text, q.Shipping, err)
		}
	}
}
