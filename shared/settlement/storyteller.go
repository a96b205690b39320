package settlement

import (
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// teller tells a story: it takes every row once, and moves the money of every line.
type teller struct {
	payment payment.Payment
	words   func(provider string) Words
	rows    []payment.Entry // not told yet
	lines   []Line
	places  places
	err     error // the first
}

func (t *teller) tell(l Line) { t.lines = append(t.lines, l) }

func (t *teller) move(a money.Amount, from, to Place) {
	if err := t.places.move(a, from, to); t.err == nil {
		t.err = err
	}
}

// minus is the amount the other way round.
func (t *teller) minus(a money.Amount) money.Amount {
	turned, err := money.Zero(a.Currency).Minus(a)
	if t.err == nil {
		t.err = err
	}
	return turned
}

// take gives out the rows of a movement, of some kinds: those that moved money first.
func (t *teller) take(id string, kinds ...payment.EntryKind) (moved, idle []payment.Entry) {
	var rest []payment.Entry
	for _, row := range t.rows {
		switch {
		case row.Ref != id || !slices.Contains(kinds, row.Kind):
			rest = append(rest, row)
		case row.Amount.IsZero() && row.Fee.IsZero():
			idle = append(idle, row)
		default:
			moved = append(moved, row)
		}
	}
	t.rows = rest
	return moved, idle
}

func idOf(row payment.Entry) RowID { return RowID{ID: row.Ref, Code: row.Code} }

// firstOf takes the first row away from those that are left to be told by themselves:
// it stands behind the line of its movement, though it has moved nothing yet.
func firstOf(idle []payment.Entry) (RowID, []payment.Entry) {
	if len(idle) == 0 {
		return RowID{}, nil
	}
	return idOf(idle[0]), idle[1:]
}

// capture tells of money taken from the buyer: by its row, or as long as there is none
// by the provider's word.
func (t *teller) capture(c payment.Capture) {
	moved, idle := t.take(c.ID, payment.EntrySale)
	for _, row := range moved {
		if converted(row, c.Amount) {
			t.tell(Line{Code: LinePaid, Amount: c.Amount, At: row.At, Row: idOf(row)})
			t.convert(row, c.Amount, buyer)
		} else {
			t.tell(Line{Code: LinePaid, Amount: row.Amount, At: row.At, Row: idOf(row)})
			t.move(row.Amount, buyer, PlaceBalance)
		}
		t.fee(row)
	}
	if len(moved) == 0 {
		row, rest := firstOf(idle)
		idle = rest
		t.unreported(c, row)
	} else if c.State.Done() && !converted(moved[0], c.Amount) {
		left := t.unshown(c.Amount, moved)
		t.differ(left, moved[0])
		t.move(left, buyer, PlaceUnexplained)
	}
	for _, row := range idle {
		t.row(row)
	}
	t.unreportedConversion(c)
}

// unreported is a capture that no row shows to have moved.
func (t *teller) unreported(c payment.Capture, row RowID) {
	line := Line{Amount: c.Amount, At: c.Created, Reason: c.Reason, Row: row}
	switch {
	case c.State.Done():
		line.Code, line.Reason, line.Awaited = LinePaid, "", true
		t.move(c.Amount, buyer, PlaceNotReported)
	case c.State == payment.Failed:
		line.Code = LineDeclined
	case c.State == payment.Pending:
		line.Code = LinePending
		t.move(c.Amount, buyer, PlaceOnItsWay)
	default:
		line.Code = LineUnclear
		t.move(c.Amount, buyer, PlaceOnItsWay)
	}
	t.tell(line)
	if c.State.Done() && !c.Fee.IsZero() {
		t.tell(Line{Code: LineFee, Amount: t.minus(c.Fee), At: c.Created, Row: row, Awaited: true})
		t.move(c.Fee, PlaceNotReported, PlaceKept)
	}
}

// unreportedConversion is one that the provider told of when it was asked, as long as
// the account shows no conversion of the payment between those two currencies. The
// balance stays what the account says it is.
func (t *teller) unreportedConversion(c payment.Capture) {
	from, to := c.Net.Currency, c.Received.Currency
	if !c.State.Done() || c.Received.IsZero() || from == to {
		return
	}
	if c.Net.IsZero() {
		t.unreportedGross(c)
		return
	}
	for _, row := range t.payment.Rows() {
		if row.Kind == payment.EntryConversion && !row.Amount.IsZero() && (row.Amount.Currency == from || row.Amount.Currency == to) {
			return
		}
	}
	t.tell(Line{Code: LineConverted, Amount: t.minus(c.Net), At: c.Created, Into: c.Received, Rate: c.Rate, Awaited: true})
	t.move(c.Net, PlaceNotReported, PlaceConverted)
	t.move(c.Received, PlaceConverted, PlaceNotReported)
}

// unshown is what of a claim the rows of its currency do not show.
func (t *teller) unshown(claim money.Amount, rows []payment.Entry) money.Amount {
	for _, row := range rows {
		if row.Amount.Currency != claim.Currency {
			continue
		}
		left, err := claim.Minus(row.Amount)
		if err != nil {
			t.err = err
			return claim
		}
		claim = left
	}
	return claim
}

func (t *teller) differ(by money.Amount, row payment.Entry) {
	if !by.IsZero() {
		t.tell(Line{Code: LineDiffers, Amount: by, At: row.At, Row: idOf(row)})
	}
}

// refund tells of money that went back to the buyer, whoever sent it: a reversal and a
// chargeback may be told as refunds too, and only their row says what they are.
func (t *teller) refund(r payment.Refund) {
	moved, idle := t.take(r.ID, payment.EntryRefund, payment.EntryRefundReturned, payment.EntryReversal, payment.EntryChargeback)
	for _, row := range moved {
		if converted(row, r.Amount) {
			t.refundConverted(r, row)
		} else {
			t.row(row)
		}
	}
	if len(moved) > 0 && r.State.Done() && !converted(moved[0], r.Amount) {
		left := t.unshown(t.minus(r.Amount), moved)
		t.differ(left, moved[0])
		t.move(left, PlaceRefunded, PlaceUnexplained)
	}
	if len(moved) == 0 {
		row, rest := firstOf(idle)
		idle = rest
		line := Line{Code: refundCode(r), Amount: t.minus(r.Amount), At: r.Created, Reason: r.Movement.Reason, Row: row}
		if r.State.Done() {
			line.Awaited = true
			t.move(r.Amount, PlaceNotReported, PlaceRefunded)
		}
		t.tell(line)
	}
	for _, row := range idle {
		t.row(row)
	}
}

// refundCode is what a refund is that no row shows to have moved.
func refundCode(r payment.Refund) LineCode {
	switch {
	case r.State.Done() && r.Own != "":
		return LineRefunded
	case r.State.Done():
		return LineReturned
	case r.State == payment.Pending:
		return LineRefundPending
	case r.State == payment.Failed:
		return LineRefundFailed
	}
	return LineRefundUnclear
}

// reservation tells of a refund that the merchant asked for and that the provider has
// not made: nothing has moved.
func (t *teller) reservation(wish payment.Reservation) {
	if _, became := t.payment.RefundOf(wish.ID); became {
		return
	}
	line := Line{Code: LineRefundAsked, Amount: t.minus(wish.Amount), At: wish.At}
	if !wish.Refused.IsZero() {
		line.Code, line.Reason = LineRefundRefused, wish.Refusal
	}
	t.tell(line)
}

// dispute tells of a dispute, and of its end. What it moves is told by rows.
func (t *teller) dispute(d payment.Dispute) {
	opened := Line{Code: LineDisputed, Amount: t.disputed(d), At: t.firstHeard(d), Reason: d.Reason}
	if d.Open {
		opened.Until = d.Answer
	}
	t.tell(opened)
	if !d.Open {
		t.tell(Line{Code: disputeEnds[t.words(t.carrier(d)).outcome(d.Outcome)], Amount: opened.Amount, At: d.Updated, Reason: d.Outcome})
	}
}

// firstHeard is the earliest time that the timeline has of a dispute: it may have been
// opened before.
func (t *teller) firstHeard(d payment.Dispute) time.Time {
	first := d.Updated
	for _, e := range t.payment.Timeline {
		if e.Ref == d.ID && e.At.Before(first) {
			first = e.At
		}
	}
	return first
}

// disputed is what a dispute is about: where the provider does not say, all of it.
func (t *teller) disputed(d payment.Dispute) money.Amount {
	if d.Amount != (money.Amount{}) {
		return d.Amount
	}
	for _, c := range t.payment.Captures {
		if c.ID == d.Capture {
			return c.Amount
		}
	}
	return t.payment.Quote.Total
}

// carrier is the provider that a dispute is told by.
func (t *teller) carrier(d payment.Dispute) string {
	for _, c := range t.payment.Captures {
		if c.ID == d.Capture {
			return t.payment.Carrier(c.Order)
		}
	}
	a, _ := t.payment.Live()
	return a.Provider
}

var disputeEnds = map[Outcome]LineCode{
	OutcomeClosed: LineDisputeClosed, OutcomeWon: LineDisputeWon, OutcomeLost: LineDisputeLost,
}
