package paypal

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// errorBody is PayPal's error (schema error_default), as far as it is used.
type errorBody struct {
	Name    string `json:"name"`
	Details []struct {
		Issue string `json:"issue"`
	} `json:"details"`
}

// codeForm is how PayPal writes an error's name and issues. What is written
// otherwise is not PayPal's, and would be kept and shown if it were taken for a
// code.
var codeForm = shape.Of("A-Z0-9_", 1, 80).Beginning("A-Z")

// judge turns a call that did not give a readable 2xx answer into an error of
// the closed set. It is sure of a class only where the answer proves it: what
// may have happened is Look.
func judge(got *answer, err error) error {
	switch {
	case got.status == 0 && neverSent(err):
		return failedAs(provider.Retry, "NOT_SENT", got, err)
	case got.status == 0:
		return failedAs(provider.Look, "NO_ANSWER", got, err)
	case got.status/100 == 2:
		return unreadable(got, "CUT_ANSWER", got.cut)
	case got.status == http.StatusTooManyRequests:
		return failedAs(provider.Retry, "RATE_LIMIT_REACHED", got, err)
	case got.status == http.StatusUnauthorized:
		return failedAs(provider.MerchantSetup, "AUTHENTICATION_FAILURE", got, err)
	case got.status < 400 || got.status >= 500:
		return failedAs(provider.Look, "HTTP_"+strconv.Itoa(got.status), got, err)
	}
	return failed(got, err)
}

// judgeToken: without a token the call itself was never sent.
func judgeToken(got *answer, err error) error {
	if got.status != 0 {
		err = nil // the library's text may quote the answer, and with it a token
	}
	if got.status == http.StatusBadRequest || got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
		return failedAs(provider.MerchantSetup, "TOKEN_REFUSED", got, err)
	}
	return failedAs(provider.Retry, "NO_TOKEN", got, err)
}

// neverSent reports whether the connection itself failed, so that no byte of the
// call can have arrived.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// failed reads a 4xx answer. Of several issues the least definite class counts;
// an answer that is not PayPal's own proves nothing.
func failed(got *answer, err error) error {
	var body errorBody
	if json.Unmarshal(got.body, &body) != nil || !codeForm.MatchString(body.Name) {
		return failedAs(provider.Look, "HTTP_"+strconv.Itoa(got.status), got, err)
	}
	worst, code := classOfStatus(got.status), body.Name
	for i, d := range body.Details {
		if !codeForm.MatchString(d.Issue) {
			d.Issue = body.Name // names no issue, so none that is classified
		}
		if class := classOfIssue(d.Issue); i == 0 || lessDefinite(class, worst) {
			worst, code = class, d.Issue
		}
	}
	return failedAs(worst, code, got, err)
}

// classOfStatus judges a PayPal error that names no issue.
func classOfStatus(status int) provider.Class {
	switch status {
	case http.StatusForbidden:
		return provider.MerchantSetup
	case http.StatusNotFound, http.StatusConflict, http.StatusRequestTimeout:
		return provider.Look
	case http.StatusUnsupportedMediaType, http.StatusMethodNotAllowed, http.StatusNotAcceptable:
		return provider.OurBug
	}
	return provider.Review
}

// lessDefinite orders classes: what a person has to see first, then what only a
// look can tell, then the definite ones.
func lessDefinite(a, b provider.Class) bool {
	rank := func(c provider.Class) int {
		switch {
		case c == provider.Review:
			return 0
		case !c.Definite():
			return 1
		}
		return 2
	}
	return rank(a) < rank(b)
}

// unreadable is a 2xx answer that does not tell what happened: it may have.
func unreadable(got *answer, code string, err error) error {
	return failedAs(provider.Look, code, got, err)
}

func failedAs(class provider.Class, code string, got *answer, err error) *provider.Error {
	return &provider.Error{
		Class: class, Code: code, Status: got.status, Err: err,
		RetryAfter: retryAfter(got.header), Trace: got.header.Get("Paypal-Debug-Id"),
	}
}

// retryAfter reads the header's seconds; PayPal's samples know no date form.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// isNotFound reports whether PayPal itself said that it knows no such order; any
// 404 of a proxy says less.
func isNotFound(err error) bool {
	var e *provider.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Class == provider.Look &&
		(e.Code == "RESOURCE_NOT_FOUND" || e.Code == "INVALID_RESOURCE_ID")
}

// isUnknown reports whether PayPal, in its own words whichever they are, does not
// know what was asked about. Nothing about money hangs on it: the codes of its
// other specifications are open texts, and what isNotFound takes is proved apart.
func isUnknown(err error) bool {
	var e *provider.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Code != "HTTP_404"
}

// doubtful is a failure that proves nothing about the call before it: it keeps
// what it says and is at most a reason to look.
func doubtful(err error) error {
	var e *provider.Error
	if !errors.As(err, &e) || !e.Class.Definite() {
		return err
	}
	looser := *e
	looser.Class = provider.Look
	return &looser
}
