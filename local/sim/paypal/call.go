package paypal

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// CallName is the kind of a call.
type CallName string

// The calls PayPal knows here; faults are aimed at them by name.
const (
	CallToken   CallName = "token"   // POST /v1/oauth2/token
	CallCreate  CallName = "create"  // POST /v2/checkout/orders
	CallLook    CallName = "look"    // GET of an order, a capture or a refund
	CallCapture CallName = "capture" // POST of an order's capture
	CallRefund  CallName = "refund"  // POST of a capture's refund
	CallDispute CallName = "dispute" // GET of the disputes or of one
	CallReport  CallName = "report"  // GET /v1/reporting/transactions
	CallBalance CallName = "balance" // GET /v1/reporting/balances
	CallControl CallName = "control" // GET /v1/notifications/webhooks
	CallTypes   CallName = "types"   // GET /v1/notifications/webhooks-event-types
	CallVerify  CallName = "verify"  // POST /v1/notifications/verify-webhook-signature
	CallCert    CallName = "cert"    // GET of the certificate webhooks are signed with

	// CallAny aims a fault at the next call it can befall.
	CallAny CallName = fault.Any

	// Unknown is a call under /v1 or /v2 that this PayPal does not have. A test
	// asserts that there was none.
	Unknown CallName = "unknown"
	// Page is a visit to the approval page or to the operator's desk.
	Page CallName = "page"
)

// Call is one request that was served.
type Call struct {
	Name      CallName
	Method    string
	Path      string // without the query
	RequestID string // PayPal-Request-Id
	Status    int    // 0 while running, and for an answer that never came
	Fault     Kind   // the fault that befell it, "" if none
	At        time.Time
}

// Calls lists every request served, in the order of arrival.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Served is how many requests of a name were served, all of them for CallAny: a count
// that costs nothing, however many there were.
func (s *Simulator) Served(name CallName) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == CallAny {
		return len(s.calls)
	}
	return s.served[name]
}

// maxBody is more than any order of ten units needs.
const maxBody = 1 << 20

// visit is one call while it is served.
type visit struct {
	request   *http.Request
	name      CallName
	number    int // index in calls
	fault     Kind
	debugID   string
	requestID string
	base      string // scheme://host of links
	body      []byte
	tooLarge  bool
	minimal   bool
	// wait delays the effect, if a fault asks for it. Never called with mu held.
	wait func()
}

// base is scheme://host that links begin with. Without a PublicURL it is the
// host that a request named, and PayPal's sandbox where there was no request.
// The caller holds mu.
func (s *Simulator) base(asked string) string {
	switch {
	case s.publicURL != "":
		return strings.TrimSuffix(s.publicURL, "/")
	case asked != "":
		return asked
	}
	return "https://api-m.sandbox.paypal.com"
}

// arrive puts the request on record and draws its fault. The body is read
// first: net/http notices a client that leaves only once the body is read.
func (s *Simulator) arrive(r *http.Request, name CallName) *visit {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	c := &visit{
		request:   r,
		name:      name,
		requestID: r.Header.Get("PayPal-Request-Id"),
		body:      body,
		tooLarge:  err != nil || len(body) > maxBody,
		minimal:   r.Header.Get("Prefer") != "return=representation",
		wait:      func() {},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.base = s.base("http://" + r.Host)
	c.debugID = chance.Letters(s.traces, traceLetters, traceLength)
	c.fault = s.faults.Draw(name)
	switch c.fault {
	case TokenDropped:
		clear(s.tokens)
	case Minimal:
		c.minimal = true
	case Slow:
		// The effect comes late even if the client has left: a server does not
		// stop half way because nobody listens.
		c.wait = func() { s.config.Sleep(context.WithoutCancel(r.Context()), answer.SlowBy) }
	}
	c.number = len(s.calls)
	s.served[name]++
	s.calls = append(s.calls, Call{
		Name: name, Method: r.Method, Path: r.URL.Path, RequestID: c.requestID, Fault: c.fault, At: s.now(),
	})
	return c
}

func (s *Simulator) record(c *visit, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[c.number].Status = status
}
