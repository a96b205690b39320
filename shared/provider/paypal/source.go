package paypal

import (
	"errors"
	"net/url"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// How PayPal is told which way a buyer has chosen: payment_source with one member, and
// in it what this way knows of the page (schema payment_source). A way that PayPal has
// and we do not is a line in source and one in shared/method.
const (
	wallet     = "paypal"
	payLater   = "paylater"
	venmo      = "venmo"
	przelewy24 = "p24"
)

// bankSources have one form: a name, a country and where to come back to (schemas
// <name>_request). Each leads the buyer to pages of a bank or of its scheme.
var bankSources = []string{"bancontact", "blik", "eps", "ideal", "mybank", przelewy24, "trustly"}

// walletSource is paypal_wallet and venmo_wallet_request.
type walletSource struct {
	Experience experience `json:"experience_context"`
}

// bankSource is what bankSources have in common; the address is p24's alone.
type bankSource struct {
	Name       string     `json:"name"`
	Country    string     `json:"country_code"`
	Email      string     `json:"email,omitempty"`
	Experience experience `json:"experience_context"`
}

// experience is how the buyer is led: paypal_wallet_experience_context whole, and of
// experience_context_base and venmo_wallet_experience_context those members they have.
type experience struct {
	Brand      string `json:"brand_name,omitempty"`
	Locale     string `json:"locale,omitempty"`
	Shipping   string `json:"shipping_preference"`
	UserAction string `json:"user_action,omitempty"`
	Preference string `json:"payment_method_preference,omitempty"`
	ReturnURL  string `json:"return_url,omitempty"`
	CancelURL  string `json:"cancel_url,omitempty"`
}

// oldContext is order_application_context: deprecated, and the only place there is for
// Venmo's way back. UNVERIFIED that Venmo heeds it; a buyer who is left on Venmo's page
// has paid all the same, by webhook and sweep.
type oldContext struct {
	ReturnURL string `json:"return_url"`
	CancelURL string `json:"cancel_url"`
}

// Values of processing_instruction. We capture by ourselves wherever PayPal lets us:
// then nothing is taken but after a look, and never of two orders.
//
// PayPal lists the instruction to capture for us as possible for every bank source
// (models/processing-instruction), describes their capture by the shop (CHECKOUT.
// ORDER.APPROVED, then capture: payment-methods/webhooks), and has an issue
// ORDER_COMPLETE_ON_PAYMENT_APPROVAL, "is required for the specified payment_source",
// without saying for which. So an order is asked for without it, and where PayPal
// requires it, with it: see CreateOrder.
const completeOnApproval = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"

// source fills in what a method's request is made of. Errors are of class OurBug: a
// method we do not offer.
func (p *PayPal) source(o provider.Order, r *orderRequest) error {
	e := p.experience(o)
	if o.SelfCompleting {
		r.Instruction = completeOnApproval
	}
	switch {
	case o.Method == wallet || o.Method == payLater:
		// The buyer sees the whole amount and presses Pay now, and no bank debit that
		// clears days later is offered.
		e.UserAction, e.Preference = "PAY_NOW", "IMMEDIATE_PAYMENT_REQUIRED"
		r.Source = map[string]any{wallet: walletSource{e}}
	case o.Method == venmo:
		r.Context = &oldContext{ReturnURL: e.ReturnURL, CancelURL: e.CancelURL}
		e.Locale, e.ReturnURL, e.CancelURL = "", "", ""
		r.Source = map[string]any{venmo: walletSource{e}}
	case slices.Contains(bankSources, o.Method):
		body := bankSource{Name: o.Payer.Name, Country: o.Country, Experience: e}
		if o.Method == przelewy24 {
			body.Email = o.Payer.Email
		}
		r.Source = map[string]any{o.Method: body}
	default:
		return &provider.Error{Class: provider.OurBug, Code: "METHOD"}
	}
	return nil
}

// experience asks for an approval that is final: nothing is left to change on our side.
func (p *PayPal) experience(o provider.Order) experience {
	e := experience{
		Brand: clip(p.config.Brand, maxText), Locale: locales[o.Language], Shipping: "NO_SHIPPING",
		ReturnURL: p.config.ReturnURL, CancelURL: p.config.CancelURL,
	}
	if o.Shipping != nil {
		e.Shipping = "SET_PROVIDED_ADDRESS"
	}
	return e
}

// pageFor is PayPal's page opened on the choice the buyer has made, as PayPal's own
// buttons open it. UNVERIFIED beyond that; without it the buyer makes the choice there.
func pageFor(method, approve string) string {
	u, err := url.Parse(approve)
	if method != payLater || approve == "" || err != nil {
		return approve
	}
	query := u.Query()
	query.Set("fundingSource", payLater)
	u.RawQuery = query.Encode()
	return u.String()
}

// mustComplete reports whether PayPal takes no order of this source but one that it
// captures itself (checkout_orders_v2, schema 422).
func mustComplete(err error) bool {
	var refused *provider.Error
	return errors.As(err, &refused) && refused.Code == completeOnApproval
}
