package payment

// Status is what the facts of a payment amount to. It is worked out every time
// and never stored as the truth.
type Status string

const (
	StatusNew               Status = "new"               // no attempt yet
	StatusAwaitingApproval  Status = "awaiting_approval" // the buyer has to approve
	StatusApproved          Status = "approved"          // the buyer has; the money is not taken yet
	StatusChecking          Status = "checking"          // a capture was sent and its outcome is unknown
	StatusPending           Status = "pending"           // captured, but not paid until the provider says so
	StatusCaptured          Status = "captured"          // paid
	StatusPartiallyRefunded Status = "partially_refunded"
	StatusRefunded          Status = "refunded"
	StatusDeclined          Status = "declined" // the buyer may try again or choose another way
	StatusExpired           Status = "expired"  // nobody approved, and the order is gone
	StatusReview            Status = "review"   // a person has to look
)

// StatusOf derives the status, review first: what is in doubt is never reported
// as paid or failed.
func StatusOf(p Payment) Status {
	a, ok := p.Live()
	switch {
	case len(p.Doubts()) > 0:
		return StatusReview
	case p.captured(State.Done):
		return p.statusPaid()
	case p.anyAttempt(p.inDoubt):
		return StatusChecking
	case p.captured(func(s State) bool { return s == Pending || s == Unclear }):
		return StatusPending
	case !ok:
		return StatusNew
	case a.Declined() || p.hasCapture(a):
		return StatusDeclined
	case a.Dead():
		return StatusExpired
	case a.State == OrderApproved:
		return StatusApproved
	}
	return StatusAwaitingApproval
}

func (p Payment) statusPaid() Status {
	paid, back := p.Paid(), p.Returned()
	switch {
	case back.Minor >= paid.Minor && back.Minor > 0:
		return StatusRefunded
	case back.Minor > 0:
		return StatusPartiallyRefunded
	}
	return StatusCaptured
}

// Paid reports whether the buyer has paid and it is safe to send the goods.
func (s Status) Paid() bool {
	return s == StatusCaptured || s == StatusPartiallyRefunded
}
