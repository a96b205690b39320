package handler

import (
	"errors"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// typePrefix begins every problem type. The rest is stable: clients switch on it.
const typePrefix = "urn:serverless-checkout:problem:"

// problemBody is RFC 9457. Payment is the payment as it stands, where the state
// is the reason: it tells the client what to do next.
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
var statuses = map[checkout.Kind]struct {
	status int
	title  string
}{
	checkout.KindNotFound:     {http.StatusNotFound, "No such payment"},
	checkout.KindKeyReused:    {http.StatusUnprocessableEntity, "Key used for another request"},
	checkout.KindCart:         {http.StatusUnprocessableEntity, "Cart cannot be bought"},
	checkout.KindProduct:      {http.StatusUnprocessableEntity, "Unknown product"},
	checkout.KindPrice:        {http.StatusUnprocessableEntity, "No price in this currency"},
	checkout.KindMethod:       {http.StatusUnprocessableEntity, "Unknown payment method"},
	checkout.KindMethodUnfit:  {http.StatusUnprocessableEntity, "Payment method not available here"},
	checkout.KindPayer:        {http.StatusUnprocessableEntity, "Name or e-mail address missing"},
	checkout.KindShipping:     {http.StatusUnprocessableEntity, "Address missing or not needed"},
	checkout.KindNoShipping:   {http.StatusUnprocessableEntity, "Not sent to this country"},
	checkout.KindQuote:        {http.StatusUnprocessableEntity, "Not a quote of this shop"},
	checkout.KindQuoteExpired: {http.StatusUnprocessableEntity, "Quote expired"},
	checkout.KindPriceList:    {http.StatusBadRequest, "Price list has faults"},
	checkout.KindAddress:      {http.StatusUnprocessableEntity, "Address refused"},
	checkout.KindNoSwitch:     {http.StatusConflict, "No other attempt possible now"},
	checkout.KindSetup:        {http.StatusBadGateway, "Provider refused"},
	checkout.KindProviderDown: {http.StatusServiceUnavailable, "Provider not available"},
	checkout.KindBusy:         {http.StatusServiceUnavailable, "Too many requests at once"},
	checkout.KindStoreDown:    {http.StatusServiceUnavailable, "Not available"},
	checkout.KindRefund:       {http.StatusUnprocessableEntity, "Not refundable"},
	checkout.KindDeclines:     {http.StatusTooManyRequests, "Too many declined payments"},
	checkout.KindDisputed:     {http.StatusConflict, "Dispute open"},
	checkout.KindDay:          {http.StatusBadRequest, "Not a day"},
	checkout.KindRange:        {http.StatusUnprocessableEntity, "Not a range of days"},
	checkout.KindReview:       {http.StatusConflict, "Nothing to settle"},
	checkout.KindForged:       {http.StatusUnauthorized, "Not the provider's"},
	checkout.KindCannotVerify: {http.StatusServiceUnavailable, "Cannot be verified now"},
	checkout.KindInternal:     {http.StatusInternalServerError, "Internal error"},
}

// fault is a refusal the edge itself finds: in the form of a request, or in a
// state that has a status of its own.
type fault struct {
	status  int
	slug    string
	title   string
	detail  string
	payment *paymentBody
	code    string      // the provider's
	left    *amountBody // what is left to refund
}

func (f *fault) Error() string { return "request: " + f.slug }

func badRequest(status int, slug, detail string) *fault {
	return &fault{status: status, slug: slug, title: http.StatusText(status), detail: detail}
}

// problem turns any error into an answer.
func problem(err error, in request) answer {
	body := problemBody{Instance: in.id}
	var wait time.Duration
	var found *fault
	var refused *checkout.Error
	switch {
	case errors.As(err, &found):
		body.Type, body.Title, body.Status = typePrefix+found.slug, found.title, found.status
		body.Detail, body.Payment = found.detail, found.payment
		body.ProviderCode, body.Refundable = found.code, found.left
	case errors.As(err, &refused) && refused.Kind != checkout.KindInternal:
		known := statuses[refused.Kind]
		body.Type, body.Title, body.Status = typePrefix+string(refused.Kind), known.title, known.status
		body.Detail, body.ProviderCode, wait = refused.Detail, refused.Code, refused.RetryAfter
	default:
		known := statuses[checkout.KindInternal]
		body.Type, body.Title, body.Status = typePrefix+string(checkout.KindInternal), known.title, known.status
	}
	if body.Status == http.StatusServiceUnavailable && wait == 0 {
		wait = 2 * time.Second
	}
	return answer{status: body.Status, body: body, retryAfter: wait}
}
