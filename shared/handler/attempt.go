package handler

import (
	"context"
	"errors"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// attemptBody is POST /payments/{id}/attempts. After is the attempt it replaces,
// so that a request sent twice makes one attempt.
type attemptBody struct {
	After    int           `json:"after"`
	Method   string        `json:"method"`
	Language string        `json:"language"`
	Shipping *shippingBody `json:"shipping"`
	Payer    *payerBody    `json:"payer"`
}

// NewAttempt is POST /payments/{id}/attempts: 201 for a new attempt, 200 where
// this request or another has made it already, 409 where the state forbids it.
func (h Handlers) NewAttempt() HTTP {
	return h.serve("new-attempt", func(ctx context.Context, in request) (answer, error) {
		var body attemptBody
		if err := in.decode(&body); err != nil {
			return answer{}, err
		}
		if body.After < 1 || !methodForm.MatchString(body.Method) || (body.Language != "" && !languageForm.MatchString(body.Language)) {
			return answer{}, badRequest(http.StatusBadRequest, "body-invalid", "The body needs \"after\" (the number of the attempt it replaces) and \"method\".")
		}
		to, err := body.Shipping.address()
		if err != nil {
			return answer{}, err
		}
		payer, err := body.Payer.payer()
		if err != nil {
			return answer{}, err
		}
		p, created, err := h.Checkout.NewAttempt(ctx, in.path["id"], in.token(), checkout.AnotherWay{
			After: body.After, Method: body.Method, Language: base(body.Language), Shipping: to, Payer: payer, Source: in.source,
		})
		var refused *checkout.Error
		if errors.As(err, &refused) && refused.Kind == checkout.KindNoSwitch {
			shown := show(p, in.reads())
			return answer{}, &fault{status: statuses[refused.Kind], slug: string(refused.Kind), detail: refused.Detail, payment: &shown}
		}
		if err != nil {
			return answer{}, err
		}
		out := answer{status: http.StatusOK, body: show(p, in.reads()), location: "/payments/" + p.ID, language: in.reads()}
		if created {
			out.status = http.StatusCreated
		}
		return out, nil
	})
}
