package main

import (
	"fmt"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// What happens on the merchant's account besides the shop's own payments. What cannot
// happen just now (a payout of nothing) does not.

// openingFunds is what the account has of each currency before the books begin.
const openingFunds = 100_000

func (y *year) openAccount() error {
	for _, c := range y.held() {
		if _, err := y.paypal.AddRow(sim.OddRow{Code: "T0300", Currency: c, Amount: openingFunds}); err != nil {
			return err
		}
	}
	y.diary.at(y.open, func() { y.must(y.paypal.PayOutEvery(7 * oneDay)) })
	return nil
}

// liveDay writes down what happens on the account on the nth day of the shop.
func (y *year) liveDay(n int) {
	for range 1 + y.payments/y.days/12 {
		y.in(y.hours(16), y.stranger)
	}
	for _, event := range []struct {
		every int
		do    func(currency string, n int)
	}{
		{4, y.oddRow}, {5, y.payOut}, {6, y.payOutLater}, {7, y.exchange}, {9, y.reserve},
	} {
		if n%event.every == 0 {
			turn := n / event.every
			y.in(y.hours(14), func() { event.do(y.held()[turn%len(y.held())], turn) })
		}
	}
	if n == y.days/2 {
		y.in(y.hours(8), func() { y.rush(y.burst) })
	}
}

// hours is some time of a day, at most so many hours after its beginning.
func (y *year) hours(most int) time.Duration {
	return time.Minute + time.Duration(y.dice.Int64N(int64(time.Duration(most)*time.Hour)))*2/3
}

// stranger is another shop's sale on the same account, and what becomes of it.
func (y *year) stranger() {
	n := y.strangers
	y.strangers++
	sale := []sim.Sale{
		{CustomID: "A-17", InvoiceID: "A-17", Code: "T0007"}, {CustomID: "A-18"}, {Code: "T0013"}, {}, {CustomID: "A-19", Pending: true},
	}[n%5]
	sale.Currency, sale.Amount = y.currencies[n/5%len(y.currencies)], 700+y.dice.Int64N(9000)
	id, err := y.paypal.Sell(sale)
	if err != nil {
		y.mustNot(err)
		return
	}
	switch {
	case sale.Pending:
		y.in(3*oneDay, func() { _ = y.paypal.SettlePending(id, n%3 != 0) })
	case n%7 == 3:
		y.in(5*oneDay, func() { _ = y.paypal.RefundInDashboard(id, 300) })
	case n%11 == 5:
		y.in(5*oneDay, func() { _ = y.paypal.Reverse(id) })
	case n%13 == 6:
		y.in(5*oneDay, func() { _ = y.paypal.CorrectFee(id, 10, n%2 == 0) })
	}
}

// rush is a day on which another shop sells more than PayPal lists at once.
func (y *year) rush(sales int) {
	const together = 40
	for range min(sales, together) {
		_, err := y.paypal.Sell(sim.Sale{CustomID: "A-17", Currency: y.currencies[0], Amount: 100 + y.dice.Int64N(900)})
		if err != nil {
			y.mustNot(err)
		}
	}
	if sales > together {
		y.diary.at(y.clock.Now().Add(37*time.Second), func() { y.rush(sales - together) })
	}
}

// oddRow is a movement with a code that nobody knows, or one that is no sale's.
func (y *year) oddRow(currency string, n int) {
	o := []sim.OddRow{
		{Code: "T9999", Amount: -3}, {Code: "T9998", Amount: 41, Pending: true}, {Code: "T9997", Amount: -17, Pending: true},
		{Code: "T0300", Amount: 5000}, {Code: "T9800"}, {Code: "T0801", Amount: 250}, {Code: "T2001", Amount: -90},
	}[n%7]
	o.Currency = currency
	row, err := y.paypal.AddRow(o)
	if err != nil {
		y.mustNot(err)
	}
	if o.Pending {
		y.in(2*oneDay, func() { _ = y.paypal.SettleRow(row, o.Code, o.Amount > 0) })
	}
}

// payOut is the merchant sending money to the bank.
func (y *year) payOut(currency string, _ int) {
	_, _ = y.paypal.PayOut(currency, y.available(currency)/2)
}

// payOutLater is a payout that is days on its way, and comes back or does not.
func (y *year) payOutLater(currency string, n int) {
	row, err := y.paypal.BeginPayOut(currency, y.available(currency)/4)
	if err == nil {
		y.in(2*oneDay, func() { _ = y.paypal.SettleRow(row, "T0403", n%2 == 0) })
	}
}

// exchange is the merchant changing money by hand.
func (y *year) exchange(from string, n int) {
	to := y.held()[(n+1)%len(y.held())]
	_ = y.paypal.Convert(from, y.available(from)/10, to)
}

// reserve is PayPal holding back a part of the balance for a while.
func (y *year) reserve(currency string, n int) {
	row, err := y.paypal.Hold([]string{"T2103", "T2101"}[n%2], "", currency, 1500)
	if err != nil {
		y.mustNot(fmt.Errorf("a reserve: %w", err))
		return
	}
	y.in(11*oneDay, func() { _ = y.paypal.Release(row) })
}

// available is what the account has of a currency, to be spent.
func (y *year) available(currency string) int64 { return max(y.paypal.Balance(currency).Available, 0) }

// endWhatIsPending ends what has been on its way for a week: what changes after more than
// the month that is read again is never seen, and no bank takes so long.
func (y *year) endWhatIsPending() {
	books, old := y.paypal.Books(), y.clock.Now().Add(-8*oneDay)
	for _, c := range books.Charges {
		if c.State == "PENDING" && c.At.Before(old) {
			_ = y.paypal.SettlePending(c.ID, true)
		}
	}
	for _, r := range books.Refunds {
		if r.State == "PENDING" && r.At.Before(old) {
			_ = y.paypal.SettleRefund(r.ID, true)
		}
	}
}
