package stripe

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// Kind is one way in which a call goes wrong. The list is closed; what is not said here
// of a kind is said in package fault.
type Kind string

const (
	// InsufficientFunds refuses a refund with balance_insufficient: definite.
	InsufficientFunds Kind = "insufficient-funds"
	// Pending makes a refund pending: it may still fail.
	Pending Kind = "pending"

	TimeoutBefore    Kind = fault.TimeoutBefore
	TimeoutAfter     Kind = fault.TimeoutAfter
	Slow             Kind = fault.Slow
	BadGatewayBefore Kind = fault.BadGatewayBefore
	BadGatewayAfter  Kind = fault.BadGatewayAfter
	// ErrorBefore is 500 before the endpoint began: nothing is kept, and the same key
	// may succeed.
	ErrorBefore Kind = fault.ErrorBefore
	// StoredError is 500 without an effect that is kept under the key: the same key
	// never succeeds, for a day.
	StoredError Kind = "500-stored"
	// ErrorAfter is 500 after the effect, and kept under the key as well.
	ErrorAfter  Kind = fault.ErrorAfter
	Unavailable Kind = fault.Unavailable

	EmptyBody  Kind = fault.EmptyBody
	CutBody    Kind = fault.CutBody
	HugeBody   Kind = fault.HugeBody
	WrongShape Kind = fault.WrongShape
	// UnknownStatus answers something_new, TwiceStatus canceled before the true status.
	UnknownStatus Kind = fault.UnknownStatus
	TwiceStatus   Kind = fault.TwiceStatus
	OtherAmount   Kind = fault.OtherAmount
	OtherCurrency Kind = fault.OtherCurrency
	OtherID       Kind = fault.OtherID

	// KeyRefused is 401 for a key that is good.
	KeyRefused Kind = "401"
	Forbidden  Kind = fault.Forbidden
	Missing    Kind = fault.Missing
	InProgress Kind = fault.InProgress // idempotency_key_in_use
	// LockTimeout is 429 lock_timeout, nothing done: another call has the thing.
	LockTimeout     Kind = "429-lock"
	RateLimited     Kind = fault.RateLimited
	RateLimitedBare Kind = fault.RateLimitedBare
	Redirected      Kind = fault.Redirected
)

// elsewhere is a host that can never be (RFC 2606).
const elsewhere = "https://stripe.invalid"

// posts are the calls that do something, and shows those that answer with one thing.
var (
	posts = []CallName{CallCustomer, CallCreate, CallExpire, CallCancel, CallRefund}
	shows = []CallName{CallCreate, CallLook, CallRefund}
)

// faults are all the ways in which a call can go wrong.
var faults = fault.Table[Kind, CallName]{
	Calls: []CallName{
		CallAny, CallAccount, CallCustomer, CallCreate, CallLook, CallExpire, CallIntent, CallCancel, CallRefund,
		CallRefunds, CallDispute, CallEvents, CallRows, CallBalance, CallPayout,
	},
	Kinds: []fault.Reach[Kind, CallName]{
		{Kind: InsufficientFunds, Calls: []CallName{CallRefund}}, {Kind: Pending, Calls: []CallName{CallRefund}},
		{Kind: TimeoutBefore}, {Kind: TimeoutAfter}, {Kind: Slow}, {Kind: BadGatewayBefore}, {Kind: BadGatewayAfter},
		{Kind: ErrorBefore}, {Kind: StoredError, Calls: posts}, {Kind: ErrorAfter, Calls: posts}, {Kind: Unavailable},
		{Kind: EmptyBody}, {Kind: CutBody}, {Kind: HugeBody}, {Kind: WrongShape},
		{Kind: UnknownStatus, Calls: shows}, {Kind: TwiceStatus, Calls: shows}, {Kind: OtherAmount, Calls: shows},
		{Kind: OtherCurrency, Calls: shows}, {Kind: OtherID, Calls: shows},
		{Kind: KeyRefused}, {Kind: Forbidden},
		{Kind: Missing, Calls: []CallName{CallLook, CallExpire, CallIntent, CallCancel, CallDispute}},
		{Kind: InProgress, Calls: posts}, {Kind: LockTimeout, Calls: posts},
		{Kind: RateLimited}, {Kind: RateLimitedBare}, {Kind: Redirected},
	},
	Refused: ErrFault,
}

// Kinds lists every kind, for printing and for loops over all of them.
func Kinds() []Kind { return faults.Names() }

// CallNames lists the calls a fault can be aimed at.
func CallNames() []CallName { return append([]CallName(nil), faults.Calls...) }

// Fits tells whether the kind can befall a call of this name.
func (k Kind) Fits(name CallName) bool { return faults.Fits(k, name) }

// Fault is a kind aimed at the next calls of one name.
type Fault = fault.Fault[Kind, CallName]

// ErrFault is returned for a fault that could never happen.
var ErrFault = errors.New("stripe: no such fault")

// Inject queues a fault. Faults befall calls in the order they were queued, each as
// soon as a call comes that it fits.
func (s *Simulator) Inject(f Fault) error { return s.faults.Inject(f) }

// Faults lists what is queued and has not happened yet.
func (s *Simulator) Faults() []Fault { return s.faults.Queued() }

// Chaos lets each call fail with a chance of percent, in one of the kinds (all of them
// when none is named), drawn from the seed in the order in which calls arrive. Chaos(0)
// ends it. Queued faults come first.
func (s *Simulator) Chaos(percent int, kinds ...Kind) error { return s.faults.Chaos(percent, kinds...) }

// instead gives the answer of a fault that strikes before the call has any effect.
func (s *Simulator) instead(v *visit) (outcome, bool) {
	a := outcome{}
	switch v.fault {
	case ErrorBefore:
		a = serverError(v)
	case Unavailable:
		a = refusal(http.StatusServiceUnavailable, "api_error", "", "Stripe is down for maintenance.", "")
	case KeyRefused:
		a = refusal(http.StatusUnauthorized, "invalid_request_error", "api_key_expired", "Expired API Key provided.", "")
	case Forbidden:
		a = refusal(http.StatusForbidden, "invalid_request_error", "", "The provided key does not have the required permissions for this endpoint.", "")
	case Missing:
		a = unknown("object", v.id, "id")
	case InProgress:
		a = inUse(v)
	case LockTimeout:
		a = refusal(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout", "This object cannot be accessed right now.", "")
	case RateLimited, RateLimitedBare:
		a = refusal(http.StatusTooManyRequests, "invalid_request_error", "rate_limit", "Request rate limit exceeded.", "")
		if v.fault == RateLimited {
			a.Header = map[string]string{"Retry-After": fault.RetryAfter}
		}
	default:
		told, instead := answer.Instead(string(v.fault), elsewhere, v.request.URL.EscapedPath())
		return outcome{Answer: told}, instead
	}
	a.Played = string(v.fault)
	return a, true
}

// spoil turns the true answer of a call that had its effect into what the client gets.
func (s *Simulator) spoil(v *visit, a outcome) outcome {
	a.Answer = a.Spoiled(string(v.fault), "canceled", func(top map[string]any) { s.falsify(top, v.fault) })
	return a
}

// falsify rewrites a true answer.
func (s *Simulator) falsify(top map[string]any, kind Kind) {
	if kind == OtherID {
		s.mu.Lock()
		defer s.mu.Unlock()
		before, _, _ := strings.Cut(top["id"].(string), "_")
		top["id"] = before + "_" + chance.Letters(s.traces, alphanumerics, 24)
		return
	}
	answer.EachObject(top, func(o map[string]any) {
		for name, value := range o {
			number, _ := value.(json.Number)
			switch {
			case kind == UnknownStatus && name == "status" && value != nil:
				o[name] = "something_new"
			case kind == OtherAmount && strings.HasPrefix(name, "amount") && number != "":
				n, _ := number.Int64()
				o[name] = n + 1
			case kind == OtherCurrency && name == "currency":
				if o[name] = "usd"; value == "usd" {
					o[name] = "eur"
				}
			}
		}
	})
}
