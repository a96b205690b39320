// Package checkout is what the shop can do with a purchase: open it, take its
// money, try another way, look at it, and recover whatever was left half done.
// It is the only package that knows both a store and a provider.
//
// Every way in ends in the same reconcile: load the payment, ask the provider
// what is true, merge it, do the step that is still owed, save.
package checkout

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Clock is the time, and the only way to wait. Now is UTC; Left is how long the
// invocation still has until its deadline (by the same clock that ends it).
type Clock interface {
	Now() time.Time
	Left(deadline time.Time) time.Duration
	Sleep(ctx context.Context, d time.Duration)
}

// Config is what a Service is made of. Every field is required but Missing, Methods,
// Words and Tried.
type Config struct {
	Stack     string // name of this deployment: two stacks never share a payment id
	Store     store.Store
	Providers []provider.Provider
	Clock     Clock
	WriteID   func() string // a new name for each write, never twice the same
	Secrets   SecretSource
	Log       *slog.Logger

	// Missing names the secret that a provider cannot do without and does not have; ""
	// where it has all. Its error: that cannot be told here. nil: none ever lacks any.
	Missing func(ctx context.Context, provider string) (string, error)

	// Methods are the ways to pay that this shop offers; nil: all that need not know the
	// country of its account.
	Methods method.Menu

	// Words are what the codes of providers mean that the shop no longer uses: what their
	// accounts have shown stays in the books.
	Words map[string]settlement.Words

	// Tried is told of each capture that was sent and whether it was declined; nil:
	// nobody wants to know.
	Tried func(declined bool)
}

// Service is safe for concurrent use.
type Service struct {
	Config
	providers map[string]provider.Provider
	prices    priceCache
	troubled  sync.Map // providers, by name, whose last order failed in this process
}

// New is a Service that has done nothing yet. Its error names every part that is
// missing.
func New(c Config) (*Service, error) {
	var faults []error
	missing := func(absent bool, what string) {
		if absent {
			faults = append(faults, errors.New("checkout: "+what+" is missing"))
		}
	}
	missing(c.Stack == "", "the stack's name")
	missing(c.Store == nil, "the store")
	missing(len(c.Providers) == 0, "a provider")
	missing(c.Clock == nil, "the clock")
	missing(c.WriteID == nil, "the source of write ids")
	missing(c.Log == nil, "the log")
	missing(c.Secrets == nil, "the source of secrets")
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if c.Methods == nil {
		c.Methods = method.All()
	}
	if c.Missing == nil {
		c.Missing = func(context.Context, string) (string, error) { return "", nil }
	}
	s := &Service{Config: c, providers: map[string]provider.Provider{}}
	for _, p := range c.Providers {
		s.providers[p.Name()] = p
	}
	return s, nil
}

// now is the one stamp of an operation: UTC, whole seconds.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Second) }

// words are what a provider's codes mean.
func (s *Service) words(name string) settlement.Words {
	if desk, ok := s.providers[name].(provider.Reports); ok {
		return desk.Words()
	}
	return s.Config.Words[name]
}
