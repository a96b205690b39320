package paypal

import "fmt"

// Misreport is a way in which the report is wrong about one row while the
// balances are right. PayPal does not do so; a test that has to turn red does.
type Misreport string

const (
	MisreportNothing Misreport = ""       // as it is again
	MisreportLost    Misreport = "lost"   // never listed
	MisreportTwice   Misreport = "twice"  // listed twice
	MisreportAmount  Misreport = "amount" // listed with another amount
)

// Falsify makes the report wrong about a row from now on; by is what
// MisreportAmount adds, in the smallest unit.
func (s *Simulator) Falsify(rowID, code string, how Misreport, by int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.statement.byKey[rowKey{rowID, code}]
	if r == nil {
		return ErrNoRow
	}
	if !how.known() || (how == MisreportAmount) != (by != 0) {
		return fmt.Errorf("%w: %q by %d", ErrAmount, how, by)
	}
	r.misreport, r.addedBy = how, by
	return s.keep()
}

func (m Misreport) known() bool {
	switch m {
	case MisreportNothing, MisreportLost, MisreportTwice, MisreportAmount:
		return true
	}
	return false
}
