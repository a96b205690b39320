package stripe

import (
	"context"
	"net/http"
	"slices"
	"time"

	api "github.com/stripe/stripe-go/v85"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

var _ provider.Disputes = (*Stripe)(nil)

// disputeBody is a Dispute, as far as it is used. What the buyer wrote is not among it.
type disputeBody struct {
	ID       string                 `json:"id"`
	Object   string                 `json:"object"`
	Status   string                 `json:"status"`
	Reason   string                 `json:"reason"`
	Created  int64                  `json:"created"`
	Amount   int64                  `json:"amount"`
	Currency string                 `json:"currency"`
	Intent   expandable[intentBody] `json:"payment_intent"`
	Evidence struct {
		Due int64 `json:"due_by"`
	} `json:"evidence_details"`
	Moved []transactionBody `json:"balance_transactions"`
}

// closed are the statuses of a dispute that is over. Every other is open, so that a
// status nobody knows yet keeps a refund waiting for the merchant's word.
var closed = []string{"won", "lost", "warning_closed", "prevented"}

// read tells a dispute. It has no time of its last change: it counts from when money
// last moved for it, and of two claims of one time the one that is over wins (see
// payment.Dispute). An inquiry that becomes a chargeback moves money.
//
// An amount that cannot be read is left out: it decides nothing, and the deadline
// beside it does.
func (b disputeBody) read() payment.Dispute {
	amount, _ := amountOf(b.Amount, b.Currency)
	d := payment.Dispute{
		ID: b.ID, Capture: intentID.formed(b.Intent.ID), Open: !slices.Contains(closed, b.Status), Amount: amount,
		Stage: codeForm.formed(b.Status), Reason: codeForm.formed(b.Reason),
		Answer: moment(b.Evidence.Due), Updated: moment(b.Created),
	}
	for _, t := range b.Moved {
		d.Updated = later(d.Updated, moment(t.Created))
	}
	if d.Updated.IsZero() {
		d.Updated = time.Unix(0, 0).UTC()
	}
	if !d.Open {
		d.Outcome, d.Answer = d.Stage, time.Time{}
	}
	return d
}

// LookDispute asks for a dispute with its PaymentIntent (GET /v1/disputes/{id}). One that Stripe does not
// know, or that is of a charge without a PaymentIntent, is about nothing of ours.
func (s *Stripe) LookDispute(ctx context.Context, id string) ([]provider.Disputed, error) {
	if err := check(disputeID, id); err != nil {
		return nil, err
	}
	got, err := s.caller.call(ctx, http.MethodGet, "/v1/disputes/"+id, "", &api.DisputeRetrieveParams{Expand: expand("payment_intent")})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var body disputeBody
	if err := got.Read(&body); err != nil {
		return nil, got.Unreadable("NOT_JSON", err)
	}
	if body.Object != "dispute" || body.ID != id || body.Status == "" {
		return nil, got.Unreadable("NOT_THE_DISPUTE", errShape)
	}
	d := provider.Disputed{Dispute: body.read()}
	if d.Capture == "" {
		return nil, nil
	}
	if intent := body.Intent.Has; intent != nil {
		d.Payment = requestID.formed(intent.Metadata[carriesPayment])
	}
	return []provider.Disputed{d}, nil
}

// disputesOf are the disputes of a capture (GET /v1/disputes).
func (s *Stripe) disputesOf(ctx context.Context, intent string) ([]payment.Dispute, error) {
	bodies, _, err := list(ctx, s, "/v1/disputes", "", listParams{Intent: &intent}, func(b disputeBody) string { return b.ID })
	if err != nil {
		return nil, err
	}
	var disputes []payment.Dispute
	for _, b := range bodies {
		if d := b.read(); d.Capture == intent && disputeID.MatchString(d.ID) {
			disputes = append(disputes, d)
		}
	}
	return disputes, nil
}

// disputeEvents are the events that tell that a dispute has changed.
var disputeEvents = []string{
	"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
	"charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
}

// eventsBack is how far back Stripe lists events (30 days: API reference, events),
// less a day for the way and the clocks.
const eventsBack = 29 * 24 * time.Hour

// ChangedDisputes lists disputes by when something happened to them (GET /v1/events):
// a list of disputes themselves goes by when they were opened. A dispute may be named
// more than once.
func (s *Stripe) ChangedDisputes(ctx context.Context, since time.Time, page string) (ids []string, next string, err error) {
	if back := s.caller.now().Add(-eventsBack); since.Before(back) {
		since = back
	}
	params := listParams{Kinds: api.StringSlice(disputeEvents), Created: &api.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	events, next, err := list(ctx, s, "/v1/events", page, params, func(e eventBody) string { return e.ID })
	if err != nil {
		return nil, "", err
	}
	for _, e := range events {
		var body disputeBody
		if e.about(&body) != nil || !disputeID.MatchString(body.ID) {
			return nil, "", new(wire.Answer).Unreadable("NOT_A_LIST", errShape)
		}
		if !slices.Contains(ids, body.ID) {
			ids = append(ids, body.ID)
		}
	}
	return ids, next, nil
}
