package stripe

import (
	"io"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// CallName names a call as a fault is aimed at it.
type CallName string

// The calls there are.
const (
	CallAny      CallName = fault.Any
	CallAccount  CallName = "account"
	CallCustomer CallName = "customer"
	CallCreate   CallName = "create" // of a session
	CallLook     CallName = "look"   // at a session
	CallExpire   CallName = "expire"
	CallIntent   CallName = "intent"
	CallCancel   CallName = "cancel" // of a PaymentIntent
	CallRefund   CallName = "refund" // makes one
	CallRefunds  CallName = "refunds"
	CallDispute  CallName = "dispute"
	CallEvents   CallName = "events"
	CallRows     CallName = "rows" // balance transactions
	CallBalance  CallName = "balance"
	CallPayout   CallName = "payout"
	Unknown      CallName = "unknown"
	Page         CallName = "page"
)

// Call is one call on record.
type Call struct {
	Name    CallName
	Method  string
	Path    string
	Key     string // the Idempotency-Key
	Body    string
	Version string // the Stripe-Version
	Status  int    // 0: no answer
	Fault   Kind
	At      time.Time
}

// Calls is every call so far.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Count is how many calls of a name there were.
func (s *Simulator) Count(name CallName) (n int) {
	for _, c := range s.Calls() {
		if name == CallAny || c.Name == name {
			n++
		}
	}
	return n
}

// visit is one call while it is served.
type visit struct {
	s       *Simulator
	request *http.Request
	name    CallName
	id      string // in the path
	key     string
	body    string
	params  params
	fault   Kind
	trace   string
	number  int // in calls
}

// longestBody is far above any request there is.
const longestBody = 1 << 20

// arrive puts a call on record and draws its fault.
func (s *Simulator) arrive(r *http.Request, name CallName, id string) *visit {
	body, _ := io.ReadAll(io.LimitReader(r.Body, longestBody))
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &visit{
		s: s, request: r, name: name, id: id, body: string(body), fault: s.faults.Draw(name),
		trace: "req_" + chance.Letters(s.traces, alphanumerics, 14), number: len(s.calls),
	}
	if r.Method == http.MethodPost {
		v.key = r.Header.Get("Idempotency-Key")
	}
	s.calls = append(s.calls, Call{
		Name: name, Method: r.Method, Path: r.URL.Path, Key: v.key, Body: v.body,
		Version: r.Header.Get("Stripe-Version"), Fault: v.fault, At: s.now(),
	})
	return v
}

func (s *Simulator) record(v *visit, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[v.number].Status = status
}

// wait is where a slow call acts late.
func (v *visit) wait() {
	if v.fault == Slow {
		v.s.config.Sleep(v.request.Context(), answer.SlowBy)
	}
}
