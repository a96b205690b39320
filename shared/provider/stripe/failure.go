package stripe

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
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
// closed set. It is sure of a class only where the answer proves it: what may have
// happened is Look.
func judge(got *answer, err error) error {
	switch {
	case got.status == 0 && neverSent(err):
		return failedAs(provider.Retry, "NOT_SENT", got, err)
	case got.status == 0:
		return failedAs(provider.Look, "NO_ANSWER", got, err)
	case got.status/100 == 2:
		return unreadable(got, "CUT_ANSWER", got.cut)
	case got.status < 400 || got.status >= 500:
		return failedAs(provider.Look, "HTTP_"+strconv.Itoa(got.status), got, err)
	}
	return failed(got)
}

// neverSent reports whether the connection itself failed, so that no byte of the call
// can have arrived.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// failed reads a 4xx answer. One that is not Stripe's own proves nothing.
func failed(got *answer) error {
	var body errorBody
	if got.cut != nil || read(got, &body) != nil || !codeForm.MatchString(body.Error.Type) {
		return failedAs(provider.Look, "HTTP_"+strconv.Itoa(got.status), got, nil)
	}
	if body.Error.Code != "" {
		code := codeForm.formed(body.Error.Code)
		return failedAs(classOfCode(code), code, got, nil)
	}
	return failedAs(classOfType(got.status, body.Error.Type), body.Error.Type, got, nil)
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

// unreadable is a 2xx answer that does not tell what happened: it may have.
func unreadable(got *answer, code string, err error) error {
	return failedAs(provider.Look, code, got, err)
}

func failedAs(class provider.Class, code string, got *answer, err error) *provider.Error {
	return &provider.Error{
		Class: class, Code: code, Status: got.status, Err: err,
		RetryAfter: retryAfter(got.header), Trace: got.header.Get("Request-Id"),
	}
}

// retryAfter reads the header's seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func asFailure(err error) *provider.Error {
	var e *provider.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// isNotFound reports whether Stripe itself said that it knows no such thing; any 404
// of a proxy says less.
func isNotFound(err error) bool {
	e := asFailure(err)
	return e != nil && e.Status == http.StatusNotFound && e.Code == "resource_missing"
}

// doubtful is a failure that proves nothing about the call before it: it keeps what it
// says and is at most a reason to look.
func doubtful(err error) error {
	e := asFailure(err)
	if e == nil || !e.Class.Definite() {
		return err
	}
	looser := *e
	looser.Class = provider.Look
	return &looser
}
