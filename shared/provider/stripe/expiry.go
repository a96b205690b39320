package stripe

import (
	"context"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Expire makes a session that is not paid impossible to pay: an open one expires (POST
// /v1/checkout/sessions/{id}/expire), and of a complete one whose money is awaited or
// has failed the PaymentIntent is cancelled (POST /v1/payment_intents/{id}/cancel), so
// that a bank transfer which comes later finds nothing to pay. What has begun to move
// cannot be stopped, and a transfer of which a part has arrived is not: the part would be
// left with nothing to pay.
//
// What Stripe answers to either says little, and has no code where it refuses; the
// look afterwards tells. Only where nobody was asked is the failure told.
func (s *Stripe) Expire(ctx context.Context, id string) (payment.Snapshot, error) {
	if err := check(sessionID, id); err != nil {
		return payment.Snapshot{}, err
	}
	before, err := s.Look(ctx, id)
	if err != nil || before.Missing {
		return before, err
	}
	switch intent := unpaid(before); {
	case before.State == payment.OrderWaiting && len(before.Captures) == 0:
		_, err = s.insist(ctx, "/v1/checkout/sessions/"+id+"/expire", endKey(id), &api.CheckoutSessionExpireParams{})
	case intent != "":
		_, err = s.insist(ctx, "/v1/payment_intents/"+intent+"/cancel", endKey(intent), &api.PaymentIntentCancelParams{
			CancellationReason: api.String("abandoned"),
		})
	default:
		return before, nil
	}
	after, fault := s.Look(ctx, id)
	if fault == nil && after.State == payment.OrderWaiting && err != nil {
		return after, err // it is still open, and this is why
	}
	return after, fault
}

// endKey is the key under which something is ended. A 500 that Stripe keeps under it for
// a day must not leave the buyer free to pay for as long, so it is insisted on.
func endKey(id string) string { return "end-" + strings.ReplaceAll(id, "_", "-") }

// unpaid is the PaymentIntent of a session that is not paid and might still be: "" for
// none.
func unpaid(s payment.Snapshot) string {
	if len(s.Captures) == 0 {
		return ""
	}
	c := s.Captures[0]
	if c.State.Done() || c.Reason == "canceled" || c.Reason == underfunded {
		return ""
	}
	return c.ID
}
