package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

func amount(minor int64, c money.Currency) Amount { return Amount{money.New(minor, c)} }

// life makes an account of some currencies from a first day on, with sales every day,
// refunds now and then and a payout every week, whose figures add up.
func life(from string, days int, currencies ...money.Currency) Report {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		panic(err)
	}
	r := Report{From: from, To: first.AddDate(0, 0, days).Format(time.DateOnly), Made: first.AddDate(0, 0, days).Add(9 * time.Hour)}
	a := Account{Provider: "paypal", CompleteUntil: r.Made.Add(-3 * time.Hour), Days: make([]Day, days)}
	for i := range a.Days {
		a.Days[i].Day = first.AddDate(0, 0, i).Format(time.DateOnly)
	}
	a.Explained = a.Days[days-1].Day
	for n, c := range currencies {
		whole := Currency{Figures: nothing(c), Balance: &Balance{Opening: amount(50*unit(c), c)}}
		balance := whole.Balance.Opening.Minor
		for i := range a.Days {
			f := nothing(c)
			sales := int64((i*7+n*3)%5 + 1)
			f.Sales = sales
			f.Captured.Minor = sales * 45 * unit(c)
			f.Fees.Minor = -f.Captured.Minor * 3 / 100
			if i%4 == 1 {
				f.Refunds.Minor = -20 * unit(c)
				f.Refunded = 1
			}
			f.Moved.Minor = f.Captured.Minor + f.Fees.Minor + f.Refunds.Minor
			if i%7 == 6 {
				f.PaidOut.Minor = -(balance + f.Moved.Minor)
				f.Moved.Minor += f.PaidOut.Minor
			}
			balance += f.Moved.Minor
			whole.add(f)
			a.Days[i].Currencies = append(a.Days[i].Currencies, f)
		}
		whole.Balance.Closing, whole.Balance.Available, whole.Balance.OnHold = amount(balance, c), amount(balance-balance/10, c), amount(balance/10, c)
		whole.Balance.Remainder, whole.Incoming, whole.InTransit = amount(0, c), amount(12*unit(c), c), amount(0, c)
		a.Currencies = append(a.Currencies, whole)
		for i := range 12 {
			m := PaymentMoney{Currency: c, Captured: amount(45*unit(c), c), Fees: amount(-135*unit(c)/100, c), Refunds: amount(0, c), Reversals: amount(0, c),
				Net: amount(4365*unit(c)/100, c), Held: amount(0, c), Where: []string{"available", "available", "on_hold", "refunded", "available", "pending"}[i%6]}
			if m.Where == "on_hold" {
				m.Held = m.Net
			}
			r.Payments = append(r.Payments, Payment{Provider: "paypal", ID: fmt.Sprintf("P%s%026d", c, i), Reference: fmt.Sprintf("A-%d", 1000+i), Money: []PaymentMoney{m}})
		}
	}
	r.Accounts = []Account{a}
	return r
}

// page is the report as it is drawn.
func page(t *testing.T, r Report, served *Served) string {
	t.Helper()
	var out strings.Builder
	if err := Write(&out, r, served); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
