package paypal

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Words of the Disputes spec (customer_disputes_v1.json), schemas
// dispute_reason, dispute_lifecycle_stage, status and dispute_outcome.
var (
	disputeReasons = []string{
		"MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED", "UNAUTHORISED",
		"CREDIT_NOT_PROCESSED", "DUPLICATE_TRANSACTION", "INCORRECT_AMOUNT", "PAYMENT_BY_OTHER_MEANS",
		"CANCELED_RECURRING_BILLING", "PROBLEM_WITH_REMITTANCE", "OTHER",
	}
	// disputeStages are in the order a dispute goes through them.
	disputeStages = []string{"INQUIRY", "CHARGEBACK", "PRE_ARBITRATION", "ARBITRATION"}
	// disputeOutcomes are those the simulator imitates, with whether the merchant
	// pays. RESOLVED_WITH_PAYOUT, where PayPal does, and NONE are left out.
	disputeOutcomes = map[string]bool{
		"RESOLVED_BUYER_FAVOUR": true, accepted: true,
		"RESOLVED_SELLER_FAVOUR": false, "CANCELED_BY_BUYER": false, "DENIED": false,
	}
)

const (
	waitingForSeller = "WAITING_FOR_SELLER_RESPONSE"
	disputeOpen      = "OPEN"
	disputeOver      = "RESOLVED"
	accepted         = "ACCEPTED" // by the merchant
)

// disputeTime is how long a buyer can open a dispute (guide
// docs/disputes/disputes-reference: 180 days).
const disputeTime = 180 * 24 * time.Hour

// Errors of the calls by which a test, a demo or a person plays the buyer who
// complains and PayPal which decides.
var (
	ErrNoDispute = errors.New("paypal: no such dispute")
	ErrDispute   = errors.New("paypal: not so in a dispute")
	ErrDisputed  = errors.New("paypal: a dispute is open on the capture already")
	ErrResolved  = errors.New("paypal: the dispute is resolved already")
	ErrTooLate   = errors.New("paypal: the capture is too old for a dispute")
)

// dispute is a buyer's complaint about a whole capture.
type dispute struct {
	id      string
	capture *capture
	reason  string
	stage   string
	status  string
	outcome string
	due     time.Time // the merchant's deadline; zero when there is none
	moved   *refund   // what the merchant paid in the end
	created time.Time
	updated time.Time
}

// disputed tells whether a case is open on the capture. The caller holds mu.
func (s *Simulator) disputed(k *capture) bool {
	return slices.ContainsFunc(s.disputes, func(d *dispute) bool { return d.capture == k && d.outcome == "" })
}

// OpenDispute is the buyer's complaint about a capture. It begins as an INQUIRY
// without a deadline. It takes no money and withholds all that is left of the
// capture.
func (s *Simulator) OpenDispute(captureID, reason string) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.captures[captureID]
	switch {
	case k == nil:
		return "", ErrNoCapture
	case !slices.Contains(disputeReasons, reason):
		return "", fmt.Errorf("%w: the reason %q", ErrDispute, reason)
	case k.status != completed:
		return "", ErrNotPaid
	case k.rest().count == 0:
		return "", ErrAllGiven
	case s.disputed(k):
		return "", ErrDisputed
	case !s.now().Before(k.created.Add(disputeTime)):
		return "", ErrTooLate
	}
	now := s.now().Truncate(time.Second)
	d := &dispute{
		id: disputeID(len(s.disputes)), capture: k, reason: reason,
		stage: disputeStages[0], status: disputeOpen, created: now, updated: now,
	}
	s.disputes = append(s.disputes, d)
	s.holdDisputed(d)
	s.announceDispute(disputeCreated, d, "A new dispute opened with Case # "+d.id)
	return d.id, s.keep()
}

// disputeID is the id of the n-th dispute. PayPal's look so too, and are not
// what other ids are made of.
func disputeID(n int) string { return fmt.Sprintf("PP-D-%d", 27803+n) }

// UpdateDispute takes a dispute on to a stage, or leaves it in its own, and sets
// the merchant's deadline; a zero due leaves that as it is. A CHARGEBACK is what
// PayPal calls a claim, of its own or of a card's bank.
func (s *Simulator) UpdateDispute(id, stage string, due time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.openDispute(id)
	if err != nil {
		return err
	}
	to := slices.Index(disputeStages, stage)
	if to < slices.Index(disputeStages, d.stage) {
		return fmt.Errorf("%w: from %s to %q", ErrDispute, d.stage, stage)
	}
	d.stage, d.status = stage, waitingForSeller
	if !due.IsZero() {
		d.due = due.UTC().Truncate(time.Second)
	}
	d.updated = after(d.updated, s.now())
	s.announceDispute(disputeUpdated, d, "A dispute was updated with case # "+d.id)
	return s.keep()
}

// ResolveDispute ends a dispute, and lifts its hold. Where the merchant pays, all
// that is left of the capture is charged back for a fee, or simply reversed when
// the merchant has accepted the claim; what was refunded before is not paid
// again.
func (s *Simulator) ResolveDispute(id, outcome string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.openDispute(id)
	if err != nil {
		return err
	}
	pays, known := disputeOutcomes[outcome]
	if !known {
		return fmt.Errorf("%w: the outcome %q", ErrDispute, outcome)
	}
	d.status, d.outcome, d.due = disputeOver, outcome, time.Time{}
	d.updated = after(d.updated, s.now())
	s.lift(d.capture, disputeHoldCode)
	switch {
	case !pays || d.capture.rest().count == 0:
	case outcome == accepted:
		d.moved = s.reverse(d.capture, reversalCode)
	default:
		s.chargeBack(d)
	}
	s.announceDispute(disputeResolved, d, "A dispute was resolved with case # "+d.id)
	return s.keep()
}

// openDispute finds a dispute that is not over. The caller holds mu.
func (s *Simulator) openDispute(id string) (*dispute, error) {
	d := s.findDispute(id)
	switch {
	case d == nil:
		return nil, ErrNoDispute
	case d.outcome != "":
		return nil, ErrResolved
	}
	return d, nil
}

func (s *Simulator) findDispute(id string) *dispute {
	i := slices.IndexFunc(s.disputes, func(d *dispute) bool { return d.id == id })
	if i < 0 {
		return nil
	}
	return s.disputes[i]
}

// announceDispute says what became of a dispute. The caller holds mu.
func (s *Simulator) announceDispute(kind eventKind, d *dispute, summary string) {
	s.announce(kind, d.view(s.base("")), summary)
}
