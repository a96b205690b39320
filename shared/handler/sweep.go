package handler

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// Sweep is what the scheduler starts. What it is sent says nothing and is not
// read. An error makes the scheduler try again.
func (h Handlers) Sweep() func(context.Context, json.RawMessage) (checkout.Swept, error) {
	return func(ctx context.Context, _ json.RawMessage) (done checkout.Swept, err error) {
		h.begin()
		defer func() {
			if fault := recover(); fault != nil {
				h.Log.Error("panic", "route", "sweep", "panic", fmt.Sprint(fault))
				err = fmt.Errorf("sweep: panic")
			}
		}()
		done, err = h.Checkout.Sweep(ctx)
		h.Log.Info("swept", "due", done.Due, "changed", done.Changed, "captured", done.Captured, "failed", done.Failed, "left", done.Left)
		h.metric("DisputeAnswerDueSoon", done.Disputes)
		return done, err
	}
}
