package checkout

import (
	"context"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Choice is what a buyer wants to see the ways to pay for: a cart, or an amount alone
// where the shop signs quotes.
type Choice struct {
	Country  string // ISO 3166-1 alpha-2, of the buyer
	Currency money.Currency
	Cart     []CartLine
	Amount   money.Amount // counts where there is no cart
}

// Menu is the ways to pay for something, best first. No money is decided by it: a
// payment is priced anew when it is opened.
type Menu struct {
	Quote   payment.Quote // of the cart; zero without one
	Total   money.Amount
	Methods []Offer
}

// Offer is one way to pay.
type Offer struct {
	method.Method
}

// Menu tells what a buyer can choose from. It reads the table alone and writes nothing.
// Errors: KindPrice (a currency that is none, an amount that cannot be charged), and
// those of quote.
func (s *Service) Menu(ctx context.Context, c Choice) (Menu, error) {
	if !c.Currency.Valid() {
		return Menu{}, refuse(KindPrice, "%q is not a currency of ISO 4217.", c.Currency)
	}
	m := Menu{Total: c.Amount}
	if c.Cart != nil {
		quote, err := s.quote(ctx, c.Cart, c.Currency, c.Country)
		if err != nil {
			return Menu{}, err
		}
		m.Quote, m.Total = quote, quote.Total
	}
	for _, way := range method.All() {
		if s.providers[way.Provider] != nil && way.Fits(c.Country, m.Total) {
			m.Methods = append(m.Methods, Offer{Method: way})
		}
	}
	return m, nil
}
