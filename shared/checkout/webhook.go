package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Heard is what became of a delivery. The set is closed.
type Heard string

const (
	HeardReconciled Heard = "reconciled"   // the provider was asked, and the payment saved
	HeardNothingNew Heard = "nothing_new"  // the payment holds it already
	HeardUnmatched  Heard = "unmatched"    // of our form, and no such payment: one row
	HeardForeign    Heard = "foreign"      // another sale on the same account: counted only
	HeardUnknown    Heard = "unknown_type" // an event we have no use for
)

// Webhook hears a delivery. It is a doorbell: what it says is compared with what
// we hold, and where it would be news the provider is asked. It never sends a
// refund. Every error asks the provider to deliver again; what is answered
// without one is in the table, or stands there with a due.
//
// Errors: KindNotFound (no such provider), KindForged, KindCannotVerify, those of
// storeFailed.
func (s *Service) Webhook(ctx context.Context, name string, d provider.Delivery) (Heard, error) {
	bell, ok := s.providers[name].(provider.Doorbell)
	if !ok {
		return "", &Error{Kind: KindNotFound}
	}
	ring, err := s.hear(ctx, bell, d)
	if err != nil {
		return "", err
	}
	if !ring.Known {
		return HeardUnknown, nil
	}
	id := ring.Payment
	if id == "" {
		if id, err = bell.Trace(ctx, ring); err != nil {
			return "", &Error{Kind: KindCannotVerify, RetryAfter: again, Err: err}
		}
	}
	if !IsPaymentID(id) {
		return HeardForeign, nil
	}
	return s.answer(ctx, name, id, ring)
}

func (s *Service) hear(ctx context.Context, bell provider.Doorbell, d provider.Delivery) (provider.Ring, error) {
	call, cancel := s.spend(ctx, lookTime)
	defer cancel()
	ring, err := bell.Hear(call, d)
	switch {
	case errors.Is(err, provider.ErrForged):
		return ring, &Error{Kind: KindForged, Err: err}
	case err != nil:
		return ring, &Error{Kind: KindCannotVerify, RetryAfter: 30 * time.Second, Err: err}
	}
	return ring, nil
}

// answer goes to the payment the ring names.
func (s *Service) answer(ctx context.Context, name, id string, ring provider.Ring) (Heard, error) {
	r, err := s.load(ctx, id)
	if KindOf(err) == KindNotFound {
		return HeardUnmatched, s.keepUnmatched(ctx, name, id, ring)
	}
	if err != nil {
		return "", err
	}
	news, known := payment.News(r.payment, ring.Says)
	switch {
	case ring.Dispute != "":
		return s.hearDispute(ctx, name, ring, news || !known)
	case !known:
		return HeardUnmatched, s.keepUnmatched(ctx, name, id, ring)
	case !news:
		return HeardNothingNew, nil
	}
	// A provider that cannot be asked now leaves the payment due soon: that is in
	// the table, so the delivery is answered for. A payment of which nothing is owed
	// has no due, and the delivery has to come again.
	r, err = s.reconcile(ctx, r, aim{told: true})
	if err != nil && (!isAsking(err) || payment.Final(r.payment)) {
		return "", err
	}
	return HeardReconciled, nil
}

// isAsking: the provider could not be asked. The payment's due stands.
func isAsking(err error) bool {
	kind := KindOf(err)
	return kind == KindProviderDown || kind == KindSetup
}
