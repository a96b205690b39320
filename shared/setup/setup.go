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
	"os"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// Parts are what a service stands on and a test or the local run may replace.
type Parts struct {
	Store     store.Store
	Clock     checkout.Clock
	WriteID   func() string
	Transport http.RoundTripper // under every provider's client
	Log       *slog.Logger
}

// Handlers is the whole of what a function's main does before lambda.Start: it
// reads the environment, opens the store and builds the service. Its error names
// every fault of the configuration at once.
func Handlers() (handler.Handlers, error) {
	config, err := Read(os.Getenv)
	if err != nil {
		return handler.Handlers{}, err
	}
	table, err := bolt.Open(config.StoreFile, time.Now)
	if err != nil {
		return handler.Handlers{}, err
	}
	return Build(config, Parts{
		Store: table, Clock: SystemClock{}, WriteID: WriteID,
		Transport: Transport(), Log: Logger(os.Stderr),
	})
}

// Build puts a configured service together.
func Build(c Config, parts Parts) (handler.Handlers, error) {
	providers, err := openProviders(c, parts)
	if err != nil {
		return handler.Handlers{}, err
	}
	service, err := checkout.New(checkout.Config{
		Stack: c.Stack, Store: parts.Store, Providers: providers, Clock: parts.Clock,
		WriteID: parts.WriteID, Secrets: c.TokenSecrets, QuoteSecrets: c.QuoteSecrets, Log: parts.Log,
	})
	return handler.Handlers{Checkout: service, Log: parts.Log}, err
}

// providers is the table of all providers there are, in the order in which their
// methods are offered. Adding one is a line here and a package beside paypal.
var providers = []struct {
	name string
	open func(Config, Parts) (provider.Provider, error)
}{
	{paypal.Name, openPayPal},
}

func openProviders(c Config, parts Parts) ([]provider.Provider, error) {
	var open []provider.Provider
	var faults []error
	for _, entry := range providers {
		p, err := entry.open(c, parts)
		if err != nil {
			faults = append(faults, fmt.Errorf("provider %s: %w", entry.name, err))
			continue
		}
		open = append(open, p)
	}
	return open, errors.Join(faults...)
}

func openPayPal(c Config, parts Parts) (provider.Provider, error) {
	return paypal.New(paypal.Config{
		API: c.PayPalAPI, Pages: c.PayPalPages, ClientID: c.PayPalClientID, Secret: c.PayPalSecret,
		Brand: c.Brand, ReturnURL: c.returnURL("return"), CancelURL: c.returnURL("cancel"),
		WebhookID: c.PayPalWebhookID, CertCA: c.PayPalCertCA,
		Transport: parts.Transport, Now: parts.Clock.Now,
	})
}

// SystemClock is the machine's.
type SystemClock struct{}

// Now is the machine's time.
func (SystemClock) Now() time.Time { return time.Now() }

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

// Transport is what every provider is called through: connections are kept for
// the next call, and none is waited for without end.
func Transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 8
	t.TLSHandshakeTimeout = 5 * time.Second
	t.ResponseHeaderTimeout = 12 * time.Second
	return t
}

// Logger writes JSON lines, as CloudWatch reads them.
func Logger(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }
