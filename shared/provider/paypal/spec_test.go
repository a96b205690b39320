//go:build paypalspec

package paypal

import (
	stdjson "encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// node is a part of an OpenAPI file or of a body held against it.
type node = map[string]any

// TestOrderRequestAgainstSpec holds what we send against PayPal's own schema; so is
// everything that newServer hears, see there.
func TestOrderRequestAgainstSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	long := digitalOrder(t)
	long.Reference = strings.Repeat("r", 300)
	long.Quote.Lines[0].Name, long.Quote.Lines[0].SKU = strings.Repeat("ü", 300), strings.Repeat("s", 300)
	_, p := newServer(t, nil)
	orders := map[string]provider.Order{
		"digital": digitalOrder(t), "physical": physicalOrder(t), "long texts": long,
		"JPY": oneLine(t, "JPY 1200", 1), "HUF": oneLine(t, "HUF 500.00", 2),
	}
	for id, want := range wantSources {
		orders[id] = chosen(t, id, want.country)
		completing := orders[id]
		completing.SelfCompleting = true
		orders[id+", completing"] = completing
	}
	for name, order := range orders {
		body, err := p.orderRequest(order)
		if err != nil {
			t.Fatal(err)
		}
		if err := spec.JudgeRequest(asked("/v2/checkout/orders"), body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefundRequestAgainstSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	for _, remark := range []string{"", "Sorry", "two\nlines\u2028and more", strings.Repeat("ü", 300)} {
		body, err := refundBytes(provider.Refund{ID: testRefund, Amount: amount(t, "EUR 1.50"), Remark: remark})
		if err != nil {
			t.Fatal(err)
		}
		if err := spec.JudgeRequest(asked("/v2/payments/captures/3C679366HH908993F/refund"), body); err != nil {
			t.Errorf("%q: %v", remark, err)
		}
	}
}

// asked is a POST as caller makes it, without its body.
func asked(path string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	for name, value := range map[string]string{
		"Authorization": "Bearer token", "Content-Type": "application/json", "PayPal-Request-Id": "id-1", "Prefer": "return=representation",
	} {
		r.Header.Set(name, value)
	}
	return r
}

// TestEventsAgainstSpec: the events the other tests read are ones PayPal could send.
func TestEventsAgainstSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	names, err := filepath.Glob("testdata/event_*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d events: %v", len(names), err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := spec.JudgeEvent(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// examples says how each call of ours reads or writes the examples of PayPal's
// files. A call the files give none for is there with nil: should they ever, it says
// so.
var examples = map[string]struct {
	request func(t *testing.T, body []byte) (again []byte)
	answer  func(body []byte) error
}{
	"POST /v2/checkout/orders": {
		request: func(t *testing.T, body []byte) []byte { return encodedAgain[orderRequest](t, body) },
		answer:  readsOrder,
	},
	"GET /v2/checkout/orders/{id}":           {answer: readsOrder},
	"POST /v2/checkout/orders/{id}/capture":  {answer: readsOrder},
	"GET /v2/payments/captures/{capture_id}": {answer: decodes[captureDetail]},
	"POST /v2/payments/captures/{capture_id}/refund": {
		request: func(t *testing.T, body []byte) []byte { return encodedAgain[refundRequest](t, body) },
		answer:  decodes[refundBody],
	},
	"GET /v2/payments/refunds/{refund_id}":            {answer: decodes[refundBody]},
	"GET /v1/customer/disputes":                       {answer: decodes[disputePageBody]},
	"GET /v1/customer/disputes/{id}":                  {answer: decodes[disputeBody]},
	"GET /v1/notifications/webhooks":                  {},
	"GET /v1/reporting/transactions":                  {answer: decodes[reportPageBody]},
	"GET /v1/reporting/balances":                      {answer: decodes[balancesBody]},
	"POST /v1/notifications/verify-webhook-signature": {request: postedBack},
}

type disputePageBody = struct {
	Items []disputeBody `json:"items"`
	Links []link        `json:"links"`
}

func readsOrder(body []byte) error {
	var order orderBody
	if err := json.Unmarshal(body, &order); err != nil {
		return err
	}
	_, err := (&PayPal{}).readOrder(order, testTime)
	return err
}

func decodes[T any](body []byte) error {
	var into T
	return json.Unmarshal(body, &into)
}

func encodedAgain[T any](t *testing.T, body []byte) []byte {
	t.Helper()
	var into T
	if err := json.Unmarshal(body, &into); err != nil {
		t.Error(err)
	}
	again, err := json.Marshal(into)
	if err != nil {
		t.Error(err)
	}
	return again
}

// postedBack makes the example's request out of the headers and the event it is about.
func postedBack(t *testing.T, body []byte) []byte {
	t.Helper()
	var said struct {
		ID    string             `json:"transmission_id"`
		Time  string             `json:"transmission_time"`
		Sig   string             `json:"transmission_sig"`
		Cert  string             `json:"cert_url"`
		Algo  string             `json:"auth_algo"`
		Hook  string             `json:"webhook_id"`
		Event stdjson.RawMessage `json:"webhook_event"`
	}
	if err := stdjson.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	delivered := map[string]string{
		"PAYPAL-TRANSMISSION-ID": said.ID, "PAYPAL-TRANSMISSION-TIME": said.Time, "PAYPAL-TRANSMISSION-SIG": said.Sig,
		"PAYPAL-CERT-URL": said.Cert, "PAYPAL-AUTH-ALGO": said.Algo,
	}
	read, err := readTransmission(func(name string) string { return delivered[name] })
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.postback(said.Hook, said.Event)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestExamplesAgainstSpec: every example of the calls we make is read by the types
// we have, and a request that is written again says nothing else. What our types do
// not have is left out of it; what they have must be the same.
func TestExamplesAgainstSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	requests, answers, errors := 0, 0, 0
	for name, call := range examples {
		list, err := spec.Examples(name)
		if err != nil {
			t.Error(err)
		}
		for _, e := range list {
			switch {
			case e.Sent && call.request != nil:
				requests++
				t.Logf("%s", e.Name)
				sameAs(t, e.Name, decoded(t, call.request(t, e.Body)), decoded(t, e.Body))
			case !e.Sent && e.Status >= 400:
				errors++
				got := &wire.Answer{Asked: testTime, Status: e.Status, Header: http.Header{}, Body: e.Body}
				if wantClass(t, judge(got, nil), provider.Look); decodes[errorBody](e.Body) != nil {
					t.Errorf("%s cannot be read", e.Name)
				}
			case !e.Sent && call.answer != nil:
				answers++
				t.Logf("%s", e.Name)
				if err := call.answer(e.Body); err != nil {
					t.Errorf("%s: %v", e.Name, err)
				}
			default:
				t.Errorf("nothing reads %s", e.Name)
			}
		}
	}
	if requests < 3 || answers < 1 || errors < 2 {
		t.Errorf("only %d requests, %d answers and %d errors: the files were not read", requests, answers, errors)
	}
	t.Logf("examples held: %d requests, %d answers, %d errors", requests, answers, errors)
}

func decoded(t *testing.T, body []byte) (value any) {
	t.Helper()
	if err := stdjson.Unmarshal(body, &value); err != nil {
		t.Error(err)
	}
	return value
}

// sameAs: all that was written stands in the original. What is empty says nothing.
func sameAs(t *testing.T, place string, written, original any) {
	t.Helper()
	switch written := written.(type) {
	case node:
		whole, _ := original.(node)
		for name, member := range written {
			sameAs(t, place+"/"+name, member, whole[name])
		}
	case []any:
		whole, _ := original.([]any)
		if len(written) != len(whole) {
			t.Errorf("%s: %d of %d", place, len(written), len(whole))
			return
		}
		for i, element := range written {
			sameAs(t, fmt.Sprint(place, "/", i), element, whole[i])
		}
	case nil:
	default:
		if written != "" && !reflect.DeepEqual(written, original) {
			t.Errorf("%s: %v, the example has %v", place, written, original)
		}
	}
}

// TestIssuesAgainstSpec names what differs between the table and the files.
func TestIssuesAgainstSpec(t *testing.T) {
	paypalspec.Require(t)
	for _, spec := range issueSpecs {
		t.Run(spec.file, func(t *testing.T) {
			want := specIssues(t, filepath.Join(os.Getenv(paypalspec.Variable), spec.file))
			got := issueCodes(spec.in)
			for _, code := range want {
				if !slices.Contains(got, code) {
					t.Errorf("missing: %s is in the specification and not in the table", code)
				}
			}
			for _, code := range got {
				if !slices.Contains(want, code) {
					t.Errorf("superfluous: %s is in the table and not in the specification", code)
				}
			}
			t.Logf("%d codes compared", len(want))
		})
	}
}

// specIssues lists the distinct enum values of every property "issue" in an
// OpenAPI file, sorted.
func specIssues(t *testing.T, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := stdjson.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var codes []string
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				walk(child)
			}
		case map[string]any:
			properties, _ := node["properties"].(map[string]any)
			property, _ := properties["issue"].(map[string]any)
			enum, _ := property["enum"].([]any)
			for _, value := range enum {
				code, ok := value.(string)
				if !ok {
					t.Fatalf("%s: issue %v is no string", file, value)
				}
				codes = append(codes, code)
			}
			for _, child := range node {
				walk(child)
			}
		}
	}
	walk(doc)
	slices.Sort(codes)
	return slices.Compact(codes)
}
