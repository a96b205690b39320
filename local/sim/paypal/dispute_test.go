package paypal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const notReceived = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"

func (b *bench) dispute(capture string) string {
	b.Helper()
	id, err := b.sim.OpenDispute(capture, notReceived)
	b.must(err)
	return id
}

func (b *bench) lookDispute(id string) got {
	b.Helper()
	return b.do("GET", disputePath+"/"+id, "")
}

func TestDisputeLife(t *testing.T) {
	b, shop := newHookedBench(t)
	_, k := b.paid("p1")
	id := b.dispute(k)
	b.want("id", id, "PP-D-27803")
	g := b.lookDispute(id)
	for name, value := range map[string]any{
		"dispute_id": id, "reason": notReceived, "status": "OPEN", "dispute_life_cycle_stage": "INQUIRY",
		"dispute_channel": "INTERNAL", "create_time": "2024-02-03T10:11:12Z", "update_time": "2024-02-03T10:11:12Z",
		"seller_response_due_date": nil, "dispute_outcome": nil, "dispute_state": nil,
	} {
		b.want(name, g.body[name], value)
	}
	b.want("amount", at(g.body, "dispute_amount", "value"), "47.50")
	b.want("capture", at(g.body, "disputed_transactions", 0, "seller_transaction_id"), k)
	b.want("custom", at(g.body, "disputed_transactions", 0, "custom"), "p1")
	b.want("invoice", at(g.body, "disputed_transactions", 0, "invoice_number"), "INV-1")
	b.want("no money", b.balanced(), int64(4750))

	due := b.clock.Now().Add(240 * time.Hour)
	b.must(b.sim.UpdateDispute(id, "CHARGEBACK", due))
	g = b.lookDispute(id)
	b.want("stage", g.body["dispute_life_cycle_stage"], "CHARGEBACK")
	b.want("status", g.body["status"], "WAITING_FOR_SELLER_RESPONSE")
	b.want("due", g.body["seller_response_due_date"], "2024-02-13T10:11:12Z")
	b.want("updated", g.body["update_time"], "2024-02-03T10:11:13Z")
	b.must(b.sim.UpdateDispute(id, "CHARGEBACK", time.Time{}))
	b.want("due stays", b.lookDispute(id).body["seller_response_due_date"], "2024-02-13T10:11:12Z")
	for _, stage := range []string{"INQUIRY", "SETTLED", ""} {
		if err := b.sim.UpdateDispute(id, stage, due); !errors.Is(err, ErrDispute) {
			t.Errorf("to %q: %v", stage, err)
		}
	}

	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	g = b.lookDispute(id)
	b.want("status", g.body["status"], "RESOLVED")
	b.want("outcome", at(g.body, "dispute_outcome", "outcome_code"), "RESOLVED_BUYER_FAVOUR")
	b.want("refunded", at(g.body, "dispute_outcome", "amount_refunded", "value"), "47.50")
	b.want("movement", at(g.body, "money_movements", 0, "type"), "DEBIT")
	b.want("due", g.body["seller_response_due_date"], nil)
	b.want("money", b.balanced(), int64(0))
	b.want("once", b.sim.ResolveDispute(id, "ACCEPTED"), ErrResolved)
	b.want("no update either", b.sim.UpdateDispute(id, "ARBITRATION", due), ErrResolved)
	b.want("no second reversal", b.sim.Reverse(k), ErrAllGiven)

	b.deliver()
	posts := shop.take()
	b.want("events", b.types(posts[3:]), "CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.UPDATED CUSTOMER.DISPUTE.UPDATED PAYMENT.CAPTURE.REVERSED CUSTOMER.DISPUTE.RESOLVED")
	last := b.news(posts[7])
	b.want("resource", text(last["resource"]), text(g.body))
	b.want("resource type", last["resource_type"], "dispute")
}

func TestDisputeOutcomes(t *testing.T) {
	for outcome, pays := range disputeOutcomes {
		b := newBench(t)
		_, k := b.paid("p1")
		b.refund(k, "r1", euros("7.50"))
		id := b.dispute(k)
		b.must(b.sim.ResolveDispute(id, outcome))
		left := int64(4000)
		if pays {
			left = 0
			b.want("what was left", at(b.lookDispute(id).body, "dispute_outcome", "amount_refunded", "value"), "40.00")
		} else {
			b.want("nothing refunded", at(b.lookDispute(id).body, "dispute_outcome", "amount_refunded"), nil)
		}
		b.want(outcome, b.balanced(), left)
	}
	b := newBench(t)
	_, k := b.paid("p1")
	id := b.dispute(k)
	for _, outcome := range []string{"RESOLVED_WITH_PAYOUT", "NONE", "", "WON"} {
		if err := b.sim.ResolveDispute(id, outcome); !errors.Is(err, ErrDispute) {
			t.Errorf("%q: %v", outcome, err)
		}
	}
	b.want("unknown", b.sim.ResolveDispute("PP-D-1", "ACCEPTED"), ErrNoDispute)
	b.want("unknown", b.sim.UpdateDispute("PP-D-1", "CHARGEBACK", time.Time{}), ErrNoDispute)
	b.want("unknown by look", b.lookDispute("PP-D-1").status, 404)
	b.want("unknown form", b.lookDispute("PP_D").body["name"], "RESOURCE_NOT_FOUND")
}

func TestRefundWhileDisputed(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	b.refund(k, "r1", euros("7.50"))
	id := b.dispute(k)
	b.want("part", b.refund(k, "r2", euros("39.99")).issues(), "TRANSACTION_DISPUTED")
	if err := b.sim.RefundInDashboard(k, 1); err == nil || !strings.Contains(err.Error(), "TRANSACTION_DISPUTED") {
		t.Errorf("part in the dashboard: %v", err)
	}
	b.want("all that is left", b.refund(k, "r2", euros("40.00")).status, 201)
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	b.want("nothing moves twice", b.balanced(), int64(0))
	b.want("refunds", len(b.sim.Books().Refunds), 2)

	_, k = b.paid("p2")
	id = b.dispute(k)
	b.must(b.sim.ResolveDispute(id, "CANCELED_BY_BUYER"))
	b.want("part, after the dispute", b.refund(k, "r3", euros("1.00")).status, 201)
}

func TestDisputesThatCannotBeOpened(t *testing.T) {
	b := newBench(t)
	_, k := b.paid("p1")
	_, given := b.paid("p2")
	b.refund(given, "r1", "{}")
	waiting := at(b.capture(b.approved("p3", ECheck), "c3").body, "purchase_units", 0, "payments", "captures", 0, "id").(string)
	try := func(capture, reason string, want error) {
		t.Helper()
		if id, err := b.sim.OpenDispute(capture, reason); !errors.Is(err, want) || id != "" {
			t.Errorf("%s: %q, %v", reason, id, err)
		}
	}
	try("ABC", notReceived, ErrNoCapture)
	try(k, "BOREDOM", ErrDispute)
	try(given, notReceived, ErrAllGiven)
	try(waiting, notReceived, ErrNotPaid)
	b.dispute(k)
	try(k, notReceived, ErrDisputed)
	_, old := b.paid("p4")
	b.clock.move(180 * 24 * time.Hour)
	try(old, notReceived, ErrTooLate)
	b.must(b.sim.ResolveDispute("PP-D-27803", "DENIED"))
}

func (b *bench) list(query string) ([]string, got) {
	b.Helper()
	g := b.do("GET", disputePath+query, "")
	var ids []string
	items, _ := g.body["items"].([]any)
	for _, i := range items {
		ids = append(ids, strings.TrimPrefix(at(i, "dispute_id").(string), "PP-D-"))
	}
	return ids, g
}

func TestDisputeList(t *testing.T) {
	b := newBench(t)
	_, none := b.list("")
	b.want("none", none.status, 200)
	b.want("no items", none.body["items"], nil)
	b.want("self", at(none.body, "links", 0, "rel"), "self")
	for n := range 12 {
		_, k := b.paid(fmt.Sprint("p", n))
		b.dispute(k)
		b.clock.move(time.Minute)
	}
	b.must(b.sim.UpdateDispute("PP-D-27804", "CHARGEBACK", b.clock.Now().Add(time.Hour)))
	ids, g := b.list("")
	b.want("latest first, ten", fmt.Sprint(ids), "[27814 27813 27812 27811 27810 27809 27808 27807 27806 27805]")
	b.want("state", at(g.body, "items", 0, "dispute_state"), "OPEN_INQUIRIES")
	b.want("no transactions in the list", at(g.body, "items", 0, "disputed_transactions"), nil)
	next, _ := at(g.body, "links", 1, "href").(string)
	b.want("next", at(g.body, "links", 1, "rel"), "next")
	_, k := b.paid("late")
	b.dispute(k) // between the pages
	ids, g = b.list(strings.TrimPrefix(next, b.server.URL+disputePath))
	b.want("the rest", fmt.Sprint(ids), "[27804 27803]")
	b.want("no next", len(g.body["links"].([]any)), 1)
	b.want("stage", at(g.body, "items", 0, "dispute_state"), "REQUIRED_ACTION")
	b.want("due", at(g.body, "items", 0, "seller_response_due_date"), "2024-02-03T11:23:12Z")

	// Everything updated since, three at a time, by the links alone.
	var all []string
	query := "?page_size=3&update_time_after=2024-02-03T10:20:12Z"
	for pages := 0; query != ""; pages++ {
		ids, g = b.list(query)
		all = append(all, ids...)
		next, _ = at(g.body, "links", 1, "href").(string)
		query = strings.TrimPrefix(next, b.server.URL+disputePath)
		if pages > 5 {
			t.Fatal("no end")
		}
	}
	b.want("updated after", fmt.Sprint(all), "[27815 27814 27813 27804]")
	ids, _ = b.list("?update_time_after=2024-02-03T11:22:12%2B01:00")
	b.want("with an offset, and not at that second", fmt.Sprint(ids), "[27815 27804]")
}

func TestDisputeListRefusals(t *testing.T) {
	b := newBench(t)
	for query, issues := range map[string]string{
		"?page_size=0": "INVALID_PARAMETER_VALUE", "?page_size=51": "INVALID_PARAMETER_VALUE", "?page_size=x": "INVALID_PARAMETER_VALUE",
		"?page_size=2&page_size=3": "INVALID_PARAMETER_VALUE", "?next_page_token=x": "INVALID_PARAMETER_VALUE",
		"?next_page_token=YmVsb3c6OTk=": "INVALID_PARAMETER_VALUE", "?next_page_token=YmVsb3c6LTE=": "INVALID_PARAMETER_VALUE",
		"?update_time_after=yesterday":              "INVALID_PARAMETER_VALUE",
		"?update_time_after=2023-08-07T10:11:11Z":   "INVALID_PARAMETER_VALUE", // a second more than 180 days ago
		"?update_time_after=2023-08-07T10:11:13Z":   "",
		"?update_time_after=2024-02-03T10:11:12":    "INVALID_PARAMETER_VALUE",
		"?dispute_state=RESOLVED":                   "NOT_SUPPORTED",
		"?disputed_transaction_id=A&page_size=0":    "NOT_SUPPORTED INVALID_PARAMETER_VALUE",
		"?page_size=%zz":                            "INVALID_PARAMETER_SYNTAX",
		"?start_time=2024-02-03T10:11:12Z&total=no": "NOT_SUPPORTED NOT_SUPPORTED",
	} {
		_, g := b.list(query)
		b.want(query, g.issues(), issues)
		b.want(query, g.status == 400, issues != "")
	}
	b.want("no token", b.do("GET", disputePath, "", "Authorization", "").status, 401)
}
