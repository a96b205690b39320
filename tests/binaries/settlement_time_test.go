//go:build binaries

package binaries

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// pages are the pages of the report that a run asked for, each by its whole query.
func (s settled) pages() (queries []string) {
	for i, call := range s.calls {
		if strings.HasPrefix(call, "GET /v1/reporting/transactions#") {
			queries = append(queries, s.queries[i])
		}
	}
	return queries
}

// runsShort settles with so little time that it ends in order after so many pages: the
// last of them is kept waiting until no other may be begun.
func (r *reader) runsShort(pages int) (s settled) {
	for try := range 6 {
		deadline := time.Now().Add(reading + time.Duration(2+3*try)*time.Second)
		tooLate := deadline.Add(100*time.Millisecond - reading)
		s = r.settle(cloud.Point{Call: fmt.Sprint("GET /v1/reporting/transactions#", pages), Moment: cloud.Meanwhile, Do: func() {
			time.Sleep(time.Until(tooLate))
		}}, deadline)
		if s.reached || s.whole() || len(s.pages()) > 0 {
			return s
		}
	}
	return s
}

// TestSettlementShortOfTime: a day of 24 pages, in parts because PayPal would list no
// more at once, is read by runs that have time for six each. Each goes on at the very
// page where the one before stopped; then the day is read once more in the same way, as
// every hour, and no more often. A run that was killed has left nothing to go on from,
// and its pages are read again, to no harm.
func TestSettlementShortOfTime(t *testing.T) {
	t.Parallel()
	free := settlementWorlds(t, 1)
	a := live(t, moreThanIsListed)
	all := free.calm(t, a).pages()
	w := <-free
	r := a.read(t, w)
	var asked []string
	runs := 1
	for ; runs <= 20; runs++ {
		s := r.runsShort(6)
		asked = append(asked, s.pages()...)
		if s.whole() {
			break
		}
		if s.err != nil || s.Left != 1 {
			t.Fatalf("a run that was short of time: %+v", s)
		}
	}
	last := r.finish()
	if n := len(all); len(asked) < n || !slices.Equal(asked[:n], all) || runs > 20 {
		t.Errorf("%d runs asked for %d pages:\n%s\nwant first\n%s", runs, len(asked), strings.Join(asked, "\n"), strings.Join(all, "\n"))
	}
	today := last.pages()[0]
	for _, query := range all {
		n := 0
		for _, other := range asked {
			if other == query && query != today {
				n++
			}
		}
		if n > 2 {
			t.Errorf("asked %d times: %s", n, query)
		}
	}

	again := a.read(t, w)
	again.settle(cloud.Point{Call: fmt.Sprint("GET /v1/reporting/transactions#", len(all)), Moment: cloud.After}, minutes())
	if got := again.finish().pages(); !slices.Equal(got[:len(all)], all) {
		t.Errorf("after a kill the pages are %v, want %v", got, all)
	}
	for _, fault := range append(r.faults, again.faults...) {
		t.Error(fault)
	}
	fmt.Printf("settlement, short of time: %d pages, each asked for once while %d runs go on with one another (%d pages with the reading once more)\n", len(all), runs, len(asked))
}

// TestSettlementsAtOnce: processes that read the same account at the same moment, as
// when the scheduler starts one run twice.
func TestSettlementsAtOnce(t *testing.T) {
	t.Parallel()
	free := settlementWorlds(t, 1)
	a := live(t, weekOfASmallShop)
	w := <-free
	rounds, whole := 5, 0
	for range rounds {
		r := a.read(t, w)
		var runs sync.WaitGroup
		var mu sync.Mutex
		for range 2 {
			runs.Go(func() {
				s := r.settle(cloud.Point{}, minutes())
				mu.Lock()
				defer mu.Unlock()
				if s.whole() {
					whole++
				}
			})
		}
		runs.Wait()
		r.finish()
		for _, fault := range r.faults {
			if !r.slow {
				t.Error(fault)
			}
		}
	}
	fmt.Printf("settlements at once: %d rounds of two, %d of %d runs came to their end\n", rounds, whole, 2*rounds)
}

// quietWeek is an account of which everything has been read.
func quietWeek(a *account, r *run) {
	a.stand(day(4).Add(9 * time.Hour))
	r.paid()
	a.sell(r, 4200)
	a.stand(day(1).Add(9 * time.Hour))
	r.paid()
	a.stand(time.Now())
	r.scheduled("settlement")
	r.scheduled("settlement")
}

// TestSettlementWithNothingNew: while PayPal's data stand still nothing is written at
// all; when they have moved on, how far they are read. The day is read, and the three
// before it; and all that is said is one line.
func TestSettlementWithNothingNew(t *testing.T) {
	t.Parallel()
	free := settlementWorlds(t, 1)
	a := live(t, quietWeek)
	r := a.read(t, <-free)
	still := r.settle(cloud.Point{}, minutes())
	a.stand(a.clock.Load().Add(time.Hour))
	moved := r.settle(cloud.Point{}, minutes())
	for name, run := range map[string]struct {
		settled
		writes int
	}{"stood still": {still, 0}, "moved on": {moved, 1}} {
		if !run.whole() || run.Days+run.Rows+run.Disputes+run.Unmatched != 0 || run.settled.writes() != run.writes {
			t.Errorf("PayPal's data %s, and the run wrote %d times: %s\n%s", name, run.settled.writes(), strings.Join(run.calls, ", "), run.log)
		}
		if n := len(run.pages()); n != 4 {
			t.Errorf("PayPal's data %s, and the run asked for %d pages", name, n)
		}
		if said := strings.Split(strings.TrimSpace(run.log), "\n"); len(said) != 1 || !strings.Contains(said[0], `"settled"`) {
			t.Errorf("PayPal's data %s, and the run said\n%s", name, run.log)
		}
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
	fmt.Printf("settlement with nothing new: %d calls (%s), %d writes; %d once PayPal's data have moved on\n",
		len(still.calls), strings.Join(still.calls, ", "), still.writes(), moved.writes())
}

// TestSettlementWithoutTheRight: an app that lacks Transaction search is told of in one
// line and in the figure that the alarm reads; the invocation has not failed, so that
// Lambda does not repeat it.
func TestSettlementWithoutTheRight(t *testing.T) {
	t.Parallel()
	free := settlementWorlds(t, 1)
	a := live(t, func(a *account, r *run) {
		a.stand(day(1).Add(9 * time.Hour))
		r.paid()
		a.stand(time.Now())
	})
	r := a.read(t, <-free)
	a.paypal.GrantReports(false)
	refused := r.settle(cloud.Point{}, minutes())
	lines := strings.Split(strings.TrimSpace(refused.log), "\n")
	var figures struct{ SettlementBehind int }
	if refused.err != nil || len(lines) != 2 || !strings.Contains(lines[0], "Transaction search") ||
		json.Unmarshal([]byte(lines[1]), &figures) != nil || figures.SettlementBehind < 30*24*60*60 {
		t.Errorf("%v, and it says\n%s", refused.err, refused.log)
	}
	a.paypal.GrantReports(true)
	r.finish()
	for _, fault := range r.faults {
		t.Error(fault)
	}
}
