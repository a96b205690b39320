package settlement

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Funds is what of one currency is at the provider: all, and what of it may be used.
type Funds struct {
	Total     money.Amount `json:"total"`
	Available money.Amount `json:"available"`
}

// Day is a day of UTC with its book, as RollForward needs them.
type Day struct {
	Day  string `json:"day"` // "2026-11-21"
	Book Book   `json:"book"`
}

// Carry is a day that has moved what both have moved, at the same days: of two that
// follow each other, the later one. Whatever RollForward makes of the two until a day
// that is not before the later, it makes of the one. Errors: money.ErrOverflow.
func (d Day) Carry(next Day) (Day, error) {
	all := NewHour()
	for _, from := range []Day{d, next} {
		for _, h := range from.Book.Hours {
			if err := errors.Join(carryOn(all.Sums, h.Sums, ""), carryOn(all.Later, h.Later, next.Day)); err != nil {
				return d, err
			}
		}
	}
	return Day{Day: next.Day, Book: Book{Hours: map[string]Hour{carried: all}}}, nil
}

// carried is the hour of a book that is of many days.
const carried = "all"

// carryOn adds sums to others. What moved up to a day is later no more.
func carryOn(to, from map[string]*Sum, until string) error {
	for key, sum := range from {
		if day, _, _ := strings.Cut(key, " "); until != "" && day <= until {
			continue
		}
		if err := sumOf(to, key).plus(*sum); err != nil {
			return err
		}
	}
	return nil
}

// Reach is how many days after it the last of the day's rows moved.
func (d Day) Reach() (days int) {
	begun, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return 0
	}
	for _, h := range d.Book.Hours {
		for key := range h.Later {
			day, _, _ := strings.Cut(key, " ")
			if moved, err := time.Parse(time.DateOnly, day); err == nil {
				days = max(days, int(moved.Sub(begun)/(24*time.Hour)))
			}
		}
	}
	return days
}

// Roll is the roll-forward of one balance of one currency: what it was before the
// first day, what the rows have moved, and what the provider says it is. Remainder is
// what no row explains and must be nothing.
//
// Both ends are the provider's balances and no sums of ours: a row that is lost,
// doubled or wrong stands in the remainder.
type Roll struct {
	Balance   Balance      `json:"balance"` // BalanceTotal or BalanceAvailable
	Opening   money.Amount `json:"opening"`
	Rows      money.Amount `json:"rows"`
	Closing   money.Amount `json:"closing"`
	Remainder money.Amount `json:"remainder"` // Closing - Opening - Rows

	// Later is what rows of these days moved after the last of them: it is in neither
	// balance, and not in Rows.
	Later money.Amount `json:"later,omitzero"`
}

// RollForward explains the balances at the end of a day from those before the first
// day and all days from the first to that one; days after it are left out. A currency
// that neither balance names had nothing. Errors: money.ErrMixed, money.ErrOverflow.
func RollForward(w Words, opening, closing map[money.Currency]Funds, days []Day, until string) ([]Roll, error) {
	moved := map[money.Currency]*movement{}
	for c := range opening {
		moved[c] = &movement{}
	}
	for c := range closing {
		moved[c] = &movement{}
	}
	for _, d := range days {
		if d.Day > until {
			continue
		}
		for _, h := range d.Book.Hours {
			if err := h.tally(w, moved, until); err != nil {
				return nil, err
			}
		}
	}
	var rolls []Roll
	for _, c := range slices.Sorted(maps.Keys(moved)) {
		m := moved[c]
		for _, r := range []Roll{
			{Balance: BalanceTotal, Opening: opening[c].Total, Rows: m.total, Closing: closing[c].Total, Later: m.later.total},
			{Balance: BalanceAvailable, Opening: opening[c].Available, Rows: m.available, Closing: closing[c].Available, Later: m.later.available},
		} {
			r, err := r.in(c)
			if err != nil {
				return nil, err
			}
			rolls = append(rolls, r)
		}
	}
	return rolls, nil
}

// AsOf are balances at the end of a day, where what is available is of a later one, seen:
// what the days' rows let go between the two is taken off. Errors: money.ErrMixed,
// money.ErrOverflow.
func AsOf(of map[money.Currency]Funds, days []Day, until, seen string) (map[money.Currency]Funds, error) {
	of = maps.Clone(of)
	for _, d := range days {
		if d.Day > until {
			continue
		}
		for _, h := range d.Book.Hours {
			for key, sum := range h.Later {
				day, rest, _ := strings.Cut(key, " ")
				c, code := parts(rest)
				funds, held := of[c]
				if code != CodeFreed || !held || day <= until || day > seen {
					continue
				}
				var err error
				if funds.Available, err = funds.Available.Minus(money.New(sum.Gross, c)); err != nil {
					return nil, err
				}
				of[c] = funds
			}
		}
	}
	return of, nil
}

// movement is what rows have moved of a currency's balances.
type movement struct {
	funds
	later funds
}

type funds struct{ total, available money.Amount }

// tally adds what an hour has moved until the end of a day.
func (h Hour) tally(w Words, moved map[money.Currency]*movement, until string) error {
	of := func(c money.Currency) *movement {
		if moved[c] == nil {
			moved[c] = &movement{}
		}
		return moved[c]
	}
	for key, sum := range h.Sums {
		c, code := parts(key)
		if sum.Gross == 0 && sum.Fee == 0 {
			continue // nothing, and perhaps of nothing that has a currency
		}
		if err := of(c).add(w, c, code, sum, 1); err != nil {
			return err
		}
	}
	for key, sum := range h.Later {
		day, rest, _ := strings.Cut(key, " ")
		if day <= until {
			continue
		}
		c, code := parts(rest)
		if err := of(c).add(w, c, code, sum, -1); err != nil {
			return err
		}
		if err := of(c).later.add(w, c, code, sum, 1); err != nil {
			return err
		}
	}
	return nil
}

// add adds what a sum has moved, times sign.
func (f *funds) add(w Words, c money.Currency, code string, sum *Sum, sign int64) error {
	means, _ := w.Means(code)
	part, err := money.New(sign*sum.Gross, c).Plus(money.New(sign*sum.Fee, c))
	if err != nil {
		return err
	}
	if means.Balance == BalanceTotal {
		if f.total, err = plus(f.total, part); err != nil {
			return err
		}
	}
	if means.Balance != BalanceNone {
		f.available, err = plus(f.available, part)
	}
	return err
}

// plus takes the zero Amount for nothing of any currency.
func plus(a, b money.Amount) (money.Amount, error) {
	if a == (money.Amount{}) {
		return b, nil
	}
	return a.Plus(b)
}

// in is the roll with its remainder, all of one currency.
func (r Roll) in(c money.Currency) (Roll, error) {
	for _, a := range []*money.Amount{&r.Opening, &r.Rows, &r.Closing, &r.Later} {
		if *a == (money.Amount{}) {
			*a = money.Zero(c)
		}
	}
	explained, err := r.Opening.Plus(r.Rows)
	if err != nil {
		return r, err
	}
	r.Remainder, err = r.Closing.Minus(explained)
	return r, err
}

// Unexplained are the rolls that do not come out at nothing.
func Unexplained(rolls []Roll) (open []Roll) {
	for _, r := range rolls {
		if !r.Remainder.IsZero() {
			open = append(open, r)
		}
	}
	return open
}
