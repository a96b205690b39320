package tests

import (
	"context"
	"encoding/base64"
	stdjson "encoding/json"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// eventStage is a world with an empty table and what the providers' ids are in it.
type eventStage struct {
	*world
	wants   map[string]expectation
	dispute string
	running string // function that plays now, or played last
	// elsewhere, if set, is where functions are called: not in this process.
	elsewhere func(function string, event []byte) (answer []byte, err error)
	// begun is when the purchase begins, in whole seconds; zero: when the files say.
	begun time.Time
}

// eventsBegin is when the purchase of the files begins.
var eventsBegin = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// eventSettings are those of a shop in Germany that uses both providers.
var eventSettings = map[string]string{"PROVIDERS": "paypal stripe", "MERCHANT_COUNTRY": "DE"}

// eventTimeForm is a time of that day, and one in Stripe's seconds in the weeks about it.
var eventTimeForm = regexp.MustCompile(`2026-11-21T\d\d:\d\d:\d\d|\b179[56]\d{6}\b`)

// moveTimes lets what a file says happened at a time happen as long after the
// stage's own beginning.
func (s *eventStage) moveTimes(text []byte) []byte {
	if s.begun.IsZero() {
		return text
	}
	later := s.begun.Sub(eventsBegin)
	return eventTimeForm.ReplaceAllFunc(text, func(found []byte) []byte {
		if seconds, err := strconv.ParseInt(string(found), 10, 64); err == nil {
			return strconv.AppendInt(nil, seconds+int64(later/time.Second), 10)
		}
		at, err := time.Parse("2006-01-02T15:04:05", string(found))
		s.must(err)
		return at.Add(later).AppendFormat(nil, "2006-01-02T15:04:05")
	})
}

func newEventStage(t *testing.T, wants map[string]expectation) *eventStage {
	t.Helper()
	// The world's own table has prices already; these start with nothing.
	s := &eventStage{wants: wants}
	empty := func(store.Store) store.Store {
		now := func() time.Time { return s.clock.Now() } // the world comes after its table
		table, err := openTable(newTable(t), now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { table.Close() })
		return table
	}
	s.world = newWorld(t, plan{store: empty, env: eventSettings})
	return s
}

// eventSeed is a state an event may need, made from another by one step: an event of
// this folder, or what a person does at a provider.
type eventSeed struct {
	from string
	step func(*eventStage)
}

// eventSeeds are all there are, and events/README.md has them.
var eventSeeds = func() map[string]eventSeed {
	all := maps.Clone(paypalSeeds)
	maps.Copy(all, stripeSeeds)
	return all
}()

// paypalSeeds are those of a payment at PayPal, and what comes before any.
var paypalSeeds = map[string]eventSeed{
	"none":     {"", func(*eventStage) {}},
	"prices":   {"none", func(s *eventStage) { s.play("price-list/put") }},
	"offered":  {"prices", func(s *eventStage) { s.play("create-payment/cart") }},
	"approved": {"offered", func(s *eventStage) { s.clock.Move(30 * time.Second); s.must(s.paypal.Approve(s.order())) }},
	// The buyer approved and closed the tab: nobody but the sweep, which looks
	// after an hour, will find out.
	"tab_closed": {"approved", func(s *eventStage) { s.clock.Move(time.Hour) }},
	"captured":   {"approved", func(s *eventStage) { s.play("capture-payment/approved") }},
	// Something else than this stack captured the order.
	"captured_behind": {"approved", func(s *eventStage) { s.captureBehindOurBack(s.order()) }},
	// The merchant gave 5.00 back at PayPal, and we have not heard of it.
	"dashboard": {"captured", func(s *eventStage) { s.clock.Move(time.Minute); s.must(s.paypal.RefundInDashboard(s.charge(), 500)) }},
	// ... and now we have.
	"refunded_in_dashboard": {"dashboard", func(s *eventStage) { s.play("webhook/refunded-in-dashboard") }},
	"complained": {"captured", func(s *eventStage) {
		var err error
		s.clock.Move(time.Minute)
		s.dispute, err = s.paypal.OpenDispute(s.charge(), "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
		s.must(err)
	}},
	// PayPal's report has had the time to show the sale.
	"reported": {"captured", func(s *eventStage) { s.clock.Move(4 * time.Hour) }},
	"settled":  {"reported", func(s *eventStage) { s.play("settlement/sale") }},
	"disputed": {"complained", func(s *eventStage) { s.play("webhook/dispute-created") }},
	// A customer of the shop's, who was signed in, has bought the same.
	"customer_offered":  {"prices", func(s *eventStage) { s.play("create-payment/customer") }},
	"customer_approved": {"customer_offered", func(s *eventStage) { s.clock.Move(30 * time.Second); s.must(s.paypal.Approve(s.order())) }},
	"customer_captured": {"customer_approved", func(s *eventStage) { s.play("capture-payment/approved") }},
	// An order that we saw approved is gone without a capture: a person has to look.
	"reviewed": {"approved", func(s *eventStage) {
		s.play("new-attempt/approved")
		s.clock.Move(time.Minute)
		s.must(s.paypal.Void(s.order()))
		s.play("capture-payment/reviewed")
	}},
}

func (s *eventStage) seed(name string) {
	s.t.Helper()
	seed, ok := eventSeeds[name]
	if !ok {
		s.t.Fatalf("there is no seed %q", name)
	}
	if seed.from != "" {
		s.seed(seed.from)
	}
	seed.step(s)
}

func (s *eventStage) order() string {
	s.t.Helper()
	for _, o := range s.paypal.Orders() {
		if o.CustomID == eventsPayment {
			return o.ID
		}
	}
	s.t.Fatal("PayPal has no order of the payment")
	return ""
}

func (s *eventStage) charge() string {
	s.t.Helper()
	charges := s.paypal.Books().Charged(eventsPayment)
	if len(charges) != 1 {
		s.t.Fatalf("PayPal's books have %d charges", len(charges))
	}
	return charges[0].ID
}

// refund is the one there is, at either provider.
func (s *eventStage) refund() string {
	s.t.Helper()
	var ids []string
	for _, c := range s.paypal.Books().Charged(eventsPayment) {
		for _, r := range s.paypal.Books().Refunded(c.ID) {
			ids = append(ids, r.ID)
		}
	}
	for _, r := range s.stripe.Refunds() {
		ids = append(ids, r.ID)
	}
	if len(ids) != 1 {
		s.t.Fatalf("the providers' books have the refunds %v", ids)
	}
	return ids[0]
}

// placeholders are the ids that a provider alone can give. The list is closed.
var placeholders = map[string]func(*eventStage) string{
	"ORDER": (*eventStage).order, "CAPTURE": (*eventStage).charge, "SESSION": (*eventStage).session, "INTENT": (*eventStage).intent,
	"REFUND": (*eventStage).refund, "DISPUTE": func(s *eventStage) string { return s.dispute },
}

var placeholderForm = regexp.MustCompile(`\$\{([^}]*)\}`)

// fill puts the providers' ids and the stage's times into an event's text.
func (s *eventStage) fill(text []byte) []byte {
	s.t.Helper()
	return placeholderForm.ReplaceAllFunc(s.moveTimes(text), func(found []byte) []byte {
		id, ok := placeholders[string(found[2:len(found)-1])]
		if !ok {
			s.t.Fatalf("there is no placeholder %s", found)
		}
		return []byte(id(s))
	})
}

// play calls an event's function with it and holds the answer against what is
// expected. It says what came back.
func (s *eventStage) play(name string) {
	s.t.Helper()
	want, ok := s.wants[name]
	if !ok {
		s.t.Fatalf("there is no event %q", name)
	}
	text := s.fill(eventText(s.t, name))
	s.running = want.Function
	code, answer := http.StatusOK, ""
	if start, byClock := s.scheduled()[want.Function]; byClock {
		answer = s.playSchedule(want.Function, text, start)
	} else {
		code, answer = s.playHTTP(text, want)
	}
	var got map[string]any
	s.must(stdjson.Unmarshal([]byte(answer), &got))
	problem, _ := got["type"].(string)
	if code != want.Status || problem != want.Problem {
		s.t.Fatalf("%s: %d %s, want %d %s: %s", name, code, problem, want.Status, want.Problem, answer)
	}
	if !holds(got, want.Holds) {
		s.t.Fatalf("%s: %s does not hold %v", name, answer, want.Holds)
	}
}

// holds: every member that is wanted is there, whatever else is; a list is as long.
func holds(got, want any) bool {
	if list, ok := want.([]any); ok {
		have, ok := got.([]any)
		return ok && slices.EqualFunc(have, list, holds)
	}
	members, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(got, want)
	}
	have, ok := got.(map[string]any)
	for name, value := range members {
		in, there := have[name]
		ok = ok && there && holds(in, value)
	}
	return ok
}

// playSchedule: a function nobody waits for has no status; that it ended without
// an error is Lambda's 200.
func (s *eventStage) playSchedule(function string, text []byte, start func(context.Context, stdjson.RawMessage) (any, error)) string {
	s.t.Helper()
	var event events.EventBridgeEvent
	readEventFile(s.t, text, &event)
	if s.elsewhere != nil {
		answer, err := s.elsewhere(function, text)
		s.must(err)
		return string(answer)
	}
	done, err := start(s.t.Context(), text)
	s.must(err)
	answer, err := stdjson.Marshal(done)
	s.must(err)
	return string(answer)
}

// scheduled are the functions that the scheduler starts.
func (s *eventStage) scheduled() map[string]func(context.Context, stdjson.RawMessage) (any, error) {
	return map[string]func(context.Context, stdjson.RawMessage) (any, error){
		"SweepFunction": func(ctx context.Context, text stdjson.RawMessage) (any, error) {
			return s.handlers.Sweep()(ctx, text)
		},
		"SettlementFunction": func(ctx context.Context, text stdjson.RawMessage) (any, error) {
			return s.handlers.Settlement()(ctx, text)
		},
	}
}

func (s *eventStage) playHTTP(text []byte, want expectation) (int, string) {
	s.t.Helper()
	var event events.APIGatewayV2HTTPRequest
	readEventFile(s.t, text, &event)
	if want.Webhook != nil {
		s.deliver(&event, *want.Webhook)
	}
	if want.Customer != "" {
		event.Headers["Customer-Token"] = s.customerToken(want.Customer)
	}
	out := s.invoke(want.Function, event)
	// The gateway adds the request's id to what the function says.
	header := http.Header{"Apigw-Requestid": {event.RequestContext.RequestID}}
	for name, value := range out.Headers {
		header.Set(name, value)
	}
	address := s.api.URL + event.RawPath + "?" + event.RawQueryString
	r, err := http.NewRequest(event.RequestContext.HTTP.Method, address, nil)
	s.must(err)
	return s.judge(r, reply{code: out.StatusCode, header: header, text: out.Body}).code, out.Body
}

// invoke calls a function, in this process or elsewhere.
func (s *eventStage) invoke(name string, event events.APIGatewayV2HTTPRequest) (out events.APIGatewayV2HTTPResponse) {
	s.t.Helper()
	if s.elsewhere != nil {
		text, err := stdjson.Marshal(event)
		s.must(err)
		answer, err := s.elsewhere(name, text)
		s.must(err)
		s.must(stdjson.Unmarshal(answer, &out))
		return out
	}
	function, ok := s.functions()[name]
	if !ok {
		s.t.Fatalf("there is no function %s", name)
	}
	out, err := function(context.Background(), event)
	s.must(err)
	return out
}

func (s *eventStage) functions() map[string]handler.HTTP {
	h := s.handlers
	return map[string]handler.HTTP{
		"CreatePaymentFunction": h.CreatePayment(), "CapturePaymentFunction": h.CapturePayment(),
		"GetPaymentFunction": h.GetPayment(), "NewAttemptFunction": h.NewAttempt(), "WebhookFunction": h.Webhook(),
		"CustomerPaymentsFunction": h.CustomerPayments(), "PaymentMethodsFunction": h.PaymentMethods(),
		"RefundFunction": h.Refund(), "MerchantPaymentsFunction": h.MerchantPayments(), "ReviewFunction": h.Review(),
		"PriceListFunction": h.PriceList(), "MerchantSettlementsFunction": h.MerchantSettlements(),
	}
}

// deliver makes a delivery of an event, signed over the bytes that the function will
// see as its provider signs.
func (s *eventStage) deliver(event *events.APIGatewayV2HTTPRequest, recipe webhookRecipe) {
	s.t.Helper()
	body := []byte(event.Body)
	if event.IsBase64Encoded {
		var err error
		body, err = base64.StdEncoding.DecodeString(event.Body)
		s.must(err)
	}
	sign := map[string]func(*eventStage, []byte, webhookRecipe) http.Header{
		"paypal": (*eventStage).signAsPayPal, "stripe": (*eventStage).signAsStripe,
	}[event.PathParameters["provider"]]
	write, known := map[string]func(string) string{"lower": strings.ToLower, "mixed": http.CanonicalHeaderKey}[recipe.Headers]
	if sign == nil || !known {
		s.t.Fatalf("the recipe %+v is for nobody", recipe)
	}
	for name, values := range sign(s, body, recipe) {
		event.Headers[write(name)] = values[0]
	}
}

func (s *eventStage) signAsPayPal(body []byte, recipe webhookRecipe) http.Header {
	s.t.Helper()
	var says struct {
		Type string `json:"event_type"`
	}
	s.must(stdjson.Unmarshal(body, &says))
	id, known := map[string]string{"own": webhookID, "another": sim.DefaultWebhookID}[recipe.SignFor]
	if says.Type != recipe.Type || !known || recipe.MinutesOld != 0 {
		s.t.Fatalf("the recipe %+v is not for a body of type %q", recipe, says.Type)
	}
	header := s.paypal.Sign(body, id)
	maps.DeleteFunc(header, func(name string, _ []string) bool { return !strings.HasPrefix(name, "Paypal-") })
	return header
}
