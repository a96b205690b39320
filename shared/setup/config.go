package setup

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// Config is what a shop chooses, and holds no secret: those are Secrets, and what
// only a deployed function has is Cloud. Each field names the environment variable
// it is read from, whether it may be left out, and what it is.
type Config struct {
	// STACK_NAME: the name of this deployment. Payment ids are derived from it,
	// so two stacks that share a key never share a payment. Never change it:
	// a repeated click would not find its payment any more.
	Stack string

	// STOREFRONT_ORIGIN: scheme and host of the shop's pages, for example
	// https://shop.example. Buyers come back to it and to nowhere else. https,
	// or http on this machine.
	StorefrontOrigin string

	// RETURN_PATH: the page of the shop that buyers come back to; "/" when left
	// out. It gets ?checkout=return or ?checkout=cancel.
	ReturnPath string

	// BRAND: the shop's name on the provider's pages; may be left out.
	Brand string

	// PROVIDERS: who carries payments, as "paypal stripe", with blanks or commas between
	// them, the one first that carries what several can; "paypal" when it is left out. One
	// that was used before stays here until nothing of it is owed any more, or nobody can
	// ask it about its payments: to offer it to no new buyer, name another one first and
	// leave what it alone carries out of METHODS.
	Providers []string

	// METHODS: the ways to pay that are offered, as "paypal ideal", by their ids in
	// shared/method, with blanks or commas between them; all that PROVIDERS carry when
	// it is left out. Behind an id, ":completes" has PayPal take the money as soon as
	// the buyer approves.
	// MERCHANT_COUNTRY: the country of the merchant's accounts, two capitals; may be left
	// out, and then what is only for buyers of the same country is not offered.
	Methods method.Menu

	// PAYPAL_API: origin of PayPal's REST API, https://api-m.paypal.com or
	// https://api-m.sandbox.paypal.com (which is meant when it is left out).
	PayPalAPI string

	// PAYPAL_PAGES: origin of the pages a buyer approves on. It follows from
	// PAYPAL_API for PayPal's own hosts and is needed only for a simulator.
	PayPalPages string

	// PAYPAL_WEBHOOK_ID: PayPal's id of the webhook that rings here, from its
	// dashboard; may be left out. Without one no webhook can be verified, and the
	// sweep carries what they would have told.
	PayPalWebhookID string

	// PAYPAL_CA: for tests and the local run only, the CA (PEM) of a simulated
	// PayPal, for its TLS and for what it signs its webhooks with. It is refused
	// where PAYPAL_API is one of PayPal's own hosts.
	PayPalCA []byte

	// STRIPE_API and STRIPE_PAGES: origins of Stripe's API and of its pages, which are
	// meant when they are left out; others are needed only for a simulator. Whether
	// money is real hangs on the key.
	StripeAPI   string
	StripePages string

	// STRIPE_BANK_COUNTRY: where Stripe is to keep the account that buyers transfer to
	// in euro: BE, DE, ES, FR, IE or NL. Left out, it is MERCHANT_COUNTRY where that is
	// one of them, and else there are no transfers in euro.
	StripeBankCountry string
}

// Read reads a Config through lookup (os.Getenv, or a test's map) and checks it.
// Its error names every fault at once.
func Read(lookup func(string) string) (Config, error) {
	var faults []error
	need := needed(lookup, &faults)
	c := Config{
		Stack:            need("STACK_NAME"),
		StorefrontOrigin: need("STOREFRONT_ORIGIN"),
		ReturnPath:       or(lookup("RETURN_PATH"), "/"),
		Brand:            lookup("BRAND"),
		PayPalAPI:        or(lookup("PAYPAL_API"), paypal.SandboxAPI),
		PayPalPages:      lookup("PAYPAL_PAGES"),
		PayPalWebhookID:  lookup("PAYPAL_WEBHOOK_ID"),
		PayPalCA:         []byte(lookup("PAYPAL_CA")),
		StripeAPI:        or(lookup("STRIPE_API"), stripe.API),
		StripePages:      or(lookup("STRIPE_PAGES"), stripe.Pages),
	}
	if c.PayPalPages == "" {
		c.PayPalPages = pagesOf(c.PayPalAPI)
	}
	faults = append(faults, c.check()...)
	faults = append(faults, c.readProviders(lookup)...)
	return c, errors.Join(faults...)
}

// check finds what is there and wrong.
func (c Config) check() []error {
	var faults []error
	for _, o := range []struct{ name, value string }{
		{"STOREFRONT_ORIGIN", c.StorefrontOrigin}, {"PAYPAL_API", c.PayPalAPI}, {"PAYPAL_PAGES", c.PayPalPages},
		{"STRIPE_API", c.StripeAPI}, {"STRIPE_PAGES", c.StripePages},
	} {
		if o.value != "" && !isOrigin(o.value) {
			faults = append(faults, fmt.Errorf("%s is not an origin like https://shop.example (http is for this machine only)", o.name))
		}
	}
	if c.PayPalPages == "" {
		faults = append(faults, errors.New("PAYPAL_PAGES is missing: it does not follow from PAYPAL_API"))
	}
	if !pathForm.MatchString(c.ReturnPath) || strings.HasPrefix(c.ReturnPath, "//") {
		faults = append(faults, errors.New("RETURN_PATH is not a path like /checkout"))
	}
	if len(c.Brand) > 127 {
		faults = append(faults, errors.New("BRAND is longer than 127 bytes"))
	}
	if err := paypal.CheckCA(c.PayPalAPI, c.PayPalCA); err != nil {
		faults = append(faults, fmt.Errorf("PAYPAL_CA: %w", err))
	}
	return faults
}

// readProviders reads who carries payments, and the menu of the shop. One that is empty
// sells nothing, which nobody wants.
func (c *Config) readProviders(lookup func(string) string) (faults []error) {
	c.Providers = strings.FieldsFunc(or(lookup("PROVIDERS"), paypal.Name), func(r rune) bool { return r == ',' || r == ' ' })
	for i, name := range c.Providers {
		if !slices.ContainsFunc(providers, func(one opener) bool { return one.name == name }) || slices.Contains(c.Providers[:i], name) {
			faults = append(faults, fmt.Errorf("PROVIDERS: %q is no provider, or there twice", name))
		}
	}
	if len(c.Providers) == 0 {
		faults = append(faults, errors.New("PROVIDERS names nobody"))
	}
	merchant, bank := lookup("MERCHANT_COUNTRY"), lookup("STRIPE_BANK_COUNTRY")
	if merchant != "" && !countryForm.MatchString(merchant) {
		faults = append(faults, errors.New("MERCHANT_COUNTRY is not a country of two capitals, like DE"))
	}
	switch {
	case bank != "" && !stripe.HasBank(bank):
		faults = append(faults, errors.New("STRIPE_BANK_COUNTRY is none of the countries in which Stripe keeps such accounts"))
	case bank == "" && stripe.HasBank(merchant):
		bank = merchant
	}
	c.StripeBankCountry = bank
	if len(faults) > 0 {
		return faults
	}
	menu, err := method.Offered(lookup("METHODS"), method.Account{Providers: c.Providers, Country: merchant, Bank: bank != ""})
	switch {
	case err != nil:
		faults = append(faults, fmt.Errorf("METHODS: %w", err))
	case len(menu) == 0:
		faults = append(faults, errors.New("METHODS leaves no method that MERCHANT_COUNTRY allows"))
	}
	c.Methods = menu
	return faults
}

// needed is a lookup that notes what is missing.
func needed(lookup func(string) string, faults *[]error) func(string) string {
	return func(name string) string {
		value := lookup(name)
		if value == "" {
			*faults = append(*faults, fmt.Errorf("%s is missing", name))
		}
		return value
	}
}

// returnURL is where a buyer comes back to: our one origin, never an address
// from a request.
func (c Config) returnURL(how string) string {
	return c.StorefrontOrigin + c.ReturnPath + "?checkout=" + how
}

// origins are where the APIs of the providers answer.
func (c Config) origins() (all []string) {
	for _, name := range c.Providers {
		all = append(all, map[string]string{paypal.Name: c.PayPalAPI, stripe.Name: c.StripeAPI}[name])
	}
	return all
}

func pagesOf(api string) string {
	switch api {
	case paypal.LiveAPI:
		return paypal.LivePages
	case paypal.SandboxAPI:
		return paypal.SandboxPages
	}
	return ""
}

// pathForm and hostForm are what stands for itself in an address, as template.yaml has
// it: anything else would be read in another way by one of those it goes through.
var (
	pathForm = shape.Of("A-Za-z0-9._~/-", 1, 500).Beginning("/")
	hostForm = shape.Of("A-Za-z0-9.:[]-", 1, 300)

	countryForm = shape.Of("A-Z", 2, 2)
)

// isOrigin: scheme and host and nothing else, https unless it is this machine.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !hostForm.MatchString(u.Host) || u.Scheme+"://"+u.Host != s {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
