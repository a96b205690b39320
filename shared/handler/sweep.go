package handler

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// Sweep is what the scheduler starts every few minutes. What it is sent says
// nothing and is not read. An error is a run that failed; what was due stays due.
func (h Handlers) Sweep() func(context.Context, json.RawMessage) (checkout.Swept, error) {
	return scheduled(h, "sweep", func(ctx context.Context) (checkout.Swept, error) {
		done, err := h.Checkout.Sweep(ctx)
		h.Log.Info("swept", "due", done.Due, "changed", done.Changed, "captured", done.Captured, "failed", done.Failed, "left", done.Left)
		if err != nil {
			return done, err
		}
		h.measure(
			figure{MetricOldestDue, "Seconds", done.Oldest},
			figure{MetricSweepFailed, "Count", done.Failed},
			figure{MetricOutcomeUnknown, "Count", done.Unknown},
			figure{MetricInReview, "Count", done.Review},
			figure{MetricDisputeDueSoon, "Count", done.Disputes},
		)
		return done, nil
	})
}

// scheduled wraps what the scheduler starts: a panic is an error and not a dead
// function, and an error is in the log.
func scheduled[T any](h Handlers, name string, do func(context.Context) (T, error)) func(context.Context, json.RawMessage) (T, error) {
	return func(ctx context.Context, _ json.RawMessage) (done T, err error) {
		h.begin()
		defer func() {
			if fault := recover(); fault != nil {
				h.Log.Error("panic", "route", name, "panic", fmt.Sprint(fault))
				err = fmt.Errorf("%s: panic", name)
			}
		}()
		if done, err = do(ctx); err != nil {
			h.Log.Error(name+" failed", "error", err)
		}
		return done, err
	}
}
