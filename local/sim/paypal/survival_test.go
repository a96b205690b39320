package paypal

import (
	"os"
	"strings"
	"testing"
	"time"
)

// A refund, a dispute and their news, killed after every step.
func TestGivingBackWithARestartAfterEveryStep(t *testing.T) {
	b, shop := newHookedBench(t)
	order, k := b.paid("p1")
	capture := func() got { return b.lookCapture(k) }
	b.restart()
	g := b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"10"},"custom_id":"p1-r1","invoice_id":"I-1","note_to_payer":"n"}`)
	b.want("refund", g.status, 201)
	b.same("refund", func() got { return b.lookRefund(g.body["id"].(string)) })
	b.same("order", func() got { return b.look(order) })
	b.same("capture", capture)
	b.want("replay", b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"10"},"custom_id":"p1-r1","invoice_id":"I-1","note_to_payer":"n"}`).raw, g.raw)
	b.want("other body", b.refund(k, "r1", euros("10.00")).issues(), "DUPLICATE_REQUEST_ID")
	b.want("invoice", b.refund(k, "r9", `{"invoice_id":"I-1"}`).issues(), "DUPLICATE_INVOICE_ID")

	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	waiting := b.refund(k, "r2", euros("5.00")).body["id"].(string)
	b.same("pending", func() got { return b.lookRefund(waiting) })
	b.must(b.sim.SettleRefund(waiting, false))
	b.same("failed", func() got { return b.lookRefund(waiting) })
	b.must(b.sim.RefundInDashboard(k, 250))
	b.restart()

	id := b.dispute(k)
	dispute := func() got { return b.lookDispute(id) }
	b.same("dispute", dispute)
	b.want("part", b.refund(k, "r3", euros("1.00")).issues(), "TRANSACTION_DISPUTED")
	b.must(b.sim.UpdateDispute(id, "CHARGEBACK", b.clock.Now().Add(time.Hour)))
	b.same("updated", dispute)
	b.must(b.sim.ResolveDispute(id, "ACCEPTED"))
	b.same("resolved", dispute)
	b.same("list", func() got { return b.do("GET", disputePath, "") })
	b.want("reversed", capture().body["status"], "REFUNDED")
	b.want("once", b.sim.Reverse(k), ErrAllGiven)
	b.want("paid in the end", b.balanced(), int64(0))
	_, other := b.paid("p2")
	b.want("the next id", b.dispute(other), "PP-D-27804")
	b.same("books", func() got { return b.page("/sim/books") })

	b.deliver()
	posts := shop.take()
	b.want("events", len(posts), 13)
	for _, p := range posts {
		if err := b.trusted(p, testWebhookID); err != nil {
			t.Error(err)
		}
	}
	b.restart()
	b.want("sent", len(b.sim.Deliveries()), 13)
}

// The simulator's own keys are made once and kept.
func TestKeysSurvive(t *testing.T) {
	b := newKeptBench(t)
	ca := string(b.sim.CA())
	p := post{b.sim.Sign([]byte("{}"), "W1"), []byte("{}")}
	b.restart()
	b.want("CA", string(b.sim.CA()), ca)
	if err := b.trusted(p, "W1"); err != nil {
		t.Error(err)
	}
	if err := b.trusted(post{b.sim.Sign([]byte("{}"), "W1"), []byte("{}")}, "W1"); err != nil {
		t.Error(err)
	}
	other := newBench(t)
	if string(other.sim.CA()) == ca {
		t.Error("one seed makes one key")
	}
	given, err := NewAuthority("other.example", b.clock.Now(), b.clock.Now().Add(time.Hour))
	b.must(err)
	b.config.Webhook.Authority = given
	b.start()
	b.want("the Config's goes first", string(b.sim.CA()), string(given.CA()))
	if err := b.trusted(p, "W1"); err == nil {
		t.Error("another name is good")
	}
}

// What this package cannot have written of refunds, disputes, events and keys
// is refused by name.
func TestUnreadableNewsIsAClearError(t *testing.T) {
	b, _ := newHookedBench(t)
	_, k := b.paid("p1")
	refund := b.refund(k, "r1", euros("10.00")).body["id"].(string)
	b.must(b.sim.ResolveDispute(b.dispute(k), "ACCEPTED"))
	moved := b.sim.Books().Refunds[1].ID
	b.sim.LoseNext(1)
	b.deliver()
	whole, err := os.ReadFile(b.config.File)
	b.must(err)
	good := string(whole)
	// cut puts other text in the place of the old one, the first behind a mark.
	swap := func(mark, old, new string) string {
		head, tail, found := strings.Cut(good, mark)
		if !found || !strings.Contains(tail, old) {
			t.Fatalf("%s is not behind %s in %s", old, mark, good)
		}
		return head + mark + strings.Replace(tail, old, new, 1)
	}
	for says, body := range map[string]string{
		`refund "` + k + `" has no id of its own`: swap(`"refunds": [`, refund, k),
		`is "SENT"`:                 swap(`"refunds": [`, `"COMPLETED"`, `"SENT"`),
		`is by "nobody"`:            swap(`"refunds": [`, `"call"`, `"nobody"`),
		`is of something else`:      swap(`"refunds": [`, `"EUR"`, `"USD"`),
		`more is refunded`:          swap(`"refunds": [`, `"10.00"`, `"10.01"`),
		`repayment "OTHER"`:         swap(`"repaid": [`, refund, "OTHER"),
		`repayment "` + refund:      swap(`"repaid": [`, `"COMPLETED"`, `"PENDING"`),
		`request "r1" has no answe`: swap(`"requests": [`, `"refund": "`+refund+`"`, `"refund": "OTHER"`),
		`an id out of turn`:         swap(`"disputes": [`, "PP-D-27803", "PP-D-27804"),
		`no capture that was paid`:  swap(`"disputes": [`, k, "OTHER"),
		`reason "WHIM"`:             swap(`"disputes": [`, notReceived, "WHIM"),
		`stage "LIMBO"`:             swap(`"disputes": [`, "INQUIRY", "LIMBO"),
		`with outcome "WON"`:        swap(`"disputes": [`, "ACCEPTED", "WON"),
		`status "OPEN" with`:        swap(`"disputes": [`, `"RESOLVED"`, `"OPEN"`),
		`it moved "OTHER"`:          swap(`"disputes": [`, moved, "OTHER"),
		`the authority: the key`:    swap(`"authority": {`, `"key": "M`, `"key": "N`),
		`a certificate that is non`: swap(`"authority": {`, `-----BEGIN`, `-----BEGUN`),
		`it ended "well"`:           swap(`"events": [`, `"lost"`, `"well"`),
		`unknown event "OTHER"`:     swap(`"deliveries": [`, b.sim.Deliveries()[0].Event, "OTHER"),
	} {
		b.must(os.WriteFile(b.config.File, []byte(body), 0o600))
		if _, err := Open(b.config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("no %q in %v", says, err)
		}
	}
	b.must(os.WriteFile(b.config.File, whole, 0o600))
	b.restart() // the good one is good
}
