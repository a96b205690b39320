package paypal

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// failed is the state of a refund that did not come through (Payments spec,
// schema refund_status). COMPLETED and PENDING are those of a capture; CANCELLED
// is in the spec's list and is not reached here.
const failed = "FAILED"

// Origin is who gave the money back.
type Origin string

const (
	ByCall      Origin = "call"      // the shop, through the interface
	ByDashboard Origin = "dashboard" // the merchant, on PayPal's own pages
	ByPayPal    Origin = "reversal"  // PayPal, against the merchant's will
)

// refund is money given back of one capture.
type refund struct {
	id        string
	capture   *capture
	origin    Origin
	status    string
	reason    string
	amount    money
	customID  string
	invoiceID string
	note      string
	created   time.Time
	updated   time.Time
}

// refundTime is how long a capture can be refunded (guide on refunds: 180 days).
// Here the last moment is too late already. Some sources have a time of their own.
const refundTime = 180 * 24 * time.Hour

// Errors of the calls by which a test, a demo or a person gives money back.
var (
	ErrNoRefund = errors.New("paypal: no such refund")
	// ErrRefund is wrapped with the issue a call would have been refused with.
	ErrRefund = errors.New("paypal: the capture cannot be refunded so")
)

// refund answers POST /v2/payments/captures/{id}/refund. A refusal is not
// remembered under its request id: nothing has happened, so the same id works
// once the reason is gone. Nor does a refund end a dispute.
func (s *Simulator) refund(c *visit, id string) answer.Answer {
	body, err := any(map[string]any{}), error(nil)
	if len(c.body) > 0 {
		body, err = parseBody(c.body)
	}
	if err != nil {
		return refuse(c, http.StatusBadRequest, "INVALID_PARAMETER_SYNTAX") // of 400 this call has three issues
	}
	wish, found := readRefund(body)
	if a, refused := found.verdict(c); refused {
		return a
	}
	return s.once(c, id+" "+fingerprint(body), func() (answer.Answer, *memo) {
		k := s.captures[id]
		if k == nil {
			return missing(c), nil
		}
		r := *wish
		issue := s.refundable(k, &r.amount)
		switch {
		case issue != "":
		case r.invoiceID != "" && s.refundedUnder(r.invoiceID):
			issue = "DUPLICATE_INVOICE_ID"
		case c.fault == InsufficientFunds:
			issue = "REFUND_FAILED_INSUFFICIENT_FUNDS"
		}
		if issue != "" {
			return refuse(c, http.StatusUnprocessableEntity, issue), nil
		}
		r.origin, r.status = ByCall, completed
		if c.fault == Pending {
			r.status, r.reason = pending, "ECHECK"
		}
		s.giveBack(k, &r, refundCode)
		return showRefund(c, &r, http.StatusCreated), &memo{refund: &r}
	})
}

// linePattern is custom_id's, invoice_id's and note_to_payer's in the Payments
// spec: no line breaks.
var linePattern = regexp.MustCompile(`^.*$`)

// readRefund reads a refund request (Payments spec, schema refund_request). An
// absent amount is left empty: it means all that is left. payment_instruction
// belongs to platforms and is not imitated.
func readRefund(body any) (*refund, *findings) {
	found := &findings{strange: "INVALID_PARAMETER_SYNTAX"} // NOT_SUPPORTED is an issue of other calls
	p := part{findings: found, value: body, found: true}
	if !p.object("amount", "custom_id", "invoice_id", "note_to_payer") {
		return nil, found
	}
	return &refund{
		amount:    p.member("amount").money(1, "CANNOT_BE_ZERO_OR_NEGATIVE"),
		customID:  p.member("custom_id").matching(linePattern, 1, maxText),
		invoiceID: p.member("invoice_id").matching(linePattern, 1, maxText),
		note:      p.member("note_to_payer").matching(linePattern, 1, 255),
	}, found
}

// refundable names the issue with a refund, or none (Payments spec, schema
// captures.refund-422). An empty amount becomes all that is left, which is what
// "captured amount - previous refunds" comes to; what is pending counts as
// refunded. While a case is open only that much can be refunded. The caller
// holds mu.
func (s *Simulator) refundable(k *capture, wanted *money) (issue string) {
	rest := k.rest()
	if *wanted == (money{}) {
		*wanted = rest
	}
	switch {
	case k.status == pending:
		return "PENDING_CAPTURE"
	case k.status != completed:
		return "REFUND_NOT_ALLOWED"
	case !s.now().Before(k.created.Add(k.order.refundTime())):
		return "REFUND_TIME_LIMIT_EXCEEDED"
	case wanted.currency != rest.currency:
		return "REFUND_CAPTURE_CURRENCY_MISMATCH"
	case rest.count == 0:
		return "CAPTURE_FULLY_REFUNDED"
	case wanted.count > rest.count:
		return "REFUND_AMOUNT_EXCEEDED"
	case wanted.count < rest.count && s.disputed(k):
		return "TRANSACTION_DISPUTED"
	}
	return ""
}

func (o *order) refundTime() time.Duration {
	if own := sources[o.source.Name].refundTime; own != 0 {
		return own
	}
	return refundTime
}

// refundedUnder tells whether a refund has had this invoice id, whatever became
// of it.
func (s *Simulator) refundedUnder(invoiceID string) bool {
	for _, r := range s.refunds {
		if r.invoiceID == invoiceID {
			return true
		}
	}
	return false
}

// giveBack makes a refund of the capture, and its row under an event code. The
// caller holds mu.
func (s *Simulator) giveBack(k *capture, r *refund, code string) {
	r.id, r.capture = s.newID(), k
	r.created = s.now().Truncate(time.Second)
	r.updated = r.created
	s.refunds[r.id] = r
	k.refunds = append(k.refunds, r)
	s.books.refund(r)
	s.enterRefund(r, code)
	k.order.touch(s.now())
	if r.status == completed {
		s.refunded(r)
	}
}

// refunded is what follows when the money of a refund has moved. PayPal's list
// of events has none for a refund that is PENDING or FAILED, so only a look
// tells of those.
func (s *Simulator) refunded(r *refund) {
	r.capture.updated = after(r.capture.updated, s.now())
	kind, verb := captureRefunded, "refunded"
	if r.origin == ByPayPal {
		kind, verb = captureReversed, "reversed"
	}
	s.announce(kind, r.view(s.base("")), "A "+r.amount.String()+" "+r.amount.currency+" capture payment was "+verb)
}

// lookRefund answers GET /v2/payments/refunds/{id}, always in full.
func (s *Simulator) lookRefund(c *visit, id string) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refunds[id]
	if r == nil {
		return missing(c)
	}
	c.minimal = false
	return showRefund(c, r, http.StatusOK)
}

// RefundInDashboard is the merchant's refund on PayPal's own pages: it carries
// no custom_id, no invoice_id and no note. The amount is in the currency's
// smallest unit at PayPal; 0 is all that is left.
func (s *Simulator) RefundInDashboard(captureID string, amount int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	if k == nil {
		return ErrNoCapture
	}
	r := &refund{origin: ByDashboard, status: completed}
	if amount != 0 {
		r.amount = money{k.unit.sum.currency, amount}
	}
	issue := s.refundable(k, &r.amount)
	if issue == "" && amount < 0 {
		issue = "CANNOT_BE_ZERO_OR_NEGATIVE"
	}
	if issue != "" {
		return fmt.Errorf("%w: %s", ErrRefund, issue)
	}
	s.giveBack(k, r, refundCode)
	return s.keep()
}

// SettleRefund ends a pending refund: the money arrives at the buyer, or the
// bank sends it back and the refund is FAILED.
func (s *Simulator) SettleRefund(refundID string, arrived bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refunds[refundID]
	switch {
	case r == nil:
		return ErrNoRefund
	case r.status != pending:
		return ErrNotPending
	}
	r.status = failed
	if arrived {
		r.status, r.reason = completed, ""
	}
	r.updated = after(r.updated, s.now())
	r.capture.order.touch(s.now())
	s.books.settleRefund(r)
	s.settleRefundRow(r)
	if arrived {
		s.refunded(r)
	}
	return s.keep()
}
