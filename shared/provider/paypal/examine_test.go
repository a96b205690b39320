package paypal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

const (
	examinedHook = "WH7SIMULATED"
	examinedURL  = "https://api.shop.example/webhooks/paypal"
)

// examined is a simulated PayPal that is set up as it should be, our client of it, and
// what the client is told.
type examined struct {
	sim    *sim.Simulator
	config Config
	wanted provider.Wanted
}

func newExamined(t *testing.T) *examined {
	t.Helper()
	now := func() time.Time { return testTime }
	s := sim.New(sim.Config{Seed: 7, Now: now, ClientID: "client", ClientSecret: testSecret, Webhook: sim.Webhook{URL: examinedURL, ID: examinedHook}})
	server := httptest.NewServer(paypalspec.Watch(t, s))
	t.Cleanup(server.Close)
	s.SetPublicURL(server.URL)
	own := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(own.CloseIdleConnections)
	return &examined{s, Config{
		API: server.URL, Pages: LivePages, Credentials: given("client", testSecret), WebhookID: examinedHook,
		ReturnURL: "https://shop.example/", CancelURL: "https://shop.example/", Transport: own, Now: now,
	}, provider.Wanted{Webhook: examinedURL, Methods: []string{"paypal"}}}
}

// finds are the codes that are found, each with what it is about.
func (x *examined) finds(t *testing.T) (codes []string, all []provider.Finding) {
	t.Helper()
	p, err := New(x.config)
	if err != nil {
		t.Fatal(err)
	}
	all = p.Examine(t.Context(), x.wanted)
	for _, f := range all {
		codes = append(codes, f.About+": "+string(f.Code))
		if text := fmt.Sprint(f); strings.Contains(text, "that-no-text-may-show") {
			t.Errorf("a secret is shown: %s", text)
		}
		if f.Is == "" || (f.Code.State() == provider.Wrong || f.Code.State() == provider.Warning) != (f.Do != "") && f.Code.State() != provider.Untold {
			t.Errorf("%s is %s, and nobody says what to do: %+v", f.About, f.Code.State(), f)
		}
	}
	return codes, all
}

// asItShouldBe is everything that is found where nothing is wrong.
var asItShouldBe = []string{
	"credentials: credentials_accepted", "clock: clock_right", "balances: permission_granted", "account: account_named", "currencies: currencies_named",
	"transaction search: permission_granted", "disputes: permission_granted", "webhook: webhook_right", "event types: webhook_right",
	"signature: signature_judged", "ways to pay: method_untold",
}

func TestExamineFindsNothingWrong(t *testing.T) {
	x := newExamined(t)
	got, all := x.finds(t)
	if !slices.Equal(got, asItShouldBe) {
		t.Errorf("found %q, want %q: %+v", got, asItShouldBe, all)
	}
	for _, c := range x.sim.Calls() {
		if c.Method != http.MethodGet && c.Name != sim.CallToken && c.Name != sim.CallVerify {
			t.Errorf("%s %s was sent", c.Method, c.Path)
		}
	}
}

// registered replaces the one webhook there is.
func registered(change func(sim.Registration) []sim.Registration) func(*examined) {
	return func(x *examined) {
		x.sim.Reregister(func(list []sim.Registration) []sim.Registration { return change(list[0]) })
	}
}

// TestExamineFinds: each thing that can be wrong is broken once, and found, and nothing
// else is.
func TestExamineFinds(t *testing.T) {
	for name, c := range map[string]struct {
		broken func(*examined)
		finds  string // beside what is found otherwise: see insteadOf
	}{
		"transaction search off": {func(x *examined) { x.sim.Withhold(sim.CallReport, true) }, "transaction search: permission_missing"},
		"no scope for reports": {func(x *examined) { x.sim.GrantReports(false) },
			"balances: permission_missing,account: account_unnamed,currencies: currencies_untold,transaction search: permission_missing"},
		"disputes off":     {func(x *examined) { x.sim.Withhold(sim.CallDispute, true) }, "disputes: permission_missing"},
		"an error for one": {func(x *examined) { inject(t, x.sim, sim.CallDispute, sim.ErrorBefore) }, "disputes: permission_uncertain"},
		"report not there yet": {func(x *examined) {
			x.sim.ReportLate(0)
			x.sim.ClipReport(12 * time.Hour)
		}, ""},
		"clock ahead":           {func(x *examined) { x.sim.RunAhead(31 * time.Second) }, "clock: clock_drifts"},
		"clock behind":          {func(x *examined) { x.sim.RunAhead(-31 * time.Second) }, "clock: clock_drifts"},
		"clock nearly right":    {func(x *examined) { x.sim.RunAhead(30 * time.Second) }, ""},
		"clock far out":         {func(x *examined) { x.sim.RunAhead(6 * time.Minute) }, "clock: clock_wrong"},
		"webhook unseen":        {func(x *examined) { x.sim.Withhold(sim.CallControl, true) }, "webhook: webhook_unseen,-event types,-signature"},
		"webhook not there":     {func(x *examined) { x.config.WebhookID = "WHOTHER" }, "webhook: webhook_unknown,-event types,-signature"},
		"no webhook":            {func(x *examined) { x.config.WebhookID = ""; x.wanted.Webhook += "/other" }, "webhook: webhook_absent,-event types,-signature"},
		"webhook without an id": {func(x *examined) { x.config.WebhookID = "" }, "webhook: webhook_unheard,-event types,-signature"},
		"address not known":     {func(x *examined) { x.wanted.Webhook = "" }, "webhook: webhook_unplaced"},
		"rings elsewhere": {registered(func(r sim.Registration) []sim.Registration {
			r.URL = "https://old.example/webhooks/paypal"
			return []sim.Registration{r}
		}), "webhook: webhook_elsewhere"},
		"rings twice": {registered(func(r sim.Registration) []sim.Registration {
			other := r
			other.ID = "WHOTHER"
			return []sim.Registration{other, r}
		}), "webhook: webhook_twice"},
		"rings for others too": {registered(func(r sim.Registration) []sim.Registration {
			return []sim.Registration{{ID: "WHOTHER", URL: "https://other.example/", Types: r.Types}, r}
		}), ""},
		"not told of everything": {registered(func(r sim.Registration) []sim.Registration {
			r.Types = r.Types[1:]
			return []sim.Registration{r}
		}), "event types: webhook_deaf"},
		"told of all": {registered(func(r sim.Registration) []sim.Registration {
			r.Types = []string{"*"}
			return []sim.Registration{r}
		}), ""},
		"types not to be had": {func(x *examined) {
			x.sim.Withhold(sim.CallTypes, true)
		}, "event types: webhook_unseen"},
		"deliveries not judged": {func(x *examined) { x.sim.Withhold(sim.CallVerify, true) }, "signature: signature_unjudged"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined(t)
			c.broken(x)
			got, all := x.finds(t)
			slices.Sort(got)
			if want := insteadOf(asItShouldBe, c.finds); !slices.Equal(got, want) {
				t.Errorf("found %q, want %q: %+v", got, want, all)
			}
		})
	}
}

func inject(t *testing.T, s *sim.Simulator, call sim.CallName, kind sim.Kind) {
	t.Helper()
	if err := s.Inject(sim.Fault{Call: call, Kind: kind, Times: 1}); err != nil {
		t.Fatal(err)
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

// TestExamineStopsWhereNobodyAnswers: without credentials there is nothing else to ask.
func TestExamineStopsWhereNobodyAnswers(t *testing.T) {
	x := newExamined(t)
	x.config.Credentials = given("client", "another")
	if got, _ := x.finds(t); !slices.Equal(got, []string{"credentials: credentials_refused"}) {
		t.Errorf("found %q", got)
	}
	x = newExamined(t)
	x.config.API = "http://127.0.0.1:1" // where nobody listens
	if got, _ := x.finds(t); !slices.Equal(got, []string{"credentials: not_reached"}) {
		t.Errorf("found %q", got)
	}
}

// TestTestDelivery: an unsigned delivery is no secret, and no delivery either.
func TestTestDelivery(t *testing.T) {
	_, p := newServer(t, nil)
	d := p.TestDelivery(t.Context())
	_, err := p.Hear(t.Context(), provider.Delivery{Header: func(name string) string { return d.Header[name] }, Body: d.Body})
	if d.Signed || err == nil || !strings.Contains(err.Error(), provider.ErrForged.Error()) {
		t.Errorf("%+v: %v", d, err)
	}
}
