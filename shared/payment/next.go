package payment

import (
	"slices"
	"time"
)

// Step is the provider call a payment still owes.
type Step struct {
	Do      Action
	Attempt int    // of which attempt, for a look, a capture and an end
	Refund  string // of which reservation, for a refund
}

// Action is what a step does. The set is closed.
type Action string

const (
	ActionNone    Action = "none" // nothing, or nothing before the next due
	ActionLook    Action = "look"
	ActionCapture Action = "capture"
	ActionRefund  Action = "refund"
	ActionEnd     Action = "end" // so that its buyer cannot pay it any more
)

// Visit is what one invocation knows beside the payment: which attempts it has
// looked at itself (an older answer is no look), whether the buyer asks for the
// capture, whether there is said to be something new, and whether it may send
// refunds. Only the refund function and the sweep may: nothing that an outsider can
// set off ever gives money back.
type Visit struct {
	Looked  map[int]bool // by attempt number
	Unasked map[int]bool // attempts whose provider could not be asked, by number
	Asked   bool
	Told    bool // somebody who may know says that there is something new
	Refunds bool
	Sent    map[string]bool // refunds sent by this visit, by reservation
	Ended   map[int]bool    // attempts this visit has tried to end, by number
}

// Next says which provider call the payment owes now, one at a time: the caller
// makes it, merges the answer and asks again. An order is captured only when a
// look of the same invocation shows it approved for exactly our amount, and only
// after every earlier attempt was looked at too; a reserved refund is sent only
// after a look that did not find it. Where nothing is owed any more, only something
// new that somebody tells of has every order looked at once more.
func Next(p Payment, v Visit) Step {
	final := Final(p)
	if final && !v.Told {
		return Step{Do: ActionNone}
	}
	for _, a := range p.Attempts {
		if (final || p.worthALook(a)) && !v.Looked[a.Number] && !v.Unasked[a.Number] {
			return Step{Do: ActionLook, Attempt: a.Number}
		}
	}
	for _, a := range p.Attempts {
		if p.needless(a) && !v.Ended[a.Number] && !v.Unasked[a.Number] {
			return Step{Do: ActionEnd, Attempt: a.Number}
		}
	}
	// An order that could not be looked at may have been paid.
	if a, ok := p.Live(); ok && len(v.Unasked) == 0 && p.mayCapture(a, v.Asked) {
		return Step{Do: ActionCapture, Attempt: a.Number}
	}
	for _, r := range p.Reservations {
		taken, _ := p.TakenBy(r.Capture)
		if v.Refunds && p.waits(r) && r.Puzzle == "" && !v.Sent[r.ID] && !v.Unasked[taken.Number] {
			return Step{Do: ActionRefund, Refund: r.ID}
		}
	}
	return Step{Do: ActionNone}
}

// worthALook: an order that may still change, and every order while something
// else about the payment is open.
func (p Payment) worthALook(a Attempt) bool { return !p.spent(a) || p.open() }

// open reports whether anything but the orders themselves waits for an end: a
// review, a dispute, a movement that is not over.
func (p Payment) open() bool {
	return len(p.Doubts()) > 0 ||
		p.disputed() ||
		slices.ContainsFunc(p.Reservations, p.waits) ||
		slices.ContainsFunc(p.Refunds, func(r Refund) bool { return !r.State.over() }) ||
		slices.ContainsFunc(p.Captures, func(c Capture) bool { return !c.State.over() })
}

// spent reports whether nothing more can come of an attempt: its order is dead for
// good, or its captures have all failed.
func (p Payment) spent(a Attempt) bool {
	if a.Dead() {
		return a.over()
	}
	failed := false
	for _, c := range p.Captures {
		if c.Order == a.Order {
			if c.State != Failed {
				return false
			}
			failed = true
		}
	}
	return failed
}

// mayCapture: after a refusal only where the buyer asks again or the order has
// changed since, and not for ever.
func (p Payment) mayCapture(a Attempt, asked bool) bool {
	switch {
	case a.Superseded, a.State != OrderApproved, a.Dead(), a.Final:
		return false
	case p.anyAttempt(func(a Attempt) bool { return a.SelfCompleting && !p.spent(a) }):
		return false // it is taken by the provider, or may be yet
	case a.Mismatch, a.Puzzle != "":
		return false // even where a person has settled the review: nobody approved our amount, or nobody knows
	case a.Refusals >= MaxCaptures, a.Refusals > 0 && !asked && !a.renewed():
		return false
	case len(p.Doubts()) > 0:
		return false
	}
	return !p.captured(func(s State) bool { return s != Failed })
}

// needless reports whether the buyer could still pay an order that completes by itself
// although another one was taken: a capture that was on its way when the buyer turned to
// this one is not undone by that.
func (p Payment) needless(a Attempt) bool {
	return a.SelfCompleting && a.State == OrderWaiting && !p.spent(a) && slices.ContainsFunc(p.Captures, func(c Capture) bool {
		return c.Order != a.Order && c.State != Failed
	})
}

// MaySwitch reports whether the buyer may go on with another attempt: nothing
// was taken or is being taken, no outcome is unknown, and the live order is not
// approved and waiting to be captured. One that completes by itself has to be spent:
// its buyer may still be at the bank. It is asked after a fresh look.
func MaySwitch(p Payment) bool {
	if a, ok := p.Live(); ok && a.SelfCompleting && !p.spent(a) {
		return false
	}
	switch StatusOf(p) {
	case StatusNew, StatusAwaitingApproval, StatusDeclined, StatusExpired:
		return true
	}
	return false
}

// Endable reports whether the live order could still take the buyer's money by itself
// although nothing was taken so far: it may be ended before another is opened.
func (p Payment) Endable() bool {
	a, ok := p.Live()
	return ok && a.SelfCompleting && !p.spent(a) && !p.captured(State.Done)
}

const (
	// settleAfter is how long after a capture one more look confirms it: long
	// enough for an early reversal or a racing second capture to show.
	settleAfter = time.Hour

	// reportedBy is how long after a capture the provider's account shows it: PayPal
	// takes three hours at the most, and the account is read every hour. A look
	// before would find nothing that the account does not show as well.
	reportedBy = 5 * time.Hour
)

// Final reports whether nothing is owed any more: nobody paid and nobody can,
// or the money is here and either the provider's account shows it or a later look
// has confirmed it. Final is never closed to new evidence: whatever is observed
// later counts, and a row of the account that is not known has the payment looked at.
func Final(p Payment) bool {
	if len(p.Attempts) == 0 || p.open() || p.OwesListing() {
		return false
	}
	var confirmed time.Time
	for _, c := range p.Captures {
		if c.State.Done() && !p.reported(c) {
			confirmed = later(confirmed, c.Created.Add(settleAfter))
		}
	}
	for _, d := range p.Disputes {
		confirmed = later(confirmed, d.Updated.Add(settleAfter)) // its money may move a while after its end
	}
	for _, row := range p.Rows() {
		if p.tells(row) {
			confirmed = later(confirmed, row.Updated) // nobody could look when it came in
		}
	}
	return !p.anyAttempt(func(a Attempt) bool {
		return !p.spent(a) && (!p.captured(State.Done) || a.Looked().Before(confirmed))
	})
}
