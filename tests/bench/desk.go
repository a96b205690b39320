package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
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
	paypal *sim.Simulator
	table  store.Store
	calls  atomic.Int64 // to PayPal, the token apart
	rung   []*http.Request
	meter  meter
	steps  []string // of a life that was told
	books  cost     // of what is written for all payments together
	close  func()
}

// cost is what DynamoDB charges, in units, and how often it was asked.
type cost struct {
	base, index, read      float64
	gets, queries, written float64
}

func (c cost) less(d cost) cost {
	return cost{c.base - d.base, c.index - d.index, c.read - d.read, c.gets - d.gets, c.queries - d.queries, c.written - d.written}
}

func (c cost) plus(d cost) cost { return c.less(cost{}.less(d)) }

// meter sums up.
type meter struct {
	mu  sync.Mutex
	sum cost
}

func (m *meter) add(c cost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = m.sum.plus(c)
}

func (m *meter) read() cost {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}

// consumed takes down what DynamoDB says of a call.
func (m *meter) consumed(c dynamo.Consumed) {
	table, indexes := 0.0, 0.0
	if t := c.Capacity.Table; t != nil && t.CapacityUnits != nil {
		table = *t.CapacityUnits
	}
	for _, i := range c.Capacity.GlobalSecondaryIndexes {
		if i.CapacityUnits != nil {
			indexes += *i.CapacityUnits
		}
	}
	told := cost{base: table, index: indexes, written: float64(c.Puts)}
	if c.Puts == 0 {
		told = cost{read: table + indexes}
	}
	switch c.Call {
	case "GetItem":
		told.gets = 1
	case "Query":
		told.queries = 1
	}
	m.add(told)
}

// openDesk opens a checkout over DynamoDB Local, or over a file where there is none.
func openDesk(local *cloud.DynamoDB, folder, name string) (*desk, error) {
	d := &desk{clock: clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)), close: func() {}}
	var err error
	if local != nil {
		err = d.openDynamo(local, name)
	} else {
		err = d.openBolt(filepath.Join(folder, name))
	}
	if err != nil {
		return nil, err
	}
	const here = "http://127.0.0.1:1" // nothing is dialled: see RoundTrip
	d.paypal = sim.New(sim.Config{
		Now: d.clock.Now, Sleep: d.clock.Sleep, ClientID: clientID, ClientSecret: clientKey, PublicURL: here,
		Webhook: sim.Webhook{URL: "https://api.shop.example/webhooks/paypal", ID: webhookID, Client: &http.Client{Transport: letterbox{d}}},
	})
	env := map[string]string{
		"STACK_NAME": "bench", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
		"PAYPAL_API": here, "PAYPAL_PAGES": here, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(d.paypal.CA()),
	}
	config, err := setup.Read(func(name string) string { return env[name] })
	if err != nil {
		return nil, err
	}
	handlers, err := setup.Build(config, setup.Parts{
		Store: together{d.table, d}, Clock: d.clock, WriteID: setup.WriteID, Transport: d, Log: setup.Logger(io.Discard),
		Secrets: setup.Constant(setup.Secrets{Checkout: checkout.Secrets{Tokens: [][]byte{[]byte(tokenKey)}}, PayPal: payPalKeys}),
	})
	if err != nil {
		return nil, err
	}
	d.Service = handlers.Checkout
	return d, d.PutPriceList(context.Background(), twenty())
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

// weighed works out what DynamoDB would charge for what is asked of a file, by the
// sizes of the items (DynamoDB developer guide, "Read/write capacity").
type weighed struct {
	*bolt.Store
	meter *meter
}

// Get costs a read unit for each 4 KB.
func (w weighed) Get(ctx context.Context, key store.Key) (store.Item, error) {
	item, err := w.Store.Get(ctx, key)
	size := 1
	if err == nil {
		if size, err = dynamo.Bytes(item); err != nil {
			return item, err
		}
	}
	w.meter.add(cost{gets: 1, read: math.Ceil(float64(size) / 4096)})
	return item, err
}

// Query costs half a unit for each 4 KB of an index, and at least that.
func (w weighed) Query(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := w.Store.Query(ctx, q)
	size := 1.0
	for _, item := range page.Items {
		if n, err := dynamo.Bytes(item); err == nil {
			size += float64(n)
		}
	}
	units := math.Ceil(size/4096) / 2
	if q.Partition != "" {
		units *= 2
	}
	w.meter.add(cost{queries: 1, read: units})
	return page, err
}

// Write costs a unit for each KB of the larger of the two items, and twice that in
// a transaction; what it costs the indexes is counted by the store.
func (w weighed) Write(ctx context.Context, puts ...store.Put) error {
	before := w.Store.Counts().IndexWrites
	if err := w.Store.Write(ctx, puts...); err != nil {
		return err
	}
	told := cost{index: float64(w.Store.Counts().IndexWrites - before), written: float64(len(puts))}
	for _, p := range puts {
		size, err := dynamo.Bytes(p.After)
		if err != nil {
			return err
		}
		if p.Before.Version > 0 {
			old, err := dynamo.Bytes(p.Before)
			if err != nil {
				return err
			}
			size = max(size, old)
		}
		told.base += math.Ceil(float64(size) / 1024)
	}
	if len(puts) > 1 {
		told.base *= 2
	}
	w.meter.add(told)
	return nil
}

// RoundTrip lets the simulated PayPal answer at once, and counts.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/oauth2/token") {
		d.calls.Add(1)
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	got := httptest.NewRecorder()
	d.paypal.ServeHTTP(got, in)
	return got.Result(), nil
}

// letterbox keeps what PayPal delivers.
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

// purchase is a cart of so many lines.
func purchase(lines int) checkout.Purchase {
	in := checkout.Purchase{Key: newKey(), Currency: "EUR", Country: "DE", Language: "de", Method: "paypal", Reference: "R-1001"}
	for i := range lines {
		in.Cart = append(in.Cart, checkout.CartLine{SKU: fmt.Sprintf("BOOK-%02d", i), Quantity: 2})
	}
	return in
}

// open makes a payment and gives its order.
func (d *desk) open(lines int) (p payment.Payment, order string, err error) {
	p, _, err = d.Create(context.Background(), purchase(lines))
	if err != nil {
		return p, "", err
	}
	live, ok := p.Live()
	if !ok {
		return p, "", errors.New("a payment without an attempt")
	}
	d.clock.Move(30 * time.Second)
	return p, live.Order, nil
}

// paid makes a payment, approves it and captures it.
func (d *desk) paid(lines int) (payment.Payment, error) {
	p, order, err := d.open(lines)
	if err != nil {
		return p, err
	}
	if err := d.paypal.Approve(order); err != nil {
		return p, err
	}
	return d.take(p.ID)
}

// take captures an approved payment.
func (d *desk) take(id string) (payment.Payment, error) {
	token, err := d.Token(context.Background(), id)
	if err != nil {
		return payment.Payment{}, err
	}
	p, asking, err := d.Capture(context.Background(), id, token)
	if err := errors.Join(asking, err); err != nil {
		return p, err
	}
	d.clock.Move(30 * time.Second)
	if status := payment.StatusOf(p); status != payment.StatusCaptured {
		return p, fmt.Errorf("a captured payment is %s", status)
	}
	return p, nil
}

// hear delivers what PayPal has to say, which is something.
func (d *desk) hear() error {
	d.rung = nil
	d.paypal.Deliver(context.Background())
	if len(d.rung) == 0 {
		return errors.New("PayPal has nothing to say")
	}
	for _, r := range d.rung {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if _, err := d.Webhook(context.Background(), "paypal", provider.Delivery{Header: r.Header.Get, Body: body}); err != nil {
			return err
		}
	}
	return nil
}

// size is what DynamoDB counts for a payment as it stands.
func (d *desk) size(id string) (int, error) {
	item, err := d.table.Get(context.Background(), store.PaymentKey(id))
	if err != nil {
		return 0, err
	}
	return dynamo.Bytes(item)
}
