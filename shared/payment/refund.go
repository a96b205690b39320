package payment

import "github.com/serverless-checkout/serverless-checkout/shared/money"

// Refund is money given back to the buyer, by us or in the provider's own
// dashboard. Provider facts are always kept, even past what was captured.
type Refund struct {
	Movement
	Own     string `json:"own,omitempty"` // our refund id; empty for one made elsewhere
	Capture string `json:"capture"`       // the provider's id of what is refunded
}

func (r Refund) key() string { return r.ID }

// merge takes the claim that wins. Whose refund it is, and of what, stays known
// once it was said: a later claim that leaves it out takes nothing away.
func (r Refund) merge(claim Refund) Refund {
	return Refund{
		Movement: r.Movement.merge(claim.Movement),
		Own:      max(r.Own, claim.Own),
		Capture:  max(r.Capture, claim.Capture),
	}
}

// Returned is what the provider says went back to the buyer, in the quote's
// currency.
func (p Payment) Returned() money.Amount {
	back := money.Zero(p.Quote.Total.Currency)
	for _, r := range p.Refunds {
		if r.State.Done() {
			if sum, err := back.Plus(r.Amount); err == nil {
				back = sum
			}
		}
	}
	return back
}
