package checkout

import (
	"context"
	"errors"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Settle notes that the merchant has settled what a payment was in review for.
// New evidence opens the review again. The same note again is the same note. Errors:
// KindNotFound, KindReview (there is nothing to settle), those of storeFailed.
func (s *Service) Settle(ctx context.Context, id, code string) (payment.Payment, error) {
	for range rounds {
		r, err := s.found(ctx, id)
		if err != nil {
			return payment.Payment{}, err
		}
		if r.payment.SettledAs(code) {
			return r.payment, nil
		}
		if len(r.payment.Doubts()) == 0 {
			return r.payment, refuse(KindReview, "The payment is %s; there is nothing to settle.", payment.StatusOf(r.payment))
		}
		saved, err := s.save(ctx, r, r.payment.Settle(code, s.now()), false)
		if !errors.Is(err, store.ErrConflict) {
			return saved.payment, err
		}
	}
	return payment.Payment{}, storeFailed(store.ErrConflict)
}

// Find is a payment as the merchant sees it. Errors: KindNotFound and those of
// storeFailed.
func (s *Service) Find(ctx context.Context, id string) (payment.Payment, error) {
	r, err := s.found(ctx, id)
	return r.payment, err
}

// found loads a payment by an id from outside.
func (s *Service) found(ctx context.Context, id string) (record, error) {
	if !IsPaymentID(id) {
		return record{}, &Error{Kind: KindNotFound}
	}
	return s.load(ctx, id)
}
