package stripe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// refundBody is a Refund, as far as it is used.
type refundBody struct {
	ID       string                      `json:"id"`
	Object   string                      `json:"object"`
	Status   string                      `json:"status"`
	Created  int64                       `json:"created"`
	Amount   int64                       `json:"amount"`
	Currency string                      `json:"currency"`
	Intent   expandable[intentBody]      `json:"payment_intent"`
	Failure  string                      `json:"failure_reason"`
	Pending  string                      `json:"pending_reason"`
	Metadata map[string]string           `json:"metadata"`
	Returned expandable[transactionBody] `json:"failure_balance_transaction"`
}

// refundStates maps a refund's status; what is not here is Unclear. One that requires
// action waits for the buyer to name an account.
var refundStates = map[string]payment.State{
	"pending":         payment.Pending,
	"requires_action": payment.Pending,
	"succeeded":       payment.Completed,
	"failed":          payment.Failed,
	"canceled":        payment.Failed,
}

// Refund gives money back (POST /v1/refunds). Stripe keeps the Idempotency-Key for a
// day, and our id is on the refund itself, in its metadata, for ever. A 500 that
// Stripe has kept is given for the whole day and is no refusal: Stripe may still make
// the refund, so no other key is tried.
//
// The remark is not sent: Stripe shows the buyer none, its metadata would keep for ever
// what can be erased here, and a refund that was asked for with one could not be asked
// for again without it.
func (s *Stripe) Refund(ctx context.Context, r provider.Refund) (payment.Refund, error) {
	if err := errors.Join(check(intentID, r.Capture), check(requestID, r.ID)); err != nil {
		return payment.Refund{}, err
	}
	count, err := units(r.Amount)
	if err != nil {
		return payment.Refund{}, err
	}
	if count <= 0 {
		return payment.Refund{}, refusedAmount(errNotPositive, r.Amount)
	}
	carried := map[string]string{carriesRefund: r.ID, carriesPayment: payment.IDIn(r.ID)}
	got, err := s.caller.call(ctx, http.MethodPost, "/v1/refunds", r.ID, &api.RefundCreateParams{
		PaymentIntent: &r.Capture, Amount: &count, Metadata: carried, Expand: expand("failure_balance_transaction"),
	})
	if err != nil {
		return payment.Refund{}, err
	}
	return readRefund(got, r)
}

var errNotPositive = errors.New("stripe: a refund is more than nothing")

// readRefund reads the answer to a refund. One about another refund than ours is of
// class Look: ours may have been made all the same.
func readRefund(got *wire.Answer, asked provider.Refund) (payment.Refund, error) {
	var body refundBody
	if err := got.Read(&body); err != nil {
		return payment.Refund{}, got.Unreadable("NOT_JSON", err)
	}
	refund, err := body.read("")
	switch {
	case err != nil:
		return payment.Refund{}, got.Unreadable("REFUND", err)
	case body.Metadata[carriesRefund] != asked.ID, refund.Capture != asked.Capture, refund.Amount != asked.Amount:
		return payment.Refund{}, got.Unreadable("NOT_THE_REFUND", errShape)
	}
	refund.Own = asked.ID
	return refund, nil
}

// read reads a refund of the payment that is named. It is ours if it carries our
// refund id, which begins with the payment's.
func (b refundBody) read(of string) (payment.Refund, error) {
	amount, err := amountOf(b.Amount, b.Currency)
	if err == nil && (b.Object != "refund" || !refundID.MatchString(b.ID) || b.Amount <= 0 || b.Created <= 0) {
		err = errShape
	}
	if err != nil {
		return payment.Refund{}, err
	}
	state, known := refundStates[b.Status]
	if !known {
		state = payment.Unclear
	}
	refund := payment.Refund{Capture: intentID.formed(b.Intent.ID), Movement: payment.Movement{
		ID: b.ID, State: state, Reason: codeForm.formed(b.Failure + b.Pending), Amount: amount,
		Created: moment(b.Created), Updated: moment(b.Created),
	}}
	if t := b.Returned.Has; t != nil && state == payment.Failed {
		// It had succeeded before: the money came back by a transaction of its own.
		refund.Updated = later(refund.Updated, moment(t.Created))
	}
	if own := b.Metadata[carriesRefund]; of != "" && strings.HasPrefix(own, of+"-") {
		refund.Own = own
	}
	return refund, nil
}

// pageSize is how many things are asked for at once: the most there are (API
// reference, pagination).
const pageSize = 100

// maxPages is where a list ends that ought to have ended long before.
const maxPages = 20

// listParams are the parameters of a list (API reference, pagination). The library's
// have one type for each list, and all of them the same in common.
type listParams struct {
	api.Params `form:"*"`
	Limit      *int64                `form:"limit"`
	After      *string               `form:"starting_after"`
	Expand     []*string             `form:"expand"`
	Intent     *string               `form:"payment_intent"`
	Payout     *string               `form:"payout"`
	Kinds      []*string             `form:"types"`
	Created    *api.RangeQueryParams `form:"created"`
}

// list reads one page of a list. next is the id to ask for what comes after; empty
// after the last page.
func list[T any](ctx context.Context, s *Stripe, path, page string, params listParams, id func(T) string) (all []T, next string, err error) {
	params.Limit = api.Int64(pageSize)
	if page != "" {
		params.After = &page
	}
	got, err := s.caller.call(ctx, http.MethodGet, path, "", &params)
	if err != nil {
		return nil, "", err
	}
	var body struct {
		Object string `json:"object"`
		Data   []T    `json:"data"`
		More   *bool  `json:"has_more"`
	}
	if err := got.Read(&body); err != nil {
		return nil, "", got.Unreadable("NOT_JSON", err)
	}
	if body.Object != "list" || body.Data == nil || body.More == nil || *body.More && len(body.Data) == 0 {
		return nil, "", got.Unreadable("NOT_A_LIST", errShape)
	}
	for _, one := range body.Data {
		if !objectID.MatchString(id(one)) {
			return nil, "", got.Unreadable("NOT_A_LIST", errShape)
		}
	}
	if *body.More {
		if next = id(body.Data[len(body.Data)-1]); next == page {
			return nil, "", got.Unreadable("NOT_A_LIST", errShape)
		}
	}
	return body.Data, next, nil
}

// whole reads a list to its end. Of one that is longer than most pages the rest is not
// read, and complete is false.
func whole[T any](ctx context.Context, s *Stripe, path string, params listParams, most int, id func(T) string) (all []T, complete bool, err error) {
	page := ""
	for range most {
		part, next, err := list(ctx, s, path, page, params, id)
		if err != nil {
			return nil, false, err
		}
		all = append(all, part...)
		if page = next; page == "" {
			return all, true, nil
		}
	}
	return all, false, nil
}

// refundsOf are the refunds of a capture (GET /v1/refunds), made by us or in Stripe's
// dashboard.
func (s *Stripe) refundsOf(ctx context.Context, intent, of string) ([]payment.Refund, error) {
	params := listParams{Intent: &intent, Expand: expand("data.failure_balance_transaction")}
	bodies, complete, err := whole(ctx, s, "/v1/refunds", params, maxPages, func(b refundBody) string { return b.ID })
	if err != nil {
		return nil, err
	}
	if !complete {
		return nil, new(wire.Answer).Unreadable("TOO_MANY_REFUNDS", nil)
	}
	var refunds []payment.Refund
	for _, b := range bodies {
		refund, err := b.read(of)
		if err == nil && refund.Capture != intent {
			err = errShape
		}
		if err != nil {
			return nil, new(wire.Answer).Unreadable("REFUND", err)
		}
		refunds = append(refunds, refund)
	}
	return refunds, nil
}

// between are the times a list is asked for, both counted in.
func between(from, to time.Time) *api.RangeQueryParams {
	return &api.RangeQueryParams{GreaterThanOrEqual: from.Unix(), LesserThanOrEqual: to.Unix()}
}
