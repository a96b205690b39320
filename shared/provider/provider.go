// Package provider is the seam between the checkout and whoever moves the
// money: one small interface, neutral types and a closed set of error classes.
// All that is known of one provider lives in its own package beside this file
// (paypal/, stripe/), and passes the contract in providertest/; nothing above this
// seam may know a provider's words.
package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Provider is what every payment provider can do for a purchase that the buyer
// approves on the provider's own page.
//
// Every error is an *Error with a Class; errors.As finds it. An implementation
// is safe for concurrent use, honours ctx's deadline, never retries a call that
// moves money by itself, and sends no call whose order id it would not itself
// have issued.
type Provider interface {
	// Name is the provider's name in methods, attempts and webhook routes
	// ("paypal").
	Name() string

	// CreateOrder opens an order for the buyer to approve. It moves no money.
	// The request id is derived from the payment, the attempt and the exact
	// body sent, so the same order asked for again is the same order at the
	// provider for as long as its window lasts (see Window).
	CreateOrder(ctx context.Context, o Order) (payment.Snapshot, error)

	// Look asks what is true of an order now. An order the provider does not
	// know is no error: the snapshot says Missing, but only after a control
	// call has proved that the credentials are good (wrong ones give the same
	// answer); where it has not, Look fails with MerchantSetup or Look.
	Look(ctx context.Context, order string) (payment.Snapshot, error)

	// Capture takes the money of an approved order, once per RequestID.
	Capture(ctx context.Context, c Capture) (payment.Snapshot, error)

	// Refund gives back a part of a capture, once per ID. The answer is the
	// refund as the provider has it, which may still be pending.
	Refund(ctx context.Context, r Refund) (payment.Refund, error)

	// Window is how long the provider remembers a RequestID of an order call.
	// Inside it a repeated call answers with the present state of the first;
	// outside it only a look can tell.
	Window() time.Duration
}

// Order is what a provider needs to open an order. Amounts are ISO 4217 minor
// units; the adapter converts them to the provider's decimals or refuses.
type Order struct {
	Payment   string // our payment id, carried on the order and in reports
	Attempt   int
	Method    string // one of the provider's methods ("paypal")
	Country   string // of the buyer, ISO 3166-1 alpha-2
	Quote     payment.Quote
	Reference string    // the shop's order number, shown to the buyer; may be empty
	Language  string    // of the buyer, ISO 639-1 ("de"); may be empty
	Shipping  *Shipping // nil unless the purchase holds physical goods
	Payer     Payer     // what the method needs of the buyer, and no more

	// SelfCompleting: the provider is to take the money as soon as the buyer approves.
	SelfCompleting bool
}

// Payer is who pays, where a method has to know. It is passed on to the provider and is
// neither stored nor logged by us.
type Payer struct {
	Name  string // of the account's holder
	Email string
}

// Shipping is the buyer's address. It is passed on to the provider and is
// neither stored nor logged by us.
type Shipping struct {
	Name     string
	Lines    []string // one or two
	City     string
	Region   string // state or province where the country has them
	Postcode string
	Country  string // ISO 3166-1 alpha-2
}

// Capture asks for the money of one approved order.
type Capture struct {
	Order     string
	RequestID string
}

// Refund asks to give back a part of one capture.
type Refund struct {
	Capture string // the provider's id
	ID      string // ours; carried on the refund, and the call's request id
	Amount  money.Amount
	Remark  string // for the buyer, may be empty
}

// Class says what a failed call means for the payment. The set is closed: a
// code nobody has classified is Review, never a guess.
type Class string

const (
	// Retry: nothing happened, and the same call may succeed later.
	Retry Class = "retry"
	// Look: the call may have happened, or had happened before; only a look
	// tells. Never a failure.
	Look Class = "look"
	// PayerMustAct: nothing was taken; the buyer has to return to the
	// provider's page (approve, choose other funding, confirm), or to give
	// another address.
	PayerMustAct Class = "payer must act"
	// Declined: nothing was taken and this order will not be; another attempt
	// may succeed.
	Declined Class = "declined"
	// MerchantSetup: nothing was taken; the merchant's account or credentials
	// need attention before any buyer can pay.
	MerchantSetup Class = "merchant set-up"
	// OurBug: nothing was taken; the request itself was wrong.
	OurBug Class = "our bug"
	// RefundRefused: a refund was definitely refused; nothing was given back.
	RefundRefused Class = "refund refused"
	// NotYet: a report has nothing for that time yet. Nothing is wrong.
	NotYet Class = "not yet"
	// TooMany: a report has more rows than the provider lists at once.
	TooMany Class = "too many"
	// Review: a person has to look.
	Review Class = "review"
)

// Definite reports whether the class proves that this call moved nothing.
func (c Class) Definite() bool {
	switch c {
	case Retry, PayerMustAct, Declined, MerchantSetup, OurBug, RefundRefused, NotYet, TooMany:
		return true
	}
	return false
}

// Error is a provider's failure in neutral words.
type Error struct {
	Class      Class
	Code       string        // the provider's own code, for people and reports
	Status     int           // HTTP status, 0 when no answer came
	RetryAfter time.Duration // 0 when the provider named none
	Trace      string        // the provider's id for this answer, for its support
	Err        error         // what lies beneath; never shown outside
}

func (e *Error) Error() string {
	s := fmt.Sprintf("provider: %s (%s, HTTP %d)", e.Class, e.Code, e.Status)
	if e.Trace != "" {
		s += " trace " + e.Trace
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf finds the class of an error; anything that is not an *Error is Look,
// because an unknown failure is never taken for a definite one.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Look
}

// ErrAmount is returned, wrapped in an OurBug error, when an amount cannot be
// expressed exactly in the provider's decimals.
var ErrAmount = money.ErrInexact
