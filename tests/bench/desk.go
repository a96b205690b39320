package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// desk is a checkout in this process, whose clock is moved by hand and whose calls
// are counted: for what is counted and not timed.
type desk struct {
	*checkout.Service
	clock  *clock.Moved
	at     string // the provider whose buyers come here
	paypal *sim.Simulator
	stripe *stripesim.Simulator
	table  store.Store
	calls  atomic.Int64 // to providers, apart from that for PayPal's token or whose Stripe's key is
	waited atomic.Int64 // ns until the simulated providers had answered
	rung   []*http.Request
	meter  meter
	steps  []string // of a life that was told
	books  cost     // of what is written for all payments together
	close  func()
}

// Where the providers are. Nothing is dialled: see RoundTrip. Stripe's pages have their
// real address, because it is long and it is stored.
const (
	deskPayPal = "http://127.0.0.1:1"
	deskStripe = "http://127.0.0.1:2"
)

// The address of a page of Stripe's ends in a fragment for that page alone. Stripe does not
// say how long it is; those of sessions that people have shown to others have from 160 to
// 340 characters, and the newer ones some 300. The simulated Stripe has none.
var (
	stripePage = regexp.MustCompile(`"` + regexp.QuoteMeta(stripe.Pages) + `/c/pay/[A-Za-z0-9_]+`)
	fragment   = "${0}#" + strings.Repeat("f", 300)
)

// openDesk opens a checkout over DynamoDB Local, or over a file where there is none, for
// buyers of a provider; the merchant may have others beside it.
func openDesk(local *cloud.DynamoDB, folder, name, at string, others ...string) (*desk, error) {
	d := &desk{clock: clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)), at: at, close: func() {}}
	var err error
	if local != nil {
		err = d.openDynamo(local, name)
	} else {
		err = d.openBolt(filepath.Join(folder, name))
	}
	if err != nil {
		return nil, err
	}
	d.openProviders()
	env := map[string]string{
		"STACK_NAME": "bench", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
		"PROVIDERS":  strings.Join(append([]string{at}, others...), ","),
		"PAYPAL_API": deskPayPal, "PAYPAL_PAGES": deskPayPal, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(d.paypal.CA()),
		"STRIPE_API": deskStripe, "STRIPE_PAGES": stripe.Pages,
	}
	config, err := setup.Read(func(name string) string { return env[name] })
	if err != nil {
		return nil, err
	}
	handlers, err := setup.Build(config, setup.Parts{
		Store: together{d.table, d}, Clock: d.clock, WriteID: setup.WriteID, Transport: d, Log: setup.Logger(io.Discard),
		Secrets: setup.Constant(setup.Secrets{Checkout: checkout.Secrets{Tokens: [][]byte{[]byte(tokenKey)}}, PayPal: payPalKeys, Stripe: stripeKeys}),
	})
	if err != nil {
		return nil, err
	}
	d.Service = handlers.Checkout
	return d, d.PutPriceList(context.Background(), twenty())
}

// openProviders opens both, whichever the merchant has.
func (d *desk) openProviders() {
	letters := &http.Client{Transport: letterbox{d}}
	d.paypal = sim.New(sim.Config{
		Now: d.clock.Now, Sleep: d.clock.Sleep, ClientID: clientID, ClientSecret: clientKey, PublicURL: deskPayPal,
		Webhook: sim.Webhook{URL: "https://api.shop.example/webhooks/paypal", ID: webhookID, Client: letters},
	})
	d.stripe = stripesim.New(stripesim.Config{
		Now: d.clock.Now, Sleep: d.clock.Sleep, Key: stripeKeys.Key, PublicURL: stripe.Pages,
		Webhook: stripesim.Webhook{
			URL: "https://api.shop.example/webhooks/stripe", Secrets: []string{stripeKeys.Signing}, Events: stripe.Events(), Client: letters,
		},
	})
}

func (d *desk) openDynamo(local *cloud.DynamoDB, name string) (err error) {
	if err := local.MakeTable(context.Background(), name); err != nil {
		return err
	}
	d.table, err = dynamo.New(dynamo.Config{
		AWS: local.AWS(), Endpoint: local.Endpoint, Table: name, Now: d.clock.Now, Observe: d.meter.consumed,
	})
	return err
}

func (d *desk) openBolt(path string) error {
	file, err := bolt.Open(path, d.clock.Now)
	if err != nil {
		return err
	}
	d.table, d.close = weighed{file, &d.meter}, func() { file.Close() }
	return nil
}

// RoundTrip lets a simulated provider answer at once, and counts.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/oauth2/token") && r.URL.Path != "/v1/account" {
		d.calls.Add(1)
	}
	var provider http.Handler = d.paypal
	if strings.HasSuffix(deskStripe, r.URL.Host) {
		provider = d.stripe
	}
	defer func(asked time.Time) { d.waited.Add(int64(time.Since(asked))) }(time.Now())
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	got := httptest.NewRecorder()
	provider.ServeHTTP(got, in)
	got.Body = bytes.NewBuffer(stripePage.ReplaceAll(got.Body.Bytes(), []byte(fragment)))
	return got.Result(), nil
}

// letterbox keeps what a provider delivers.
type letterbox struct{ of *desk }

func (l letterbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	l.of.rung = append(l.of.rung, r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// twenty is a price list of twenty products.
func twenty() (list checkout.PriceList) {
	for i := range 20 {
		list.Products = append(list.Products, checkout.Product{
			SKU: fmt.Sprintf("BOOK-%02d", i), Name: fmt.Sprintf("The Book of Tides, volume %d", i+1), Prices: priced("12.50"),
		})
	}
	return list
}

// size is what DynamoDB counts for a payment as it stands.
func (d *desk) size(id string) (int, error) {
	item, err := d.table.Get(context.Background(), store.PaymentKey(id))
	if err != nil {
		return 0, err
	}
	return dynamo.Bytes(item)
}
