package paypal

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// eventBody is a webhook's body (notifications_webhooks_v1, schema event), as far
// as it is used.
type eventBody struct {
	ID       string         `json:"id"`
	Type     string         `json:"event_type"`
	Created  stamp          `json:"create_time"`
	Resource jsontext.Value `json:"resource"`
}

// heard is an event while it is read into a ring.
type heard struct {
	paypal *PayPal
	event  eventBody
	ring   provider.Ring
}

// eventKinds are the events that can mean something to a payment, by what their
// resource is (api/rest/webhooks/event-names). DENIED and DECLINED are both there
// because PayPal's documents name both for v2; the PAYMENT.REFUND events are seen
// in the wild and in no list.
var eventKinds = map[string]func(*heard) error{
	"CHECKOUT.ORDER.APPROVED":            (*heard).order,
	"CHECKOUT.ORDER.COMPLETED":           (*heard).order,
	"CHECKOUT.ORDER.VOIDED":              (*heard).order,
	"CHECKOUT.PAYMENT-APPROVAL.REVERSED": (*heard).reversedApproval,
	"PAYMENT.CAPTURE.COMPLETED":          (*heard).capture,
	"PAYMENT.CAPTURE.PENDING":            (*heard).capture,
	"PAYMENT.CAPTURE.DENIED":             (*heard).capture,
	"PAYMENT.CAPTURE.DECLINED":           (*heard).capture,
	"PAYMENT.CAPTURE.REFUNDED":           (*heard).refund,
	"PAYMENT.CAPTURE.REVERSED":           (*heard).reversedCapture,
	"PAYMENT.REFUND.PENDING":             (*heard).refund,
	"PAYMENT.REFUND.FAILED":              (*heard).refund,
	"PAYMENT.REFUND.COMPLETED":           (*heard).refund,
	"CUSTOMER.DISPUTE.CREATED":           (*heard).dispute,
	"CUSTOMER.DISPUTE.UPDATED":           (*heard).dispute,
	"CUSTOMER.DISPUTE.RESOLVED":          (*heard).dispute,
}

var (
	eventID   = shape.Of("A-Za-z0-9_-", 1, 64)
	eventType = shape.Of("A-Z0-9._-", 1, 80)
)

// readEvent reads a verified body. One that cannot be read is a ring that names
// no type: to ask PayPal for it again would bring the same bytes back for three
// days, so it is answered for and counted, and the sweep finds what it was about.
//
// Whoever has one delivery's headers can write here what he likes, so every id
// has its form before it is told.
func (p *PayPal) readEvent(body []byte) provider.Ring {
	h := heard{paypal: p}
	if json.Unmarshal(body, &h.event, jsontext.AllowInvalidUTF8(true)) != nil || !eventType.MatchString(h.event.Type) {
		return provider.Ring{}
	}
	h.ring.Type, h.ring.ID = h.event.Type, formed(eventID, h.event.ID)
	read, known := eventKinds[h.event.Type]
	if !known {
		return h.ring
	}
	h.ring.Known = true
	h.ring.Says = payment.Snapshot{Provider: Name, At: p.caller.now()}
	if read(&h) != nil {
		return provider.Ring{}
	}
	h.ring.Says.Payment, h.ring.Says.Order = h.ring.Payment, h.ring.Order
	return h.ring
}

// resource reads the event's resource.
func (h *heard) resource(into any) error {
	return json.Unmarshal(h.event.Resource, into, jsontext.AllowInvalidUTF8(true))
}

func (h *heard) order() error {
	var body orderBody
	if err := h.resource(&body); err != nil {
		return err
	}
	h.ring.Order = formed(orderID, body.ID)
	// What has no readable amount says the rest all the same.
	h.ring.Says, _ = h.paypal.readOrder(body, h.ring.Says.At)
	h.ring.Payment = claimed(h.ring.Says.Payment)
	return nil
}

// reversedApproval: an approved order was not captured in time, and the buyer
// has the money back (payment-methods/webhooks).
func (h *heard) reversedApproval() error {
	var body struct {
		OrderID       string     `json:"order_id"`
		PurchaseUnits []unitBody `json:"purchase_units"`
	}
	if err := h.resource(&body); err != nil {
		return err
	}
	h.ring.Order = formed(orderID, body.OrderID)
	if len(body.PurchaseUnits) > 0 {
		h.ring.Payment = claimed(body.PurchaseUnits[0].CustomID)
		h.ring.Says.Amount, _ = fromPayPal(body.PurchaseUnits[0].Amount)
	}
	h.ring.Says.State, h.ring.Says.Updated = payment.OrderVoided, firstTime(h.event.Created, stamp(h.ring.Says.At))
	return nil
}

func (h *heard) capture() error {
	var body captureDetail
	if err := h.resource(&body); err != nil {
		return err
	}
	h.ring.Payment, h.ring.Order, h.ring.Capture = claimed(body.CustomID), body.order(), formed(movementID, body.ID)
	capture, err := body.captureBody.read(h.ring.Says.At)
	if err != nil {
		capture.Movement = h.unclear(h.ring.Capture)
	}
	capture.Order = h.ring.Order
	h.ring.Says.Captures = []payment.Capture{capture}
	// Ours are taken whole: another amount would be news.
	h.ring.Says.Amount = capture.Amount
	return nil
}

// refund: the resource of PAYMENT.CAPTURE.REFUNDED is the refund, made by us or
// in PayPal's dashboard. It does not name its order.
func (h *heard) refund() error {
	var body refundBody
	if err := h.resource(&body); err != nil {
		return err
	}
	h.ring.Payment = claimed(paymentOf(body.CustomID))
	h.ring.Refund, h.ring.Capture = formed(movementID, body.ID), formed(movementID, upLink(body.Links))
	refund, err := body.read(h.ring.Says.At, h.ring.Payment)
	if err != nil {
		refund.Movement = h.unclear(h.ring.Refund)
	}
	refund.Capture = h.ring.Capture
	h.ring.Says.Refunds = []payment.Refund{refund}
	return nil
}

// reversedCapture: PayPal took the money back. Nobody says whether the resource
// is the capture or something of its own that leads up to it, so the link decides.
func (h *heard) reversedCapture() error {
	var body struct {
		Links []link `json:"links"`
	}
	if err := h.resource(&body); err != nil {
		return err
	}
	for _, l := range body.Links {
		if l.Rel == "up" && strings.Contains(l.Href, "/captures/") {
			return h.refund()
		}
	}
	return h.capture()
}

// dispute: the merchant's own text on the transaction is the custom_id of its
// order (customer_disputes_v1, schema transaction_info, custom).
func (h *heard) dispute() error {
	var body disputeBody
	if err := h.resource(&body); err != nil {
		return err
	}
	body.ID = formed(disputeID, body.ID)
	h.ring.Dispute = body.ID
	for _, d := range body.read() {
		h.ring.Says.Disputes = append(h.ring.Says.Disputes, d.Dispute)
	}
	if len(body.Transactions) > 0 {
		h.ring.Capture = formed(movementID, body.Transactions[0].Seller)
		h.ring.Payment = formed(requestID, body.Transactions[0].Custom)
	}
	return nil
}

// unclear is a movement of which nothing but the id can be read. It is news to
// every payment, and the one sure thing is to ask.
func (h *heard) unclear(id string) payment.Movement {
	at := firstTime(h.event.Created, stamp(h.ring.Says.At))
	return payment.Movement{ID: id, State: payment.Unclear, Created: at, Updated: at}
}

// paymentOf is the payment whose refund carries this custom_id: our refund id is
// the payment's, "-" and a hash. A refund made in PayPal's dashboard may carry
// the payment's own.
func paymentOf(customID string) string {
	if i := strings.LastIndex(customID, "-"); i >= 0 {
		return customID[:i]
	}
	return customID
}

// claimed is a custom_id as an event has it, of whatever form: one that is not
// ours means another sale, and no call.
func claimed(customID string) string { return clip(customID, maxText) }

// formed is an id of its form, or none.
func formed(form *shape.Shape, id string) string {
	if form.MatchString(id) {
		return id
	}
	return ""
}
