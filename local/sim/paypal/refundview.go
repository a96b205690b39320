package paypal

import (
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// refundView is a refund as the specs show it (schema refund).
type refundView struct {
	ID            string         `json:"id"`
	Status        string         `json:"status"`
	StatusDetails *statusDetails `json:"status_details,omitempty"`
	Amount        *money         `json:"amount,omitempty"`
	CustomID      string         `json:"custom_id,omitempty"`
	InvoiceID     string         `json:"invoice_id,omitempty"`
	NoteToPayer   string         `json:"note_to_payer,omitempty"`
	Breakdown     *payable       `json:"seller_payable_breakdown,omitempty"`
	CreateTime    string         `json:"create_time,omitempty"`
	UpdateTime    string         `json:"update_time,omitempty"`
	Links         []link         `json:"links"`
}

type payable struct {
	GrossAmount         money `json:"gross_amount"`
	PayPalFee           money `json:"paypal_fee"` // given back to the merchant: nothing
	NetAmount           money `json:"net_amount"`
	TotalRefundedAmount money `json:"total_refunded_amount"`
}

// view shows the refund. The breakdown of one that failed is left out: no money
// moved.
func (r *refund) view(base string) refundView {
	v := refundView{
		ID: r.id, Status: r.status, Amount: &r.amount,
		CustomID: r.customID, InvoiceID: r.invoiceID, NoteToPayer: r.note,
		CreateTime: wire(r.created), UpdateTime: wire(r.updated), Links: r.links(base),
	}
	if r.reason != "" {
		v.StatusDetails = &statusDetails{r.reason}
	}
	if r.status != failed {
		v.Breakdown = &payable{r.amount, money{r.amount.currency, 0}, r.amount, r.total()}
	}
	return v
}

func (r *refund) links(base string) []link {
	return []link{
		{base + refundPath + "/" + r.id, "self", http.MethodGet},
		{base + capturePath + "/" + r.capture.id, "up", http.MethodGet},
	}
}

// total is what was refunded of the capture up to this refund, and with it.
func (r *refund) total() money {
	sum := money{currency: r.amount.currency}
	for _, other := range r.capture.refunds {
		if other.status != failed {
			sum.count += other.amount.count
		}
		if other == r {
			break
		}
	}
	return sum
}

// showRefund is the answer that shows a refund; see showOrder for a minimal one.
// The caller holds mu.
func showRefund(c *visit, r *refund, status int) answer.Answer {
	if c.minimal {
		return reply(status, refundView{ID: r.id, Status: r.status, Links: r.links(c.base)})
	}
	return reply(status, r.view(c.base))
}
