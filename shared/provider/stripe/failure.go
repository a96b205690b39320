package stripe

import (
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// errorBody is Stripe's error (API reference, errors), as far as it is used. The
// message is for people, may quote what was sent, and is read by nobody here.
type errorBody struct {
	Error struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Decline string `json:"decline_code"`
	} `json:"error"`
}

// codeForm is how Stripe writes codes, statuses and reasons. What is written otherwise
// is not Stripe's, and would be kept and shown if it were taken for one.
var codeForm = idForm{rest: shape.Of("a-z0-9_", 1, 80).Beginning("a-z")}

// judge turns a call that did not give a readable 2xx answer into an error of the
// closed set.
func judge(got *wire.Answer, err error) error {
	return got.Judge(err, func() error { return failed(got) })
}

// failed reads a 4xx answer. One that is not Stripe's own proves nothing.
func failed(got *wire.Answer) error {
	var body errorBody
	if got.Cut != nil || got.Read(&body) != nil || !codeForm.MatchString(body.Error.Type) {
		return got.Inconclusive(nil)
	}
	if body.Error.Code != "" {
		code := codeForm.formed(body.Error.Code)
		return got.Failed(classOfCode(code), code, nil)
	}
	return got.Failed(classOfType(got.Status, body.Error.Type), body.Error.Type, nil)
}

// classOfType judges an error that names no code. An invalid request without one is
// Review: Stripe refuses a refund of more than is left in no other words, and that may
// mean that it was given back already.
func classOfType(status int, kind string) provider.Class {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return provider.MerchantSetup
	case status == http.StatusTooManyRequests:
		return provider.Retry
	case status == http.StatusConflict, status == http.StatusNotFound, status == http.StatusRequestTimeout:
		return provider.Look
	case kind == "idempotency_error":
		// The key was used with other parameters, by a call that may have acted.
		return provider.Look
	case kind == "api_error":
		return provider.Look
	case kind == "card_error":
		return provider.PayerMustAct
	}
	return provider.Review
}

// isNotFound reports whether Stripe itself said that it knows no such thing; any 404
// of a proxy says less.
func isNotFound(err error) bool {
	e := wire.FailureOf(err)
	return e != nil && e.Status == http.StatusNotFound && e.Code == "resource_missing"
}
