package settlement

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// Statement is what one currency of one provider's account did in some days of UTC.
// Amounts are the merchant's: below nothing where money left.
//
// A row counts on the day on which it moved, whenever it began: a sale of October that
// was pending until November is November's. Each amount that moved stands in one place
// alone, so that Captured to OtherSales add up to Moved.
type Statement struct {
	Currency money.Currency

	Captured    money.Amount // gross of our sales
	Fees        money.Amount // of our payments: with their rows, and as rows of their own
	Refunds     money.Amount
	Reversals   money.Amount // and chargebacks, and what was won back
	Conversions money.Amount // of our payments
	PaidOut     money.Amount // to the bank
	Other       money.Amount // all else that moves the total: from the bank, adjustments, a payout's fee, codes nobody knows
	OtherSales  money.Amount // net of sales, fees, refunds, reversals and conversions that are no payment's of ours
	Moved       money.Amount // all of the above: what the total changed by

	Sales, Refunded int64 // how many rows of our sales and refunds

	Incoming  money.Amount // announced by rows of these days and still pending, payouts apart
	InTransit money.Amount // payouts of these days that have begun and are not done: above nothing

	// The provider's own balances: the total before the first day and at the end of
	// Explained, and what of that is withheld and what may be used. Opening is brought
	// forward by rows where the provider was not asked about the day before the first.
	Opening, Closing, OnHold, Available money.Amount
	OpeningAvailable                    money.Amount // what of Opening could be used
	MovedSince                          money.Amount // what of Moved came after Explained, and is in no balance yet
	Remainder                           money.Amount // Closing less Opening less Moved until Explained: must be nothing

	// Explained is the last of these days whose balance is known, "" where none is:
	// the seven amounts above are then nothing and mean nothing.
	Explained string
}

// DayStatement is what one day moved: no balances, nothing that is announced.
type DayStatement struct {
	Day string // "2026-11-21"
	Of  []Statement
}

// Movement is what the rows of one code moved on one day.
type Movement struct {
	Day        string // on which it moved
	Currency   money.Currency
	Code       string
	Ours       bool // they belong to payments of ours
	Count      int64
	Gross, Fee money.Amount
}

// Known are the provider's balances at the end of a day.
type Known struct {
	Day string
	Of  map[money.Currency]Funds
}

// StatementsOf are the statements of the days from from to before to, by currency, and
// of each day that moved something. days are all that may hold rows which moved since
// base, in any order. base is of a day before from, last of one of the range; its Day
// is "" where none is known. Errors: money.ErrOverflow, money.ErrMixed.
func StatementsOf(w Words, days []Day, from, to string, base, last Known) ([]Statement, []DayStatement, error) {
	all := &summary{words: w, from: from, to: to, base: base, last: last, of: map[money.Currency]*Statement{},
		daily: map[string]map[money.Currency]*Statement{}, before: map[money.Currency]*movement{}}
	for c := range base.Of {
		all.statement(c)
	}
	for c := range last.Of {
		all.statement(c)
	}
	for _, d := range days {
		if err := all.addDay(d); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range all.of {
		if err := all.balance(s); err != nil {
			return nil, nil, err
		}
	}
	var daily []DayStatement
	for _, day := range slices.Sorted(maps.Keys(all.daily)) {
		daily = append(daily, DayStatement{Day: day, Of: sorted(all.daily[day])})
	}
	return sorted(all.of), daily, nil
}

// summary is statements as they are made.
type summary struct {
	words      Words
	from, to   string
	base, last Known
	of         map[money.Currency]*Statement
	daily      map[string]map[money.Currency]*Statement
	before     map[money.Currency]*movement // after base and before from, which the opening is brought forward by
}

func (s *summary) within(day string) bool { return s.from <= day && day < s.to }

func (s *summary) statement(c money.Currency) *Statement { return statementIn(s.of, c) }

func statementIn(of map[money.Currency]*Statement, c money.Currency) *Statement {
	if of[c] == nil {
		of[c] = newStatement(c)
	}
	return of[c]
}

func newStatement(c money.Currency) *Statement {
	s := &Statement{Currency: c}
	for _, a := range []*money.Amount{
		&s.Captured, &s.Fees, &s.Refunds, &s.Reversals, &s.Conversions, &s.PaidOut, &s.Other, &s.OtherSales, &s.Moved,
		&s.Incoming, &s.InTransit, &s.Opening, &s.Closing, &s.OnHold, &s.Available, &s.OpeningAvailable, &s.MovedSince, &s.Remainder,
	} {
		*a = money.Zero(c)
	}
	return s
}

func sorted(of map[money.Currency]*Statement) []Statement {
	list := make([]Statement, 0, len(of))
	for _, c := range slices.Sorted(maps.Keys(of)) {
		list = append(list, *of[c])
	}
	return list
}

func (s *summary) addDay(d Day) error {
	if s.within(d.Day) {
		if err := s.addPending(d.Book); err != nil {
			return err
		}
	}
	moved, err := d.Movements()
	if err != nil {
		return err
	}
	for _, m := range moved {
		if err := s.addMovement(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *summary) addMovement(m Movement) error {
	if s.base.Day < m.Day && m.Day < s.from {
		if s.before[m.Currency] == nil {
			s.before[m.Currency] = &movement{}
		}
		return s.before[m.Currency].add(s.words, m.Currency, m.Code, &Sum{Gross: m.Gross.Minor, Fee: m.Fee.Minor}, 1)
	}
	if code, _ := s.words.Means(m.Code); s.within(m.Day) && code.Balance == BalanceTotal {
		if s.daily[m.Day] == nil {
			s.daily[m.Day] = map[money.Currency]*Statement{}
		}
		if err := statementIn(s.daily[m.Day], m.Currency).add(s.words, m); err != nil {
			return err
		}
		return s.statement(m.Currency).add(s.words, m)
	}
	return nil
}

// columns are where a row's amount and its fee stand.
func (s *Statement) columns(kind payment.EntryKind, ours bool) (amount, fee *money.Amount) {
	switch kind {
	case payment.EntrySale:
		amount = &s.Captured
	case payment.EntryFee, payment.EntryChargebackFee:
		amount = &s.Fees
	case payment.EntryRefund, payment.EntryRefundReturned:
		amount = &s.Refunds
	case payment.EntryReversal, payment.EntryChargeback, payment.EntryChargebackReversal:
		amount = &s.Reversals
	case payment.EntryConversion:
		amount = &s.Conversions
	case payment.EntryPayout:
		return &s.PaidOut, &s.Other
	default:
		return &s.Other, &s.Other
	}
	if !ours {
		return &s.OtherSales, &s.OtherSales
	}
	return amount, &s.Fees
}

// add counts what moved the total.
func (s *Statement) add(w Words, m Movement) error {
	code, _ := w.Means(m.Code)
	if m.Ours {
		switch code.Kind {
		case payment.EntrySale:
			s.Sales += m.Count
		case payment.EntryRefund:
			s.Refunded += m.Count
		}
	}
	amount, fee := s.columns(code.Kind, m.Ours)
	for _, part := range []struct {
		to *money.Amount
		of money.Amount
	}{{amount, m.Gross}, {fee, m.Fee}, {&s.Moved, m.Gross}, {&s.Moved, m.Fee}} {
		var err error
		if *part.to, err = part.to.Plus(part.of); err != nil {
			return err
		}
	}
	return nil
}

// addPending counts what a day of the range has announced and not moved.
func (s *summary) addPending(b Book) error {
	for _, h := range b.Hours {
		for key, sum := range h.Sums {
			c, name := parts(key)
			code, _ := s.words.Means(name)
			if sum.Pending == 0 || code.Balance != BalanceTotal {
				continue
			}
			st, part := s.statement(c), money.New(sum.Pending, c)
			var err error
			if code.Kind == payment.EntryPayout {
				st.InTransit, err = st.InTransit.Minus(part)
			} else {
				st.Incoming, err = st.Incoming.Plus(part)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// balance puts the provider's balances to a statement, and what they leave over.
func (s *summary) balance(st *Statement) error {
	if st.Explained = s.last.Day; st.Explained == "" {
		return nil
	}
	c := st.Currency
	opening, closing, moved := s.base.Of[c], s.last.Of[c], cmp.Or(s.before[c], &movement{})
	var err error
	if st.Opening, err = money.Sum(c, cmp.Or(opening.Total, st.Opening), cmp.Or(moved.total, st.Opening)); err != nil {
		return err
	}
	if st.OpeningAvailable, err = money.Sum(c, cmp.Or(opening.Available, st.OpeningAvailable), cmp.Or(moved.available, st.OpeningAvailable)); err != nil {
		return err
	}
	st.Closing, st.Available = cmp.Or(closing.Total, st.Closing), cmp.Or(closing.Available, st.Available)
	if st.OnHold, err = st.Closing.Minus(st.Available); err != nil {
		return err
	}
	for day, of := range s.daily {
		if moved := of[c]; day > s.last.Day && moved != nil {
			if st.MovedSince, err = st.MovedSince.Plus(moved.Moved); err != nil {
				return err
			}
		}
	}
	until, err := st.Moved.Minus(st.MovedSince)
	if err != nil {
		return err
	}
	explained, err := st.Opening.Plus(until)
	if err != nil {
		return err
	}
	st.Remainder, err = st.Closing.Minus(explained)
	return err
}

// Movements are what the rows that began on the day moved, on that day and later, by
// day, currency, code and owner. Errors: money.ErrOverflow.
func (d Day) Movements() ([]Movement, error) {
	found := map[string]*Movement{}
	add := func(day, key string, sign int64, sum *Sum) (err error) {
		m := found[day+" "+key]
		if m == nil {
			c, code := parts(key)
			m = &Movement{Day: day, Currency: c, Code: code, Ours: !strings.HasSuffix(key, foreign), Gross: money.Zero(c), Fee: money.Zero(c)}
			found[day+" "+key] = m
		}
		m.Count += sign * (sum.Count - sum.Still)
		if m.Gross, err = m.Gross.Plus(money.New(sign*sum.Gross, m.Currency)); err != nil {
			return err
		}
		m.Fee, err = m.Fee.Plus(money.New(sign*sum.Fee, m.Currency))
		return err
	}
	for _, h := range d.Book.Hours {
		for key, sum := range h.Sums {
			if err := add(d.Day, key, 1, sum); err != nil {
				return nil, err
			}
		}
		for dated, sum := range h.Later {
			day, key, _ := strings.Cut(dated, " ")
			if err := errors.Join(add(day, key, 1, sum), add(d.Day, key, -1, sum)); err != nil {
				return nil, err
			}
		}
	}
	var list []Movement
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if m := found[key]; m.Count != 0 || !m.Gross.IsZero() || !m.Fee.IsZero() {
			list = append(list, *m)
		}
	}
	return list, nil
}

// Plus is what both moved; all else is as it is of the first. Errors: money.ErrMixed,
// money.ErrOverflow.
func (m Movement) Plus(other Movement) (Movement, error) {
	gross, grossErr := m.Gross.Plus(other.Gross)
	fee, feeErr := m.Fee.Plus(other.Fee)
	m.Count, m.Gross, m.Fee = m.Count+other.Count, gross, fee
	return m, errors.Join(grossErr, feeErr)
}
