package payment

import (
	"slices"
	"strings"
	"time"
)

// Doubtful is a reason why a person has to look at a payment. The set is closed.
type Doubtful string

const (
	// DoubtAmount: the provider charged, or asks for, something else than we
	// quoted. Never reported as paid.
	DoubtAmount Doubtful = "amount_mismatch"
	// DoubtContradiction: the provider said of one movement that it was done
	// and that it failed, or named two amounts for it, or two refunds for one of ours.
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
	// DoubtRefund: the provider says that less is left than we reserved, or
	// answered a refund with a code nobody has classified, and our refund is not
	// to be found. Its amount stays reserved until a person says what became of it.
	DoubtRefund Doubtful = "refund_unclear"
	// DoubtRow: the provider's account shows a sale or a refund under this payment's
	// name that no look at its orders has found.
	DoubtRow Doubtful = "unknown_movement"
)

// Note is the merchant's word that a reason for review is settled: for the
// evidence there was. New evidence opens the review again.
type Note struct {
	At       time.Time `json:"at"`
	Reason   Doubtful  `json:"reason"`
	Evidence string    `json:"of"`
	Code     string    `json:"code"` // how it was settled, from a closed list
}

// doubts is how each reason is found: by the ids of what speaks for it. They are
// worked out from the facts every time.
var doubts = []struct {
	reason   Doubtful
	evidence func(Payment) []string
}{
	{DoubtAmount, Payment.otherAmounts},
	{DoubtContradiction, Payment.contradictions},
	{DoubtDouble, Payment.doubleCaptures},
	{DoubtGone, func(p Payment) []string { return p.orders(p.goneAfterApproval) }},
	{DoubtStray, func(p Payment) []string {
		return p.orders(func(a Attempt) bool { return a.Stray.After(a.Alive) })
	}},
	{DoubtPuzzle, func(p Payment) []string {
		return p.orders(func(a Attempt) bool { return a.Puzzle != "" && !p.hasCapture(a) })
	}},
	{DoubtRefund, Payment.unclearRefunds},
	{DoubtRow, Payment.unknownRows},
}

// Doubts are the reasons for review that nobody has settled, in a fixed order.
func (p Payment) Doubts() []Doubtful {
	var open []Doubtful
	for _, d := range doubts {
		if evidence := strings.Join(d.evidence(p), " "); evidence != "" && !p.noted(d.reason, evidence) {
			open = append(open, d.reason)
		}
	}
	return open
}

func (p Payment) noted(reason Doubtful, evidence string) bool {
	return slices.ContainsFunc(p.Notes, func(n Note) bool { return n.Reason == reason && n.Evidence == evidence })
}

// SettledAs reports whether there is nothing to review because the last note said so
// with this code: whoever repeats it, because its answer was lost, has been heard.
func (p Payment) SettledAs(code string) bool {
	last := len(p.Notes) - 1
	return last >= 0 && p.Notes[last].Code == code && len(p.Doubts()) == 0
}

// Settle notes that the merchant has settled every open reason for review, and
// how. A refund that was unclear is given up with it: its amount is free again.
func (p Payment) Settle(code string, now time.Time) Payment {
	p = p.clone()
	for _, d := range doubts {
		evidence := strings.Join(d.evidence(p), " ")
		if evidence == "" || p.noted(d.reason, evidence) {
			continue
		}
		if d.reason == DoubtRefund {
			for _, id := range p.unclearRefunds() {
				p = p.RefuseRefund(id, "given_up", now)
			}
		}
		p.Notes = append(p.Notes, Note{At: now, Reason: d.reason, Evidence: evidence, Code: code})
		p.Timeline = p.Timeline.with(now, "review.settled", string(d.reason))
	}
	return p
}

func (p Payment) anyAttempt(holds func(Attempt) bool) bool {
	return slices.ContainsFunc(p.Attempts, holds)
}

// orders are the orders of the attempts for which something holds.
func (p Payment) orders(holds func(Attempt) bool) []string {
	var ids []string
	for _, a := range p.Attempts {
		if holds(a) {
			ids = append(ids, a.Order)
		}
	}
	return ids
}

// otherAmounts compares what was charged and offered with what was quoted.
func (p Payment) otherAmounts() []string {
	ids := p.orders(func(a Attempt) bool { return a.Mismatch })
	for _, c := range p.Captures {
		if c.Amount != p.Quote.Total && c.State != Failed {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (p Payment) contradictions() []string {
	var ids []string
	for _, c := range p.Captures {
		if c.Contradicts() {
			ids = append(ids, c.ID)
		}
	}
	for _, r := range p.Refunds {
		if r.Contradicts() {
			ids = append(ids, r.ID)
		}
	}
	return append(append(ids, p.doubleRefunds()...), p.contradictedRows()...)
}

// doubleRefunds: what we asked for once was made once.
func (p Payment) doubleRefunds() (ids []string) {
	for _, r := range p.Refunds {
		alike := func(other Refund) bool { return other.Own == r.Own && other.State != Failed }
		if first := slices.IndexFunc(p.Refunds, alike); r.Own != "" && alike(r) && p.Refunds[first].ID != r.ID {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// doubleCaptures: one purchase is charged once.
func (p Payment) doubleCaptures() []string {
	var ids []string
	for _, c := range p.Captures {
		if c.State != Failed {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) < 2 {
		return nil
	}
	return ids
}

func (p Payment) unclearRefunds() []string {
	var ids []string
	for _, r := range p.Reservations {
		if p.waits(r) && r.Puzzle != "" {
			ids = append(ids, r.ID)
		}
	}
	return ids
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
