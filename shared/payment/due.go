package payment

import "time"

// The ladders: how long after something began the payment is looked at, and how
// often after the last rung.
var (
	// A capture whose outcome is unknown, or an approved order not yet taken.
	whileMoneyMayMove = ladder{rungs: []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute}, every: time.Hour}
	// An order that waits for its buyer. PayPal's unapproved orders live 6 h by
	// default, so the third look usually finds it gone; the first comes early
	// enough to take what was approved by a buyer who closed the tab.
	whileTheBuyerMayCome = ladder{rungs: []time.Duration{time.Hour, 2*time.Hour + 45*time.Minute, 6*time.Hour + 15*time.Minute}, every: day}
	// Money that is here, or a case for a person.
	whileItSettles = ladder{rungs: []time.Duration{reportedBy}, every: day}
)

const day = 24 * time.Hour

// Kept is how long a payment that moved no money stays in the table once it is
// final.
const Kept = 30 * day

// Due is when the payment has to be looked at next, after now; zero when it is
// final. Every payment that is not final has a due, whatever just failed.
func Due(p Payment, now time.Time) time.Time {
	if Final(p) {
		return time.Time{}
	}
	live, _ := p.Live()
	if since := p.MovingSince(); !since.IsZero() {
		return whileMoneyMayMove.after(since, now)
	}
	switch StatusOf(p) {
	case StatusReview:
		return now.Add(day)
	case StatusApproved:
		return whileMoneyMayMove.after(live.Approved, now)
	case StatusCaptured, StatusPartiallyRefunded, StatusRefunded:
		return whileItSettles.after(p.Captures[0].Created, now)
	case StatusNew:
		return whileTheBuyerMayCome.after(p.Created, now)
	}
	return whileTheBuyerMayCome.after(live.Created, now)
}

// Expires is from when the payment may leave the table: 30 days after it became
// final without any money moved, never otherwise.
func Expires(p Payment, now time.Time) time.Time {
	if !Final(p) || len(p.Entries) > 0 {
		return time.Time{}
	}
	return now.Add(Kept)
}

// MovingSince is since when a capture's outcome is unknown or a refund waits to be
// sent; zero when neither is. A refund that needs a person waits for that.
func (p Payment) MovingSince() time.Time {
	var since time.Time
	for _, a := range p.Attempts {
		if p.inDoubt(a) && (!a.Doubt.IsZero() || a.Completing()) {
			since = earlier(since, earlier(a.Doubt, a.Approved))
		}
	}
	for _, r := range p.Reservations {
		if p.waits(r) && r.Puzzle == "" {
			since = earlier(since, r.At)
		}
	}
	return since
}

type ladder struct {
	rungs []time.Duration
	every time.Duration
}

// after is the first time on the ladder begun at start that is later than now.
// A start in the future (the provider's clock runs ahead) counts as now.
func (l ladder) after(start, now time.Time) time.Time {
	if start.After(now) {
		start = now
	}
	for _, rung := range l.rungs {
		if t := start.Add(rung); t.After(now) {
			return t
		}
	}
	last := start.Add(l.rungs[len(l.rungs)-1])
	passed := now.Sub(last) / l.every
	return last.Add((passed + 1) * l.every)
}

// Retry is when a payment is looked at again after the provider could not be
// asked: after a minute at first, and the older the payment, the more patiently,
// up to a day.
func Retry(p Payment, now time.Time) time.Time {
	wait := now.Sub(p.Created) / 8
	return now.Add(min(max(wait, time.Minute), day).Truncate(time.Second))
}
