package paypal

import (
	"context"
	"testing"
	"time"
)

func TestReplayAnswersTheLatestState(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	again := func() got {
		return b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1", "Prefer", "return=representation")
	}
	g := again()
	b.want("status code", g.status, 200)
	b.want("the same order", g.body["id"], id)
	if err := b.sim.ApproveWith(id, ECheck); err != nil {
		t.Fatal(err)
	}
	b.want("after approval", again().body["status"], "APPROVED")
	b.want("capture", b.capture(id, "c1").status, 201)
	g = b.capture(id, "c1")
	b.want("replayed capture", g.status, 200)
	b.want("pending", at(g.body, "purchase_units", 0, "payments", "captures", 0, "status"), "PENDING")
	if err := b.sim.SettlePending(b.sim.Books().Charges[0].ID, true); err != nil {
		t.Fatal(err)
	}
	g = b.capture(id, "c1")
	b.want("settled", at(g.body, "purchase_units", 0, "payments", "captures", 0, "status"), "COMPLETED")
	b.want("orders", len(b.sim.Orders()), 1)
	b.want("charges", len(b.sim.Books().Charges), 1)
}

func TestReplayFollowsItsOwnPrefer(t *testing.T) {
	b := newBench(t)
	b.create("p1", "k1")
	g := b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1")
	b.want("status code", g.status, 200)
	b.want("members", len(g.body), 3)
}

func TestSameIDForSomethingElse(t *testing.T) {
	b := newBench(t)
	first, second := b.approved("p1", Balance), b.approved("p2", Balance)
	g := b.do("POST", ordersPath, text(cart("p9")), "PayPal-Request-Id", "create-p1")
	b.want("other body", g.issues(), "DUPLICATE_REQUEST_ID")
	b.want("capture", b.capture(first, "c1").status, 201)
	b.want("other order", b.capture(second, "c1").issues(), "DUPLICATE_REQUEST_ID")
	b.want("one id for a create and a capture", b.capture(second, "create-p2").status, 201)
	b.want("orders", len(b.sim.Orders()), 2)
}

func TestRequestIDIsForgottenAfterSixHours(t *testing.T) {
	b := newBench(t, func(c *Config) { c.OrderLife = 72 * time.Hour })
	paid, declined := b.approved("p1", Balance), b.approved("p2", Declined)
	b.capture(paid, "c1")
	b.capture(declined, "c2")
	if err := b.sim.Approve(declined); err != nil {
		t.Fatal(err)
	}
	b.clock.move(6*time.Hour - time.Second)
	b.want("create, before", b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "create-p1").status, 200)
	b.want("capture, before", b.capture(paid, "c1").status, 200)
	b.want("refusal, before", b.capture(declined, "c2").issues(), "INSTRUMENT_DECLINED")
	b.clock.move(time.Second)
	g := b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "create-p1")
	b.want("create, after", g.status, 201)
	b.want("a new order", g.body["id"] != paid, true)
	b.want("capture, after", b.capture(paid, "c1").issues(), "ORDER_ALREADY_CAPTURED")
	b.want("refusal, after", b.capture(declined, "c2").status, 201)
	b.want("orders", len(b.sim.Orders()), 3)
	b.want("charges", len(b.sim.Books().Charges), 2)
}

func TestReplayOfAnOrderPastItsLife(t *testing.T) {
	b := newBench(t, func(c *Config) { c.OrderLife = time.Hour })
	b.create("p1", "k1")
	b.clock.move(time.Hour)
	b.want("replay", b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1").status, 404)
}

// A slow capture is still running when its second call comes: 409. A look in
// between sees no charge; the charge comes all the same.
func TestSecondCallWhileTheFirstRuns(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	b := newBench(t, func(c *Config) {
		c.Sleep = func(context.Context, time.Duration) { close(entered); <-release }
	})
	id, other := b.approved("p1", Balance), b.approved("p2", Balance)
	if err := b.sim.Inject(Fault{Kind: Slow, Call: CallCapture}); err != nil {
		t.Fatal(err)
	}
	first := make(chan got)
	go func() { first <- b.capture(id, "c1") }()
	<-entered
	g := b.capture(id, "c1")
	b.want("second", g.status, 409)
	b.want("name", g.body["name"], "RESOURCE_CONFLICT")
	b.want("issue", g.issues(), "PREVIOUS_REQUEST_IN_PROGRESS")
	b.want("another order under that id", b.capture(other, "c1").issues(), "DUPLICATE_REQUEST_ID")
	b.want("look in between", b.look(id).body["status"], "APPROVED")
	b.want("charges in between", len(b.sim.Books().Charges), 0)
	close(release)
	b.want("first", (<-first).status, 201)
	b.want("third", b.capture(id, "c1").status, 200)
	b.want("charges", len(b.sim.Books().Charges), 1)
}

// A capture under another id overtakes a slow one; the slow one finds the
// order captured.
func TestOvertakenCapture(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	b := newBench(t, func(c *Config) {
		c.Sleep = func(context.Context, time.Duration) { close(entered); <-release }
	})
	id := b.approved("p1", Balance)
	if err := b.sim.Inject(Fault{Kind: Slow, Call: CallCapture}); err != nil {
		t.Fatal(err)
	}
	first := make(chan got)
	go func() { first <- b.capture(id, "c1") }()
	<-entered
	b.want("second", b.capture(id, "c2").status, 201)
	close(release)
	b.want("first", (<-first).issues(), "ORDER_ALREADY_CAPTURED")
	b.want("charges", len(b.sim.Books().Charges), 1)
}

func TestWithoutARequestIDNothingIsRemembered(t *testing.T) {
	b := newBench(t)
	body := text(with(cart("p1"), absent{}, "payment_source"))
	first, second := b.do("POST", ordersPath, body), b.do("POST", ordersPath, body)
	b.want("second", second.status, 201)
	b.want("another order", first.body["id"] != second.body["id"], true)
}
