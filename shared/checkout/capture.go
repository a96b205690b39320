package checkout

import (
	"context"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Capture takes the money the buyer has approved, once: a payment that is paid
// or with a person is answered from the table. asking is set where the
// provider could not be asked just now; the payment's due stands in the table,
// so it will be.
//
// Errors: KindNotFound, KindDeclines (declined before, and opened where too many were;
// the sweep takes it all the same once its buyer has approved it anew) and those of
// storeFailed.
func (s *Service) Capture(ctx context.Context, id, token string) (p payment.Payment, asking error, err error) {
	r, err := s.authorized(ctx, id, token)
	if err != nil {
		return p, nil, err
	}
	status := payment.StatusOf(r.payment)
	switch status {
	case payment.StatusCaptured, payment.StatusPartiallyRefunded, payment.StatusRefunded,
		payment.StatusReview:
		return r.payment, nil, nil
	case payment.StatusDeclined:
		live, _ := r.payment.Live()
		if err := s.mayTry(ctx, live.From); err != nil {
			return r.payment, nil, err
		}
	}
	// A buyer who comes back to an expired order may have approved it after all: that
	// it was not found was the provider's word, and one look tells whether it stands.
	r, err = s.reconcile(ctx, r, aim{asked: true, told: status == payment.StatusExpired})
	switch KindOf(err) {
	case KindProviderDown, KindSetup:
		return r.payment, err, nil
	}
	return r.payment, nil, err
}
