package payment

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Snapshot is a provider's whole answer about one order, in neutral words: what
// was true at one moment. It is the only way facts about money enter a payment.
type Snapshot struct {
	Provider string
	Account  string    // of the credentials that asked
	Order    string    // the provider's id
	At       time.Time // when we asked, our clock

	// Missing: the provider knows no such order, and a control call proved that
	// it knows the account that asked. Everything below is then empty.
	Missing bool

	State   OrderState
	Updated time.Time    // provider's clock
	Payment string       // the payment id the order carries
	Amount  money.Amount // what the buyer is asked to approve
	Approve string       // where the buyer approves; empty when there is nothing to approve

	// Transfer is where the buyer, who has promised to transfer the money, is told what
	// to transfer and where to; empty when nothing is awaited from them.
	Transfer string

	// SelfCompleting: the provider takes the money as soon as the buyer approves.
	SelfCompleting bool

	Captures []Capture
	Refunds  []Refund
	Disputes []Dispute
}

// Fits reports whether the order is the one we asked for: our payment's id and
// exactly its total.
func (s Snapshot) Fits(p Payment) bool {
	return s.Payment == p.ID && s.Amount == p.Quote.Total
}
