package checkout

import (
	"context"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Choice is what a buyer wants to see the ways to pay for: a cart, an amount alone, or a
// quote that the shop has signed.
type Choice struct {
	Country  string // ISO 3166-1 alpha-2, of the buyer
	Currency money.Currency
	Cart     []CartLine
	Amount   money.Amount // counts where there is no cart
	Quote    string       // in place of all else; see readShown
}

// Menu is the ways to pay for something, best first. No money is decided by it: a
// payment is priced anew when it is opened.
type Menu struct {
	Country string
	Quote   *payment.Quote // of the cart, or the shop's own; nil of an amount alone
	Total   money.Amount
	Methods []Offer
}

// Offer is one way to pay, as the provider carries it that would be used now.
type Offer struct {
	method.Method
	Trouble bool // it fails just now; see trouble
}

// Menu tells what a buyer can choose from. It reads the table alone and writes nothing.
// Errors: KindPrice (a currency that is none, an amount that cannot be charged), KindQuote,
// and those of quote.
func (s *Service) Menu(ctx context.Context, c Choice) (Menu, error) {
	m, err := s.priced(ctx, c)
	if err != nil {
		return Menu{}, err
	}
	m.Methods = s.weighed(ctx, s.Methods.For(m.Country, m.Total))
	return m, nil
}

// priced is a menu without its methods.
func (s *Service) priced(ctx context.Context, c Choice) (Menu, error) {
	switch {
	case c.Quote != "":
		shown, err := readShown(c.Quote)
		return Menu{Country: shown.country, Quote: &shown.quote, Total: shown.quote.Total}, err
	case !c.Currency.Valid():
		return Menu{}, refuse(KindPrice, "%q is not a currency of ISO 4217.", c.Currency)
	case c.Cart == nil:
		return Menu{Country: c.Country, Total: c.Amount}, nil
	}
	quote, err := s.quote(ctx, c.Cart, c.Currency, c.Country)
	return Menu{Country: c.Country, Quote: &quote, Total: quote.Total}, err
}

// way is the method a buyer has chosen for a payment, and who carries it: where several
// do, the first who works just now. Whatever is refused here, no provider was asked.
// Errors: KindMethod, KindMethodUnfit, KindPayer.
func (s *Service) way(ctx context.Context, id, country string, total money.Amount, payer provider.Payer) (method.Method, provider.Provider, error) {
	ways := slices.DeleteFunc(s.Methods.Ways(id), func(m method.Method) bool { return s.isOff(ctx, m.Provider) })
	if len(ways) == 0 {
		return method.Method{}, nil, refuse(KindMethod, "This shop does not offer the payment method %q.", id)
	}
	if ways = ways.For(country, total); len(ways) == 0 {
		return method.Method{}, nil, refuse(KindMethodUnfit, "The payment method %q is not for %s of a buyer in %s. GET /payment-methods names those that are.", id, total, country)
	}
	way := ways[0]
	if len(ways) > 1 {
		way = s.weather(ctx).carrier(ways).Method
	}
	switch {
	case way.Asks(method.NeedsName) && payer.Name == "":
		return way, nil, refuse(KindPayer, "The payment method %q needs the name of the account's holder: send \"payer\": {\"name\": \"...\"}.", id)
	case way.Asks(method.NeedsEmail) && payer.Email == "":
		return way, nil, refuse(KindPayer, "The payment method %q needs an e-mail address: send \"payer\": {\"email\": \"...\"}.", id)
	}
	return way, s.providers[way.Provider], nil
}

// told is what of the buyer a method is told: what it needs, and no more.
func told(way method.Method, payer provider.Payer) provider.Payer {
	if !way.Asks(method.NeedsName) {
		payer.Name = ""
	}
	if !way.Asks(method.NeedsEmail) {
		payer.Email = ""
	}
	return payer
}
