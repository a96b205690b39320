package paypalspec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json/jsontext"
)

// Judge holds one exchange against the specification, the bodies apart from the
// messages, whose own are not read. Its error joins all that breaks it; nil is none.
func (s *Spec) Judge(r *http.Request, sent []byte, status int, header http.Header, answer []byte) error {
	return errors.Join(s.JudgeRequest(r, sent), s.JudgeAnswer(r, status, header, answer))
}

// Operation names what a request is: the method and the path of the specification,
// or of the closed list of what it leaves out. ok is false for an unknown one.
func (s *Spec) Operation(r *http.Request) (name string, ok bool) {
	if u, ok := unspecified(r); ok {
		return u.String(), true
	}
	o, _, ok := s.find(r.Method, r.URL.EscapedPath())
	return o.String(), ok
}

// JudgeRequest is the half of Judge that is ours.
func (s *Spec) JudgeRequest(r *http.Request, sent []byte) error {
	return errors.Join(s.permits(r, sent), s.careful(r))
}

// permits holds a request against what the specification says.
func (s *Spec) permits(r *http.Request, sent []byte) error {
	if u, ok := unspecified(r); ok {
		return blame("request", u.request(r, sent))
	}
	o, values, ok := s.find(r.Method, r.URL.EscapedPath())
	if !ok {
		return fmt.Errorf("PayPal has no %s %s", r.Method, r.URL.EscapedPath())
	}
	return blame("request", errors.Join(o.parameters(r), o.authorized(r), o.declares(r, values), o.sent(r, sent)))
}

// careful asks for two headers that the specification has and does not require:
// without the id a call that is repeated is made twice, and without the
// representation its answer has no amounts.
func (s *Spec) careful(r *http.Request) error {
	o, _, ok := s.find(r.Method, r.URL.EscapedPath())
	if !ok {
		return nil
	}
	var faults []error
	if o.hasHeader("Paypal-Request-Id") && r.Header.Get("PayPal-Request-Id") == "" {
		faults = append(faults, errors.New("header PayPal-Request-Id is missing"))
	}
	if o.hasHeader("Prefer") && r.Header.Get("Prefer") != "return=representation" {
		faults = append(faults, errors.New("header Prefer is not return=representation"))
	}
	return blame("request", errors.Join(faults...))
}

// JudgeAnswer is the half of Judge that is PayPal's.
func (s *Spec) JudgeAnswer(r *http.Request, status int, header http.Header, answer []byte) error {
	if u, ok := unspecified(r); ok {
		return blame("answer", u.answer(s, status, header, answer))
	}
	o, _, ok := s.find(r.Method, r.URL.EscapedPath())
	if !ok {
		return fmt.Errorf("PayPal has no %s %s", r.Method, r.URL.EscapedPath())
	}
	return blame("answer", o.answer(s, status, header, answer))
}

func blame(half string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", half, err)
}

// ordinary are the headers that any HTTP client sends. Every other one has to be a
// parameter of the operation.
var ordinary = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Connection", "Content-Length", "Content-Type", "User-Agent",
}

// parameters refuses query parameters and headers that the operation does not have,
// and one that comes twice.
func (o operation) parameters(r *http.Request) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if values := r.URL.Query()[name]; o.declared.Parameters.GetByInAndName("query", name) == nil || len(values) > 1 {
			faults = append(faults, fmt.Errorf("query parameter %s is unknown or doubled", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !slices.Contains(ordinary, name) && !o.hasHeader(name) {
			faults = append(faults, fmt.Errorf("header %s is unknown", name))
		}
		if len(r.Header[name]) > 1 {
			faults = append(faults, fmt.Errorf("header %s is doubled", name))
		}
	}
	return errors.Join(faults...)
}

func (o operation) hasHeader(name string) bool {
	return slices.ContainsFunc(o.declared.Parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.In == "header" && http.CanonicalHeaderKey(p.Value.Name) == name
	})
}

// authorized is what the specification has under security, OAuth 2.
func (o operation) authorized(r *http.Request) error {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || token == "" {
		return errors.New("header Authorization is no bearer token")
	}
	return nil
}

// declares leaves to the library what the file says of the parameters it has.
func (o operation) declares(r *http.Request, values map[string]string) error {
	bare := r.Clone(context.Background())
	bare.Body = http.NoBody
	err := openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: bare, PathParams: values,
		Route: &routers.Route{Spec: o.document, Path: o.path, PathItem: o.item, Method: o.method, Operation: o.declared},
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true, SchemaValidationOptions: strict(),
			RegexCompiler: compile, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // see authorized
			ExcludeRequestBody: true, // see sent
		},
	})
	if err == nil {
		return nil
	}
	return errors.Join(each(err)...)
}

// sent holds the body. PayPal wants the content type of a POST even where its body
// is empty.
func (o operation) sent(r *http.Request, body []byte) error {
	if o.declared.RequestBody == nil {
		if len(body) > 0 {
			return errors.New("has a body")
		}
		return nil
	}
	media := o.declared.RequestBody.Value.Content.Get("application/json")
	if media == nil {
		return errors.New("has no JSON in the specification")
	}
	if err := isJSON(r.Header); err != nil || len(body) == 0 && !o.declared.RequestBody.Value.Required {
		return err
	}
	value, err := decode(o.ours(body))
	if err != nil {
		return err
	}
	return conforms(media.Schema.Value, o.excused(value), openapi3.VisitAsRequest())
}

// decode reads JSON that no two parsers can read differently: UTF-8, no name twice.
func decode(body []byte) (value any, err error) {
	if !jsontext.Value(body).IsValid() {
		return nil, errors.New("the body is no JSON, or has a name twice")
	}
	return value, json.Unmarshal(body, &value)
}

func (o operation) answer(s *Spec, status int, header http.Header, body []byte) error {
	if status == http.StatusTooManyRequests {
		return tooMany(header, body)
	}
	declared, err := o.response(status)
	if err != nil {
		return err
	}
	if len(declared.Content) == 0 {
		if status < 400 && len(body) > 0 {
			return fmt.Errorf("%d has a body", status)
		}
		if len(body) == 0 {
			return nil
		}
		return s.isError(header, body) // that there is one is said for all, under default
	}
	if err := isJSON(header); err != nil {
		return err
	}
	value, err := decode(body)
	if err != nil {
		return err
	}
	return conforms(declared.Content.Get("application/json").Schema.Value, value, openapi3.VisitAsResponse())
}

// response finds what is declared for a status. The default is for errors: a file
// that lists one success does not allow all others by it.
func (o operation) response(status int) (*openapi3.Response, error) {
	found := o.declared.Responses.Status(status)
	if instead, ok := alsoAnswered[o.String()][status]; ok && found == nil {
		found = o.declared.Responses.Status(instead)
	}
	if found == nil && status >= 400 && status < 600 {
		found = o.declared.Responses.Default()
	}
	if found == nil {
		return nil, fmt.Errorf("status %d is not documented", status)
	}
	return found.Value, nil
}

func isJSON(header http.Header) error {
	if media, _, _ := mime.ParseMediaType(header.Get("Content-Type")); media != "application/json" {
		return fmt.Errorf("header Content-Type is %q", header.Get("Content-Type"))
	}
	return nil
}

// isError holds a body against the shape that PayPal gives all its errors.
func (s *Spec) isError(header http.Header, body []byte) error {
	if err := isJSON(header); err != nil {
		return err
	}
	value, err := decode(body)
	if err != nil {
		return err
	}
	return s.Conforms(Orders, "error_default", value)
}
