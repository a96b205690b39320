package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// The names of the shop at Stripe.
const (
	stripeHost    = "stripe.simulated.example"
	stripeKey     = "sk_test_of_the_simulation"
	stripeSigning = "whsec_of_the_simulation"
)

// newStripe is a Stripe whose events come into a mailbox: who delivers which of them, and
// when, is the simulation's to say.
func newStripe(seed int64, now func() time.Time, sleep func(context.Context, time.Duration), box *mailbox) *stripesim.Simulator {
	return stripesim.New(stripesim.Config{
		Seed: seed, Now: now, Sleep: sleep, Key: stripeKey, PublicURL: "https://" + stripeHost,
		Webhook: stripesim.Webhook{
			URL: "https://shop.example/webhooks/stripe", Secrets: []string{stripeSigning}, Events: stripe.Events(), Client: &http.Client{Transport: box},
		},
	})
}

func (w *world) stripeCarrier() *carrier {
	return &carrier{
		Handler: w.stripe, host: stripeHost, key: "Idempotency-Key", callOf: callToStripe, slow: stripeFault(stripesim.Slow),
		inject: func(kind string, c call) error {
			return w.stripe.Inject(stripesim.Fault{Kind: stripesim.Kind(kind), Call: stripesim.CallName(c.what)})
		},
	}
}

// callToStripe names a call by its method and path.
func callToStripe(r *http.Request) call {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	posts := r.Method == http.MethodPost
	name, touches := stripesim.Unknown, "stripe"
	switch {
	case kind == "account":
		name, touches = stripesim.CallAccount, ""
	case kind == "customers":
		name = stripesim.CallCustomer
	case kind == "checkout" && posts && rest == "sessions":
		name = stripesim.CallCreate
	case kind == "checkout" && posts:
		name = stripesim.CallExpire
	case kind == "checkout":
		name = stripesim.CallLook
	case kind == "payment_intents" && posts:
		name = stripesim.CallCancel
	case kind == "payment_intents":
		name = stripesim.CallIntent
	case kind == "refunds" && posts:
		name = stripesim.CallRefund
	case kind == "refunds":
		name = stripesim.CallRefunds
	case kind == "disputes":
		name = stripesim.CallDispute
	case kind == "events":
		name = stripesim.CallEvents
	case kind == "balance_transactions":
		name = stripesim.CallRows
	case kind == "balance":
		name = stripesim.CallBalance
	case kind == "payouts":
		name, touches = stripesim.CallPayout, "" // Stripe makes them, and none of the functions
	}
	return call{seam: seamStripe, what: string(name), touches: touches, changes: posts}
}

// mailbox takes what Stripe sends, and says that it has it.
type mailbox struct{ letters []letter }

// RoundTrip keeps a delivery.
func (m *mailbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var e struct{ ID, Type string }
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	m.letters = append(m.letters, letter{seamStripe, e.ID, e.Type, body})
	return answered(r, http.StatusOK, "", ""), nil
}

// stripeLetters are all that Stripe has sent by now.
func (w *world) stripeLetters() []letter {
	w.stripe.Deliver(context.Background())
	return w.mail.letters
}
