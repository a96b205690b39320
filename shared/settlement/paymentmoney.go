package settlement

import (
	"maps"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// PaymentMoney is what one payment did in one currency of the account. Amounts are the
// merchant's: below nothing where money left.
//
// Captured to Net are of rows that moved within some days, by the same rules as those
// of a Statement: the PaymentMoney of all payments add up to the statement's columns of
// the same names. All else is as of the last reading of the account.
type PaymentMoney struct {
	Currency    money.Currency
	Captured    money.Amount // gross
	Fees        money.Amount
	Refunds     money.Amount
	Reversals   money.Amount // and chargebacks, and what was won back
	Conversions money.Amount
	Net         money.Amount // all of the above
	Rows        int          // postings within the days, holds counted in

	Held  money.Amount // withheld by the provider: above nothing while it is
	Where Where

	// Of providers alone that tell it: what is at the bank or on its way there, by which
	// payouts, and from when the last of the money may be used.
	PaidOut   money.Amount
	Payouts   []PaidOut
	Available time.Time
}

// Sight is what there is to judge a payment's money in one provider's account by,
// besides the payment.
type Sight struct {
	Provider string // "" where there is but one
	Words    Words
	Paid     []PaidOut // the payment's
	Now      time.Time
}

// Where is where a payment's money of a currency is. The set is closed. Not every provider
// tells which payments a payout was of: PayPal pays out what is there.
type Where string

const (
	WhereNotReported Where = "not_reported" // captured, and the account does not show it yet
	WherePending     Where = "pending"      // announced, and not arrived
	WhereOnHold      Where = "on_hold"      // arrived; some of it may not be used
	WhereAwaited     Where = "awaited"      // arrived; the provider has named the day from which it may be used
	WhereAvailable   Where = "available"    // arrived; it may be used, or has been paid out with all else
	WherePaidOut     Where = "paid_out"     // all of it is at the bank, or on its way there
	WhereConverted   Where = "converted"    // it went on into another currency
	WhereRefunded    Where = "refunded"     // nothing of it is left
	WhereReversed    Where = "reversed"     // nothing of it is left, and not by the merchant's doing alone
)

// MoneyOf is what a payment did in each currency of an account in the days of UTC from
// from to before to, "" for no bound; a currency in which nothing moved in these days has
// Rows 0. A payment that nobody has paid has none. Errors: money.ErrOverflow,
// money.ErrMixed.
func MoneyOf(p payment.Payment, sight Sight, from, to string) ([]PaymentMoney, error) {
	found := map[money.Currency]*life{}
	of := func(c money.Currency) *life {
		if found[c] == nil {
			found[c] = &life{sight: sight, within: newStatement(c), whole: newStatement(c)}
		}
		return found[c]
	}
	rows := slices.DeleteFunc(p.Rows(), func(row payment.Entry) bool { return !sight.of(p, row) })
	for _, c := range p.Captures {
		elsewhere := func(row payment.Entry) bool {
			return row.Kind == payment.EntrySale && row.Ref == c.ID && row.Rate != "" && row.Amount.Currency != c.Amount.Currency
		}
		switch carrier := p.Carrier(c.Order); {
		case carrier != "" && sight.Provider != "" && carrier != sight.Provider:
		case slices.ContainsFunc(rows, elsewhere):
			of(c.Amount.Currency).converted = true
		case c.State.Done():
			of(c.Amount.Currency).captured = true
		case c.State == payment.Pending:
			of(c.Amount.Currency).announced = true
		}
	}
	for _, row := range rows {
		l := of(row.Amount.Currency)
		if l.available.Before(row.Available) {
			l.available = row.Available
		}
	}
	for _, row := range PostedIn(p, sight.Provider, "", "") {
		if err := of(row.Amount.Currency).whole.addRow(sight.Words, row); err != nil {
			return nil, err
		}
	}
	for _, row := range PostedIn(p, sight.Provider, from, to) {
		l := of(row.Amount.Currency)
		l.rows++
		if err := l.within.addRow(sight.Words, row); err != nil {
			return nil, err
		}
	}
	reversed := slices.ContainsFunc(slices.Collect(maps.Values(found)), func(l *life) bool { return l.whole.Reversals.Minor < 0 })
	var list []PaymentMoney
	for _, c := range slices.Sorted(maps.Keys(found)) {
		m, err := found[c].money(p, reversed)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// PostedIn are the postings of a payment that a provider's account shows, in the days of
// UTC from from to before to, "" for no bound, in their order.
func PostedIn(p payment.Payment, provider, from, to string) []payment.Posting {
	return slices.DeleteFunc(p.Postings(), func(m payment.Posting) bool {
		day := m.Moved.UTC().Format(time.DateOnly)
		return !(Sight{Provider: provider}).of(p, m.Entry) || day < from || to != "" && day >= to
	})
}

// of tells whether the account shows a row of a payment.
func (s Sight) of(p payment.Payment, row payment.Entry) bool {
	account := p.AccountOf(row)
	return s.Provider == "" || account == "" || account == s.Provider
}

// life is one currency of a payment: within some days, and all its life.
type life struct {
	sight               Sight
	within, whole       *Statement
	rows                int
	captured, announced bool // a capture of the payment's says so
	converted           bool // and the account shows it in another currency
	available           time.Time
}

// addRow counts a posting of a payment, where it moved the total.
func (s *Statement) addRow(w Words, row payment.Posting) error {
	if code, _ := w.Means(row.Code); code.Balance != BalanceTotal {
		return nil
	}
	m := Movement{Currency: s.Currency, Code: row.Code, Ours: true, Gross: row.Amount, Fee: row.Fee}
	if row.First {
		m.Count = 1
	}
	if m.Fee.IsZero() {
		m.Fee = money.Zero(s.Currency)
	}
	return s.add(w, m)
}

// net is what belongs to a payment of what moved.
func (s *Statement) net() (money.Amount, error) {
	return money.Sum(s.Currency, s.Captured, s.Fees, s.Refunds, s.Reversals, s.Conversions)
}

func (l *life) money(p payment.Payment, reversed bool) (PaymentMoney, error) {
	s := l.within
	m := PaymentMoney{
		Currency: s.Currency, Captured: s.Captured, Fees: s.Fees, Refunds: s.Refunds,
		Reversals: s.Reversals, Conversions: s.Conversions, Rows: l.rows,
	}
	var err error
	if m.Net, err = s.net(); err != nil {
		return m, err
	}
	if m.Held, err = p.Withheld(s.Currency); err != nil {
		return m, err
	}
	m.Available = l.available
	for _, paid := range l.sight.Paid {
		if paid.Share.Currency == s.Currency {
			m.Payouts = append(m.Payouts, paid)
		}
	}
	if m.PaidOut, err = atBank(m.Payouts, s.Currency); err != nil {
		return m, err
	}
	m.Where, err = l.where(m.Held, m.PaidOut, reversed)
	return m, err
}

// where judges by the whole life of the money. What came by a sale is gone when as much
// of it was given or taken back; what came by a conversion when nothing of it is left.
// reversed says that the provider took something back, in whichever currency.
func (l *life) where(held, paidOut money.Amount, reversed bool) (Where, error) {
	s := l.whole
	back, err := money.Sum(s.Currency, s.Captured, s.Refunds, s.Reversals)
	if err != nil {
		return "", err
	}
	left, err := s.net()
	if err != nil {
		return "", err
	}
	sold := s.Captured.Minor > 0
	gone := sold && back.Minor <= 0 || !sold && left.Minor <= 0
	switch {
	case !sold && l.converted:
		return WhereConverted, nil
	case !sold && l.captured:
		return WhereNotReported, nil
	case !sold && l.announced:
		return WherePending, nil
	case gone && reversed:
		return WhereReversed, nil
	case gone:
		return WhereRefunded, nil
	case held.Minor > 0:
		return WhereOnHold, nil
	case s.Conversions.Minor < 0 && left.Minor <= 0:
		return WhereConverted, nil
	case !paidOut.IsZero() && paidOut == left:
		return WherePaidOut, nil
	case l.available.After(l.sight.Now):
		return WhereAwaited, nil
	}
	return WhereAvailable, nil
}
