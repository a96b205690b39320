package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// signedDelivery is a webhook of Stripe's to be verified, and how often. Its signature is
// an HMAC with a secret that is held: nobody is asked, and there is no first time.
type signedDelivery struct {
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
	At     time.Time   `json:"at"` // when it came: the signed time grows old in five minutes
	Times  int         `json:"times"`
}

// signed is a delivery of a session whose buyer has paid.
func (b *bench) signed() (d signedDelivery, err error) {
	p, err := b.atStripe.approved()
	if err != nil {
		return d, err
	}
	d.At, d.Times = time.Now(), 3000
	d.Header, d.Body, err = b.atStripe.shop.ring(card, p.order)
	return d, err
}

// knownSignature verifies with one adapter.
func knownSignature(order []byte) (t taken, err error) {
	var d signedDelivery
	if err := json.Unmarshal(order, &d); err != nil {
		return t, err
	}
	const nowhere = "http://127.0.0.1:1"
	adapter, err := stripe.New(stripe.Config{
		API: nowhere, Pages: nowhere, ReturnURL: "https://shop.example", CancelURL: "https://shop.example",
		Credentials: func(context.Context, stripe.Credentials) (stripe.Credentials, error) { return stripeKeys, nil },
		Transport:   silent{}, Now: func() time.Time { return d.At },
	})
	if err != nil {
		return t, err
	}
	return repeat(d.Times, func() error {
		ring, err := adapter.Hear(context.Background(), provider.Delivery{Header: d.Header.Get, Body: d.Body})
		if err == nil && (!ring.Known || ring.Payment == "") {
			err = errors.New("the delivery was not understood")
		}
		return err
	})
}

// silent is a Stripe that nobody may ask.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("verified by a secret that is held, and yet Stripe is asked")
}
