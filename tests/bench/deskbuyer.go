package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// purchase is a cart of so many lines.
func (d *desk) purchase(lines int) checkout.Purchase {
	in := checkout.Purchase{Key: newKey(), Currency: "EUR", Country: "DE", Language: "de", Method: paypal.Name, Reference: "R-1001"}
	if d.at == stripe.Name {
		in.Method = card
	}
	for i := range lines {
		in.Cart = append(in.Cart, checkout.CartLine{SKU: fmt.Sprintf("BOOK-%02d", i), Quantity: 2})
	}
	return in
}

// open makes a payment and gives its order.
func (d *desk) open(lines int) (p payment.Payment, order string, err error) {
	p, _, err = d.Create(context.Background(), d.purchase(lines))
	if err != nil {
		return p, "", err
	}
	live, ok := p.Live()
	if !ok {
		return p, "", errors.New("a payment without an attempt")
	}
	d.clock.Move(30 * time.Second)
	return p, live.Order, nil
}

// approve is the buyer who approves an order at PayPal, or pays it on Stripe's page.
func (d *desk) approve(order string) error {
	if d.at == stripe.Name {
		return d.stripe.Pay(order, stripesim.Instrument{})
	}
	return d.paypal.Approve(order)
}

// paid makes a payment, approves it and captures it.
func (d *desk) paid(lines int) (payment.Payment, error) {
	p, order, err := d.open(lines)
	if err != nil {
		return p, err
	}
	if err := d.approve(order); err != nil {
		return p, err
	}
	return d.take(p.ID)
}

// take captures an approved payment, or finds at Stripe that it is paid.
func (d *desk) take(id string) (payment.Payment, error) {
	token, err := d.Token(context.Background(), id)
	if err != nil {
		return payment.Payment{}, err
	}
	p, asking, err := d.Capture(context.Background(), id, token)
	if err := errors.Join(asking, err); err != nil {
		return p, err
	}
	d.clock.Move(30 * time.Second)
	if status := payment.StatusOf(p); status != payment.StatusCaptured {
		return p, fmt.Errorf("a captured payment is %s", status)
	}
	return p, nil
}

// hear delivers what the provider has to say, which is something.
func (d *desk) hear() error {
	d.rung = nil
	if d.at == stripe.Name {
		d.stripe.Deliver(context.Background())
	} else {
		d.paypal.Deliver(context.Background())
	}
	if len(d.rung) == 0 {
		return fmt.Errorf("%s has nothing to say", d.at)
	}
	for _, r := range d.rung {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if _, err := d.Webhook(context.Background(), d.at, provider.Delivery{Header: r.Header.Get, Body: body}); err != nil {
			return err
		}
	}
	return nil
}
