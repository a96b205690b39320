package provider

import "context"

// Examiner is a provider that can look at its own set-up before a buyer meets what is
// wrong with it: the credentials, what they permit, and the webhook.
//
// No function asks for it, so none carries it: a linker leaves out what only this
// interface would call.
type Examiner interface {
	// Examine asks the provider about all of it, by reads alone: nothing is moved, made or
	// changed. It has no error, because what fails is what it is asked for. Where the
	// credentials are not accepted there is nothing more to tell.
	Examine(ctx context.Context, w Wanted) []Finding

	// TestDelivery makes a delivery that is about no payment, as far as it can be made
	// without the provider.
	TestDelivery(ctx context.Context) TestDelivery
}

// Wanted is what a set-up ought to be, as far as the provider itself does not know it.
type Wanted struct {
	Webhook string   // address at which it should ring; empty: nobody knows it here
	Methods []string // ways to pay that are offered, in the words of Order.Method
}

// TestDelivery is a webhook of our own making.
type TestDelivery struct {
	Header map[string]string
	Body   []byte

	// Signed: with the provider's own means, so that it has to be taken. Otherwise it has
	// to be refused, which proves the half of it.
	Signed bool
}

// Finding is one thing about a set-up. Is and Do are for people and in the provider's own
// words, as its dashboard has them; nothing is decided by them, and no secret is in them.
type Finding struct {
	Code  Code
	About string // which permission, which way to pay
	Is    string // how it is
	Do    string // what to do about it; empty where there is nothing to do
}

// State is how good a finding is. The set is closed.
type State string

const (
	Good    State = "good"
	Warning State = "warning" // payments go on without it, or it is not urgent
	Wrong   State = "wrong"
	Untold  State = "untold" // the provider does not tell, or not with these credentials
)

// Code says what was found, to a machine. The set is closed.
type Code string

const (
	CredentialsAccepted Code = "credentials_accepted"
	CredentialsRefused  Code = "credentials_refused"
	NotReached          Code = "not_reached"

	AccountNamed      Code = "account_named"
	AccountUnnamed    Code = "account_unnamed"
	AccountRestricted Code = "account_restricted" // it may not be paid, or not be paid out

	PermissionGranted   Code = "permission_granted"
	PermissionMissing   Code = "permission_missing"
	PermissionUncertain Code = "permission_uncertain"

	WebhookRight     Code = "webhook_right"
	WebhookUnplaced  Code = "webhook_unplaced" // there is one, and nobody knows where it should ring
	WebhookAbsent    Code = "webhook_absent"   // none is registered, or none is configured
	WebhookUnknown   Code = "webhook_unknown"  // the one that is configured does not exist
	WebhookUnheard   Code = "webhook_unheard"  // it rings, and nothing is configured to verify it with
	WebhookElsewhere Code = "webhook_elsewhere"
	WebhookTwice     Code = "webhook_twice"
	WebhookDeaf      Code = "webhook_deaf" // it is not told of everything it has to be
	WebhookOff       Code = "webhook_off"
	WebhookUnseen    Code = "webhook_unseen" // it cannot be asked for

	SignatureJudged   Code = "signature_judged"   // the provider judges deliveries for us
	SignatureUnjudged Code = "signature_unjudged" // and here it did not

	MethodOn         Code = "method_on"
	MethodOff        Code = "method_off"
	MethodUntold     Code = "method_untold"
	CurrenciesNamed  Code = "currencies_named"
	CurrenciesUntold Code = "currencies_untold"

	ClockRight  Code = "clock_right"
	ClockDrifts Code = "clock_drifts" // by more than half a minute
	ClockWrong  Code = "clock_wrong"  // by so much that what is signed is refused
	ClockUntold Code = "clock_untold"
)

// State is how good it is that this was found. A webhook is a doorbell: without one
// payments are found all the same, only later. So it is a warning where none rings, and
// wrong where one rings that is not heard.
func (c Code) State() State {
	switch c {
	case CredentialsAccepted, AccountNamed, PermissionGranted, WebhookRight, SignatureJudged, MethodOn, CurrenciesNamed, ClockRight:
		return Good
	case WebhookAbsent, ClockDrifts:
		return Warning
	case AccountUnnamed, PermissionUncertain, WebhookUnplaced, WebhookUnseen, SignatureUnjudged, MethodUntold, CurrenciesUntold, ClockUntold:
		return Untold
	}
	return Wrong // CredentialsRefused and all that nobody has judged to be better
}
