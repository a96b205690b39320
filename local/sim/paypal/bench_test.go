package paypal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// movedClock is a clock that stands still until a test moves it.
type movedClock struct {
	mu  sync.Mutex
	now time.Time
}

func (k *movedClock) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *movedClock) move(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

// bench is one simulator behind a real HTTP server, and a client of it that
// never repeats a call by itself: without kept connections, net/http has no
// reason to.
type bench struct {
	*testing.T
	sim    *Simulator
	config Config
	clock  *movedClock
	server *httptest.Server
	client *http.Client
	token  string

	mu    sync.Mutex
	slept []time.Duration
}

func newBench(t *testing.T, adjust ...func(*Config)) *bench {
	t.Helper()
	b := &bench{T: t, clock: &movedClock{now: time.Date(2024, 2, 3, 10, 11, 12, 345, time.UTC)}}
	config := Config{
		Seed: 7, Now: b.clock.Now, ClientID: "shop", ClientSecret: "secret",
		Sleep: func(_ context.Context, d time.Duration) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.slept = append(b.slept, d)
		},
	}
	for _, a := range adjust {
		a(&config)
	}
	b.config = config
	b.server = httptest.NewServer(paypalspec.WatchAnswers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.running().ServeHTTP(w, r)
	})))
	paypalspec.Events(t, b.announced)
	t.Cleanup(b.server.Close)
	b.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.start()
	return b
}

// running is the process of the moment.
func (b *bench) running() *Simulator {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sim
}

// announced is the body of every event, sent or not.
func (b *bench) announced() [][]byte {
	var bodies [][]byte
	for _, d := range b.running().Deliveries() {
		bodies = append(bodies, d.Body)
	}
	for _, e := range b.running().Events() {
		bodies = append(bodies, e.Body)
	}
	return bodies
}

// start begins a process of the simulator. The one before is left as it is: to
// the file, that is the same as being killed.
func (b *bench) start() {
	b.Helper()
	sim, err := Open(b.config)
	if err != nil {
		b.Fatal(err)
	}
	sim.SetPublicURL(b.server.URL)
	b.mu.Lock()
	b.sim = sim
	b.mu.Unlock()
	b.token = b.grant()
}

// waits lists how long answers have waited.
func (b *bench) waits() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprint(b.slept)
}

// got is an answer, or the error that came in its place.
type got struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
	err    error
}

func (b *bench) do(method, path, body string, headers ...string) got {
	b.Helper()
	r, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return got{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	g := got{status: resp.StatusCode, header: resp.Header, raw: string(raw), err: err}
	_ = json.Unmarshal(raw, &g.body) // not every answer is JSON; raw tells
	return g
}

func (b *bench) grant() string {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, b.server.URL+tokenPath, strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		b.Fatal(err)
	}
	r.SetBasicAuth("shop", "secret")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var g grantView
	if err := json.NewDecoder(resp.Body).Decode(&g); err != nil || g.AccessToken == "" {
		b.Fatalf("no token: %v %+v", err, g)
	}
	return g.AccessToken
}

// cart is the order body the tests start from.
func cart(customID string) map[string]any {
	return map[string]any{
		"intent": "CAPTURE",
		"purchase_units": []any{map[string]any{
			"custom_id":  customID,
			"invoice_id": "INV-1",
			"amount": map[string]any{
				"currency_code": "EUR", "value": "47.50",
				"breakdown": map[string]any{
					"item_total": eur("40.00"), "tax_total": eur("4.00"), "shipping": eur("5.00"), "discount": eur("1.50"),
				},
			},
			"items": []any{map[string]any{
				"name": "Teapot", "quantity": "2", "unit_amount": eur("20.00"), "tax": eur("2.00"), "sku": "T-1", "category": "PHYSICAL_GOODS",
			}},
			"shipping": map[string]any{
				"name": map[string]any{"full_name": "Avery Example"},
				"address": map[string]any{
					"address_line_1": "Kade 1", "admin_area_2": "Delft", "postal_code": "2611 AA", "country_code": "NL",
				},
			},
		}},
		"payment_source": map[string]any{"paypal": map[string]any{"experience_context": map[string]any{
			"brand_name": "Tea & Co", "locale": "nl-NL", "shipping_preference": "SET_PROVIDED_ADDRESS",
			"user_action": "PAY_NOW", "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
			"return_url": "https://shop.example/back?cart=9", "cancel_url": "https://shop.example/stop",
		}}},
	}
}

func eur(value string) map[string]any {
	return map[string]any{"currency_code": "EUR", "value": value}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (b *bench) create(customID, requestID string) string {
	b.Helper()
	g := b.do("POST", ordersPath, text(cart(customID)), "PayPal-Request-Id", requestID, "Prefer", "return=representation")
	if g.status != 201 {
		b.Fatalf("create: %d %s", g.status, g.raw)
	}
	return g.body["id"].(string)
}

// approved is an order approved with the funding.
func (b *bench) approved(customID string, f Funding) string {
	b.Helper()
	id := b.create(customID, "create-"+customID)
	if err := b.sim.ApproveWith(id, f); err != nil {
		b.Fatal(err)
	}
	return id
}

func (b *bench) capture(id, requestID string) got {
	b.Helper()
	return b.do("POST", ordersPath+"/"+id+"/capture", "{}", "PayPal-Request-Id", requestID, "Prefer", "return=representation")
}

func (b *bench) look(id string) got {
	b.Helper()
	return b.do("GET", ordersPath+"/"+id, "")
}

// at walks into a decoded body: names for members, numbers for elements.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// issues lists the issue codes of an error, in order.
func (g got) issues() string {
	var list []string
	details, _ := g.body["details"].([]any)
	for _, d := range details {
		list = append(list, at(d, "issue").(string))
	}
	return strings.Join(list, " ")
}

func (b *bench) want(what string, got, want any) {
	b.Helper()
	if got != want {
		b.Errorf("%s: got %v, want %v", what, got, want)
	}
}
