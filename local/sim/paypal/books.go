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
	Refunds  []Refund  `json:"refunds"`  // in the order they were made, reversals among them
}

// Account is who holds what of one currency, in its smallest unit at PayPal.
// Money moves when a capture or a refund is COMPLETED, and with PayPal's fees,
// conversions and adjustments; the three always sum to zero. What was paid out
// is still the merchant's: see Statement for what is at PayPal. Nobody runs dry:
// an account may go below nothing.
type Account struct {
	Currency string `json:"currency"`
	Decimals int    `json:"decimals"`
	Buyer    int64  `json:"buyer"`
	Merchant int64  `json:"merchant"`
	PayPal   int64  `json:"paypal"`
}

// Charge is one capture that was executed. State is COMPLETED, PENDING or
// DECLINED; only COMPLETED has moved money. It stays COMPLETED when money is
// given back: that is a Refund of its own.
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

// Refund is money given back of a charge, without the fee. State is COMPLETED,
// PENDING or FAILED; only COMPLETED has moved money.
type Refund struct {
	ID       string    `json:"id"`
	Charge   string    `json:"charge"`
	Origin   Origin    `json:"origin"`
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
	b := Books{Accounts: []Account{}, Charges: append([]Charge{}, s.books.charges...), Refunds: append([]Refund{}, s.books.refunds...)}
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

// Refunded lists the refunds of a charge that gave the buyer money or still
// may: their sum above the charge would be money from nowhere.
func (b Books) Refunded(charge string) []Refund {
	var list []Refund
	for _, r := range b.Refunds {
		if r.Charge == charge && r.State != failed {
			list = append(list, r)
		}
	}
	return list
}

// ledger is the books as they are written.
type ledger struct {
	accounts map[string]*Account
	charges  []Charge
	refunds  []Refund
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
	i := len(l.charges) - 1 // nearly always the last: a search from the front would make a year of sales slow
	for l.charges[i].ID != k.id {
		i--
	}
	l.charges[i].State = k.status
	if k.status != completed {
		return
	}
	kept := fee(k.unit.sum)
	l.charges[i].Fee = kept.count
	a := l.account(kept.currency)
	a.Buyer -= k.unit.sum.count
	a.Merchant += k.unit.sum.count - kept.count
	a.PayPal += kept.count
}

// account is the currency's account, opened when first needed.
func (l *ledger) account(currency string) *Account {
	a := l.accounts[currency]
	if a == nil {
		a = &Account{Currency: currency, Decimals: currencies[currency].decimals}
		l.accounts[currency] = a
	}
	return a
}

// transfer moves money between PayPal and the merchant: a fee, a correction, a
// conversion.
func (l *ledger) transfer(currency string, toMerchant int64) {
	a := l.account(currency)
	a.Merchant += toMerchant
	a.PayPal -= toMerchant
}

// refund writes down a new refund.
func (l *ledger) refund(r *refund) {
	l.refunds = append(l.refunds, Refund{
		ID: r.id, Charge: r.capture.id, Origin: r.origin, CustomID: r.customID,
		Amount: r.amount.count, Currency: r.amount.currency, At: r.created,
	})
	l.settleRefund(r)
}

// settleRefund brings the books to the state of a refund and moves the money
// when it is COMPLETED. PayPal keeps its fee.
func (l *ledger) settleRefund(r *refund) {
	i := len(l.refunds) - 1 // as above
	for l.refunds[i].ID != r.id {
		i--
	}
	l.refunds[i].State = r.status
	if r.status != completed {
		return
	}
	a := l.account(r.amount.currency)
	a.Buyer += r.amount.count
	a.Merchant -= r.amount.count
}
