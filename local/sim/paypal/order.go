package paypal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// Order statuses (Orders spec, schema order_status). SAVED belongs to a call
// this simulator does not have.
const (
	created             = "CREATED"
	payerActionRequired = "PAYER_ACTION_REQUIRED"
	approved            = "APPROVED"
	voided              = "VOIDED"
	orderCompleted      = "COMPLETED"
)

// order is one order in PayPal's books.
type order struct {
	id         string
	status     string
	units      []purchase
	experience *experience // nil without payment_source
	source     source
	completes  bool       // PayPal captures it as soon as it is approved
	funding    Funding    // chosen at approval
	payer      bool       // the buyer is known, since the first approval
	cancelled  bool       // the buyer turned back; only the desk shows it
	captures   []*capture // one per unit once captured
	born       time.Time  // as the clock said, for the order's life
	created    time.Time
	updated    time.Time
}

// touch moves update_time; every change of the order goes with it.
func (o *order) touch(now time.Time) { o.updated = after(o.updated, now) }

// live finds an order that PayPal still shows. An order that was never
// captured is gone after its life, approved or not. The caller holds mu.
func (s *Simulator) live(id string) *order {
	s.reverseLate()
	o := s.orders[id]
	if o == nil || len(o.captures) == 0 && !s.now().Before(o.born.Add(s.config.OrderLife)) {
		return nil
	}
	return o
}

// create answers POST /v2/checkout/orders.
func (s *Simulator) create(c *visit) answer.Answer {
	body, err := parseBody(c.body)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "MALFORMED_REQUEST_JSON")
	}
	o, found := readOrder(body)
	if len(found.schema) == 0 {
		s.mu.Lock()
		s.checkInstruction(part{findings: found, at: "/processing_instruction", found: true}, o)
		s.mu.Unlock()
	}
	if a, refused := found.verdict(c); refused {
		return a
	}
	if o.experience != nil && c.requestID == "" {
		return refuse(c, http.StatusBadRequest, "PAYPAL_REQUEST_ID_REQUIRED")
	}
	return s.once(c, fingerprint(body), func() (answer.Answer, *memo) {
		o.id = s.newID()
		o.born = s.now()
		o.created = o.born.Truncate(time.Second)
		o.updated = o.created
		s.orders[o.id] = o
		s.queue = append(s.queue, o)
		return showOrder(c, o, http.StatusCreated), &memo{order: o}
	})
}

// fingerprint is equal for bodies that say the same in other white space or
// order of members.
func fingerprint(body any) string {
	canonical, _ := json.Marshal(body) // parsed from JSON, so it renders
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// readOrder reads an order request (Orders spec, schema order_request).
func readOrder(body any) (*order, *findings) {
	found := &findings{}
	p := part{findings: found, value: body, found: true}
	if !p.object("intent", "purchase_units", "payment_source", "processing_instruction", "application_context") {
		return nil, found
	}
	if intent := p.need("intent"); intent.found && intent.oneOf("CAPTURE", "AUTHORIZE") == "AUTHORIZE" {
		intent.breaks("AUTH_CAPTURE_NOT_ENABLED")
	}
	o := &order{status: created, units: readPurchases(p.need("purchase_units"))}
	old := p.member("application_context")
	o.experience, o.source = readSource(p.member("payment_source"), old)
	switch {
	case old.found && o.source.Name != venmoName:
		old.refuse("NOT_SUPPORTED") // deprecated
	case old.found:
		old.object("return_url", "cancel_url")
	}
	o.completes = p.member("processing_instruction").oneOf("NO_INSTRUCTION", completeOnApproval) == completeOnApproval
	if o.experience != nil {
		o.status = payerActionRequired
	}
	if o.experience != nil && len(found.schema) == 0 {
		checkSource(p, o)
		checkDelivery(p.member("purchase_units"), o.experience.ShippingPreference, o.units)
	}
	return o, found
}

// lookOrder answers GET /v2/checkout/orders/{id}, always in full.
func (s *Simulator) lookOrder(c *visit, id string) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.live(id)
	if o == nil {
		return missing(c)
	}
	c.minimal = false
	return showOrder(c, o, http.StatusOK)
}

// Order is one order as the simulator's own books have it, for whoever asks
// whether there is one too many.
type Order struct {
	ID       string    `json:"id"`
	CustomID string    `json:"custom_id"` // of the first purchase unit
	Status   string    `json:"status"`
	Currency string    `json:"currency"`
	Amount   int64     `json:"amount"` // of all units, in the smallest unit
	Created  time.Time `json:"created"`
	Expired  bool      `json:"expired"` // calls answer 404
}

// Orders lists every order ever created, oldest first.
func (s *Simulator) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Order, 0, len(s.queue))
	for _, o := range s.queue {
		entry := Order{
			ID: o.id, CustomID: o.units[0].CustomID, Status: o.status,
			Currency: o.units[0].sum.currency, Created: o.created, Expired: s.live(o.id) == nil,
		}
		for _, u := range o.units {
			entry.Amount += u.sum.count
		}
		list = append(list, entry)
	}
	return list
}
