package settlement

import (
	"cmp"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// telling is what the rows of a kind are: their line where they bring money and where
// they take it, and where that comes from or goes to.
type telling struct {
	in, out LineCode
	place   Place
}

// tellings are those of every kind that moves money; of a kind that is not here it is
// unknown.
var tellings = map[payment.EntryKind]telling{
	payment.EntrySale:               {LinePaidUnknown, LineOtherOut, buyer},
	payment.EntryFee:                {LineFeeReturned, LineFee, PlaceKept},
	payment.EntryChargebackFee:      {LineFeeReturned, LineChargebackFee, PlaceKept},
	payment.EntryRefund:             {LineGivenBack, LineRefundedDesk, PlaceRefunded},
	payment.EntryRefundReturned:     {LineGivenBack, LineRefundedDesk, PlaceRefunded},
	payment.EntryReversal:           {LineGivenBack, LineTakenBack, PlaceTakenBack},
	payment.EntryChargeback:         {LineChargebackReturned, LineChargedBack, PlaceChargedBack},
	payment.EntryChargebackReversal: {LineChargebackReturned, LineChargedBack, PlaceChargedBack},
	payment.EntryHold:               {LineReleased, LineHeld, PlaceHeld},
	payment.EntryRelease:            {LineReleased, LineHeld, PlaceHeld},
	payment.EntryConversion:         {LineConvertedIn, LineConvertedOut, PlaceConverted},
	payment.EntryPayout:             {LineOtherIn, LinePaidOut, PlacePaidOut},
	payment.EntryFunding:            {LineOtherIn, LineOtherOut, PlaceOther},
	payment.EntryTransfer:           {LineOtherIn, LineOtherOut, PlaceOther},
	payment.EntryAdjustment:         {LineOtherIn, LineOtherOut, PlaceOther},
	payment.EntryAuthorization:      {LineOtherIn, LineOtherOut, PlaceOther},
	payment.EntryNote:               {LineOtherIn, LineOtherOut, PlaceOther},
}

// row tells a row by itself, and its fee.
func (t *teller) row(row payment.Entry) {
	as, known := tellings[row.Kind]
	if !known {
		as = telling{LineUnknownIn, LineUnknownOut, PlaceOther}
	}
	line := Line{Code: as.in, Amount: row.Amount, At: row.At, Row: idOf(row)}
	switch {
	case row.Amount.IsZero():
		line.Code = LineNoted
	case row.Amount.Minor > 0:
	case t.meaning(row).Disputed:
		line.Code = LineHeldForDispute
	case as.out == LineRefundedDesk && t.ownRefund(row.Ref):
		line.Code = LineRefunded
	default:
		line.Code = as.out
	}
	t.tell(line)
	t.move(row.Amount, as.place, PlaceBalance)
	t.fee(row)
}

// meaning is what a row's code means in the account that shows it.
func (t *teller) meaning(row payment.Entry) Code {
	code, _ := t.words(t.payment.AccountOf(row)).Means(row.Code)
	return code
}

// ownRefund reports whether the merchant asked for a refund through here.
func (t *teller) ownRefund(id string) bool {
	return slices.ContainsFunc(t.payment.Refunds, func(r payment.Refund) bool { return r.ID == id && r.Own != "" })
}

// fee tells what the provider kept of a row, or gave back with it.
func (t *teller) fee(row payment.Entry) {
	if row.Fee.IsZero() {
		return
	}
	line := Line{Code: LineFee, Amount: row.Fee, At: row.At, Row: idOf(row)}
	switch {
	case row.Fee.Minor > 0:
		line.Code = LineFeeReturned
	case row.Kind == payment.EntryChargeback:
		line.Code = LineChargebackFee
	}
	t.tell(line)
	t.move(row.Fee, PlaceKept, PlaceBalance)
}

// conversions tells two rows as one conversion: one out of a currency and one into
// another at the same time. Of several at one time the largest belong together. A row
// without such another is told by itself.
func (t *teller) conversions() {
	rows := slices.Clone(t.rows)
	slices.SortStableFunc(rows, func(a, b payment.Entry) int {
		return cmp.Compare(max(b.Amount.Minor, -b.Amount.Minor), max(a.Amount.Minor, -a.Amount.Minor))
	})
	t.rows = nil
	for len(rows) > 0 {
		row := rows[0]
		rows = rows[1:]
		i := slices.IndexFunc(rows, func(other payment.Entry) bool { return counterparts(row, other) })
		if i < 0 {
			t.rows = append(t.rows, row)
			continue
		}
		out, in := row, rows[i]
		if out.Amount.Minor > 0 {
			out, in = in, out
		}
		rows = slices.Delete(slices.Clone(rows), i, i+1)
		t.tell(Line{
			Code: LineConverted, Amount: out.Amount, At: out.At, Row: idOf(out),
			Into: in.Amount, IntoRow: idOf(in), Rate: t.rate(out.Amount, in.Amount),
		})
		t.move(out.Amount, PlaceConverted, PlaceBalance)
		t.move(in.Amount, PlaceConverted, PlaceBalance)
		t.fee(out)
		t.fee(in)
	}
}

// counterparts: that both sides of a conversion have one time and one code is
// UNVERIFIED.
func counterparts(a, b payment.Entry) bool {
	return a.Kind == payment.EntryConversion && b.Kind == payment.EntryConversion && a.Code == b.Code && a.At.Equal(b.At) &&
		a.Amount.Currency != b.Amount.Currency && (a.Amount.Minor < 0 && b.Amount.Minor > 0 || a.Amount.Minor > 0 && b.Amount.Minor < 0)
}

// rate is the one that a capture names for exactly these two amounts: rows have none.
func (t *teller) rate(out, in money.Amount) string {
	for _, c := range t.payment.Captures {
		if c.Net == t.minus(out) && c.Received == in {
			return c.Rate
		}
	}
	return ""
}
