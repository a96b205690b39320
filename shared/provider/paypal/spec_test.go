package paypal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// node is a part of an OpenAPI file or of a body held against it.
type node = map[string]any

// TestOrderRequestAgainstSpec holds what we send against PayPal's own schema,
// whose files are not part of this repository.
func TestOrderRequestAgainstSpec(t *testing.T) {
	check := specOf(t, "checkout_orders_v2.json", "order_request")
	long := digitalOrder(t)
	long.Reference = strings.Repeat("r", 300)
	long.Quote.Lines[0].Name, long.Quote.Lines[0].SKU = strings.Repeat("ü", 300), strings.Repeat("s", 300)
	_, p := newServer(t, nil)
	for name, order := range map[string]provider.Order{
		"digital": digitalOrder(t), "physical": physicalOrder(t), "long texts": long,
		"JPY": oneLine(t, "JPY 1200", 1), "HUF": oneLine(t, "HUF 500.00", 2),
	} {
		body, err := p.orderRequest(order)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range check(body) {
			t.Errorf("%s: %s", name, fault)
		}
	}
	// It must be able to refuse, or it proves nothing.
	for _, bad := range []string{
		`{}`,
		`{"intent":"TAKE","purchase_units":[{"amount":{"currency_code":"EUR","value":"1.00"}}]}`,
		`{"intent":"CAPTURE","purchase_units":[{"amount":{"currency_code":"EUR","value":"1,00"}}]}`,
		`{"intent":"CAPTURE","purchase_units":[{"amount":{"currency_code":"EUR","value":1}}]}`,
		`{"intent":"CAPTURE","purchase_units":[{"price":{},"amount":{"currency_code":"EUR","value":"1.00"}}]}`,
		`{"intent":"CAPTURE","purchase_units":[{"description":"` + strings.Repeat("x", 128) + `","amount":{"currency_code":"EUR","value":"1.00"}}]}`,
	} {
		if len(check([]byte(bad))) == 0 {
			t.Errorf("the schema takes %.120s", bad)
		}
	}
}

// specOf holds bodies against one schema of a file, where the files are at hand.
func specOf(t *testing.T, file, schema string) func(body []byte) (faults []string) {
	t.Helper()
	dir := os.Getenv("PAYPAL_OPENAPI")
	if dir == "" {
		t.Skip("PAYPAL_OPENAPI does not name the folder of PayPal's OpenAPI files")
	}
	raw, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct{ Schemas map[string]node }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return func(body []byte) []string {
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			t.Fatal(err)
		}
		c := conformity{schemas: doc.Components.Schemas}
		c.hold("", node{"$ref": "#/components/schemas/" + schema}, value)
		return c.faults
	}
}

func TestRefundRequestAgainstSpec(t *testing.T) {
	check := specOf(t, "payments_payment_v2.json", "refund_request")
	for _, remark := range []string{"", "Sorry", "two\nlines\u2028and more", strings.Repeat("ü", 300)} {
		body, err := refundBytes(provider.Refund{ID: testRefund, Amount: amount(t, "EUR 1.50"), Remark: remark})
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range check(body) {
			t.Errorf("%q: %s", remark, fault)
		}
	}
	if len(check([]byte(`{"amount":{"currency_code":"EUR","value":"1,50"},"note_to_payer":"a\nb","reason":"x"}`))) != 3 {
		t.Error("the schema takes what it should not")
	}
}

// conformity collects where a body breaks its schema: required and unknown
// members, types, enumerations, patterns, lengths.
type conformity struct {
	schemas map[string]node
	faults  []string
}

func (c *conformity) hold(place string, schema node, value any) {
	known := map[string]node{}
	c.merge(place, schema, value, known)
	object, _ := value.(node)
	for name, member := range object {
		property, ok := known[name]
		if !ok && len(known) > 0 {
			c.fault(place, "PayPal has no member %s", name)
		}
		if ok {
			c.hold(place+"/"+name, property, member)
		}
	}
}

// merge checks value against one schema and gathers the members it and the
// schemas it stands on know.
func (c *conformity) merge(place string, schema node, value any, known map[string]node) {
	if ref, ok := schema["$ref"].(string); ok {
		c.merge(place, c.schemas[ref[strings.LastIndex(ref, "/")+1:]], value, known)
	}
	all, _ := schema["allOf"].([]any)
	for _, part := range all {
		c.merge(place, part.(node), value, known)
	}
	required, _ := schema["required"].([]any)
	object, isObject := value.(node)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			c.fault(place, "%s is missing", name)
		}
	}
	properties, _ := schema["properties"].(node)
	for name, property := range properties {
		known[name] = property.(node)
	}
	if list, isList := value.([]any); isList {
		items, _ := schema["items"].(node)
		for i, element := range list {
			c.hold(fmt.Sprintf("%s/%d", place, i), items, element)
		}
	}
	if len(properties) > 0 && !isObject {
		c.fault(place, "is no object")
	}
	c.text(place, schema, value)
}

func (c *conformity) text(place string, schema node, value any) {
	text, isText := value.(string)
	if schema["type"] != "string" {
		return
	}
	if !isText {
		c.fault(place, "%v is no string", value)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		c.fault(place, "%v is not among %v", value, enum)
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(text) {
		c.fault(place, "%q does not match %s", text, pattern)
	}
	if most, ok := schema["maxLength"].(float64); ok && utf8.RuneCountInString(text) > int(most) {
		c.fault(place, "is longer than %v", most)
	}
	if least, ok := schema["minLength"].(float64); ok && utf8.RuneCountInString(text) < int(least) {
		c.fault(place, "is shorter than %v", least)
	}
}

func (c *conformity) fault(place, format string, args ...any) {
	c.faults = append(c.faults, place+": "+fmt.Sprintf(format, args...))
}
