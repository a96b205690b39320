package handler

import (
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// writtenAmount is an amount with the way the language writes it.
type writtenAmount struct {
	amountBody
	Text string `json:"text"`
}

func amountIn(a money.Amount, language wording.Language) writtenAmount {
	return writtenAmount{amountBody: amount(a), Text: language.Amount(a)}
}

// writtenLine is a line of a quote as a buyer reads it.
type writtenLine struct {
	SKU      string        `json:"sku"`
	Name     string        `json:"name"`
	Quantity int64         `json:"quantity"`
	Each     writtenAmount `json:"each"`
	Total    writtenAmount `json:"total"`
}

// writtenPart is one of the amounts that make the total.
type writtenPart struct {
	Kind  string        `json:"kind"` // lines, discount, tax, shipping
	Text  string        `json:"text"`
	Total writtenAmount `json:"total"` // below zero: a discount
}

// showQuote is what a quote is made of: its lines, and the parts that add up to its
// total, of which the lines are always one. Errors: money.ErrOverflow.
func showQuote(q payment.Quote, language wording.Language) (lines []writtenLine, parts []writtenPart, err error) {
	lines = []writtenLine{}
	for _, l := range q.Lines {
		total, err := l.Unit.Times(l.Quantity)
		if err != nil {
			return nil, nil, err
		}
		lines = append(lines, writtenLine{SKU: l.SKU, Name: l.Name, Quantity: l.Quantity, Each: amountIn(l.Unit, language), Total: amountIn(total, language)})
	}
	items, err := q.Items()
	if err != nil {
		return nil, nil, err
	}
	less := q.Discount
	less.Minor = -less.Minor
	for _, part := range []struct {
		kind  string
		total money.Amount
	}{{"lines", items}, {"discount", less}, {"tax", q.Tax}, {"shipping", q.Shipping}} {
		if part.kind == "lines" || !part.total.IsZero() {
			parts = append(parts, writtenPart{part.kind, language.Text("quote."+part.kind, nil), amountIn(part.total, language)})
		}
	}
	return lines, parts, nil
}
