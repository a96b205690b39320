package paypal

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// The request of POST /v2/checkout/orders (schema order_request). Field order is
// fixed, so equal orders are equal bytes.
type orderRequest struct {
	Intent        string         `json:"intent"`
	Instruction   string         `json:"processing_instruction,omitempty"`
	PurchaseUnits []unitRequest  `json:"purchase_units"`
	Source        map[string]any `json:"payment_source"`
	Context       *oldContext    `json:"application_context,omitempty"`
}

type unitRequest struct {
	Description string           `json:"description,omitempty"`
	CustomID    string           `json:"custom_id"`
	InvoiceID   string           `json:"invoice_id"`
	Amount      unitAmount       `json:"amount"`
	Items       []itemRequest    `json:"items"`
	Shipping    *shippingRequest `json:"shipping,omitempty"`
}

type unitAmount struct {
	amountBody
	Breakdown breakdown `json:"breakdown"`
}

// breakdown: the amount is item_total + tax_total + shipping - discount (schema
// amount_breakdown); PayPal proves it and answers AMOUNT_MISMATCH.
type breakdown struct {
	ItemTotal amountBody  `json:"item_total"`
	TaxTotal  *amountBody `json:"tax_total,omitempty"`
	Shipping  *amountBody `json:"shipping,omitempty"`
	Discount  *amountBody `json:"discount,omitempty"`
}

type itemRequest struct {
	Name       string     `json:"name"`
	UnitAmount amountBody `json:"unit_amount"`
	Quantity   string     `json:"quantity"`
	SKU        string     `json:"sku"`
	Category   string     `json:"category"`
}

type shippingRequest struct {
	Type string `json:"type"`
	Name struct {
		FullName string `json:"full_name"`
	} `json:"name"`
	Address addressRequest `json:"address"`
}

type addressRequest struct {
	Line1    string `json:"address_line_1"`
	Line2    string `json:"address_line_2,omitempty"`
	City     string `json:"admin_area_2"`
	Region   string `json:"admin_area_1,omitempty"`
	Postcode string `json:"postal_code,omitempty"`
	Country  string `json:"country_code"`
}

// locales PayPal is known to take, by the buyer's language; another language is
// left to PayPal to guess.
var locales = map[string]string{
	"en": "en-US", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "ja": "ja-JP", "zh": "zh-CN",
	"it": "it-IT", "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-PT", "sv": "sv-SE", "da": "da-DK",
}

// maxText is the longest name, SKU or description PayPal takes (schema item,
// purchase_unit_request).
const maxText = 127

// orderRequest builds the exact body of an order. Errors are of class OurBug:
// an amount PayPal cannot express, or a method we do not offer.
func (p *PayPal) orderRequest(o provider.Order) ([]byte, error) {
	amount, err := quotedAmount(o.Quote)
	if err != nil {
		return nil, err
	}
	items, err := itemRequests(o.Quote.Lines)
	if err != nil {
		return nil, err
	}
	unit := unitRequest{
		CustomID:  o.Payment,
		InvoiceID: o.Payment + "-" + strconv.Itoa(o.Attempt),
		Amount:    amount, Items: items, Shipping: shipTo(o.Shipping),
		Description: clip(o.Reference, maxText),
	}
	request := orderRequest{Intent: "CAPTURE", PurchaseUnits: []unitRequest{unit}}
	if err := p.source(o, &request); err != nil {
		return nil, err
	}
	return json.Marshal(request)
}

func quotedAmount(q payment.Quote) (unitAmount, error) {
	items, err := q.Items()
	if err != nil {
		return unitAmount{}, refusedAmount(err, q.Total)
	}
	var a unitAmount
	if a.amountBody, err = toPayPal(q.Total); err != nil {
		return a, err
	}
	if a.Breakdown.ItemTotal, err = toPayPal(items); err != nil {
		return a, err
	}
	for _, part := range []struct {
		to   **amountBody
		what money.Amount
	}{{&a.Breakdown.TaxTotal, q.Tax}, {&a.Breakdown.Shipping, q.Shipping}, {&a.Breakdown.Discount, q.Discount}} {
		if part.what.IsZero() {
			continue
		}
		body, err := toPayPal(part.what)
		if err != nil {
			return a, err
		}
		*part.to = &body
	}
	return a, nil
}

func itemRequests(lines []payment.Line) ([]itemRequest, error) {
	var items []itemRequest
	for _, l := range lines {
		unit, err := toPayPal(l.Unit)
		if err != nil {
			return nil, err
		}
		category := "DIGITAL_GOODS"
		if l.Physical {
			category = "PHYSICAL_GOODS"
		}
		items = append(items, itemRequest{
			Name: clip(l.Name, maxText), SKU: clip(l.SKU, maxText), Category: category,
			UnitAmount: unit, Quantity: strconv.FormatInt(l.Quantity, 10),
		})
	}
	return items, nil
}

func shipTo(s *provider.Shipping) *shippingRequest {
	if s == nil {
		return nil
	}
	r := &shippingRequest{Type: "SHIPPING", Address: addressRequest{
		City: s.City, Region: s.Region, Postcode: s.Postcode, Country: s.Country,
	}}
	r.Name.FullName = s.Name
	if len(s.Lines) > 0 {
		r.Address.Line1 = s.Lines[0]
	}
	if len(s.Lines) > 1 {
		r.Address.Line2 = strings.Join(s.Lines[1:], ", ")
	}
	return r
}

// clip cuts a text to what PayPal takes, at a character boundary.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// approveLink is where the buyer approves: rel payer-action for an order with a
// payment source, approve for one without. It must lead to the pages we were
// configured with: a buyer is never sent to an address an answer made up.
func (p *PayPal) approveLink(links []link) (string, bool) {
	for _, l := range links {
		if l.Rel != "payer-action" && l.Rel != "approve" {
			continue
		}
		u, err := url.Parse(l.Href)
		if err != nil || u.User != nil || u.Scheme+"://"+u.Host != p.config.Pages {
			return "", false
		}
		return l.Href, true
	}
	return "", true
}
