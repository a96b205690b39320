package paypal

import (
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// memoryOf is how long PayPal-Request-Id is kept: "The server stores keys for 6
// hours" on order calls, "for 45 days" on refunds (Orders spec and Payments
// spec, parameter paypal_request_id). After that the same id is a new one.
func memoryOf(call CallName) time.Duration {
	if call == CallRefund {
		return 45 * 24 * time.Hour
	}
	return 6 * time.Hour
}

// requestKey: a request id is unique per kind of call (guide
// reference/guidelines/idempotency), so one id may name a create and a capture.
type requestKey struct {
	call CallName
	id   string
}

// request is what is remembered under a request id.
type request struct {
	asked   string // what was asked for, to tell another request from a replay
	at      time.Time
	running bool
	memo    *memo // nil while running
}

// memo is what a repeated request is answered from. It is plain data, because
// a request id is remembered longer than a process may live.
type memo struct {
	order   *order
	refused Funding // the funding a capture was refused for, "" if the answer shows the order
	refund  *refund // what the answer shows in place of an order
}

// repeat answers a repeated request from the state of now. The caller holds
// mu.
func (s *Simulator) repeat(c *visit, m *memo) answer.Answer {
	switch {
	case m.refund != nil:
		return showRefund(c, m.refund, http.StatusOK)
	case m.refused != "":
		return refuseCapture(c, m.order, outcomes[m.refused])
	case s.live(m.order.id) == nil:
		return missing(c)
	}
	return showOrder(c, m.order, http.StatusOK)
}

// once runs act unless this request id has run before. Act is called with mu
// held and gives the answer and what to remember, or nil if nothing is worth
// it.
//
// A second call while the first runs answers 409 (guide
// reference/guidelines/idempotency). The same id for something else is 422
// here; PayPal promises nothing for it.
func (s *Simulator) once(c *visit, asked string, act func() (answer.Answer, *memo)) answer.Answer {
	key := requestKey{c.name, c.requestID}
	s.mu.Lock()
	earlier := s.requests[key]
	if earlier != nil && !earlier.running && !s.now().Before(earlier.at.Add(memoryOf(c.name))) {
		earlier = nil
	}
	mine := &request{asked: asked, at: s.now(), running: true}
	if earlier == nil && c.requestID != "" {
		s.requests[key] = mine
	}
	running := earlier != nil && earlier.running
	s.mu.Unlock()

	switch {
	case earlier == nil:
		return s.first(c, key, mine, act)
	case earlier.asked != asked:
		a := refuse(c, http.StatusUnprocessableEntity, "DUPLICATE_REQUEST_ID")
		a.Played = "duplicate-request-id" // an issue PayPal has not
		return a
	case running:
		return refuse(c, http.StatusConflict, "PREVIOUS_REQUEST_IN_PROGRESS")
	}
	c.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repeat(c, earlier.memo)
}

func (s *Simulator) first(c *visit, key requestKey, mine *request, act func() (answer.Answer, *memo)) answer.Answer {
	c.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	a, m := act()
	mine.running, mine.memo = false, m
	if m == nil && c.requestID != "" {
		delete(s.requests, key)
	}
	return a
}
