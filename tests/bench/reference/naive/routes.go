package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/plutov/paypal/v4"
)

// createPayment is POST /payments.
func createPayment(ctx context.Context, in request) (response, error) {
	var body struct {
		Cart []struct {
			SKU      string `json:"sku"`
			Quantity int    `json:"quantity"`
		} `json:"cart"`
		Currency string `json:"currency"`
	}
	if err := json.Unmarshal([]byte(in.Body), &body); err != nil {
		return response{StatusCode: http.StatusBadRequest}, nil
	}
	s, err := open(ctx)
	if err != nil {
		return response{}, err
	}
	id := in.Headers["idempotency-key"]
	if found, err := s.get(ctx, "payment#"+id, "payment"); err != nil || found["id"] != "" {
		return answer(found, err)
	}
	prices, err := s.get(ctx, "naive-prices", "current")
	if err != nil {
		return response{}, err
	}
	total := 0
	for _, line := range body.Cart {
		price, err := s.get(ctx, "naive-prices#"+prices["upload"], line.SKU)
		if err != nil {
			return response{}, err
		}
		minor, err := strconv.Atoi(price[body.Currency])
		if err != nil {
			return response{}, err
		}
		total += minor * line.Quantity
	}
	provider, err := s.provider(ctx)
	if err != nil {
		return response{}, err
	}
	order, err := provider.CreateOrder(ctx, paypal.OrderIntentCapture, []paypal.PurchaseUnitRequest{{
		Amount:   &paypal.PurchaseUnitAmount{Currency: body.Currency, Value: fmt.Sprintf("%d.%02d", total/100, total%100)},
		CustomID: id,
	}}, nil, nil)
	if err != nil {
		return response{}, err
	}
	made := row{
		"pk": "payment#" + id, "sk": "payment", "id": id, "order": order.ID, "status": order.Status,
		"currency": body.Currency, "minor": strconv.Itoa(total), "token": s.token(id), "created": time.Now().Format(time.RFC3339),
	}
	return answer(made, s.put(ctx, made))
}

// capturePayment is POST /payments/{id}/capture.
func capturePayment(ctx context.Context, in request) (response, error) {
	s, err := open(ctx)
	if err != nil {
		return response{}, err
	}
	p, err := s.get(ctx, "payment#"+in.PathParameters["id"], "payment")
	if err != nil || in.Headers["checkout-token"] != s.token(in.PathParameters["id"]) {
		return response{StatusCode: http.StatusNotFound}, err
	}
	return answer(p, s.take(ctx, p))
}

// take captures an approved order and writes it down.
func (s *shop) take(ctx context.Context, p row) error {
	provider, err := s.provider(ctx)
	if err != nil {
		return err
	}
	order, err := provider.GetOrder(ctx, p["order"])
	if err != nil || order.Status != "APPROVED" {
		return err
	}
	// CaptureOrder would send a payment_source of null, which the simulator refuses.
	r, err := provider.NewRequest(ctx, http.MethodPost, os.Getenv("PAYPAL_API")+"/v2/checkout/orders/"+p["order"]+"/capture", struct{}{})
	if err != nil {
		return err
	}
	var taken paypal.CaptureOrderResponse
	if err := provider.SendWithAuth(r, &taken); err != nil {
		return err
	}
	p["status"] = taken.Status
	return s.put(ctx, p)
}

// getPayment is GET /payments/{id}.
func getPayment(ctx context.Context, in request) (response, error) {
	s, err := open(ctx)
	if err != nil {
		return response{}, err
	}
	if in.Headers["checkout-token"] != s.token(in.PathParameters["id"]) {
		return response{StatusCode: http.StatusNotFound}, nil
	}
	return answer(s.get(ctx, "payment#"+in.PathParameters["id"], "payment"))
}

// webhook is POST /webhooks/paypal, verified by asking PayPal.
func webhook(ctx context.Context, in request) (response, error) {
	s, err := open(ctx)
	if err != nil {
		return response{}, err
	}
	provider, err := s.provider(ctx)
	if err != nil {
		return response{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(in.Body))
	if err != nil {
		return response{}, err
	}
	for name, value := range in.Headers {
		r.Header.Set(name, value)
	}
	judged, err := provider.VerifyWebhookSignature(ctx, r, os.Getenv("PAYPAL_WEBHOOK_ID"))
	if err != nil || judged.VerificationStatus != "SUCCESS" {
		return response{StatusCode: http.StatusUnauthorized}, err
	}
	var event struct {
		Resource struct {
			Units []struct {
				CustomID string `json:"custom_id"`
			} `json:"purchase_units"`
		} `json:"resource"`
	}
	if err := json.Unmarshal([]byte(in.Body), &event); err != nil || len(event.Resource.Units) == 0 {
		return response{StatusCode: http.StatusBadRequest}, err
	}
	p, err := s.get(ctx, "payment#"+event.Resource.Units[0].CustomID, "payment")
	if err != nil {
		return response{}, err
	}
	return answer(p, s.take(ctx, p))
}

// sweep takes what is due.
func sweep(ctx context.Context, _ request) (response, error) {
	s, err := open(ctx)
	if err != nil {
		return response{}, err
	}
	now, taken := strconv.FormatInt(time.Now().Unix(), 10), 0
	for shard := range 4 {
		due, err := s.due(ctx, shard, now)
		if err != nil {
			return response{}, err
		}
		for _, pk := range due {
			p, err := s.get(ctx, pk, "payment")
			if err == nil {
				err = s.take(ctx, p)
			}
			if err != nil {
				return response{}, err
			}
			taken++
		}
	}
	return answer(row{"taken": strconv.Itoa(taken)}, nil)
}

func answer(r row, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	body, err := json.Marshal(r)
	return response{StatusCode: http.StatusOK, Body: string(body)}, err
}
