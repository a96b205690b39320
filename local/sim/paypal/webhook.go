package paypal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// Webhook is where events are sent. Without a URL there are none.
type Webhook struct {
	URL string
	// ID is the webhook's id, which is signed and never sent. Empty is
	// DefaultWebhookID.
	ID string
	// Auto sends events as they come, from a goroutine that Close ends. Without
	// it they wait for Deliver.
	Auto bool
	// Client sends the events; nil is one that waits half a minute and follows no
	// redirect. PublicURL has to be set, so that the certificate can be found.
	Client *http.Client
	// Authority signs. Nil is one of the simulator's own, made when it is first
	// needed and kept in the File.
	Authority *Authority
}

// DefaultWebhookID is the id of a webhook that was given none.
const DefaultWebhookID = "7SIMULATEDHOOK042"

// eventKind is a type of event (guide api/rest/webhooks/event-names). PayPal
// writes of PAYMENT.CAPTURE.DECLINED as well as of DENIED; only the latter is
// sent here.
type eventKind string

const (
	orderApproved    eventKind = "CHECKOUT.ORDER.APPROVED"
	orderDone        eventKind = "CHECKOUT.ORDER.COMPLETED"
	approvalReversed eventKind = "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
	captureCompleted eventKind = "PAYMENT.CAPTURE.COMPLETED"
	capturePending   eventKind = "PAYMENT.CAPTURE.PENDING"
	captureDenied    eventKind = "PAYMENT.CAPTURE.DENIED"
	captureRefunded  eventKind = "PAYMENT.CAPTURE.REFUNDED"
	captureReversed  eventKind = "PAYMENT.CAPTURE.REVERSED"
	disputeCreated   eventKind = "CUSTOMER.DISPUTE.CREATED"
	disputeUpdated   eventKind = "CUSTOMER.DISPUTE.UPDATED"
	disputeResolved  eventKind = "CUSTOMER.DISPUTE.RESOLVED"
)

// eventKinds are all there are, each with the type and version of its resource:
// that of a refund or a reversal is the refund. A dispute has no version.
var eventKinds = []struct {
	kind              eventKind
	resource, version string
}{
	{orderApproved, "checkout-order", "2.0"},
	{orderDone, "checkout-order", "2.0"},
	{approvalReversed, "checkout-order", "2.0"}, // the type of its resource is UNVERIFIED
	{captureCompleted, "capture", "2.0"},
	{capturePending, "capture", "2.0"},
	{captureDenied, "capture", "2.0"},
	{captureRefunded, "refund", "2.0"},
	{captureReversed, "refund", "2.0"},
	{disputeCreated, "dispute", ""},
	{disputeUpdated, "dispute", ""},
	{disputeResolved, "dispute", ""},
}

// eventView is PayPal's event (Webhooks spec, schema event).
type eventView struct {
	ID              string    `json:"id"`
	EventVersion    string    `json:"event_version"`
	CreateTime      string    `json:"create_time"`
	ResourceType    string    `json:"resource_type"`
	ResourceVersion string    `json:"resource_version,omitempty"`
	EventType       eventKind `json:"event_type"`
	Summary         string    `json:"summary"`
	Resource        any       `json:"resource"`
	Links           []link    `json:"links"`
}

// announce queues an event with its resource as it is now. The caller holds mu.
func (s *Simulator) announce(kind eventKind, resource any, summary string) {
	if s.config.Webhook.URL == "" {
		return
	}
	now := s.now()
	id := s.newEventID()
	self := s.base("") + eventsPath + "/" + id
	v := eventView{
		ID: id, EventVersion: "1.0", CreateTime: now.Format("2006-01-02T15:04:05.000Z"),
		EventType: kind, Summary: summary, Resource: resource,
		Links: []link{{self, "self", http.MethodGet}, {self + "/resend", "resend", http.MethodPost}},
	}
	for _, k := range eventKinds {
		if k.kind == kind {
			v.ResourceType, v.ResourceVersion = k.resource, k.version
		}
	}
	s.courier.Announce(courier.Event[transmission]{ID: id, Kind: string(kind), Body: eventBody(v), Born: now, Due: now})
}

// eventBody renders an event with & < > as they are: whoever decodes a body and
// encodes it again in Go gets other bytes, and so another checksum.
func eventBody(v eventView) string {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("paypal: an event cannot be rendered: " + err.Error())
	}
	return strings.TrimSuffix(body.String(), "\n")
}

func (s *Simulator) newEventID() string {
	return "WH-" + chance.Letters(s.hooks, upperAlphanumerics, idLength) + "-" + chance.Letters(s.hooks, upperAlphanumerics, idLength)
}
