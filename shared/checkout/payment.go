package checkout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Purchase is what a browser asks to buy. It names products and quantities and
// never a price; or it brings a quote that the shop's server has signed, and then
// the quote says all that Key, Cart, Currency, Country and Reference would.
type Purchase struct {
	Quote     string // a signed quote; empty where a cart is bought
	Key       string // the Idempotency-Key, one per cart
	Cart      []CartLine
	Currency  money.Currency
	Country   string // ISO 3166-1 alpha-2, of the buyer
	Language  string // ISO 639-1, may be empty
	Method    string // one of the table in shared/method
	Reference string // the shop's order number, may be empty
	Shipping  *provider.Shipping
	Payer     provider.Payer // where the method needs it
	Source    string         // the address it is asked from; empty: not known
	Customer  string         // a customer token; empty: nobody's purchase
}

// CartLine is a product and how many of it.
type CartLine struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// createRoute and quoteRoute scope the key: the same key on another route is
// another thing, and so is a quote's id.
const (
	createRoute = "POST /payments"
	quoteRoute  = "quote"
)

// Create opens the purchase that the key or the quote stands for, or finds it: a
// repeated click, a reload and a retry after an error all meet the same payment.
// created is false where it stood already. It is the customer's who first asked for it,
// whoever asks again.
//
// The provider's order is opened before the first write. It moves nothing until
// the buyer approves, and the same request opens the same order.
//
// Errors: KindKeyReused, those of customerOf, readQuote, fresh and quote, those of
// way, KindShipping, KindDeclines, those of createFailed and storeFailed.
func (s *Service) Create(ctx context.Context, in Purchase) (p payment.Payment, created bool, err error) {
	customer := ""
	if in.Customer != "" {
		if customer, err = s.customerOf(ctx, in.Customer); err != nil {
			return p, false, err
		}
	}
	o, err := s.offered(ctx, in)
	if err != nil {
		return p, false, err
	}
	if found, err := s.find(ctx, o.payment, o.print); err == nil || KindOf(err) != KindNotFound {
		return found, false, err
	}
	mark := s.mark(ctx, in.Source)
	if err := s.mayTry(ctx, mark); err != nil {
		return p, false, err
	}
	quote, err := o.price(ctx)
	if err != nil {
		return p, false, err
	}
	if err := checkShipping(quote, o.country, in.Shipping); err != nil {
		return p, false, err
	}
	p = payment.New(o.payment, o.print, o.reference, o.country, quote, s.now()).BoughtBy(customer)
	p, err = s.offer(ctx, p, AnotherWay{Method: in.Method, Language: in.Language, Shipping: in.Shipping, Payer: in.Payer})
	if err != nil {
		return p, false, err
	}
	saved, err := s.save(ctx, record{}, p.OpenedFrom(mark), false)
	if errors.Is(err, store.ErrConflict) {
		// Somebody else's click came first; theirs is the payment.
		if found, err := s.find(ctx, o.payment, o.print); err == nil || KindOf(err) != KindNotFound {
			return found, false, err
		}
	}
	return saved.payment, err == nil, err
}

// offered is what a purchase stands for, whichever way it was asked for.
type offered struct {
	payment   string // its id
	print     string // what makes another request the same request
	country   string
	reference string
	price     func(context.Context) (payment.Quote, error) // asked only for a new payment
}

// offered reads a purchase. A quote's signature is checked here, before anything
// is looked up; its expiry is part of its price. Errors: those of readQuote.
func (s *Service) offered(ctx context.Context, in Purchase) (offered, error) {
	if in.Quote == "" {
		return offered{
			payment: PaymentID(s.Stack, createRoute, in.Key), print: fingerprint(in), country: in.Country, reference: in.Reference,
			price: func(ctx context.Context) (payment.Quote, error) {
				return s.quote(ctx, in.Cart, in.Currency, in.Country)
			},
		}, nil
	}
	q, err := s.readQuote(ctx, in.Quote)
	return offered{
		payment: PaymentID(s.Stack, quoteRoute, q.id), print: q.fingerprint(), country: q.country, reference: q.reference,
		price: func(context.Context) (payment.Quote, error) { return q.quote, s.fresh(q) },
	}, err
}

// find is the payment that stands under a key or a quote's id already.
func (s *Service) find(ctx context.Context, id, print string) (payment.Payment, error) {
	r, err := s.load(ctx, id)
	if err == nil && r.payment.Fingerprint != print {
		return payment.Payment{}, refuse(KindKeyReused, "This Idempotency-Key, or this quote's id, stands for another purchase. Make a new one for a new purchase.")
	}
	return r.payment, err
}

// Get is a payment as the table has it, for the holder of its checkout token.
// A wrong token and a payment that is not there are one and the same answer.
// Errors: KindNotFound, those of secrets and of storeFailed.
func (s *Service) Get(ctx context.Context, id, token string) (payment.Payment, error) {
	r, err := s.authorized(ctx, id, token)
	return r.payment, err
}

func (s *Service) authorized(ctx context.Context, id, token string) (record, error) {
	if !IsPaymentID(id) {
		return record{}, &Error{Kind: KindNotFound}
	}
	if allowed, err := s.allows(ctx, id, token); err != nil || !allowed {
		return record{}, cmp.Or(err, error(&Error{Kind: KindNotFound}))
	}
	return s.load(ctx, id)
}

// fingerprint is what makes a request the same request: what is bought, where
// and in which currency, in whatever order the cart names it.
func fingerprint(in Purchase) string {
	cart := slices.Clone(in.Cart)
	slices.SortFunc(cart, func(a, b CartLine) int { return strings.Compare(a.SKU, b.SKU) })
	// A slice of plain structs and two strings always marshals.
	text, _ := json.Marshal([]any{cart, in.Country, in.Currency})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// checkShipping: physical goods need an address in the country they were priced
// for; nothing else may carry one.
func checkShipping(q payment.Quote, country string, to *provider.Shipping) error {
	switch {
	case q.Physical() && to == nil:
		return refuse(KindShipping, "The cart holds goods that have to be sent: name the address in \"shipping\".")
	case !q.Physical() && to != nil:
		return refuse(KindShipping, "Nothing in the cart has to be sent: leave \"shipping\" out.")
	case to != nil && to.Country != country:
		return refuse(KindShipping, "The address is in %s, the cart was priced for %s.", to.Country, country)
	}
	return nil
}
