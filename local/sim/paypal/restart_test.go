package paypal

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/statefile"
)

// newKeptBench is a bench whose simulator has a file.
func newKeptBench(t *testing.T, adjust ...func(*Config)) *bench {
	t.Helper()
	file := filepath.Join(t.TempDir(), "paypal.json")
	return newBench(t, append([]func(*Config){func(c *Config) { c.File = file }}, adjust...)...)
}

// restart begins another process and holds what it knows against what the
// killed one knew, to the last field.
func (b *bench) restart() {
	b.Helper()
	old := b.sim
	b.start()
	b.sim.Statement() // makes the payouts that fell due, as the old one may have
	for what, pair := range map[string][2]any{
		"orders":   {old.queue, b.sim.queue},
		"by id":    {old.orders, b.sim.orders},
		"captures": {old.captures, b.sim.captures},
		"refunds":  {old.refunds, b.sim.refunds},
		"disputes": {old.disputes, b.sim.disputes},
		"events":   {old.courier.Events(), b.sim.courier.Events()},
		"attempts": {old.courier.Attempts(), b.sim.courier.Attempts()},
		// As they are written: the library keeps the same key in more than one form.
		"keys":     {stateOfAuthority(old.authority), stateOfAuthority(b.sim.authority)},
		"requests": {old.requests, b.sim.requests},
		"books":    {old.books, b.sim.books},
		"account":  {old.Books(), b.sim.Books()},
		"rows":     {old.statement, b.sim.statement},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			b.Errorf("%s: got %+v, want %+v", what, pair[1], pair[0])
		}
	}
}

// same asks before and after a restart, and wants the same answer.
func (b *bench) same(what string, ask func() got) {
	b.Helper()
	before := ask()
	b.restart()
	after := ask()
	b.want(what+", status", after.status, before.status)
	delete(before.body, "debug_id")
	delete(after.body, "debug_id")
	b.want(what, text(after.body), text(before.body))
}

// One purchase with every funding there is, killed after every step.
func TestPurchaseWithARestartAfterEveryStep(t *testing.T) {
	for _, f := range Fundings() {
		t.Run(string(f), func(t *testing.T) {
			b := newKeptBench(t)
			id := b.create("p1", "k1")
			look := func() got { return b.look(id) }
			again := func() got {
				return b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1", "Prefer", "return=representation")
			}
			b.same("created", look)
			b.same("replayed create", again)
			b.want("the same order", again().body["id"], id)
			b.want("other body", b.do("POST", ordersPath, text(cart("p2")), "PayPal-Request-Id", "k1").issues(), "DUPLICATE_REQUEST_ID")
			b.want("too early", b.capture(id, "c1").issues(), "ORDER_NOT_APPROVED")
			b.restart()

			b.want("approve", b.post("/checkoutnow/approve", url.Values{"token": {id}, "funding": {string(f)}}).status, 303)
			b.same("approved", look)
			b.want("status", look().body["status"], "APPROVED")

			first := b.capture(id, "c1")
			b.same("after the capture", look)
			b.same("replayed capture", func() got { return b.capture(id, "c1") })
			b.same("books", func() got { return b.page("/sim/books") })
			b.want("one order", len(b.sim.Orders()), 1)
			if end := outcomes[f]; end.issue != "" {
				b.refused(id, end, first)
				return
			}
			b.want("capture", first.status, 201)
			b.want("another id", b.capture(id, "c2").issues(), "ORDER_ALREADY_CAPTURED")
			b.want("one charge", len(b.sim.Books().Charges), 1)
			b.settled(id)
		})
	}
}

// refused goes on after a refusal, where the buyer can mend it.
func (b *bench) refused(id string, end outcome, first got) {
	b.Helper()
	b.want("refused", first.issues(), end.issue)
	b.want("no charge", len(b.sim.Books().Charges), 0)
	if !end.reopen {
		b.want("for good", b.sim.Approve(id), ErrApproved)
		return
	}
	if err := b.sim.Approve(id); err != nil {
		b.Fatal(err)
	}
	b.restart()
	b.want("the old id", b.capture(id, "c1").issues(), end.issue)
	b.want("a new id", b.capture(id, "c2").status, 201)
	b.restart()
	b.want("replayed", b.capture(id, "c2").status, 200)
	b.want("one charge", len(b.sim.Books().Charged("p1")), 1)
}

// settled ends a capture if it is pending, and looks at it.
func (b *bench) settled(id string) {
	b.Helper()
	k := b.sim.Books().Charges[0].ID
	look := func() got { return b.do("GET", capturePath+"/"+k, "") }
	b.same("capture", look)
	if look().body["status"] != "PENDING" {
		return
	}
	b.clock.move(48 * time.Hour)
	b.token = b.grant()
	if err := b.sim.SettlePending(k, true); err != nil {
		b.Fatal(err)
	}
	b.restart()
	b.same("settled capture", look)
	b.same("settled order", func() got { return b.look(id) })
	b.want("status", look().body["status"], "COMPLETED")
	b.want("merchant", b.sim.Books().Accounts[0].Merchant, b.sim.Books().Charges[0].Amount-b.sim.Books().Charges[0].Fee)
	b.want("twice", b.sim.SettlePending(k, true), ErrNotPending)
}

func TestVoidAndCancelSurvive(t *testing.T) {
	b := newKeptBench(t)
	void, cancelled := b.create("p1", "k1"), b.create("p2", "k2")
	if err := b.sim.Void(void); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.want("void", b.sim.Approve(void), ErrVoided)
	if err := b.sim.Cancel(cancelled); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.holds(b.page("/sim"), "buyer turned back")
}

// Several units, amounts without decimals and an order without a source take
// other ways through the file.
func TestOtherOrdersSurvive(t *testing.T) {
	b := newKeptBench(t)
	unit := func(reference, value string) map[string]any {
		return map[string]any{
			"reference_id": reference, "description": "\u2028 <&> \"é\"",
			"amount": map[string]any{"currency_code": "JPY", "value": value},
		}
	}
	g := b.do("POST", ordersPath, text(map[string]any{
		"intent": "CAPTURE", "purchase_units": []any{unit("a", "999999999999999"), unit("b", "1")},
	}), "PayPal-Request-Id", "k1")
	b.want("create", g.status, 201)
	id := g.body["id"].(string)
	b.same("created", func() got { return b.look(id) })
	if err := b.sim.Approve(id); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.want("capture", b.capture(id, "c1").status, 201)
	b.same("captured", func() got { return b.look(id) })
	b.want("charges", len(b.sim.Books().Charges), 2)
}

// The life of an order and the memory of a request id end at the nanosecond at
// which they would have ended without a restart.
func TestTimesSurviveExactly(t *testing.T) {
	b := newKeptBench(t)
	id := b.create("p1", "k1")
	again := func() int { return b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1").status }
	b.clock.move(6*time.Hour - time.Nanosecond)
	b.restart()
	b.want("alive", b.look(id).status, 200)
	b.want("remembered", again(), 200)
	b.clock.move(time.Nanosecond)
	b.restart()
	b.want("expired", b.look(id).status, 404)
	b.want("forgotten", again(), 201)
	b.want("orders", len(b.sim.Orders()), 2)
}

// With restarts all along, the ids are those of a simulator that never stopped.
func TestNoIDRepeatsAcrossRestarts(t *testing.T) {
	ids := func(b *bench, between func()) []string {
		var list []string
		for _, p := range []string{"p1", "p2", "p3", "p4", "p5"} {
			id := b.approved(p, Balance)
			between()
			b.want("capture", b.capture(id, "c-"+p).status, 201)
			between()
			charges := b.sim.Books().Charges
			list = append(list, id, charges[len(charges)-1].ID)
		}
		return list
	}
	b, steady := newKeptBench(t), newBench(t)
	list, want := ids(b, b.restart), ids(steady, func() {})
	if !slices.Equal(list, want) {
		t.Errorf("got %v, want %v", list, want)
	}
	if slices.Sort(list); len(slices.Compact(list)) != 10 {
		t.Errorf("ids repeat: %v", list)
	}
}

func TestTokensAreForgottenAndNeverRepeat(t *testing.T) {
	b := newKeptBench(t)
	seen := map[string]bool{b.token: true}
	for range 3 {
		old := b.token
		trace := b.do("GET", controlPath, "").header.Get("Paypal-Debug-Id")
		b.restart()
		b.want("old token", b.do("GET", controlPath, "", "Authorization", "Bearer "+old).status, 401)
		next := b.do("GET", controlPath, "").header.Get("Paypal-Debug-Id")
		if seen[b.token] || seen[trace] || seen[next] || trace == next {
			t.Errorf("%s, %s or %s is not new", b.token, trace, next)
		}
		seen[b.token], seen[trace] = true, true
	}
}

// Whatever becomes of the answer, the next process knows what the call has
// done, and the same request id finishes the job once.
func TestEveryFaultAcrossARestart(t *testing.T) {
	for _, kind := range Kinds() {
		if !kind.Fits(CallCapture) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			b := newKeptBench(t)
			id := b.approved("p1", Balance)
			if err := b.sim.Inject(Fault{Kind: kind, Call: CallCapture}); err != nil {
				t.Fatal(err)
			}
			b.capture(id, "c1")
			b.restart()
			b.want("charged", len(b.sim.Books().Charges) == 1, captureFaults[kind].charged)
			if kind == Decline {
				b.want("refusal stays", b.capture(id, "c1").issues(), "INSTRUMENT_DECLINED")
				return
			}
			status := 201
			if captureFaults[kind].charged {
				status = 200
			}
			b.want("again", b.capture(id, "c1").status, status)
			b.restart()
			b.want("charges", len(b.sim.Books().Charges), 1)
		})
	}
}

// A capture that was still running when the process was killed has taken
// nothing, and blocks nothing.
func TestRunningRequestIsNoRequestAfterARestart(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	b := newKeptBench(t, func(c *Config) {
		c.Sleep = func(context.Context, time.Duration) { close(entered); <-release }
	})
	id := b.approved("p1", Balance)
	if err := b.sim.Inject(Fault{Kind: Slow, Call: CallCapture}); err != nil {
		t.Fatal(err)
	}
	done := make(chan got)
	go func() { done <- b.capture(id, "c1") }()
	<-entered
	b.create("p2", "k2") // a change, so that the file is written while the capture runs
	st, _, err := statefile.Read[state](b.config.File, schema)
	if err != nil {
		t.Fatal(err)
	}
	b.want("requests", len(st.Requests), 2)
	next := build(b.config)
	if err := next.restore(st); err != nil {
		t.Fatal(err)
	}
	b.want("charges", len(next.Books().Charges), 0)
	b.want("blocked", next.requests[requestKey{CallCapture, "c1"}] == nil, true)
	close(release)
	b.want("capture", (<-done).status, http.StatusCreated)
}
