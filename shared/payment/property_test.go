package payment

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"pgregory.net/rapid"
)

// TestMain asks for enough walks that every status is reached in every run.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		f.Value.Set("3000")
	}
	os.Exit(m.Run())
}

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// offered is a payment of EUR 45.00 with so many attempts, orders "O1", "O2"...
func offered(attempts int) Payment {
	quote, err := NewQuote("EUR", []Line{{SKU: "TEE", Name: "T-shirt", Quantity: 2, Unit: money.New(2250, "EUR")}})
	if err != nil {
		panic(err)
	}
	p := New("sc-test", "fingerprint", "A-1", "DE", quote, start)
	for n := range attempts {
		p = p.Begin("paypal", "paypal", waiting(p, n+1, start), start)
	}
	return p
}

func waiting(p Payment, n int, at time.Time) Snapshot {
	return Snapshot{
		Provider: "paypal", Account: "sandbox", Order: fmt.Sprintf("O%d", n), At: at,
		State: OrderWaiting, Updated: at, Payment: p.ID, Amount: p.Quote.Total,
	}
}

func sometime(t *rapid.T, name string) time.Time {
	return start.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, name)) * time.Hour)
}

// anySnapshot is any answer a provider could give about one of two orders, true
// or not: states, times and amounts in every combination.
func anySnapshot(p Payment) *rapid.Generator[Snapshot] {
	return rapid.Custom(func(t *rapid.T) Snapshot {
		s := waiting(p, rapid.IntRange(1, 2).Draw(t, "order"), sometime(t, "asked"))
		if rapid.IntRange(0, 5).Draw(t, "missing") == 0 {
			s.Account = rapid.SampledFrom([]string{"sandbox", "other"}).Draw(t, "account")
			return Snapshot{Provider: s.Provider, Account: s.Account, Order: s.Order, At: s.At, Missing: true}
		}
		s.Ends = start.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "ends")) * time.Hour)
		s.SelfCompleting = rapid.IntRange(0, 3).Draw(t, "completing") == 0
		s.State = rapid.SampledFrom([]OrderState{OrderUnknown, OrderWaiting, OrderApproved, OrderCompleted, OrderVoided}).Draw(t, "state")
		s.Updated = sometime(t, "updated")
		if rapid.IntRange(0, 9).Draw(t, "amount") == 0 {
			s.Amount.Minor++
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "captures") {
			s.Captures = append(s.Captures, Capture{
				Movement: anyMovement(t, fmt.Sprintf("C%s%d", s.Order, i), p.Quote.Total),
				Fee:      money.New(int64(rapid.IntRange(0, 2).Draw(t, "fee")), "EUR"),
			})
		}
		if rapid.Bool().Draw(t, "refunded") {
			s.Refunds = append(s.Refunds, Refund{Movement: anyMovement(t, "R"+s.Order, rapid.SampledFrom([]money.Amount{money.New(100, "EUR"), p.Quote.Total}).Draw(t, "refund")), Capture: "C" + s.Order + "0"})
		}
		if rapid.Bool().Draw(t, "disputed") {
			s.Disputes = append(s.Disputes, Dispute{
				ID: "D" + s.Order, Open: rapid.Bool().Draw(t, "open"), Updated: sometime(t, "dispute updated"),
				Stage: rapid.SampledFrom([]string{"inquiry", "chargeback"}).Draw(t, "stage"),
			})
		}
		return s
	})
}

func anyMovement(t *rapid.T, id string, amount money.Amount) Movement {
	if rapid.IntRange(0, 9).Draw(t, "other amount") == 0 {
		amount.Minor++
	}
	return Movement{
		ID: id, Amount: amount, Created: start, Updated: sometime(t, "moved"),
		State:  rapid.SampledFrom([]State{Unclear, Pending, Failed, Completed, PartiallyRefunded, Refunded}).Draw(t, "movement"),
		Reason: rapid.SampledFrom([]string{"", "ECHECK"}).Draw(t, "reason"),
	}
}

// anyRow is whatever a provider's account could say of one of a few movements.
func anyRow(t *rapid.T) Entry {
	kinds := map[string]EntryKind{"T0006": EntrySale, "T1107": EntryRefund, "T1201": EntryChargeback, "T1110": EntryHold, "T0200": EntryConversion}
	code := rapid.SampledFrom([]string{"T0006", "T1107", "T1201", "T1110", "T0200"}).Draw(t, "code")
	e := row(kinds[code], rapid.SampledFrom([]string{"CO10", "RO1", "X"}).Draw(t, "row"), code, int64(rapid.SampledFrom([]int{0, 4500, -4500, 100}).Draw(t, "amount")), int64(rapid.IntRange(-1, 0).Draw(t, "fee")), sometime(t, "row updated"))
	e.At = start
	return e
}

// same is the project's definition: equal facts, equal entries and timeline as
// sets, equal status.
func same(p Payment) string {
	p = p.clone()
	slices.SortFunc(p.Entries, func(a, b Entry) int {
		text := func(e Entry) []string {
			return []string{string(e.Kind), e.Ref, e.Amount.String(), e.Code, e.Fee.String(), e.Updated.String()}
		}
		return slices.Compare(text(a), text(b))
	})
	slices.SortFunc(p.Timeline, Event.order)
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s\n%s %v final %t rows %v left %s", text, StatusOf(p), p.Doubts(), Final(p), p.Rows(), p.Refundable())
}

func TestAnyOrderAndRepetitionGivesTheSamePayment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := offered(2)
		answers := rapid.SliceOfN(anySnapshot(p), 1, 6).Draw(t, "answers")
		shuffled := rapid.Permutation(append(slices.Clone(answers), answers[:rapid.IntRange(0, len(answers)).Draw(t, "repeated")]...)).Draw(t, "shuffled")

		one, other := p, p
		for _, s := range answers {
			one = Observe(one, s)
		}
		for _, s := range shuffled {
			other = Observe(other, s)
		}
		if same(one) != same(other) {
			t.Fatalf("one order gave\n%s\nanother\n%s", same(one), same(other))
		}
	})
}

// Rows and answers together: in whatever order both come.
func TestAnyOrderOfRowsGivesTheSamePayment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := offered(2)
		var steps []func(Payment) Payment
		for _, s := range rapid.SliceOfN(anySnapshot(p), 0, 3).Draw(t, "answers") {
			steps = append(steps, func(p Payment) Payment { return Observe(p, s) })
		}
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			e := anyRow(t)
			steps = append(steps, func(p Payment) Payment { return ObserveRows(p, e) })
		}
		places := make([]int, len(steps))
		for i := range places {
			places[i] = i
		}
		shuffled := rapid.Permutation(append(places, places[:rapid.IntRange(0, len(places)).Draw(t, "repeated")]...)).Draw(t, "shuffled")
		one, other := p, p
		for _, step := range steps {
			one = step(one)
		}
		for _, i := range shuffled {
			other = steps[i](other)
		}
		if same(one) != same(other) {
			t.Fatalf("one order gave\n%s\nanother\n%s", same(one), same(other))
		}
	})
}

func TestEntriesOnlyGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := offered(2)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			before, shown := p, same(p)
			if rapid.Bool().Draw(t, "a row") {
				p = ObserveRows(p, anyRow(t))
			} else {
				p = Observe(p, anySnapshot(p).Draw(t, "answer"))
			}
			if len(p.Entries) < len(before.Entries) || !slices.Equal(p.Entries[:len(before.Entries)], before.Entries) {
				t.Fatalf("entries\n%v\nbecame\n%v", before.Entries, p.Entries)
			}
			if same(before) != shown {
				t.Fatal("the payment that was given was changed")
			}
		}
	})
}

// walk takes any steps a payment can take, in any order, and calls check after
// each.
func walk(t *rapid.T, check func(p Payment, now time.Time)) {
	p, now := offered(1), start
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "minutes")) * time.Minute)
		n := len(p.Attempts)
		switch rapid.SampledFrom([]string{"observe", "observe", "observe", "refuse", "wonder", "puzzle", "switch", "reserve", "refuse refund", "wonder refund", "puzzle refund", "settle", "row"}).Draw(t, "step") {
		case "observe":
			s := anySnapshot(p).Draw(t, "answer")
			s.At = now
			p = Observe(p, s)
		case "refuse":
			p = p.Refuse(n, p.Attempts[n-1].Refusals, "INSTRUMENT_DECLINED", rapid.Bool().Draw(t, "final"), now)
		case "wonder":
			p = p.Wonder(n, "", now)
		case "puzzle":
			p = p.Wonder(n, "SOMETHING_NEW", now)
		case "reserve":
			id := fmt.Sprintf("%s-%d", p.ID, len(p.Reservations))
			if reserved, err := p.Reserve(id, money.New(int64(rapid.IntRange(1, 5000).Draw(t, "refund of")), "EUR"), "other", rapid.Bool().Draw(t, "confirmed"), now); err == nil {
				p = reserved
			}
		case "refuse refund":
			p = p.RefuseRefund(fmt.Sprintf("%s-%d", p.ID, 0), "REFUND_NOT_ALLOWED", now)
		case "wonder refund":
			p = p.WonderRefund(fmt.Sprintf("%s-%d", p.ID, 0), "", now)
		case "puzzle refund":
			p = p.WonderRefund(fmt.Sprintf("%s-%d", p.ID, 0), "REFUND_AMOUNT_EXCEEDED", now)
		case "row":
			p = ObserveRows(p, anyRow(t))
		case "settle":
			p = p.Settle("other", now)
		case "switch":
			if MaySwitch(p) && n < MaxAttempts {
				p = p.Begin("paypal", "paypal", waiting(p, n+1, now), now)
			}
		}
		check(p, now)
	}
}

// No state is reached from which nothing is owed and nothing is final: either
// the payment is final, or a due stands, and when it comes a call is owed.
func TestSomethingIsOwedOrItIsFinal(t *testing.T) {
	reached := map[Status]int{}
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(p Payment, now time.Time) {
			reached[StatusOf(p)]++
			due := Due(p, now)
			switch {
			case Final(p) && !due.IsZero():
				t.Fatalf("final and due at %v:\n%s", due, same(p))
			case Final(p) && Next(p, Visit{}).Do != ActionNone:
				t.Fatalf("final and owes %v:\n%s", Next(p, Visit{}), same(p))
			case Final(p):
				return
			case !due.After(now):
				t.Fatalf("due at %v, not after %v:\n%s", due, now, same(p))
			case due.After(now.Add(day)):
				t.Fatalf("due only after a day:\n%s", same(p))
			case Next(p, Visit{}).Do == ActionNone:
				t.Fatalf("nothing is owed at the due %v of\n%s", due, same(p))
			}
		})
	})
	for _, s := range []Status{
		StatusAwaitingApproval, StatusApproved, StatusChecking, StatusPending, StatusCaptured,
		StatusPartiallyRefunded, StatusRefunded, StatusDeclined, StatusExpired, StatusReview,
	} {
		if reached[s] == 0 {
			t.Errorf("status %s was never reached: the walk proves nothing about it", s)
		}
	}
}

// A capture is owed only for a live order that a look of this visit showed
// approved for our amount, with nothing taken, nothing in doubt for a person, and
// every earlier order looked at.
func TestACaptureIsOwedOnlyWhenItIsSafe(t *testing.T) {
	owed := 0
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(p Payment, _ time.Time) {
			v := Visit{Asked: rapid.Bool().Draw(t, "asked"), Looked: map[int]bool{}}
			for n := range len(p.Attempts) {
				v.Looked[n+1] = rapid.IntRange(0, 3).Draw(t, "looked") > 0
			}
			step := Next(p, v)
			if step.Do != ActionCapture {
				return
			}
			owed++
			a, _ := p.Attempt(step.Attempt)
			for _, c := range p.Captures {
				if c.State != Failed {
					t.Fatalf("capture owed beside a capture:\n%s", same(p))
				}
			}
			for _, other := range p.Attempts {
				if !p.spent(other) && !v.Looked[other.Number] {
					t.Fatalf("capture owed before attempt %d was looked at:\n%s", other.Number, same(p))
				}
			}
			if a.Number != len(p.Attempts) || a.Superseded || a.State != OrderApproved || a.Mismatch ||
				a.Refusals >= MaxCaptures || len(p.Doubts()) > 0 || (a.Refusals > 0 && !v.Asked && !a.Updated.After(a.Stale)) {
				t.Fatalf("capture owed on\n%s", same(p))
			}
		})
	})
	if owed == 0 {
		t.Error("no walk ever owed a capture: the test proves nothing")
	}
}
