package handler

import (
	"context"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// webhookCap is the largest delivery, in bytes. PayPal's are some 5 KB.
const webhookCap = 256 << 10

// Webhook is POST /webhooks/{provider}: 200 when what it means stands in the
// table or means nothing to us, 401 when it is not the provider's, 503 when the
// provider should deliver it again. What it says is never logged, nor its headers.
func (h Handlers) Webhook() HTTP {
	return h.serve("webhook", func(ctx context.Context, in request) (answer, error) {
		if len(in.body) > webhookCap {
			return answer{}, badRequest(http.StatusRequestEntityTooLarge, "too-large", "The delivery is larger than 256 KB.")
		}
		heard, err := h.Checkout.Webhook(ctx, in.path["provider"], provider.Delivery{
			Header: func(name string) string { return in.header[strings.ToLower(name)] },
			Body:   in.body,
		})
		if checkout.KindOf(err) == checkout.KindForged {
			h.measure(figure{MetricWebhookForged, "Count", 1})
		}
		if err != nil {
			return answer{}, err
		}
		h.Log.Info("webhook", "request", in.id, "outcome", heard)
		return answer{status: http.StatusOK, body: heardBody{Outcome: string(heard)}}, nil
	})
}

// heardBody tells a person who reads the provider's delivery log what came of it.
type heardBody struct {
	Outcome string `json:"outcome"`
}
