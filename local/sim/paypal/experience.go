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

// readExperience reads what a source knows of it: PayPal's wallet all, venmo a brand
// and what to do with the address, the banks that, a locale and the way back.
func readExperience(context, old part, name string) *experience {
	known := []string{"brand_name", "shipping_preference"}
	back := old
	if name != venmoName {
		known, back = append(known, "locale", "return_url", "cancel_url"), context
	}
	if name == walletName {
		known = append(known, "landing_page", "user_action", "payment_method_preference")
	}
	if !context.object(known...) || !back.found {
		return nil
	}
	context.member("landing_page").oneOf("NO_PREFERENCE", "LOGIN", "GUEST_CHECKOUT")
	e := &experience{
		Brand:              context.member("brand_name").matching(brandPattern, 1, maxText),
		Locale:             context.member("locale").matching(localePattern, 2, 10),
		ReturnURL:          readURL(back.need("return_url")),
		CancelURL:          readURL(back.need("cancel_url")),
		ShippingPreference: context.member("shipping_preference").oneOf("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"),
	}
	if name == walletName {
		e.UserAction = context.member("user_action").oneOf("CONTINUE", "PAY_NOW")
		e.MethodPreference = context.member("payment_method_preference").oneOf("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED")
	}
	return e
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
