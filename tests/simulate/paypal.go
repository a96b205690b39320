package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// The names of the shop at PayPal.
const (
	payPalHost   = "paypal.simulated.example"
	clientID     = "client-of-the-simulation"
	clientSecret = "secret-of-the-simulated-paypal-client"
	webhookID    = "WHOFTHESIMULATION"
)

func newPayPal(seed int64, now func() time.Time, sleep func(context.Context, time.Duration)) *sim.Simulator {
	return sim.New(sim.Config{
		Seed: seed, Now: now, Sleep: sleep, ClientID: clientID, ClientSecret: clientSecret, PublicURL: "https://" + payPalHost,
		Webhook: sim.Webhook{URL: "https://shop.example/webhooks/paypal", ID: webhookID, Authority: shop.authority},
	})
}

func (w *world) payPalCarrier() *carrier {
	return &carrier{
		Handler: w.paypal, host: payPalHost, key: "PayPal-Request-Id", callOf: callToPayPal, slow: paypalFault(sim.Slow),
		inject: func(kind string, c call) error {
			return w.paypal.Inject(sim.Fault{Kind: sim.Kind(kind), Call: sim.CallName(c.what)})
		},
	}
}

// callToPayPal names a call by its method and path.
func callToPayPal(r *http.Request) call {
	c, path := call{seam: seamPayPal, touches: "paypal"}, r.URL.Path
	named := func(name sim.CallName, touches string) call {
		c.what, c.touches = string(name), touches
		return c
	}
	switch {
	case path == "/v1/oauth2/token":
		return named(sim.CallToken, "")
	case strings.HasPrefix(path, "/v1/notifications/certs/"):
		return named(sim.CallCert, "")
	case path == "/v1/notifications/webhooks":
		return named(sim.CallControl, "")
	case path == "/v1/notifications/verify-webhook-signature":
		return named(sim.CallVerify, "")
	case path == "/v1/reporting/transactions":
		return named(sim.CallReport, "") // what happens now is in it later
	case path == "/v1/reporting/balances":
		return named(sim.CallBalance, "")
	case strings.HasPrefix(path, "/v1/customer/disputes"):
		return named(sim.CallDispute, "") // buyers open them, and none of the functions
	case r.Method == http.MethodGet:
		return named(sim.CallLook, c.touches)
	}
	c.changes = true
	switch {
	case strings.HasSuffix(path, "/capture"):
		return named(sim.CallCapture, c.touches)
	case strings.HasSuffix(path, "/refund"):
		return named(sim.CallRefund, c.touches)
	}
	return named(sim.CallCreate, c.touches)
}
