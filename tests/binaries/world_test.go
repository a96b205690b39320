//go:build binaries

package binaries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

const (
	stackName  = "binaries"
	shopOrigin = "https://shop.example"
	brand      = "Harbour Goods"
	webhookID  = "WHOFTHEBINARIES"
	secretARN  = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:binaries-AbCdEf"

	clientID     = "client-of-the-binaries"
	clientSecret = "secret-of-the-binaries"
	tokenSecret  = "a-token-secret-of-thirty-two-bytes-or-more"
	quoteSecret  = "a-quote-secret-of-thirty-two-bytes-or-more"

	merchantKey    = "AKIAOFTHEMERCHANT"
	merchantSecret = "merchant-secret-of-the-binaries"
)

// world is one deployment: a table, a secret, a PayPal, a gateway, and functions
// that are processes. Worlds share DynamoDB Local and the built binaries alone, so
// that several can be played at once.
type world struct {
	*deployment
	table   table
	clock   shifted // PayPal's
	desk    *desk
	secrets *cloud.Secrets
	wire    *cloud.Wire
	api     *httptest.Server
	env     map[string]map[string]string // by logical id
	run     atomic.Pointer[run]
}

// shifted is the machine's clock, put forward.
type shifted struct{ by atomic.Int64 }

func (c *shifted) Now() time.Time       { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *shifted) move(d time.Duration) { c.by.Add(int64(d)) }

// authority signs the webhooks of all worlds: a key takes long to make.
var authority = sync.OnceValues(func() (*sim.Authority, error) {
	return sim.NewAuthority("", time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
})

// binaries are where TestMain has built the functions.
var binaries string

// open puts a world together and its prices in force.
func open(t testing.TB, name string) *world {
	t.Helper()
	w, err := newWorld(name)
	if err != nil {
		t.Fatalf("a world cannot be built: %v", err)
	}
	r := w.begin(t, plan{})
	r.loadPrices()
	r.report()
	return w
}

func newWorld(name string) (*world, error) {
	d, err := readDeployment()
	if err != nil {
		return nil, err
	}
	w := &world{deployment: d, desk: newDesk(), secrets: cloud.NewSecrets(secretARN, secretOf(clientSecret)), env: map[string]map[string]string{}}
	w.secrets.Credentials = aws.Credentials{AccessKeyID: runtime.AccessKey, SecretAccessKey: runtime.SecretKey, SessionToken: runtime.SessionToken}
	if w.table, err = makeTable(name); err != nil {
		return nil, err
	}
	base, err := url.Parse(w.table.url)
	if err != nil {
		return nil, err
	}
	ca, err := cloud.NewCA()
	if err != nil {
		return nil, err
	}
	signer, err := authority()
	if err != nil {
		return nil, err
	}
	if w.wire, err = cloud.NewWire(cloud.Upstreams{DynamoDB: httputil.NewSingleHostReverseProxy(base), Secrets: w.secrets, PayPal: w.desk}, ca); err != nil {
		return nil, err
	}
	refs := map[string]string{
		"AWS::StackName": stackName, "Table": name, "StorefrontOrigin": shopOrigin, "Brand": brand,
		"SecretArn": secretARN, "PayPalApi": w.wire.PayPal, "PayPalWebhookId": webhookID,
	}
	set := map[string]string{
		"PAYPAL_PAGES": w.wire.PayPal, "PAYPAL_CA": string(ca.PEM) + string(signer.CA()),
		"AWS_ENDPOINT_URL_DYNAMODB": w.wire.DynamoDB, "AWS_ENDPOINT_URL_SECRETS_MANAGER": w.wire.Secrets,
	}
	for id := range w.Functions {
		if w.env[id], err = w.environment(id, refs, set); err != nil {
			return nil, err
		}
	}
	return w, w.openAPI()
}

// openAPI serves the template's routes by processes. Its limits are for crowds.
func (w *world) openAPI() error {
	functions := map[string]gateway.Function{}
	for i := range w.Routes {
		w.Routes[i].Throttle = gateway.Throttle{}
		functions[w.Routes[i].Function] = w.function(w.Routes[i].Function)
	}
	api, err := gateway.New(w.Template, functions, gateway.WithCredentials(merchantKey, merchantSecret, runtime.Region))
	if err != nil {
		return err
	}
	w.api = httptest.NewServer(api)
	return nil
}

// function is a function behind the gateway: a process is asked.
func (w *world) function(id string) gateway.Function {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (answer events.APIGatewayV2HTTPResponse, err error) {
		event, err := json.Marshal(e)
		if err != nil {
			return answer, err
		}
		deadline, _ := ctx.Deadline()
		text, err := w.run.Load().invoke(id, deadline, event)
		if err != nil {
			return answer, err
		}
		return answer, json.Unmarshal(text, &answer)
	}
}

// close ends what the world has opened; the table stays with DynamoDB Local, which
// forgets it.
func (w *world) close() {
	w.api.Close()
	w.wire.Close()
}

func secretOf(paypal string) string {
	text, err := json.Marshal(map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": paypal, "token_secrets": tokenSecret, "quote_secrets": quoteSecret,
	})
	if err != nil {
		panic(err) // strings
	}
	return string(text)
}

// desk is PayPal's front desk. The simulator behind it is another one for each
// run, and knows one client secret for ever; which secrets are good is said here,
// so that one can be revoked.
type desk struct {
	paypal atomic.Pointer[sim.Simulator]
	mu     sync.Mutex
	good   []string
}

func newDesk() *desk { return &desk{good: []string{clientSecret}} }

func (d *desk) accept(secrets ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good = secrets
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id, secret, ok := r.BasicAuth(); ok {
		d.mu.Lock()
		good := slices.Contains(d.good, secret)
		d.mu.Unlock()
		if r.SetBasicAuth(id, clientSecret); !good {
			r.SetBasicAuth(id, "revoked")
		}
	}
	d.paypal.Load().ServeHTTP(w, r)
}

// plan is what befalls one run: the zero plan is a good day.
type plan struct {
	invocation int         // which one of the told part is hit; 1 is the first, 0 none
	point      cloud.Point // at which of its calls
	gone       bool        // whoever asked does not come again
	warm       bool        // one process for each function, frozen in between
	stale      bool        // and its connections are gone when it is thawed
}

// run is one story, from a clean table and a PayPal that knows nobody.
type run struct {
	testing.TB
	w    *world
	plan plan

	telling     bool // what is told counts; what was given before does not
	invocations []invocation
	hit         bool // the plan's point came to pass
	killed      bool // and the process died of it, or of its deadline
	left        bool // whoever asked has gone
	buyers      []*buyer
	disputed    map[string]string // captures, by their disputes' ids
	keys        map[string]string // what every refund was asked for, by its key
	entries     map[string][]json.RawMessage
	foreign     map[string]bool // custom ids of sales on the account that are not the shop's
	silent      bool            // PayPal rings nobody: what it does by itself is for the settlement to find
	sweeps      int             // that it took until all was settled

	mu     sync.Mutex
	faults []string // what is wrong with this run
	slow   bool     // this machine was: somebody nobody touched waited in vain
	warm   map[string]*runtime.Process
}

// invocation is one of the told part, and all it asked the outside.
type invocation struct {
	function string // create-payment
	calls    []string
}

// begin clears the stage.
func (w *world) begin(t testing.TB, p plan) *run {
	t.Helper()
	signer, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	w.clock.by.Store(0)
	w.desk.paypal.Store(sim.New(sim.Config{
		Seed: seeds.Add(1), Now: w.clock.Now, ClientID: clientID, ClientSecret: clientSecret, PublicURL: w.wire.PayPal,
		Webhook: sim.Webhook{URL: w.api.URL + "/webhooks/paypal", ID: webhookID, Authority: signer},
	}))
	r := &run{TB: t, w: w, plan: p, keys: map[string]string{}, disputed: map[string]string{}, entries: map[string][]json.RawMessage{}, warm: map[string]*runtime.Process{}}
	if err := w.table.clear(); err != nil {
		t.Fatal(err)
	}
	w.run.Store(r)
	return r
}

// Errorf notes what is wrong, until it is known whether the run counts.
func (r *run) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// report tells what is wrong with the run, since it counts.
func (r *run) report() {
	r.Helper()
	for _, fault := range r.faults {
		r.TB.Error(fault)
	}
}

// seeds gives every simulator ids of its own.
var seeds atomic.Int64

func (r *run) paypal() *sim.Simulator { return r.w.desk.paypal.Load() }

func (r *run) must(err error) {
	r.Helper()
	if err != nil {
		r.TB.Fatal(err)
	}
}

// shortest is a deadline that lets every step begin (a capture wants 11 s, a sweep
// 15 s for each payment) and that a held call outlasts.
func shortest(function string) time.Duration {
	if function == "sweep" || function == "settlement" {
		return 16 * time.Second
	}
	return 12 * time.Second
}

// invoke starts a process, gives it the event, and ends it, as if the next
// invocation came to another one. In a warm run it is frozen and used again.
func (r *run) invoke(id string, deadline time.Time, event []byte) ([]byte, error) {
	name := r.w.name(id)
	if r.plan.warm {
		return r.invokeWarm(id, deadline, event)
	}
	var at cloud.Point
	if r.telling && len(r.invocations)+1 == r.plan.invocation {
		at = r.plan.point
	}
	if at.Moment == cloud.Held {
		deadline = time.Now().Add(shortest(name))
	}
	watch := r.w.wire.Watch(at)
	p, err := runtime.Start(r.start(id))
	if err != nil {
		return nil, err
	}
	watch.Aim(p)
	answer, err := p.Invoke(event, deadline)
	p.Kill()
	for _, call := range watch.Calls() {
		if !r.w.may(id, call) {
			r.Errorf("on AWS the role of %s would not allow %s", name, call)
		}
	}
	if r.telling {
		r.invocations = append(r.invocations, invocation{name, watch.Calls()})
	}
	if watch.Reached() {
		r.hit = true
		r.killed = errors.Is(err, runtime.ErrDied) || errors.Is(err, runtime.ErrTimedOut)
	} else if err != nil {
		r.Errorf("%s failed, and nobody touched it: %v\n%s", name, err, p.Log())
	}
	// Whoever was not held and still had no answer in time met a slow machine.
	r.slow = r.slow || !watch.Reached() && slices.ContainsFunc(patience, func(end string) bool { return strings.Contains(p.Log(), end) })
	if strings.Contains(p.Log(), "panic") {
		r.Errorf("%s panicked:\n%s", name, p.Log())
	}
	r.watch(name)
	return answer, err
}

// patience is how the functions say that it is at an end: our store's words, and
// Go's.
var patience = []string{"no answer within", "deadline exceeded", "Client.Timeout", "TLS handshake timeout"}

func (r *run) start(id string) runtime.Function {
	name := r.w.name(id)
	return runtime.Function{Name: name, Binary: filepath.Join(binaries, name), Env: r.w.env[id], Frozen: r.plan.warm}
}

// invokeWarm asks the process that served the last invocation.
func (r *run) invokeWarm(id string, deadline time.Time, event []byte) ([]byte, error) {
	p := r.warm[id]
	if p == nil || !p.Alive() {
		watch := r.w.wire.Watch(cloud.Point{})
		var err error
		if p, err = runtime.Start(r.start(id)); err != nil {
			return nil, err
		}
		watch.Aim(p)
		r.warm[id] = p
	}
	if r.plan.stale {
		r.w.wire.Drop()
	}
	answer, err := p.Invoke(event, deadline)
	if err != nil {
		r.Errorf("%s failed: %v\n%s", r.w.name(id), err, p.Log())
	}
	r.watch(r.w.name(id))
	return answer, err
}

// end ends every process that is kept warm.
func (r *run) end() {
	for _, p := range r.warm {
		p.Kill()
	}
}

// scheduled starts what the scheduler starts. Its failure is the scheduler's to
// see, and the next run's to make up for.
func (r *run) scheduled(name string) {
	r.Helper()
	for id, declared := range r.w.Functions {
		if r.w.name(id) == name {
			_, err := r.invoke(id, time.Now().Add(declared.Timeout), []byte(`{"source":"aws.scheduler","detail-type":"Scheduled Event","detail":"{}"}`))
			if err != nil && !r.hit {
				r.Errorf("%s: %v", name, err)
			}
			return
		}
	}
	r.Fatalf("the template has no function %s", name)
}

// loadPrices puts the tests' price list in force, through the function.
func (r *run) loadPrices() {
	r.Helper()
	text, err := os.ReadFile(root + "/tests/testdata/prices.json")
	r.must(err)
	if got := r.merchant(http.MethodPut, "/merchant/price-list", string(text), nil); got.code/100 != 2 {
		r.Fatalf("the price list: %d %s", got.code, got.text)
	}
}

// names lists what has a name, in order.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (i invocation) String() string {
	return fmt.Sprintf("%s: %s", i.function, strings.Join(i.calls, ", "))
}
