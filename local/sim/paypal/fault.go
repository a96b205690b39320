package paypal

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kind is one way in which a call goes wrong. The list is closed; each kind is
// here because a client that gets it wrong loses or doubles money.
//
// "Before" means that the call had no effect, "after" that it had: the money
// is taken, the order is made, only the answer is bad. Kinds that spoil the
// body of an answer spoil a 2xx only and let a refusal through as it is.
type Kind string

const (
	// Decline makes a capture end in INSTRUMENT_DECLINED whatever the buyer
	// chose: a refusal is definite, leaves the order open for a new approval and
	// wants a new request id.
	Decline Kind = "decline"
	// InsufficientFunds refuses a refund with REFUND_FAILED_INSUFFICIENT_FUNDS:
	// definite, and over as soon as the merchant has money again.
	InsufficientFunds Kind = "insufficient-funds"
	// Pending makes a capture end PENDING: 201 and order COMPLETED are not paid.
	// A refund it makes PENDING, ECHECK: it may still fail.
	Pending Kind = "pending"

	// TimeoutBefore never answers and does nothing: repeating is right.
	TimeoutBefore Kind = "timeout-before"
	// TimeoutAfter acts and never answers: only a look tells it from
	// TimeoutBefore.
	TimeoutAfter Kind = "timeout-after"
	// Slow acts late, after a client with a short deadline has left: a look in
	// between sees nothing, and the money still moves.
	Slow Kind = "slow"
	// BadGatewayBefore is a proxy's HTML page with 502, nothing done: an error
	// body need not be JSON.
	BadGatewayBefore Kind = "502-before"
	// BadGatewayAfter is the same page after the effect.
	BadGatewayAfter Kind = "502-after"
	// ErrorBefore is 500 in PayPal's shape, nothing done.
	ErrorBefore Kind = "500-before"
	// ErrorAfter is 500 in PayPal's shape after the effect: the two look alike.
	ErrorAfter Kind = "500-after"
	// Unavailable is 503, nothing done: planned maintenance.
	Unavailable Kind = "503"

	// EmptyBody is a 2xx without a body after the effect.
	EmptyBody Kind = "empty-body"
	// CutBody breaks the connection in the middle of a 2xx body, after the
	// effect.
	CutBody Kind = "cut-body"
	// HugeBody sends 8 MiB of white space before a good 2xx body: a client
	// without a cap on what it reads runs out of memory.
	HugeBody Kind = "huge-body"
	// WrongShape is a 2xx with {"unrelated":1} after the effect: a 2xx is no
	// evidence.
	WrongShape Kind = "wrong-shape"
	// Minimal ignores Prefer: return=representation: id, status and links only.
	Minimal Kind = "minimal"
	// UnknownStatus answers the status SOMETHING_NEW for order and captures:
	// PayPal may add to its lists.
	UnknownStatus Kind = "unknown-status"
	// TwiceStatus gives the member status twice, VOIDED first: parsers disagree
	// on which one counts.
	TwiceStatus Kind = "twice-status"
	// OtherAmount answers amounts one smallest unit too high; the books are
	// right.
	OtherAmount Kind = "other-amount"
	// OtherCurrency answers every amount in another currency.
	OtherCurrency Kind = "other-currency"
	// OtherID answers with the id of an order or a capture that nobody asked
	// about: a mixed-up cache.
	OtherID Kind = "other-id"

	// TokenDropped revokes every token as the call arrives: 401 long before
	// expires_in.
	TokenDropped Kind = "401"
	// Forbidden is 403 PERMISSION_DENIED: an account being changed.
	Forbidden Kind = "403"
	// Missing is 404 for something that is there: a replica that lags, or
	// credentials of another account. Absence needs better proof than one 404.
	Missing Kind = "404"
	// InProgress is 409 PREVIOUS_REQUEST_IN_PROGRESS, nothing done: come again
	// with the same id.
	InProgress Kind = "409"
	// RateLimited is 429 with Retry-After.
	RateLimited Kind = "429"
	// RateLimitedBare is 429 without it: PayPal promises it only "if available".
	RateLimitedBare Kind = "429-bare"
	// Redirected is 308 to another host: a client that follows hands its token
	// and body to a stranger.
	Redirected Kind = "308"
)

// Amounts of the faults that have one.
const (
	// slowBy is longer than a look should wait and shorter than a capture may.
	slowBy = 4 * time.Second
	// hugePadding is far above any answer PayPal gives.
	hugePadding = 8 << 20
	// retryAfter is what RateLimited asks for, in seconds.
	retryAfter = "2"
	// elsewhere is a host that can never be (RFC 2606).
	elsewhere = "https://paypal.invalid"
)

// kinds is every kind with the calls it can befall; nil is all of them.
var kinds = []struct {
	kind  Kind
	calls []CallName
}{
	{Decline, []CallName{CallCapture}},
	{InsufficientFunds, []CallName{CallRefund}},
	{Pending, []CallName{CallCapture, CallRefund}},
	{TimeoutBefore, nil},
	{TimeoutAfter, nil},
	{Slow, nil},
	{BadGatewayBefore, nil},
	{BadGatewayAfter, nil},
	{ErrorBefore, nil},
	{ErrorAfter, nil},
	{Unavailable, nil},
	{EmptyBody, nil},
	{CutBody, nil},
	{HugeBody, nil},
	{WrongShape, nil},
	{Minimal, []CallName{CallCreate, CallCapture, CallRefund}},
	{UnknownStatus, []CallName{CallCreate, CallLook, CallCapture, CallRefund, CallDispute}},
	{TwiceStatus, []CallName{CallCreate, CallLook, CallCapture, CallRefund}},
	{OtherAmount, []CallName{CallCreate, CallLook, CallCapture, CallRefund}},
	{OtherCurrency, []CallName{CallCreate, CallLook, CallCapture, CallRefund}},
	{OtherID, []CallName{CallCreate, CallLook, CallCapture, CallRefund}},
	{TokenDropped, []CallName{CallCreate, CallLook, CallCapture, CallRefund, CallDispute, CallReport, CallBalance, CallControl, CallVerify}},
	{Forbidden, []CallName{CallCreate, CallLook, CallCapture, CallRefund, CallDispute, CallReport, CallBalance, CallControl, CallVerify}},
	{Missing, []CallName{CallLook, CallDispute, CallCert}},
	{InProgress, []CallName{CallCreate, CallCapture, CallRefund}},
	{RateLimited, nil},
	{RateLimitedBare, nil},
	{Redirected, nil},
}

// callNames are the calls a fault can be aimed at.
var callNames = []CallName{
	CallAny, CallToken, CallCreate, CallLook, CallCapture, CallRefund, CallDispute, CallReport, CallBalance,
	CallControl, CallVerify, CallCert,
}

// Kinds lists every kind, for printing and for loops over all of them.
func Kinds() []Kind {
	list := make([]Kind, 0, len(kinds))
	for _, k := range kinds {
		list = append(list, k.kind)
	}
	return list
}

// Fits tells whether the kind can befall a call of this name.
func (k Kind) Fits(name CallName) bool {
	for _, entry := range kinds {
		if entry.kind == k {
			return slices.Contains(callNames, name) &&
				(name == CallAny || entry.calls == nil || slices.Contains(entry.calls, name))
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

// String is how the desk shows a queued fault.
func (f Fault) String() string {
	return fmt.Sprintf("%s on %s, %d more", f.Kind, f.Call, f.Times)
}

// ErrFault is returned for a fault that could never happen: an unknown kind,
// or one that cannot befall the named call.
var ErrFault = errors.New("paypal: no such fault")

// Inject queues a fault. Faults befall calls in the order they were queued,
// each as soon as a call comes that it fits.
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

// Chaos lets each call fail with a chance of percent, in one of the kinds (all
// of them when none is named). Every choice comes from the seed in the order
// in which calls arrive, so a client that calls one after the other meets the
// same faults again under the same seed. Chaos(0) ends it. Queued faults come
// first.
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

// draw picks the fault of a call that arrives. While a chance is set it takes
// two numbers for every call whatever comes of it, so that an injected fault
// does not shift the later ones. The caller holds mu.
func (s *Simulator) draw(name CallName) Kind {
	var lucky Kind
	if s.chance.percent > 0 {
		hit, pick := s.dice.IntN(100) < s.chance.percent, s.dice.Uint64()
		var fitting []Kind
		for _, k := range s.chance.kinds {
			if k.Fits(name) {
				fitting = append(fitting, k)
			}
		}
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
