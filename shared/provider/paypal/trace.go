package paypal

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// captureDetail is a capture that stands by itself (payments_payment_v2, schema
// capture-2), as GET and events have it.
type captureDetail struct {
	captureBody
	CustomID      string `json:"custom_id"`
	Links         []link `json:"links"`
	Supplementary struct {
		Related struct {
			OrderID string `json:"order_id"`
		} `json:"related_ids"`
	} `json:"supplementary_data"`
}

// order is the order a capture belongs to: the related one, or where its link up
// leads.
func (c captureDetail) order() string {
	if id := formed(orderID, c.Supplementary.Related.OrderID); id != "" {
		return id
	}
	for _, l := range c.Links {
		if l.Rel == "up" && strings.Contains(l.Href, "/orders/") {
			return formed(orderID, upLink(c.Links))
		}
	}
	return ""
}

// Trace finds a ring's payment: a capture carries it or leads to the order that
// does, and a refund leads to its capture. What PayPal does not know is not ours.
func (p *PayPal) Trace(ctx context.Context, r provider.Ring) (string, error) {
	capture := r.Capture
	if capture == "" && r.Refund != "" {
		var err error
		if capture, err = p.captureOfRefund(ctx, r.Refund); err != nil {
			return "", err
		}
	}
	if capture != "" {
		if id, err := p.carriedBy(ctx, capture); id != "" || err != nil {
			return id, err
		}
	}
	if r.Order != "" {
		return p.paymentOfOrder(ctx, r.Order)
	}
	return "", nil
}

// PaymentOfCapture is the payment id that a capture carries. What another app of the
// account made is not ours to read (403), and so not ours; credentials that are refused
// (401) say nothing about any capture.
func (p *PayPal) PaymentOfCapture(ctx context.Context, capture string) (string, error) {
	return readable(p.carriedBy(ctx, capture))
}

func readable(id string, err error) (string, error) {
	var e *provider.Error
	if errors.As(err, &e) && e.Class == provider.MerchantSetup && e.Status == http.StatusForbidden {
		return "", nil
	}
	return id, err
}

// carriedBy is the custom_id of a capture, else of its order. Only a text that could be
// a payment id of ours is told.
func (p *PayPal) carriedBy(ctx context.Context, capture string) (string, error) {
	if !movementID.MatchString(capture) {
		return "", nil // disputes are also about what never was a capture of ours
	}
	var body captureDetail
	found, err := p.ask(ctx, "/v2/payments/captures/", capture, &body)
	if err != nil || !found {
		return "", err
	}
	if body.CustomID == "" && body.order() != "" {
		return p.paymentOfOrder(ctx, body.order())
	}
	return formed(requestID, body.CustomID), nil
}

func (p *PayPal) captureOfRefund(ctx context.Context, refund string) (string, error) {
	if !movementID.MatchString(refund) {
		return "", nil
	}
	var body refundBody
	if _, err := p.ask(ctx, "/v2/payments/refunds/", refund, &body); err != nil {
		return "", err
	}
	return upLink(body.Links), nil
}

func (p *PayPal) paymentOfOrder(ctx context.Context, order string) (string, error) {
	if !orderID.MatchString(order) {
		return "", nil
	}
	var body orderBody
	if _, err := p.ask(ctx, "/v2/checkout/orders/", order, &body); err != nil || len(body.PurchaseUnits) == 0 {
		return "", err
	}
	return formed(requestID, body.PurchaseUnits[0].CustomID), nil
}

// ask reads what has an id in a collection. found is false where PayPal itself says that
// it knows no such thing; an answer that is about something else says nothing.
func (p *PayPal) ask(ctx context.Context, collection, id string, into any) (found bool, err error) {
	got, err := p.caller.call(ctx, http.MethodGet, collection+id, "", nil)
	if isUnknown(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var named struct {
		ID string `json:"id"`
	}
	for _, part := range []any{&named, into} {
		if err := got.Read(part); err != nil {
			return false, got.Unreadable("NOT_JSON", err)
		}
	}
	if named.ID != id {
		return false, got.Unreadable("NOT_WHAT_WAS_ASKED_FOR", errOther)
	}
	return true, nil
}

var errOther = errors.New("paypal: the answer is about something else than what was asked for")
