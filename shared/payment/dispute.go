package payment

import (
	"fmt"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Dispute is a buyer's complaint that the provider has taken up. Codes are the
// provider's; times are its clock.
type Dispute struct {
	ID      string       `json:"id"`
	Capture string       `json:"capture"`
	Open    bool         `json:"open,omitzero"`
	Stage   string       `json:"stage,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Outcome string       `json:"outcome,omitempty"`
	Amount  money.Amount `json:"amount,omitzero"`
	Answer  time.Time    `json:"answer,omitzero"` // by when the merchant has to answer
	Updated time.Time    `json:"updated"`
}

func (d Dispute) key() string { return d.ID }

// merge takes the claim with the later update time; a resolved one wins a tie.
func (d Dispute) merge(claim Dispute) Dispute {
	switch {
	case claim.Updated.After(d.Updated):
		return claim
	case d.Updated.After(claim.Updated):
		return d
	case claim.tail() > d.tail():
		return claim
	}
	return d
}

func (d Dispute) tail() string {
	return fmt.Sprintf("%t|%s|%s|%s|%s|%s|%s", !d.Open, d.Outcome, d.Stage, d.Reason, d.Amount, d.Answer.UTC().Format(time.RFC3339), d.Capture)
}

// AnswerDue reports whether the merchant has to answer an open dispute before
// that time.
func (p Payment) AnswerDue(before time.Time) bool {
	return slices.ContainsFunc(p.Disputes, func(d Dispute) bool {
		return d.Open && !d.Answer.IsZero() && d.Answer.Before(before)
	})
}
