package report

import (
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// bucket is what the chart shows side by side: a day, or a calendar week where there
// are too many days to tell apart.
type bucket struct {
	From, To string // both inclusive
	Figures

	// Balance is the provider's at the end of the bucket, where it is known.
	Balance Amount
	Known   bool
}

// dailyDays is the longest range that is drawn by the day: two months.
const dailyDays = 62

// buckets are those of a range, without a gap. Errors: a range that is none.
func buckets(from, to string, s statement, days map[string]Figures) ([]bucket, error) {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil, err
	}
	end, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return nil, err
	}
	weekly := end.Sub(first) > dailyDays*24*time.Hour
	balance := s.Opening.Minor
	var list []bucket
	for at := first; at.Before(end); at = at.AddDate(0, 0, 1) {
		day := at.Format(time.DateOnly)
		if len(list) == 0 || !weekly || at.Weekday() == time.Monday {
			list = append(list, bucket{From: day, Figures: nothing(s.Figures.Currency)})
		}
		b := &list[len(list)-1]
		b.add(days[day])
		balance += days[day].Moved.Minor
		b.To, b.Known = day, s.known() && day <= s.Explained
		b.Balance = Amount{money.New(balance, s.Figures.Currency)}
	}
	return list, nil
}

func nothing(c money.Currency) Figures {
	zero := Amount{money.Zero(c)}
	return Figures{Currency: c, Captured: zero, Fees: zero, Refunds: zero, Reversals: zero, Conversions: zero, OtherSales: zero, PaidOut: zero, Other: zero, Moved: zero}
}

// add adds a day of the same currency, or one on which nothing moved.
func (f *Figures) add(day Figures) {
	for _, pair := range []struct {
		sum  *Amount
		part Amount
	}{
		{&f.Captured, day.Captured}, {&f.Fees, day.Fees}, {&f.Refunds, day.Refunds}, {&f.Reversals, day.Reversals}, {&f.Conversions, day.Conversions},
		{&f.OtherSales, day.OtherSales}, {&f.PaidOut, day.PaidOut}, {&f.Other, day.Other}, {&f.Moved, day.Moved},
	} {
		pair.sum.Minor += pair.part.Minor
	}
	f.Sales, f.Refunded = f.Sales+day.Sales, f.Refunded+day.Refunded
}
