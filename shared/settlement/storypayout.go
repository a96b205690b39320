package settlement

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// availability tells from when the money of each sale may be used, where the provider
// names a day, and what of all rows still waits for theirs. What was paid out has come.
func (t *teller) availability(paid []PaidOut, now time.Time) {
	waits := map[money.Currency]money.Amount{}
	for _, row := range t.payment.Rows() {
		net, err := row.Net()
		if err != nil {
			t.err = err
			return
		}
		if net.IsZero() || !row.Available.After(row.At) {
			continue
		}
		if row.Kind == payment.EntrySale {
			t.tell(Line{Code: LineAvailable, Amount: net, At: row.Available, Row: idOf(row)})
		}
		if row.Available.After(now) {
			if _, has := waits[net.Currency]; !has {
				waits[net.Currency] = money.Zero(net.Currency)
			}
			if waits[net.Currency], err = waits[net.Currency].Plus(net); err != nil {
				t.err = err
				return
			}
		}
	}
	for c, sum := range waits {
		if out, err := atBank(paid, c); err != nil || !out.IsZero() {
			continue // a payout is made of what is available, whatever day was named
		}
		t.move(sum, PlaceBalance, PlaceAwaited)
	}
}

// payout tells of what went to the bank, or came back from there. What a failed payout
// had is in the balance until another one takes it.
func (t *teller) payout(out PaidOut) {
	line := Line{Code: LinePayoutSent, Amount: t.minus(out.Share), At: out.Created, Until: out.Arrives, Payout: out.ID}
	switch {
	case out.State == PayoutFailed:
		line.Code, line.Reason, line.Until = LinePayoutFailed, out.Fault, time.Time{}
	case out.Share.IsZero():
		return
	case out.Share.Minor < 0:
		line.Code, line.Until = LinePayoutLess, time.Time{}
	case out.State == PayoutArrived:
		line.Code, line.At, line.Until = LinePaidOut, later(out.Created, out.Arrives), time.Time{}
	}
	t.tell(line)
	if out.State != PayoutFailed {
		t.move(out.Share, PlaceBalance, PlacePaidOut)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// converted tells whether a row is of a movement in another currency, which the provider
// has converted as it moved.
func converted(row payment.Entry, of money.Amount) bool {
	return row.Rate != "" && row.Amount.Currency != of.Currency
}

// convert tells of a movement that came to a row in another currency. amount is the
// merchant's, as the row's is.
func (t *teller) convert(row payment.Entry, amount money.Amount, from Place) {
	line := Line{Code: LineConverted, Amount: t.minus(amount), At: row.At, Into: row.Amount, IntoRow: idOf(row), Rate: row.Rate}
	if amount.Minor < 0 {
		line.Amount, line.Into = row.Amount, t.minus(amount)
		line.Row, line.IntoRow = line.IntoRow, RowID{}
	}
	t.tell(line)
	t.move(amount, from, PlaceConverted)
	t.move(row.Amount, PlaceConverted, PlaceBalance)
}

// refundConverted tells of a refund, or of one that came back, by its row in another
// currency.
func (t *teller) refundConverted(r payment.Refund, row payment.Entry) {
	amount, line := t.minus(r.Amount), Line{Code: LineRefundedDesk, At: row.At, Row: idOf(row)}
	switch {
	case row.Amount.Minor > 0:
		amount, line.Code = r.Amount, LineGivenBack
	case r.Own != "":
		line.Code = LineRefunded
	}
	line.Amount = amount
	t.tell(line)
	t.convert(row, amount, PlaceRefunded)
	t.fee(row)
}

// unreportedGross is a conversion of all that was paid, the fee being taken afterwards,
// as long as the account does not show it.
func (t *teller) unreportedGross(c payment.Capture) {
	if c.Received.Currency == c.Amount.Currency {
		return
	}
	for _, row := range t.payment.Rows() {
		if row.Ref == c.ID && !row.Amount.IsZero() {
			return
		}
	}
	gross := c.Received
	if c.Fee.Currency == gross.Currency {
		sum, err := gross.Plus(c.Fee)
		if err != nil {
			t.err = err
			return
		}
		gross = sum
	}
	t.tell(Line{Code: LineConverted, Amount: t.minus(c.Amount), At: c.Created, Into: gross, Rate: c.Rate, Awaited: true})
	t.move(c.Amount, PlaceNotReported, PlaceConverted)
	t.move(gross, PlaceConverted, PlaceNotReported)
}
