package paypal

import (
	"cmp"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// orderView is an order as the Orders spec shows it (schema order).
type orderView struct {
	ID            string     `json:"id"`
	Intent        string     `json:"intent,omitempty"`
	Status        string     `json:"status"`
	Instruction   string     `json:"processing_instruction,omitempty"`
	PaymentSource sourceView `json:"payment_source,omitempty"`
	PurchaseUnits []purchase `json:"purchase_units,omitempty"`
	Payer         *payerView `json:"payer,omitempty"`
	CreateTime    string     `json:"create_time,omitempty"`
	UpdateTime    string     `json:"update_time,omitempty"`
	Links         []link     `json:"links"`
}

// sourceView has one member, named like the source.
type sourceView map[string]any

// bankView is a source that is a bank's (Orders spec, schemas bancontact to trustly).
type bankView struct {
	Name        string `json:"name"`
	CountryCode string `json:"country_code"`
	Email       string `json:"email,omitempty"`
}

type walletView struct {
	EmailAddress  string         `json:"email_address,omitempty"`
	AccountID     string         `json:"account_id,omitempty"`
	AccountStatus string         `json:"account_status,omitempty"`
	Name          *partyName     `json:"name,omitempty"`
	Address       *payerLocation `json:"address,omitempty"`
}

type payerView struct {
	Name         partyName     `json:"name"`
	EmailAddress string        `json:"email_address"`
	PayerID      string        `json:"payer_id"`
	Address      payerLocation `json:"address"`
}

type partyName struct {
	GivenName string `json:"given_name"`
	Surname   string `json:"surname"`
}

type payerLocation struct {
	CountryCode string `json:"country_code"`
}

type payee struct {
	EmailAddress string `json:"email_address"`
	MerchantID   string `json:"merchant_id"`
}

// payments is a unit's history (Orders spec, schema payment_collection).
type payments struct {
	Captures []captureView `json:"captures,omitempty"`
	Refunds  []refundView  `json:"refunds,omitempty"`
}

// merchant is the one account that is paid; buyer the one that pays. Account
// ids are 13 of A-Z2-9 without I and O (Orders spec, schema account_id).
var (
	merchant = payee{EmailAddress: "merchant@example.com", MerchantID: "SHQPMERCHANT2"}
	buyer    = payerView{
		Name:         partyName{"Avery", "Example"},
		EmailAddress: "buyer@example.com",
		PayerID:      "BUYER23QRTXYZ",
		Address:      payerLocation{"NL"},
	}
)

// showOrder is the answer that shows an order. A minimal one has "the id,
// status and HATEOAS links" (Orders spec, parameter prefer) and nothing else.
// The caller holds mu.
func showOrder(c *visit, o *order, status int) answer.Answer {
	if c.minimal {
		return reply(status, orderView{ID: o.id, Status: o.status, Links: orderLinks(c.base, o)})
	}
	return reply(status, o.view(c.base))
}

// view shows the order in full.
func (o *order) view(base string) orderView {
	v := orderView{
		ID: o.id, Status: o.status, Intent: "CAPTURE",
		CreateTime: wire(o.created), UpdateTime: wire(o.updated), Links: orderLinks(base, o),
	}
	if o.completes {
		v.Instruction = completeOnApproval
	}
	switch {
	case isBank(o.source.Name):
		v.PaymentSource = sourceView{o.source.Name: bankView{o.source.Holder, o.source.Country, o.source.Email}}
	case o.payer:
		v.Payer = &buyer
		v.PaymentSource = sourceView{cmp.Or(o.source.Name, walletName): o.wallet()}
	case o.experience != nil:
		v.PaymentSource = sourceView{o.source.Name: walletView{}}
	}
	for i, u := range o.units {
		if len(o.captures) > i {
			u.Payments = &payments{Captures: []captureView{o.captures[i].view(base)}}
			for _, r := range o.captures[i].refunds {
				u.Payments.Refunds = append(u.Payments.Refunds, r.view(base))
			}
		}
		v.PurchaseUnits = append(v.PurchaseUnits, u)
	}
	return v
}

// wallet is the buyer's account as the order shows it. That of Venmo has no status
// (schema venmo_wallet_response).
func (o *order) wallet() walletView {
	v := walletView{EmailAddress: buyer.EmailAddress, AccountID: buyer.PayerID, Name: &buyer.Name, Address: &buyer.Address}
	if o.source.Name != venmoName {
		v.AccountStatus = "VERIFIED"
	}
	return v
}

// orderLinks are what can be done next. The rel of the buyer's page is
// payer-action with a payment source and approve without (Orders spec, schema
// order, links). There is no update link, because PATCH is not imitated.
func orderLinks(base string, o *order) []link {
	self := base + ordersPath + "/" + o.id
	links := []link{{self, "self", http.MethodGet}}
	switch o.status {
	case created, payerActionRequired:
		links = append(links, buyerLink(base, o))
	case approved:
		links = append(links, link{self + "/capture", "capture", http.MethodPost})
	}
	return links
}

func buyerLink(base string, o *order) link {
	rel := "approve"
	if o.experience != nil {
		rel = "payer-action"
	}
	return link{base + approvalPath + "?token=" + o.id, rel, http.MethodGet}
}
