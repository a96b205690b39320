package handler

import (
	"bytes"
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// bodyCap is the largest body a browser may send, in bytes: fifty lines and an
// address are some 5 KB.
const bodyCap = 16 << 10

// merchantRoutes is in the name of every route for the merchant, and of no buyer's.
const merchantRoutes = " /merchant/"

// request is an event as the routes see it, whatever case the headers came in
// and whether or not the gateway encoded the body.
type request struct {
	id      string            // the gateway's request id, for people who report a fault
	route   string            // "GET /merchant/entries", as the template names it
	path    map[string]string // parameters of the path
	query   map[string]string
	header  map[string]string
	body    []byte
	source  string // the address it came from, as the gateway saw it: headers can be made up
	garbled bool   // flagged as base64 and not base64
}

func read(event events.APIGatewayV2HTTPRequest) request {
	in := request{
		id:     event.RequestContext.RequestID,
		route:  event.RouteKey,
		path:   event.PathParameters,
		query:  event.QueryStringParameters,
		header: make(map[string]string, len(event.Headers)),
		body:   []byte(event.Body),
		source: event.RequestContext.HTTP.SourceIP,
	}
	for name, value := range event.Headers {
		in.header[strings.ToLower(name)] = value
	}
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(event.Body)
		in.body, in.garbled = decoded, err != nil
	}
	return in
}

// token is the checkout token. It comes in a header, never in a URL, so it is in
// no log of addresses.
func (r request) token() string { return r.header["checkout-token"] }

// customer is the token by which the shop's server vouches for who is signed in; empty:
// nobody. It comes in a header for the same reason.
func (r request) customer() string { return r.header["customer-token"] }

// reads is the language that a caller reads: what the query names, if there is such a
// language, and else what Accept-Language asks for. It refuses nobody: a problem has to be
// told in some language.
func (r request) reads() wording.Language {
	if named, ok := wording.Named(r.query["language"]); ok {
		return named
	}
	return wording.Accepted(r.header["accept-language"])
}

// namesDays refuses a query in which one of these parameters is missing or empty; whether
// one that is there is a day is the checkout's to judge.
func (r request) namesDays(parameters ...string) error {
	for _, name := range parameters {
		if r.query[name] == "" {
			return badRequest(http.StatusBadRequest, string(checkout.KindDay), "The parameter "+name+" is missing: name a day, like 2026-11-21.")
		}
	}
	return nil
}

// decode reads the body as one JSON object into the struct to points at, and
// refuses everything that a careful sender would not send: unknown fields,
// fields in another case, a field twice, invalid UTF-8, anything after the
// object. What it says of a fault names the place and never repeats a value.
func (r request) decode(to any) error {
	media, _, err := mime.ParseMediaType(r.header["content-type"])
	switch {
	case err != nil || media != "application/json":
		return badRequest(http.StatusUnsupportedMediaType, "media-type", "Send the body as application/json.")
	case len(r.body) > bodyCap:
		return badRequest(http.StatusRequestEntityTooLarge, "too-large", "The body is larger than 16 KB.")
	case r.garbled:
		return badRequest(http.StatusBadRequest, "body-invalid", "The body is not what its encoding says.")
	case bytes.ContainsRune(r.body, utf8.RuneError):
		// Invalid UTF-8, or what the gateway makes of it: U+FFFD.
		return badRequest(http.StatusBadRequest, "body-invalid", "The body is not UTF-8.")
	case jsontext.Value(r.body).Kind() != '{':
		return badRequest(http.StatusBadRequest, "body-invalid", "The body is not a JSON object.")
	}
	if err := json.Unmarshal(r.body, to, json.RejectUnknownMembers(true)); err != nil {
		said := explain(err)
		if errors.Is(err, json.ErrUnknownName) && !strings.Contains(r.route, merchantRoutes) {
			said += " Prices and amounts are never taken from a request." // a merchant's refund names one
		}
		return badRequest(http.StatusBadRequest, "body-invalid", said)
	}
	return nil
}

// explain says what is wrong with a body, and where, without repeating it.
func explain(err error) string {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return "The field " + place(semantic.JSONPointer) + " is not known here."
	case errors.As(err, &semantic):
		return "The field " + place(semantic.JSONPointer) + " does not have the form it should have."
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return "The field " + place(syntax.JSONPointer) + " stands twice."
	}
	return "The body is not one JSON object in UTF-8."
}

// place shows a JSON pointer that is short and plain; another is not repeated.
func place(at jsontext.Pointer) string {
	if len(at) > 60 {
		return "in question"
	}
	for _, r := range at {
		if r < ' ' || r > '~' {
			return "in question"
		}
	}
	return string(at)
}
