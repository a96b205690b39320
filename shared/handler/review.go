package handler

import (
	"context"
	"net/http"
	"slices"
)

// reviewBody is POST /merchant/payments/{id}/review.
type reviewBody struct {
	Code string `json:"code"`
}

// reviewCodes is the closed list of how a merchant settles a review.
var reviewCodes = []string{"refunded_by_hand", "shipped", "not_shipped", "provider_confirmed", "accepted_loss", "other"}

// Review is POST /merchant/payments/{id}/review: the merchant says that what the
// payment was in review for is settled, and how.
func (h Handlers) Review() HTTP {
	return h.serve("review", func(ctx context.Context, in request) (answer, error) {
		var body reviewBody
		if err := in.decode(&body); err != nil {
			return answer{}, err
		}
		if !slices.Contains(reviewCodes, body.Code) {
			return answer{}, badRequest(http.StatusBadRequest, "body-invalid", "The field /code is one of refunded_by_hand, shipped, not_shipped, provider_confirmed, accepted_loss, other.")
		}
		p, err := h.Checkout.Settle(ctx, in.path["id"], body.Code)
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusOK, body: showMerchant(p)}, nil
	})
}
