package paypal

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// paid is a captured order of 47.50 EUR: the order's id and the capture's.
func (b *bench) paid(customID string) (order, capture string) {
	b.Helper()
	order = b.approved(customID, Balance)
	g := b.capture(order, "capture-"+customID)
	capture, _ = at(g.body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
	if capture == "" {
		b.Fatalf("capture: %d %s", g.status, g.raw)
	}
	return order, capture
}

func (b *bench) refund(capture, requestID, body string) got {
	b.Helper()
	return b.do("POST", capturePath+"/"+capture+"/refund", body, "PayPal-Request-Id", requestID, "Prefer", "return=representation")
}

func (b *bench) lookCapture(id string) got {
	b.Helper()
	return b.do("GET", capturePath+"/"+id, "")
}

func (b *bench) lookRefund(id string) got {
	b.Helper()
	return b.do("GET", refundPath+"/"+id, "")
}

// euros is the body of a refund of so much.
func euros(value string) string { return text(map[string]any{"amount": eur(value)}) }

// must ends the test on an error.
func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// balanced holds the books against each other, and gives what the buyer paid in
// the end.
func (b *bench) balanced() int64 {
	b.Helper()
	books := b.sim.Books()
	var paid, kept int64
	for _, c := range books.Charges {
		var back int64
		for _, r := range books.Refunded(c.ID) {
			back += r.Amount
			if r.State == completed {
				paid -= r.Amount
			}
		}
		if back > c.Amount {
			b.Errorf("%d are given back of %d", back, c.Amount)
		}
		if c.State == completed {
			paid += c.Amount
			kept += c.Fee
		}
	}
	for _, a := range books.Accounts {
		b.want("sum of the accounts", a.Buyer+a.Merchant+a.PayPal, int64(0))
		b.want("buyer", a.Buyer, -paid)
		b.want("fee", a.PayPal, kept)
	}
	return paid
}

func TestRefundInFull(t *testing.T) {
	for _, body := range []string{"{}", ""} {
		b := newBench(t)
		order, k := b.paid("p1")
		before := b.look(order).body["update_time"]
		b.clock.move(time.Hour)
		g := b.refund(k, "r1", body)
		id, _ := g.body["id"].(string)
		b.want("status code", g.status, 201)
		b.want("status", g.body["status"], "COMPLETED")
		for place, value := range map[string]string{
			"gross_amount": "47.50", "paypal_fee": "0.00", "net_amount": "47.50", "total_refunded_amount": "47.50",
		} {
			b.want(place, at(g.body, "seller_payable_breakdown", place, "value"), value)
		}
		b.want("amount", at(g.body, "amount", "value"), "47.50")
		b.want("created", g.body["create_time"], "2024-02-03T11:11:12Z")
		b.want("self", at(g.body, "links", 0, "href"), b.server.URL+"/v2/payments/refunds/"+id)
		b.want("up", at(g.body, "links", 1, "href"), b.server.URL+"/v2/payments/captures/"+k)
		b.want("up, rel", at(g.body, "links", 1, "rel"), "up")

		b.want("look", b.lookRefund(id).raw, g.raw)
		look := b.look(order)
		b.want("in the order", text(at(look.body, "purchase_units", 0, "payments", "refunds", 0)), text(g.body))
		b.want("order moved on", look.body["update_time"] != before, true)
		one := b.lookCapture(k)
		b.want("capture", one.body["status"], "REFUNDED")
		b.want("capture in the order", at(look.body, "purchase_units", 0, "payments", "captures", 0, "status"), "REFUNDED")
		b.want("updated", one.body["update_time"], "2024-02-03T11:11:12Z")
		b.want("the receipt stays", at(one.body, "seller_receivable_breakdown", "net_amount", "value"), "45.49")
		b.want("order of a capture", at(one.body, "supplementary_data", "related_ids", "order_id"), order)
		if strings.Contains(one.raw, `"rel":"refund"`) {
			t.Error("a refunded capture links to its refund")
		}
		b.want("books", b.sim.Books().Refunds[0], Refund{
			ID: id, Charge: k, Origin: ByCall, Amount: 4750, Currency: "EUR", At: b.sim.Books().Refunds[0].At, State: "COMPLETED",
		})
		b.want("account", b.sim.Books().Accounts[0], Account{"EUR", 2, 0, -201, 201})
		b.want("paid in the end", b.balanced(), int64(0))
	}
}

func TestRefundInParts(t *testing.T) {
	b := newBench(t)
	order, k := b.paid("p1")
	if !strings.Contains(b.lookCapture(k).raw, capturePath+"/"+k+`/refund","rel":"refund","method":"POST"`) {
		t.Error("a capture does not link to its refund")
	}
	body := map[string]any{"amount": eur("20.00"), "custom_id": "p1-r1", "invoice_id": "p1-r1", "note_to_payer": "Broken lid & spout"}
	first := b.refund(k, "r1", text(body))
	for name, value := range map[string]string{"custom_id": "p1-r1", "invoice_id": "p1-r1", "note_to_payer": "Broken lid & spout"} {
		b.want(name, first.body[name], value)
	}
	b.want("capture", b.lookCapture(k).body["status"], "PARTIALLY_REFUNDED")
	stamp := b.lookCapture(k).body["update_time"]
	second := b.refund(k, "r2", euros("27.49"))
	b.want("total", at(second.body, "seller_payable_breakdown", "total_refunded_amount", "value"), "47.49")
	b.want("total of the first", at(b.lookRefund(first.body["id"].(string)).body, "seller_payable_breakdown", "total_refunded_amount", "value"), "20.00")
	b.want("still in part", b.lookCapture(k).body["status"], "PARTIALLY_REFUNDED")
	b.want("updated again", b.lookCapture(k).body["update_time"] != stamp, true)
	b.want("too much", b.refund(k, "r3", euros("0.02")).issues(), "REFUND_AMOUNT_EXCEEDED")
	rest := b.refund(k, "r3", "{}")
	b.want("the rest", at(rest.body, "amount", "value"), "0.01")
	b.want("capture, in the end", b.lookCapture(k).body["status"], "REFUNDED")
	b.want("nothing left", b.refund(k, "r4", "{}").issues(), "CAPTURE_FULLY_REFUNDED")
	b.want("nothing left for a part", b.refund(k, "r5", euros("0.01")).issues(), "CAPTURE_FULLY_REFUNDED")
	list, _ := at(b.look(order).body, "purchase_units", 0, "payments", "refunds").([]any)
	b.want("refunds in the order", len(list), 3)
	b.want("custom id in the books", b.sim.Books().Refunds[0].CustomID, "p1-r1")
	b.want("paid in the end", b.balanced(), int64(0))
}

func TestMinimalRefund(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	g := b.do("POST", capturePath+"/"+k+"/refund", "{}", "PayPal-Request-Id", "r1")
	if g.status != 201 || len(g.body) != 3 || strings.Contains(g.raw, "47.50") {
		t.Errorf("not minimal: %d %s", g.status, g.raw)
	}
	b.want("full by look", at(b.lookRefund(g.body["id"].(string)).body, "amount", "value"), "47.50")
}

func TestRefundBody(t *testing.T) {
	for body, want := range map[string]string{
		`{"amount":null}`: "INVALID_PARAMETER_SYNTAX", `null`: "INVALID_PARAMETER_SYNTAX", `[]`: "INVALID_PARAMETER_SYNTAX",
		`{`: "INVALID_PARAMETER_SYNTAX", `{"amount":{"currency_code":"EUR","value":"1"},"amount":{}}`: "INVALID_PARAMETER_SYNTAX",
		`{"payment_instruction":{}}`: "INVALID_PARAMETER_SYNTAX", `{"Amount":{}}`: "INVALID_PARAMETER_SYNTAX",
		`{"amount":{"value":"1.00"}}`:                       "MISSING_REQUIRED_PARAMETER",
		`{"amount":{"currency_code":"EUR"}}`:                "MISSING_REQUIRED_PARAMETER",
		`{"amount":{"currency_code":"EUR","value":1}}`:      "INVALID_PARAMETER_SYNTAX",
		`{"custom_id":""}`:                                  "INVALID_STRING_LENGTH",
		`{"custom_id":"` + long(128) + `"}`:                 "INVALID_STRING_LENGTH",
		`{"invoice_id":"` + long(128) + `"}`:                "INVALID_STRING_LENGTH",
		`{"note_to_payer":"` + long(256) + `"}`:             "INVALID_STRING_LENGTH",
		`{"custom_id":"a\nb"}`:                              "INVALID_PARAMETER_SYNTAX",
		euros("0.00"):                                       "CANNOT_BE_ZERO_OR_NEGATIVE",
		euros("-1.00"):                                      "CANNOT_BE_ZERO_OR_NEGATIVE",
		euros("1.001"):                                      "DECIMAL_PRECISION",
		text(map[string]any{"amount": yen("1.5")}):          "DECIMAL_PRECISION",
		`{"amount":{"currency_code":"XXX","value":"1"}}`:    "INVALID_CURRENCY_CODE",
		text(map[string]any{"amount": yen("1")}):            "REFUND_CAPTURE_CURRENCY_MISMATCH",
		euros("47.51"):                                      "REFUND_AMOUNT_EXCEEDED",
		`{"amount":{"currency_code":"USD","value":"9999"}}`: "REFUND_CAPTURE_CURRENCY_MISMATCH",
	} {
		t.Run(body[:min(len(body), 50)], func(t *testing.T) {
			b := newBench(t)
			_, k := b.paid("p1")
			g := b.refund(k, "r1", body)
			b.want("issue", g.issues(), want)
			status := 422
			if strings.HasPrefix(want, "INVALID_P") || strings.HasPrefix(want, "INVALID_S") || strings.HasPrefix(want, "M") || want == "NOT_SUPPORTED" {
				status = 400
			}
			b.want("status", g.status, status)
			b.want("refunds", len(b.sim.Books().Refunds), 0)
			b.want("capture", b.lookCapture(k).body["status"], "COMPLETED")
			b.want("the id is free", b.refund(k, "r1", "{}").status, 201)
		})
	}
}

func TestRefundRules(t *testing.T) {
	b := newBench(t)
	b.want("unknown capture", b.refund("ABC", "r0", "{}").status, 404)
	b.want("unknown refund", b.lookRefund("ABC").status, 404)
	b.want("no content type", b.do("POST", capturePath+"/ABC/refund", "{}", "Content-Type", "").status, 415)
	b.want("no token", b.do("POST", capturePath+"/ABC/refund", "{}", "Authorization", "").status, 401)
	for funding, issue := range map[Funding]string{ECheck: "PENDING_CAPTURE", Bounced: "REFUND_NOT_ALLOWED"} {
		id := b.approved("p-"+string(funding), funding)
		k := at(b.capture(id, "c-"+string(funding)).body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
		b.want(issue, b.refund(k, "r-"+issue, "{}").issues(), issue)
	}
	_, k := b.paid("p1")
	b.want("invoice", b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"1"},"invoice_id":"R-1"}`).status, 201)
	b.want("invoice again", b.refund(k, "r2", `{"amount":{"currency_code":"EUR","value":"1"},"invoice_id":"R-1"}`).issues(), "DUPLICATE_INVOICE_ID")
	b.must(b.sim.Inject(Fault{Kind: InsufficientFunds}))
	b.want("no funds", b.refund(k, "r2", euros("1")).issues(), "REFUND_FAILED_INSUFFICIENT_FUNDS")
	b.want("the same id once there are", b.refund(k, "r2", euros("1")).status, 201)
	b.clock.move(180*24*time.Hour - time.Second)
	b.token = b.grant()
	b.want("in time", b.refund(k, "r3", euros("1")).status, 201)
	b.clock.move(time.Second)
	b.want("too late", b.refund(k, "r4", euros("1")).issues(), "REFUND_TIME_LIMIT_EXCEEDED")
	if err := b.sim.RefundInDashboard(k, 100); !errors.Is(err, ErrRefund) || !strings.Contains(err.Error(), "REFUND_TIME_LIMIT_EXCEEDED") {
		t.Errorf("too late in the dashboard: %v", err)
	}
	b.want("paid in the end", b.balanced(), int64(4750-300))
}

func TestRefundReplay(t *testing.T) {
	b := newBench(t)
	order, k := b.paid("p1")
	_, other := b.paid("p2")
	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	g := b.refund(k, "r1", euros("20.00"))
	b.want("status", g.body["status"], "PENDING")
	b.want("reason", at(g.body, "status_details", "reason"), "ECHECK")
	id := g.body["id"].(string)
	again := b.refund(k, "r1", ` {"amount": {"value": "20.00", "currency_code": "EUR"}}`)
	b.want("replay", again.status, 200)
	b.want("the same refund", again.raw, g.raw)
	b.want("other body", b.refund(k, "r1", euros("20.01")).issues(), "DUPLICATE_REQUEST_ID")
	b.want("other capture", b.refund(other, "r1", euros("20.00")).issues(), "DUPLICATE_REQUEST_ID")
	b.want("one id for a capture and a refund", b.refund(other, "capture-p1", "{}").status, 201)
	b.must(b.sim.SettleRefund(id, true))
	b.want("the latest state", b.refund(k, "r1", euros("20.00")).body["status"], "COMPLETED")
	b.clock.move(45*24*time.Hour - time.Second)
	b.token = b.grant()
	b.want("remembered", b.refund(k, "r1", euros("20.00")).status, 200)
	b.want("a capture's id is forgotten before", b.capture(order, "capture-p1").issues(), "ORDER_ALREADY_CAPTURED")
	b.clock.move(time.Second)
	b.want("forgotten: a second refund", b.refund(k, "r1", euros("20.00")).status, 201)
	b.want("refunds", len(b.sim.Books().Refunded(k)), 2)
}

func TestPendingRefund(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		b := newBench(t)
		order, k := b.paid("p1")
		b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
		id := b.refund(k, "r1", "{}").body["id"].(string)
		b.want("capture", b.lookCapture(k).body["status"], "COMPLETED")
		b.want("no money yet", b.balanced(), int64(4750))
		b.want("it counts", b.refund(k, "r2", euros("0.01")).issues(), "CAPTURE_FULLY_REFUNDED")
		before := b.look(order).body["update_time"]
		b.must(b.sim.SettleRefund(id, arrived))
		g := b.lookRefund(id)
		b.want("order moved on", b.look(order).body["update_time"] != before, true)
		b.want("update time", g.body["update_time"] != g.body["create_time"], true)
		if arrived {
			b.want("status", g.body["status"], "COMPLETED")
			b.want("reason", g.body["status_details"], nil)
			b.want("capture", b.lookCapture(k).body["status"], "REFUNDED")
			b.want("money", b.balanced(), int64(0))
		} else {
			b.want("status", g.body["status"], "FAILED")
			b.want("breakdown", g.body["seller_payable_breakdown"], nil)
			b.want("capture", b.lookCapture(k).body["status"], "COMPLETED")
			b.want("money", b.balanced(), int64(4750))
			b.want("the books do not count it", len(b.sim.Books().Refunded(k)), 0)
			b.want("free again", b.refund(k, "r2", "{}").status, 201)
		}
		b.want("twice", b.sim.SettleRefund(id, true), ErrNotPending)
	}
	b := newBench(t)
	b.want("unknown", b.sim.SettleRefund("ABC", true), ErrNoRefund)
}

func TestRefundInDashboard(t *testing.T) {
	b := newBench(t)
	order, k := b.paid("p1")
	b.must(b.sim.RefundInDashboard(k, 1000))
	r := at(b.look(order).body, "purchase_units", 0, "payments", "refunds", 0)
	b.want("amount", at(r, "amount", "value"), "10.00")
	for _, name := range []string{"custom_id", "invoice_id", "note_to_payer"} {
		b.want(name, at(r, name), nil)
	}
	b.want("origin in the books", b.sim.Books().Refunds[0].Origin, ByDashboard)
	for amount, issue := range map[int64]string{3751: "REFUND_AMOUNT_EXCEEDED", -1: "CANNOT_BE_ZERO_OR_NEGATIVE"} {
		if err := b.sim.RefundInDashboard(k, amount); !errors.Is(err, ErrRefund) || !strings.HasSuffix(err.Error(), issue) {
			t.Errorf("%d: %v", amount, err)
		}
	}
	b.must(b.sim.RefundInDashboard(k, 0))
	b.want("the rest", b.lookCapture(k).body["status"], "REFUNDED")
	b.want("unknown", b.sim.RefundInDashboard("ABC", 1), ErrNoCapture)
	b.want("paid in the end", b.balanced(), int64(0))
}

func TestReverse(t *testing.T) {
	b := newBench(t)
	order, k := b.paid("p1")
	b.refund(k, "r1", euros("20.00"))
	b.clock.move(200 * 24 * time.Hour)
	b.token = b.grant()
	b.must(b.sim.Reverse(k))
	r := at(b.look(order).body, "purchase_units", 0, "payments", "refunds", 1)
	b.want("amount", at(r, "amount", "value"), "27.50")
	b.want("custom id", at(r, "custom_id"), nil)
	b.want("note", at(r, "note_to_payer"), "Payment reversed")
	b.want("look", b.lookRefund(at(r, "id").(string)).status, 200)
	b.want("origin in the books", b.sim.Books().Refunds[1].Origin, ByPayPal)
	b.want("capture", b.lookCapture(k).body["status"], "REFUNDED")
	b.want("twice", b.sim.Reverse(k), ErrAllGiven)
	b.want("unknown", b.sim.Reverse("ABC"), ErrNoCapture)
	waiting := at(b.capture(b.approved("p2", ECheck), "c2").body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
	b.want("pending", b.sim.Reverse(waiting), ErrNotPaid)
	b.want("paid in the end", b.balanced(), int64(0))
}

// Two of 30 EUR on 47.50 EUR, many times: one wins.
func TestRacingRefunds(t *testing.T) {
	b := newBench(t)
	for round := range 10 {
		name := string(rune('a' + round))
		_, k := b.paid(name)
		var all sync.WaitGroup
		answers := make(chan string, 6)
		for n := range 3 {
			all.Go(func() { answers <- b.refund(k, name+string(rune('0'+n)), euros("30.00")).issues() })
			all.Go(func() {
				if err := b.sim.RefundInDashboard(k, 3000); err != nil {
					answers <- strings.TrimPrefix(err.Error(), ErrRefund.Error()+": ")
				} else {
					answers <- ""
				}
			})
		}
		all.Wait()
		close(answers)
		won := 0
		for issue := range answers {
			if issue == "" {
				won++
			} else if issue != "REFUND_AMOUNT_EXCEEDED" {
				t.Errorf("refused with %s", issue)
			}
		}
		b.want("won", won, 1)
	}
	b.want("paid in the end", b.balanced(), int64(10*1750))
}

// One refund asked for many times under one id is made once.
func TestRacingReplays(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if g := b.refund(k, "r1", euros("5.00")); g.status != 201 && g.status != 200 && g.status != 409 {
				t.Errorf("%d %s", g.status, g.raw)
			}
		})
	}
	all.Wait()
	b.want("refunds", len(b.sim.Books().Refunds), 1)
}
