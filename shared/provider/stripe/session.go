package stripe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/form"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// What we give everything of ours to carry, in its metadata.
const (
	carriesPayment = "payment" // our payment id
	carriesAttempt = "attempt"
	carriesRefund  = "refund" // our refund id
)

// CreateOrder opens a session (POST /v1/checkout/sessions). The Idempotency-Key is
// derived from the payment, the attempt and the exact parameters.
func (s *Stripe) CreateOrder(ctx context.Context, o provider.Order) (payment.Snapshot, error) {
	method, err := methodFor(o.Method, o.Quote.Total)
	if err != nil {
		return payment.Snapshot{}, err
	}
	params, err := s.sessionParams(o, method)
	if err != nil {
		return payment.Snapshot{}, err
	}
	if method.Delayed {
		if params.Customer, err = s.customer(ctx, o); err != nil {
			return payment.Snapshot{}, err
		}
	}
	got, err := s.insist(ctx, "/v1/checkout/sessions", fmt.Sprintf("%s-o%d-%s", o.Payment, o.Attempt, digest(params)), params)
	if err != nil {
		return payment.Snapshot{}, err
	}
	body, err := s.session(got, "")
	if err != nil {
		return payment.Snapshot{}, err
	}
	return s.snapshot(ctx, got, body)
}

// insistence is how many calls one thing is asked for with at the most: the first, its
// repetition, and the same once more under the next key.
const insistence = 4

// insist asks for something that moves no money, under a key. An answer that did not come,
// or was 5xx, is asked for once more with the same key, which the library does not do.
//
// Stripe keeps a 500 under its key and gives it for a day, so that the same key never
// succeeds. A replay says that it is one (Idempotent-Replayed); only that proves that
// nothing more will come of the key, and the next key is tried. Keys follow from each
// other, so whoever asks again arrives at the same thing. A session that was made all
// the same behind such a 500 has an address that nobody was ever given.
func (s *Stripe) insist(ctx context.Context, path, key string, params api.ParamsContainer) (got *wire.Answer, err error) {
	if err := check(requestID, key); err != nil {
		return nil, err
	}
	keys, repeated := 1, false
	for range insistence {
		name := key
		if keys > 1 {
			name += "-k" + strconv.Itoa(keys)
		}
		got, err = s.caller.call(ctx, http.MethodPost, path, name, params)
		switch lost := err != nil && (got.Status >= 500 || got.Status == 0 && provider.ClassOf(err) == provider.Look); {
		case !lost || ctx.Err() != nil:
			return got, err
		case got.Header.Get("Idempotent-Replayed") == "true":
			keys, repeated = keys+1, false
		case repeated:
			return got, err
		default:
			repeated = true
		}
	}
	return got, err
}

// digest tells parameters from others. The library writes a map in any order, so the
// encoded pairs are put into one.
func digest(params api.ParamsContainer) string {
	values := &form.Values{}
	form.AppendTo(values, params)
	pairs := strings.Split(values.Encode(), "&")
	slices.Sort(pairs)
	sum := sha256.Sum256([]byte(strings.Join(pairs, "&")))
	return hex.EncodeToString(sum[:8])
}

// customer makes the customer whose cash balance a bank transfer arrives in (POST
// /v1/customers). Stripe keeps nothing of the buyer in it but the payment's id: one
// payment, one balance, so that money which comes too late or too much can be told
// from every other.
func (s *Stripe) customer(ctx context.Context, o provider.Order) (*string, error) {
	params := &api.CustomerCreateParams{Metadata: map[string]string{carriesPayment: o.Payment}}
	got, err := s.insist(ctx, "/v1/customers", o.Payment+"-b-"+digest(params), params)
	if err != nil {
		return nil, err
	}
	var body struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if got.Read(&body) != nil || body.Object != "customer" || !objectID.MatchString(body.ID) {
		return nil, got.Unreadable("NOT_THE_CUSTOMER", nil)
	}
	return &body.ID, nil
}

// sessionParams are the exact parameters of a session. The buyer sees and pays our
// total and nothing else: no promotion codes, no prices of Stripe's in the buyer's own
// currency (adaptive pricing), no recovery of an expired session, no saved card. How
// long it lives is left to Stripe (24 hours): a time of ours would be another with
// every try, and Stripe refuses other parameters under one key.
func (s *Stripe) sessionParams(o provider.Order, m Method) (*api.CheckoutSessionCreateParams, error) {
	lines, err := s.lineItems(o)
	if err != nil {
		return nil, err
	}
	options, err := s.options(m, o.Quote.Total.Currency)
	if err != nil {
		return nil, err
	}
	carried := map[string]string{carriesPayment: o.Payment, carriesAttempt: strconv.Itoa(o.Attempt)}
	return &api.CheckoutSessionCreateParams{
		Mode: api.String("payment"), SubmitType: api.String("pay"),
		PaymentMethodTypes: api.StringSlice([]string{m.Name}), PaymentMethodOptions: options,
		ClientReferenceID: &o.Payment, Metadata: carried, LineItems: lines,
		AdaptivePricing: &api.CheckoutSessionCreateAdaptivePricingParams{Enabled: api.Bool(false)},
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{
			// The session's own are not handed on.
			Metadata: carried, Description: text(o.Reference, maxText), Shipping: shipTo(o.Shipping),
		},
		Locale: api.String(localeOf(o.Language)), SuccessURL: &s.config.ReturnURL, CancelURL: &s.config.CancelURL,
	}, nil
}

// maxText is the longest description or name we send; Stripe takes longer ones.
const maxText = 500

// lineItems are the lines of the quote where they make its total, and else the total
// as one line: a session has no place for a discount, a tax or a postage of its own
// that would not be a thing kept at Stripe.
func (s *Stripe) lineItems(o provider.Order) ([]*api.CheckoutSessionCreateLineItemParams, error) {
	items, err := o.Quote.Items()
	if err != nil {
		return nil, refusedAmount(err, o.Quote.Total)
	}
	lines := o.Quote.Lines
	if items != o.Quote.Total {
		lines = []payment.Line{{Name: s.summary(o), Quantity: 1, Unit: o.Quote.Total}}
	}
	var list []*api.CheckoutSessionCreateLineItemParams
	for _, l := range lines {
		count, err := units(l.Unit)
		if err != nil {
			return nil, err
		}
		list = append(list, &api.CheckoutSessionCreateLineItemParams{
			Quantity: &l.Quantity,
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency:    api.String(strings.ToLower(string(l.Unit.Currency))),
				UnitAmount:  &count,
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: text(l.Name, maxText)},
			},
		})
	}
	return list, nil
}

// summary names a purchase in one line: the shop and its order number, or what was
// bought.
func (s *Stripe) summary(o provider.Order) string {
	if named := strings.TrimSpace(s.config.Brand + " " + o.Reference); named != "" {
		return named
	}
	var names []string
	for _, l := range o.Quote.Lines {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

func shipTo(to *provider.Shipping) *api.ShippingDetailsParams {
	if to == nil {
		return nil
	}
	address := &api.AddressParams{City: &to.City, Country: &to.Country, PostalCode: text(to.Postcode, maxText), State: text(to.Region, maxText)}
	if len(to.Lines) > 0 {
		address.Line1 = &to.Lines[0]
	}
	if len(to.Lines) > 1 {
		address.Line2 = api.String(strings.Join(to.Lines[1:], ", "))
	}
	return &api.ShippingDetailsParams{Name: &to.Name, Address: address}
}

// text is a parameter that is left out where it is empty.
func text(s string, most int) *string {
	if s == "" {
		return nil
	}
	return api.String(clip(s, most))
}

// locales are the languages of Stripe's page that a buyer of ours may speak (API
// reference, parameter locale); another is left to the buyer's browser.
var locales = []string{"bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "ja", "ko", "lt",
	"lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh"}

func localeOf(language string) string {
	if slices.Contains(locales, language) {
		return language
	}
	return "auto"
}
