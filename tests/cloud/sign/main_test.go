package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const folder = "../../../events/webhook/"

// hear is what the webhook's function makes of what was printed, some time later.
func hear(t *testing.T, printed []byte, at time.Time) (provider.Ring, error) {
	t.Helper()
	var event delivery
	if err := json.Unmarshal(printed, &event); err != nil {
		t.Fatal(err)
	}
	adapter, err := stripe.New(stripe.Config{
		API: stripe.API, Pages: stripe.Pages, ReturnURL: "https://shop.example/", CancelURL: "https://shop.example/",
		Credentials: func(context.Context, stripe.Credentials) (stripe.Credentials, error) {
			return stripe.Credentials{Key: "sk_test_x", Signing: cloud.StripeSigning}, nil
		},
		Transport: http.DefaultTransport, Now: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapter.Hear(t.Context(), provider.Delivery{Header: func(name string) string { return event.Headers[strings.ToLower(name)] }, Body: []byte(event.Body)})
}

// TestSigned: the adapter takes it for Stripe's, about the ids that were put in, for five
// minutes from whenever it was signed.
func TestSigned(t *testing.T) {
	at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	var out bytes.Buffer
	if err := sign([]string{folder + "stripe-completed.json", "SESSION=cs_test_a1b2c3", "INTENT=pi_3d4e5f"}, at, &out); err != nil {
		t.Fatal(err)
	}
	ring, err := hear(t, out.Bytes(), at.Add(5*time.Minute))
	if err != nil || ring.Type != "checkout.session.completed" || ring.Order != "cs_test_a1b2c3" || ring.Capture != "pi_3d4e5f" {
		t.Errorf("%+v, %v", ring, err)
	}
	if _, err := hear(t, out.Bytes(), at.Add(6*time.Minute)); !errors.Is(err, provider.ErrForged) {
		t.Errorf("six minutes later: %v", err)
	}
}

// TestNotSigned: what would be answered with 401, or be about nothing, is not printed.
func TestNotSigned(t *testing.T) {
	for fault, args := range map[string][]string{
		"no event":             {},
		"no such file":         {folder + "stripe-nothing.json"},
		"an id is missing":     {folder + "stripe-completed.json", "SESSION=cs_test_a1"},
		"an id is empty":       {folder + "stripe-expired.json", "SESSION="},
		"an id has no place":   {folder + "stripe-expired.json", "SESSION=cs_test_a1", "INTENT=pi_3"},
		"an event of PayPal's": {folder + "unsigned.json"},
	} {
		var out bytes.Buffer
		if err := sign(args, time.Now(), &out); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", fault, err, out.Len())
		}
	}
}
