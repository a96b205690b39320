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
