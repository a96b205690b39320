// Package setup turns an environment into a running service: one Config, read
// once, whose comments are the manual; the table of providers; and the parts
// they are made of. It is the only place an environment variable is read.
package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Parts are what a service stands on and a test or the local run may replace.
type Parts struct {
	Store     store.Store
	Secrets   SecretSource
	Clock     checkout.Clock
	WriteID   func() string
	Transport http.RoundTripper // under every provider's client
	Log       *slog.Logger
}

// Build puts a configured service together. Nobody is called yet.
func Build(c Config, parts Parts) (handler.Handlers, error) {
	if parts.Secrets == nil {
		return handler.Handlers{}, errors.New("setup: the source of secrets is missing")
	}
	providers, err := openProviders(c, parts)
	if err != nil {
		return handler.Handlers{}, err
	}
	service, err := checkout.New(checkout.Config{
		Stack: c.Stack, Store: parts.Store, Providers: providers, Clock: parts.Clock,
		WriteID: parts.WriteID, Secrets: parts.Secrets.checkout, Missing: parts.Secrets.missing,
		Methods: c.Methods, Words: words(), Log: parts.Log,
	})
	if err != nil {
		return handler.Handlers{}, err
	}
	h := handler.Handlers{Checkout: service, Log: parts.Log, Brand: c.Brand}
	service.Tried = h.Tried
	return h, nil
}

// opener is a provider there is, and how it is opened.
type opener struct {
	name string
	open func(Config, Parts) (provider.Provider, error)

	words settlement.Words // what its codes mean, wherever they stand in the books
}

// providers is the table of all there are. Adding one is a line here, its secrets in
// Secrets, its rows in shared/method, and a package beside paypal.
var providers = []opener{
	{paypal.Name, openPayPal, paypal.Words()},
	{stripe.Name, openStripe, stripe.Words()},
}

// openProviders opens those that the shop uses.
func openProviders(c Config, parts Parts) ([]provider.Provider, error) {
	var open []provider.Provider
	var faults []error
	for _, entry := range providers {
		if !slices.Contains(c.Providers, entry.name) {
			continue
		}
		p, err := entry.open(c, parts)
		if err != nil {
			faults = append(faults, fmt.Errorf("provider %s: %w", entry.name, err))
			continue
		}
		open = append(open, p)
	}
	return open, errors.Join(faults...)
}

// words are those of all there are.
func words() map[string]settlement.Words {
	all := map[string]settlement.Words{}
	for _, entry := range providers {
		all[entry.name] = entry.words
	}
	return all
}

func openPayPal(c Config, parts Parts) (provider.Provider, error) {
	return paypal.New(paypal.Config{
		API: c.PayPalAPI, Pages: c.PayPalPages, Credentials: parts.Secrets.payPal,
		Brand: c.Brand, ReturnURL: c.returnURL("return"), CancelURL: c.returnURL("cancel"),
		WebhookID: c.PayPalWebhookID, CertCA: c.PayPalCA,
		Transport: parts.Transport, Now: parts.Clock.Now,
	})
}

func openStripe(c Config, parts Parts) (provider.Provider, error) {
	return stripe.New(stripe.Config{
		API: c.StripeAPI, Pages: c.StripePages, Credentials: parts.Secrets.stripe,
		Brand: c.Brand, ReturnURL: c.returnURL("return"), CancelURL: c.returnURL("cancel"),
		BankCountry: c.StripeBankCountry, Transport: parts.Transport, Now: parts.Clock.Now,
	})
}

// SystemClock is the machine's.
type SystemClock struct{}

// Now is the machine's wall time. Go's monotonic reading is taken off: it stands
// still while a container is frozen, and would make a token's hour last all night.
func (SystemClock) Now() time.Time { return time.Now().Round(0) }

// Left is how long it still is until a deadline.
func (SystemClock) Left(deadline time.Time) time.Duration { return time.Until(deadline) }

// Sleep waits, or until the context ends.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// WriteID is a name that no other write has: 80 random bits.
func WriteID() string { return rand.Text()[:16] }

// Logger writes JSON lines, as CloudWatch reads them.
func Logger(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }
