package handler

import (
	"context"
	"net/http"
)

// customerBody is one page of a customer's payments, newest first.
type customerBody struct {
	Payments []paymentBody `json:"payments"`
	Next     string        `json:"next,omitempty"` // cursor of the next page
}

// CustomerPayments is GET /customers/me/payments: what the customer whom the header
// Customer-Token names has paid for.
func (h Handlers) CustomerPayments() HTTP {
	return h.serve("customer-payments", func(ctx context.Context, in request) (answer, error) {
		payments, next, err := h.Checkout.CustomerPayments(ctx, in.customer(), in.query["cursor"])
		if err != nil {
			return answer{}, err
		}
		list := customerBody{Payments: []paymentBody{}, Next: next}
		for _, p := range payments {
			list.Payments = append(list.Payments, show(p, in.reads()))
		}
		return answer{status: http.StatusOK, body: list, language: in.reads()}, nil
	})
}
