package provider

import (
	"context"
	"errors"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Doorbell is a provider that rings when something has happened. A ring is a
// hint and never a fact: what it says is only ever compared with what we hold,
// to decide whether asking is worth a call.
type Doorbell interface {
	// Hear verifies a delivery on its raw bytes and reads it. It makes no call to
	// any host that is not the provider's own. A verified body that cannot be read
	// is no error but a Ring without a Type: to ask for it again would bring the same
	// bytes.
	// Errors: ErrForged (it is not from the provider, or not for us),
	// ErrCannotVerify (it may be; the provider should deliver it again).
	Hear(ctx context.Context, d Delivery) (Ring, error)

	// Trace finds the payment a ring is about, by asking the provider where the
	// ring does not name it; "" where it is not one of ours. Errors are *Error.
	Trace(ctx context.Context, r Ring) (string, error)
}

// Delivery is a webhook as it arrived: headers found whatever their case, and
// the very bytes of the body.
type Delivery struct {
	Header func(name string) string
	Body   []byte
}

// Ring is what a delivery says. Says is in the words of a snapshot and is never
// merged: what the event leaves out is its zero value and claims nothing (a refund
// names neither its order nor that order's amount).
type Ring struct {
	ID      string // the event's
	Type    string // the provider's name for the event; empty where nothing could be read
	Known   bool   // a type that can mean something to a payment
	Payment string // our payment id as the event claims it, any form; may be empty
	Order   string // the provider's ids the event is about; each may be empty
	Capture string
	Refund  string
	Dispute string
	Says    payment.Snapshot
}

// The closed set of errors of Hear.
var (
	ErrForged       = errors.New("provider: the delivery is not the provider's")
	ErrCannotVerify = errors.New("provider: the delivery cannot be verified just now")
)
