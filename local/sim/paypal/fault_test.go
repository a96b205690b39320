package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// captureFaults says of every kind what a client sees of a capture it befalls,
// and whether the buyer was charged all the same.
var captureFaults = map[Kind]struct {
	status  int  // 0 is no answer
	charged bool // the books, whatever the answer
	look    func(b *bench, g got)
}{
	Decline: {422, false, func(b *bench, g got) { b.want("issue", g.issues(), "INSTRUMENT_DECLINED") }},
	Pending: {201, true, func(b *bench, g got) {
		b.want("state", at(g.body, "purchase_units", 0, "payments", "captures", 0, "status"), "PENDING")
	}},
	TimeoutBefore:    {0, false, func(b *bench, g got) { b.want("waited", b.waits(), "[2m0s]") }},
	TimeoutAfter:     {0, true, func(b *bench, g got) { b.want("waited", b.waits(), "[2m0s]") }},
	Slow:             {201, true, func(b *bench, g got) { b.want("waited", b.waits(), "[4s]") }},
	BadGatewayBefore: {502, false, wantHTML},
	BadGatewayAfter:  {502, true, wantHTML},
	ErrorBefore:      {500, false, func(b *bench, g got) { b.want("name", g.body["name"], "INTERNAL_SERVER_ERROR") }},
	ErrorAfter:       {500, true, func(b *bench, g got) { b.want("name", g.body["name"], "INTERNAL_SERVER_ERROR") }},
	Unavailable:      {503, false, func(b *bench, g got) { b.want("name", g.body["name"], "SERVICE_UNAVAILABLE") }},
	EmptyBody:        {201, true, func(b *bench, g got) { b.want("body", g.raw, "") }},
	CutBody: {201, true, func(b *bench, g got) {
		if g.err == nil || g.raw == "" || g.body != nil {
			b.Errorf("not cut: %v %q", g.err, g.raw)
		}
	}},
	HugeBody: {201, true, func(b *bench, g got) {
		if len(g.raw) < answer.Padding || g.body["status"] != "COMPLETED" {
			b.Errorf("not a huge good body: %d bytes", len(g.raw))
		}
	}},
	WrongShape: {201, true, func(b *bench, g got) { b.want("body", g.raw, `{"unrelated":1}`) }},
	Minimal:    {201, true, func(b *bench, g got) { b.want("members", len(g.body), 3) }},
	UnknownStatus: {201, true, func(b *bench, g got) {
		b.want("order", g.body["status"], "SOMETHING_NEW")
		b.want("capture", at(g.body, "purchase_units", 0, "payments", "captures", 0, "status"), "SOMETHING_NEW")
		b.want("amount", at(g.body, "purchase_units", 0, "amount", "value"), "47.50")
	}},
	TwiceStatus: {201, true, func(b *bench, g got) {
		if !strings.HasPrefix(g.raw, `{"status":"VOIDED","id":`) || !strings.Contains(g.raw, `"status":"COMPLETED"`) {
			b.Errorf("status is not given twice: %s", g.raw)
		}
	}},
	OtherAmount: {201, true, func(b *bench, g got) {
		b.want("order", at(g.body, "purchase_units", 0, "amount", "value"), "47.51")
		b.want("capture", at(g.body, "purchase_units", 0, "payments", "captures", 0, "amount", "value"), "47.51")
		b.want("item", at(g.body, "purchase_units", 0, "items", 0, "unit_amount", "value"), "20.00")
	}},
	OtherCurrency: {201, true, func(b *bench, g got) {
		b.want("capture", at(g.body, "purchase_units", 0, "payments", "captures", 0, "amount", "currency_code"), "USD")
	}},
	OtherID: {201, true, func(b *bench, g got) {
		b.want("another id", g.body["id"] != b.sim.Orders()[0].ID && len(g.body["id"].(string)) == idLength, true)
	}},
	TokenDropped: {401, false, func(b *bench, g got) {
		b.want("the next call", b.do("GET", controlPath, "").status, 401)
		b.token = b.grant()
	}},
	Forbidden:  {403, false, func(b *bench, g got) { b.want("issue", g.issues(), "PERMISSION_DENIED") }},
	InProgress: {409, false, func(b *bench, g got) { b.want("issue", g.issues(), "PREVIOUS_REQUEST_IN_PROGRESS") }},
	RateLimited: {429, false, func(b *bench, g got) {
		b.want("name", g.body["name"], "RATE_LIMIT_REACHED")
		b.want("retry after", g.header.Get("Retry-After"), "2")
	}},
	RateLimitedBare: {429, false, func(b *bench, g got) { b.want("retry after", g.header.Get("Retry-After"), "") }},
	Redirected: {308, false, func(b *bench, g got) {
		b.want("location", strings.HasPrefix(g.header.Get("Location"), "https://paypal.invalid/v2/checkout/orders/"), true)
	}},
}

func wantHTML(b *bench, g got) {
	b.Helper()
	b.want("type", g.header.Get("Content-Type"), "text/html")
	b.want("HTML", strings.HasPrefix(g.raw, "<html>"), true)
}

func TestEveryKindOnACapture(t *testing.T) {
	for _, kind := range Kinds() {
		if !kind.Fits(CallCapture) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			want, ok := captureFaults[kind]
			if !ok {
				t.Fatal("nobody says what this kind does")
			}
			b := newBench(t)
			id := b.approved("p1", Balance)
			if err := b.sim.Inject(Fault{Kind: kind, Call: CallCapture}); err != nil {
				t.Fatal(err)
			}
			g := b.capture(id, "c1")
			b.want("status", g.status, want.status)
			b.want("no answer", g.err != nil && g.status == 0, want.status == 0)
			b.want("charged", len(b.sim.Books().Charges) == 1, want.charged)
			b.want("amount in the books", len(b.sim.Books().Charges) == 0 || b.sim.Books().Charges[0].Amount == 4750, true)
			call := b.sim.Calls()[len(b.sim.Calls())-1]
			b.want("fault on record", call.Fault, kind)
			b.want("status on record", call.Status, want.status)
			want.look(b, g)
			b.want("used up", len(b.sim.Faults()), 0)

			// Once the fault is over, the same id finishes the job, once.
			g = b.capture(id, "c1")
			switch {
			case kind == Decline:
				b.want("refusal stays", g.issues(), "INSTRUMENT_DECLINED")
			case want.charged:
				b.want("replay", g.status, 200)
			default:
				b.want("first effect", g.status, 201)
			}
			charges := 1
			if kind == Decline {
				charges = 0
			}
			b.want("charges", len(b.sim.Books().Charges), charges)
		})
	}
}

// What a kind does to the order of a create: made or not.
func TestKindsOnACreate(t *testing.T) {
	for _, kind := range Kinds() {
		if !kind.Fits(CallCreate) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t)
			if err := b.sim.Inject(Fault{Kind: kind, Call: CallCreate}); err != nil {
				t.Fatal(err)
			}
			create := func() got {
				return b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1", "Prefer", "return=representation")
			}
			g := create()
			b.want("status", g.status, captureFaults[kind].status)
			made := captureFaults[kind].charged
			b.want("made", len(b.sim.Orders()) == 1, made)
			b.token = b.grant()
			want := 201
			if made {
				want = 200
			}
			b.want("again", create().status, want)
			b.want("orders", len(b.sim.Orders()), 1)
		})
	}
}

func TestKindsOnALook(t *testing.T) {
	for _, kind := range Kinds() {
		if !kind.Fits(CallLook) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t)
			id := b.approved("p1", Balance)
			b.capture(id, "c1")
			truth := b.look(id)
			for _, path := range []string{ordersPath + "/" + id, capturePath + "/" + b.sim.Books().Charges[0].ID} {
				if err := b.sim.Inject(Fault{Kind: kind, Call: CallLook}); err != nil {
					t.Fatal(err)
				}
				g := b.do("GET", path, "")
				want := captureFaults[kind].status
				if want == 201 {
					want = 200
				}
				if kind == Missing {
					want = 404
				}
				b.want("status", g.status, want)
				b.token = b.grant()
			}
			b.want("the truth stays", b.look(id).raw, truth.raw)
		})
	}
}

func TestKindsOnAToken(t *testing.T) {
	for _, kind := range Kinds() {
		if !kind.Fits(CallToken) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			b := newBench(t)
			if err := b.sim.Inject(Fault{Kind: kind, Call: CallToken}); err != nil {
				t.Fatal(err)
			}
			r, _ := http.NewRequest("POST", "/", nil)
			r.SetBasicAuth("shop", "secret")
			g := b.do("POST", tokenPath, "grant_type=client_credentials", "Authorization", r.Header.Get("Authorization"),
				"Content-Type", "application/x-www-form-urlencoded")
			want := captureFaults[kind].status
			if want == 201 {
				want = 200
			}
			b.want("status", g.status, want)
			b.want("the old token is good", b.do("GET", controlPath, "").status, 200)
		})
	}
}

// A fault that spoils a good answer lets a refusal through.
func TestSpoilingLeavesRefusalsAlone(t *testing.T) {
	for _, kind := range []Kind{EmptyBody, CutBody, HugeBody, WrongShape, TwiceStatus, UnknownStatus, OtherAmount, OtherCurrency, OtherID} {
		b := newBench(t)
		id := b.create("p1", "k1")
		if err := b.sim.Inject(Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		b.want(string(kind), b.capture(id, "c1").issues(), "ORDER_NOT_APPROVED")
	}
}

func TestFaultsWaitForTheirCall(t *testing.T) {
	b := newBench(t)
	for _, f := range []Fault{
		{Kind: Unavailable, Call: CallLook, Times: 2}, {Kind: Decline}, {Kind: ErrorBefore, Call: CallLook},
	} {
		if err := b.sim.Inject(f); err != nil {
			t.Fatal(err)
		}
	}
	b.want("queued", fmt.Sprint(b.sim.Faults()), "[503 on look, 2 more decline on any, 1 more 500-before on look, 1 more]")
	id := b.approved("p1", Balance) // a create suffers neither
	b.want("first look", b.look(id).status, 503)
	b.want("decline fits the capture alone", b.capture(id, "c1").issues(), "INSTRUMENT_DECLINED")
	b.want("second look", b.look(id).status, 503)
	b.want("third look", b.look(id).status, 500)
	b.want("fourth look", b.look(id).status, 200)
	b.want("left", len(b.sim.Faults()), 0)
}

func TestImpossibleFaultsAreRefused(t *testing.T) {
	b := newBench(t)
	for _, f := range []Fault{
		{Kind: "earthquake"}, {Kind: Decline, Call: CallLook}, {Kind: Slow, Call: "transfer"}, {Kind: Slow, Call: Page},
		{Kind: Missing, Call: CallCapture}, {Kind: Slow, Times: -1}, {},
	} {
		if err := b.sim.Inject(f); !errors.Is(err, ErrFault) {
			t.Errorf("%v: %v", f, err)
		}
	}
	for _, err := range []error{b.sim.Chaos(101), b.sim.Chaos(-1), b.sim.Chaos(5, "earthquake")} {
		if !errors.Is(err, ErrFault) {
			t.Errorf("chaos: %v", err)
		}
	}
	b.want("queued", len(b.sim.Faults()), 0)
}

func TestUnknownCallsAndPagesTakeNoFault(t *testing.T) {
	b := newBench(t)
	if err := b.sim.Inject(Fault{Kind: Unavailable}); err != nil {
		t.Fatal(err)
	}
	b.want("unknown", b.do("GET", "/v1/nothing", "").status, 404)
	b.want("page", b.do("GET", "/sim", "").status, 200)
	b.want("queued", len(b.sim.Faults()), 1)
}

// faultsSeen runs a fixed row of calls under chaos.
func faultsSeen(t *testing.T, seed int64, percent int, inject bool, list ...Kind) []Kind {
	b := newBench(t, func(c *Config) { c.Seed = seed })
	id := b.approved("p1", Balance)
	if err := b.sim.Chaos(percent, list...); err != nil {
		t.Fatal(err)
	}
	if inject {
		_ = b.sim.Inject(Fault{Kind: Slow, Call: CallLook})
	}
	start := len(b.sim.Calls())
	for i := range 30 {
		b.look(id)
		b.capture(id, fmt.Sprint("c", i))
	}
	var seen []Kind
	for _, c := range b.sim.Calls()[start:] {
		seen = append(seen, c.Fault)
	}
	return seen
}

func TestChaosComesFromTheSeed(t *testing.T) {
	first := faultsSeen(t, 5, 30, false)
	if !slices.Equal(first, faultsSeen(t, 5, 30, false)) {
		t.Error("one seed gave two runs")
	}
	if slices.Equal(first, faultsSeen(t, 6, 30, false)) {
		t.Error("two seeds gave one run")
	}
	hits := len(first) - len(slices.DeleteFunc(slices.Clone(first), func(k Kind) bool { return k != "" }))
	if hits < 6 || hits > 40 {
		t.Errorf("%d of %d calls failed at 30 percent", hits, len(first))
	}
	// An injected fault takes one call's place and shifts none.
	injected := faultsSeen(t, 5, 30, true)
	if injected[0] != Slow || !slices.Equal(first[1:], injected[1:]) {
		t.Errorf("an injected fault shifted the chance ones:\n%v\n%v", first, injected)
	}
}

func TestChaosBounds(t *testing.T) {
	for _, k := range faultsSeen(t, 5, 0, false) {
		if k != "" {
			t.Fatalf("chance of nothing gave %s", k)
		}
	}
	seen := map[Kind]int{}
	for i, k := range faultsSeen(t, 5, 100, false, Unavailable, Missing) {
		if k != Unavailable && (k != Missing || i%2 == 1) {
			t.Fatalf("call %d: %q", i, k)
		}
		seen[k]++
	}
	if seen[Missing] == 0 || seen[Unavailable] <= 30 {
		t.Errorf("the looks met one kind only: %v", seen)
	}
}

// A client that leaves ends the wait of a call that hangs.
func TestHangingEndsWithTheClient(t *testing.T) {
	ended, gone := make(chan error, 1), make(chan struct{})
	b := newBench(t, func(c *Config) {
		c.Sleep = func(ctx context.Context, d time.Duration) {
			close(gone)
			answer.Sleep(ctx, d)
			ended <- ctx.Err()
		}
	})
	if err := b.sim.Inject(Fault{Kind: TimeoutBefore}); err != nil {
		t.Fatal(err)
	}
	b.client.Transport = leaving{b.client.Transport, gone}
	if g := b.look("ABC"); g.err == nil {
		t.Error("an answer came")
	}
	select {
	case err := <-ended:
		b.want("reason", errors.Is(err, context.Canceled), true)
	case <-time.After(time.Minute): // it would hang for two
		t.Error("the call still hangs")
	}
}

// leaving is a client that leaves when it is gone, however slow the machine is.
type leaving struct {
	next http.RoundTripper
	gone <-chan struct{}
}

func (l leaving) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, leave := context.WithCancel(r.Context())
	go func() {
		<-l.gone
		leave()
	}()
	next := l.next
	if next == nil {
		next = http.DefaultTransport
	}
	return next.RoundTrip(r.WithContext(ctx))
}

// A slow effect comes even when the client has left.
func TestSlowEffectOutlivesTheClient(t *testing.T) {
	waited, gone := make(chan error, 1), make(chan struct{})
	b := newBench(t, func(c *Config) {
		c.Sleep = func(ctx context.Context, d time.Duration) {
			close(gone)
			answer.Sleep(ctx, 60*time.Millisecond)
			waited <- ctx.Err()
		}
	})
	id := b.approved("p1", Balance)
	if err := b.sim.Inject(Fault{Kind: Slow, Call: CallCapture}); err != nil {
		t.Fatal(err)
	}
	b.client.Transport = leaving{b.client.Transport, gone}
	if g := b.capture(id, "c1"); g.err == nil {
		t.Error("an answer came in time")
	}
	b.want("the wait was not cut short", <-waited, error(nil))
	for range 500 {
		if len(b.sim.Books().Charges) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the charge never came")
}

// Without net/http a lost answer is a panic with http.ErrAbortHandler.
func TestAbortWithoutAServer(t *testing.T) {
	b := newBench(t)
	if err := b.sim.Inject(Fault{Kind: TimeoutBefore}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("recovered %v", r)
		}
	}()
	b.sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", controlPath, nil))
	t.Error("an answer came")
}
