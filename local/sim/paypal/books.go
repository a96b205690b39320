package paypal

import (
	"maps"
	"slices"
	"time"
)

// Books is the simulator's own account of the money, kept in its own integers:
// what a test's oracle asks instead of believing either side's answers.
type Books struct {
	Accounts []Account `json:"accounts"` // one per currency, by code
	Charges  []Charge  `json:"charges"`  // in the order they were made
	Refunds  []Refund  `json:"refunds"`  // always empty: refunds are not imitated yet
}

// Account is who holds what of one currency, in its smallest unit at PayPal.
// Money moves when a capture is COMPLETED; the three always sum to zero.
type Account struct {
	Currency string `json:"currency"`
	Decimals int    `json:"decimals"`
	Buyer    int64  `json:"buyer"`
	Merchant int64  `json:"merchant"`
	PayPal   int64  `json:"paypal"`
}

// Charge is one capture that was executed. State is COMPLETED, PENDING or
// DECLINED; only COMPLETED has moved money.
type Charge struct {
	ID       string    `json:"id"`
	Order    string    `json:"order"`
	CustomID string    `json:"custom_id"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	Fee      int64     `json:"fee"` // 0 until COMPLETED
	At       time.Time `json:"at"`
	State    string    `json:"state"`
}

// Refund is money given back of a charge.
type Refund struct {
	ID       string    `json:"id"`
	Charge   string    `json:"charge"`
	CustomID string    `json:"custom_id"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	At       time.Time `json:"at"`
	State    string    `json:"state"`
}

// Books gives a copy of the books.
func (s *Simulator) Books() Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := Books{Accounts: []Account{}, Charges: append([]Charge{}, s.books.charges...), Refunds: []Refund{}}
	for _, code := range slices.Sorted(maps.Keys(s.books.accounts)) {
		b.Accounts = append(b.Accounts, *s.books.accounts[code])
	}
	return b
}

// Charged lists the charges under a custom_id that took the buyer's money or
// still may: one too many here is a double charge.
func (b Books) Charged(customID string) []Charge {
	var list []Charge
	for _, c := range b.Charges {
		if c.CustomID == customID && c.State != declined {
			list = append(list, c)
		}
	}
	return list
}

// ledger is the books as they are written.
type ledger struct {
	accounts map[string]*Account
	charges  []Charge
}

// charge writes down a new capture.
func (l *ledger) charge(k *capture) {
	l.charges = append(l.charges, Charge{
		ID: k.id, Order: k.order.id, CustomID: k.unit.CustomID,
		Amount: k.unit.sum.count, Currency: k.unit.sum.currency, At: k.created,
	})
	l.settle(k)
}

// settle brings a charge to the state of its capture and moves the money when
// it is COMPLETED.
func (l *ledger) settle(k *capture) {
	i := slices.IndexFunc(l.charges, func(c Charge) bool { return c.ID == k.id })
	l.charges[i].State = k.status
	if k.status != completed {
		return
	}
	kept := fee(k.unit.sum)
	l.charges[i].Fee = kept.count
	a := l.accounts[kept.currency]
	if a == nil {
		a = &Account{Currency: kept.currency, Decimals: currencies[kept.currency].decimals}
		l.accounts[kept.currency] = a
	}
	a.Buyer -= k.unit.sum.count
	a.Merchant += k.unit.sum.count - kept.count
	a.PayPal += kept.count
}
