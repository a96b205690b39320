package stripe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stripe/stripe-mock/embedded"
)

// Every call of these tests and every answer of the simulator to it is held against
// Stripe's own OpenAPI file, which github.com/stripe/stripe-mock has embedded. Of its
// schemas only those of what is used are read: all refer to each other, and the whole
// file takes ten seconds.

// used are the resources that are read; others may be anything.
var used = []string{
	"account", "balance", "balance_transaction", "charge", "checkout.session", "customer", "dispute", "error", "api_errors",
	"event", "payment_intent", "payment_method_configuration", "payout", "refund", "webhook_endpoint",
}

// specOf is the part of the file that is needed, made stricter: what has named members
// has no others.
var specOf = sync.OnceValues(func() (*openapi3.T, error) {
	var file map[string]any
	if err := json.Unmarshal(embedded.OpenAPISpec, &file); err != nil {
		return nil, err
	}
	schemas := file["components"].(map[string]any)["schemas"].(map[string]any)
	paths, kept := map[string]any{}, map[string]any{}
	for path, item := range file["paths"].(map[string]any) {
		if slices.ContainsFunc(calls, func(c specCall) bool { return c.path == path }) {
			paths[path] = item
		}
	}
	for queue := refsIn(paths, schemas); len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if _, had := kept[name]; had {
			continue
		}
		kept[name] = schemas[name]
		queue = append(queue, refsIn(schemas[name], schemas)...)
	}
	file["paths"], file["components"] = paths, map[string]any{"schemas": kept}
	text, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// refsIn are the schemas a part of the file refers to. A reference to a resource that
// is not used becomes one to anything. An object with named members gets no others.
func refsIn(part any, schemas map[string]any) (names []string) {
	switch part := part.(type) {
	case []any:
		for _, one := range part {
			names = append(names, refsIn(one, schemas)...)
		}
	case map[string]any:
		if ref, ok := part["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/components/schemas/")
			schema, _ := schemas[name].(map[string]any)
			if _, resource := schema["x-resourceId"]; resource && !slices.Contains(used, name) {
				delete(part, "$ref")
				return nil
			}
			return []string{name}
		}
		if properties, ok := part["properties"].(map[string]any); ok && len(properties) > 0 && part["additionalProperties"] == nil {
			part["additionalProperties"] = false
		}
		for _, one := range part {
			names = append(names, refsIn(one, schemas)...)
		}
	}
	return names
}

// specCall is a call as the file has it.
type specCall struct{ method, path string }

var calls = []specCall{
	{"GET", "/v1/account"}, {"POST", "/v1/customers"}, {"POST", "/v1/checkout/sessions"}, {"GET", "/v1/checkout/sessions/{session}"},
	{"POST", "/v1/checkout/sessions/{session}/expire"}, {"GET", "/v1/payment_intents/{intent}"}, {"POST", "/v1/payment_intents/{intent}/cancel"},
	{"POST", "/v1/refunds"}, {"GET", "/v1/refunds"}, {"GET", "/v1/refunds/{refund}"}, {"GET", "/v1/disputes"}, {"GET", "/v1/disputes/{dispute}"},
	{"GET", "/v1/events"}, {"GET", "/v1/balance_transactions"}, {"GET", "/v1/balance"}, {"GET", "/v1/payouts"}, {"GET", "/v1/payouts/{payout}"},
	{"GET", "/v1/checkout/sessions"}, {"GET", "/v1/customers"}, {"GET", "/v1/payment_intents"}, {"GET", "/v1/charges"},
	{"GET", "/v1/webhook_endpoints"}, {"GET", "/v1/payment_method_configurations"},
}

// operationOf finds a call in the file.
func operationOf(doc *openapi3.T, method, path string) *openapi3.Operation {
	for _, c := range calls {
		want, have := strings.Split(c.path, "/"), strings.Split(path, "/")
		same := c.method == method && len(want) == len(have)
		for i := range want {
			same = same && (want[i] == have[i] || strings.HasPrefix(want[i], "{"))
		}
		if same {
			return doc.Paths.Value(c.path).GetOperation(method)
		}
	}
	return nil
}

// judged counts what was held against the file.
var judged struct {
	sync.Mutex
	requests, answers int
}

// TestMain says with -v how much was judged.
func TestMain(m *testing.M) {
	failed := m.Run()
	if testing.Verbose() {
		fmt.Printf("held against Stripe's OpenAPI file: %d requests, %d answers\n", judged.requests, judged.answers)
	}
	os.Exit(failed)
}

// watched is a server whose every call and answer is judged.
func watched(t *testing.T, next http.Handler) http.Handler {
	doc, err := specOf() // now, and not while a client waits
	if err != nil {
		t.Fatalf("Stripe's OpenAPI file: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		operation := operationOf(doc, r.Method, r.URL.Path)
		if operation == nil {
			t.Errorf("%s %s is no call of Stripe's", r.Method, r.URL.Path)
			return
		}
		if err := judgeRequest(operation, r, string(body)); err != nil {
			t.Errorf("%s %s: %v\n%s", r.Method, r.URL.Path, err, body)
		}
		own := &witness{ResponseWriter: w}
		next.ServeHTTP(own, r)
		if own.played == "" {
			if err := judgeAnswer(operation, own.status, own.body.Bytes()); err != nil {
				t.Errorf("answer to %s %s: %v\n%s", r.Method, r.URL.Path, err, own.body.Bytes())
			}
		}
	})
}

// witness keeps an answer, and whether it is wrong on purpose.
type witness struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	played string
}

func (w *witness) Played(fault string) { w.played = fault }

func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *witness) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(p []byte) (int, error) {
	if w.body.Len() < 4<<20 {
		w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

func judgeRequest(operation *openapi3.Operation, r *http.Request, body string) error {
	text := body
	if r.Method == http.MethodGet {
		text = r.URL.RawQuery
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return err
	}
	judged.Lock()
	judged.requests++
	judged.Unlock()
	form := nest(values)
	if r.Method == http.MethodPost {
		schema := operation.RequestBody.Value.Content.Get("application/x-www-form-urlencoded").Schema.Value
		return schema.VisitJSON(typed(schema, form))
	}
	for name, value := range form {
		parameter := operation.Parameters.GetByInAndName("query", name)
		if parameter == nil {
			return fmt.Errorf("Stripe has no parameter %s", name)
		}
		if err := parameter.Schema.Value.VisitJSON(typed(parameter.Schema.Value, value)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func judgeAnswer(operation *openapi3.Operation, status int, body []byte) error {
	judged.Lock()
	judged.answers++
	judged.Unlock()
	response := operation.Responses.Status(status)
	if response == nil {
		response = operation.Responses.Default()
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return response.Value.Content.Get("application/json").Schema.Value.VisitJSON(value)
}

// nest is a form as what it stands for: a[b]=1 is {"a":{"b":"1"}}.
func nest(values url.Values) map[string]any {
	top := map[string]any{}
	for name, all := range values {
		at, keys := top, strings.Split(strings.ReplaceAll(name, "]", ""), "[")
		for _, key := range keys[:len(keys)-1] {
			inner, ok := at[key].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[key] = inner
			}
			at = inner
		}
		at[keys[len(keys)-1]] = all[0]
	}
	return top
}

// typed gives the texts of a form the types a schema wants.
func typed(schema *openapi3.Schema, value any) any {
	switch value := value.(type) {
	case map[string]any:
		if schema.Type.Is("array") {
			list := make([]any, len(value))
			for key, one := range value {
				if i, err := strconv.Atoi(key); err == nil && i < len(list) {
					list[i] = typed(schema.Items.Value, one)
				}
			}
			return list
		}
		for _, branch := range schema.AnyOf {
			if branch.Value.Type.Is("object") || branch.Value.Type.Is("array") {
				return typed(branch.Value, value)
			}
		}
		for key, one := range value {
			if member := schema.Properties[key]; member != nil {
				value[key] = typed(member.Value, one)
			}
		}
		return value
	case string:
		if number, err := strconv.ParseInt(value, 10, 64); err == nil && schema.Type.Is("integer") {
			return float64(number)
		}
		if schema.Type.Is("boolean") && (value == "true" || value == "false") {
			return value == "true"
		}
	}
	return value
}

// TestSpecificationJudges: the judge finds what is wrong.
func TestSpecificationJudges(t *testing.T) {
	doc, err := specOf()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, method, path, form string }{
		{"an unknown parameter", "POST", "/v1/refunds", "payment_intent=pi_1&amont=5"},
		{"a text for a number", "POST", "/v1/refunds", "payment_intent=pi_1&amount=five"},
		{"an unknown way to be opened", "POST", "/v1/checkout/sessions", "mode=paiment"},
		{"an unknown way to pay", "POST", "/v1/checkout/sessions", "mode=payment&payment_method_types[0]=bitcoin"},
		{"an unknown parameter of a list", "GET", "/v1/refunds", "payment_intent=pi_1&since=5"},
	} {
		target := c.path
		if c.method == "GET" {
			target += "?" + c.form
		}
		r := httptest.NewRequest(c.method, target, nil)
		if err := judgeRequest(operationOf(doc, c.method, c.path), r, c.form); err == nil {
			t.Errorf("%s was not found", c.name)
		}
	}
	for _, c := range []struct{ name, path, body string }{
		{"an unknown member", "/v1/account", `{"id":"acct_1","object":"account","colour":"red"}`},
		{"a missing member", "/v1/account", `{"object":"account"}`},
		{"an unknown status", "/v1/checkout/sessions/cs_1", `{"id":"cs_1","object":"checkout.session","status":"done"}`},
	} {
		if err := judgeAnswer(operationOf(doc, "GET", c.path), 200, []byte(c.body)); err == nil {
			t.Errorf("%s was not found", c.name)
		}
	}
}
