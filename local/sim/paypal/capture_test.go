package paypal

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCaptureByFunding(t *testing.T) {
	for _, c := range []struct {
		funding Funding
		status  int
		issue   string // of a refusal
		state   string // of the capture
		reason  string
		order   string // status afterwards
		moved   int64
	}{
		{Balance, 201, "", "COMPLETED", "", "COMPLETED", 4750},
		{Declined, 422, "INSTRUMENT_DECLINED", "", "", "PAYER_ACTION_REQUIRED", 0},
		{ECheck, 201, "", "PENDING", "ECHECK", "COMPLETED", 0},
		{UnderReview, 201, "", "PENDING", "PENDING_REVIEW", "COMPLETED", 0},
		{Unheld, 201, "", "PENDING", "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION", "COMPLETED", 0},
		{Bounced, 201, "", "DECLINED", "OTHER", "COMPLETED", 0},
		{Refused, 422, "TRANSACTION_REFUSED", "", "", "APPROVED", 0},
		{Restricted, 422, "PAYER_ACCOUNT_RESTRICTED", "", "", "APPROVED", 0},
		{Confirm, 422, "PAYER_ACTION_REQUIRED", "", "", "PAYER_ACTION_REQUIRED", 0},
		{Limit, 422, "TRANSACTION_RECEIVING_LIMIT_EXCEEDED", "", "", "APPROVED", 0},
	} {
		t.Run(string(c.funding), func(t *testing.T) {
			b := newBench(t)
			id := b.approved("p1", c.funding)
			g := b.capture(id, "c1")
			b.want("status code", g.status, c.status)
			b.want("issue", g.issues(), c.issue)
			look := b.look(id)
			b.want("order", look.body["status"], c.order)
			books := b.sim.Books()
			if c.state == "" {
				b.want("charges", len(books.Charges), 0)
			} else {
				k := at(look.body, "purchase_units", 0, "payments", "captures", 0)
				b.want("state", at(k, "status"), c.state)
				b.want("amount", at(k, "amount", "value"), "47.50")
				b.want("final", at(k, "final_capture"), true)
				b.want("breakdown only when completed", at(k, "seller_receivable_breakdown") != nil, c.state == "COMPLETED")
				reason, _ := at(k, "status_details", "reason").(string)
				b.want("reason", reason, c.reason)
				b.want("state in the books", books.Charges[0].State, c.state)
				b.want("custom id in the books", books.Charges[0].CustomID, "p1")
			}
			var moved int64
			for _, a := range books.Accounts {
				moved -= a.Buyer
				b.want("sum of the accounts", a.Buyer+a.Merchant+a.PayPal, int64(0))
			}
			b.want("moved", moved, c.moved)
		})
	}
	if len(Fundings())+1 != len(outcomes) { // OnItsWay is banks' alone
		t.Error("a funding has no outcome, or is not listed")
	}
}

func TestCompletedCapture(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Balance)
	g := b.capture(id, "c1")
	k := at(g.body, "purchase_units", 0, "payments", "captures", 0)
	b.want("gross", at(k, "seller_receivable_breakdown", "gross_amount", "value"), "47.50")
	b.want("fee", at(k, "seller_receivable_breakdown", "paypal_fee", "value"), "2.01")
	b.want("net", at(k, "seller_receivable_breakdown", "net_amount", "value"), "45.49")
	b.want("custom id", at(k, "custom_id"), "p1")
	b.want("invoice", at(k, "invoice_id"), "INV-1")
	b.want("created", at(k, "create_time"), "2024-02-03T10:11:12Z")
	b.want("payer", at(g.body, "payer", "payer_id"), buyer.PayerID)
	b.want("no refunds", at(g.body, "purchase_units", 0, "payments", "refunds"), nil)

	one := b.do("GET", capturePath+"/"+at(k, "id").(string), "")
	b.want("status code", one.status, 200)
	b.want("status", one.body["status"], "COMPLETED")
	b.want("order", at(one.body, "supplementary_data", "related_ids", "order_id"), id)
	b.want("merchant", at(one.body, "payee", "merchant_id"), merchant.MerchantID)
	b.want("up", at(one.body, "links", 1, "href"), b.server.URL+ordersPath+"/"+id)
	b.want("unknown capture", b.do("GET", capturePath+"/ABC", "").status, 404)

	c := b.sim.Books().Charged("p1")
	b.want("charges", len(c), 1)
	b.want("fee", c[0].Fee, int64(201))
	b.want("account", b.sim.Books().Accounts[0], Account{"EUR", 2, -4750, 4549, 201})
}

func TestMinimalCaptureHasNoAmounts(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Balance)
	g := b.do("POST", ordersPath+"/"+id+"/capture", "", "PayPal-Request-Id", "c1")
	b.want("status code", g.status, 201)
	if len(g.body) != 3 || strings.Contains(g.raw, "47.50") {
		t.Errorf("not minimal: %s", g.raw)
	}
	b.want("full by look", at(b.look(id).body, "purchase_units", 0, "amount", "value"), "47.50")
}

func TestCaptureBody(t *testing.T) {
	for body, want := range map[string]string{
		"": "", "{}": "", " {} ": "",
		`{"payment_source":null}`:       "INVALID_PARAMETER_SYNTAX",
		`{"payment_source":{"card":1}}`: "INVALID_PARAMETER_SYNTAX",
		`{"amount":"1"}`:                "INVALID_PARAMETER_SYNTAX",
		`null`:                          "INVALID_PARAMETER_SYNTAX",
		`{`:                             "MALFORMED_REQUEST_JSON",
	} {
		t.Run(body, func(t *testing.T) {
			b := newBench(t)
			g := b.do("POST", ordersPath+"/"+b.approved("p1", Balance)+"/capture", body, "PayPal-Request-Id", "c1")
			b.want("issue", g.issues(), want)
			b.want("refused", g.status == 400, want != "")
			b.want("charged", len(b.sim.Books().Charges) == 0, want != "")
		})
	}
}

func TestCaptureNeedsContentType(t *testing.T) {
	b := newBench(t)
	g := b.do("POST", ordersPath+"/"+b.approved("p1", Balance)+"/capture", "", "Content-Type", "")
	b.want("status", g.status, 415)
}

func TestCaptureNeedsApproval(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	g := b.capture(id, "c1")
	b.want("issue", g.issues(), "ORDER_NOT_APPROVED")
	if err := b.sim.Approve(id); err != nil {
		t.Fatal(err)
	}
	b.want("the same id after approval", b.capture(id, "c1").status, 201)
}

func TestCaptureUnderAnotherID(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Balance)
	b.capture(id, "c1")
	for _, key := range []string{"c2", ""} {
		g := b.capture(id, key)
		b.want("status", g.status, 422)
		b.want("issue", g.issues(), "ORDER_ALREADY_CAPTURED")
	}
	b.want("charges", len(b.sim.Books().Charges), 1)
}

// The replay of a refused capture answers the refusal, also after a new
// approval: only a new id is a new intent.
func TestRefusalIsRemembered(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Declined)
	first := b.capture(id, "c1")
	rels := at(first.body, "links", 1, "rel").(string) + " " + at(first.body, "links", 2, "rel").(string)
	b.want("links", rels, "payer-action redirect")
	b.want("page", at(first.body, "links", 1, "href"), b.server.URL+"/checkoutnow?token="+id)
	b.want("another id before approval", b.capture(id, "c0").issues(), "ORDER_NOT_APPROVED")
	if err := b.sim.Approve(id); err != nil {
		t.Fatal(err)
	}
	b.want("replay", b.capture(id, "c1").issues(), "INSTRUMENT_DECLINED")
	b.want("still approved", b.look(id).body["status"], "APPROVED")
	b.want("raised id", b.capture(id, "c2").status, 201)
	b.want("replay once more", b.capture(id, "c1").issues(), "INSTRUMENT_DECLINED")
	b.want("charges", len(b.sim.Books().Charges), 1)
}

func TestRefusedForGood(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Refused)
	b.want("first", b.capture(id, "c1").issues(), "TRANSACTION_REFUSED")
	b.want("another id", b.capture(id, "c2").issues(), "TRANSACTION_REFUSED")
	b.want("approve again", b.sim.Approve(id), ErrApproved)
}

func TestSettlePending(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		b := newBench(t)
		id := b.approved("p1", ECheck)
		b.capture(id, "c1")
		charge := b.sim.Books().Charges[0]
		b.want("counts while pending", len(b.sim.Books().Charged("p1")), 1)
		b.clock.move(72 * time.Hour)
		if err := b.sim.SettlePending(charge.ID, arrived); err != nil {
			t.Fatal(err)
		}
		state, moved := "DECLINED", 0
		if arrived {
			state, moved = "COMPLETED", 1
		}
		b.token = b.grant()
		k := at(b.look(id).body, "purchase_units", 0, "payments", "captures", 0)
		b.want("state", at(k, "status"), state)
		b.want("update time", at(k, "update_time"), "2024-02-06T10:11:12Z")
		b.want("create time", at(k, "create_time"), "2024-02-03T10:11:12Z")
		b.want("details", at(k, "status_details") == nil, arrived)
		b.want("accounts", len(b.sim.Books().Accounts), moved)
		b.want("charged", len(b.sim.Books().Charged("p1")), moved)
		if err := b.sim.SettlePending(charge.ID, arrived); !errors.Is(err, ErrNotPending) {
			t.Errorf("again: %v", err)
		}
	}
	b := newBench(t)
	b.want("unknown", b.sim.SettlePending("ABC", true), ErrNoCapture)
}

func TestApprovalStates(t *testing.T) {
	b := newBench(t)
	id := b.create("p1", "k1")
	b.want("strange funding", b.sim.ApproveWith(id, "gold"), ErrFunding)
	b.want("cancel", b.sim.Cancel(id), error(nil))
	b.want("cancelled order stays", b.look(id).body["status"], "PAYER_ACTION_REQUIRED")
	b.want("buyer comes back", b.sim.Approve(id), error(nil))
	g := b.look(id)
	b.want("status", g.body["status"], "APPROVED")
	b.want("capture link", at(g.body, "links", 1, "rel"), "capture")
	b.want("twice", b.sim.Approve(id), ErrApproved)
	b.capture(id, "c1")
	b.want("after capture", b.sim.Approve(id), ErrCaptured)
	b.want("cancel after capture", b.sim.Cancel(id), ErrCaptured)
	b.want("void after capture", b.sim.Void(id), ErrCaptured)
}

func TestVoid(t *testing.T) {
	b := newBench(t)
	id := b.approved("p1", Balance)
	b.want("void", b.sim.Void(id), error(nil))
	b.want("status", b.look(id).body["status"], "VOIDED")
	b.want("capture", b.capture(id, "c1").issues(), "ORDER_NOT_APPROVED")
	b.want("approve", b.sim.Approve(id), ErrVoided)
	b.want("void again", b.sim.Void(id), ErrVoided)
	b.want("charges", len(b.sim.Books().Charges), 0)
}

// Many captures at once, under one id or each under its own: one charge.
func TestConcurrentCapturesChargeOnce(t *testing.T) {
	for name, key := range map[string]func(int) string{
		"same id":       func(int) string { return "c" },
		"different ids": func(i int) string { return "c" + string(rune('0'+i)) },
		"no id":         func(int) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.approved("p1", Balance)
			var wg sync.WaitGroup
			results := make([]got, 8)
			for i := range results {
				wg.Go(func() { results[i] = b.capture(id, key(i)) })
			}
			wg.Wait()
			created := 0
			for _, g := range results {
				switch g.status {
				case 201:
					created++
				case 200, 409, 422:
				default:
					t.Errorf("got %d %v", g.status, g.err)
				}
			}
			b.want("created", created, 1)
			b.want("charges", len(b.sim.Books().Charges), 1)
			b.want("buyer", b.sim.Books().Accounts[0].Buyer, int64(-4750))
		})
	}
}
