// Package stripe stands in for the adapter of Stripe in functions that are built without
// it, for the bench to weigh what it adds to them: the names that shared/setup uses, and a
// provider that nobody can open. A shop that names it does not start.
package stripe

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// What the adapter has by these names.
const (
	Name  = "stripe"
	API   = "https://api.stripe.com"
	Pages = "https://checkout.stripe.com"
)

// Config has the adapter's fields, as far as they are set.
type Config struct {
	API, Pages                               string
	Credentials                              func(context.Context, Credentials) (Credentials, error)
	Brand, ReturnURL, CancelURL, BankCountry string
	Transport                                http.RoundTripper
	Now                                      func() time.Time
}

// Credentials are read from the secret whoever is built in.
type Credentials struct{ Key, Signing string }

// New opens nothing.
func New(Config) (provider.Provider, error) { return nil, errors.New("stripe: not built in") }

// Words are none.
func Words() settlement.Words { return settlement.Words{} }

// HasBank is false of every country.
func HasBank(string) bool { return false }
