package handler

import (
	"context"
	"encoding/json"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// Settlement is what the scheduler starts every hour. What it is sent says nothing
// and is not read. An error is a run that failed: it is tried again, and what it
// left the next run reads.
func (h Handlers) Settlement() func(context.Context, json.RawMessage) (checkout.Settlement, error) {
	return scheduled(h, "settlement", func(ctx context.Context) (checkout.Settlement, error) {
		done, err := h.Checkout.SettleBooks(ctx)
		h.tellSettled(done, err == nil && done.Refused == 0)
		return done, err
	})
}

// tellSettled tells of a run in one line, figures and all. What one that failed has
// found is told too: a row is kept once, and a later run would not count it. Only one
// that read all there is to read gives the sign of life.
func (h Handlers) tellSettled(done checkout.Settlement, whole bool) {
	figures := []figure{
		{MetricUnexplainedRemainder, "Count", done.Unexplained},
		{MetricUnmatchedRows, "Count", done.Unmatched},
	}
	if !done.Until.IsZero() {
		behind := h.Checkout.Clock.Now().Sub(done.Until) / time.Second
		figures = append(figures, figure{MetricSettlementBehind, "Seconds", max(0, int(behind))})
	}
	message := "settled in part"
	if whole {
		message = "settled"
		figures = append(figures, figure{MetricDisputesRead, "Count", done.Disputes})
	}
	more := []any{"days", done.Days, "rows", done.Rows, "left", done.Left}
	h.tell(message, more, figures...)
}
