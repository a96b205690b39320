package paypal

import (
	"strings"
	"testing"
	"time"
)

func TestCreateAccepts(t *testing.T) {
	for _, c := range []struct {
		name  string
		path  []any
		value any
	}{
		{"longest custom id", unit("custom_id"), strings.Repeat("x", 127)},
		{"no items and no breakdown", []any{"purchase_units", 0}, map[string]any{"amount": yen("4750"), "shipping": cart("")["purchase_units"].([]any)[0].(map[string]any)["shipping"]}},
		{"free item", tea(), map[string]any{"name": "Gift", "quantity": "1", "unit_amount": eur("40.00"), "tax": eur("4.00")}},
		{"script in the locale", flow("locale"), "zh-Hant-TW"},
		{"no postcode in Hong Kong", unit("shipping", "address"), map[string]any{"address_line_1": "1 Road", "country_code": "HK"}},
		{"no shipping", flow("shipping_preference"), "NO_SHIPPING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.do("POST", ordersPath, text(with(cart("p1"), c.value, c.path...)), "PayPal-Request-Id", "k1")
			if g.status != 201 {
				t.Errorf("got %d %s", g.status, g.raw)
			}
		})
	}
}

func TestCreateRefusesBadJSON(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":       "",
		"not JSON":      "intent=CAPTURE",
		"trailing":      text(cart("p1")) + "{}",
		"name twice":    `{"intent":"AUTHORIZE",` + text(cart("p1"))[1:],
		"invalid UTF-8": "{\"intent\":\"CAPTURE\xff\"}",
		"too deep":      strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"too large":     strings.Repeat(" ", maxBody) + text(cart("p1")),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			g := b.do("POST", ordersPath, body, "PayPal-Request-Id", "k1")
			b.want("status", g.status, 400)
			b.want("issue", g.issues(), "MALFORMED_REQUEST_JSON")
		})
	}
}

func TestCreateHeaders(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, text(cart("p1")))
	b.want("without request id", g.status, 400)
	b.want("issue", g.issues(), "PAYPAL_REQUEST_ID_REQUIRED")
	g = b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", strings.Repeat("k", 109))
	b.want("long request id", g.issues(), "INVALID_STRING_LENGTH")
	g = b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k", "Content-Type", "text/plain")
	b.want("text", g.status, 415)
	b.want("name", g.body["name"], "UNSUPPORTED_MEDIA_TYPE")
	b.want("orders", len(b.sim.Orders()), 0)
	g = b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", strings.Repeat("k", 108), "Content-Type", "application/json; charset=utf-8")
	b.want("longest request id", g.status, 201)
}

func TestOrderWithSource(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1", "Prefer", "return=representation")
	b.want("status code", g.status, 201)
	b.want("status", g.body["status"], "PAYER_ACTION_REQUIRED")
	id := g.body["id"].(string)
	if len(id) != 17 || !isID(id) {
		t.Errorf("id %q", id)
	}
	b.want("link", at(g.body, "links", 1, "rel"), "payer-action")
	b.want("page", at(g.body, "links", 1, "href"), b.server.URL+"/checkoutnow?token="+id)
	b.want("custom id", at(g.body, "purchase_units", 0, "custom_id"), "p1")
	b.want("reference", at(g.body, "purchase_units", 0, "reference_id"), "default")
	b.want("amount", at(g.body, "purchase_units", 0, "amount", "value"), "47.50")
	b.want("discount", at(g.body, "purchase_units", 0, "amount", "breakdown", "discount", "value"), "1.50")
	b.want("item", at(g.body, "purchase_units", 0, "items", 0, "unit_amount", "value"), "20.00")
	b.want("city", at(g.body, "purchase_units", 0, "shipping", "address", "admin_area_2"), "Delft")
	b.want("create time", g.body["create_time"], "2024-02-03T10:11:12Z")
	b.want("update time", g.body["update_time"], "2024-02-03T10:11:12Z")
	b.want("no payments yet", at(g.body, "purchase_units", 0, "payments"), nil)
	b.want("the same by look", b.look(id).raw, g.raw)
}

func TestOrderWithoutSource(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath, text(with(cart("p1"), absent{}, "payment_source")))
	b.want("status code", g.status, 201)
	b.want("status", g.body["status"], "CREATED")
	b.want("link", at(g.body, "links", 1, "rel"), "approve")
}

func TestMinimalIsTheDefault(t *testing.T) {
	b := newBench(t)
	for _, headers := range [][]string{
		{"PayPal-Request-Id", "k1"}, {"PayPal-Request-Id", "k2", "Prefer", "return=minimal"},
	} {
		g := b.do("POST", ordersPath, text(cart("p1")), headers...)
		if len(g.body) != 3 || g.body["id"] == nil || g.body["status"] == nil || g.body["links"] == nil {
			t.Errorf("not minimal: %s", g.raw)
		}
	}
}

func TestUpdateTimeRisesWithEveryChange(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	stamp := func() string { return b.look(id).body["update_time"].(string) }
	last := stamp()
	for i, change := range []func(){
		func() { _ = b.sim.ApproveWith(id, Declined) },
		func() { b.capture(id, "c1") },
		func() { _ = b.sim.ApproveWith(id, ECheck) },
		func() { b.capture(id, "c2") },
		func() { _ = b.sim.SettlePending(b.sim.Books().Charges[0].ID, true) },
	} {
		change()
		now := stamp()
		if now <= last {
			t.Errorf("change %d: %s after %s", i+1, now, last)
		}
		last = now
	}
	b.want("a look changes nothing", stamp(), last)
}

func TestOrderLife(t *testing.T) {
	b := newBench(t)
	open, ok, paid := b.create("p1", "k1"), b.approved("p2", Balance), b.approved("p3", Balance)
	b.want("capture", b.capture(paid, "c3").status, 201)
	b.clock.move(6*time.Hour - time.Second)
	b.want("open, before", b.look(open).status, 200)
	b.want("approved, before", b.look(ok).status, 200)
	b.clock.move(time.Second)
	for name, id := range map[string]string{"open": open, "approved": ok} {
		g := b.look(id)
		b.want(name, g.status, 404)
		b.want(name, g.body["name"], "RESOURCE_NOT_FOUND")
		b.want(name, g.issues(), "INVALID_RESOURCE_ID")
		b.want(name+" capture", b.capture(id, "late-"+id).status, 404)
		b.want(name+" approve", b.sim.Approve(id), ErrNoOrder)
	}
	b.want("captured", b.look(paid).status, 200)
	b.want("expired", b.sim.Orders()[0].Expired, true)
	b.want("not expired", b.sim.Orders()[2].Expired, false)
}

func TestUnknownOrder(t *testing.T) {
	b := newBench(t)
	g := b.look("ABC123")
	b.want("status", g.status, 404)
	b.want("field", at(g.body, "details", 0, "field"), "id")
	b.want("capture", b.capture("ABC123", "k").status, 404)
	b.want("approve", b.sim.Approve("ABC123"), ErrNoOrder)
	b.want("cancel", b.sim.Cancel("ABC123"), ErrNoOrder)
	b.want("void", b.sim.Void("ABC123"), ErrNoOrder)
}

func TestUnknownPathsAreOnRecord(t *testing.T) {
	b := newBench(t)
	calls := [][2]string{
		{"GET", "/v2/checkout/order"}, {"PATCH", ordersPath + "/ABC"}, {"POST", ordersPath + "/ABC/authorize"},
		{"GET", ordersPath + "/..%2f..%2fv1%2foauth2%2ftoken"}, {"GET", ordersPath + "/abc"}, {"GET", ordersPath + "/%41BC"}, {"GET", ordersPath + "/" + strings.Repeat("A", 37)},
		{"GET", "/v2/payments/refund/ABC"}, {"POST", capturePath + "/ABC/refunds"},
		{"POST", capturePath + "/ABC/refund/X"}, {"GET", disputePath + "/PP-D-1/X"}, {"POST", disputePath}, {"GET", "/v1/notifications/webhooks-events"}, {"GET", "/v1/"},
	}
	for _, c := range calls {
		g := b.do(c[0], c[1], "")
		b.want(c[1], g.status, 404)
		b.want(c[1], g.body["name"], "RESOURCE_NOT_FOUND")
	}
	unknown := 0
	for _, c := range b.sim.Calls() {
		if c.Name == Unknown && c.Status == 404 {
			unknown++
		}
	}
	b.want("unknown calls", unknown, len(calls))
}

func TestCallsAreOnRecord(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	b.look(id)
	b.capture(id, "c1")
	want := []Call{
		{Name: CallToken, Method: "POST", Path: tokenPath, Status: 200},
		{Name: CallCreate, Method: "POST", Path: ordersPath, RequestID: "k1", Status: 201},
		{Name: CallLook, Method: "GET", Path: ordersPath + "/" + id, Status: 200},
		{Name: CallCapture, Method: "POST", Path: ordersPath + "/" + id + "/capture", RequestID: "c1", Status: 422},
	}
	calls := b.sim.Calls()
	b.want("calls", len(calls), len(want))
	for i, w := range want {
		w.At = b.clock.Now()
		b.want("call", calls[i], w)
	}
}

// One seed, one order of calls: the same ids.
func TestIDsComeFromTheSeed(t *testing.T) {
	run := func(seed int64) string {
		b := newBench(t, func(c *Config) { c.Seed = seed })
		b.look("NOTHING") // a look shifts no id
		id := b.approved("p1", Balance)
		b.capture(id, "c1")
		return id + " " + b.sim.Books().Charges[0].ID + " " + b.token
	}
	first, again := run(1), run(1)
	if first != again {
		t.Error("one seed gave two runs")
	}
	if first == run(2) {
		t.Error("two seeds gave one run")
	}
}

func TestLinksFollowTheRequestWithoutPublicURL(t *testing.T) {
	b := newBench(t)
	b.sim.SetPublicURL("")
	g := b.do("POST", ordersPath, text(cart("p1")), "PayPal-Request-Id", "k1")
	b.want("self", at(g.body, "links", 0, "href"), b.server.URL+ordersPath+"/"+g.body["id"].(string))
	b.sim.SetPublicURL("https://paypal.test/")
	g = b.look(g.body["id"].(string))
	b.want("self", at(g.body, "links", 0, "href"), "https://paypal.test"+ordersPath+"/"+g.body["id"].(string))
}

func TestOrderRefusals(t *testing.T) {
	refused(t, []refusal{
		{"no intent", []any{"intent"}, absent{}, 400, "MISSING_REQUIRED_PARAMETER"},
		{"strange intent", []any{"intent"}, "STEAL", 400, "INVALID_PARAMETER_VALUE"},
		{"intent authorize", []any{"intent"}, "AUTHORIZE", 422, "AUTH_CAPTURE_NOT_ENABLED"},
		{"unknown field", []any{"colour"}, "red", 400, "NOT_SUPPORTED"},
		{"wrong case", []any{"Intent"}, "CAPTURE", 400, "NOT_SUPPORTED"},
		{"application context", []any{"application_context"}, map[string]any{}, 400, "NOT_SUPPORTED"},
		{"payer", []any{"payer"}, map[string]any{}, 400, "NOT_SUPPORTED"},
		{"instruction", []any{"processing_instruction"}, "ORDER_COMPLETE_ON_PAYMENT_APPROVAL", 422, "UNSUPPORTED_PROCESSING_INSTRUCTION"},
	})
}
