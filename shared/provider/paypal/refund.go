package paypal

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// refundRequest is the body of POST /v2/payments/captures/{id}/refund (schema
// refund_request). The amount is always named: without one PayPal gives back all
// that is left.
type refundRequest struct {
	Amount    amountBody `json:"amount"`
	CustomID  string     `json:"custom_id"`
	InvoiceID string     `json:"invoice_id"`
	Note      string     `json:"note_to_payer,omitempty"`
}

// refundBody is schema refund.
type refundBody struct {
	movementBody
	CustomID  string `json:"custom_id"`
	InvoiceID string `json:"invoice_id"`
	Links     []link `json:"links"`
}

// maxNote is the longest note_to_payer (schema refund_request).
const maxNote = 255

// Refund gives money back (POST /v2/payments/captures/{id}/refund). PayPal keeps
// the request id for 45 days (payments_payment_v2, parameter PayPal-Request-Id),
// and our id is on the refund itself, as custom_id and invoice_id, for ever.
func (p *PayPal) Refund(ctx context.Context, r provider.Refund) (payment.Refund, error) {
	if err := errors.Join(check(movementID, r.Capture), check(requestID, r.ID)); err != nil {
		return payment.Refund{}, err
	}
	body, err := refundBytes(r)
	if err != nil {
		return payment.Refund{}, err
	}
	got, err := p.caller.call(ctx, http.MethodPost, "/v2/payments/captures/"+r.Capture+"/refund", r.ID, body)
	if err != nil {
		return payment.Refund{}, err
	}
	refund, whole, err := readRefund(got, r, "")
	if err != nil || whole {
		return refund, err
	}
	// A replay need not honour Prefer: return=representation. Whatever becomes of
	// this second question, the first call was answered 2xx.
	got, err = p.caller.call(ctx, http.MethodGet, "/v2/payments/refunds/"+refund.ID, "", nil)
	if err != nil {
		return payment.Refund{}, wire.Doubtful(err)
	}
	refund, whole, err = readRefund(got, r, refund.ID)
	if err == nil && !whole {
		return payment.Refund{}, got.Unreadable("INCOMPLETE_REFUND", nil)
	}
	return refund, err
}

// refundBytes is the exact body of a refund. PayPal's pattern for the note knows
// no line break, so white space of any kind becomes one space.
func refundBytes(r provider.Refund) ([]byte, error) {
	amount, err := toPayPal(r.Amount)
	if err != nil {
		return nil, err
	}
	if r.Amount.Minor <= 0 {
		return nil, refusedAmount(errNotPositive, r.Amount)
	}
	return json.Marshal(refundRequest{
		Amount: amount, CustomID: r.ID, InvoiceID: r.ID,
		Note: clip(strings.Join(strings.Fields(r.Remark), " "), maxNote),
	}, jsontext.AllowInvalidUTF8(true))
}

var (
	errNotPositive = errors.New("paypal: a refund is more than nothing")
	errNotRefund   = errors.New("paypal: the answer is not the refund that was asked for")
)

// readRefund reads the answer to a refund. whole is false where PayPal has left
// out the amount; then only the id is told. An answer about another refund than
// ours is of class Look: ours may have been made all the same.
func readRefund(got *wire.Answer, asked provider.Refund, id string) (r payment.Refund, whole bool, err error) {
	var body refundBody
	if err := got.Read(&body); err != nil {
		return r, false, got.Unreadable("NOT_JSON", err)
	}
	capture := upLink(body.Links)
	switch {
	case !movementID.MatchString(body.ID) || (id != "" && body.ID != id) || !names(body.Links, body.ID),
		body.CustomID != "" && body.CustomID != asked.ID,
		movementID.MatchString(capture) && capture != asked.Capture:
		return r, false, got.Unreadable("NOT_THE_REFUND", errNotRefund)
	case body.Amount == nil:
		return payment.Refund{Movement: payment.Movement{ID: body.ID}}, false, nil
	}
	r, err = body.read(got.Asked, "")
	if err == nil && r.Amount != asked.Amount {
		err = errNotRefund
	}
	if err != nil {
		return payment.Refund{}, false, got.Unreadable("AMOUNT", err)
	}
	r.Own, r.Capture = asked.ID, asked.Capture
	return r, true, nil
}

// read reads a refund of the payment that is named. It is ours if it carries our
// refund id, which begins with the payment's.
func (b refundBody) read(at time.Time, of string) (payment.Refund, error) {
	movement, err := b.movementBody.read(at)
	r := payment.Refund{Movement: movement, Capture: upLink(b.Links)}
	if of != "" && strings.HasPrefix(b.CustomID, of+"-") {
		r.Own = b.CustomID
	}
	return r, err
}

// movementID is the form of PayPal's ids of captures and refunds (payments_payment_v2,
// schema related_ids: ^[A-Z0-9]+$). Ids are put into paths.
var movementID = shape.Of("A-Z0-9", 1, 36)
