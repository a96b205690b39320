package payment

import (
	"slices"
	"strings"
)

// Observe merges a provider's answer into the payment. Any order and any
// repetition of the same answers gives the same payment: equal facts, equal
// entries as sets, equal status. A snapshot of an order the payment does not
// know changes nothing.
func Observe(p Payment, s Snapshot) Payment {
	i := slices.IndexFunc(p.Attempts, func(a Attempt) bool {
		return a.Provider == s.Provider && a.Order == s.Order
	})
	if i < 0 {
		return p
	}
	p = p.clone()
	p.Attempts[i] = p.Attempts[i].observe(s, p)
	if s.Missing {
		p.Timeline = p.Timeline.with(s.At, "gone", s.Order)
		return p
	}
	if s.State == OrderApproved {
		p.Timeline = p.Timeline.with(s.Updated, "approved", s.Order)
	}
	for _, c := range s.Captures {
		c.Order = s.Order
		p.Captures = union(p.Captures, c)
		p.Entries = p.enter(EntryCaptured, c.Movement)
		p.Timeline = p.Timeline.with(c.Updated, "capture."+string(c.State), c.ID)
	}
	for _, r := range s.Refunds {
		p = p.refund(r)
	}
	for _, d := range s.Disputes {
		p = p.dispute(d)
	}
	return p
}

// observe merges what an answer says of the order itself.
func (a Attempt) observe(s Snapshot, p Payment) Attempt {
	switch {
	case s.Missing && s.Account != a.Account:
		a.Stray = later(a.Stray, s.At)
		return a
	case s.Missing:
		a.Gone = later(a.Gone, s.At)
		return a
	}
	a.Alive = later(a.Alive, s.At)
	a.SelfCompleting = a.SelfCompleting || s.SelfCompleting
	a.Transfer = max(a.Transfer, s.Transfer) // there is one; of two, the same whichever came first
	if s.Updated.After(a.Updated) || (s.Updated.Equal(a.Updated) && s.State.rank() > a.State.rank()) {
		a.State, a.Updated = s.State, s.Updated
	}
	if s.State == OrderApproved {
		a.Approved = earlier(a.Approved, s.Updated)
	}
	if !s.Fits(p) {
		a.Mismatch = true
	}
	return a
}

// fact is a member of a set that is keyed by the provider's id.
type fact[T any] interface {
	key() string
	merge(T) T
}

// union adds a claim to a set of facts, which is kept in the order of its keys.
func union[T fact[T]](set []T, claim T) []T {
	i, found := slices.BinarySearchFunc(set, claim, func(a, b T) int { return strings.Compare(a.key(), b.key()) })
	if found {
		set = slices.Clone(set)
		set[i] = set[i].merge(claim)
		return set
	}
	// Merging with itself gives a first claim the same form as a repeated one.
	return slices.Insert(slices.Clone(set), i, claim.merge(claim))
}

// ObserveRefund merges what a provider says of one refund, as the answer to
// sending it does. It is the same as a snapshot that holds only this refund.
func ObserveRefund(p Payment, r Refund) Payment {
	p = p.clone()
	return p.refund(r)
}

// ObserveDispute merges what a provider says of one dispute.
func ObserveDispute(p Payment, d Dispute) Payment {
	p = p.clone()
	return p.dispute(d)
}

// refund and dispute change the copy they are called on.
func (p Payment) refund(r Refund) Payment {
	p.Refunds = union(p.Refunds, r)
	p.Entries = p.enter(EntryRefunded, r.Movement)
	p.Timeline = p.Timeline.with(r.Updated, "refund."+string(r.State), r.ID)
	return p
}

func (p Payment) dispute(d Dispute) Payment {
	p.Disputes = union(p.Disputes, d)
	event := "dispute." + strings.ToLower(d.Stage)
	if !d.Open {
		event = "dispute.closed"
	}
	p.Timeline = p.Timeline.with(d.Updated, event, d.ID)
	return p
}
