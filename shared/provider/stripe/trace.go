package stripe

import (
	"context"
	"errors"
	"net/http"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// Trace finds a ring's payment: its PaymentIntent carries it, and a session, a refund
// or a dispute leads to that. What Stripe does not know is not ours.
func (s *Stripe) Trace(ctx context.Context, r provider.Ring) (string, error) {
	for _, id := range []string{r.Capture, r.Refund, r.Dispute} {
		if id == "" {
			continue
		}
		if found, err := s.PaymentOf(ctx, id); found != "" || err != nil {
			return found, err
		}
	}
	if !sessionID.MatchString(r.Order) {
		return "", nil
	}
	var body sessionBody
	_, err := s.ask(ctx, "/v1/checkout/sessions/", "checkout.session", r.Order, &body)
	return requestID.formed(body.Reference), err
}

// PaymentOfCapture is what a PaymentIntent carries (GET /v1/payment_intents/{id}).
// Only a text that could be a payment id of ours is told.
func (s *Stripe) PaymentOfCapture(ctx context.Context, capture string) (string, error) {
	if !intentID.MatchString(capture) {
		return "", nil // disputes are also about what never was a capture of ours
	}
	var body intentBody
	_, err := s.ask(ctx, "/v1/payment_intents/", "payment_intent", capture, &body)
	return requestID.formed(body.Metadata[carriesPayment]), err
}

// PaymentOf is the payment of a PaymentIntent, or of the one a refund or a dispute
// belongs to.
func (s *Stripe) PaymentOf(ctx context.Context, movement string) (string, error) {
	path, kind := "", ""
	switch {
	case refundID.MatchString(movement):
		path, kind = "/v1/refunds/", "refund"
	case disputeID.MatchString(movement):
		path, kind = "/v1/disputes/", "dispute"
	default:
		return s.PaymentOfCapture(ctx, movement)
	}
	var body struct {
		Intent expandable[intentBody] `json:"payment_intent"`
	}
	if found, err := s.ask(ctx, path, kind, movement, &body); err != nil || !found {
		return "", err
	}
	return s.PaymentOfCapture(ctx, body.Intent.ID)
}

// ask reads a thing of some kind, by its id where it has one. found is false where
// Stripe itself says that it knows no such thing.
func (s *Stripe) ask(ctx context.Context, path, kind, id string, into any) (found bool, err error) {
	got, err := s.caller.call(ctx, http.MethodGet, path+id, "", &api.Params{})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var named struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if err := errors.Join(got.Read(&named), got.Read(into)); err != nil {
		return false, got.Unreadable("NOT_JSON", err)
	}
	if named.Object != kind || named.ID != id {
		return false, got.Unreadable("NOT_WHAT_WAS_ASKED", errShape)
	}
	return true, nil
}
