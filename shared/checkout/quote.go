package checkout

import (
	"context"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// quote prices a cart from the list in force, with what sending it to the country
// costs. Errors: KindCart, KindProduct, KindPrice, KindNoShipping and those of
// storeFailed.
func (s *Service) quote(ctx context.Context, cart []CartLine, currency money.Currency, country string) (payment.Quote, error) {
	if err := checkCart(cart); err != nil {
		return payment.Quote{}, err
	}
	_, list, err := s.listInForce(ctx)
	if err != nil {
		return payment.Quote{}, err
	}
	var lines []payment.Line
	for _, c := range cart {
		product, err := s.product(ctx, list, c.SKU)
		if err != nil {
			return payment.Quote{}, err
		}
		price, ok := product.Prices[currency]
		if !ok {
			return payment.Quote{}, refuse(KindPrice, "%q has no price in %s.", c.SKU, currency)
		}
		unit, err := readPrice(price, currency)
		if err != nil {
			return payment.Quote{}, &Error{Kind: KindInternal, Err: err}
		}
		lines = append(lines, payment.Line{SKU: product.SKU, Name: product.Name, Quantity: c.Quantity, Unit: unit, Physical: product.Physical})
	}
	q, err := payment.NewQuote(currency, lines)
	if err != nil {
		return q, &Error{Kind: KindCart, Detail: "The cart's total cannot be charged.", Err: err}
	}
	return s.withShipping(ctx, list, q, country)
}

func checkCart(cart []CartLine) error {
	if len(cart) == 0 || len(cart) > payment.MaxLines {
		return refuse(KindCart, "A cart has 1 to %d lines; this one has %d.", payment.MaxLines, len(cart))
	}
	seen := map[string]bool{}
	for i, c := range cart {
		switch {
		case !isSKU(c.SKU):
			return refuse(KindProduct, "Line %d names no product.", i+1)
		case seen[c.SKU]:
			return refuse(KindCart, "Line %d names a product that an earlier line names; add the quantities up.", i+1)
		case c.Quantity < 1 || c.Quantity > maxQuantity:
			return refuse(KindCart, "Line %d: a quantity is 1 to %d.", i+1, maxQuantity)
		}
		seen[c.SKU] = true
	}
	return nil
}
