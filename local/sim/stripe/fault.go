package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Kind is one way in which a call goes wrong. The list is closed; each kind is here
// because a client that gets it wrong loses or doubles money.
//
// "Before" means that the call had no effect, "after" that it had. Kinds that spoil
// the body of an answer spoil a 2xx only and let a refusal through as it is.
type Kind string

const (
	// InsufficientFunds refuses a refund with balance_insufficient: definite.
	InsufficientFunds Kind = "insufficient-funds"
	// Pending makes a refund pending: it may still fail.
	Pending Kind = "pending"

	// TimeoutBefore never answers and does nothing.
	TimeoutBefore Kind = "timeout-before"
	// TimeoutAfter acts and never answers: only a look tells it from TimeoutBefore, and
	// the same key gets the answer.
	TimeoutAfter Kind = "timeout-after"
	// Slow acts late, after a client with a short deadline has left.
	Slow Kind = "slow"
	// BadGatewayBefore is a proxy's HTML page with 502, nothing done.
	BadGatewayBefore Kind = "502-before"
	// BadGatewayAfter is the same page after the effect.
	BadGatewayAfter Kind = "502-after"
	// ErrorBefore is 500 before the endpoint began: nothing is kept, and the same key
	// may succeed.
	ErrorBefore Kind = "500-before"
	// StoredError is 500 without an effect that is kept under the key: the same key
	// never succeeds, for a day.
	StoredError Kind = "500-stored"
	// ErrorAfter is 500 after the effect, and kept under the key as well.
	ErrorAfter Kind = "500-after"
	// Unavailable is 503, nothing done.
	Unavailable Kind = "503"

	// EmptyBody is a 2xx without a body after the effect.
	EmptyBody Kind = "empty-body"
	// CutBody breaks the connection in the middle of a 2xx body, after the effect.
	CutBody Kind = "cut-body"
	// HugeBody sends 8 MiB of white space before a good 2xx body.
	HugeBody Kind = "huge-body"
	// WrongShape is a 2xx with {"unrelated":1} after the effect.
	WrongShape Kind = "wrong-shape"
	// UnknownStatus answers the status something_new: Stripe may add to its lists.
	UnknownStatus Kind = "unknown-status"
	// TwiceStatus gives the member status twice: parsers disagree on which one counts.
	TwiceStatus Kind = "twice-status"
	// OtherAmount answers amounts one smallest unit too high; the books are right.
	OtherAmount Kind = "other-amount"
	// OtherCurrency answers every amount in another currency.
	OtherCurrency Kind = "other-currency"
	// OtherID answers with the id of a thing that nobody asked about.
	OtherID Kind = "other-id"

	// KeyRefused is 401 for a key that is good.
	KeyRefused Kind = "401"
	// Forbidden is 403: a restricted key that lacks a permission.
	Forbidden Kind = "403"
	// Missing is 404 for something that is there: a replica that lags, or the key of
	// another account. Absence needs better proof than one 404.
	Missing Kind = "404"
	// InProgress is 409 idempotency_key_in_use, nothing done.
	InProgress Kind = "409"
	// LockTimeout is 429 lock_timeout, nothing done: another call has the thing.
	LockTimeout Kind = "429-lock"
	// RateLimited is 429 with Retry-After.
	RateLimited Kind = "429"
	// RateLimitedBare is 429 without it.
	RateLimitedBare Kind = "429-bare"
	// Redirected is 308 to another host: a client that follows hands its key and body
	// to a stranger.
	Redirected Kind = "308"
)

// Amounts of the faults that have one.
const (
	slowBy      = 4 * time.Second // longer than a look should wait
	hugePadding = 8 << 20
	retryAfter  = "2" // seconds
	elsewhere   = "https://stripe.invalid"
)

// posts are the calls that do something, and shows those that answer with one thing.
var (
	posts = []CallName{CallCustomer, CallCreate, CallExpire, CallCancel, CallRefund}
	shows = []CallName{CallCreate, CallLook, CallRefund}
)

// kinds is every kind with the calls it can befall; nil is all of them.
var kinds = []struct {
	kind  Kind
	calls []CallName
}{
	{InsufficientFunds, []CallName{CallRefund}}, {Pending, []CallName{CallRefund}},
	{TimeoutBefore, nil}, {TimeoutAfter, nil}, {Slow, nil}, {BadGatewayBefore, nil}, {BadGatewayAfter, nil},
	{ErrorBefore, nil}, {StoredError, posts}, {ErrorAfter, posts}, {Unavailable, nil},
	{EmptyBody, nil}, {CutBody, nil}, {HugeBody, nil}, {WrongShape, nil},
	{UnknownStatus, shows}, {TwiceStatus, shows}, {OtherAmount, shows}, {OtherCurrency, shows}, {OtherID, shows},
	{KeyRefused, nil}, {Forbidden, nil},
	{Missing, []CallName{CallLook, CallExpire, CallIntent, CallCancel, CallDispute}},
	{InProgress, posts}, {LockTimeout, posts}, {RateLimited, nil}, {RateLimitedBare, nil}, {Redirected, nil},
}

// callNames are the calls a fault can be aimed at.
var callNames = []CallName{
	CallAny, CallAccount, CallCustomer, CallCreate, CallLook, CallExpire, CallIntent, CallCancel, CallRefund,
	CallRefunds, CallDispute, CallEvents, CallRows, CallBalance, CallPayout,
}

// Kinds lists every kind, for printing and for loops over all of them.
func Kinds() []Kind {
	var list []Kind
	for _, k := range kinds {
		list = append(list, k.kind)
	}
	return list
}

// CallNames lists the calls a fault can be aimed at.
func CallNames() []CallName { return slices.Clone(callNames) }

// Fits tells whether the kind can befall a call of this name.
func (k Kind) Fits(name CallName) bool {
	for _, entry := range kinds {
		if entry.kind == k {
			return slices.Contains(callNames, name) && (name == CallAny || entry.calls == nil || slices.Contains(entry.calls, name))
		}
	}
	return false
}

// Fault is a kind aimed at the next calls of one name.
type Fault struct {
	Kind  Kind
	Call  CallName // "" is CallAny
	Times int      // how many calls; 0 is one
}

// ErrFault is returned for a fault that could never happen.
var ErrFault = errors.New("stripe: no such fault")

// Inject queues a fault. Faults befall calls in the order they were queued, each as
// soon as a call comes that it fits.
func (s *Simulator) Inject(f Fault) error {
	if f.Call == "" {
		f.Call = CallAny
	}
	if f.Times == 0 {
		f.Times = 1
	}
	if !f.Kind.Fits(f.Call) || f.Times < 0 {
		return fmt.Errorf("%w: %s on %s, %d times", ErrFault, f.Kind, f.Call, f.Times)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return nil
}

// Faults lists what is queued and has not happened yet.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Fault(nil), s.faults...)
}

// chance is the random mode.
type chance struct {
	percent int
	kinds   []Kind
}

// Chaos lets each call fail with a chance of percent, in one of the kinds (all of them
// when none is named), drawn from the seed in the order in which calls arrive. Chaos(0)
// ends it. Queued faults come first.
func (s *Simulator) Chaos(percent int, list ...Kind) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("%w: a chance of %d percent", ErrFault, percent)
	}
	for _, k := range list {
		if !k.Fits(CallAny) {
			return fmt.Errorf("%w: %s", ErrFault, k)
		}
	}
	if len(list) == 0 {
		list = Kinds()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chance = chance{percent, slices.Clone(list)}
	return nil
}

// draw picks the fault of a call that arrives. While a chance is set it takes two
// numbers for every call whatever comes of it, so that an injected fault does not
// shift the later ones. The caller holds mu.
func (s *Simulator) draw(name CallName) (lucky Kind) {
	if s.chance.percent > 0 {
		hit, pick := s.dice.IntN(100) < s.chance.percent, s.dice.Uint64()
		fitting := slices.DeleteFunc(slices.Clone(s.chance.kinds), func(k Kind) bool { return !k.Fits(name) })
		if hit && len(fitting) > 0 {
			lucky = fitting[pick%uint64(len(fitting))]
		}
	}
	for i := range s.faults {
		f := &s.faults[i]
		if f.Call != CallAny && f.Call != name || !f.Kind.Fits(name) {
			continue
		}
		kind := f.Kind
		if f.Times--; f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return kind
	}
	return lucky
}

// instead gives the answer of a fault that strikes before the call has any effect.
func (s *Simulator) instead(v *visit) (a answer, yes bool) {
	switch v.fault {
	case TimeoutBefore:
		a = answer{never: true}
	case BadGatewayBefore:
		a = badGateway()
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
			a.header = map[string]string{"Retry-After": retryAfter}
		}
	case Redirected:
		a = answer{status: http.StatusPermanentRedirect, header: map[string]string{"Location": elsewhere + v.request.URL.EscapedPath()}}
	default:
		return a, false
	}
	a.played = v.fault
	return a, true
}
