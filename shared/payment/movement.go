package payment

import (
	"fmt"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Movement is what a provider says of one movement of money, and what it ever
// said of it: captures and refunds are both told in these words.
type Movement struct {
	ID      string       `json:"id"` // the provider's
	State   State        `json:"state"`
	Reason  string       `json:"reason,omitempty"` // the provider's code for the state
	Amount  money.Amount `json:"amount"`
	Created time.Time    `json:"created"` // provider's clock, as Updated
	Updated time.Time    `json:"updated"`

	// Ever is what any claim ever said, so that a contradiction is found in
	// whatever order the claims come.
	Ever Ever `json:"ever"`
}

// State is a movement's state in neutral words. The set is closed; what an
// adapter does not know it maps to Unclear.
type State string

const (
	Unclear           State = "unclear"
	Pending           State = "pending" // not paid: the reason says why
	Failed            State = "failed"  // also declined, cancelled
	Completed         State = "completed"
	PartiallyRefunded State = "partially_refunded" // captures only
	Refunded          State = "refunded"           // captures only
)

// rank settles two claims of the same update time: the one further on wins.
func (s State) rank() int {
	switch s {
	case Pending:
		return 1
	case Failed:
		return 2
	case Completed:
		return 3
	case PartiallyRefunded:
		return 4
	case Refunded:
		return 5
	}
	return 0
}

// Done reports whether the state proves that the money moved. A capture that
// was refunded was paid first.
func (s State) Done() bool {
	return s == Completed || s == PartiallyRefunded || s == Refunded
}

// over reports whether the movement has come to an end, good or bad.
func (s State) over() bool { return s.Done() || s == Failed }

// Ever collects what claims have said, as a set.
type Ever uint8

const (
	EverDone Ever = 1 << iota
	EverFailed
	EverUnequal // two claims named different amounts
)

func (s State) ever() Ever {
	switch {
	case s.Done():
		return EverDone
	case s == Failed:
		return EverFailed
	}
	return 0
}

// Contradicts reports whether the claims cannot all be true: done against
// failed, or two amounts for one movement.
func (m Movement) Contradicts() bool {
	return m.Ever&EverUnequal != 0 || m.Ever&(EverDone|EverFailed) == EverDone|EverFailed
}

// merge takes the claim with the later update time, ties by rank, and collects
// what was ever said. It is commutative, associative and idempotent.
func (m Movement) merge(claim Movement) Movement {
	won := m
	if claim.beats(m) {
		won = claim
	}
	won.Ever = m.Ever | claim.Ever | m.State.ever() | claim.State.ever()
	if m.Amount != claim.Amount {
		won.Ever |= EverUnequal
	}
	won.Created = earlier(m.Created, claim.Created)
	return won
}

// beats orders claims: by update time, then rank, then by what is left, so that
// no two different claims ever tie.
func (m Movement) beats(other Movement) bool {
	if !m.Updated.Equal(other.Updated) {
		return m.Updated.After(other.Updated)
	}
	if m.State != other.State {
		return m.State.rank() > other.State.rank()
	}
	return m.tail() > other.tail()
}

func (m Movement) tail() string {
	return fmt.Sprintf("%s %020d %s", m.Amount.Currency, m.Amount.Minor, m.Reason)
}
