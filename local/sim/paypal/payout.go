package paypal

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// sweep is a payout of everything available at fixed times.
type sweep struct {
	Every time.Duration `json:"every"` // 0 is never
	Next  time.Time     `json:"next"`
}

// PayOut is the merchant sending money to the bank by hand (T0403); 0 is all
// that is available. The amount is in the currency's smallest unit at PayPal.
// The books of who owns what do not change: it is the merchant's at either
// place.
func (s *Simulator) PayOut(currency string, amount int64) (rowID string, err error) {
	return s.payOut(currency, amount, rowDone)
}

// BeginPayOut is PayOut with a bank that takes its time: the money is on its way, and
// counts as the account's, until SettleRow says whether it arrived (code T0403). That
// PayPal lists such a payout as pending, and that its money is available until it is
// done, is UNVERIFIED.
func (s *Simulator) BeginPayOut(currency string, amount int64) (rowID string, err error) {
	return s.payOut(currency, amount, rowPending)
}

func (s *Simulator) payOut(currency string, amount int64, status string) (rowID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payDue()
	available := s.statement.balance(currency).available
	if amount == 0 {
		amount = available
	}
	if amount < 1 || amount > available {
		return "", fmt.Errorf("%w: %d %s", ErrFunds, amount, currency)
	}
	return s.enter(row{code: withdrawalCode, currency: currency}, status, -amount, 0).id, s.keep()
}

// PayOutEvery pays out all that is available in every currency at each whole
// multiple of a duration, in UTC (T0400): 24 hours is every midnight, a week
// every Monday. 0 ends it.
func (s *Simulator) PayOutEvery(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d < 0 || d > 0 && d < time.Minute {
		return fmt.Errorf("%w: a payout every %s", ErrAmount, d)
	}
	s.payDue()
	s.statement.sweep = sweep{Every: d}
	if d > 0 {
		s.statement.sweep.Next = s.now().Truncate(d).Add(d)
	}
	return s.keep()
}

// payDue makes the payouts that were due since the last movement, each at its
// time. The caller holds mu.
func (s *Simulator) payDue() {
	w := &s.statement.sweep
	for w.Every > 0 && !s.now().Before(w.Next) {
		at := w.Next
		w.Next = w.Next.Add(w.Every)
		paid := false
		for _, code := range s.touched() {
			if amount := s.statement.balance(code).available; amount > 0 {
				paid = true
				s.statement.write(&row{id: s.newRowID(), code: sweepCode, currency: code}, at, version{status: rowDone, amount: -amount})
			}
		}
		if !paid { // nor will there be anything at the times between then and now
			w.Next = later(w.Next, s.now().Truncate(w.Every))
		}
	}
}

// touched are the currencies that ever had a row.
func (s *Simulator) touched() []string { return slices.Sorted(maps.Keys(s.statement.history)) }
