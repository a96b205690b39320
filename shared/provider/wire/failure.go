package wire

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Failed is an error about an answer.
func (a *Answer) Failed(class provider.Class, code string, err error) *provider.Error {
	return &provider.Error{
		Class: class, Code: code, Status: a.Status, Err: err,
		RetryAfter: retryAfter(a.Header), Trace: a.Trace,
	}
}

// Unreadable is a 2xx answer that does not tell what happened: it may have.
func (a *Answer) Unreadable(code string, err error) error { return a.Failed(provider.Look, code, err) }

// Inconclusive is an answer, whatever its status, that is not the provider's own: it
// proves nothing.
func (a *Answer) Inconclusive(err error) error {
	return a.Failed(provider.Look, "HTTP_"+strconv.Itoa(a.Status), err)
}

// Judge turns a call that did not give a readable 2xx answer into an error of the closed
// set; err is the library's. It is sure of a class only where that is proved: what may have
// happened is Look. A 4xx answer is for refusal to read, in the provider's own words.
func (a *Answer) Judge(err error, refusal func() error) error {
	switch {
	case a.Status == 0 && neverSent(err):
		return a.Failed(provider.Retry, "NOT_SENT", err)
	case a.Status == 0:
		return a.Failed(provider.Look, "NO_ANSWER", err)
	case a.Status/100 == 2:
		return a.Unreadable("CUT_ANSWER", a.Cut)
	case a.Status/100 != 4:
		return a.Inconclusive(err)
	}
	return refusal()
}

// neverSent reports whether the connection itself failed, so that no byte of the call can
// have arrived.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// retryAfter reads the header's seconds, up to an hour; neither PayPal nor Stripe writes a
// date there.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// FailureOf is what a provider's error says; nil for any other.
func FailureOf(err error) *provider.Error {
	var e *provider.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Doubtful is a failure that proves nothing about the call before it: it keeps what it
// says and is at most a reason to look.
func Doubtful(err error) error {
	e := FailureOf(err)
	if e == nil || !e.Class.Definite() {
		return err
	}
	looser := *e
	looser.Class = provider.Look
	return &looser
}
