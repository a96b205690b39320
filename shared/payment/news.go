package payment

import "slices"

// News reports whether an answer like this would add anything to the payment if
// it were true, and whether it is about an order of the payment at all. A doorbell
// that claims nothing new is not worth a call: a flood of replays costs nothing. While
// nobody knows what came of a capture, each is worth one.
func News(p Payment, claimed Snapshot) (news, known bool) {
	claimed.Order, known = p.orderOf(claimed)
	if !known {
		return false, false
	}
	if claimed.State == "" && len(claimed.Captures) == 0 {
		// A refund or a dispute alone says nothing of the order: its silence about
		// the amount is not another amount.
		claimed.Payment, claimed.Amount = p.ID, p.Quote.Total
	}
	next := Observe(p, claimed)
	next.Timeline = p.Timeline // when a thing happened is not what happened
	return p.anyAttempt(p.inDoubt) || !SameFacts(p, next), true
}

// orderOf finds the order an answer is about: the one it names, or that of the
// capture which it, or its refund or dispute, names.
func (p Payment) orderOf(s Snapshot) (string, bool) {
	captures := []string{}
	for _, c := range s.Captures {
		captures = append(captures, c.ID)
	}
	for _, r := range s.Refunds {
		captures = append(captures, r.Capture)
	}
	for _, d := range s.Disputes {
		captures = append(captures, d.Capture)
	}
	for _, c := range p.Captures {
		if s.Order == "" && slices.Contains(captures, c.ID) {
			s.Order = c.Order
		}
	}
	ours := slices.ContainsFunc(p.Attempts, func(a Attempt) bool { return a.Provider == s.Provider && a.Order == s.Order })
	return s.Order, ours
}
