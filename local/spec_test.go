//go:build paypalspec

package main

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/clock"
	"github.com/serverless-checkout/serverless-checkout/tests/paypalspec"
)

// TestDemoAgainstSpec plays the whole demo with every exchange and every webhook held
// against PayPal's specification.
func TestDemoAgainstSpec(t *testing.T) {
	spec := paypalspec.Require(t)
	clock := clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	w, err := build(plan{
		root: "..", file: filepath.Join(t.TempDir(), "t.db"), seed: 5, clock: clock, ids: numbered(), lookup: noEnvironment, log: io.Discard,
		watch: func(h http.Handler) http.Handler { return paypalspec.Watch(t, h) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var out bytes.Buffer
	if err := (&demo{world: w, clock: clock, out: &out}).play(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if n := paypalspec.Total.Counts()["POST /v2/checkout/orders"]; n < 10 {
		t.Errorf("%d orders were judged", n)
	}
	deliveries := w.paypal.Deliveries()
	if len(deliveries) == 0 {
		t.Error("no webhook was sent")
	}
	for _, d := range deliveries {
		if err := spec.JudgeEvent(d.Body); err != nil {
			t.Errorf("a webhook breaks PayPal's specification: %v\n%s", err, d.Body)
		}
	}
}
