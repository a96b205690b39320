package handler_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// counter is the handlers over a real table and a provider that opens every order.
type counter struct {
	*testing.T
	handler.Handlers
	table  *bolt.Store
	writes int
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{T: t}
	table, err := bolt.Open(filepath.Join(t.TempDir(), "table"), c.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	log := slog.New(slog.DiscardHandler)
	c.table = table
	c.Handlers = handler.Handlers{Log: log}
	c.Checkout, err = checkout.New(checkout.Config{
		Stack: "harbour", Store: table, Providers: []provider.Provider{openDesk{}}, Clock: c, Log: log,
		WriteID: func() string { c.writes++; return fmt.Sprint("w", c.writes) },
		Secrets: checkout.Constant(checkout.Secrets{Tokens: [][]byte{make([]byte, 32)}, Quotes: [][]byte{[]byte(quoteSecret)}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (*counter) Now() time.Time                       { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
func (*counter) Left(time.Time) time.Duration         { return time.Hour }
func (*counter) Sleep(context.Context, time.Duration) {}

// openDesk opens every order.
type openDesk struct{ provider.Provider }

func (openDesk) Name() string    { return "paypal" }
func (openDesk) Account() string { return "test" }

func (openDesk) CreateOrder(_ context.Context, o provider.Order) (payment.Snapshot, error) {
	return payment.Snapshot{Provider: "paypal", Account: "test", Order: "ORDER", State: payment.OrderWaiting,
		Payment: o.Payment, Amount: o.Quote.Total, Approve: "https://pay.example/"}, nil
}

// send sends one request to a route and gives its answer's status, its problem
// type and its body.
func (c *counter) send(route handler.HTTP, method, body string, header map[string]string) (status int, problem, text string) {
	c.Helper()
	event := events.APIGatewayV2HTTPRequest{Body: body, Headers: map[string]string{"Content-Type": "application/json"}}
	event.RequestContext.HTTP.Method = method
	for name, value := range header {
		event.Headers[name] = value
	}
	return c.sendEvent(route, event)
}

func (c *counter) sendEvent(route handler.HTTP, event events.APIGatewayV2HTTPRequest) (status int, problem, text string) {
	c.Helper()
	got, err := route(c.Context(), event)
	if err != nil {
		c.Fatal(err)
	}
	var b struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal([]byte(got.Body), &b); err != nil {
		c.Fatal(err, got.Body)
	}
	return got.StatusCode, strings.TrimPrefix(b.Type, "urn:serverless-checkout:problem:"), got.Body
}

const goodList = `{"products":[{"sku":"BOOK","name":"E-book","prices":{"EUR":"12.50"}},{"sku":"A","name":"A <b>","prices":{"EUR":"1"}}],"shipping":[{"countries":["DE"],"prices":{"EUR":"4.90"}}]}`

// TestPriceListGoesRound: what GET gives, PUT takes, and it is the same list.
func TestPriceListGoesRound(t *testing.T) {
	c := newCounter(t)
	route := c.PriceList()
	if status, problem, _ := c.send(route, "GET", "", nil); status != 404 || problem != "not-found" {
		t.Errorf("before the first: %d %s", status, problem)
	}
	status, _, put := c.send(route, "PUT", goodList, nil)
	var accepted struct {
		Version  string
		Products int
	}
	if err := json.Unmarshal([]byte(put), &accepted); err != nil || status != 200 || accepted.Products != 2 || accepted.Version == "" {
		t.Fatalf("%d %s", status, put)
	}
	status, _, got := c.send(route, "GET", "", nil)
	var inForce struct {
		Version string
		List    json.RawMessage
	}
	if err := json.Unmarshal([]byte(got), &inForce); err != nil || status != 200 || inForce.Version != accepted.Version {
		t.Fatalf("%d %s", status, got)
	}
	before := c.table.Counts().Writes
	if status, _, again := c.send(route, "PUT", string(inForce.List), nil); status != 200 || again != put || c.table.Counts().Writes != before {
		t.Errorf("what GET gave: %d %s", status, again)
	}
}

// TestBadUploads: each is refused, and the list in force stays.
func TestBadUploads(t *testing.T) {
	c := newCounter(t)
	route := c.PriceList()
	c.send(route, "PUT", goodList, nil)
	before := c.table.Counts().Writes
	filled := func(size int) string { return goodList + strings.Repeat(" ", size-len(goodList)) }
	for name, u := range map[string]struct {
		body    string
		media   string
		status  int
		problem string
		detail  string
	}{
		"a form":              {goodList, "application/x-www-form-urlencoded", 415, "media-type", ""},
		"no media type":       {goodList, "", 415, "media-type", ""},
		"a byte over 2 MB":    {filled(2<<20 + 1), "application/json", 413, "too-large", "2 MB"},
		"nothing":             {"", "application/json", 400, "price-list-invalid", "the text"},
		"one bad row":         {strings.Replace(goodList, "12.50", "12,50", 1), "application/json", 400, "price-list-invalid", "products[0].prices.EUR: is not a price"},
		"two bad rows":        {strings.NewReplacer("12.50", "12,50", `"DE"`, `"de"`).Replace(goodList), "application/json", 400, "price-list-invalid", "; shipping[0].countries[0]: "},
		"a field nobody asks": {strings.Replace(goodList, `"name"`, `"title":"x","name"`, 1), "application/json", 400, "price-list-invalid", "products[0].title: is not a known field"},
	} {
		status, problem, text := c.send(route, "PUT", u.body, map[string]string{"Content-Type": u.media})
		if status != u.status || problem != u.problem || !strings.Contains(text, u.detail) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	event := events.APIGatewayV2HTTPRequest{Body: "not base64!", IsBase64Encoded: true, Headers: map[string]string{"content-type": "application/json"}}
	event.RequestContext.HTTP.Method = "PUT"
	if status, problem, text := c.sendEvent(route, event); status != 400 || problem != "body-invalid" {
		t.Errorf("garbled: %d %s", status, text)
	}
	if wrote := c.table.Counts().Writes - before; wrote != 0 {
		t.Errorf("%d rows were written", wrote)
	}
	event.Body = base64.StdEncoding.EncodeToString([]byte(filled(2 << 20)))
	if status, _, text := c.sendEvent(route, event); status != 200 {
		t.Errorf("2 MB to the byte, as base64: %d %.200s", status, text)
	}
}

// TestShippingUnavailable is a cart that is not sent where its buyer is.
func TestShippingUnavailable(t *testing.T) {
	c := newCounter(t)
	c.send(c.PriceList(), "PUT", strings.Replace(goodList, `"name":"E-book"`, `"name":"Book","physical":true`, 1), nil)
	body := `{"cart":[{"sku":"BOOK","quantity":1}],"currency":"EUR","country":"CH","method":"paypal","shipping":{"name":"Ada","lines":["1 Rook Lane"],"city":"Bern","country":"CH"}}`
	key := map[string]string{"Idempotency-Key": strings.Repeat("k", 32)}
	if status, problem, text := c.send(c.CreatePayment(), "POST", body, key); status != 422 || problem != "shipping-unavailable" {
		t.Errorf("to CH: %d %s", status, text)
	}
	if status, _, text := c.send(c.CreatePayment(), "POST", strings.ReplaceAll(body, "CH", "DE"), key); status != 201 || !strings.Contains(text, `"shipping":{"currency":"EUR","minor":490,"value":"4.90"}`) {
		t.Errorf("to DE: %d %s", status, text)
	}
}
