package paypal

import (
	"errors"

	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
)

// Kind is one way in which a call goes wrong. The list is closed; what is not said here
// of a kind is said in package fault.
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

	TimeoutBefore    Kind = fault.TimeoutBefore
	TimeoutAfter     Kind = fault.TimeoutAfter
	Slow             Kind = fault.Slow
	BadGatewayBefore Kind = fault.BadGatewayBefore
	BadGatewayAfter  Kind = fault.BadGatewayAfter
	ErrorBefore      Kind = fault.ErrorBefore
	ErrorAfter       Kind = fault.ErrorAfter
	Unavailable      Kind = fault.Unavailable

	EmptyBody  Kind = fault.EmptyBody
	CutBody    Kind = fault.CutBody
	HugeBody   Kind = fault.HugeBody
	WrongShape Kind = fault.WrongShape
	// Minimal ignores Prefer: return=representation: id, status and links only.
	Minimal Kind = "minimal"
	// UnknownStatus answers SOMETHING_NEW for order and captures, TwiceStatus VOIDED
	// before the true status.
	UnknownStatus Kind = fault.UnknownStatus
	TwiceStatus   Kind = fault.TwiceStatus
	OtherAmount   Kind = fault.OtherAmount
	OtherCurrency Kind = fault.OtherCurrency
	OtherID       Kind = fault.OtherID

	// TokenDropped revokes every token as the call arrives: 401 long before
	// expires_in.
	TokenDropped    Kind = "401"
	Forbidden       Kind = fault.Forbidden
	Missing         Kind = fault.Missing
	InProgress      Kind = fault.InProgress // PREVIOUS_REQUEST_IN_PROGRESS
	RateLimited     Kind = fault.RateLimited
	RateLimitedBare Kind = fault.RateLimitedBare // PayPal promises Retry-After only "if available"
	Redirected      Kind = fault.Redirected
)

// elsewhere is a host that can never be (RFC 2606).
const elsewhere = "https://paypal.invalid"

// Calls that a kind can befall, where it is not all of them: those that make or show one
// thing, those that do something, and those that want a token.
var (
	shows = []CallName{CallCreate, CallLook, CallCapture, CallRefund}
	posts = []CallName{CallCreate, CallCapture, CallRefund}
	owned = []CallName{CallCreate, CallLook, CallCapture, CallRefund, CallDispute, CallReport, CallBalance, CallControl, CallVerify}
)

// faults are all the ways in which a call can go wrong.
var faults = fault.Table[Kind, CallName]{
	Calls: []CallName{
		CallAny, CallToken, CallCreate, CallLook, CallCapture, CallRefund, CallDispute, CallReport, CallBalance,
		CallControl, CallVerify, CallCert,
	},
	Kinds: []fault.Reach[Kind, CallName]{
		{Kind: Decline, Calls: []CallName{CallCapture}},
		{Kind: InsufficientFunds, Calls: []CallName{CallRefund}},
		{Kind: Pending, Calls: []CallName{CallCapture, CallRefund}},
		{Kind: TimeoutBefore}, {Kind: TimeoutAfter}, {Kind: Slow}, {Kind: BadGatewayBefore}, {Kind: BadGatewayAfter},
		{Kind: ErrorBefore}, {Kind: ErrorAfter}, {Kind: Unavailable},
		{Kind: EmptyBody}, {Kind: CutBody}, {Kind: HugeBody}, {Kind: WrongShape},
		{Kind: Minimal, Calls: posts},
		{Kind: UnknownStatus, Calls: []CallName{CallCreate, CallLook, CallCapture, CallRefund, CallDispute}},
		{Kind: TwiceStatus, Calls: shows}, {Kind: OtherAmount, Calls: shows},
		{Kind: OtherCurrency, Calls: shows}, {Kind: OtherID, Calls: shows},
		{Kind: TokenDropped, Calls: owned}, {Kind: Forbidden, Calls: owned},
		{Kind: Missing, Calls: []CallName{CallLook, CallDispute, CallCert}},
		{Kind: InProgress, Calls: posts},
		{Kind: RateLimited}, {Kind: RateLimitedBare}, {Kind: Redirected},
	},
	Refused: ErrFault,
}

// Kinds lists every kind, for printing and for loops over all of them.
func Kinds() []Kind { return faults.Names() }

// Fits tells whether the kind can befall a call of this name.
func (k Kind) Fits(name CallName) bool { return faults.Fits(k, name) }

// Fault is a kind aimed at the next calls of one name.
type Fault = fault.Fault[Kind, CallName]

// ErrFault is returned for a fault that could never happen: an unknown kind,
// or one that cannot befall the named call.
var ErrFault = errors.New("paypal: no such fault")

// Inject queues a fault. Faults befall calls in the order they were queued,
// each as soon as a call comes that it fits.
func (s *Simulator) Inject(f Fault) error { return s.faults.Inject(f) }

// Faults lists what is queued and has not happened yet.
func (s *Simulator) Faults() []Fault { return s.faults.Queued() }

// Chaos lets each call fail with a chance of percent, in one of the kinds (all
// of them when none is named). Every choice comes from the seed in the order
// in which calls arrive, so a client that calls one after the other meets the
// same faults again under the same seed. Chaos(0) ends it. Queued faults come
// first.
func (s *Simulator) Chaos(percent int, kinds ...Kind) error { return s.faults.Chaos(percent, kinds...) }
