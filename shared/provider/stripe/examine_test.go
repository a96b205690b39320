package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

const examinedURL = "https://api.shop.example/webhooks/stripe"

// examined is a simulated Stripe that is set up as it should be, and what our client of it
// is told.
type examined struct {
	*world
	wanted provider.Wanted
	key    Credentials // of the client
	config func(*Config)
}

func newExamined(t *testing.T) *examined {
	t.Helper()
	x := &examined{
		world: newWorld(t), key: Credentials{Key: testKey, Signing: testSigning},
		wanted: provider.Wanted{Webhook: examinedURL, Methods: []string{"card", "alipay", "bank_transfer"}}, config: func(*Config) {},
	}
	x.sim.SetWebhook(examinedURL, testSigning)
	return x
}

// finds are the codes that are found, each with what it is about.
func (x *examined) finds() (codes []string, all []provider.Finding) {
	x.t.Helper()
	x.world.key = x.key
	all = x.client(x.config).Examine(x.t.Context(), x.wanted)
	for _, f := range all {
		codes = append(codes, f.About+": "+string(f.Code))
		if text := fmt.Sprint(f); strings.Contains(text, "that_no_text_may_show") {
			x.t.Errorf("a secret is shown: %s", text)
		}
		if f.Is == "" || (f.Code.State() == provider.Wrong || f.Code.State() == provider.Warning) != (f.Do != "") && f.Code.State() != provider.Untold {
			x.t.Errorf("%s is %s, and nobody says what to do: %+v", f.About, f.Code.State(), f)
		}
	}
	return codes, all
}

// asItShouldBe is everything that is found where nothing is wrong.
var asItShouldBe = []string{
	"credentials: credentials_accepted", "clock: clock_right", "account: account_named", "currencies: currencies_named",
	"permissions: permission_granted", "webhook: webhook_right", "event types: webhook_right", "ways to pay: method_on",
}

func TestExamineFindsNothingWrong(t *testing.T) {
	x := newExamined(t)
	w := x.paid(eur(1000)) // so that no list is empty
	if _, err := x.refund(w, "r1", eur(100)); err != nil {
		t.Fatal(err)
	}
	before := len(x.sim.Calls())
	got, all := x.finds()
	if !slices.Equal(got, asItShouldBe) {
		t.Errorf("found %q, want %q: %+v", got, asItShouldBe, all)
	}
	if !strings.Contains(fmt.Sprint(all), "card, alipay, bank_transfer") {
		t.Errorf("the ways to pay are not told: %+v", all)
	}
	for _, c := range x.sim.Calls()[before:] {
		if c.Method != http.MethodGet {
			t.Errorf("%s %s was sent", c.Method, c.Path)
		}
	}
}

// registered replaces the one endpoint there is.
func registered(change func(sim.Endpoint) []sim.Endpoint) func(*examined) {
	return func(x *examined) {
		x.sim.Reregister(func(list []sim.Endpoint) []sim.Endpoint { return change(list[0]) })
	}
}

// withholds takes a right from the key.
func withholds(path string) func(*examined) {
	return func(x *examined) { x.sim.Withhold(path, true) }
}

const liveKey = "sk_live_that_no_text_may_show"

// TestExamineFinds: each thing that can be wrong is broken once, and found, and nothing
// else is.
func TestExamineFinds(t *testing.T) {
	configurations := "/v1/payment_method_configurations"
	for name, c := range map[string]struct {
		broken func(*examined)
		finds  string // beside what is found otherwise: see insteadOf
	}{
		"sessions not permitted":  {withholds("/v1/checkout/sessions"), "-permissions,Checkout Sessions: permission_missing"},
		"customers not permitted": {withholds("/v1/customers"), "-permissions,Customers: permission_missing"},
		"intents not permitted":   {withholds("/v1/payment_intents"), "-permissions,PaymentIntents: permission_missing"},
		"refunds not permitted":   {withholds("/v1/refunds"), "-permissions,Refunds: permission_missing"},
		"charges not permitted":   {withholds("/v1/charges"), "-permissions,Charges: permission_missing"},
		"disputes not permitted":  {withholds("/v1/disputes"), "-permissions,Disputes: permission_missing"},
		"events not permitted":    {withholds("/v1/events"), "-permissions,Events: permission_missing"},
		"rows not permitted":      {withholds("/v1/balance_transactions"), "-permissions,Balance transactions: permission_missing"},
		"balance not permitted":   {withholds("/v1/balance"), "-permissions,-currencies,Balance: permission_missing,Balance transactions: permission_missing"},
		"payouts not permitted":   {withholds("/v1/payouts"), "-permissions,Payouts: permission_missing"},
		"an error for one": {func(x *examined) {
			x.must(x.sim.Inject(sim.Fault{Call: sim.CallPayout, Kind: sim.ErrorBefore}))
		}, "-permissions,Payouts: permission_uncertain"},
		"a restricted key": {func(x *examined) {
			x.key.Key = "rk_test_that_no_text_may_show"
			x.sim.Roll(x.key.Key)
		}, "permissions: permission_granted,writing: permission_uncertain"},
		"clock ahead":   {func(x *examined) { x.sim.RunAhead(31 * time.Second) }, "clock: clock_drifts"},
		"clock far out": {func(x *examined) { x.sim.RunAhead(-6 * time.Minute) }, "clock: clock_wrong"},
		"in test mode not to be paid yet": {func(x *examined) {
			x.sim.Restrict()
		}, ""},
		"live and not to be paid": {func(x *examined) {
			x.key.Key = liveKey
			x.sim.Roll(liveKey)
			x.sim.Restrict()
		}, "account: account_restricted"},
		"webhook unseen":    {withholds("/v1/webhook_endpoints"), "webhook: webhook_unseen,-event types"},
		"address not known": {func(x *examined) { x.wanted.Webhook = "" }, "webhook: webhook_unplaced,-event types"},
		"rings elsewhere": {registered(func(e sim.Endpoint) []sim.Endpoint {
			e.URL = "https://old.example/"
			return []sim.Endpoint{e}
		}), "webhook: webhook_elsewhere,-event types"},
		"nobody rings, and no secret": {func(x *examined) {
			x.key.Signing = ""
			x.sim.SetWebhook("")
		}, "webhook: webhook_absent,-event types"},
		"no secret": {func(x *examined) { x.key.Signing = " ," }, "webhook: webhook_unheard,-event types"},
		"rings twice": {registered(func(e sim.Endpoint) []sim.Endpoint {
			other := e
			other.ID = "we_other"
			return []sim.Endpoint{e, other}
		}), "webhook: webhook_twice,-event types"},
		"rings for others too": {registered(func(e sim.Endpoint) []sim.Endpoint {
			return []sim.Endpoint{{ID: "we_other", URL: "https://other.example/", Status: "disabled", Events: []string{"*"}}, e}
		}), ""},
		"switched off": {registered(func(e sim.Endpoint) []sim.Endpoint {
			e.Status = "disabled"
			return []sim.Endpoint{e}
		}), "webhook: webhook_off"},
		"not told of everything": {registered(func(e sim.Endpoint) []sim.Endpoint {
			e.Events = Events()[1:]
			return []sim.Endpoint{e}
		}), "event types: webhook_deaf"},
		"told of each": {registered(func(e sim.Endpoint) []sim.Endpoint {
			e.Events, e.Version = Events(), "2026-03-25.dahlia"
			return []sim.Endpoint{e}
		}), ""},
		"a way to pay off": {func(x *examined) { x.sim.SwitchOff("alipay") }, "alipay: method_off,ways to pay: method_on"},
		"a way to pay that Stripe has not": {func(x *examined) {
			x.wanted.Methods = append(x.wanted.Methods, "barter")
		}, "barter: method_untold,ways to pay: method_on"},
		"ways to pay by capability": {func(x *examined) {
			x.sim.Withhold(configurations, true)
			x.wanted.Methods = []string{"card", "bank_transfer", "ideal"}
		}, ""},
		"a capability off": {func(x *examined) {
			x.sim.Withhold(configurations, true)
			x.sim.SwitchOff("customer_balance")
			x.wanted.Methods = []string{"card", "bank_transfer", "ideal"}
		}, "bank_transfer: method_off,ways to pay: method_on"},
		"without a capability": {func(x *examined) {
			x.sim.Withhold(configurations, true)
			x.wanted.Methods = []string{"card", "alipay"}
		}, "alipay: method_untold,ways to pay: method_on"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined(t)
			c.broken(x)
			got, all := x.finds()
			slices.Sort(got)
			if want := insteadOf(asItShouldBe, c.finds); !slices.Equal(got, want) {
				t.Errorf("found %q, want %q: %+v", got, want, all)
			}
		})
	}
}

// insteadOf puts findings in the places of those about the same, or beside all others, and
// takes away what has a "-" before it.
func insteadOf(all []string, changes string) []string {
	want := slices.Clone(all)
	for change := range strings.SplitSeq(changes, ",") {
		about, _, _ := strings.Cut(strings.TrimPrefix(change, "-"), ":")
		want = slices.DeleteFunc(want, func(f string) bool { return strings.HasPrefix(f, about+":") })
		if change != "" && !strings.HasPrefix(change, "-") {
			want = append(want, change)
		}
	}
	return slices.Sorted(slices.Values(want))
}

// TestExamineStopsWhereNobodyAnswers: without a key there is nothing else to ask.
func TestExamineStopsWhereNobodyAnswers(t *testing.T) {
	x := newExamined(t)
	x.key.Key = "sk_test_another"
	if got, _ := x.finds(); !slices.Equal(got, []string{"credentials: credentials_refused", "clock: clock_right"}) {
		t.Errorf("found %q", got)
	}
	x = newExamined(t)
	x.config = func(c *Config) { c.API = "http://127.0.0.1:1" } // where nobody listens
	if got, _ := x.finds(); !slices.Equal(got, []string{"credentials: not_reached"}) {
		t.Errorf("found %q", got)
	}
}

// TestTestDelivery: one is signed as Stripe would sign it, if there is a secret; then it
// is heard and means nothing.
func TestTestDelivery(t *testing.T) {
	x := newExamined(t)
	for signing, want := range map[string]struct {
		signed bool
		err    error
	}{
		testSigning: {true, nil}, testSigning + ",whsec_older": {true, nil}, "": {false, provider.ErrForged},
	} {
		x.world.key.Signing = signing
		d := x.stripe.TestDelivery(t.Context())
		ring, err := x.stripe.Hear(t.Context(), provider.Delivery{Header: func(name string) string { return d.Header[name] }, Body: d.Body})
		if d.Signed != want.signed || !errors.Is(err, want.err) || ring.Known || err == nil && ring.Type != "setup.examined" {
			t.Errorf("%q: %+v, %+v, %v", signing, d, ring, err)
		}
	}
}
