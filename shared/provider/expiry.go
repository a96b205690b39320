package provider

import (
	"context"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Expirer is a provider whose orders take the buyer's money by themselves, as
// soon as the buyer pays and without a capture of ours. So another order for the same
// purchase may be opened only once the one before is dead: nobody can tell otherwise
// which of two the buyer will pay, and it may be both.
//
// It is an interface of its own because an order that waits for a capture needs none
// of this: it is simply never captured.
type Expirer interface {
	// Expire makes an order that is not paid impossible to pay, and answers what is
	// true afterwards, as Look does. Only that answer counts: the buyer may have been
	// faster. The order is dead where it is voided, or where each of its captures has
	// failed; in every other case it may still be paid. It moves no money and may be
	// repeated. Errors are *Error.
	Expire(ctx context.Context, order string) (payment.Snapshot, error)
}
