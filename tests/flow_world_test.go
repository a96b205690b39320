package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// world is a whole checkout over HTTP: the gateway with the deployed routes, the
// functions, the real PayPal adapter, a simulated PayPal with books of its own,
// and the table: in a file, or with the tag dynamodb in DynamoDB Local. Only the
// clock is moved by hand.
type world struct {
	t        *testing.T
	clock    *clock.Moved
	table    table // past every decorator
	paypal   *sim.Simulator
	stripe   *stripesim.Simulator
	wire     *wire
	handlers roles
	api      *httptest.Server
	log      *logbook
	file     string
	secrets  string
	buyers   atomic.Int64
}

// table is a store that says what was asked of it: writes and index writes as
// DynamoDB charges them.
type table interface {
	store.Store
	Counts() bolt.Counts
	Close() error
}

// plan says what differs from a plain world; the zero plan is one.
type plan struct {
	seed      int64
	secrets   string                          // token_secrets
	store     func(store.Store) store.Store   // put around the table
	handlers  func(*world) *checkout.Service  // instead of what setup builds
	throttled bool                            // with the template's limits
	env       map[string]string               // settings that differ
	source    func(*world) setup.SecretSource // instead of secrets that stay
	from      *world                          // goes on with its table, PayPal and clock
}

const (
	firstSecret  = "the-first-secret-of-thirty-two-bytes-or-more"
	secondSecret = "the-second-secret-of-thirty-two-bytes-or-more"
	clientID     = "client-of-the-tests"
	clientSecret = "secret-of-the-tests"
	webhookID    = "WHOFTHETESTS"
	stripeKey    = "sk_test_of_the_tests"
	signing      = "whsec_of_the_tests"
	quoteSecret  = "the-quote-secret-of-thirty-two-bytes-or-more"

	customerSecret = "the-customer-secret-of-thirty-two-bytes-or-more"
	customerKey    = "the-customer-key-of-thirty-two-bytes-or-more"

	merchantKey    = "AKIAOFTHETESTS"
	merchantSecret = "merchant-secret-of-the-tests"
	merchantRegion = "eu-central-1"
)

// authority signs the webhooks of every world: a key takes long to make.
var authority = sync.OnceValue(func() *sim.Authority {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := sim.NewAuthority("messageverificationcerts.sandbox.paypal.com", from, from.AddDate(2, 0, 0))
	if err != nil {
		panic(err)
	}
	return a
})

func newWorld(t *testing.T, p plan) *world {
	t.Helper()
	w := &world{t: t, log: &logbook{}, wire: &wire{next: setup.Transport()}, secrets: p.secrets}
	if w.secrets == "" {
		w.secrets = firstSecret
	}
	// Its address is needed before it can serve: PayPal rings there.
	w.api = httptest.NewUnstartedServer(nil)
	if p.from == nil {
		w.clock = clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
		w.file = newTable(t)
		w.paypal = sim.New(sim.Config{
			Seed: p.seed, Now: w.clock.Now, Sleep: w.clock.Sleep, ClientID: clientID, ClientSecret: clientSecret,
			Webhook: sim.Webhook{URL: "http://" + w.api.Listener.Addr().String() + "/webhooks/paypal", ID: webhookID, Authority: authority()},
		})
		w.stripe = stripesim.New(stripesim.Config{
			Seed: p.seed, Now: w.clock.Now, Sleep: w.clock.Sleep, Key: stripeKey,
			Webhook: stripesim.Webhook{URL: "http://" + w.api.Listener.Addr().String() + "/webhooks/stripe", Secrets: []string{signing}},
		})
	} else {
		w.clock, w.file, w.paypal, w.stripe = p.from.clock, p.from.file, p.from.paypal, p.from.stripe
		w.must(p.from.table.Close())
	}
	pages := httptest.NewServer(paypalspec.Watch(t, w.paypal))
	w.paypal.SetPublicURL(pages.URL)
	sessions := httptest.NewServer(w.stripe)
	w.stripe.SetPublicURL(sessions.URL)
	paypalspec.Events(t, w.announced)
	var err error
	w.table, err = openTable(w.file, w.clock.Now)
	w.must(err)
	w.build(p, pages.URL, sessions.URL)
	w.api.Config.Handler = w.gateway(p.throttled)
	w.api.Start()
	t.Cleanup(func() {
		w.wire.next.CloseIdleConnections()
		w.api.Close()
		pages.Close()
		sessions.Close()
		w.table.Close() // closed before where another world went on with the file
	})
	return w
}

// build puts the service together the way a function's main does, and loads the
// prices before any decorator can count or spoil a write.
func (w *world) build(p plan, pages, sessions string) {
	w.t.Helper()
	env := map[string]string{
		"STACK_NAME": "tests", "STOREFRONT_ORIGIN": "https://shop.example", "BRAND": "Harbour Goods",
		"PAYPAL_API": pages, "PAYPAL_PAGES": pages, "PAYPAL_WEBHOOK_ID": webhookID, "PAYPAL_CA": string(authority().CA()),
		"STRIPE_API": sessions, "STRIPE_PAGES": sessions, "STRIPE_BANK_COUNTRY": "DE",
	}
	maps.Copy(env, p.env)
	config, err := setup.Read(func(name string) string { return env[name] })
	w.must(err)
	text, err := json.Marshal(worldSecret(w.secrets))
	w.must(err)
	secrets, err := setup.ReadSecrets(text)
	w.must(err)
	source := setup.Constant(*secrets)
	if p.source != nil {
		source = p.source(w)
	}
	rights := policyOf(w.t)
	parts := setup.Parts{Store: rights.table(w.table), Secrets: rights.secrets(source), Clock: w.clock, WriteID: setup.WriteID, Transport: w.wire, Log: setup.Logger(w.log)}
	plain, err := setup.Build(config, parts)
	w.must(err)
	text, err = os.ReadFile("testdata/prices.json")
	w.must(err)
	list, err := checkout.ReadPriceList(text)
	w.must(err)
	w.must(plain.Checkout.PutPriceList(context.Background(), list))
	if p.store != nil {
		parts.Store = p.store(parts.Store)
	}
	w.handlers.Handlers, err = setup.Build(config, parts)
	w.must(err)
	if p.handlers != nil {
		w.handlers.Handlers = handler.Handlers{Checkout: p.handlers(w), Log: parts.Log}
	}
}

// worldSecret is what a world's functions find in their secret, by name.
func worldSecret(tokens string) map[string]string {
	return map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": clientSecret, "token_secrets": tokens, "quote_secrets": quoteSecret,
		"customer_secrets": customerSecret, "customer_key": customerKey, "stripe_key": stripeKey, "stripe_signing": signing,
	}
}

// deployed is template.yaml as the gateway reads it.
func deployed(t *testing.T) gateway.Template {
	t.Helper()
	source, err := gateway.ReadTemplate("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template, err := source.Resolve(map[string]string{"StorefrontOrigin": "https://shop.example", "Brand": "Harbour Goods", "SecretArn": "tests"})
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// gateway serves the template's routes. Its limits are lifted where a test wants
// twenty clicks at once.
func (w *world) gateway(throttled bool) http.Handler {
	w.t.Helper()
	template := deployed(w.t)
	for i := range template.Routes {
		if !throttled {
			template.Routes[i].Throttle = gateway.Throttle{}
		}
	}
	api, err := gateway.New(template, map[string]gateway.Function{
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
	}, gateway.WithClock(w.clock.Now), gateway.WithLog(setup.Logger(w.log)),
		gateway.WithCredentials(merchantKey, merchantSecret, merchantRegion))
	w.must(err)
	return api
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// reply is an answer of the API, as a browser reads it.
type reply struct {
	code   int
	header http.Header
	text   string
	shown
	problem string // the last part of a problem's type; empty for anything else
}

// shown is a payment as the API shows it, or the problem around one.
type shown struct {
	ID     string `json:"id"`
	Token  string `json:"token"`
	Status any    `json:"status"` // a payment's status, or a problem's HTTP status
	Paid   bool   `json:"paid"`
	Total  struct {
		Currency string `json:"currency"`
		Minor    int64  `json:"minor"`
	} `json:"total"`
	Attempt int    `json:"attempt"`
	Method  string `json:"method"`
	Reason  string `json:"reason"`
	Next    struct {
		Action string `json:"action"`
		URL    string `json:"url"`
		Text   string `json:"text"`
	} `json:"next"`
	Type    string `json:"type"`
	Detail  string `json:"detail"`
	Code    string `json:"provider_code"`
	Payment *shown `json:"payment"`
}

// call sends one request and holds the answer against the contract and the
// simulator's books, whatever the test is about: no answer escapes.
func (w *world) call(method, path, body string, header map[string]string) reply {
	w.t.Helper()
	r, err := http.NewRequest(method, w.api.URL+path, strings.NewReader(body))
	w.must(err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) reply {
	w.t.Helper()
	got, err := w.api.Client().Do(r)
	if err != nil {
		w.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		return reply{}
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		w.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	return w.judge(r, reply{code: got.StatusCode, header: got.Header, text: string(text)})
}

func (w *world) judge(r *http.Request, a reply) reply {
	w.t.Helper()
	if err := holdAgainstContract(r, a.code, a.header, []byte(a.text)); err != nil {
		w.t.Errorf("%s %s breaks the contract: %v\n%s", r.Method, r.URL.Path, err, a.text)
	}
	// A page of a list is no payment: its next is a cursor, or it is no JSON at all; and a
	// story's payment is an id, as a receipt's is, which may be a page.
	other := a.code == http.StatusOK && (slices.Contains([]string{"/customers/me/payments", "/merchant/payments", "/merchant/settlements", "/merchant/entries"}, r.URL.Path) ||
		strings.HasSuffix(r.URL.Path, "/money") || strings.HasSuffix(r.URL.Path, "/receipt"))
	if err := json.Unmarshal([]byte(a.text), &a.shown); err != nil && !other {
		w.t.Errorf("%s %s: %v: %s", r.Method, r.URL.Path, err, a.text)
	}
	a.problem = strings.TrimPrefix(a.Type, "urn:serverless-checkout:problem:")
	if a.Payment != nil {
		a.shown = *a.Payment
	}
	if a.code == http.StatusInternalServerError && !w.log.expected.Load() {
		w.t.Errorf("%s %s: 500 %s", r.Method, r.URL.Path, a.text)
	}
	w.honest(a)
	return a
}

// honest compares what an answer claims with the providers' books of that moment.
func (w *world) honest(a reply) {
	w.t.Helper()
	if a.ID == "" {
		return
	}
	taken := 0
	for _, c := range w.paypal.Books().Charged(a.ID) {
		if c.State == "COMPLETED" {
			taken++
		}
	}
	for _, o := range w.sessions(a.ID) {
		if o.IntentStatus == "succeeded" {
			taken++
		}
	}
	switch status := a.status(); {
	case a.Paid != (status == payment.StatusCaptured || status == payment.StatusPartiallyRefunded):
		w.t.Errorf("paid is %t and status %s", a.Paid, status)
	case a.Paid && taken != 1:
		w.t.Errorf("%s is reported paid; the providers' books have %d charges", a.ID, taken)
	case (status == payment.StatusDeclined || status == payment.StatusExpired) && taken != 0:
		w.t.Errorf("%s is reported %s; the providers' books have %d charges", a.ID, status, taken)
	}
}

// status is the payment's, whether it stands alone or in a problem.
func (a reply) status() payment.Status {
	s, _ := a.Status.(string)
	return payment.Status(s)
}

// wire is what the provider's client sends through: it can be cut, and it can
// hold a call back so that its effect comes after its caller has given up.
type wire struct {
	next *http.Transport
	cut  atomic.Bool
	late atomic.Pointer[lateCall]
	sent atomic.Int64
	seen sync.Map // every host that was asked, cut or not

	meets atomic.Pointer[func(*http.Request)] // is called with each call before it is sent
}

// lateCall is the next capture, kept until deliver.
type lateCall struct {
	request *http.Request
	body    []byte
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.sent.Add(1)
	w.seen.Store(r.URL.Host, true)
	if meets := w.meets.Load(); meets != nil {
		(*meets)(r)
	}
	if w.cut.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("no route to the provider")}
	}
	if held := w.late.Load(); held != nil && held.request == nil && strings.HasSuffix(r.URL.Path, "/capture") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		w.late.Store(&lateCall{request: r.Clone(context.Background()), body: body})
		return nil, context.DeadlineExceeded
	}
	return w.next.RoundTrip(r)
}

// deliver lets the held call arrive after all.
func (w *wire) deliver() error {
	held := w.late.Swap(nil)
	if held == nil || held.request == nil {
		return fmt.Errorf("no call was held back")
	}
	held.request.Body = io.NopCloser(bytes.NewReader(held.body))
	got, err := w.next.RoundTrip(held.request)
	if err != nil {
		return err
	}
	return got.Body.Close()
}

// logbook keeps every line that was logged.
type logbook struct {
	mu       sync.Mutex
	text     bytes.Buffer
	expected atomic.Bool // a 500 is what the test is after
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// announced is the body of every event of PayPal's, sent or not.
func (w *world) announced() (bodies [][]byte) {
	for _, d := range w.paypal.Deliveries() {
		bodies = append(bodies, d.Body)
	}
	for _, e := range w.paypal.Events() {
		bodies = append(bodies, e.Body)
	}
	return bodies
}

// captureBehindOurBack is a capture that nobody here asked for: the merchant's
// other software, or a call that was held up for long.
func (w *world) captureBehindOurBack(order string) {
	w.t.Helper()
	send := func(path, contentType, body string, auth func(*http.Request)) []byte {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		auth(r)
		got := httptest.NewRecorder()
		paypalspec.WatchAnswers(w.t, w.paypal).ServeHTTP(got, r)
		if got.Code/100 != 2 {
			w.t.Fatalf("%s: %d %s", path, got.Code, got.Body)
		}
		return got.Body.Bytes()
	}
	var grant struct {
		Token string `json:"access_token"`
	}
	text := send("/v1/oauth2/token", "application/x-www-form-urlencoded", "grant_type=client_credentials",
		func(r *http.Request) { r.SetBasicAuth(clientID, clientSecret) })
	w.must(json.Unmarshal(text, &grant))
	send("/v2/checkout/orders/"+order+"/capture", "application/json", "{}",
		func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+grant.Token) })
}
