package tests

import (
	"encoding/base64"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const (
	eventsFolder = "../events"

	// eventsKey is the Idempotency-Key of the one purchase the events are about.
	// Its id and its token follow from it, from the stack's name and from the
	// secret, so they stand in the files as they are.
	eventsKey     = "6f1d2c3a-5b4e-4f60-8a71-92b3c4d5e6f7"
	eventsPayment = "sc0l6uoi98l9e2vvvspvq8fd8lsc"
	eventsToken   = "45evo_TCYJmKZxAhmvWcsanahc9u05ZqIN5FYj0feng"
	eventsNobody  = "sca85a8uaat0davnnv5u1s5ciipo" // of our form, and no payment
)

// expectation is the file beside an event.
type expectation struct {
	Function string         `json:"function"` // logical id in template.yaml
	Seed     string         `json:"seed"`     // see eventSeeds
	Status   int            `json:"status"`
	Problem  string         `json:"problem,omitzero"`  // a problem's whole type
	Holds    map[string]any `json:"holds,omitzero"`    // members the answer has, among others
	Webhook  *webhookRecipe `json:"webhook,omitzero"`  // how the event is signed
	Quote    map[string]any `json:"quote,omitzero"`    // claims of the quote in the body
	Customer string         `json:"customer,omitzero"` // who is signed in at the shop, whose server gives a token
}

// webhookRecipe says how a delivery is made of the body that is committed. A
// signature of PayPal's ends with the certificate it was made with, and one of Stripe's
// after five minutes, so none is committed.
type webhookRecipe struct {
	Type       string `json:"type"`                 // of the event, as its body has it
	SignFor    string `json:"sign_for"`             // own: the webhook we know; another: one of somebody else
	Headers    string `json:"headers"`              // lower, as API Gateway writes them, or mixed, as sam local does
	MinutesOld int    `json:"minutes_old,omitzero"` // since it was signed; Stripe's signatures alone have a time
}

// readEventFile reads a file strictly: a field nobody knows would be one that
// the function never sees.
func readEventFile(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
}

// eventFiles are all events by name ("refund/part"), each with its expectation.
// A file that is neither, and one without its partner, is a fault.
func eventFiles(t *testing.T) map[string]expectation {
	t.Helper()
	wants, found := map[string]expectation{}, map[string]bool{}
	err := filepath.WalkDir(eventsFolder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(eventsFolder, path)
		name = filepath.ToSlash(name)
		if err != nil || entry.IsDir() || name == "README.md" {
			return err
		}
		event, isEvent := strings.CutSuffix(name, ".json")
		if partner, ok := strings.CutSuffix(event, ".expect"); ok {
			var want expectation
			readEventFile(t, eventText(t, event), &want)
			wants[partner] = want
		} else if isEvent {
			found[event] = true
		} else {
			t.Errorf("%s is neither an event nor what is expected of one", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(wants)); !slices.Equal(names, slices.Sorted(maps.Keys(found))) {
		t.Fatalf("expected is something of %v; there are %v", names, slices.Sorted(maps.Keys(found)))
	}
	return wants
}

func eventText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(eventsFolder, filepath.FromSlash(name)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// httpEvents are the events of the functions behind the API.
func httpEvents(t *testing.T) map[string]events.APIGatewayV2HTTPRequest {
	t.Helper()
	all := map[string]events.APIGatewayV2HTTPRequest{}
	for name, want := range eventFiles(t) {
		if _, byClock := (*eventStage)(nil).scheduled()[want.Function]; !byClock {
			var event events.APIGatewayV2HTTPRequest
			readEventFile(t, eventText(t, name), &event)
			all[name] = event
		}
	}
	return all
}

// TestEvents plays every event in a world of its own, in the state it needs.
func TestEvents(t *testing.T) {
	wants := eventFiles(t)
	if len(wants) == 0 {
		t.Fatal("there are no events")
	}
	needed, reached := map[string]bool{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		want := wants[name]
		t.Run(name, func(t *testing.T) {
			s := newEventStage(t, wants)
			s.seed(want.Seed)
			s.play(name)
			s.nothingUnknown()
		})
		for seed := want.Seed; seed != ""; seed = eventSeeds[seed].from {
			needed[seed] = true
		}
		if want.Status/100 == 2 {
			reached[want.Function] = true
		}
	}
	if got, all := slices.Sorted(maps.Keys(needed)), slices.Sorted(maps.Keys(eventSeeds)); !slices.Equal(got, all) {
		t.Errorf("needed are the seeds %v of %v", got, all)
	}
	functions := slices.Sorted(maps.Keys(deployed(t).Functions))
	if got := slices.Sorted(maps.Keys(reached)); len(functions) == 0 || !slices.Equal(got, functions) {
		t.Errorf("the functions %v reach 2xx; template.yaml has %v", got, functions)
	}
}

// TestEventsAYearLater: the files are as good then as on the day they are of, which is
// what SAM CLI's containers, who have their machine's clock, make of them.
func TestEventsAYearLater(t *testing.T) {
	wants := eventFiles(t)
	for name, want := range wants {
		if testing.Short() && want.Webhook == nil {
			continue // only a signature has a time of its own
		}
		t.Run(name, func(t *testing.T) {
			s := newEventStage(t, wants)
			s.begun = eventsBegin.AddDate(1, 0, 0)
			s.clock.Move(s.begun.Sub(s.clock.Now()))
			s.seed(want.Seed)
			s.play(name)
		})
	}
}

// nothingUnknown: an event that made us call what a provider does not have would
// fail at the real one.
func (s *eventStage) nothingUnknown() {
	s.t.Helper()
	for _, call := range s.paypal.Calls() {
		if call.Name == sim.Unknown {
			s.t.Errorf("PayPal does not know %s %s", call.Method, call.Path)
		}
	}
	for _, call := range s.stripe.Calls() {
		if call.Name == stripesim.Unknown {
			s.t.Errorf("Stripe does not know %s %s", call.Method, call.Path)
		}
	}
}

// TestEventsConstants: what stands in the files follows from the key, the name
// and the secrets that events/README.md documents.
func TestEventsConstants(t *testing.T) {
	w := newWorld(t, plan{})
	nobody := checkout.PaymentID("tests", "POST /payments", "00000000-0000-4000-8000-000000000000")
	if id := checkout.PaymentID("tests", "POST /payments", eventsKey); id != eventsPayment || nobody != eventsNobody {
		t.Errorf("the payment is %s, and nobody's is %s", id, nobody)
	}
	if token, err := w.handlers.Checkout.Token(t.Context(), eventsPayment); err != nil || token != eventsToken {
		t.Errorf("the token is %s, %v", token, err)
	}
	for name, event := range httpEvents(t) {
		if id := event.PathParameters["id"]; id != "" && id != eventsPayment && id != eventsNobody {
			t.Errorf("%s is about %s", name, id)
		}
		for header, value := range event.Headers {
			header = strings.ToLower(header)
			wrong := strings.HasSuffix(name, "/wrong-token")
			if header == "checkout-token" && (value == eventsToken) == wrong || header == "idempotency-key" && strings.HasPrefix(name, "create-payment/") && value != eventsKey {
				t.Errorf("%s has the %s %s", name, header, value)
			}
		}
	}
	readme, err := os.ReadFile(eventsFolder + "/README.md")
	w.must(err)
	documented := []string{"tests", firstSecret, quoteSecret, customerSecret, customerKey, webhookID, stripeKey, signing, eventsKey, eventsPayment, eventsToken}
	documented = slices.AppendSeq(documented, maps.Values(eventSettings))
	for name := range placeholders {
		documented = append(documented, "${"+name+"}")
	}
	for _, text := range slices.AppendSeq(documented, maps.Keys(eventSeeds)) {
		if !strings.Contains(string(readme), "`"+text+"`") {
			t.Errorf("events/README.md does not document %s", text)
		}
	}
}

// TestEventsEnvironment: what functions in containers are given is what the files stand
// on, and the template declares all of it: SAM CLI hands a function nothing else.
func TestEventsEnvironment(t *testing.T) {
	given := new(cloud.Containers).Environment("table", cloud.Providers{PayPal: "https://172.17.0.1:1", Stripe: "https://172.17.0.1:2"})
	if _, err := setup.Read(func(name string) string { return given[name] }); err != nil {
		t.Error(err)
	}
	for name, value := range eventSettings {
		if given[name] != value {
			t.Errorf("%s is %q in a container, and %q here", name, given[name], value)
		}
	}
	declared := namesOf(valueAt(readTemplate(t), "Globals", "Function", "Environment", "Variables"))
	for name := range given {
		if !slices.Contains(declared, name) {
			t.Errorf("template.yaml does not declare %s", name)
		}
	}
	text, err := cloud.Secret()
	if err != nil {
		t.Fatal(err)
	}
	var held map[string]string
	readEventFile(t, []byte(text), &held)
	if want := worldSecret(firstSecret); !maps.Equal(held, want) {
		t.Errorf("the secret is %v in a container, and %v here", held, want)
	}
}

// TestEventsQuotes: a quote in a file is the claims beside it, signed with the
// secret that is documented.
func TestEventsQuotes(t *testing.T) {
	wants, quotes := eventFiles(t), 0
	for name, event := range httpEvents(t) {
		claims := wants[name].Quote
		if claims == nil {
			continue
		}
		quotes++
		quote, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString([]byte(quoteSecret))
		if err != nil {
			t.Fatal(err)
		}
		if body := plainBody(t, event); !strings.Contains(body, `"`+quote+`"`) {
			t.Errorf("%s: the quote should be %s", name, quote)
		}
	}
	if quotes == 0 {
		t.Error("no event has a quote")
	}
}

// plainBody is the body as the caller sent it; what is not base64 stays as it is.
func plainBody(t *testing.T, event events.APIGatewayV2HTTPRequest) string {
	t.Helper()
	if body, err := base64.StdEncoding.DecodeString(event.Body); event.IsBase64Encoded && err == nil {
		return string(body)
	}
	return event.Body
}

// TestEventsAreOfTheirRoute: each event is one that API Gateway would send to its
// function, as far as the template and the event itself tell.
func TestEventsAreOfTheirRoute(t *testing.T) {
	wants, ids := eventFiles(t), map[string]string{}
	routes := map[string]gateway.Route{}
	for _, route := range deployed(t).Routes {
		routes[route.Key()] = route
	}
	for name, event := range httpEvents(t) {
		route, about := routes[event.RouteKey], event.RequestContext
		path := route.Path
		for variable, value := range event.PathParameters {
			path = strings.Replace(path, "{"+variable+"}", value, 1)
		}
		if route.Function != wants[name].Function || about.RouteKey != route.Key() || event.RawPath != path || about.HTTP.Path != path || about.HTTP.Method != route.Method {
			t.Errorf("%s is not of the route %s", name, route.Key())
		}
		query, err := url.ParseQuery(event.RawQueryString)
		if err != nil || len(query) != len(event.QueryStringParameters) {
			t.Errorf("%s has the query %s", name, event.RawQueryString)
		}
		for parameter, value := range event.QueryStringParameters {
			if query.Get(parameter) != value {
				t.Errorf("%s: %s is %s", name, parameter, value)
			}
		}
		if signed := about.Authorizer != nil && about.Authorizer.IAM != nil; signed != (route.Authorizer == gateway.IAM) {
			t.Errorf("%s is not signed as its route is guarded", name)
		}
		if event.Version != "2.0" || about.Stage != "$default" || about.HTTP.SourceIP == "" || about.TimeEpoch == 0 || ids[about.RequestID] != "" {
			t.Errorf("%s is no event of its own of API Gateway's: %+v", name, about)
		}
		ids[about.RequestID] = name
	}
}

// TestEventsCover: what differs between API Gateway, sam local and a careless
// client is among the events of each function that reads it.
func TestEventsCover(t *testing.T) {
	functions, covered := map[string][]string{}, map[string]bool{}
	wants := eventFiles(t)
	for name, event := range httpEvents(t) {
		upper, lower := false, true
		for header := range event.Headers {
			upper = upper || header != strings.ToLower(header)
			lower = lower && header == strings.ToLower(header)
		}
		_, err := base64.StdEncoding.DecodeString(event.Body)
		for what, there := range map[string]bool{
			"lower-case headers": lower, "mixed-case headers": upper, "cookies": len(event.Cookies) > 0,
			"a base64 body": event.IsBase64Encoded && err == nil, "bad base64": event.IsBase64Encoded && err != nil,
		} {
			if there {
				covered[what] = true
				functions[what] = append(functions[what], wants[name].Function)
			}
		}
		for _, found := range placeholderForm.FindAllString(string(eventText(t, name)), -1) {
			covered[found] = true
			if wants[name].Function != "WebhookFunction" {
				t.Errorf("%s has the placeholder %s: only PayPal's own deliveries need any", name, found)
			}
		}
	}
	for name := range placeholders {
		if !covered["${"+name+"}"] {
			t.Errorf("no event needs ${%s}", name)
		}
	}
	bodies := []string{"CreatePaymentFunction", "CapturePaymentFunction", "NewAttemptFunction", "WebhookFunction", "RefundFunction", "ReviewFunction", "PriceListFunction"}
	for what, needed := range map[string][]string{
		"lower-case headers": append(bodies, "PaymentMethodsFunction", "GetPaymentFunction", "CustomerPaymentsFunction", "MerchantPaymentsFunction", "MerchantSettlementsFunction"),
		"mixed-case headers": append(bodies, "PaymentMethodsFunction", "GetPaymentFunction", "CustomerPaymentsFunction", "MerchantPaymentsFunction", "MerchantSettlementsFunction"),
		"cookies":            append(bodies, "PaymentMethodsFunction", "GetPaymentFunction", "CustomerPaymentsFunction", "MerchantPaymentsFunction", "MerchantSettlementsFunction"),
		"a base64 body":      bodies,
		"bad base64":         {"CreatePaymentFunction", "WebhookFunction", "PriceListFunction"},
	} {
		for _, function := range needed {
			if !slices.Contains(functions[what], function) {
				t.Errorf("%s has no event with %s", function, what)
			}
		}
	}
}
