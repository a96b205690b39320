package payment

import (
	"errors"
	"fmt"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Quote is what the buyer was offered and will be asked to pay: fixed when the
// payment is made, whatever the price list says later.
//
// Total = sum of lines - Discount + Tax + Shipping, in one currency. Prices of a
// price list include tax, so Tax and Discount are zero there; a quote signed by
// the shop may name them apart, already rounded.
type Quote struct {
	Lines    []Line       `json:"lines"`
	Discount money.Amount `json:"discount,omitzero"`
	Tax      money.Amount `json:"tax,omitzero"`
	Shipping money.Amount `json:"shipping,omitzero"`
	Total    money.Amount `json:"total"`
}

// Line is one product in the quantity bought.
type Line struct {
	SKU      string       `json:"sku"`
	Name     string       `json:"name"`
	Quantity int64        `json:"qty"`
	Unit     money.Amount `json:"unit"`
	Physical bool         `json:"physical,omitzero"` // has to be sent somewhere
}

// MaxLines is how many lines a quote may have.
const MaxLines = 50

// ErrQuote is a quote whose parts do not make its total, or that could not be
// charged: a fault in prices or quantities, not in a provider.
var ErrQuote = errors.New("payment: not a quote")

// NewQuote adds the lines up. Errors: ErrQuote, with money.ErrOverflow or
// money.ErrMixed beneath it where that was the reason.
func NewQuote(currency money.Currency, lines []Line) (Quote, error) {
	q := Quote{Lines: lines, Total: money.Zero(currency)}
	total, err := q.sum()
	if err != nil {
		return Quote{}, err
	}
	q.Total = total
	return q, q.Check()
}

// WithShipping is the quote with what sending the goods costs, added to its total
// in place of any shipping before. Errors: as NewQuote's.
func (q Quote) WithShipping(cost money.Amount) (Quote, error) {
	q.Shipping = money.Amount{}
	if !cost.IsZero() {
		q.Shipping = cost
	}
	total, err := q.sum()
	if err != nil {
		return Quote{}, err
	}
	q.Total = total
	return q, q.Check()
}

// Check proves that the quote adds up and can be charged. Errors: ErrQuote.
func (q Quote) Check() error {
	if len(q.Lines) == 0 || len(q.Lines) > MaxLines {
		return fmt.Errorf("%w: %d lines", ErrQuote, len(q.Lines))
	}
	for _, l := range q.Lines {
		if l.SKU == "" || l.Name == "" || l.Quantity < 1 || l.Unit.Minor < 0 {
			return fmt.Errorf("%w: line %q", ErrQuote, l.SKU)
		}
	}
	sum, err := q.sum()
	if err != nil {
		return err
	}
	if sum != q.Total || q.Total.Minor <= 0 || q.Discount.Minor < 0 || q.Tax.Minor < 0 || q.Shipping.Minor < 0 {
		return fmt.Errorf("%w: parts make %s, total says %s", ErrQuote, sum, q.Total)
	}
	return nil
}

// Physical reports whether anything in the quote has to be sent somewhere.
func (q Quote) Physical() bool {
	for _, l := range q.Lines {
		if l.Physical {
			return true
		}
	}
	return false
}

// Items is the sum of the lines. Errors: ErrQuote.
func (q Quote) Items() (money.Amount, error) {
	sum := money.Zero(q.Total.Currency)
	for _, l := range q.Lines {
		line, err := l.Unit.Times(l.Quantity)
		if err == nil {
			sum, err = sum.Plus(line)
		}
		if err != nil {
			return money.Amount{}, fmt.Errorf("%w: line %q: %w", ErrQuote, l.SKU, err)
		}
	}
	return sum, nil
}

func (q Quote) sum() (money.Amount, error) {
	sum, err := q.Items()
	if err != nil {
		return money.Amount{}, err
	}
	for _, part := range []money.Amount{q.Tax, q.Shipping} {
		if part != (money.Amount{}) && err == nil {
			sum, err = sum.Plus(part)
		}
	}
	if q.Discount != (money.Amount{}) && err == nil {
		sum, err = sum.Minus(q.Discount)
	}
	if err != nil {
		return money.Amount{}, fmt.Errorf("%w: %w", ErrQuote, err)
	}
	return sum, nil
}
