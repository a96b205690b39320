package paypal

import (
	"net/url"
	"regexp"
)

// experience is how the buyer is led through the approval (Orders spec, schema
// paypal_wallet_experience_context).
type experience struct {
	Brand              string `json:"brand_name,omitempty"`
	Locale             string `json:"locale,omitempty"`
	ReturnURL          string `json:"return_url,omitempty"`
	CancelURL          string `json:"cancel_url,omitempty"`
	ShippingPreference string `json:"shipping_preference,omitempty"`
	UserAction         string `json:"user_action,omitempty"`
	MethodPreference   string `json:"payment_method_preference,omitempty"`
}

var (
	// localePattern is the schema language of the Orders spec.
	localePattern = regexp.MustCompile(`^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$`)
	// brandPattern refuses line breaks and nothing else.
	brandPattern = regexp.MustCompile(`^.*$`)
)

// readSource reads payment_source; only the PayPal wallet is imitated. The
// experience context and its two URLs are optional in the spec and required
// here: without them the buyer has no way back to the shop.
func readSource(p part) *experience {
	if !p.object("paypal") {
		return nil
	}
	wallet := p.need("paypal")
	if !wallet.object("experience_context", "email_address") {
		return nil
	}
	wallet.member("email_address").text(3, 254)
	context := wallet.need("experience_context")
	if !context.object("brand_name", "locale", "shipping_preference", "return_url", "cancel_url",
		"landing_page", "user_action", "payment_method_preference") {
		return nil
	}
	context.member("landing_page").oneOf("NO_PREFERENCE", "LOGIN", "GUEST_CHECKOUT")
	return &experience{
		Brand:              context.member("brand_name").matching(brandPattern, 1, maxText),
		Locale:             context.member("locale").matching(localePattern, 2, 10),
		ReturnURL:          readURL(context.need("return_url")),
		CancelURL:          readURL(context.need("cancel_url")),
		ShippingPreference: context.member("shipping_preference").oneOf("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"),
		UserAction:         context.member("user_action").oneOf("CONTINUE", "PAY_NOW"),
		MethodPreference:   context.member("payment_method_preference").oneOf("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"),
	}
}

const maxURL = 4000

func readURL(p part) string {
	s := p.text(1, maxURL)
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		p.refuse("INVALID_PARAMETER_SYNTAX")
	}
	return s
}
