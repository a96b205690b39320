package provider

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Disputes is a provider whose disputes can be asked for.
type Disputes interface {
	// LookDispute asks what is true of a dispute. Each element is the dispute as
	// it bears on one capture, named in its field Capture; there is none where the
	// provider does not know the dispute or it is about no capture.
	LookDispute(ctx context.Context, id string) ([]payment.Dispute, error)

	// ChangedDisputes lists the ids of disputes that changed at or after since (or
	// as far back as the provider lists), one page at a time; next is empty after
	// the last. Errors are *Error.
	ChangedDisputes(ctx context.Context, since time.Time, page string) (ids []string, next string, err error)

	// PaymentOfCapture is our payment id that a capture carries; "" where it is
	// not one of ours.
	PaymentOfCapture(ctx context.Context, capture string) (string, error)
}
