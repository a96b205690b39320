package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
)

// card is the way to pay that is measured at Stripe.
const card = "card"

// carrier is who carries a way to pay of the bench.
func carrier(method string) string {
	if method == card {
		return stripe.Name
	}
	return paypal.Name
}

func (s side) provider() string { return carrier(s.method) }

// paid is a payment that a buyer has opened.
type paid struct{ id, token, order string }

// newKey is an Idempotency-Key that nobody has used.
func newKey() string {
	b := make([]byte, 16)
	rand.Read(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// cart is a request to buy.
func (s *shop) cart(method string) (event, error) {
	e, err := s.event("create-payment/cart.json")
	if err != nil {
		return nil, err
	}
	e.header("idempotency-key", newKey())
	return e, e.payWith(method)
}

// payWith puts another way to pay into a request to buy.
func (e event) payWith(method string) error {
	var body map[string]any
	if err := json.Unmarshal([]byte(e["body"].(string)), &body); err != nil {
		return err
	}
	body["method"] = method
	text, err := json.Marshal(body)
	e["body"] = string(text)
	e.header("content-length", strconv.Itoa(len(text)))
	return err
}

// rungBy puts a provider's name into the address of a delivery.
func (e event) rungBy(provider string) {
	e["rawPath"] = "/webhooks/" + provider
	e["pathParameters"].(map[string]any)["provider"] = provider
}

// open makes a payment.
func (s side) open() (paid, error) {
	asked, err := s.create()
	if err != nil {
		return paid{}, err
	}
	r, err := asked.of(s.till)
	if err != nil {
		return paid{}, err
	}
	return s.shop.opened(s.method, r)
}

// opened reads a payment that was just made: ours is answered with the provider's page,
// whose address names the order; the naive one with the row it wrote.
func (s *shop) opened(method string, r reply) (paid, error) {
	var made struct {
		ID, Token, Order string
		Next             struct{ URL string }
	}
	if err := json.Unmarshal([]byte(r.Body), &made); err != nil {
		return paid{}, err
	}
	if made.Order == "" {
		made.Order, _ = strings.CutPrefix(made.Next.URL, s.page(method))
	}
	if made.ID == "" || made.Token == "" || made.Order == "" || strings.Contains(made.Order, "/") {
		return paid{}, fmt.Errorf("a payment was opened that leads to no order of %s: %s", carrier(method), r.Body)
	}
	return paid{made.ID, made.Token, made.Order}, nil
}

// page is the address a buyer is sent to, up to the order that it names.
func (s *shop) page(method string) string {
	if carrier(method) == stripe.Name {
		return s.up.stripe.origin + "/c/pay/"
	}
	return s.up.paypal.origin + "/checkoutnow?token="
}

// approved is a payment whose buyer has approved it at PayPal, or has paid it on
// Stripe's page, and has closed the tab.
func (s side) approved() (paid, error) {
	p, err := s.open()
	if err != nil {
		return p, err
	}
	if s.provider() == stripe.Name {
		return p, s.shop.stripe.Pay(p.order, stripesim.Instrument{})
	}
	return p, s.shop.paypal.Approve(p.order)
}

// captured is a payment whose buyer has come back.
func (s side) captured() (paid, error) {
	p, err := s.approved()
	if err != nil {
		return p, err
	}
	e, err := s.shop.event("capture-payment/approved.json")
	if err != nil {
		return p, err
	}
	e.at(p)
	_, err = request{e.json(), http.StatusOK, s.proofs["capture-payment"]}.of(s.capture)
	return p, err
}

// afterwards are the events by which a provider tells what a buyer did.
var afterwards = map[string]string{paypal.Name: "CHECKOUT.ORDER.APPROVED", stripe.Name: "checkout.session.completed"}

// ring lets a provider deliver what it has, and gives back what its buyer did with an
// order.
func (s *shop) ring(method, order string) (header http.Header, body []byte, err error) {
	s.rung = nil
	if carrier(method) == stripe.Name {
		s.stripe.Deliver(context.Background())
	} else {
		s.paypal.Deliver(context.Background())
	}
	for _, r := range s.rung {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, nil, err
		}
		if strings.Contains(string(body), `"`+afterwards[carrier(method)]+`"`) && strings.Contains(string(body), order) {
			return r.Header, body, nil
		}
	}
	return nil, nil, fmt.Errorf("%s delivered %d events and none that its buyer was done with %s", carrier(method), len(s.rung), order)
}
