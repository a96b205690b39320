package paypal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// spec is one of PayPal's OpenAPI files.
type spec struct {
	t    *testing.T
	root map[string]any
	raw  string
}

// openSpec reads a file of the folder that PAYPAL_OPENAPI names. PayPal's files
// are not part of this project, so without the variable this check is left
// out; every rule it holds has a test of its own besides.
func openSpec(t *testing.T, name string) spec {
	t.Helper()
	folder := os.Getenv("PAYPAL_OPENAPI")
	if folder == "" {
		t.Skip("PAYPAL_OPENAPI names no folder")
	}
	raw, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	s := spec{t: t, raw: string(raw)}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s spec) schema(name string) map[string]any {
	s.t.Helper()
	schema, ok := at(s.root, "components", "schemas", name).(map[string]any)
	if !ok {
		s.t.Fatalf("no schema %s", name)
	}
	return schema
}

// check holds v against a schema: what it says of types, required members,
// enumerations, patterns and lengths. Members no schema knows are reported,
// for an answer must not promise what PayPal does not.
func (s spec) check(place string, schema map[string]any, v any) {
	s.t.Helper()
	known := map[string]bool{}
	s.walk(place, schema, v, known)
	if o, ok := v.(map[string]any); ok && len(known) > 0 {
		for name := range o {
			if !known[name] {
				s.t.Errorf("%s: PayPal has no member %s", place, name)
			}
		}
	}
}

func (s spec) walk(place string, schema map[string]any, v any, known map[string]bool) {
	s.t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		s.walk(place, s.schema(strings.TrimPrefix(ref, "#/components/schemas/")), v, known)
	}
	all, _ := schema["allOf"].([]any)
	for _, part := range all {
		s.walk(place, part.(map[string]any), v, known)
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if at(v, name) == nil {
			s.t.Errorf("%s: no member %s", place, name)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		known[name] = true
		if o, ok := v.(map[string]any); ok && o[name] != nil {
			s.check(place+"/"+name, property.(map[string]any), o[name])
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		list, isList := v.([]any)
		if !isList {
			s.t.Errorf("%s: not a list", place)
		}
		for _, element := range list {
			s.check(place+"/*", items, element)
		}
	}
	s.checkText(place, schema, v)
}

func (s spec) checkText(place string, schema map[string]any, v any) {
	s.t.Helper()
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		s.t.Errorf("%s: %v is not among %v", place, v, enum)
	}
	text, isText := v.(string)
	if schema["type"] == "string" && !isText {
		s.t.Errorf("%s: %v is not a string", place, v)
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(text) {
		s.t.Errorf("%s: %q does not match %s", place, text, pattern)
	}
	if number, ok := schema["maxLength"].(json.Number); ok {
		if most, err := number.Int64(); err != nil || int64(utf8.RuneCountInString(text)) > most {
			s.t.Errorf("%s: %q is longer than %s", place, text, number)
		}
	}
}

func TestAnswersAgainstTheSpecs(t *testing.T) {
	orders := openSpec(t, "checkout_orders_v2.json")
	payments := openSpec(t, "payments_payment_v2.json")
	for _, f := range Fundings() {
		b := newBench(t)
		id := b.create("p1", "k1")
		orders.check("created", orders.schema("order"), any(b.look(id).body))
		if err := b.sim.ApproveWith(id, f); err != nil {
			t.Fatal(err)
		}
		orders.check("approved", orders.schema("order"), any(b.look(id).body))
		g := b.capture(id, "c1")
		if g.status >= 400 {
			orders.check("refused", orders.schema("error_422"), any(g.body))
			continue
		}
		orders.check("captured", orders.schema("order"), any(g.body))
		payments.check("capture", payments.schema("capture-2"), any(b.do("GET", capturePath+"/"+b.sim.Books().Charges[0].ID, "").body))
	}
}

func TestErrorsAgainstTheSpec(t *testing.T) {
	orders := openSpec(t, "checkout_orders_v2.json")
	b := newBench(t)
	id := b.create("p1", "k1")
	orders.check("404", orders.schema("error_404"), any(b.look("ABC").body))
	orders.check("400", orders.schema("error_400"), any(b.do("POST", ordersPath, "{}", "PayPal-Request-Id", "k").body))
	orders.check("415", orders.schema("error_415"), any(b.do("POST", ordersPath, "{}", "Content-Type", "").body))
	orders.check("422", orders.schema("error_422"), any(b.capture(id, "c").body))
	for kind, schema := range map[Kind]string{
		Forbidden: "error_403", InProgress: "error_409", ErrorBefore: "error_500", Unavailable: "error_503", TokenDropped: "error_401",
	} {
		if err := b.sim.Inject(Fault{Kind: kind, Call: CallCapture}); err != nil {
			t.Fatal(err)
		}
		orders.check(string(kind), orders.schema(schema), any(b.capture(id, "c").body))
	}
}

func TestIssuesAgainstTheSpecs(t *testing.T) {
	orders := openSpec(t, "checkout_orders_v2.json")
	payments := openSpec(t, "payments_payment_v2.json")
	for issue := range descriptions {
		quoted := `"` + issue + `"`
		if issue != "DUPLICATE_REQUEST_ID" && !strings.Contains(orders.raw, quoted) && !strings.Contains(payments.raw, quoted) {
			t.Errorf("PayPal has no issue %s", issue)
		}
	}
}

func TestRefundsAgainstTheSpecs(t *testing.T) {
	orders, payments := openSpec(t, "checkout_orders_v2.json"), openSpec(t, "payments_payment_v2.json")
	b := newBench(t)
	order, k := b.paid("p1")
	g := b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"10.00"},"custom_id":"p1-r1","invoice_id":"I-1","note_to_payer":"n"}`)
	payments.check("refund", payments.schema("refund"), any(g.body))
	b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
	waiting := b.refund(k, "r2", euros("1.00"))
	payments.check("pending", payments.schema("refund"), any(waiting.body))
	b.must(b.sim.SettleRefund(waiting.body["id"].(string), false))
	payments.check("failed", payments.schema("refund"), any(b.lookRefund(waiting.body["id"].(string)).body))
	payments.check("refused", payments.schema("error_422"), any(b.refund(k, "r3", euros("99.00")).body))
	payments.check("minimal", payments.schema("refund"), any(b.do("POST", capturePath+"/"+k+"/refund", euros("1.00"), "PayPal-Request-Id", "r4").body))
	b.must(b.sim.Reverse(k))
	orders.check("order", orders.schema("order"), any(b.look(order).body))
	payments.check("capture", payments.schema("capture-2"), any(b.lookCapture(k).body))
}

func TestDisputesAgainstTheSpec(t *testing.T) {
	disputes := openSpec(t, "customer_disputes_v1.json")
	b := newBench(t)
	_, k := b.paid("p1")
	list := func(what string) {
		t.Helper()
		disputes.check(what, disputes.schema("dispute_search"), any(b.do("GET", disputePath+"?page_size=1", "").body))
	}
	list("none")
	id := b.dispute(k)
	_, other := b.paid("p2")
	b.dispute(other)
	list("two")
	disputes.check("open", disputes.schema("dispute"), any(b.lookDispute(id).body))
	b.must(b.sim.UpdateDispute(id, "CHARGEBACK", b.clock.Now()))
	list("updated")
	disputes.check("updated", disputes.schema("dispute"), any(b.lookDispute(id).body))
	b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	list("resolved")
	disputes.check("resolved", disputes.schema("dispute"), any(b.lookDispute(id).body))
	disputes.check("404", disputes.schema("error"), any(b.lookDispute("PP-D-1").body))
	for name, words := range map[string][]string{"dispute_reason": disputeReasons, "dispute_lifecycle_stage": disputeStages} {
		for _, w := range words {
			disputes.check(name, disputes.schema(name), w)
		}
	}
	for outcome := range disputeOutcomes {
		disputes.check("outcome", disputes.schema("dispute_outcome"), map[string]any{"outcome_code": outcome})
	}
}

func TestWebhooksAgainstTheSpec(t *testing.T) {
	hooks := openSpec(t, "notifications_webhooks_v1.json")
	b, shop := newHookedBench(t)
	hooks.check("list", hooks.schema("WebhookList"), any(b.do("GET", controlPath, "").body))
	_, k := b.paid("p1")
	b.must(b.sim.ResolveDispute(b.dispute(k), "ACCEPTED"))
	b.deliver()
	event := hooks.schema("event")
	delete(event["properties"].(map[string]any)["resource"].(map[string]any), "type") // free in form
	for _, p := range shop.take() {
		hooks.check("event", event, any(b.news(p)))
		b.want("a type PayPal has", b.news(p)["resource_type"] != "", true)
	}
	p := post{b.sim.Sign([]byte("{}"), testWebhookID), []byte("{}")}
	g := b.do("POST", verifyPath, postback(p, nil))
	hooks.check("postback", hooks.schema("verify_webhook_signature_response"), any(g.body))
}

func TestReportsAgainstTheSpec(t *testing.T) {
	reports := openSpec(t, "reporting_transactions_v1.json")
	b := newReportBench(t)
	b.must(b.sim.SetReportForm(AsSpecified))
	b.must(b.sim.HoldCurrencies("USD", "JPY"))
	b.clock.move(time.Second)
	list := func(what, query string) {
		t.Helper()
		reports.check(what, reports.schema("search_response"), any(b.read(query).body))
	}
	list("none", "")
	_, k := b.paid("p1")
	b.refund(k, "r1", euros("5.00"))
	b.must(b.sim.Authorise(k))
	b.must(b.sim.ResolveDispute(b.dispute(k), "RESOLVED_BUYER_FAVOUR"))
	_, err := b.sim.Sell(Sale{CustomID: "Ünïcode {}", Currency: "JPY", Amount: 5000, Pending: true})
	b.must(err)
	b.clock.move(time.Minute)
	list("transactions", "&fields=all&balance_affecting_records_only=N")
	list("a page", "&page_size=2&page=2")
	reports.check("balances", reports.schema("balances_response"), any(b.do("GET", balancePath, "").body))
	reports.check("400", reports.schema("error_400"), any(b.read("&page=0").body))
	early := b.do("GET", reportPath+"?start_date=2024-02-09T00:00:00Z&end_date=2024-02-10T00:00:00Z", "")
	reports.check("too early", reports.schema("error_400"), any(early.body))
	b.sim.GrantReports(false)
	b.token = b.grant()
	reports.check("403", reports.schema("error_403"), any(b.read("").body))
	payments := openSpec(t, "payments_payment_v2.json")
	payments.check("converted", payments.schema("capture-2"), any(b.lookCapture(k).body))
}
