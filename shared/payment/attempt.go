package payment

import (
	"strconv"
	"time"
)

// Attempt is one provider order for the purchase. A payment has one live
// attempt, the last; an earlier one is superseded and never captured.
type Attempt struct {
	Number   int       `json:"n"`
	Provider string    `json:"provider"`
	Account  string    `json:"account"` // whose order it is; see provider.Account
	Method   string    `json:"method"`
	Order    string    `json:"order"`              // the provider's id
	Approve  string    `json:"approve,omitempty"`  // where the buyer approves
	Transfer string    `json:"transfer,omitempty"` // where the buyer is told what to transfer
	Created  time.Time `json:"created"`
	From     string    `json:"from,omitempty"` // a keyed hash of where it was opened; see OpenedFrom

	// What the provider said of the order: the claim with the latest update
	// time, ties by rank.
	State   OrderState `json:"state"`
	Updated time.Time  `json:"updated,omitzero"`

	// When things were seen, by our clock except where said otherwise. Each is
	// the latest (or the earliest) of all answers, in whatever order they came.
	Alive    time.Time `json:"alive,omitzero"`    // latest answer that knew the order
	Gone     time.Time `json:"gone,omitzero"`     // latest answer that knew no such order
	Stray    time.Time `json:"stray,omitzero"`    // latest such answer from another account
	Approved time.Time `json:"approved,omitzero"` // earliest approval, provider's clock
	Mismatch bool      `json:"mismatch,omitzero"`

	// SelfCompleting: the provider takes the money by itself as soon as the buyer
	// approves. Nobody here captures such an order, and until it is spent no other
	// attempt begins: its buyer could still pay it.
	SelfCompleting bool `json:"completes,omitzero"`

	// Ends is until when such an order can be paid, by the provider's clock; zero where it
	// does not say. One that it does not find before may be an answer that lags behind.
	Ends time.Time `json:"ends,omitzero"`

	// What we did.
	Superseded bool      `json:"superseded,omitzero"`
	Refusals   int       `json:"refusals,omitzero"` // definite ones; names the next capture's intent
	Refused    time.Time `json:"refused,omitzero"`  // the last of them
	Stale      time.Time `json:"stale,omitzero"`    // the order's update time when it was refused, provider's clock
	Refusal    string    `json:"refusal,omitempty"` // its code
	Final      bool      `json:"final,omitzero"`    // it was for good: this order will not be captured
	Intent     time.Time `json:"intent,omitzero"`   // when a capture was about to be sent; see Intend
	Doubt      time.Time `json:"doubt,omitzero"`    // since when a capture's outcome is unknown
	Puzzle     string    `json:"puzzle,omitempty"`  // a code nobody has classified
}

// OrderState is what a provider says of an order, in neutral words. The set is
// closed; an adapter maps what it does not know to OrderUnknown.
type OrderState string

const (
	OrderUnknown   OrderState = ""
	OrderWaiting   OrderState = "waiting"   // for the buyer's approval
	OrderApproved  OrderState = "approved"  // by the buyer; not taken yet
	OrderCompleted OrderState = "completed" // proves nothing: only a capture does
	OrderVoided    OrderState = "voided"
)

// rank settles two claims of the same update time: the one further on wins.
func (s OrderState) rank() int {
	switch s {
	case OrderWaiting:
		return 1
	case OrderApproved:
		return 2
	case OrderCompleted:
		return 3
	case OrderVoided:
		return 4
	}
	return 0
}

// MaxCaptures is how often one order's capture is tried after definite
// refusals. Past it only another attempt helps.
const MaxCaptures = 5

// MaxAttempts is how many attempts one purchase may have.
const MaxAttempts = 10

// Dead reports whether the last look found that the order cannot be approved or
// captured any more. The buyer may go on with another attempt. That an order is not found
// while its buyer could still pay it proves nothing.
func (a Attempt) Dead() bool {
	return a.State == OrderVoided || a.Gone.After(a.Alive) && !a.Gone.Before(a.Ends)
}

// leastLife is how long every provider keeps an order at the least (PayPal: 3 h by
// its specification, 6 h by its newer documents). One that is not found before may
// be an answer that lags behind, and is looked at again.
const leastLife = 3 * time.Hour

// over reports whether a dead order will stay dead.
func (a Attempt) over() bool {
	return a.State == OrderVoided || a.Gone.Sub(a.Created) >= leastLife && !a.Gone.Before(a.Ends)
}

// Looked is when the provider was last asked about the order.
func (a Attempt) Looked() time.Time {
	return later(later(a.Alive, a.Gone), a.Stray)
}

// Declined reports whether the last word on the order is a definite refusal
// that nothing newer has overtaken.
func (a Attempt) Declined() bool {
	return a.Refusals > 0 && (a.Final || a.Refusals >= MaxCaptures || !a.renewed())
}

// Completing reports whether the provider has the buyer's approval of an order that it
// takes by itself, so that money moves or has moved.
func (a Attempt) Completing() bool {
	return a.SelfCompleting && (a.State == OrderApproved || a.State == OrderCompleted)
}

// Retriable reports whether a declined order can still be approved once more
// with other funding.
func (a Attempt) Retriable() bool {
	return !a.Final && !a.Dead() && a.State != OrderCompleted && a.Refusals < MaxCaptures
}

// renewed reports whether the order has changed since the refusal: the buyer has
// approved once more. Both times are the provider's, so that no difference of
// clocks makes an old approval look new.
func (a Attempt) renewed() bool { return a.Updated.After(a.Stale) }

// CaptureRequest is the provider request id of the next capture of the attempt.
// It is derived, never minted: every try of one intent carries the same id, and
// only a stored definite refusal makes a new intent.
func (p Payment) CaptureRequest(n int) string {
	a, _ := p.Attempt(n)
	return p.ID + "-c" + strconv.Itoa(n) + "-" + strconv.Itoa(a.Refusals)
}

// Begin adds an attempt whose order the provider has just opened, and
// supersedes the one before it. The caller has compared the snapshot with the
// quote (see Snapshot.Fits).
func (p Payment) Begin(provider, method string, s Snapshot, now time.Time) Payment {
	p = p.clone()
	if last := len(p.Attempts); last > 0 {
		p.Attempts[last-1].Superseded = true
		p.Timeline = p.Timeline.with(now, "superseded", p.Attempts[last-1].Order)
	}
	p.Attempts = append(p.Attempts, Attempt{
		Number: len(p.Attempts) + 1, Provider: provider, Account: s.Account, Method: method,
		Order: s.Order, Approve: s.Approve, Created: now,
	})
	p.Timeline = p.Timeline.with(now, "offered", s.Order)
	return Observe(p, s)
}

// Refuse notes that the provider definitely refused the capture with intent k
// (the number of refusals when it was sent). It is noted once: a second report
// of the same intent changes nothing. final says the order is beyond hope. What
// the order's update time is by then is what a new approval has to be later than,
// so the caller looks once more first.
func (p Payment) Refuse(n, k int, code string, final bool, now time.Time) Payment {
	a, ok := p.Attempt(n)
	if !ok || a.Refusals != k {
		return p
	}
	p = p.edit(n, func(a *Attempt) {
		a.Refusals++
		a.Refused, a.Stale, a.Refusal, a.Final = now, a.Updated, code, a.Final || final
		a.Doubt, a.Intent = time.Time{}, time.Time{}
	})
	p.Timeline = p.Timeline.with(now, "refused."+code, a.Order+"/"+strconv.Itoa(k+1))
	return p
}

// Intend notes that a capture of attempt n is about to be sent: until something tells what
// came of it, its outcome is unknown. It is for a capture that has to be in the table before
// it is sent, so that whoever opens another order meanwhile finds it there. What was due
// before stays so: a capture that was never heard of is found then, as one that was not
// written down.
func (p Payment) Intend(n int, now time.Time) Payment {
	return p.edit(n, func(a *Attempt) {
		if a.Intent.IsZero() {
			a.Intent = now
		}
	})
}

// Wonder notes that the outcome of a capture of attempt n is unknown. code is
// set where the provider gave an answer nobody has classified: then a person
// has to look as well.
func (p Payment) Wonder(n int, code string, now time.Time) Payment {
	a, ok := p.Attempt(n)
	if !ok {
		return p
	}
	p = p.edit(n, func(a *Attempt) {
		if a.Doubt.IsZero() {
			a.Doubt = now
		}
		if code != "" {
			a.Puzzle = code
		}
	})
	p.Timeline = p.Timeline.with(now, "unknown", a.Order)
	return p
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier takes the zero time for "never".
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
