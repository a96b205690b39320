package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// world is the whole checkout on this machine: the gateway with the deployed routes,
// the functions, the real adapter, a simulated PayPal over HTTP, and a table.
type world struct {
	plan
	place    string // where the table is, in words
	clock    *clock
	table    store.Store
	paypal   *sim.Simulator
	handlers handler.Handlers
	web      *http.Client
	api      string // its origin
	tally    tally
	carts    atomic.Int64
	closers  []func()
}

// clock is the machine's until the load is over; then hours are skipped.
type clock struct {
	ahead   atomic.Int64 // nanoseconds
	skipped atomic.Bool  // nobody waits any more
}

// Now is the time.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())).UTC() }

// Left is by the machine's own clock.
func (c *clock) Left(deadline time.Time) time.Duration { return time.Until(deadline) }

// Sleep waits for real, while there is load.
func (c *clock) Sleep(ctx context.Context, d time.Duration) {
	if c.skipped.Load() {
		return
	}
	setup.SystemClock{}.Sleep(ctx, d)
}

func (c *clock) skip(d time.Duration) {
	c.skipped.Store(true)
	c.ahead.Add(int64(d))
}

// What this machine's checkout is known by; good for nothing else.
const (
	clientID, clientSecret                      = "load-client", "load-secret"
	webhookID                                   = "WHLOAD"
	merchantKey, merchantSecret, merchantRegion = "AKIALOADMERCHANT", "load-merchant-secret", "us-east-1"
	tokenSecret                                 = "a-secret-for-a-load-test-and-not-for-a-shop"
)

// spoilt is how PayPal's answers go wrong: each comes at once, and half of them after
// the effect.
var spoilt = []sim.Kind{
	sim.BadGatewayBefore, sim.BadGatewayAfter, sim.ErrorBefore, sim.ErrorAfter, sim.Unavailable, sim.EmptyBody, sim.CutBody,
	sim.WrongShape, sim.Minimal, sim.TokenDropped, sim.InProgress, sim.RateLimited, sim.RateLimitedBare, sim.Decline, sim.InsufficientFunds,
}

// open puts a world together; close takes it apart, however far it came.
func open(p plan) (_ *world, err error) {
	w := &world{plan: p, clock: &clock{}, web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * p.clients}, Timeout: time.Minute}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if err := w.openTable(); err != nil {
		return nil, err
	}
	apiDoor, err := w.listen()
	if err != nil {
		return nil, err
	}
	payPalDoor, err := w.listen()
	if err != nil {
		return nil, err
	}
	w.api = "http://" + apiDoor.Addr().String()
	pages := "http://" + payPalDoor.Addr().String()
	w.paypal = sim.New(sim.Config{
		Seed: p.seed, Now: w.clock.Now, Sleep: w.clock.Sleep, ClientID: clientID, ClientSecret: clientSecret, PublicURL: pages,
		Webhook: sim.Webhook{URL: w.api + "/webhooks/paypal", ID: webhookID, Client: &http.Client{Transport: timed{w}}},
	})
	w.serve(payPalDoor, w.paypal)
	if err := w.build(pages); err != nil {
		return nil, err
	}
	routes, err := w.gateway()
	if err != nil {
		return nil, err
	}
	w.serve(apiDoor, routes)
	return w, nil
}

func (w *world) close() {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
}

func (w *world) openTable() error {
	if !w.dynamodb {
		folder, err := os.MkdirTemp("", "load")
		if err != nil {
			return err
		}
		w.closers = append(w.closers, func() { os.RemoveAll(folder) })
		table, err := bolt.Open(filepath.Join(folder, "load.db"), w.clock.Now)
		if err != nil {
			return err
		}
		w.closers = append(w.closers, func() { table.Close() })
		w.table, w.place = table, "a file (bbolt)"
		return nil
	}
	local, err := cloud.StartDynamoDB()
	if err != nil {
		return err
	}
	w.closers = append(w.closers, func() { local.Stop() })
	const name = "load"
	if err := local.MakeTable(context.Background(), name); err != nil {
		return err
	}
	w.place = "DynamoDB Local"
	w.table, err = dynamo.New(dynamo.Config{AWS: local.AWS(), Endpoint: local.Endpoint, Table: name, Now: w.clock.Now})
	return err
}

func (w *world) listen() (net.Listener, error) {
	door, err := net.Listen("tcp4", "127.0.0.1:0")
	if err == nil {
		w.closers = append(w.closers, func() { door.Close() })
	}
	return door, err
}

func (w *world) serve(door net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	w.closers = append(w.closers, func() { server.Close() })
	go server.Serve(door)
}

// build makes the functions the way each of them is made, and loads the demo shop's
// prices.
func (w *world) build(pages string) error {
	env := map[string]string{
		"STACK_NAME": "load", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
		"PAYPAL_API": pages, "PAYPAL_PAGES": pages, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(w.paypal.CA()),
	}
	config, err := setup.Read(func(name string) string { return env[name] })
	if err != nil {
		return err
	}
	secrets := setup.Secrets{
		PayPal:   paypal.Credentials{ClientID: clientID, Secret: clientSecret},
		Checkout: checkout.Secrets{Tokens: [][]byte{[]byte(tokenSecret)}},
	}
	w.handlers, err = setup.Build(config, setup.Parts{
		Store: w.table, Secrets: setup.Constant(secrets), Clock: w.clock, WriteID: setup.WriteID,
		Transport: setup.Transport(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(w.root, "storefront", "demo", "prices.json"))
	if err != nil {
		return err
	}
	list, err := checkout.ReadPriceList(text)
	if err != nil {
		return err
	}
	return w.handlers.Checkout.PutPriceList(context.Background(), list)
}

// gateway serves the template's routes without its limits, which are what load would
// meet first.
func (w *world) gateway() (http.Handler, error) {
	source, err := gateway.ReadTemplate(filepath.Join(w.root, "template.yaml"))
	if err != nil {
		return nil, err
	}
	template, err := source.Resolve(map[string]string{"StorefrontOrigin": "https://shop.example", "Brand": "Harbour Goods", "SecretArn": "load"})
	if err != nil {
		return nil, err
	}
	functions := map[string]gateway.Function{
		"CreatePaymentFunction":  gateway.Function(w.handlers.CreatePayment()),
		"CapturePaymentFunction": gateway.Function(w.handlers.CapturePayment()),
		"GetPaymentFunction":     gateway.Function(w.handlers.GetPayment()),
		"WebhookFunction":        gateway.Function(w.handlers.Webhook()),
		"RefundFunction":         gateway.Function(w.handlers.Refund()),
	}
	var asked []gateway.Route
	for _, route := range template.Routes {
		if functions[route.Function] != nil {
			route.Throttle = gateway.Throttle{}
			asked = append(asked, route)
		}
	}
	template.Routes = asked
	return gateway.New(template, functions, gateway.WithClock(w.clock.Now), gateway.WithCredentials(merchantKey, merchantSecret, merchantRegion))
}

// press has all clients at work until the time is up, and tells how long that was.
func (w *world) press(ctx context.Context) time.Duration {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, w.length)
	defer cancel()
	var buyers, courier sync.WaitGroup
	for n := range w.clients {
		buyers.Go(func() { w.client(n).work(ctx) })
	}
	courier.Go(func() { w.courier(ctx) })
	buyers.Wait()
	took := time.Since(begin)
	cancel()
	courier.Wait()
	return took
}

// courier delivers PayPal's webhooks as they come, a part of them twice.
func (w *world) courier(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		if w.twice > 0 && n%max(1, 100/w.twice) == 0 {
			w.paypal.DoubleNext(1)
		}
		if len(w.paypal.Deliver(ctx)) == 0 {
			setup.SystemClock{}.Sleep(ctx, 10*time.Millisecond)
		}
	}
}

// timed is how the courier's deliveries are measured.
type timed struct{ w *world }

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	begin := time.Now()
	got, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && !t.w.clock.skipped.Load() {
		t.w.tally.note("webhook", fmt.Sprintf("%dxx", got.StatusCode/100), time.Since(begin))
	}
	return got, err
}

// calm ends what was spoilt and lets a day and more go by in a moment: what is pending
// arrives, every webhook is delivered, the sweep does what is due.
func (w *world) calm() error {
	if err := w.paypal.Chaos(0); err != nil {
		return err
	}
	for n, c := range w.paypal.Books().Charges {
		if c.State == "PENDING" {
			if err := w.paypal.SettlePending(c.ID, n%2 == 0); err != nil {
				return err
			}
		}
	}
	var faults []error
	for _, step := range []time.Duration{2 * time.Minute, 5 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 24 * time.Hour} {
		w.clock.skip(step)
		w.paypal.Deliver(context.Background())
		swept, err := w.handlers.Sweep()(context.Background(), json.RawMessage("{}"))
		faults = append(faults, err)
		if swept.Failed > 0 {
			faults = append(faults, fmt.Errorf("the sweep could not handle %d of %d payments", swept.Failed, swept.Due))
		}
	}
	return errors.Join(faults...)
}
