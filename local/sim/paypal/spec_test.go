//go:build paypalspec

package paypal

import (
	"maps"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// Every answer a bench gets and every event it makes is held against PayPal's files,
// see newBench. The walks here are those that show each answer there is; each says how
// many were judged, for a walk that is not watched would pass whatever is answered.
func walk(t *testing.T, hooked bool, least int, steps func(b *bench)) {
	t.Helper()
	paypalspec.Require(t)
	before := judged()
	b := newBench(t)
	if hooked {
		b, _ = newHookedBench(t)
	}
	steps(b)
	if got := judged() - before; got < least {
		t.Errorf("%d exchanges were judged, want %d at least", got, least)
	}
}

func judged() (sum int) {
	for n := range maps.Values(paypalspec.Total.Counts()) {
		sum += n
	}
	return sum
}

func TestAnswersAgainstTheSpec(t *testing.T) {
	for _, f := range Fundings() {
		walk(t, true, 5, func(b *bench) {
			id := b.create("p1", "k1")
			b.look(id)
			b.must(b.sim.ApproveWith(id, f))
			b.look(id)
			b.capture(id, "c1")
			b.look(id)
			for _, c := range b.sim.Books().Charges {
				b.lookCapture(c.ID)
			}
		})
	}
}

func TestSourcesAgainstTheSpec(t *testing.T) {
	for name := range places {
		walk(t, true, 7, func(b *bench) {
			country, currency, value := placeOf(name)
			body := paidBy(name, country, currency, value)
			b.createWith(with(paidBy(name, country, currency, value), map[string]any{"currency_code": "JPY", "value": "5"}, "purchase_units", 0, "amount"), "k0")
			b.sim.RequireCompletion(name)
			b.createWith(body, "k1")
			b.sim.RequireCompletion()
			if isBank(name) {
				completing := paidBy(name, country, currency, value)
				completing["processing_instruction"] = completeOnApproval
				id := b.createWith(completing, "k2").body["id"].(string)
				b.must(b.sim.ApproveWith(id, OnItsWay))
				b.look(id)
			}
			id := b.createWith(body, "k3").body["id"].(string)
			b.must(b.sim.Approve(id))
			b.look(id)
			b.capture(id, "c1")
			late := b.createWith(body, "k4").body["id"].(string)
			b.must(b.sim.Approve(late))
			b.clock.move(captureTime)
			b.look(late)
		})
	}
}

func TestErrorsAgainstTheSpec(t *testing.T) {
	walk(t, false, 12, func(b *bench) {
		id := b.create("p1", "k1")
		b.look("ABC")
		b.do("POST", ordersPath, "{}", "PayPal-Request-Id", "k")
		b.do("POST", ordersPath, "{}", "Content-Type", "")
		b.capture(id, "c")
		for _, kind := range []Kind{Forbidden, InProgress, ErrorBefore, Unavailable, RateLimited, TokenDropped} {
			b.must(b.sim.Inject(Fault{Kind: kind, Call: CallCapture}))
			b.capture(id, "c")
		}
	})
}

// Every issue there is stands in one of PayPal's lists.
func TestIssuesAgainstTheSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	known := spec.Texts(paypalspec.Orders)
	maps.Copy(known, spec.Texts(paypalspec.Payments))
	if len(known) < 200 {
		t.Fatalf("%d texts", len(known))
	}
	for issue := range descriptions {
		if issue != "DUPLICATE_REQUEST_ID" && !known[issue] {
			t.Errorf("PayPal has no issue %s", issue)
		}
	}
}

func TestRefundsAgainstTheSpec(t *testing.T) {
	walk(t, true, 9, func(b *bench) {
		order, k := b.paid("p1")
		b.refund(k, "r1", `{"amount":{"currency_code":"EUR","value":"10.00"},"custom_id":"p1-r1","invoice_id":"I-1","note_to_payer":"n"}`)
		b.must(b.sim.Inject(Fault{Kind: Pending, Call: CallRefund}))
		waiting := b.refund(k, "r2", euros("1.00"))
		b.must(b.sim.SettleRefund(waiting.body["id"].(string), false))
		b.lookRefund(waiting.body["id"].(string))
		b.refund(k, "r3", euros("99.00"))
		b.do("POST", capturePath+"/"+k+"/refund", euros("1.00"), "PayPal-Request-Id", "r4")
		b.must(b.sim.Reverse(k))
		b.look(order)
		b.lookCapture(k)
	})
}

func TestDisputesAgainstTheSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	walk(t, true, 8, func(b *bench) {
		_, k := b.paid("p1")
		list := func() { b.do("GET", disputePath+"?page_size=1", "") }
		list()
		id := b.dispute(k)
		_, other := b.paid("p2")
		b.dispute(other)
		list()
		b.lookDispute(id)
		b.must(b.sim.UpdateDispute(id, "CHARGEBACK", b.clock.Now()))
		b.lookDispute(id)
		b.must(b.sim.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
		list()
		b.lookDispute(id)
		b.lookDispute("PP-D-1")
	})
	for name, words := range map[string][]string{"dispute_reason": disputeReasons, "dispute_lifecycle_stage": disputeStages} {
		for _, w := range words {
			if err := spec.Conforms(paypalspec.Disputes, name, w); err != nil {
				t.Errorf("%s: %v", w, err)
			}
		}
	}
	for outcome := range disputeOutcomes {
		if err := spec.Conforms(paypalspec.Disputes, "dispute_outcome", map[string]any{"outcome_code": outcome}); err != nil {
			t.Errorf("%s: %v", outcome, err)
		}
	}
}

// Both dialects: the one of PayPal's file as it stands, and the recorded one with what
// package paypalspec excuses of it.
func TestReportsAgainstTheSpec(t *testing.T) {
	for _, form := range []ReportForm{AsSpecified, AsSeen, Mixed} {
		walk(t, false, 13, func(b *bench) {
			b.sim.ReportLate(0)
			b.sim.BalancesLate(0)
			b.must(b.sim.SetReportForm(form))
			b.must(b.sim.HoldCurrencies("USD", "JPY"))
			b.clock.move(time.Second)
			b.want("none", b.read("").status, 200)
			_, k := b.paid("p1")
			b.refund(k, "r1", euros("5.00"))
			b.must(b.sim.Authorise(k))
			b.must(b.sim.ResolveDispute(b.dispute(k), "RESOLVED_BUYER_FAVOUR"))
			_, err := b.sim.Sell(Sale{CustomID: "Ünïcode {}", Currency: "JPY", Amount: 5000, Pending: true})
			b.must(err)
			b.clock.move(time.Minute)
			b.want("transactions", b.read("&fields=all&balance_affecting_records_only=N").status, 200)
			b.want("a page", b.read("&page_size=2&page=2").status, 200)
			b.want("balances", b.do("GET", balancePath, "").status, 200)
			b.want("no page", b.read("&page=0").status, 400)
			b.want("too early", b.do("GET", reportPath+"?start_date=2024-02-09T00:00:00Z&end_date=2024-02-10T00:00:00Z", "").status, 400)
			b.sim.GrantReports(false)
			b.token = b.grant()
			b.want("not granted", b.read("").status, 403)
			b.lookCapture(k)
		})
	}
}

func TestWebhooksAgainstTheSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	b, shop := newHookedBench(t)
	b.do("GET", controlPath, "")
	_, k := b.paid("p1")
	b.must(b.sim.ResolveDispute(b.dispute(k), "ACCEPTED"))
	b.deliver()
	posts := shop.take()
	if len(posts) < 5 {
		t.Errorf("%d events", len(posts))
	}
	for _, p := range posts {
		if err := spec.JudgeEvent(p.body); err != nil {
			t.Error(err)
		}
	}
	p := post{b.sim.Sign([]byte("{}"), testWebhookID), []byte("{}")}
	b.want("postback", b.do("POST", verifyPath, postback(p, nil)).status, 200)
}
