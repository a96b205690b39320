package handler

import (
	"errors"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// typePrefix begins every problem type. The rest is stable: clients switch on it.
const typePrefix = "urn:serverless-checkout:problem:"

// problemBody is RFC 9457. Title is in the caller's language, and so is Detail where
// there is something a buyer can do; other details are for whoever wrote the client, in
// English. Payment is the payment as it stands, where the state is the reason: it tells
// the client what to do next.
type problemBody struct {
	Type         string       `json:"type"`
	Title        string       `json:"title"`
	Status       int          `json:"status"`
	Detail       string       `json:"detail,omitempty"`
	Instance     string       `json:"instance"` // the request's id
	ProviderCode string       `json:"provider_code,omitempty"`
	Refundable   *amountBody  `json:"refundable,omitempty"` // what is left to refund, where that is the reason
	Payment      *paymentBody `json:"payment,omitempty"`
}

// statuses is the one map from a use case's refusal to HTTP. What is not here is
// 500 and says nothing.
var statuses = map[checkout.Kind]int{
	checkout.KindNotFound:     http.StatusNotFound,
	checkout.KindKeyReused:    http.StatusUnprocessableEntity,
	checkout.KindCart:         http.StatusUnprocessableEntity,
	checkout.KindProduct:      http.StatusUnprocessableEntity,
	checkout.KindPrice:        http.StatusUnprocessableEntity,
	checkout.KindMethod:       http.StatusUnprocessableEntity,
	checkout.KindMethodUnfit:  http.StatusUnprocessableEntity,
	checkout.KindPayer:        http.StatusUnprocessableEntity,
	checkout.KindShipping:     http.StatusUnprocessableEntity,
	checkout.KindNoShipping:   http.StatusUnprocessableEntity,
	checkout.KindQuote:        http.StatusUnprocessableEntity,
	checkout.KindQuoteExpired: http.StatusUnprocessableEntity,
	checkout.KindCustomer:     http.StatusUnauthorized,
	checkout.KindCursor:       http.StatusBadRequest,
	checkout.KindPriceList:    http.StatusBadRequest,
	checkout.KindAddress:      http.StatusUnprocessableEntity,
	checkout.KindNoSwitch:     http.StatusConflict,
	checkout.KindSetup:        http.StatusBadGateway,
	checkout.KindProviderDown: http.StatusServiceUnavailable,
	checkout.KindBusy:         http.StatusServiceUnavailable,
	checkout.KindStoreDown:    http.StatusServiceUnavailable,
	checkout.KindRefund:       http.StatusUnprocessableEntity,
	checkout.KindDeclines:     http.StatusTooManyRequests,
	checkout.KindDisputed:     http.StatusConflict,
	checkout.KindDay:          http.StatusBadRequest,
	checkout.KindRange:        http.StatusUnprocessableEntity,
	checkout.KindReview:       http.StatusConflict,
	checkout.KindForged:       http.StatusUnauthorized,
	checkout.KindCannotVerify: http.StatusServiceUnavailable,
	checkout.KindInternal:     http.StatusInternalServerError,
}

// fault is a refusal the edge itself finds: in the form of a request, or in a
// state that has a status of its own.
type fault struct {
	status  int
	slug    string
	detail  string // in English; see problemBody
	payment *paymentBody
	code    string      // the provider's
	left    *amountBody // what is left to refund
}

func (f *fault) Error() string { return "request: " + f.slug }

func badRequest(status int, slug, detail string) *fault {
	return &fault{status: status, slug: slug, detail: detail}
}

// problem turns any error into an answer, in the language that its caller reads. Words
// are looked for only now, so that whoever causes no problem loads none.
func problem(err error, in request) answer {
	f, wait := refusal(err)
	body := problemBody{
		Type: typePrefix + f.slug, Status: f.status, Detail: f.detail, Instance: in.id,
		Payment: f.payment, ProviderCode: f.code, Refundable: f.left,
	}
	language, key := in.reads(), "problem."+f.slug
	body.Title = language.Text(key, nil)
	if language.Has(key + ".detail") {
		body.Detail = language.Text(key+".detail", nil)
	}
	if body.Status == http.StatusServiceUnavailable && wait == 0 {
		wait = 2 * time.Second
	}
	return answer{status: body.Status, body: body, retryAfter: wait, language: language}
}

// refusal is what an error is to a caller, and when trying again may help.
func refusal(err error) (*fault, time.Duration) {
	var found *fault
	if errors.As(err, &found) {
		return found, 0
	}
	var refused *checkout.Error
	if errors.As(err, &refused) && refused.Kind != checkout.KindInternal {
		return &fault{status: statuses[refused.Kind], slug: string(refused.Kind), detail: refused.Detail, code: refused.Code}, refused.RetryAfter
	}
	return &fault{status: http.StatusInternalServerError, slug: string(checkout.KindInternal)}, 0
}
