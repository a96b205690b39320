package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// world is everything one local run consists of: the table in a file, the
// simulated providers (unless accounts to test with are meant), the functions behind
// the gateway, and the shop.
type world struct {
	seed     int64
	clock    checkout.Clock
	table    *bolt.Store
	paypal   *sim.Simulator // nil, as stripe is, where a provider's own test account is called
	stripe   *stripesim.Simulator
	calls    *meter
	visits   visits
	handlers handler.Handlers
	template gateway.Template
	doors    doors
	kept     bool // the prices in force were put through the API, and are not the file's
	servers  []*http.Server
}

// plan says what kind of world is wanted.
type plan struct {
	root   string // the folder of template.yaml
	shop   string // the folder of the shop's pages; empty: the demo shop's
	brand  string // the shop's name; empty: the demo shop's
	file   string // of the table
	books  string // of the simulated PayPal; empty: it forgets when it ends
	ledger string // the same of the simulated Stripe
	ports  [4]int // of shop, API, PayPal and Stripe; 0 is any free one
	seed   int64
	clock  checkout.Clock
	ids    func() string            // nil: random write ids
	lookup func(name string) string // environment; a provider's credentials choose its own test account
	log    io.Writer
	rings  bool                            // the simulated providers send their webhooks by themselves
	watch  func(http.Handler) http.Handler // put around the simulated PayPal; nil: nobody listens

	reading bool // nothing is written, and what lies in the table is only asked for
}

// demoBrand is the demo shop's name.
const demoBrand = "Harbour Goods"

// name is the shop's, as a buyer is shown it at the providers.
func (p plan) name() string { return cmp.Or(p.brand, demoBrand) }

// demo is the folder of the demo shop.
func (p plan) demo() string { return filepath.Join(p.root, "storefront", "demo") }

// build puts a world together and opens its doors; nobody is served yet.
func build(p plan) (_ *world, err error) {
	if strings.Contains(p.lookup("STRIPE_KEY"), "_live_") {
		return nil, errors.New("STRIPE_KEY is a live key; a local run takes those of test mode alone")
	}
	source, err := gateway.ReadTemplate(filepath.Join(p.root, "template.yaml"))
	if err != nil {
		return nil, fmt.Errorf("%w (run this from the folder of template.yaml, or name it with -root)", err)
	}
	w := &world{seed: p.seed, clock: p.clock, calls: &meter{next: setup.Transport()}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.doors, err = openDoors(p.ports); err != nil {
		return nil, err
	}
	if w.table, err = openTable(p.file, p.clock); err != nil {
		return nil, err
	}
	if !p.outside() {
		if err = w.openProviders(p); err != nil {
			return nil, err
		}
	}
	if w.handlers, err = w.buildHandlers(p); err != nil {
		return nil, err
	}
	return w, w.buildServers(p, source)
}

// outside tells whether providers' own test accounts are called in place of the
// simulators: those whose credentials the environment has.
func (p plan) outside() bool {
	return p.lookup("PAYPAL_CLIENT_ID") != "" || p.lookup("STRIPE_KEY") != ""
}

// environment is what the deployed functions would be configured with. The providers'
// variables are taken from the machine's environment where their own accounts are
// called.
func (w *world) environment(p plan) map[string]string {
	env := map[string]string{
		"STACK_NAME":        localStack,
		"STOREFRONT_ORIGIN": origin(w.doors.shop),
		"RETURN_PATH":       "/",
		"BRAND":             p.name(),
	}
	if w.paypal != nil {
		env["PAYPAL_API"], env["PAYPAL_PAGES"] = origin(w.doors.paypal), origin(w.doors.paypal)
		env["PAYPAL_WEBHOOK_ID"], env["PAYPAL_CA"] = simWebhook, string(w.paypal.CA())
		env["STRIPE_API"], env["STRIPE_PAGES"] = origin(w.doors.stripe), origin(w.doors.stripe)
		env["PROVIDERS"], env["MERCHANT_COUNTRY"] = "paypal stripe", "DE"
		return env
	}
	for _, name := range []string{"PAYPAL_API", "PAYPAL_PAGES", "PAYPAL_WEBHOOK_ID", "STRIPE_BANK_COUNTRY", "MERCHANT_COUNTRY", "METHODS"} {
		env[name] = p.lookup(name)
	}
	for provider, credential := range map[string]string{paypal.Name: "PAYPAL_CLIENT_ID", stripe.Name: "STRIPE_KEY"} {
		if p.lookup(credential) != "" {
			env["PROVIDERS"] += provider + " "
		}
	}
	return env
}

// secrets is what the deployed functions would find in their secret. The token and
// other secrets are good for this machine and nothing else: they stand in the open.
func (w *world) secrets(p plan) setup.Secrets {
	s := setup.Secrets{
		PayPal: paypal.Credentials{ClientID: simClient, Secret: simSecret},
		Stripe: stripe.Credentials{Key: simKey, Signing: simSigning},
		Checkout: checkout.Secrets{
			Tokens: [][]byte{[]byte("a-secret-for-a-laptop-and-not-for-a-shop")}, Quotes: [][]byte{[]byte(quoteSecret)},
			Customers: [][]byte{[]byte(customerSecret)}, CustomerKey: []byte("a-customer-key-for-a-laptop-and-not-for-a-shop"),
		},
	}
	if w.paypal == nil {
		s.PayPal = paypal.Credentials{ClientID: p.lookup("PAYPAL_CLIENT_ID"), Secret: p.lookup("PAYPAL_CLIENT_SECRET")}
		s.Stripe = stripe.Credentials{Key: p.lookup("STRIPE_KEY"), Signing: p.lookup("STRIPE_SIGNING")}
	}
	return s
}

// localStack is the name of this deployment.
const localStack = "local"

// The simulators' only credentials, and what their webhooks are known by.
const (
	simClient  = "local-client"
	simSecret  = "local-secret"
	simWebhook = "WHLOCAL"
	simKey     = "sk_test_local"
	simSigning = "whsec_local"
)

// The merchant of a local run: AWS credentials that are good for this gateway
// and nothing else, and the secrets that sign quotes and customer tokens.
const (
	merchantKey    = "AKIALOCALMERCHANT"
	merchantSecret = "local-merchant-secret"
	merchantRegion = "us-east-1"
	quoteSecret    = "a-quote-secret-for-a-laptop-and-not-for-a-shop"
	customerSecret = "a-customer-secret-for-a-laptop-and-not-for-a-shop"
)

// misconfigured is what is wrong with the environment, one fault a line.
type misconfigured struct{ error }

func (w *world) buildHandlers(p plan) (handler.Handlers, error) {
	env, secrets := w.environment(p), w.secrets(p)
	config, err := setup.Read(func(name string) string { return env[name] })
	if err = errors.Join(err, secrets.Check()); err != nil {
		return handler.Handlers{}, &misconfigured{err}
	}
	ids := p.ids
	if ids == nil {
		ids = setup.WriteID
	}
	h, err := setup.Build(config, setup.Parts{
		Store: w.table, Secrets: setup.Constant(secrets), Clock: p.clock, WriteID: ids,
		Transport: w.calls, Log: setup.Logger(p.log),
	})
	if err != nil || p.reading {
		return h, err
	}
	w.kept, err = loadPrices(context.Background(), h.Checkout, p)
	return h, err
}

// buildServers puts the shop, the API and the providers behind their doors.
func (w *world) buildServers(p plan, source gateway.Source) (err error) {
	w.template, err = source.Resolve(map[string]string{
		"StorefrontOrigin": origin(w.doors.shop), "Brand": p.name(), "SecretArn": "local",
	})
	if err != nil {
		return err
	}
	for _, schedule := range w.template.Schedules() {
		if _, ok := w.scheduled()[schedule.Function]; !ok {
			return fmt.Errorf("template.yaml: nothing here starts %s by the clock", schedule.Function)
		}
	}
	api, err := gateway.New(w.template, map[string]gateway.Function{
		"PaymentMethodsFunction": gateway.Function(w.handlers.PaymentMethods()),
		"CreatePaymentFunction":  gateway.Function(w.handlers.CreatePayment()),
		"CapturePaymentFunction": gateway.Function(w.handlers.CapturePayment()),
		"GetPaymentFunction":     gateway.Function(w.handlers.GetPayment()),
		"NewAttemptFunction":     gateway.Function(w.handlers.NewAttempt()),

		"CustomerPaymentsFunction":    gateway.Function(w.handlers.CustomerPayments()),
		"WebhookFunction":             gateway.Function(w.handlers.Webhook()),
		"RefundFunction":              gateway.Function(w.handlers.Refund()),
		"MerchantPaymentsFunction":    gateway.Function(w.handlers.MerchantPayments()),
		"MerchantSettlementsFunction": gateway.Function(w.handlers.MerchantSettlements()),
		"ReviewFunction":              gateway.Function(w.handlers.Review()),
		"PriceListFunction":           gateway.Function(w.handlers.PriceList()),
	}, gateway.WithClock(p.clock.Now), gateway.WithLog(setup.Logger(p.log)),
		gateway.WithCredentials(merchantKey, merchantSecret, merchantRegion))
	if err != nil {
		return err
	}
	front := http.NewServeMux()
	front.Handle("/", shop(filepath.Join(p.root, "storefront"), cmp.Or(p.shop, p.demo()), origin(w.doors.api), w.pages()))
	front.Handle(counterPath, w.counter())
	front.HandleFunc("GET "+customerTokenPath, w.customerToken)
	front.HandleFunc("GET "+reportPath, w.reportPage)
	front.HandleFunc("GET "+reportPath+"/payments/{id}", w.storyPage)
	w.serve(w.doors.shop, front)
	w.serve(w.doors.api, w.counted(api))
	switch {
	case w.paypal != nil && p.watch != nil:
		w.serve(w.doors.paypal, p.watch(w.paypal))
	case w.paypal != nil:
		w.serve(w.doors.paypal, w.paypal)
	}
	if w.stripe != nil {
		w.serve(w.doors.stripe, w.stripe)
	}
	return nil
}

// pages is where the shop's page may send its buyer.
func (w *world) pages() string {
	if w.paypal != nil {
		return origin(w.doors.paypal) + " " + origin(w.doors.stripe)
	}
	return paypal.SandboxPages + " " + stripe.Pages
}

// serve answers only requests that name this very door: a page of somewhere else
// whose name leads to this machine gets nothing.
func (w *world) serve(door net.Listener, h http.Handler) {
	guarded := http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.Host != door.Addr().String() {
			if strings.HasPrefix(in.Host, "localhost:") && in.Method == http.MethodGet {
				http.Redirect(out, in, origin(door)+in.URL.RequestURI(), http.StatusTemporaryRedirect)
				return
			}
			http.Error(out, "this address is "+origin(door), http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(out, in)
	})
	server := &http.Server{Handler: guarded, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	w.servers = append(w.servers, server)
	go server.Serve(door)
}

// request sends one request to the API over HTTP, as a page would; merchant
// routes are signed, as the merchant's AWS tools would.
func (w *world) request(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error) {
	return requestAt(ctx, origin(w.doors.api), w.clock.Now(), method, path, body, headers)
}

// requestAt is a request to the API at an address, whoever serves it there.
func requestAt(ctx context.Context, api string, now time.Time, method, path, body string, headers map[string]string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, api+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	if strings.HasPrefix(path, "/merchant/") {
		if err := gateway.Sign(r, []byte(body), merchantKey, merchantSecret, merchantRegion, now); err != nil {
			return nil, err
		}
	}
	return http.DefaultClient.Do(r)
}

// close lets requests under way finish, for a moment, and lets go of the file.
func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	for _, server := range w.servers {
		server.Shutdown(ctx)
	}
	for _, door := range []net.Listener{w.doors.shop, w.doors.api, w.doors.paypal, w.doors.stripe} {
		if door != nil {
			door.Close()
		}
	}
	if w.paypal != nil {
		w.paypal.Close()
	}
	if w.stripe != nil {
		w.stripe.Close()
	}
	if w.table != nil {
		w.table.Close()
	}
}

// openProviders opens the simulated providers. Stripe's account is paid out every night,
// as accounts are unless somebody changes it.
func (w *world) openProviders(p plan) (err error) {
	api := origin(w.doors.api)
	w.paypal, err = sim.Open(sim.Config{
		Seed: p.seed, Now: p.clock.Now, Sleep: p.clock.Sleep, File: p.books,
		ClientID: simClient, ClientSecret: simSecret, PublicURL: origin(w.doors.paypal),
		Webhook: sim.Webhook{URL: api + "/webhooks/paypal", ID: simWebhook, Auto: p.rings},
	})
	if err != nil {
		return err
	}
	w.stripe, err = stripesim.Open(stripesim.Config{
		Seed: p.seed, Now: p.clock.Now, Sleep: p.clock.Sleep, File: p.ledger,
		Key: simKey, PublicURL: origin(w.doors.stripe),
		Webhook: stripesim.Webhook{URL: api + "/webhooks/stripe", Secrets: []string{simSigning}, Auto: p.rings},
	})
	if err != nil {
		return err
	}
	return w.stripe.PayOutDaily(true)
}
