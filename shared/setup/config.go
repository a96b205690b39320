package setup

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
)

// Config is the whole configuration. Each field names the environment variable
// it is read from, whether it may be left out, and what it is.
type Config struct {
	// STACK_NAME: the name of this deployment. Payment ids are derived from it,
	// so two stacks that share a key never share a payment. Never change it:
	// a repeated click would not find its payment any more.
	Stack string

	// STORE_FILE: path of the file that holds the table. One process at a time
	// can have it open.
	StoreFile string

	// STOREFRONT_ORIGIN: scheme and host of the shop's pages, for example
	// https://shop.example. Buyers come back to it and to nowhere else. https,
	// or http on this machine.
	StorefrontOrigin string

	// RETURN_PATH: the page of the shop that buyers come back to; "/" when left
	// out. It gets ?checkout=return or ?checkout=cancel.
	ReturnPath string

	// BRAND: the shop's name on the provider's pages; may be left out.
	Brand string

	// TOKEN_SECRETS: secrets for checkout tokens, 32 bytes or more each, with
	// commas between them. The first signs, all are accepted: put a new one in
	// front and take the old one away a day later.
	TokenSecrets [][]byte

	// QUOTE_SECRETS: secrets for quotes that the shop's own server signs (JWS,
	// HS256), 32 bytes or more each, with commas between them; all are accepted:
	// put a new one beside the old, let the server sign with it, and take the old
	// one away when its last quote has expired. Left out, no quote is accepted.
	// Never one of TOKEN_SECRETS: the shop's server knows these.
	QuoteSecrets [][]byte

	// PAYPAL_API: origin of PayPal's REST API, https://api-m.paypal.com or
	// https://api-m.sandbox.paypal.com (which is meant when it is left out).
	PayPalAPI string

	// PAYPAL_PAGES: origin of the pages a buyer approves on. It follows from
	// PAYPAL_API for PayPal's own hosts and is needed only for a simulator.
	PayPalPages string

	// PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET: the credentials of the REST
	// app, from PayPal's developer dashboard.
	PayPalClientID string
	PayPalSecret   string

	// PAYPAL_WEBHOOK_ID: PayPal's id of the webhook that rings here, from its
	// dashboard; may be left out. Without one no webhook can be verified, and the
	// sweep carries what they would have told.
	PayPalWebhookID string

	// PAYPAL_CERT_CA: for tests and the local run only, the CA (PEM) that a
	// simulated PayPal signs its webhooks with. It is refused unless PAYPAL_API is
	// on this machine.
	PayPalCertCA []byte
}

// Read reads a Config through lookup (os.Getenv, or a test's map) and checks it.
// Its error names every fault at once and repeats no secret.
func Read(lookup func(string) string) (Config, error) {
	var faults []error
	need := func(name string) string {
		value := lookup(name)
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is missing", name))
		}
		return value
	}
	c := Config{
		Stack:            need("STACK_NAME"),
		StoreFile:        need("STORE_FILE"),
		StorefrontOrigin: need("STOREFRONT_ORIGIN"),
		ReturnPath:       or(lookup("RETURN_PATH"), "/"),
		Brand:            lookup("BRAND"),
		PayPalAPI:        or(lookup("PAYPAL_API"), paypal.SandboxAPI),
		PayPalPages:      lookup("PAYPAL_PAGES"),
		PayPalClientID:   need("PAYPAL_CLIENT_ID"),
		PayPalSecret:     need("PAYPAL_CLIENT_SECRET"),
		PayPalWebhookID:  lookup("PAYPAL_WEBHOOK_ID"),
		PayPalCertCA:     []byte(lookup("PAYPAL_CERT_CA")),
	}
	for secret := range strings.SplitSeq(need("TOKEN_SECRETS"), ",") {
		c.TokenSecrets = append(c.TokenSecrets, []byte(secret))
	}
	if secrets := lookup("QUOTE_SECRETS"); secrets != "" {
		for secret := range strings.SplitSeq(secrets, ",") {
			c.QuoteSecrets = append(c.QuoteSecrets, []byte(secret))
		}
	}
	if c.PayPalPages == "" {
		c.PayPalPages = pagesOf(c.PayPalAPI)
	}
	faults = append(faults, c.check()...)
	return c, errors.Join(faults...)
}

// check finds what is there and wrong.
func (c Config) check() []error {
	var faults []error
	for _, o := range []struct{ name, value string }{
		{"STOREFRONT_ORIGIN", c.StorefrontOrigin}, {"PAYPAL_API", c.PayPalAPI}, {"PAYPAL_PAGES", c.PayPalPages},
	} {
		if o.value != "" && !isOrigin(o.value) {
			faults = append(faults, fmt.Errorf("%s is not an origin like https://shop.example (http is for this machine only)", o.name))
		}
	}
	if c.PayPalPages == "" {
		faults = append(faults, errors.New("PAYPAL_PAGES is missing: it does not follow from PAYPAL_API"))
	}
	if !strings.HasPrefix(c.ReturnPath, "/") || strings.HasPrefix(c.ReturnPath, "//") || strings.ContainsAny(c.ReturnPath, "\\?#\r\n\t ") {
		faults = append(faults, errors.New("RETURN_PATH is not a path like /checkout"))
	}
	if len(c.Brand) > 127 {
		faults = append(faults, errors.New("BRAND is longer than 127 bytes"))
	}
	for _, secret := range c.TokenSecrets {
		if len(secret) > 0 && len(secret) < 32 {
			faults = append(faults, errors.New("TOKEN_SECRETS: a secret is shorter than 32 bytes"))
		}
	}
	return append(faults, c.checkQuoteSecrets()...)
}

func (c Config) checkQuoteSecrets() (faults []error) {
	for _, secret := range c.QuoteSecrets {
		if len(secret) < 32 {
			faults = append(faults, errors.New("QUOTE_SECRETS: a secret is shorter than 32 bytes"))
		}
		if slices.ContainsFunc(c.TokenSecrets, func(token []byte) bool { return bytes.Equal(token, secret) }) {
			faults = append(faults, errors.New("QUOTE_SECRETS: a secret stands in TOKEN_SECRETS too"))
		}
	}
	return faults
}

// returnURL is where a buyer comes back to: our one origin, never an address
// from a request.
func (c Config) returnURL(how string) string {
	return c.StorefrontOrigin + c.ReturnPath + "?checkout=" + how
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

// isOrigin: scheme and host and nothing else, https unless it is this machine.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != s {
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
