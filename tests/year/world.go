package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// Everything of a year is in this process; these are names and no addresses.
const (
	apiAt    = "http://127.0.0.1:8081"
	payPalAt = "http://127.0.0.1:8082"
	stripeAt = "http://127.0.0.1:8083"

	clientID     = "client-of-the-year"
	clientSecret = "secret-of-the-year"
	webhookID    = "WHOFTHEYEAR"
	stripeKey    = "sk_test_of_the_year"
	signing      = "whsec_of_the_year"
	tokenSecret  = "the-token-secret-of-thirty-two-bytes-or-more"

	merchantKey    = "AKIAOFTHEYEAR"
	merchantSecret = "merchant-secret-of-the-year"
	merchantRegion = "eu-central-1"
)

// begin is when the account is opened; the shop opens settleAfter later.
var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// tally counts by name.
type tally map[string]int

// year is a shop with everything around it, and what it has seen so far. One thing
// happens after the other, so that one seed is one year.
type year struct {
	options
	clock    *clock.Moved
	dice     *rand.Rand
	diary    diary
	table    *bolt.Store // past every fault
	shaky    *shaky
	paypal   *sim.Simulator
	stripe   *stripesim.Simulator
	handlers handler.Handlers
	api      http.RoundTripper

	open, closed, quiet time.Time // the shop's first and last day, and the end of all rows

	buyers    map[string]*buyer // by payment
	visitors  int
	atStripe  map[string]*shopper // by payment
	shoppers  int
	payouts   int
	strangers int // foreign sales
	faults    tally
	mode      string // what goes wrong with settlements just now; "" for nothing
	falsified bool
	deaf      bool // every webhook is lost
	settled   settled
	reviews   reviews

	remainders []remainder

	errs []error // what may never happen, however bad the day
}

// newYear puts everything together the way a function's main does.
func newYear(o options) (*year, error) {
	y := &year{
		options: o, clock: clock.At(begin), dice: rand.New(rand.NewPCG(uint64(o.seed), 0)),
		buyers: map[string]*buyer{}, atStripe: map[string]*shopper{}, faults: tally{}, reviews: reviews{named: map[string]bool{}},
	}
	y.open = begin.Add(40 * 24 * time.Hour)
	y.closed = y.open.AddDate(0, 0, o.days)
	y.quiet = y.closed.AddDate(0, 0, quietDays)
	authority, err := sim.NewAuthority("", begin.AddDate(0, 0, -1), y.quiet.AddDate(1, 0, 0))
	if err != nil {
		return nil, err
	}
	table, err := bolt.OpenUnsynced(filepath.Join(o.folder, "year.db"), y.clock.Now)
	if err != nil {
		return nil, err
	}
	y.table = table
	y.shaky = &shaky{Store: table, dice: rand.New(rand.NewPCG(uint64(o.seed), 1)), tally: y.faults}
	y.paypal = sim.New(sim.Config{
		Seed: o.seed, Now: y.clock.Now, Sleep: y.clock.Sleep, ClientID: clientID, ClientSecret: clientSecret, PublicURL: payPalAt,
		Webhook: sim.Webhook{
			URL: apiAt + "/webhooks/paypal", ID: webhookID, Authority: authority,
			Client: &http.Client{Transport: later{y}},
		},
	})
	y.stripe = stripesim.New(stripesim.Config{
		Seed: o.seed, Now: y.clock.Now, Sleep: y.clock.Sleep, Key: stripeKey, PublicURL: stripeAt,
		Webhook: stripesim.Webhook{URL: apiAt + "/webhooks/stripe", Secrets: []string{signing}, Client: &http.Client{Transport: later{y}}},
	})
	if err := y.build(authority); err != nil {
		return nil, err
	}
	return y, y.paypal.HoldCurrencies(y.held()...)
}

// later is the door of the API, which is not there yet when PayPal is told of it.
type later struct{ *year }

func (l later) RoundTrip(r *http.Request) (*http.Response, error) { return l.api.RoundTrip(r) }

// held are the currencies that the account has a balance in: all but the last, which
// it converts.
func (y *year) held() []string { return y.currencies[:len(y.currencies)-1] }

func (y *year) build(authority *sim.Authority) error {
	env := map[string]string{
		"STACK_NAME": "year", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
		"PAYPAL_API": payPalAt, "PAYPAL_PAGES": payPalAt, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(authority.CA()),
		"PROVIDERS": "paypal stripe", "MERCHANT_COUNTRY": "DE", "STRIPE_API": stripeAt, "STRIPE_PAGES": stripeAt, "STRIPE_BANK_COUNTRY": "DE",
	}
	config, err := setup.Read(func(name string) string { return env[name] })
	if err != nil {
		return err
	}
	secrets := setup.Secrets{
		PayPal:   paypal.Credentials{ClientID: clientID, Secret: clientSecret},
		Stripe:   stripe.Credentials{Key: stripeKey, Signing: signing},
		Checkout: checkout.Secrets{Tokens: [][]byte{[]byte(tokenSecret)}},
	}
	writes := 0
	y.handlers, err = setup.Build(config, setup.Parts{
		Store: y.shaky, Secrets: setup.Constant(secrets), Clock: y.clock, Transport: doors{"8082": door{y.paypal}, "8083": door{y.stripe}},
		WriteID: func() string { writes++; return fmt.Sprint("write-", writes) }, Log: y.log(),
	})
	if err != nil {
		return err
	}
	if err := y.loadPrices(); err != nil {
		return err
	}
	api, err := y.gateway()
	y.api = door{api}
	return err
}

func (y *year) log() *slog.Logger {
	var shown slog.Handler = slog.DiscardHandler
	if y.verbose {
		shown = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	}
	return slog.New(merchantsEye{shown, y})
}

// gateway serves the routes that the year uses, without limits: it is a busy one.
func (y *year) gateway() (http.Handler, error) {
	source, err := gateway.ReadTemplate(filepath.Join(y.root, "template.yaml"))
	if err != nil {
		return nil, err
	}
	template, err := source.Resolve(map[string]string{"StorefrontOrigin": "https://shop.example", "Brand": "Harbour Goods", "SecretArn": "year"})
	if err != nil {
		return nil, err
	}
	functions := map[string]gateway.Function{
		"CreatePaymentFunction":  gateway.Function(y.handlers.CreatePayment()),
		"CapturePaymentFunction": gateway.Function(y.handlers.CapturePayment()),
		"WebhookFunction":        gateway.Function(y.handlers.Webhook()),
		"RefundFunction":         gateway.Function(y.handlers.Refund()),
		"ReviewFunction":         gateway.Function(y.handlers.Review()),
	}
	template.Routes = slices.DeleteFunc(template.Routes, func(r gateway.Route) bool { return functions[r.Function] == nil })
	for i := range template.Routes {
		template.Routes[i].Throttle = gateway.Throttle{}
	}
	return gateway.New(template, functions, gateway.WithClock(y.clock.Now), gateway.WithLog(y.log()),
		gateway.WithCredentials(merchantKey, merchantSecret, merchantRegion))
}

// loadPrices makes a price list of the year's currencies.
func (y *year) loadPrices() error {
	type product struct {
		SKU    string            `json:"sku"`
		Name   string            `json:"name"`
		Prices map[string]string `json:"prices"`
	}
	var list struct {
		Products []product `json:"products"`
	}
	for i := range products {
		p := product{fmt.Sprint("SKU-", i), fmt.Sprint("Product ", i), map[string]string{}}
		for _, c := range y.currencies {
			minor := int64(1234 + 977*i)
			if whole[c] {
				minor -= minor % 100 // PayPal takes no decimals of it
			}
			p.Prices[c] = money.New(minor, money.Currency(c)).Decimal()
		}
		list.Products = append(list.Products, p)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	prices, err := checkout.ReadPriceList(text)
	if err != nil {
		return err
	}
	return y.handlers.Checkout.PutPriceList(context.Background(), prices)
}

const products = 7

// whole are the currencies that have decimals, and none at PayPal.
var whole = map[string]bool{"HUF": true, "TWD": true}

// reply is an answer of the API.
type reply struct {
	code   int
	ID     string `json:"id"`
	Token  string `json:"token"`
	Status any    `json:"status"`
	Paid   bool   `json:"paid"`
	Next   struct {
		Action string `json:"action"`
		URL    string `json:"url"`
	} `json:"next"`
	Payment *reply `json:"payment"`
}

// shown is the payment in an answer, wherever it stands.
func (r reply) shown() reply {
	if r.Payment != nil {
		shown := *r.Payment
		shown.code = r.code
		return shown
	}
	return r
}

// ask sends one request to the API; the merchant's are signed.
func (y *year) ask(method, path, body string, headers map[string]string) (r reply) {
	in, err := http.NewRequest(method, apiAt+path, strings.NewReader(body))
	if err != nil {
		return y.mustNot(err)
	}
	if body != "" {
		in.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		in.Header.Set(name, value)
	}
	if strings.HasPrefix(path, "/merchant/") {
		if err := gateway.Sign(in, []byte(body), merchantKey, merchantSecret, merchantRegion, y.clock.Now()); err != nil {
			return y.mustNot(err)
		}
	}
	out, err := y.api.RoundTrip(in)
	if err != nil {
		return y.mustNot(err)
	}
	text, err := io.ReadAll(out.Body)
	if err := cmp.Or(err, json.Unmarshal(text, &r)); err != nil {
		return y.mustNot(fmt.Errorf("%s %s: %d %s: %w", method, path, out.StatusCode, text, err))
	}
	r.code = out.StatusCode
	if r.code == http.StatusInternalServerError || r.code == http.StatusForbidden || r.code == http.StatusBadRequest {
		y.mustNot(fmt.Errorf("%s %s: %d %s", method, path, r.code, text))
	}
	return r.shown()
}

// mustNot notes what may never happen.
func (y *year) mustNot(err error) reply {
	y.errs = append(y.errs, fmt.Errorf("%s: %w", y.clock.Now().Format(time.RFC3339), err))
	return reply{}
}
