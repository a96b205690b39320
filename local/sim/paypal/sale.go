package paypal

import (
	"fmt"
	"time"
)

// Sale is a payment on the merchant's account that the shop did not ask for by
// a call: another shop's, a donation, an invoice.
type Sale struct {
	CustomID  string // "" for none, or longer than the shop would
	InvoiceID string // "" for none
	Currency  string
	Amount    int64  // in the currency's smallest unit at PayPal
	Code      string // of its row; "" is T0006
	Pending   bool   // until SettlePending
}

// Sell makes a sale at once: an order that is captured, with its fee, its row
// and no event. It can be looked at, refunded, reversed and disputed as any
// other. A test that wants a year of payments makes them so.
func (s *Simulator) Sell(sale Sale) (captureID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sale.Code == "" {
		sale.Code = saleCode
	}
	_, known := currencies[sale.Currency]
	switch {
	case kindOf(sale.Code) != RowSale:
		return "", fmt.Errorf("%w: %q is no sale", ErrCode, sale.Code)
	case !known:
		return "", fmt.Errorf("%w: %q", ErrCurrency, sale.Currency)
	case sale.Amount < 1 || len(sale.CustomID) > maxText || len(sale.InvoiceID) > maxText:
		return "", fmt.Errorf("%w: %d", ErrAmount, sale.Amount)
	}
	sum := money{sale.Currency, sale.Amount}
	now := s.now()
	o := &order{
		id: s.newID(), status: orderCompleted, funding: Balance, payer: true, born: now, created: now.Truncate(time.Second),
		units: []purchase{{
			ReferenceID: "default", Payee: merchant, Amount: total{sum.currency, sum.String(), nil},
			CustomID: sale.CustomID, InvoiceID: sale.InvoiceID, sum: sum,
		}},
	}
	o.updated = o.created
	s.orders[o.id] = o
	s.queue = append(s.queue, o)
	end := outcomes[Balance]
	if sale.Pending {
		end = outcomes[ECheck]
	}
	k := s.execute(o, o.units[0], end, sale.Code)
	return k.id, s.keep()
}
