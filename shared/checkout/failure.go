package checkout

import (
	"errors"
	"fmt"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Kind is why a use case refused. The set is closed; the handlers' one map turns
// it into a status and a problem type.
type Kind string

const (
	KindNotFound     Kind = "not-found"            // no such payment for this token
	KindKeyReused    Kind = "key-reused"           // the key belongs to another request
	KindCart         Kind = "cart-invalid"         // a quantity or a line that cannot be bought
	KindProduct      Kind = "product-unknown"      // a SKU that is not in the price list
	KindPrice        Kind = "price-missing"        // a product without a price in this currency
	KindMethod       Kind = "method-unknown"       // a way to pay that is not offered
	KindMethodUnfit  Kind = "method-unavailable"   // not for this country, currency or amount
	KindPayer        Kind = "payer-required"       // the method needs a name or an e-mail address
	KindShipping     Kind = "shipping-required"    // physical goods without an address in the priced country
	KindNoShipping   Kind = "shipping-unavailable" // goods are not sent to this country
	KindQuote        Kind = "quote-invalid"        // not a quote that this shop signed
	KindQuoteExpired Kind = "quote-expired"        // the shop has to sign another one
	KindCustomer     Kind = "customer-invalid"     // not a customer whom this shop vouches for just now
	KindCursor       Kind = "cursor-invalid"       // not of this list
	KindPriceList    Kind = "price-list-invalid"   // with every fault named
	KindAddress      Kind = "address-refused"      // the provider knows better than our form
	KindNoSwitch     Kind = "attempt-refused"      // the state forbids another attempt
	KindSetup        Kind = "provider-refused"     // the provider will not take this order from this shop
	KindProviderDown Kind = "provider-unavailable" // try again
	KindBusy         Kind = "busy"                 // too many writers at once; try again
	KindStoreDown    Kind = "unavailable"          // try again
	KindRefund       Kind = "refund-refused"       // more than is left, nothing paid, another currency
	KindDeclines     Kind = "too-many-declines"    // card testing, or very bad luck: wait
	KindDisputed     Kind = "dispute-open"         // confirm, or wait for the dispute's end
	KindDay          Kind = "day-invalid"          // not a day of the calendar
	KindRange        Kind = "range-invalid"        // days that cannot be asked for together
	KindReview       Kind = "nothing-to-review"    // the payment is not in review
	KindForged       Kind = "signature-invalid"    // a delivery that is not the provider's
	KindCannotVerify Kind = "cannot-verify"        // deliver again
	KindInternal     Kind = "internal"             // our fault; the text stays inside
)

// Error is a use case's refusal. Detail is for the caller and says what to do;
// what lies beneath is for the log.
type Error struct {
	Kind       Kind
	Detail     string
	Code       string        // the provider's code, where one explains it
	RetryAfter time.Duration // where trying again helps
	Err        error
}

// Error is what a log may hold: Detail may repeat what a caller sent.
func (e *Error) Error() string {
	s := "checkout: " + string(e.Kind)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf finds the kind of an error; whatever is not an *Error is internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// storeFailed translates a store's error at the seam.
func storeFailed(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &Error{Kind: KindNotFound, Err: err}
	case errors.Is(err, store.ErrConflict):
		return &Error{Kind: KindBusy, RetryAfter: time.Second, Err: err}
	case errors.Is(err, store.ErrUnavailable):
		return &Error{Kind: KindStoreDown, RetryAfter: 2 * time.Second, Err: err}
	}
	return &Error{Kind: KindInternal, Err: err}
}

// orderFailed translates a failed create or look: nothing was taken by either.
func orderFailed(err error) error {
	var failed *provider.Error
	if !errors.As(err, &failed) {
		return &Error{Kind: KindInternal, Err: err}
	}
	switch failed.Class {
	case provider.Retry, provider.Look:
		wait := max(failed.RetryAfter, 2*time.Second)
		return &Error{Kind: KindProviderDown, RetryAfter: wait, Err: err,
			Detail: "The payment provider does not answer just now. Nothing was charged; send the same request again."}
	}
	return &Error{Kind: KindSetup, Code: failed.Code, Err: err,
		Detail: "The payment provider refused the order. Nothing was charged."}
}

// createFailed translates a failed create. What the buyer can mend there is the
// address: nothing else of an order is the buyer's.
func createFailed(err error) error {
	if provider.ClassOf(err) == provider.PayerMustAct {
		return &Error{Kind: KindAddress, Code: codeOf(err), Err: err,
			Detail: "The payment provider refused the address. Correct it and send the request again; nothing was charged."}
	}
	return orderFailed(err)
}
