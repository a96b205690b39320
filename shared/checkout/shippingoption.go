package checkout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// ShippingOption is what it costs to send goods to some countries: one price for
// a purchase, however much is in it. A country stands in one option at most.
type ShippingOption struct {
	Countries []string                  `json:"countries"` // ISO 3166-1 alpha-2
	Prices    map[money.Currency]string `json:"prices"`    // as a product's
}

var countryForm = shape.Of("A-Z", 2, 2)

// optionCheck checks one option after another; it remembers the countries.
func optionCheck() func(*priceFaults, int, ShippingOption) {
	seen := map[string]int{}
	return func(f *priceFaults, i int, o ShippingOption) {
		at := row(optionRows, i)
		if len(o.Countries) == 0 {
			f.add(slip{at + "/countries", "names no country"})
		}
		for n, country := range o.Countries {
			place := at.AppendToken("countries").AppendToken(fmt.Sprint(n))
			first, twice := seen[country]
			switch {
			case !countryForm.MatchString(country):
				f.add(slip{place, "is not a country of two capitals"})
			case twice:
				f.add(slip{place, fmt.Sprintf("stands in shipping[%d] already", first)})
			default:
				seen[country] = i
			}
		}
		f.prices(at+"/prices", o.Prices)
	}
}

// withShipping adds what sending the quote's goods costs. Errors:
// KindNoShipping, KindPrice, KindCart and those of storeFailed.
func (s *Service) withShipping(ctx context.Context, in priceListPointer, q payment.Quote, country string) (payment.Quote, error) {
	if !q.Physical() || !in.Shipping {
		return q, nil
	}
	options, err := s.shippingOptions(ctx, in)
	if err != nil {
		return q, err
	}
	at := slices.IndexFunc(options, func(o ShippingOption) bool { return slices.Contains(o.Countries, country) })
	if at < 0 {
		return q, refuse(KindNoShipping, "This shop does not send goods to %s.", country)
	}
	currency := q.Total.Currency
	price, ok := options[at].Prices[currency]
	if !ok {
		return q, refuse(KindPrice, "Sending goods to %s has no price in %s.", country, currency)
	}
	cost, err := readPrice(price, currency)
	if err != nil {
		return q, &Error{Kind: KindInternal, Err: err}
	}
	shipped, err := q.WithShipping(cost)
	if err != nil {
		return q, &Error{Kind: KindCart, Detail: "The cart's total cannot be charged.", Err: err}
	}
	return shipped, nil
}

// shippingOptions reads the options of an upload, from the cache where they are.
func (s *Service) shippingOptions(ctx context.Context, in priceListPointer) ([]ShippingOption, error) {
	if options, ok := s.prices.shipping(in.Rows); ok {
		return options, nil
	}
	item, err := s.Store.Get(ctx, in.optionsKey())
	if err != nil {
		return nil, rowsFailed(err)
	}
	var document shippingRow
	if err := json.Unmarshal(item.Document, &document); err != nil {
		return nil, &Error{Kind: KindInternal, Err: err}
	}
	s.prices.keepShipping(in.Rows, document.Shipping)
	return document.Shipping, nil
}
