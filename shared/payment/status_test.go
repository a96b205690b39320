package payment

import (
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// The steps a table row is made of: each is one thing that happens to a payment
// of EUR 45.00, a minute after the one before.
type happening func(p Payment, now time.Time) Payment

func sees(n int, change func(*Snapshot)) happening {
	return func(p Payment, now time.Time) Payment {
		s := waiting(p, n, now)
		change(&s)
		return Observe(p, s)
	}
}

func order(state OrderState) happening {
	return sees(1, func(s *Snapshot) { s.State = state })
}

func completing(state OrderState) happening {
	return sees(1, func(s *Snapshot) { s.State, s.SelfCompleting = state, true })
}

// lasting is a completing order that can be paid for longer than others are kept.
func lasting(state OrderState) happening {
	return sees(1, func(s *Snapshot) { s.State, s.SelfCompleting, s.Ends = state, true, start.Add(day) })
}

// ours is a refund that carries one id of ours.
func ours(id string, state State) happening {
	return func(p Payment, now time.Time) Payment {
		return ObserveRefund(p, Refund{Capture: "C", Own: p.ID + "-r", Movement: Movement{ID: id, State: state, Amount: money.New(500, "EUR"), Created: now, Updated: now}})
	}
}

func charge(id string, state State, minor int64) happening {
	return sees(1, func(s *Snapshot) {
		s.State = OrderCompleted
		s.Captures = []Capture{{Movement: Movement{ID: id, State: state, Amount: money.New(minor, "EUR"), Created: s.At, Updated: s.At}}}
	})
}

func refund(state State, minor int64) happening {
	return sees(1, func(s *Snapshot) {
		s.State = OrderCompleted
		s.Refunds = []Refund{{Movement: Movement{ID: "R", State: state, Amount: money.New(minor, "EUR"), Created: s.At, Updated: s.At}}}
	})
}

func missing(account string, after time.Duration) happening {
	return func(p Payment, now time.Time) Payment {
		return Observe(p, Snapshot{Provider: "paypal", Account: account, Order: "O1", At: now.Add(after), Missing: true})
	}
}

func refused(final bool) happening {
	return func(p Payment, now time.Time) Payment {
		a, _ := p.Live()
		return p.Refuse(a.Number, a.Refusals, "INSTRUMENT_DECLINED", final, now)
	}
}

func wonders(code string) happening {
	return func(p Payment, now time.Time) Payment { return p.Wonder(1, code, now) }
}

func switches(p Payment, now time.Time) Payment {
	n := len(p.Attempts) + 1
	return p.Begin("paypal", "paypal", waiting(p, n, now), now)
}

func settled() happening {
	return func(p Payment, now time.Time) Payment {
		return p.Settle("refunded_by_hand", now)
	}
}

var gone, lagging, elsewhere = missing("sandbox", leastLife), missing("sandbox", 0), missing("other", 0)

func TestStatusAndStep(t *testing.T) {
	for _, row := range []struct {
		name   string
		happen []happening
		status Status
		step   Action // for a visit that has looked at everything
		asked  Action // the same, when the buyer asks for the capture
		final  bool
		mayNew bool // may the buyer go on with another attempt
	}{
		{"just offered", nil, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"approved", []happening{order(OrderApproved)}, StatusApproved, ActionCapture, ActionCapture, false, false},
		{"completed proves nothing", []happening{order(OrderCompleted)}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"completing, just offered", []happening{completing(OrderWaiting)}, StatusAwaitingApproval, ActionNone, ActionNone, false, false},
		{"completing, approved", []happening{completing(OrderApproved)}, StatusChecking, ActionNone, ActionNone, false, false},
		{"completing, completed proves nothing", []happening{completing(OrderCompleted)}, StatusChecking, ActionNone, ActionNone, false, false},
		{"completing, taken", []happening{completing(OrderApproved), charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"completing, pending", []happening{completing(OrderApproved), charge("C", Pending, 4500)}, StatusPending, ActionNone, ActionNone, false, false},
		{"completing, failed", []happening{completing(OrderApproved), charge("C", Failed, 4500)}, StatusDeclined, ActionNone, ActionNone, true, true},
		{"completing, not found, which may lag behind", []happening{completing(OrderWaiting), lagging}, StatusExpired, ActionNone, ActionNone, false, false},
		{"completing, gone for good", []happening{completing(OrderWaiting), gone}, StatusExpired, ActionNone, ActionNone, true, true},
		{"completing, not found while it can be paid", []happening{lasting(OrderWaiting), gone}, StatusAwaitingApproval, ActionNone, ActionNone, false, false},
		{"completing, not found when it could not be paid any more", []happening{lasting(OrderWaiting), missing("sandbox", day)}, StatusExpired, ActionNone, ActionNone, true, true},
		{"completing, ended", []happening{lasting(OrderWaiting), lasting(OrderVoided)}, StatusExpired, ActionNone, ActionNone, true, true},
		{"completing, voided", []happening{completing(OrderWaiting), completing(OrderVoided)}, StatusExpired, ActionNone, ActionNone, true, true},
		{"completing, gone after approval", []happening{completing(OrderApproved), gone}, StatusReview, ActionNone, ActionNone, false, false},
		{"known as completing when another is approved", []happening{switches, completing(OrderWaiting), sees(2, func(s *Snapshot) { s.State = OrderApproved })}, StatusApproved, ActionNone, ActionNone, false, false},
		{"captured", []happening{charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"captured, confirmed", []happening{charge("C", Completed, 4500), late(order(OrderCompleted))}, StatusCaptured, ActionNone, ActionNone, true, false},
		{"pending", []happening{charge("C", Pending, 4500)}, StatusPending, ActionNone, ActionNone, false, false},
		{"pending, then paid", []happening{charge("C", Pending, 4500), charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"paid, then an old pending", []happening{charge("C", Completed, 4500), before(charge("C", Pending, 4500))}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"capture failed", []happening{charge("C", Failed, 4500)}, StatusDeclined, ActionNone, ActionNone, true, true},
		{"paid and failed", []happening{charge("C", Completed, 4500), charge("C", Failed, 4500)}, StatusReview, ActionNone, ActionNone, false, false},
		{"another amount charged", []happening{charge("C", Completed, 4501)}, StatusReview, ActionNone, ActionNone, false, false},
		{"charged twice", []happening{charge("C", Completed, 4500), charge("D", Completed, 4500)}, StatusReview, ActionNone, ActionNone, false, false},
		{"another amount offered", []happening{sees(1, func(s *Snapshot) { s.State, s.Amount.Minor = OrderApproved, 1 })}, StatusReview, ActionNone, ActionNone, false, false},
		{"another amount offered, and settled by the merchant", []happening{sees(1, func(s *Snapshot) { s.State, s.Amount.Minor = OrderApproved, 1 }), settled()}, StatusApproved, ActionNone, ActionNone, false, false},
		{"another payment's order", []happening{sees(1, func(s *Snapshot) { s.State, s.Payment = OrderApproved, "sc-other" })}, StatusReview, ActionNone, ActionNone, false, false},
		{"refused", []happening{order(OrderApproved), refused(false)}, StatusDeclined, ActionNone, ActionCapture, false, true},
		{"refused, approved once more", []happening{order(OrderApproved), refused(false), order(OrderApproved)}, StatusApproved, ActionCapture, ActionCapture, false, false},
		{"refused for good", []happening{order(OrderApproved), refused(true), order(OrderApproved)}, StatusDeclined, ActionNone, ActionNone, false, true},
		{"refused five times", []happening{order(OrderApproved), refused(false), refused(false), refused(false), refused(false), refused(false), order(OrderApproved)}, StatusDeclined, ActionNone, ActionNone, false, true},
		{"outcome unknown", []happening{order(OrderApproved), wonders("")}, StatusChecking, ActionCapture, ActionCapture, false, false},
		{"unknown, then paid", []happening{order(OrderApproved), wonders(""), charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"unknown, then pending", []happening{order(OrderApproved), wonders(""), charge("C", Pending, 4500)}, StatusPending, ActionNone, ActionNone, false, false},
		{"unknown, then refused", []happening{order(OrderApproved), wonders(""), refused(false)}, StatusDeclined, ActionNone, ActionCapture, false, true},
		{"unknown code", []happening{order(OrderApproved), wonders("BRAND_NEW")}, StatusReview, ActionNone, ActionNone, false, false},
		{"unknown code, then paid", []happening{order(OrderApproved), wonders("BRAND_NEW"), charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"gone", []happening{gone}, StatusExpired, ActionNone, ActionNone, true, true},
		{"voided", []happening{order(OrderVoided)}, StatusExpired, ActionNone, ActionNone, true, true},
		{"not found too early", []happening{lagging}, StatusExpired, ActionNone, ActionNone, false, true},
		{"not found too early, then approved", []happening{lagging, order(OrderApproved)}, StatusApproved, ActionCapture, ActionCapture, false, false},
		{"gone, then back", []happening{gone, late(order(OrderWaiting))}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"gone, then paid", []happening{gone, late(charge("C", Completed, 4500))}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"gone after approval", []happening{order(OrderApproved), gone}, StatusReview, ActionNone, ActionNone, false, false},
		{"voided after approval", []happening{order(OrderApproved), order(OrderVoided)}, StatusReview, ActionNone, ActionNone, false, false},
		{"paid, gone long after", []happening{charge("C", Completed, 4500), gone}, StatusCaptured, ActionNone, ActionNone, true, false},
		{"another account's", []happening{elsewhere}, StatusReview, ActionNone, ActionNone, false, false},
		{"another account's, then found", []happening{elsewhere, order(OrderWaiting)}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"refunded in part", []happening{charge("C", Completed, 4500), refund(Completed, 500)}, StatusPartiallyRefunded, ActionNone, ActionNone, false, false},
		{"refunded", []happening{charge("C", Completed, 4500), refund(Completed, 4500)}, StatusRefunded, ActionNone, ActionNone, false, false},
		{"refunded twice under one id of ours", []happening{charge("C", Completed, 4500), ours("R1", Completed), ours("R2", Completed)}, StatusReview, ActionNone, ActionNone, false, false},
		{"refunded once more after a failure", []happening{charge("C", Completed, 4500), ours("R1", Failed), ours("R2", Completed)}, StatusPartiallyRefunded, ActionNone, ActionNone, false, false},
		{"refund pending", []happening{charge("C", Completed, 4500), refund(Pending, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"switched", []happening{switches}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"switched, the old one approved", []happening{switches, order(OrderApproved)}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
		{"switched, the old one paid", []happening{switches, charge("C", Completed, 4500)}, StatusCaptured, ActionNone, ActionNone, false, false},
		{"switched to one that completes by itself", []happening{switches, sees(2, func(s *Snapshot) { s.SelfCompleting = true })}, StatusAwaitingApproval, ActionNone, ActionNone, false, false},
		{"switched to one that completes by itself, the old one paid", []happening{switches, sees(2, func(s *Snapshot) { s.SelfCompleting = true }), charge("C", Completed, 4500)}, StatusCaptured, ActionEnd, ActionEnd, false, false},
		{"switched to one that completes by itself, the old one failed", []happening{switches, sees(2, func(s *Snapshot) { s.SelfCompleting = true }), charge("C", Failed, 4500)}, StatusAwaitingApproval, ActionNone, ActionNone, false, false},
		{"review settled by the merchant", []happening{order(OrderApproved), gone, settled()}, StatusExpired, ActionNone, ActionNone, true, true},
		{"unknown, then gone", []happening{order(OrderApproved), wonders(""), gone}, StatusReview, ActionNone, ActionNone, false, false},
		{"unknown, then not found too early, settled", []happening{order(OrderApproved), wonders(""), lagging, settled()}, StatusChecking, ActionNone, ActionNone, false, false},
		{"unknown, then gone, settled by the merchant", []happening{order(OrderApproved), wonders(""), gone, settled()}, StatusExpired, ActionNone, ActionNone, true, true},
		{"a snapshot of a stranger's order", []happening{sees(7, func(s *Snapshot) { s.State = OrderApproved })}, StatusAwaitingApproval, ActionNone, ActionNone, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, now := offered(1), start
			for _, happens := range row.happen {
				now = now.Add(time.Minute)
				p = happens(p, now)
			}
			seen := Visit{Looked: map[int]bool{1: true, 2: true}}
			asked := Visit{Looked: seen.Looked, Asked: true}
			if got := StatusOf(p); got != row.status {
				t.Errorf("status %s, want %s", got, row.status)
			}
			if got := Next(p, seen).Do; got != row.step {
				t.Errorf("owes %s, want %s", got, row.step)
			}
			if got := Next(p, asked).Do; got != row.asked {
				t.Errorf("owes %s to a buyer who asks, want %s", got, row.asked)
			}
			if got := Final(p); got != row.final {
				t.Errorf("final %t, want %t", got, row.final)
			}
			if got := MaySwitch(p); got != row.mayNew {
				t.Errorf("another attempt %t, want %t", got, row.mayNew)
			}
		})
	}
}

// late makes a happening report what is true five hours later.
func late(h happening) happening {
	return func(p Payment, now time.Time) Payment { return h(p, now.Add(5*time.Hour)) }
}

// unknownAndGone is a capture of which no look will ever tell what came of it.
func unknownAndGone(p Payment, now time.Time) Payment {
	return gone(wonders("")(order(OrderApproved)(p, now), now), now)
}

// before makes a happening report a state of an hour ago.
func before(h happening) happening {
	return func(p Payment, now time.Time) Payment { return h(p, now.Add(-time.Hour)) }
}

func TestDue(t *testing.T) {
	at := func(d time.Duration) time.Time { return start.Add(d) }
	for _, row := range []struct {
		name   string
		happen happening
		now    time.Duration
		due    time.Duration
	}{
		{"waiting, at once", nil, 0, time.Hour},
		{"waiting, after the first look", nil, time.Hour, 2*time.Hour + 45*time.Minute},
		{"waiting, after the second", nil, 3 * time.Hour, 6*time.Hour + 15*time.Minute},
		{"waiting, then daily", nil, 7 * time.Hour, 30*time.Hour + 15*time.Minute},
		{"unknown", wonders(""), 0, time.Minute},
		{"unknown, second", wonders(""), time.Minute, 5 * time.Minute},
		{"unknown, third", wonders(""), 9 * time.Minute, 10 * time.Minute},
		{"unknown, then hourly", wonders(""), 30 * time.Minute, 70 * time.Minute},
		{"approved", order(OrderApproved), 0, time.Minute},
		{"captured", charge("C", Completed, 4500), 0, 5 * time.Hour},
		{"review", charge("C", Completed, 1), 5 * time.Minute, 24*time.Hour + 5*time.Minute},
		{"unknown and gone, daily", unknownAndGone, 5 * time.Hour, 29 * time.Hour},
		{"unknown code is looked at soon", wonders("NEW"), 0, time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := offered(1)
			if row.happen != nil {
				p = row.happen(p, start)
			}
			if got := Due(p, at(row.now)); !got.Equal(at(row.due)) {
				t.Errorf("due %s after the start, want %s", got.Sub(start), row.due)
			}
		})
	}
	p := gone(offered(1), start)
	if due, expires := Due(p, at(time.Minute)), Expires(p, at(time.Minute)); !due.IsZero() || !expires.Equal(at(time.Minute+Kept)) {
		t.Errorf("an expired payment is due at %v and kept until %v", due, expires)
	}
	paid := charge("C", Completed, 4500)(offered(1), start)
	if !Expires(paid, at(time.Hour)).IsZero() {
		t.Error("a payment with money in it would leave the table")
	}
	over := late(order(OrderCompleted))(paid, start)
	if !Final(over) || !Expires(over, at(6*time.Hour)).IsZero() {
		t.Errorf("final is %t; money moved, and it would leave the table at %v", Final(over), Expires(over, at(6*time.Hour)))
	}
}

// An id is its provider's alone: another's answer about an order of that name is
// about something else.
func TestAnotherProvidersAnswer(t *testing.T) {
	p := offered(1)
	s := waiting(p, 1, start.Add(time.Minute))
	s.Provider, s.State = "another", OrderApproved
	if got := Observe(p, s); !SameFacts(got, p) {
		t.Errorf("it changed the payment:\n%s", same(got))
	}
	if news, known := News(p, s); news || known {
		t.Errorf("it is news: %t, of a known order: %t", news, known)
	}
}

// A person has settled what was known then, and nothing that came after.
func TestNewEvidenceOpensTheReviewAgain(t *testing.T) {
	sale := func(ref string) Entry { return row(EntrySale, ref, "T0006", 4500, 0, start) }
	p := ObserveRows(paidOnce(), sale("X"))
	if StatusOf(p) != StatusReview {
		t.Fatalf("%s with a sale that nobody knows", StatusOf(p))
	}
	p = p.Settle("provider_confirmed", start)
	if StatusOf(p) != StatusCaptured {
		t.Errorf("settled, and %s: %v", StatusOf(p), p.Doubts())
	}
	if p = ObserveRows(p, sale("X")); StatusOf(p) != StatusCaptured {
		t.Errorf("the same row again, and %s: %v", StatusOf(p), p.Doubts())
	}
	if p = ObserveRows(p, sale("Y")); StatusOf(p) != StatusReview {
		t.Errorf("another sale that nobody knows, and %s", StatusOf(p))
	}
}

// Whatever was approved, and whatever is asked: each order is looked at before any is
// taken, the superseded one too, for it may have been charged after all.
func TestEachOrderIsLookedAtBeforeOneIsTaken(t *testing.T) {
	approved := func(n int) happening { return sees(n, func(s *Snapshot) { s.State = OrderApproved }) }
	first := approved(1)(offered(1), start.Add(time.Minute))
	second := approved(2)(switches(offered(1), start.Add(time.Minute)), start.Add(2*time.Minute))
	of := func(numbers ...int) map[int]bool {
		set := map[int]bool{}
		for _, n := range numbers {
			set[n] = true
		}
		return set
	}
	for name, c := range map[string]struct {
		p               Payment
		looked, unasked map[int]bool
		want            Step
	}{
		"approved":                                     {first, of(), of(), Step{Do: ActionLook, Attempt: 1}},
		"approved, its outcome unknown":                {first.Wonder(1, "", start), of(), of(), Step{Do: ActionLook, Attempt: 1}},
		"approved, looked at":                          {first, of(1), of(), Step{Do: ActionCapture, Attempt: 1}},
		"approved, and nobody can be asked":            {first, of(), of(1), Step{Do: ActionNone}},
		"two, none looked at":                          {second, of(), of(), Step{Do: ActionLook, Attempt: 1}},
		"two, the old one looked at":                   {second, of(1), of(), Step{Do: ActionLook, Attempt: 2}},
		"two, the approved one looked at":              {second, of(2), of(), Step{Do: ActionLook, Attempt: 1}},
		"two, both looked at":                          {second, of(1, 2), of(), Step{Do: ActionCapture, Attempt: 2}},
		"two, the old one's provider cannot be asked":  {second, of(), of(1), Step{Do: ActionLook, Attempt: 2}},
		"two, it could not, and the new one looked at": {second, of(2), of(1), Step{Do: ActionNone}},
	} {
		for _, asked := range []bool{false, true} {
			if got := Next(c.p, Visit{Looked: c.looked, Unasked: c.unasked, Asked: asked}); got != c.want {
				t.Errorf("%s, asked %t: owes %+v, want %+v", name, asked, got, c.want)
			}
		}
	}
}
