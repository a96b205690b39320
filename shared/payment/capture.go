package payment

import (
	"fmt"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Capture is money taken from the buyer. Fee, Net, Received and Rate are the
// provider's figures, kept as told: Net = Amount - Fee; Received is what was
// credited in another currency at Rate (a decimal string, never multiplied). StepUp is
// how the buyer's bank was asked to make sure of the buyer.
type Capture struct {
	Movement
	Order    string       `json:"order"`
	Fee      money.Amount `json:"fee,omitzero"`
	Net      money.Amount `json:"net,omitzero"`
	Received money.Amount `json:"received,omitzero"`
	Rate     string       `json:"rate,omitempty"`
	StepUp   StepUp       `json:"step_up,omitempty"`
}

// StepUp is what came of strong authentication (3-D Secure), by which the law wants some
// payments made sure of, and by which the bank answers for fraud in place of the merchant.
// The set is closed.
type StepUp string

const (
	NoStepUp         StepUp = ""           // nobody asked for it, or the way to pay has none
	StepUpPassed     StepUp = "passed"     // the bank knows the buyer
	StepUpAttempted  StepUp = "attempted"  // the bank took part, and did not ask the buyer
	StepUpExempted   StepUp = "exempted"   // the law lets this payment go without
	StepUpFailed     StepUp = "failed"     // and the bank paid all the same
	StepUpImpossible StepUp = "impossible" // card or bank do not take part
	StepUpUnclear    StepUp = "unclear"
)

func (c Capture) key() string { return c.ID }

// merge takes the whole claim that wins; see Movement.
func (c Capture) merge(claim Capture) Capture {
	won := c
	if claim.beats(c.Movement) || (!c.beats(claim.Movement) && claim.figures() > c.figures()) {
		won = claim
	}
	won.Movement = c.Movement.merge(claim.Movement)
	return won
}

// figures orders two claims that say the same of the movement: the one with more
// figures is the greater, so that it stays whichever came first.
func (c Capture) figures() string {
	named := 0
	for _, figure := range []bool{!c.Fee.IsZero(), !c.Net.IsZero(), !c.Received.IsZero(), c.Rate != "", c.StepUp != NoStepUp} {
		if figure {
			named++
		}
	}
	return fmt.Sprintf("%d|%s|%s|%s|%s|%s|%s", named, c.Fee, c.Net, c.Received, c.Rate, c.Order, c.StepUp)
}

// Paid is the money the provider says it took for this purchase and did not
// fail to: the sum of the captures done, in the quote's currency. A capture in
// another currency is in Review, not in here.
func (p Payment) Paid() money.Amount {
	paid := money.Zero(p.Quote.Total.Currency)
	for _, c := range p.Captures {
		if c.State.Done() {
			if sum, err := paid.Plus(c.Amount); err == nil {
				paid = sum
			}
		}
	}
	return paid
}

// PaidBy is the capture that took the money; of several, which a person has looked into,
// the first in time. ok is false before there is one.
func (p Payment) PaidBy() (paid Capture, ok bool) {
	for _, c := range p.Captures {
		if c.State.Done() && (!ok || c.Created.Before(paid.Created)) {
			paid, ok = c, true
		}
	}
	return paid, ok
}

// PaidThrough is the attempt that the money came by, which need not be the last one: a
// purchase may be paid at one provider while its buyer opens another. Before anything is
// paid it is Live.
func (p Payment) PaidThrough() Attempt {
	if paid, ok := p.PaidBy(); ok {
		if a, ok := p.TakenBy(paid.ID); ok {
			return a
		}
	}
	live, _ := p.Live()
	return live
}

// captured reports whether any capture is in such a state.
func (p Payment) captured(in func(State) bool) bool {
	return slices.ContainsFunc(p.Captures, func(c Capture) bool { return in(c.State) })
}

// TakenBy is the attempt that a capture is of, by the provider's id of the capture.
func (p Payment) TakenBy(capture string) (Attempt, bool) {
	for _, c := range p.Captures {
		if i := slices.IndexFunc(p.Attempts, func(a Attempt) bool { return a.Order == c.Order }); c.ID == capture && i >= 0 {
			return p.Attempts[i], true
		}
	}
	return Attempt{}, false
}

// hasCapture reports whether any capture of the attempt's order is known.
func (p Payment) hasCapture(a Attempt) bool {
	return slices.ContainsFunc(p.Captures, func(c Capture) bool { return c.Order == a.Order })
}

// inDoubt reports whether a capture of the attempt was sent or is about to be, or is made
// by the provider itself, and nothing has told yet what came of it. Of an order that is gone for good no
// look will: that is a person's to settle, and then settled. One that waits for its buyer
// again was approved when the capture was sent, and the capture was refused.
func (p Payment) inDoubt(a Attempt) bool {
	refused := a.State == OrderWaiting && !a.Approved.IsZero()
	return (!a.Doubt.IsZero() || !a.Intent.IsZero() || a.Completing()) && !p.hasCapture(a) && !refused && !(a.Dead() && a.over())
}
