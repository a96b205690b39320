package paypal

import (
	"math/big"
	"regexp"
	"strconv"
)

// purchase is one purchase unit: what is sold, for how much (Orders spec,
// schema purchase_unit_request). It renders as PayPal shows it.
type purchase struct {
	ReferenceID    string    `json:"reference_id"`
	Amount         total     `json:"amount"`
	Payee          payee     `json:"payee"`
	Description    string    `json:"description,omitempty"`
	CustomID       string    `json:"custom_id,omitempty"`
	InvoiceID      string    `json:"invoice_id,omitempty"`
	SoftDescriptor string    `json:"soft_descriptor,omitempty"`
	Items          []item    `json:"items,omitempty"`
	Shipping       *shipping `json:"shipping,omitempty"`
	Payments       *payments `json:"payments,omitempty"`

	sum money // Amount, to calculate with
}

// total is an amount with its breakdown.
type total struct {
	CurrencyCode string     `json:"currency_code"`
	Value        string     `json:"value"`
	Breakdown    *breakdown `json:"breakdown,omitempty"`
}

type breakdown struct {
	ItemTotal        *money `json:"item_total,omitempty"`
	Shipping         *money `json:"shipping,omitempty"`
	Handling         *money `json:"handling,omitempty"`
	TaxTotal         *money `json:"tax_total,omitempty"`
	Insurance        *money `json:"insurance,omitempty"`
	ShippingDiscount *money `json:"shipping_discount,omitempty"`
	Discount         *money `json:"discount,omitempty"`
}

type item struct {
	Name        string `json:"name"`
	UnitAmount  money  `json:"unit_amount"`
	Tax         *money `json:"tax,omitempty"`
	Quantity    string `json:"quantity"`
	Description string `json:"description,omitempty"`
	SKU         string `json:"sku,omitempty"`
	Category    string `json:"category,omitempty"`

	count int64
}

// quantityPattern: "Must be a whole number" (Orders spec, schema item).
var quantityPattern = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)

// maxText is the length of most texts in the Orders spec.
const maxText = 127

// manyItems stands for the spec's silence on how many items a unit may have.
const manyItems = 1000

// readPurchases reads purchase_units and holds them against each other.
func readPurchases(p part) []purchase {
	var units []purchase
	places := p.list(1, 10)
	seen := map[string]bool{}
	for _, place := range places {
		u := readPurchase(place)
		if id := place.member("reference_id"); len(places) > 1 && !id.found {
			id.breaks("REFERENCE_ID_REQUIRED")
		} else if seen[u.ReferenceID] {
			id.breaks("DUPLICATE_REFERENCE_ID")
		}
		seen[u.ReferenceID] = true
		if len(units) > 0 && u.sum.currency != "" && units[0].sum.currency != "" && u.sum.currency != units[0].sum.currency {
			place.member("amount").member("currency_code").breaks("MULTI_CURRENCY_ORDER")
		}
		units = append(units, u)
	}
	return units
}

func readPurchase(p part) purchase {
	if !p.object("reference_id", "amount", "description", "custom_id", "invoice_id", "soft_descriptor", "items", "shipping") {
		return purchase{}
	}
	before := len(p.findings.schema) + len(p.findings.rules)
	u := purchase{
		ReferenceID:    p.member("reference_id").text(1, 256),
		Payee:          merchant,
		Description:    p.member("description").text(1, maxText),
		CustomID:       p.member("custom_id").text(1, maxText),
		InvoiceID:      p.member("invoice_id").text(1, maxText),
		SoftDescriptor: p.member("soft_descriptor").text(1, 22),
		Items:          readItems(p.member("items")),
		Shipping:       readShipping(p.member("shipping")),
		sum:            p.need("amount").money(1, "CANNOT_BE_ZERO_OR_NEGATIVE", "breakdown"),
	}
	if u.ReferenceID == "" {
		u.ReferenceID = "default"
	}
	parts := readBreakdown(p.member("amount").member("breakdown"))
	u.Amount = total{u.sum.currency, u.sum.String(), parts}
	if len(p.findings.schema)+len(p.findings.rules) == before {
		u.checkCurrency(p)
		u.checkSums(p)
	}
	return u
}

func readItems(p part) []item {
	var items []item
	for _, place := range p.list(0, manyItems) {
		if !place.object("name", "unit_amount", "tax", "quantity", "description", "sku", "category") {
			continue
		}
		i := item{
			Name:        place.need("name").text(1, maxText),
			UnitAmount:  place.need("unit_amount").money(0, "CANNOT_BE_NEGATIVE"),
			Tax:         optionalMoney(place.member("tax")),
			Quantity:    place.need("quantity").matching(quantityPattern, 1, 10),
			Description: place.member("description").text(0, maxText),
			SKU:         place.member("sku").text(0, maxText),
		}
		if c := place.member("category"); c.found {
			i.Category = c.oneOf("PHYSICAL_GOODS", "DIGITAL_GOODS", "DONATION")
		}
		i.count, _ = strconv.ParseInt(i.Quantity, 10, 64) // the pattern holds it to ten digits
		items = append(items, i)
	}
	return items
}

func readBreakdown(p part) *breakdown {
	if !p.object("item_total", "shipping", "handling", "tax_total", "insurance", "shipping_discount", "discount") {
		return nil
	}
	return &breakdown{
		ItemTotal:        optionalMoney(p.member("item_total")),
		Shipping:         optionalMoney(p.member("shipping")),
		Handling:         optionalMoney(p.member("handling")),
		TaxTotal:         optionalMoney(p.member("tax_total")),
		Insurance:        optionalMoney(p.member("insurance")),
		ShippingDiscount: optionalMoney(p.member("shipping_discount")),
		Discount:         optionalMoney(p.member("discount")),
	}
}

func optionalMoney(p part) *money {
	if !p.found {
		return nil
	}
	m := p.money(0, "CANNOT_BE_NEGATIVE")
	return &m
}

// amounts are all parts of the breakdown, those to subtract last.
func (b *breakdown) amounts() (add, subtract []*money) {
	if b == nil {
		return nil, nil
	}
	return []*money{b.ItemTotal, b.Shipping, b.Handling, b.TaxTotal, b.Insurance}, []*money{b.ShippingDiscount, b.Discount}
}

// checkCurrency: "Entire Order request must have the same currency_code"
// (Orders spec, MULTI_CURRENCY_ORDER).
func (u purchase) checkCurrency(p part) {
	add, subtract := u.Amount.Breakdown.amounts()
	all := append(add, subtract...)
	for _, i := range u.Items {
		all = append(all, &i.UnitAmount, i.Tax)
	}
	for _, m := range all {
		if m != nil && m.currency != u.sum.currency {
			p.member("amount").member("currency_code").breaks("MULTI_CURRENCY_ORDER")
			return
		}
	}
}

// checkSums holds the items against the breakdown and the breakdown against
// the amount (Orders spec, schema amount_breakdown). The tax of an item is the
// tax of one piece. Ten digits of quantity times an amount does not fit an
// int64, hence big.Int.
func (u purchase) checkSums(p part) {
	goods, tax := new(big.Int), new(big.Int)
	taxed := false
	for _, i := range u.Items {
		quantity := big.NewInt(i.count)
		goods.Add(goods, new(big.Int).Mul(quantity, big.NewInt(i.UnitAmount.count)))
		if i.Tax != nil {
			taxed = true
			tax.Add(tax, new(big.Int).Mul(quantity, big.NewInt(i.Tax.count)))
		}
	}
	b := u.Amount.Breakdown
	place := p.member("amount").member("breakdown")
	if b == nil {
		b = &breakdown{}
	}
	if len(u.Items) > 0 {
		checkSum(place.member("item_total"), b.ItemTotal, goods, "ITEM_TOTAL_REQUIRED", "ITEM_TOTAL_MISMATCH")
	}
	if taxed {
		checkSum(place.member("tax_total"), b.TaxTotal, tax, "TAX_TOTAL_REQUIRED", "TAX_TOTAL_MISMATCH")
	}
	if u.Amount.Breakdown == nil {
		return
	}
	sum := new(big.Int)
	add, subtract := b.amounts()
	for _, m := range add {
		if m != nil {
			sum.Add(sum, big.NewInt(m.count))
		}
	}
	for _, m := range subtract {
		if m != nil {
			sum.Sub(sum, big.NewInt(m.count))
		}
	}
	if sum.Cmp(big.NewInt(u.sum.count)) != 0 {
		p.member("amount").member("value").breaks("AMOUNT_MISMATCH")
	}
}

func checkSum(p part, stated *money, want *big.Int, required, mismatch string) {
	switch {
	case stated == nil:
		p.breaks(required)
	case want.Cmp(big.NewInt(stated.count)) != 0:
		p.member("value").breaks(mismatch)
	}
}
