package paypal

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// paidBy is a cart whose payment source is another one.
func paidBy(name, country, currency, value string) map[string]any {
	c := cart("p1")
	money := map[string]any{"currency_code": currency, "value": value}
	c["purchase_units"] = []any{map[string]any{"custom_id": "p1", "amount": money}}
	context := map[string]any{"brand_name": "Tea & Co", "shipping_preference": "NO_SHIPPING"}
	back := map[string]any{"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/stop"}
	body := map[string]any{"experience_context": context}
	if name == venmoName {
		c["application_context"] = back
	} else {
		maps.Copy(context, back)
		body["name"], body["country_code"] = "Avery Example", country
	}
	if sources[name].email {
		body["email"] = "avery@example.com"
	}
	c["payment_source"] = map[string]any{name: body}
	return c
}

// places are where each source is used: country, currency and the least it takes.
var places = map[string]string{
	"bancontact": "BE EUR 1.00", "blik": "PL PLN 1.00", "eps": "AT EUR 1.00", "ideal": "NL EUR 0.01", "mybank": "IT EUR 0.01",
	"p24": "PL EUR 55000.00", "trustly": "SE SEK 0.01", venmoName: "US USD 0.01",
}

func placeOf(name string) (country, currency, value string) {
	parts := strings.Fields(places[name])
	return parts[0], parts[1], parts[2]
}

func (b *bench) createWith(body map[string]any, requestID string) got {
	b.Helper()
	return b.do("POST", ordersPath, text(body), "PayPal-Request-Id", requestID, "Prefer", "return=representation")
}

// TestSources: every source opens an order, is approved, captured, shown and given back.
func TestSources(t *testing.T) {
	if len(places) != len(sources)-1 {
		t.Fatalf("%d of %d sources are tried", len(places), len(sources)-1)
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			country, currency, value := placeOf(name)
			g := b.createWith(paidBy(name, country, currency, value), "k1")
			b.want("created", g.status, 201)
			id := g.body["id"].(string)
			if isBank(name) {
				b.want("its holder", at(g.body, "payment_source", name, "name"), "Avery Example")
			}
			b.must(b.sim.ApproveWith(id, Balance))
			if at(b.look(id).body, "payment_source", name) == nil {
				t.Errorf("approved, its source is %s", b.look(id).raw)
			}
			b.want("captured", b.capture(id, "c1").status, 201)
			k := b.sim.Books().Charges[0].ID
			b.clock.move(sources[name].refundTime - time.Second)
			b.token = b.grant()
			b.want("refunded in time", b.refund(k, "r1", "{}").status, 201)
		})
	}
}

// TestSourcesRefuse: another country, another currency, a cent too little or too much,
// and what the request has to have.
func TestSourcesRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		body   map[string]any
		issues string
	}{
		"country":     {paidBy("ideal", "BE", "EUR", "5.00"), "INCOMPATIBLE_PARAMETER_VALUE"},
		"currency":    {paidBy("blik", "PL", "EUR", "5.00"), "INCOMPATIBLE_PARAMETER_VALUE"},
		"venmo's":     {paidBy(venmoName, "", "EUR", "5.00"), "INCOMPATIBLE_PARAMETER_VALUE"},
		"too little":  {paidBy("eps", "AT", "EUR", "0.99"), "INCOMPATIBLE_PARAMETER_VALUE"},
		"too much":    {paidBy("p24", "PL", "PLN", "55000.01"), "INCOMPATIBLE_PARAMETER_VALUE"},
		"no name":     {with(paidBy("ideal", "NL", "EUR", "5.00"), absent{}, "payment_source", "ideal", "name"), "MISSING_REQUIRED_PARAMETER"},
		"short name":  {with(paidBy("ideal", "NL", "EUR", "5.00"), "Al", "payment_source", "ideal", "name"), "INVALID_STRING_LENGTH"},
		"no address":  {with(paidBy("p24", "PL", "PLN", "5.00"), absent{}, "payment_source", "p24", "email"), "MISSING_REQUIRED_PARAMETER"},
		"two sources": {with(paidBy("ideal", "NL", "EUR", "5.00"), map[string]any{}, "payment_source", "paypal"), "MISSING_REQUIRED_PARAMETER"},
		"sofort":      {with(paidBy("ideal", "NL", "EUR", "5.00"), map[string]any{"sofort": map[string]any{}}, "payment_source"), "NOT_SUPPORTED MISSING_REQUIRED_PARAMETER"},
		"user action": {with(paidBy("ideal", "NL", "EUR", "5.00"), "PAY_NOW", "payment_source", "ideal", "experience_context", "user_action"), "NOT_SUPPORTED"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			g := b.createWith(c.body, "k1")
			b.want("issues", g.issues(), c.issues)
			b.want("orders", len(b.sim.Orders()), 0)
		})
	}
}

// TestRefundTimes: trustly's is twice as long as the others'.
func TestRefundTimes(t *testing.T) {
	for name, days := range map[string]int{"ideal": 180, "p24": 180, "trustly": 365} {
		b := newBench(t)
		country, currency, _ := placeOf(name)
		id := b.createWith(paidBy(name, country, currency, "5.00"), "k1").body["id"].(string)
		b.must(b.sim.Approve(id))
		b.capture(id, "c1")
		b.clock.move(time.Duration(days) * 24 * time.Hour)
		b.token = b.grant()
		b.want(name, b.refund(b.sim.Books().Charges[0].ID, "r1", "{}").issues(), "REFUND_TIME_LIMIT_EXCEEDED")
	}
}

// TestCompletesByItself: with the instruction the approval is the payment, and where the
// bank does not pay the capture is declined.
func TestCompletesByItself(t *testing.T) {
	for funding, want := range map[Funding]string{Balance: "COMPLETED", OnItsWay: "PENDING", Bounced: "DECLINED", Refused: "DECLINED"} {
		b := newBench(t)
		b.sim.RequireCompletion("ideal")
		body := paidBy("ideal", "NL", "EUR", "5.00")
		b.want("without", b.createWith(body, "k1").issues(), completeOnApproval)
		body["processing_instruction"] = completeOnApproval
		g := b.createWith(body, "k2")
		b.want("with", at(g.body, "processing_instruction"), completeOnApproval)
		id := g.body["id"].(string)
		b.must(b.sim.ApproveWith(id, funding))
		b.want(string(funding), at(b.look(id).body, "purchase_units", 0, "payments", "captures", 0, "status"), want)
		b.want("captured once more", b.capture(id, "c1").issues(), "ORDER_ALREADY_CAPTURED")
		b.want("charges", len(b.sim.Books().Charges), 1)
	}
}

// TestLateApprovalsAreReversed: a bank's money that nobody captures goes back after three
// hours, an approval of PayPal's wallet stays; and a restart forgets neither.
func TestLateApprovalsAreReversed(t *testing.T) {
	b, shop := newHookedBench(t)
	bank := b.createWith(paidBy("ideal", "NL", "EUR", "5.00"), "k1").body["id"].(string)
	wallet := b.create("p2", "k2")
	b.must(b.sim.Approve(bank))
	b.must(b.sim.Approve(wallet))
	b.clock.move(captureTime - time.Second)
	b.want("in time", b.look(bank).body["status"], approved)
	b.clock.move(2 * time.Second)
	b.deliver()
	b.want("the bank's", b.look(bank).body["status"], voided)
	b.want("the wallet's", b.look(wallet).body["status"], approved)
	b.want("captured late", b.capture(bank, "c1").issues(), "ORDER_NOT_APPROVED")
	posts := shop.take()
	last := string(posts[len(posts)-1].body)
	if !strings.Contains(last, string(approvalReversed)) || !strings.Contains(last, `"order_id":"`+bank+`"`) || !strings.Contains(last, `"custom_id":"p1"`) {
		t.Errorf("told was %s", last)
	}
}
