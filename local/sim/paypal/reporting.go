package paypal

import (
	"fmt"
	"time"
)

// maxLateness is how late a row or a balance can be: "It takes a maximum of
// three hours" (Reporting spec).
const maxLateness = 3 * time.Hour

// ReportForm is the dialect of the report's answers.
type ReportForm string

const (
	// AsSeen is how PayPal answers: times as 2019-06-04T01:27:43+0000, an empty
	// list when there is nothing, and the reason of a refusal as the message
	// (PayPal-PHP-SDK's and PayPal-node-SDK's recorded answers; issue 452 there).
	AsSeen ReportForm = "as seen"
	// AsSpecified is what the Reporting spec demands: times with Z, no list when
	// there is nothing, and one message for every 400.
	AsSpecified ReportForm = "as specified"
	// Mixed is AsSeen with times that change their form from row to row: +0000, Z
	// and +00:00.
	Mixed ReportForm = "mixed"
)

// reporting is how the report lags and what goes wrong with it.
type reporting struct {
	late         time.Duration // the most a row is late
	balancesLate time.Duration // the most a balance is late
	clip         time.Duration // how much earlier than its data the report ends
	shifts       int           // listings that will shift between two pages
	shifted      int           // listings that did
	between      func()        // once, before a later page is drawn up
	form         ReportForm
	withheld     bool            // tokens are granted without the scope
	unscoped     map[string]bool // tokens that have not the scope
}

func newReporting() reporting {
	return reporting{late: maxLateness, balancesLate: maxLateness, form: AsSeen, unscoped: map[string]bool{}}
}

// ReportLate says how late a row, or its change, may appear: at most so much
// after it happened, each by a lag of its own that follows from the seed. It
// begins at three hours. With 0 nothing is late.
func (s *Simulator) ReportLate(d time.Duration) { s.adjust(func(r *reporting) { r.late = max(d, 0) }) }

// BalancesLate is ReportLate for the balances, which are complete up to their
// last refresh.
func (s *Simulator) BalancesLate(d time.Duration) {
	s.adjust(func(r *reporting) { r.balancesLate = max(d, 0) })
}

// ClipReport makes the report end so much before its last refresh.
func (s *Simulator) ClipReport(d time.Duration) { s.adjust(func(r *reporting) { r.clip = max(d, 0) }) }

// ShiftPages makes the first page of the next n listings that have another one
// be drawn up before its earliest row had come in: from the second page on that
// row is there, so that the last row of the first page is listed twice and the
// earliest never.
func (s *Simulator) ShiftPages(n int) { s.adjust(func(r *reporting) { r.shifts += n }) }

// Shifted is how many listings have shifted so far.
func (s *Simulator) Shifted() (n int) {
	s.adjust(func(r *reporting) { n = r.shifted })
	return n
}

// BetweenPages runs f once, before the next page after a first one is drawn up:
// whatever it changes, changes between two reads. It may call the simulator.
func (s *Simulator) BetweenPages(f func()) { s.adjust(func(r *reporting) { r.between = f }) }

// SetReportForm chooses the dialect.
func (s *Simulator) SetReportForm(f ReportForm) error {
	if f != AsSeen && f != AsSpecified && f != Mixed {
		return fmt.Errorf("paypal: no form %q", f)
	}
	s.adjust(func(r *reporting) { r.form = f })
	return nil
}

// GrantReports says whether the tokens granted from now on have the scope of
// the reports. Tokens granted before stay as they are: an app that was just
// given Transaction Search has to fetch a new one.
func (s *Simulator) GrantReports(granted bool) {
	s.adjust(func(r *reporting) { r.withheld = !granted })
}

func (s *Simulator) adjust(change func(*reporting)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.reporting)
}

// The data of the report are refreshed several times within the longest
// lateness; a version that has its lag behind it is taken up by the next
// refresh.
const refreshes = 6

// refreshed is when the report's data were last refreshed. The caller holds mu.
func (s *Simulator) refreshed() time.Time {
	every := s.reporting.late / refreshes
	return s.now().Truncate(max(every, time.Second))
}

// lag is how long a version waits to be taken up: a part of what the refreshes
// leave of the longest lateness, in whole seconds.
func (s *Simulator) lag(v version) time.Duration {
	most := uint64((s.reporting.late - s.reporting.late/refreshes) / time.Second)
	if most == 0 {
		return 0
	}
	return time.Duration(scatter(uint64(s.config.Seed)^v.number)%most) * time.Second
}

// scatter spreads neighbouring numbers (splitmix64).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// shown is the version of a row that the report has by its last refresh, or
// nil.
func (s *Simulator) shown(r *row, refreshed time.Time) *version {
	for i := len(r.versions) - 1; i >= 0; i-- {
		if v := &r.versions[i]; !v.at.Add(s.lag(*v)).After(refreshed) {
			return v
		}
	}
	return nil
}

// stamp is a time in the report's dialect; n says which of the forms when they
// are mixed.
func (f ReportForm) stamp(t time.Time, n uint64) string {
	t = t.UTC()
	switch {
	case f == AsSpecified, f == Mixed && n%3 == 1:
		return wire(t)
	case f == Mixed && n%3 == 2:
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05-0700")
}
