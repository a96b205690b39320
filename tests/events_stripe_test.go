package tests

import (
	stdjson "encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// stripeSeeds are those of the same purchase at Stripe: by card, by Alipay, by a bank
// transfer.
var stripeSeeds = map[string]eventSeed{
	"card_offered": {"prices", func(s *eventStage) { s.play("create-payment/card") }},
	"card_paid":    {"card_offered", func(s *eventStage) { s.after(30*time.Second, func(id string) error { return s.stripe.Pay(id, visa) }) }},
	// Paid, and nobody has come back; the sweep looks after an hour.
	"card_tab_closed": {"card_paid", func(s *eventStage) { s.clock.Move(time.Hour) }},
	// Stripe ends a session that nobody has paid after a day.
	"card_expired":  {"card_offered", func(s *eventStage) { s.clock.Move(24 * time.Hour) }},
	"card_captured": {"card_paid", func(s *eventStage) { s.play("capture-payment/card") }},
	"card_reported": {"card_captured", func(s *eventStage) { s.clock.Move(4 * time.Hour) }},
	"card_settled":  {"card_reported", func(s *eventStage) { s.play("settlement/card-sale") }},

	"card_dashboard": {"card_captured", func(s *eventStage) {
		s.after(time.Minute, func(id string) error { return s.stripe.RefundInDashboard(id, 500) })
	}},
	// The bank sends back what we gave back, after Stripe had told that it was done.
	"card_refunded": {"card_captured", func(s *eventStage) { s.play("refund/card-part") }},
	"card_refund_returned": {"card_refunded", func(s *eventStage) {
		s.after(24*time.Hour, func(id string) error { return s.stripe.EndRefund(id, false) })
	}},
	"card_reviewed": {"card_refund_returned", func(s *eventStage) { s.play("webhook/stripe-refund-failed") }},
	// The next refund takes its time.
	"card_refund_slow": {"card_captured", func(s *eventStage) { s.must(s.stripe.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund})) }},
	"card_refund_arrived": {"card_refund_slow", func(s *eventStage) {
		s.play("refund/card-pending")
		s.after(24*time.Hour, func(id string) error { return s.stripe.EndRefund(id, true) })
	}},

	"card_complained": {"card_captured", func(s *eventStage) {
		s.after(time.Minute, func(id string) error { return s.stripe.Dispute(id, "product_not_received", true) })
		s.dispute, _ = s.toldByStripe("charge.dispute.created")["id"].(string)
	}},
	"card_disputed":     {"card_complained", func(s *eventStage) { s.play("webhook/stripe-dispute-created") }},
	"card_charged_back": {"card_disputed", func(s *eventStage) { s.after(time.Minute, s.stripe.Escalate) }},
	"card_withdrawn":    {"card_charged_back", func(s *eventStage) { s.play("webhook/stripe-dispute-funds-withdrawn") }},
	"card_answered":     {"card_withdrawn", func(s *eventStage) { s.after(time.Minute, s.stripe.AnswerDispute) }},
	"card_judged":       {"card_answered", func(s *eventStage) { s.play("webhook/stripe-dispute-updated") }},
	"card_won":          {"card_judged", func(s *eventStage) { s.after(week, func(id string) error { return s.stripe.Resolve(id, true) }) }},
	"card_lost":         {"card_judged", func(s *eventStage) { s.after(week, func(id string) error { return s.stripe.Resolve(id, false) }) }},

	"transfer_offered": {"prices", func(s *eventStage) { s.play("create-payment/transfer") }},
	"transfer_promised": {"transfer_offered", func(s *eventStage) {
		s.after(30*time.Second, func(id string) error { return s.stripe.Pay(id, sim.Instrument{}) })
	}},
	"transfer_arrived": {"transfer_promised", func(s *eventStage) {
		s.play("webhook/stripe-completed-unpaid")
		s.after(24*time.Hour, func(id string) error { return s.stripe.Transfer(id, 2500) })
	}},
	// Alipay has not said yet whether it pays, and then does not.
	"alipay_offered":    {"prices", func(s *eventStage) { s.play("create-payment/alipay") }},
	"alipay_processing": {"alipay_offered", func(s *eventStage) { s.after(30*time.Second, s.stripe.Process) }},
	"alipay_failed": {"alipay_processing", func(s *eventStage) {
		s.play("capture-payment/alipay-pending")
		s.after(time.Hour, func(id string) error { return s.stripe.Conclude(id, false) })
	}},
}

const week = 7 * 24 * time.Hour

// after lets a time pass, and then something happen to the session at Stripe.
func (s *eventStage) after(d time.Duration, happens func(session string) error) {
	s.t.Helper()
	s.clock.Move(d)
	s.must(happens(s.session()))
}

// atStripe is the payment's one session.
func (s *eventStage) atStripe() sim.Session {
	s.t.Helper()
	all := s.sessions(eventsPayment)
	if len(all) != 1 {
		s.t.Fatalf("Stripe has %d sessions of the payment", len(all))
	}
	return all[0]
}

func (s *eventStage) session() string { s.t.Helper(); return s.atStripe().ID }
func (s *eventStage) intent() string  { s.t.Helper(); return s.atStripe().Intent }

// toldByStripe is what the latest event of a type was about, as Stripe lists it; nil
// where there was none.
func (s *eventStage) toldByStripe(kind string) map[string]any {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/events?type="+kind, nil)
	r.Header.Set("Authorization", "Bearer "+stripeKey)
	r.Header.Set("Stripe-Version", "2026-03-25.dahlia")
	got := httptest.NewRecorder()
	s.stripe.ServeHTTP(got, r)
	var list struct {
		Data []stripeEvent `json:"data"`
	}
	s.must(stdjson.Unmarshal(got.Body.Bytes(), &list))
	if len(list.Data) == 0 {
		return nil
	}
	return list.Data[0].Data.Object
}

// stripeEvent is an Event, as far as it is of interest here.
type stripeEvent struct {
	Type string `json:"type"`
	Data struct {
		Object map[string]any `json:"object"`
	} `json:"data"`
}

// signAsStripe holds what a body says against what Stripe itself told last under that
// name: a file says nothing that Stripe would not.
func (s *eventStage) signAsStripe(body []byte, recipe webhookRecipe) http.Header {
	s.t.Helper()
	var says stripeEvent
	s.must(stdjson.Unmarshal(body, &says))
	secret, known := map[string]string{"own": signing, "another": "whsec_of_somebody_else"}[recipe.SignFor]
	if says.Type != recipe.Type || !known {
		s.t.Fatalf("the recipe %+v is not for a body of type %q", recipe, says.Type)
	}
	if told := s.toldByStripe(says.Type); !holds(told, says.Data.Object) {
		s.t.Errorf("it says %v; Stripe told %v", says.Data.Object, told)
	}
	at := s.clock.Now().Add(-time.Duration(recipe.MinutesOld) * time.Minute)
	return http.Header{"Stripe-Signature": {sim.Sign(at, body, secret)}}
}

// TestEventsOfEveryTypeOfStripes: of each type that the endpoint is told of there is a
// delivery that is heard.
func TestEventsOfEveryTypeOfStripes(t *testing.T) {
	heard := map[string]bool{}
	for _, want := range eventFiles(t) {
		if want.Webhook != nil && want.Status == http.StatusOK {
			heard[want.Webhook.Type] = true
		}
	}
	for _, kind := range stripe.Events() {
		if !heard[kind] {
			t.Errorf("there is no event %s", kind)
		}
	}
}
