package provider

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Disputed is a dispute over one capture, and the payment id that the provider tells
// with it. Without one the capture is asked for (PaymentOfCapture).
type Disputed struct {
	payment.Dispute
	Payment string
}

// Disputes is a provider whose disputes can be asked for.
type Disputes interface {
	// LookDispute asks what is true of a dispute. Each element is the dispute as
	// it bears on one capture, named in its field Capture; there is none where the
	// provider does not know the dispute or it is about no capture.
	LookDispute(ctx context.Context, id string) ([]Disputed, error)

	// ChangedDisputes lists the ids of disputes that changed at or after since (or
	// as far back as the provider lists), one page at a time; next is empty after
	// the last. Errors are *Error.
	ChangedDisputes(ctx context.Context, since time.Time, page string) (ids []string, next string, err error)

	// PaymentOfCapture is our payment id that a capture carries; "" where it is
	// not one of ours, as one is that the provider does not let us read.
	PaymentOfCapture(ctx context.Context, capture string) (string, error)
}
