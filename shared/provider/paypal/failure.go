package paypal

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
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
// the closed set.
func judge(got *wire.Answer, err error) error {
	return got.Judge(err, func() error { return failed(got, err) })
}

// judgeToken: without a token the call itself was never sent.
func judgeToken(got *wire.Answer, err error) error {
	if got.Status != 0 {
		err = nil // the library's text may quote the answer, and with it a token
	}
	if got.Status == http.StatusBadRequest || got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden {
		return got.Failed(provider.MerchantSetup, "TOKEN_REFUSED", err)
	}
	return got.Failed(provider.Retry, "NO_TOKEN", err)
}

// failed reads a 4xx answer. Of several issues the least definite class counts;
// an answer that is not PayPal's own proves nothing.
func failed(got *wire.Answer, err error) error {
	switch got.Status { // whoever says so: neither does anything
	case http.StatusTooManyRequests:
		return got.Failed(provider.Retry, "RATE_LIMIT_REACHED", err)
	case http.StatusUnauthorized:
		return got.Failed(provider.MerchantSetup, "AUTHENTICATION_FAILURE", err)
	}
	var body errorBody
	if json.Unmarshal(got.Body, &body) != nil || !codeForm.MatchString(body.Name) {
		return got.Inconclusive(err)
	}
	worst, code := classOfStatus(got.Status), body.Name
	for i, d := range body.Details {
		if !codeForm.MatchString(d.Issue) {
			d.Issue = body.Name // names no issue, so none that is classified
		}
		if class := classOfIssue(d.Issue); i == 0 || lessDefinite(class, worst) {
			worst, code = class, d.Issue
		}
	}
	return got.Failed(worst, code, err)
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
