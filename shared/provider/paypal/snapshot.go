package paypal

import (
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
)

// The answer about an order (schema order), as far as it is used.
type orderBody struct {
	Instruction   string     `json:"processing_instruction"`
	ID            string     `json:"id"`
	Status        string     `json:"status"`
	CreateTime    stamp      `json:"create_time"`
	UpdateTime    stamp      `json:"update_time"`
	PurchaseUnits []unitBody `json:"purchase_units"`
	Links         []link     `json:"links"`
}

type unitBody struct {
	CustomID string      `json:"custom_id"`
	Amount   *amountBody `json:"amount"`
	Payments struct {
		Captures []captureBody `json:"captures"`
		Refunds  []refundBody  `json:"refunds"`
	} `json:"payments"`
}

// captureBody is schema capture.
type captureBody struct {
	movementBody
	Breakdown *struct {
		Fee          *amountBody `json:"paypal_fee"`
		Net          *amountBody `json:"net_amount"`
		Receivable   *amountBody `json:"receivable_amount"`
		ExchangeRate *struct {
			Value string `json:"value"`
		} `json:"exchange_rate"`
	} `json:"seller_receivable_breakdown"`
}

type movementBody struct {
	ID            string      `json:"id"`
	Status        string      `json:"status"`
	Amount        *amountBody `json:"amount"`
	CreateTime    stamp       `json:"create_time"`
	UpdateTime    stamp       `json:"update_time"`
	StatusDetails struct {
		Reason string `json:"reason"`
	} `json:"status_details"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

// errShape is an answer that is JSON and yet not about the order asked for.
var errShape = errors.New("paypal: the answer is not the order that was asked for")

// snapshot reads an order. whole is false where PayPal has left out the amount
// or the custom_id. An answer that cannot be read, or is about another order
// than id (any, where id is empty), is of class Look: what was asked for may
// have been done.
func (p *PayPal) snapshot(got *wire.Answer, id string) (s payment.Snapshot, whole bool, err error) {
	var body orderBody
	// This decoder refuses a name that comes twice: of an answer that says both
	// COMPLETED and DECLINED the last word is not the truth. Half a character in
	// a buyer's name, though, is no reason to lose the rest.
	if err := got.Read(&body); err != nil {
		return s, false, got.Unreadable("NOT_JSON", err)
	}
	if !orderID.MatchString(body.ID) || (id != "" && body.ID != id) || !names(body.Links, body.ID) || len(body.PurchaseUnits) > 1 {
		return s, false, got.Unreadable("NOT_THE_ORDER", errShape)
	}
	approve, trusted := p.approveLink(body.Links)
	if !trusted {
		return s, false, got.Unreadable("APPROVE_LINK", errShape)
	}
	if s, err = p.readOrder(body, got.Asked); err != nil {
		return payment.Snapshot{}, false, got.Unreadable("AMOUNT", err)
	}
	s.Approve, s.Account = approve, got.Account
	return s, s.Payment != "" && body.PurchaseUnits[0].Amount != nil, nil
}

// readOrder reads what an order says, in an answer or in an event. Where its
// amounts cannot be read, all the rest is told beside the error.
func (p *PayPal) readOrder(body orderBody, at time.Time) (payment.Snapshot, error) {
	s := payment.Snapshot{
		Provider: Name, Order: body.ID, At: at, State: orderStates[body.Status],
		SelfCompleting: body.Instruction == completeOnApproval,
		// An order without a time is older than every other claim about it: with our
		// own clock each look would pass for a new approval (see payment.Attempt).
		Updated: firstTime(body.UpdateTime, body.CreateTime, stamp(time.Unix(0, 0))),
	}
	if len(body.PurchaseUnits) == 0 {
		return s, nil
	}
	unit := body.PurchaseUnits[0]
	s.Payment = unit.CustomID
	amount, err := fromPayPal(unit.Amount)
	if err == nil {
		s.Amount = amount
		err = unit.movements(&s)
	}
	return s, err
}

// orderStates maps schema order_status; what is not here is OrderUnknown.
var orderStates = map[string]payment.OrderState{
	"CREATED":               payment.OrderWaiting,
	"SAVED":                 payment.OrderWaiting,
	"PAYER_ACTION_REQUIRED": payment.OrderWaiting,
	"PENDING_APPROVAL":      payment.OrderWaiting,
	"APPROVED":              payment.OrderApproved,
	"COMPLETED":             payment.OrderCompleted,
	"VOIDED":                payment.OrderVoided,
}

// movementStates maps schemas capture_status and refund_status.
var movementStates = map[string]payment.State{
	"PENDING":            payment.Pending,
	"COMPLETED":          payment.Completed,
	"PARTIALLY_REFUNDED": payment.PartiallyRefunded,
	"REFUNDED":           payment.Refunded,
	"DECLINED":           payment.Failed,
	"FAILED":             payment.Failed,
	"CANCELLED":          payment.Failed,
}

// movements reads the unit's captures and refunds into the snapshot.
func (u unitBody) movements(s *payment.Snapshot) error {
	for _, c := range u.Payments.Captures {
		capture, err := c.read(s.At)
		if err != nil {
			return err
		}
		capture.Order = s.Order
		s.Captures = append(s.Captures, capture)
	}
	for _, r := range u.Payments.Refunds {
		refund, err := r.read(s.At, u.CustomID)
		if err != nil {
			return err
		}
		s.Refunds = append(s.Refunds, refund)
	}
	return nil
}

func (m movementBody) read(at time.Time) (payment.Movement, error) {
	amount, err := fromPayPal(m.Amount)
	if err == nil && (m.Amount == nil || m.ID == "" || amount.Minor < 0) {
		err = errShape
	}
	if err != nil {
		return payment.Movement{}, err
	}
	state, known := movementStates[m.Status]
	if !known {
		state = payment.Unclear
	}
	created := firstTime(m.CreateTime, m.UpdateTime, stamp(at))
	return payment.Movement{
		ID: m.ID, State: state, Reason: m.StatusDetails.Reason, Amount: amount,
		Created: created, Updated: firstTime(m.UpdateTime, stamp(created)),
	}, nil
}

func (c captureBody) read(at time.Time) (payment.Capture, error) {
	movement, err := c.movementBody.read(at)
	capture := payment.Capture{Movement: movement}
	if err != nil || c.Breakdown == nil {
		return capture, err
	}
	for _, f := range []struct {
		to   *money.Amount
		from *amountBody
	}{{&capture.Fee, c.Breakdown.Fee}, {&capture.Net, c.Breakdown.Net}, {&capture.Received, c.Breakdown.Receivable}} {
		if *f.to, err = fromPayPal(f.from); err != nil {
			return capture, err
		}
	}
	if c.Breakdown.ExchangeRate != nil {
		capture.Rate = c.Breakdown.ExchangeRate.Value
	}
	return capture, nil
}

// upLink is the id of the capture a refund belongs to (schema refund, links).
func upLink(links []link) string { return linked(links, "up") }

// names reports whether an answer's link to itself, where it has one, is to the thing
// of this id. The answer to a call that makes something has no other id to be held
// against: one that names two things is about neither for sure.
func names(links []link, id string) bool {
	self := linked(links, "self")
	return self == "" || self == id
}

// linked is the id in a link of this rel: the last part of its address.
func linked(links []link, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href[strings.LastIndex(l.Href, "/")+1:]
		}
	}
	return ""
}

// stamp is a time as PayPal writes it: RFC 3339, or without the colon in the
// offset. One that cannot be read is no time, and spoils nothing else.
type stamp time.Time

// UnmarshalJSON never fails: a time is never worth losing an answer about money.
func (t *stamp) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if parsed, err := time.Parse(layout, s); err == nil {
			*t = stamp(parsed)
			return nil
		}
	}
	return nil
}

// firstTime is the first of the times that was given, in UTC whole seconds.
func firstTime(times ...stamp) time.Time {
	for _, t := range times {
		if at := time.Time(t); !at.IsZero() {
			return at.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}
