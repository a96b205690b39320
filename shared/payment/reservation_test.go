package payment

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"pgregory.net/rapid"
)

func euro(minor int64) money.Amount { return money.New(minor, "EUR") }

// paid is a payment of EUR 45.00 whose money is here.
func paid() Payment { return charge("C1", Completed, 4500)(offered(1), start) }

// returned is what the provider says of a refund.
func returned(id, own string, state State, minor int64) happening {
	return func(p Payment, now time.Time) Payment {
		return ObserveRefund(p, Refund{Own: own, Capture: "C1",
			Movement: Movement{ID: id, State: state, Amount: euro(minor), Created: now, Updated: now}})
	}
}

func reserves(id string, minor int64) happening {
	return func(p Payment, now time.Time) Payment {
		reserved, err := p.Reserve(id, euro(minor), "other", false, now)
		if err != nil {
			panic(err)
		}
		return reserved
	}
}

// A later claim that does not say whose refund it is leaves it ours: else it would
// look unsent again.
func TestARefundStaysOurs(t *testing.T) {
	p := reserves("R-1", 1000)(paid(), start)
	p = returned("P1", "R-1", Pending, 1000)(p, start)
	p = returned("P1", "", Completed, 1000)(p, start.Add(time.Hour))
	if r, ours := p.RefundOf("R-1"); !ours || r.State != Completed || p.Refundable() != euro(3500) {
		t.Errorf("%+v, %s left", r, p.Refundable())
	}
}

// Of two claims of one moment the one with the figures stays.
func TestTheFullerClaimStays(t *testing.T) {
	bare := Capture{Movement: Movement{ID: "C1", State: Completed, Amount: euro(4500), Created: start, Updated: start}, Order: "O1"}
	full := bare
	full.Fee, full.Net = euro(122), euro(4378)
	if bare.merge(full).Fee != full.Fee || full.merge(bare).Fee != full.Fee {
		t.Error("a claim without a fee took the fee away")
	}
}

func TestRefundable(t *testing.T) {
	refuse := func(p Payment, now time.Time) Payment { return p.RefuseRefund("R-1", "REFUND_NOT_ALLOWED", now) }
	doubt := func(p Payment, now time.Time) Payment { return p.WonderRefund("R-1", "", now) }
	puzzle := func(p Payment, now time.Time) Payment { return p.WonderRefund("R-1", "REFUND_AMOUNT_EXCEEDED", now) }
	for _, row := range []struct {
		name   string
		happen []happening
		left   int64
		owes   Action // to the refund function, after a look
		status Status
	}{
		{"untouched", nil, 4500, ActionNone, StatusCaptured},
		{"reserved", []happening{reserves("R-1", 1000)}, 3500, ActionRefund, StatusCaptured},
		{"reserved twice", []happening{reserves("R-1", 1000), reserves("R-2", 3500)}, 0, ActionRefund, StatusCaptured},
		{"made", []happening{reserves("R-1", 1000), returned("P1", "R-1", Completed, 1000)}, 3500, ActionNone, StatusPartiallyRefunded},
		{"made before we knew", []happening{returned("P1", "R-1", Completed, 1000)}, 3500, ActionNone, StatusPartiallyRefunded},
		{"pending", []happening{reserves("R-1", 1000), returned("P1", "R-1", Pending, 1000)}, 3500, ActionNone, StatusCaptured},
		{"failed at the provider", []happening{reserves("R-1", 1000), returned("P1", "R-1", Failed, 1000)}, 4500, ActionNone, StatusCaptured},
		{"refused", []happening{reserves("R-1", 1000), refuse}, 4500, ActionNone, StatusCaptured},
		{"in doubt stays reserved", []happening{reserves("R-1", 1000), doubt}, 3500, ActionRefund, StatusCaptured},
		{"in doubt, then found", []happening{reserves("R-1", 1000), doubt, returned("P1", "R-1", Completed, 1000)}, 3500, ActionNone, StatusPartiallyRefunded},
		{"refused after it was found", []happening{reserves("R-1", 1000), returned("P1", "R-1", Completed, 1000), refuse}, 3500, ActionNone, StatusPartiallyRefunded},
		{"a person's case", []happening{reserves("R-1", 1000), puzzle}, 3500, ActionNone, StatusReview},
		{"a person's case, given up", []happening{reserves("R-1", 1000), puzzle, settled()}, 4500, ActionNone, StatusCaptured},
		{"in the dashboard", []happening{returned("P1", "", Completed, 4500)}, 0, ActionNone, StatusRefunded},
		{"in the dashboard past ours", []happening{reserves("R-1", 1000), returned("P1", "", Completed, 4000)}, 0, ActionRefund, StatusPartiallyRefunded},
		{"all of it", []happening{reserves("R-1", 4500), returned("P1", "R-1", Completed, 4500)}, 0, ActionNone, StatusRefunded},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, now := paid(), start
			for _, happens := range row.happen {
				now = now.Add(time.Minute)
				p = happens(p, now)
			}
			if got := p.Refundable(); got != euro(row.left) {
				t.Errorf("%s is left, want %s", got, euro(row.left))
			}
			looked := Visit{Looked: map[int]bool{1: true}}
			if got := Next(p, looked).Do; got == ActionRefund {
				t.Error("a refund is owed to somebody who may not send one")
			}
			looked.Refunds = true
			if got := Next(p, looked).Do; got != row.owes {
				t.Errorf("owes %s, want %s", got, row.owes)
			}
			if got := StatusOf(p); got != row.status {
				t.Errorf("status %s, want %s", got, row.status)
			}
		})
	}
}

func TestReserveRefuses(t *testing.T) {
	disputed := ObserveDispute(paid(), Dispute{ID: "D", Capture: "C1", Open: true, Updated: start})
	many := paid()
	for i := range MaxReservations {
		many = reserves(fmt.Sprint("R-", i), 1)(many, start)
	}
	for name, c := range map[string]struct {
		p      Payment
		amount money.Amount
		sure   bool
		err    error
	}{
		"nothing paid":        {offered(1), euro(1), false, ErrNothingPaid},
		"more than was paid":  {paid(), euro(4501), false, ErrTooMuch},
		"nothing":             {paid(), euro(0), false, ErrTooMuch},
		"less than nothing":   {paid(), euro(-1), false, ErrTooMuch},
		"another currency":    {paid(), money.New(1, "USD"), false, ErrOtherCurrency},
		"more than is left":   {reserves("R-1", 4000)(paid(), start), euro(501), false, ErrTooMuch},
		"a dispute":           {disputed, euro(1), false, ErrDisputed},
		"a dispute, knowing":  {disputed, euro(1), true, nil},
		"one too many":        {many, euro(1), false, ErrManyRefunds},
		"what was reversed":   {returned("P1", "", Completed, 4500)(paid(), start), euro(1), false, ErrTooMuch},
		"two of 60 of a 100":  {reserves("R-1", 2700)(paid(), start), euro(2700), false, ErrTooMuch},
		"exactly what's left": {reserves("R-1", 2700)(paid(), start), euro(1800), false, nil},
	} {
		if _, err := c.p.Reserve("R-new", c.amount, "other", c.sure, start); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
}

// Whatever happens, what we have set aside and what has gone back never exceed
// what was taken, unless the provider itself says so.
func TestOurRefundsNeverExceedWhatWasTaken(t *testing.T) {
	reservedOnce := false
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(p Payment, _ time.Time) {
			if p.Refundable().Minor < 0 {
				t.Fatalf("less than nothing is left:\n%s", same(p))
			}
			ours := int64(0)
			for _, r := range p.Reservations {
				if p.waits(r) {
					ours, reservedOnce = ours+r.Amount.Minor, true
				}
			}
			// Facts may shrink what was paid under a reservation; the rest may
			// then be zero, and never more than what was paid less ours.
			if left := p.Refundable().Minor; left > 0 && left+ours > p.Paid().Minor {
				t.Fatalf("%d left and %d reserved of %s:\n%s", left, ours, p.Paid(), same(p))
			}
		})
	})
	if !reservedOnce {
		t.Error("no walk ever reserved anything: the test proves nothing")
	}
}
