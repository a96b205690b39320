package stripe

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// eventBody is an Event, as far as it is used.
type eventBody struct {
	ID     string `json:"id"`
	Object string `json:"object"`
	Type   string `json:"type"`
	Data   struct {
		Object jsontext.Value `json:"object"`
	} `json:"data"`
}

// about reads what an event is about.
func (e eventBody) about(into any) error {
	return json.Unmarshal(e.Data.Object, into, jsontext.AllowInvalidUTF8(true))
}

// heard is an event while it is read into a ring.
type heard struct {
	stripe *Stripe
	event  eventBody
	ring   provider.Ring
}

// eventKinds are the events that can mean something to a payment, by what they are
// about (API reference, event types). Those of PaymentIntents and charges are not
// among them: neither names its session, and whatever moves money has an event of the
// session, the refund or the dispute as well.
var eventKinds = map[string]func(*heard) error{
	"checkout.session.completed":               (*heard).session,
	"checkout.session.async_payment_succeeded": (*heard).session,
	"checkout.session.async_payment_failed":    (*heard).session,
	"checkout.session.expired":                 (*heard).session,
	"refund.created":                           (*heard).refund,
	"refund.updated":                           (*heard).refund,
	"refund.failed":                            (*heard).refund,
	"charge.dispute.created":                   (*heard).dispute,
	"charge.dispute.updated":                   (*heard).dispute,
	"charge.dispute.closed":                    (*heard).dispute,
	"charge.dispute.funds_withdrawn":           (*heard).dispute,
	"charge.dispute.funds_reinstated":          (*heard).dispute,
}

// Events are the types a webhook has to be told of, in alphabetical order.
func Events() []string { return slices.Sorted(maps.Keys(eventKinds)) }

var (
	eventID   = prefixed("evt_")
	eventType = shape.Of("a-z0-9._", 1, 100)
)

// readEvent reads a verified body. One that cannot be read is a ring that names no
// type: to ask Stripe for it again would bring the same bytes back for three days, so
// it is answered for and counted, and the sweep finds what it was about. Which API
// version it is written in does not matter: no member that is used has changed its
// meaning, and nothing of it is believed.
func (s *Stripe) readEvent(body []byte) provider.Ring {
	h := heard{stripe: s}
	if json.Unmarshal(body, &h.event, jsontext.AllowInvalidUTF8(true)) != nil ||
		h.event.Object != "event" || !eventType.MatchString(h.event.Type) {
		return provider.Ring{}
	}
	h.ring.Type, h.ring.ID = h.event.Type, eventID.formed(h.event.ID)
	read, known := eventKinds[h.event.Type]
	if !known {
		return h.ring
	}
	h.ring.Known = true
	h.ring.Says = payment.Snapshot{Provider: Name, At: s.caller.now()}
	if read(&h) != nil {
		return provider.Ring{}
	}
	h.ring.Says.Payment, h.ring.Says.Order = h.ring.Payment, h.ring.Order
	return h.ring
}

// session: the event's own name tells what became of a payment that came later. Its
// time is left out of the claim, since a look will name the charge's.
func (h *heard) session() error {
	var body sessionBody
	if err := h.event.about(&body); err != nil {
		return err
	}
	h.ring.Order, h.ring.Capture = sessionID.formed(body.ID), intentID.formed(body.Intent.ID)
	h.ring.Payment = clip(body.Reference, maxText)
	if body.Amount == nil {
		body.Amount = new(int64)
	}
	// What has no readable amount says the rest all the same.
	h.ring.Says, _ = body.read(h.ring.Says.At)
	h.ring.Says.Approve = ""
	state := payment.Pending
	switch {
	case body.Paid == "paid":
		state = payment.Completed
	case strings.HasSuffix(h.event.Type, ".async_payment_failed"):
		state = payment.Failed
	}
	if h.ring.Capture != "" && body.Status == "complete" {
		h.ring.Says.Captures = []payment.Capture{{Order: h.ring.Order, Movement: payment.Movement{
			ID: h.ring.Capture, State: state, Amount: h.ring.Says.Amount,
		}}}
	}
	return nil
}

// refund is made by us or in Stripe's dashboard. It does not name its session.
func (h *heard) refund() error {
	var body refundBody
	if err := h.event.about(&body); err != nil {
		return err
	}
	h.ring.Payment = clip(body.Metadata[carriesPayment], maxText)
	h.ring.Refund, h.ring.Capture = refundID.formed(body.ID), intentID.formed(body.Intent.ID)
	refund, err := body.read(h.ring.Payment)
	if err != nil {
		// Of which nothing but the id can be read is news to every payment, and the one
		// sure thing is to ask.
		refund.Movement = payment.Movement{ID: h.ring.Refund, State: payment.Unclear}
	}
	refund.Capture = h.ring.Capture
	h.ring.Says.Refunds = []payment.Refund{refund}
	return nil
}

// dispute carries nothing of ours; its PaymentIntent leads to the payment.
func (h *heard) dispute() error {
	var body disputeBody
	if err := h.event.about(&body); err != nil {
		return err
	}
	body.ID = disputeID.formed(body.ID)
	h.ring.Dispute, h.ring.Capture = body.ID, intentID.formed(body.Intent.ID)
	if d := body.read(); d.ID != "" && d.Capture != "" {
		h.ring.Says.Disputes = []payment.Dispute{d}
	}
	return nil
}
