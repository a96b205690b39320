package paypal

import (
	"net/http"
	"regexp"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// disputeView is a dispute as its own look shows it (Disputes spec, schema
// dispute). It has no dispute_state: that is for the list alone.
type disputeView struct {
	ID           string            `json:"dispute_id"`
	CreateTime   string            `json:"create_time"`
	UpdateTime   string            `json:"update_time"`
	Transactions []transactionView `json:"disputed_transactions"`
	Reason       string            `json:"reason"`
	Status       string            `json:"status"`
	Amount       money             `json:"dispute_amount"`
	Outcome      *outcomeView      `json:"dispute_outcome,omitempty"`
	Movements    []movementView    `json:"money_movements,omitempty"`
	Stage        string            `json:"dispute_life_cycle_stage"`
	Channel      string            `json:"dispute_channel"`
	SellerDue    string            `json:"seller_response_due_date,omitempty"`
	Links        []link            `json:"links"`
}

// disputeLine is a dispute in the list (Disputes spec, schema dispute_info). It
// does not name the transaction.
type disputeLine struct {
	ID         string `json:"dispute_id"`
	CreateTime string `json:"create_time"`
	UpdateTime string `json:"update_time"`
	Reason     string `json:"reason"`
	Status     string `json:"status"`
	State      string `json:"dispute_state"`
	Amount     money  `json:"dispute_amount"`
	Stage      string `json:"dispute_life_cycle_stage"`
	Channel    string `json:"dispute_channel"`
	SellerDue  string `json:"seller_response_due_date,omitempty"`
	Links      []link `json:"links"`
}

// transactionView is the capture as a dispute has it (Disputes spec, schema
// transaction_info).
type transactionView struct {
	SellerTransaction string         `json:"seller_transaction_id"`
	CreateTime        string         `json:"create_time"`
	Status            string         `json:"transaction_status"`
	GrossAmount       money          `json:"gross_amount"`
	InvoiceNumber     string         `json:"invoice_number,omitempty"`
	Custom            string         `json:"custom,omitempty"`
	Buyer             disputeBuyer   `json:"buyer"`
	Seller            disputeAccount `json:"seller"`
}

type disputeBuyer struct {
	Name string `json:"name"`
}

type disputeAccount struct {
	Email      string `json:"email"`
	MerchantID string `json:"merchant_id"`
}

type outcomeView struct {
	Code           string `json:"outcome_code"`
	AmountRefunded *money `json:"amount_refunded,omitempty"`
}

type movementView struct {
	Party     string `json:"affected_party"`
	Amount    money  `json:"amount"`
	Initiated string `json:"initiated_time"`
	Type      string `json:"type"`
	Reason    string `json:"reason"`
}

// invoicePattern is what an invoice number may be in a dispute; another one is
// left out.
var invoicePattern = regexp.MustCompile(`^[A-Za-z0-9:\-|]+$`)

func (d *dispute) view(base string) disputeView {
	k := d.capture
	t := transactionView{
		SellerTransaction: k.id, CreateTime: wire(k.created), Status: k.shown(), GrossAmount: k.unit.sum,
		Custom: k.unit.CustomID, Buyer: disputeBuyer{buyer.Name.GivenName + " " + buyer.Name.Surname},
		Seller: disputeAccount{merchant.EmailAddress, merchant.MerchantID},
	}
	if invoicePattern.MatchString(k.unit.InvoiceID) {
		t.InvoiceNumber = k.unit.InvoiceID
	}
	l := d.line(base)
	v := disputeView{
		ID: l.ID, CreateTime: l.CreateTime, UpdateTime: l.UpdateTime, Transactions: []transactionView{t},
		Reason: l.Reason, Status: l.Status, Amount: l.Amount, Stage: l.Stage, Channel: l.Channel,
		SellerDue: l.SellerDue, Links: l.Links,
	}
	if d.outcome != "" {
		v.Outcome = &outcomeView{Code: d.outcome}
	}
	if d.moved != nil {
		v.Outcome.AmountRefunded = &d.moved.amount
		v.Movements = []movementView{{"SELLER", d.moved.amount, wire(d.moved.created), "DEBIT", "DISPUTE_SETTLEMENT"}}
	}
	return v
}

func (d *dispute) line(base string) disputeLine {
	l := disputeLine{
		ID: d.id, CreateTime: wire(d.created), UpdateTime: wire(d.updated), Reason: d.reason,
		Status: d.status, State: d.state(), Amount: d.capture.unit.sum, Stage: d.stage, Channel: "INTERNAL",
		Links: []link{{base + disputePath + "/" + d.id, "self", http.MethodGet}},
	}
	if !d.due.IsZero() {
		l.SellerDue = wire(d.due)
	}
	return l
}

// state is what a dispute asks of the merchant (Disputes spec, schema
// dispute_state).
func (d *dispute) state() string {
	return map[string]string{
		disputeOpen: "OPEN_INQUIRIES", waitingForSeller: "REQUIRED_ACTION", disputeOver: "RESOLVED",
	}[d.status]
}

// lookDispute answers GET /v1/customer/disputes/{id}.
func (s *Simulator) lookDispute(c *visit, id string) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.findDispute(id)
	if d == nil {
		return missing(c)
	}
	return reply(http.StatusOK, d.view(c.base))
}
