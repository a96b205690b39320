// Package paypalspec holds what is said between the checkout and PayPal, or one
// that plays PayPal, against PayPal's own OpenAPI files: path, parameters, headers,
// bodies and status of every exchange, and the body of every webhook.
//
// The files are PayPal's and not part of this repository: they are the openapi
// folder of paypal/paypal-rest-api-specifications on GitHub. The environment's
// PAYPAL_OPENAPI names a folder with a copy. Where it is empty, Watch watches
// nothing; a test that is about the specification calls Require, which fails.
//
// The judgement is stricter than the files in one point: a member that no schema
// knows is a fault, although the files, like most, never forbid any. For what is
// sent it is a misspelling that PayPal would overlook in silence; for what a
// simulator answers it is a promise that PayPal never made.
//
// What the files do not have, or have wrong, is in closed lists with a reason for
// every entry: unspecified.go and exception.go.
package paypalspec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Variable is the environment variable that names the folder of PayPal's files.
const Variable = "PAYPAL_OPENAPI"

// The files that are read, as PayPal names them. Each must be there.
const (
	Orders    = "checkout_orders_v2.json"
	Payments  = "payments_payment_v2.json"
	Disputes  = "customer_disputes_v1.json"
	Webhooks  = "notifications_webhooks_v1.json"
	Reporting = "reporting_transactions_v1.json"
	Vault     = "vault_payment_tokens_v3.json"
)

var files = []string{Orders, Payments, Disputes, Webhooks, Reporting, Vault}

// Spec is PayPal's specification. It is never changed and safe for concurrent use.
type Spec struct {
	documents  map[string]*openapi3.T // by file
	operations []operation
}

// operation is one call of one file.
type operation struct {
	method, path string // as the file has them: POST, /v2/checkout/orders/{id}/capture
	form         *regexp.Regexp
	names        []string // of the parameters in the path, in their order
	document     *openapi3.T
	item         *openapi3.PathItem
	declared     *openapi3.Operation
}

// String is the operation's name in every count and fault.
func (o operation) String() string { return o.method + " " + o.path }

// Open reads the files in a folder. A file that is missing or is, mended, not a
// valid OpenAPI document is an error.
func Open(folder string) (*Spec, error) {
	s := &Spec{documents: map[string]*openapi3.T{}}
	for _, name := range files {
		document, err := read(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("paypalspec: %s: %w", name, err)
		}
		s.documents[name] = document
		for path, item := range document.Paths.Map() {
			for method, declared := range item.Operations() {
				s.operations = append(s.operations, newOperation(method, path, document, item, declared))
			}
		}
	}
	return s, nil
}

// opened is the specification of this process, read once; nil where no folder is
// named.
var opened = sync.OnceValues(func() (*Spec, error) {
	folder := os.Getenv(Variable)
	if folder == "" {
		return nil, nil
	}
	return Open(folder)
})

func read(file string) (*openapi3.T, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if text, err = mend(filepath.Base(file), text); err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	// Examples judge nobody; those of the calls that are used are held on their own
	// (Examples). The disputes file has one under escalate that belongs to another call.
	return document, document.Validate(context.Background(), openapi3.SetRegexCompiler(compile), openapi3.DisableExamplesValidation())
}

// sentences are defaults in the disputes file that are a text about the default,
// which the parameter's own pattern refuses.
var sentences = map[string]string{
	"next_page_token": "The first page of data",
	"start_time":      "Current date and time",
}

// mend puts right what keeps a file from being an OpenAPI document, and nothing
// else. In the disputes file the parameter dispute_state has its enum beside its
// schema instead of inside it, some defaults are sentences, and its tags, which
// only sort the documentation, have one twice. The webhooks file has
// a pattern that Go cannot compile, which is met in pattern.go. Where a file no
// longer has what is mended, it is another version, and somebody has to look at it.
func mend(name string, text []byte) ([]byte, error) {
	if name != Disputes {
		return text, nil
	}
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	state := parameter(document, "dispute_state")
	schema, _ := state["schema"].(map[string]any)
	if schema == nil || state["enum"] == nil {
		return nil, errOtherVersion
	}
	schema["enum"] = state["enum"]
	delete(state, "enum")
	for name, sentence := range sentences {
		schema, _ := parameter(document, name)["schema"].(map[string]any)
		if schema["default"] != sentence {
			return nil, errOtherVersion
		}
		delete(schema, "default")
	}
	delete(document, "tags")
	return json.Marshal(document)
}

var errOtherVersion = errors.New("it is another version than the one its mendings were made for")

func parameter(document map[string]any, name string) map[string]any {
	components, _ := document["components"].(map[string]any)
	parameters, _ := components["parameters"].(map[string]any)
	found, _ := parameters[name].(map[string]any)
	return found
}

var pathName = regexp.MustCompile(`\\\{([a-z_]+)\\\}`)

func newOperation(method, path string, document *openapi3.T, item *openapi3.PathItem, declared *openapi3.Operation) operation {
	o := operation{method: method, path: path, document: document, item: item, declared: declared}
	quoted := regexp.QuoteMeta(path)
	for _, found := range pathName.FindAllStringSubmatch(quoted, -1) {
		o.names = append(o.names, found[1])
	}
	o.form = regexp.MustCompile("^" + pathName.ReplaceAllString(quoted, "([^/]+)") + "$")
	return o
}

// find gives the operation that a call is, with the parameters in its path. A path
// is compared whole and as it was sent: nothing is cleaned. One that is written out
// in a file goes before one with a parameter in it.
func (s *Spec) find(method, path string) (operation, map[string]string, bool) {
	var fitting []operation
	for _, o := range s.operations {
		if o.method == method && o.form.MatchString(path) {
			fitting = append(fitting, o)
		}
	}
	if len(fitting) == 0 {
		return operation{}, nil, false
	}
	o := slices.MinFunc(fitting, func(a, b operation) int { return len(a.names) - len(b.names) })
	values := map[string]string{}
	for i, value := range o.form.FindStringSubmatch(path)[1:] {
		values[o.names[i]] = value
	}
	return o, values, true
}

// Texts gives every text that stands in a file's lists of allowed values.
func (s *Spec) Texts(file string) map[string]bool {
	found := map[string]bool{}
	for _, schema := range s.documents[file].Components.Schemas {
		gather(schema, found, map[*openapi3.Schema]bool{})
	}
	return found
}

func gather(ref *openapi3.SchemaRef, found map[string]bool, seen map[*openapi3.Schema]bool) {
	if ref == nil || seen[ref.Value] {
		return
	}
	seen[ref.Value] = true
	for _, word := range ref.Value.Enum {
		if text, ok := word.(string); ok {
			found[text] = true
		}
	}
	for _, property := range ref.Value.Properties {
		gather(property, found, seen)
	}
	gather(ref.Value.Items, found, seen)
	for _, list := range []openapi3.SchemaRefs{ref.Value.AllOf, ref.Value.AnyOf, ref.Value.OneOf} {
		for _, part := range list {
			gather(part, found, seen)
		}
	}
}

// Conforms holds a value, as encoding/json decodes it, against one schema of a
// file, as an answer.
func (s *Spec) Conforms(file, schema string, value any) error {
	document := s.documents[file]
	if document == nil || document.Components.Schemas[schema] == nil {
		return fmt.Errorf("%s has no schema %s", file, schema)
	}
	return conforms(document.Components.Schemas[schema].Value, value, openapi3.VisitAsResponse())
}
