package payment

import (
	"slices"
	"time"
)

// Doubtful is a reason why a person has to look at a payment. The set is closed.
type Doubtful string

const (
	// DoubtAmount: the provider charged, or asks for, something else than we
	// quoted. Never reported as paid.
	DoubtAmount Doubtful = "amount_mismatch"
	// DoubtContradiction: the provider said of one movement that it was done
	// and that it failed, or named two amounts for it.
	DoubtContradiction Doubtful = "contradiction"
	// DoubtDouble: more than one capture for one purchase.
	DoubtDouble Doubtful = "double_capture"
	// DoubtGone: an order that the buyer had approved is gone without a
	// capture that we know of.
	DoubtGone Doubtful = "gone_after_approval"
	// DoubtStray: the order cannot be found by the account we have now, and
	// another account had made it.
	DoubtStray Doubtful = "other_account"
	// DoubtPuzzle: the provider answered a capture with a code nobody has
	// classified, and no capture has been seen since.
	DoubtPuzzle Doubtful = "unknown_answer"
)

// Note is the merchant's word that a reason for review is settled.
type Note struct {
	At     time.Time `json:"at"`
	Reason Doubtful  `json:"reason"`
	Code   string    `json:"code"` // how it was settled, from a closed list
}

// Doubts are the reasons for review that nobody has settled, in a fixed order.
// They are worked out from the facts every time.
func (p Payment) Doubts() []Doubtful {
	var open []Doubtful
	for _, d := range []struct {
		reason Doubtful
		holds  bool
	}{
		{DoubtAmount, p.amountDiffers()},
		{DoubtContradiction, p.contradicts()},
		{DoubtDouble, p.capturedTwice()},
		{DoubtGone, p.anyAttempt(p.goneAfterApproval)},
		{DoubtStray, p.anyAttempt(func(a Attempt) bool { return a.Stray.After(a.Alive) })},
		{DoubtPuzzle, p.anyAttempt(func(a Attempt) bool { return a.Puzzle != "" && !p.hasCapture(a) })},
	} {
		noted := slices.ContainsFunc(p.Notes, func(n Note) bool { return n.Reason == d.reason })
		if d.holds && !noted {
			open = append(open, d.reason)
		}
	}
	return open
}

func (p Payment) anyAttempt(holds func(Attempt) bool) bool {
	return slices.ContainsFunc(p.Attempts, holds)
}

// amountDiffers compares what was charged and offered with what was quoted.
func (p Payment) amountDiffers() bool {
	charged := slices.ContainsFunc(p.Captures, func(c Capture) bool {
		return c.Amount != p.Quote.Total && c.State != Failed
	})
	return charged || p.anyAttempt(func(a Attempt) bool { return a.Mismatch })
}

func (p Payment) contradicts() bool {
	return slices.ContainsFunc(p.Captures, func(c Capture) bool { return c.Contradicts() }) ||
		slices.ContainsFunc(p.Refunds, func(r Refund) bool { return r.Contradicts() })
}

func (p Payment) capturedTwice() bool {
	live := 0
	for _, c := range p.Captures {
		if c.State != Failed {
			live++
		}
	}
	return live > 1
}

// goneAfterApproval: an approved order may have been taken, so its absence
// proves nothing. A superseded order is never captured; its end is no news
// unless a capture of it was in doubt.
func (p Payment) goneAfterApproval(a Attempt) bool {
	if !a.Dead() || a.Approved.IsZero() || (a.Superseded && a.Doubt.IsZero()) {
		return false
	}
	return !p.hasCapture(a)
}
