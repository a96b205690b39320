package paypal

import "time"

// now is the simulator's time, in UTC.
func (s *Simulator) now() time.Time { return s.config.Now().UTC() }

// wire is the form of every time in an answer: whole seconds in UTC, as in the
// samples of the Orders spec.
func wire(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// after is the time stamp of a change that follows one made at last. Stamps
// are whole seconds, so a change in the same second is put a second later:
// otherwise the order of the two could not be told from outside.
func after(last, now time.Time) time.Time {
	now = now.Truncate(time.Second)
	if !now.After(last) {
		return last.Add(time.Second)
	}
	return now
}
