package paypal

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// reportView is a page of the report (Reporting spec, schema search_response).
// The list is a pointer, because AsSpecified leaves an empty one out.
type reportView struct {
	Details       *[]reportLine `json:"transaction_details,omitempty"`
	AccountNumber string        `json:"account_number"`
	StartDate     string        `json:"start_date"`
	EndDate       string        `json:"end_date"`
	LastRefreshed string        `json:"last_refreshed_datetime"`
	Page          int           `json:"page"`
	TotalItems    int           `json:"total_items"`
	TotalPages    int           `json:"total_pages"`
	Links         []link        `json:"links"`
}

// reportLine is a row with the parts that were asked for (Reporting spec, schema
// transaction_detail). Parts without content are empty objects.
type reportLine struct {
	Transaction *transactionInfo `json:"transaction_info,omitempty"`
	Payer       *payerInfo       `json:"payer_info,omitempty"`
	Shipping    *shippingInfo    `json:"shipping_info,omitempty"`
	Cart        *cartInfo        `json:"cart_info,omitempty"`
	Store       *struct{}        `json:"store_info,omitempty"`
	Auction     *struct{}        `json:"auction_info,omitempty"`
	Incentive   *struct{}        `json:"incentive_info,omitempty"`
}

type transactionInfo struct {
	AccountID     string `json:"paypal_account_id,omitempty"`
	ID            string `json:"transaction_id"`
	Reference     string `json:"paypal_reference_id,omitempty"`
	ReferenceType string `json:"paypal_reference_id_type,omitempty"`
	EventCode     string `json:"transaction_event_code"`
	Initiated     string `json:"transaction_initiation_date"`
	Updated       string `json:"transaction_updated_date"`
	Amount        money  `json:"transaction_amount"`
	Fee           *money `json:"fee_amount,omitempty"`
	Status        string `json:"transaction_status"`
	Ending        *money `json:"ending_balance,omitempty"`
	Available     *money `json:"available_balance,omitempty"`
	InvoiceID     string `json:"invoice_id,omitempty"`
	Custom        string `json:"custom_field,omitempty"`
	Protection    string `json:"protection_eligibility,omitempty"`
	Instrument    string `json:"instrument_type,omitempty"`
}

type payerInfo struct {
	AccountID     string     `json:"account_id,omitempty"`
	Email         string     `json:"email_address,omitempty"`
	AddressStatus string     `json:"address_status,omitempty"`
	PayerStatus   string     `json:"payer_status,omitempty"`
	Name          *payerName `json:"payer_name,omitempty"`
	Country       string     `json:"country_code,omitempty"`
}

type payerName struct {
	Given   string `json:"given_name"`
	Surname string `json:"surname"`
	Full    string `json:"alternate_full_name"`
}

type shippingInfo struct {
	Name string `json:"name,omitempty"`
}

type cartInfo struct {
	Items []cartItem `json:"item_details,omitempty"`
}

type cartItem struct {
	Code      string `json:"item_code,omitempty"`
	Name      string `json:"item_name,omitempty"`
	Quantity  string `json:"item_quantity"`
	UnitPrice money  `json:"item_unit_price"`
}

// reportText is what a text may be in a report; one that is not is left out.
var reportText = regexp.MustCompile(`^[a-zA-Z0-9_'\-., ":;\!?]+$`)

func reportable(text string) string {
	if !reportText.MatchString(text) {
		return ""
	}
	return text
}

// drawReport draws up one page. A page after the last one is empty. The caller
// holds mu.
func (s *Simulator) drawReport(c *visit, query url.Values, f reportSearch, list []reported, refreshed time.Time) reportView {
	form := s.reporting.form
	pages := (len(list) + f.size - 1) / f.size
	v := reportView{
		AccountNumber: merchant.MerchantID,
		StartDate:     form.stamp(f.start, 0), EndDate: form.stamp(f.end, 0), LastRefreshed: form.stamp(refreshed, 0),
		Page: f.page, TotalItems: len(list), TotalPages: pages, Links: reportLinks(c.base, query, f.page, pages),
	}
	lines := []reportLine{}
	if f.page <= pages {
		for _, entry := range list[(f.page-1)*f.size : min(f.page*f.size, len(list))] {
			lines = append(lines, s.drawRow(f, entry))
		}
	}
	if len(lines) > 0 || form != AsSpecified {
		v.Details = &lines
	}
	return v
}

// reportLinks are the neighbours of a page.
func reportLinks(base string, query url.Values, page, pages int) []link {
	to := func(rel string, page int) link {
		query.Set("page", strconv.Itoa(page))
		return link{base + reportPath + "?" + query.Encode(), rel, http.MethodGet}
	}
	links := []link{to("self", page)}
	if page > 1 {
		links = append(links, to("first", 1))
	}
	if page > 1 && page <= pages+1 {
		links = append(links, to("prev", page-1))
	}
	if page < pages {
		links = append(links, to("next", page+1), to("last", pages))
	}
	return links
}

func (s *Simulator) drawRow(f reportSearch, e reported) reportLine {
	var line reportLine
	k := s.captures[e.capture]
	sale := kindOf(e.code) == RowSale
	if f.parts["transaction_info"] {
		line.Transaction = s.drawTransaction(f, e)
	}
	if f.parts["payer_info"] {
		line.Payer = &payerInfo{}
		if k != nil {
			given, surname := buyer.Name.GivenName, buyer.Name.Surname
			line.Payer = &payerInfo{
				AccountID: buyer.PayerID, Email: buyer.EmailAddress, AddressStatus: "N", PayerStatus: "Y",
				Name: &payerName{given, surname, given + " " + surname}, Country: buyer.Address.CountryCode,
			}
		}
	}
	if f.parts["shipping_info"] {
		line.Shipping = &shippingInfo{}
		if sale && k.unit.Shipping != nil && k.unit.Shipping.Name != nil {
			line.Shipping.Name = reportable(k.unit.Shipping.Name.FullName)
		}
	}
	if f.parts["cart_info"] {
		line.Cart = &cartInfo{}
		if sale {
			line.Cart.Items = drawItems(k.unit.Items)
		}
	}
	for name, part := range map[string]**struct{}{
		"store_info": &line.Store, "auction_info": &line.Auction, "incentive_info": &line.Incentive,
	} {
		if f.parts[name] {
			*part = &struct{}{}
		}
	}
	return line
}

func drawItems(items []item) []cartItem {
	var list []cartItem
	for _, i := range items {
		list = append(list, cartItem{reportable(i.SKU), reportable(i.Name), i.Quantity, i.UnitAmount})
	}
	return list
}

// drawTransaction shows the row itself. Balances are left out of a search by
// any filter ("If you specify one or more optional query parameters, the
// ending_balance response field is empty"); the choice of parts and pages is
// not taken for one.
func (s *Simulator) drawTransaction(f reportSearch, e reported) *transactionInfo {
	form := s.reporting.form
	v := &transactionInfo{
		ID: e.id, Reference: e.reference, ReferenceType: e.referenceType, EventCode: e.code,
		Initiated: form.stamp(e.row.at, e.number), Updated: form.stamp(e.version.at, e.number+1),
		Amount: money{e.currency, e.amount}, Status: e.status,
		InvoiceID: reportable(e.invoiceID), Custom: reportable(e.customID),
	}
	if e.fee != 0 {
		v.Fee = &money{e.currency, e.fee}
	}
	if !f.filtered && !e.memo() {
		v.Ending, v.Available = &money{e.currency, e.total}, &money{e.currency, e.available}
	}
	if e.capture != "" {
		v.AccountID = buyer.PayerID
	}
	if kindOf(e.code) == RowSale {
		v.Protection, v.Instrument = "01", "PAYPAL"
	}
	return v
}
