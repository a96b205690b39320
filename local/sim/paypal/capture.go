package paypal

import (
	"net/http"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// Capture statuses (Payments spec, schema capture_status). The refunded ones
// are never kept, only shown: they follow from the refunds. FAILED is left to an
// injected fault.
const (
	completed         = "COMPLETED"
	pending           = "PENDING"
	declined          = "DECLINED"
	partiallyRefunded = "PARTIALLY_REFUNDED"
	fullyRefunded     = "REFUNDED"
)

// capture is one execution of a payment.
type capture struct {
	id      string
	order   *order
	unit    purchase
	status  string // without regard to refunds; see shown
	reason  string
	refunds []*refund // by age
	credit  *credit   // nil unless it was converted
	created time.Time
	updated time.Time
}

// shown is the status to be seen: a refund shows once its money has moved.
func (k *capture) shown() string {
	var back int64
	for _, r := range k.refunds {
		if r.status == completed {
			back += r.amount.count
		}
	}
	switch {
	case back == 0:
		return k.status
	case back < k.unit.sum.count:
		return partiallyRefunded
	}
	return fullyRefunded
}

// rest is what can still be given back.
func (k *capture) rest() money {
	rest := k.unit.sum
	for _, r := range k.refunds {
		if r.status != failed {
			rest.count -= r.amount.count
		}
	}
	return rest
}

// capture answers POST /v2/checkout/orders/{id}/capture.
func (s *Simulator) capture(c *visit, id string) answer.Answer {
	if a, refused := checkCaptureBody(c); refused {
		return a
	}
	return s.once(c, id, func() (answer.Answer, *memo) {
		o := s.live(id)
		switch {
		case o == nil:
			return missing(c), nil
		case len(o.captures) > 0:
			return refuse(c, http.StatusUnprocessableEntity, "ORDER_ALREADY_CAPTURED"), nil
		case o.status != approved: // nor one that is void: its call has no issue of its own
			// Not remembered: the same id works once the buyer has approved.
			return refuse(c, http.StatusUnprocessableEntity, "ORDER_NOT_APPROVED"), nil
		}
		return s.take(c, o)
	})
}

// checkCaptureBody: the body is optional (Orders spec, order_capture_request),
// and its one documented member, payment_source, is not imitated. null is
// refused on purpose: some clients send {"payment_source":null} by accident.
func checkCaptureBody(c *visit) (answer.Answer, bool) {
	if len(c.body) == 0 {
		return answer.Answer{}, false
	}
	body, err := parseBody(c.body)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON"), true
	}
	found := &findings{strange: "INVALID_PARAMETER_SYNTAX"} // NOT_SUPPORTED is an issue of other calls
	part{findings: found, value: body, found: true}.object()
	return found.verdict(c)
}

// take captures an approved order with the funding its buyer chose.
func (s *Simulator) take(c *visit, o *order) (answer.Answer, *memo) {
	funding := o.funding
	switch c.fault {
	case Decline:
		funding = Declined
	case Pending:
		funding = UnderReview
	}
	end := outcomes[funding]
	if end.issue != "" {
		return s.turnDown(c, o, funding)
	}
	for _, u := range o.units {
		s.announceCapture(s.execute(o, u, end, saleCode))
	}
	o.status = orderCompleted
	o.touch(s.now())
	s.announce(orderDone, o.view(s.base("")), "Checkout Order Completed")
	return showOrder(c, o, http.StatusCreated), &memo{order: o}
}

// execute makes the capture of one unit, and its row under an event code. The
// caller holds mu.
func (s *Simulator) execute(o *order, u purchase, end outcome, code string) *capture {
	k := &capture{
		id: s.newID(), order: o, unit: u, status: end.status, reason: end.reason,
		created: s.now().Truncate(time.Second),
	}
	k.updated = k.created
	s.captures[k.id] = k
	o.captures = append(o.captures, k)
	s.books.charge(k)
	s.enterSale(k, code)
	return k
}

// turnDown refuses a capture. Where the buyer can mend it, the order waits for
// a new approval. The refusal is remembered under the request id: a buyer's new
// approval is a new intent and wants a new id.
func (s *Simulator) turnDown(c *visit, o *order, funding Funding) (answer.Answer, *memo) {
	end := outcomes[funding]
	if end.reopen {
		o.status, o.funding = payerActionRequired, ""
		o.touch(s.now())
	}
	return refuseCapture(c, o, end), &memo{order: o, refused: funding}
}

// refuseCapture is the answer to a capture that was refused. Where the buyer
// can mend it, it carries the link to the page (guide on funding failures;
// PayPal calls its rel redirect there, the order's own is payer-action).
func refuseCapture(c *visit, o *order, end outcome) answer.Answer {
	details := []detail{{Issue: end.issue, Description: descriptions[end.issue]}}
	if !end.reopen {
		return refuseDetails(c, http.StatusUnprocessableEntity, details)
	}
	page := buyerLink(c.base, o)
	return refuseDetails(c, http.StatusUnprocessableEntity, details, page, link{page.Href, "redirect", http.MethodGet})
}

// lookCapture answers GET /v2/payments/captures/{id}.
func (s *Simulator) lookCapture(c *visit, id string) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[id]
	if k == nil {
		return missing(c)
	}
	return reply(http.StatusOK, k.whole(c.base))
}

// whole is the capture as its own look shows it.
func (k *capture) whole(base string) captureView {
	v := k.view(base)
	v.SupplementaryData = &related{relatedIDs{OrderID: k.order.id}}
	v.Payee = &merchant
	return v
}

// announceCapture says what became of the money. The caller holds mu.
func (s *Simulator) announceCapture(k *capture) {
	kind := map[string]eventKind{completed: captureCompleted, pending: capturePending, declined: captureDenied}[k.status]
	s.announce(kind, k.whole(s.base("")), "Payment "+strings.ToLower(k.status)+" for "+k.unit.sum.String()+" "+k.unit.sum.currency)
}

// SettlePending ends a pending capture: the money arrives, or it is declined.
func (s *Simulator) SettlePending(captureID string, arrived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	switch {
	case k == nil:
		return ErrNoCapture
	case k.status != pending:
		return ErrNotPending
	}
	k.status = declined
	if arrived {
		k.status, k.reason = completed, ""
	}
	k.updated = after(k.updated, s.now())
	k.order.touch(s.now())
	s.books.settle(k)
	s.settleSale(k)
	s.announceCapture(k)
	return s.keep()
}

// captureView is a capture as the specs show it (schema capture). Inside an
// order it has neither supplementary_data nor payee: only the Payments spec's
// own look (capture-2) promises those.
type captureView struct {
	ID                string         `json:"id"`
	Status            string         `json:"status"`
	StatusDetails     *statusDetails `json:"status_details,omitempty"`
	Amount            money          `json:"amount"`
	FinalCapture      bool           `json:"final_capture"`
	DisbursementMode  string         `json:"disbursement_mode"`
	Breakdown         *receivable    `json:"seller_receivable_breakdown,omitempty"`
	CustomID          string         `json:"custom_id,omitempty"`
	InvoiceID         string         `json:"invoice_id,omitempty"`
	SupplementaryData *related       `json:"supplementary_data,omitempty"`
	Payee             *payee         `json:"payee,omitempty"`
	CreateTime        string         `json:"create_time"`
	UpdateTime        string         `json:"update_time"`
	Links             []link         `json:"links"`
}

type statusDetails struct {
	Reason string `json:"reason"`
}

type receivable struct {
	GrossAmount money `json:"gross_amount"`
	PayPalFee   money `json:"paypal_fee"`
	NetAmount   money `json:"net_amount"`

	// Only of a capture that was converted.
	FeeReceived *money        `json:"paypal_fee_in_receivable_currency,omitempty"`
	Received    *money        `json:"receivable_amount,omitempty"`
	Rate        *exchangeRate `json:"exchange_rate,omitempty"`
}

type related struct {
	RelatedIDs relatedIDs `json:"related_ids"`
}

type relatedIDs struct {
	OrderID string `json:"order_id"`
}

// view shows the capture. The breakdown "is not available for transactions
// that are in pending state" (schema seller_receivable_breakdown); of a
// declined one there is nothing to break down.
func (k *capture) view(base string) captureView {
	v := captureView{
		ID: k.id, Status: k.shown(), Amount: k.unit.sum, FinalCapture: true, DisbursementMode: "INSTANT",
		CustomID: k.unit.CustomID, InvoiceID: k.unit.InvoiceID,
		CreateTime: wire(k.created), UpdateTime: wire(k.updated),
		Links: []link{
			{base + capturePath + "/" + k.id, "self", http.MethodGet},
			{base + ordersPath + "/" + k.order.id, "up", http.MethodGet},
		},
	}
	if k.reason != "" {
		v.StatusDetails = &statusDetails{k.reason}
	}
	if k.status == completed {
		kept := fee(k.unit.sum)
		v.Breakdown = &receivable{
			GrossAmount: k.unit.sum, PayPalFee: kept, NetAmount: money{kept.currency, k.unit.sum.count - kept.count},
		}
		if c := k.credit; c != nil {
			v.Breakdown.FeeReceived, v.Breakdown.Received, v.Breakdown.Rate = &c.Fee, &c.Net, &c.Rate
		}
	}
	if k.status == completed && k.rest().count > 0 {
		v.Links = append(v.Links, link{base + capturePath + "/" + k.id + "/refund", "refund", http.MethodPost})
	}
	return v
}
