package handler

import (
	"context"
	"encoding/json"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// Settlement is what the scheduler starts every hour. What it is sent says nothing
// and is not read. An error is a run that failed: it is tried again, and what it
// left the next run reads.
func (h Handlers) Settlement() func(context.Context, json.RawMessage) (checkout.Settlement, error) {
	return scheduled(h, "settlement", func(ctx context.Context) (checkout.Settlement, error) {
		done, err := h.Checkout.SettleBooks(ctx)
		if err != nil {
			return done, err
		}
		h.Log.Info("settled", "disputes", done.Disputes)
		h.measure(figure{MetricDisputesRead, "Count", done.Disputes})
		return done, nil
	})
}
