// Package doctor answers a merchant who asks: is my shop set up right? It looks at the
// configuration, the table, each provider's account and the way of a webhook, and says of
// each thing how it is and what to do about it.
//
// It asks and never acts: nothing is sold, refunded, registered or changed by it. What
// cannot be asked is said to be so, and never guessed.
package doctor

import (
	"context"
	"net/http"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Row is one thing that was looked at.
type Row struct {
	Of    string         `json:"of"`   // "configuration", "table", a provider's name
	What  string         `json:"what"` // of it
	Code  string         `json:"code"` // what was found, for machines; the set is closed
	State provider.State `json:"state"`
	Is    string         `json:"is"`           // how it is
	Do    string         `json:"do,omitempty"` // what to do about it
}

// secretMissing: a provider is used, and the secret has nothing for it.
const secretMissing = "secret_missing"

// Shop is what is looked at beside configuration and table.
type Shop struct {
	Providers []provider.Provider
	Methods   method.Menu // that it offers

	// Missing names the secret that a provider cannot do without and does not have; ""
	// where it has all.
	Missing func(ctx context.Context, provider string) (string, error)

	// API is the address of the shop's API, where test deliveries are sent to; Public is
	// the same as a provider has to know it. Empty: nobody knows it here.
	API, Public string

	Send func(*http.Request) (*http.Response, error) // to API
}

// Providers examines each provider that can be, and the way of its webhooks to the shop.
func Providers(ctx context.Context, s Shop) (rows []Row) {
	for _, p := range s.Providers {
		if lacks, err := s.Missing(ctx, p.Name()); err == nil && lacks != "" {
			rows = append(rows, Row{
				p.Name(), "credentials", secretMissing, provider.Wrong, lacks + " is missing in the secret: none of its ways to pay is offered",
				"add it to the secret, or use this provider no more",
			})
			continue
		}
		examiner, ok := p.(provider.Examiner)
		if !ok {
			continue
		}
		for _, f := range examiner.Examine(ctx, s.wanted(p.Name())) {
			rows = append(rows, Row{p.Name(), f.About, string(f.Code), f.Code.State(), f.Is, f.Do})
		}
		if bell, ok := p.(provider.Doorbell); ok {
			rows = append(rows, s.deliveries(ctx, p.Name(), bell, examiner.TestDelivery(ctx))...)
		}
	}
	return rows
}

// wanted is what a provider's set-up ought to be.
func (s Shop) wanted(name string) provider.Wanted {
	var w provider.Wanted
	if s.Public != "" {
		w.Webhook = s.Public + route(name)
	}
	for _, m := range s.Methods {
		if m.Provider == name && !slices.Contains(w.Methods, m.ID) {
			w.Methods = append(w.Methods, m.ID)
		}
	}
	return w
}

// route is where a provider's webhooks arrive (template.yaml).
func route(name string) string { return "/webhooks/" + name }

// Wrong reports whether any row is.
func Wrong(rows []Row) bool { return count(rows, provider.Wrong) > 0 }

func count(rows []Row, state provider.State) (n int) {
	for _, r := range rows {
		if r.State == state {
			n++
		}
	}
	return n
}
