package handler

import (
	"context"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// CapturePayment is POST /payments/{id}/capture, safe to repeat: 200 paid, 202
// not known or not over yet, 402 declined, 409 not approved, 410 expired.
func (h Handlers) CapturePayment() HTTP {
	return h.serve("capture-payment", func(ctx context.Context, in request) (answer, error) {
		if len(in.body) > 0 {
			if err := in.decode(&struct{}{}); err != nil {
				return answer{}, err
			}
		}
		p, asking, err := h.Checkout.Capture(ctx, in.path["id"], in.token())
		if err != nil {
			return answer{}, err
		}
		return captured(p, asking != nil, in.reads())
	})
}

// captured says how the capture went. unasked: the provider does not answer, so
// what the payment looks like proves nothing yet.
func captured(p payment.Payment, unasked bool, language wording.Language) (answer, error) {
	shown := show(p, language)
	waiting := answer{status: http.StatusAccepted, body: shown, location: "/payments/" + p.ID, retryAfter: 2 * time.Second, language: language}
	switch status := payment.StatusOf(p); status {
	case payment.StatusCaptured, payment.StatusPartiallyRefunded, payment.StatusRefunded:
		return answer{status: http.StatusOK, body: shown, language: language}, nil
	case payment.StatusExpired:
		return answer{}, &fault{status: http.StatusGone, slug: "expired", payment: &shown}
	case payment.StatusDeclined:
		return answer{}, &fault{status: http.StatusPaymentRequired, slug: "declined", payment: &shown}
	case payment.StatusAwaitingApproval:
		if unasked {
			return waiting, nil
		}
		return answer{}, &fault{status: http.StatusConflict, slug: "not-approved", payment: &shown}
	}
	return waiting, nil
}
