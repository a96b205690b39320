//go:build binaries

package binaries

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// reader is a world in which an account is about to be read, and what came of it.
type reader struct {
	*world
	of        *account
	truth     books
	statement []sim.Row

	judging sync.Mutex // two settlements may end at once
	entries map[string][]json.RawMessage

	mu     sync.Mutex
	faults []string
	slow   bool // this machine was
}

// blame notes what is wrong, until it is known whether the run counts.
func (r *reader) blame(faults ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, faults...)
}

// read puts the account's table into the world.
func (a *account) read(t testing.TB, w *world) *reader {
	t.Helper()
	if err := w.table.restore(a.table); err != nil {
		t.Fatal(err)
	}
	w.desk.paypal.Store(a.paypal)
	return &reader{world: w, of: a, truth: a.truth(), statement: a.paypal.Statement().Rows, entries: map[string][]json.RawMessage{}}
}

// settled is how one run of the settlement ended.
type settled struct {
	calls, queries []string
	reached        bool // the point came to pass
	err            error
	log            string
	left           books // in the table
	Disputes       int   `json:"disputes"`
	Days           int   `json:"days"`
	Rows           int   `json:"rows"`
	Unmatched      int   `json:"unmatched"`
	Unexplained    int   `json:"unexplained"`
	Left           int   `json:"left"`
}

// whole reports whether a run came to its end.
func (s settled) whole() bool { return s.err == nil && s.Left == 0 }

// died reports whether a run did not even fail: it was killed, or ran out of time.
func (s settled) died() bool {
	return errors.Is(s.err, runtime.ErrDied) || errors.Is(s.err, runtime.ErrTimedOut)
}

// writes is how often a run wrote.
func (s settled) writes() (n int) {
	for _, call := range s.calls {
		if strings.HasPrefix(call, "PutItem#") || strings.HasPrefix(call, "TransactWriteItems#") {
			n++
		}
	}
	return n
}

// settlementID is the function's logical id.
const settlementID = "SettlementFunction"

// settle starts a process, has it read the account, and ends it; what it has left in
// the table is judged.
func (r *reader) settle(at cloud.Point, deadline time.Time) (s settled) {
	watch := r.wire.Watch(at)
	p, err := runtime.Start(runtime.Function{Name: "settlement", Binary: binaries + "/settlement", Env: r.env[settlementID]})
	if err != nil {
		return settled{err: err}
	}
	watch.Aim(p)
	answer, err := p.Invoke([]byte(`{"source":"aws.scheduler","detail-type":"Scheduled Event","detail":"{}"}`), deadline)
	p.Kill()
	if err == nil {
		err = json.Unmarshal(answer, &s)
	}
	s.calls, s.queries, s.reached, s.err, s.log = watch.Calls(), watch.Queries(), watch.Reached(), err, p.Log()
	for _, call := range s.calls {
		if !r.may(settlementID, call) {
			r.blame("on AWS the role would not allow " + call)
		}
	}
	if strings.Contains(s.log, "panic") {
		r.blame(s.log)
	}
	impatient := slices.ContainsFunc(patience, func(end string) bool { return strings.Contains(s.log, end) })
	tired := impatient && (!s.reached || at.Moment == cloud.Meanwhile)
	r.mu.Lock()
	r.slow = r.slow || tired
	r.mu.Unlock()
	if s.err != nil && !s.reached && !tired {
		r.blame(fmt.Sprintf("it failed, and nobody touched it: %v\n%s", s.err, s.log))
	}
	s.left = r.judge()
	return s
}

// minutes are enough for any run.
func minutes() time.Time { return time.Now().Add(5 * time.Minute) }

// judge holds the table against what may never be.
func (r *reader) judge() books {
	r.judging.Lock()
	defer r.judging.Unlock()
	rows, err := r.table.dump()
	if err != nil {
		r.blame(err.Error())
		return books{}
	}
	all, err := payments(rows)
	if err != nil {
		r.blame(err.Error())
	}
	r.grow(all)
	b, err := readBooks(rows)
	if err != nil {
		r.blame(err.Error())
	}
	r.blame(b.breaks(r.truth, r.statement)...)
	return b
}

// grow holds what a payment's entries were against what they are.
func (r *reader) grow(all map[string]stored) {
	for id, p := range all {
		before := r.entries[id]
		if len(p.Entries) < len(before) || !slices.EqualFunc(before, p.Entries[:len(before)], func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }) {
			r.blame(fmt.Sprintf("I4: the entries of %s are %s, they were %s", id, p.Entries, before))
		}
		r.entries[id] = p.Entries
	}
}

// finish reads what is left: one run that nobody disturbs does it.
func (r *reader) finish() (last settled) {
	if last = r.settle(cloud.Point{}, minutes()); !last.whole() {
		r.blame(fmt.Sprintf("a run with all the time there is came to %+v", last))
	}
	closed := r.of.clock.Load().Add(-3*time.Hour).AddDate(0, 0, -1).Format(time.DateOnly)
	r.blame(last.left.lacks(r.truth, closed)...)
	r.blame(r.of.asksOnly()...)
	return last
}

// tellSettled disturbs the first run over an account in a world that is free, and has
// another one finish. A point that did not come to pass, and a machine that was too
// slow, say nothing: it is told again.
func (free worlds) tellSettled(t *testing.T, a *account, c *count, tell func(r *reader, try int) settled) {
	t.Helper()
	w := <-free
	defer func() { free <- w }()
	for try := range 6 {
		r := a.read(t, w)
		first := tell(r, try)
		if !first.reached && !r.slow {
			continue
		}
		r.finish()
		if r.slow {
			slow.Add(1)
			continue
		}
		if first.died() {
			c.kills.Add(1)
		} else {
			c.answered.Add(1)
		}
		for _, fault := range r.faults {
			c.violations.Add(1)
			t.Error(fault)
		}
		return
	}
	t.Errorf("it never came to pass in peace")
}

// moments are all in which the settlement may be disturbed at a call.
var moments = []cloud.Moment{cloud.Before, cloud.Lost, cloud.After, cloud.Held, cloud.Meanwhile}

// accounts are the lives whose settlement is disturbed, and how.
var accounts = []struct {
	name    string
	life    func(*account, *run)
	moments []cloud.Moment
}{
	{"a week of a small shop", weekOfASmallShop, moments},
	{"the first month", firstMonth, moments[:3]},
	{"more rows than are listed", moreThanIsListed, moments[:3]},
}

// worth leaves out what would be told twice: a question has no effect that its reply
// could be lost after, and being killed after it is being killed before the next call.
func worth(call string, moments []cloud.Moment) []cloud.Moment {
	if strings.HasPrefix(call, "PutItem#") || strings.HasPrefix(call, "TransactWriteItems#") {
		return moments
	}
	return slices.DeleteFunc(slices.Clone(moments), func(m cloud.Moment) bool { return m == cloud.Lost || m == cloud.After })
}

// calm is a settlement that nobody disturbs: what it asks and writes.
func (free worlds) calm(t *testing.T, a *account) settled {
	t.Helper()
	w := <-free
	defer func() { free <- w }()
	for range 6 {
		r := a.read(t, w)
		s := r.settle(cloud.Point{}, minutes())
		r.finish()
		if r.slow {
			continue
		}
		for _, fault := range r.faults {
			t.Error(fault)
		}
		t.Logf("%d calls, %d of them writes: %s", len(s.calls), s.writes(), strings.Join(s.calls, ", "))
		return s
	}
	t.Fatal("this machine is too slow")
	return settled{}
}

// TestSettlementDisturbed kills the settlement at every call it makes, lets its deadline
// fall into every call, and has another settlement read everything while it waits at
// every call. One run afterwards is enough: every row stands once on its payment, every
// day's sums are right, and nothing is left unexplained.
func TestSettlementDisturbed(t *testing.T) {
	t.Parallel()
	killed, held, overlapped := &count{begun: time.Now()}, &count{begun: time.Now()}, &count{begun: time.Now()}
	free, waiting := settlementWorlds(t, *side), settlementWorlds(t, *apart)
	t.Run("accounts", func(t *testing.T) {
		for _, one := range accounts {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				a := live(t, one.life)
				for n, call := range free.calm(t, a).calls {
					for _, moment := range inTurn(worth(call, one.moments), n) {
						at := cloud.Point{Call: call, Moment: moment}
						switch moment {
						case cloud.Held:
							disturbSettlement(t, waiting, a, held, at)
						case cloud.Meanwhile:
							disturbSettlement(t, free, a, overlapped, at)
						default:
							disturbSettlement(t, free, a, killed, at)
						}
					}
				}
			})
		}
	})
	fmt.Println("settlement, killed at every call:", killed.told())
	fmt.Println("settlement, held past the deadline at every call:", held.told())
	fmt.Println("settlement, with another one at every call:", overlapped.told())
}

// told is the count where nothing has to be swept.
func (c *count) told() string {
	return fmt.Sprintf("%d calls, %d kills, %d answered in time all the same, violations: %d, %d s",
		c.calls.Load(), c.kills.Load(), c.answered.Load(), c.violations.Load(), int(time.Since(c.begun).Seconds()))
}

func disturbSettlement(t *testing.T, free worlds, a *account, c *count, at cloud.Point) {
	c.calls.Add(1)
	t.Run(plan{invocation: 1, point: at}.name("settlement"), func(t *testing.T) {
		t.Parallel()
		free.tellSettled(t, a, c, func(r *reader, try int) settled {
			switch at.Moment {
			case cloud.Held:
				return r.settle(at, time.Now().Add(reading+time.Duration(1+3*try)*time.Second))
			case cloud.Meanwhile:
				return r.settleMeanwhile(at)
			}
			return r.settle(at, minutes())
		})
		if t.Failed() {
			t.Logf("to replay: tests/binaries/run -run '%s'", replay(t.Name()))
		}
	})
}

// reading is what has to be left for another page to be begun: what the page may take,
// a look, and the last write.
const reading = 18 * time.Second

// settleMeanwhile has another settlement run from its beginning to its end while the
// first waits at its point.
func (r *reader) settleMeanwhile(at cloud.Point) settled {
	ended := make(chan struct{})
	at.Do = func() {
		defer close(ended)
		r.settle(cloud.Point{}, minutes())
	}
	s := r.settle(at, minutes())
	if s.reached {
		<-ended
	}
	return s
}

// settlementWorlds have no prices: nothing is sold in them.
func settlementWorlds(t *testing.T, n int) worlds {
	t.Helper()
	free := make(worlds, n)
	var opening sync.WaitGroup
	for i := range n {
		opening.Go(func() {
			w, err := newWorld(fmt.Sprintf("%s-%d-%d", t.Name(), n, i))
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(w.close)
			free <- w
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return free
}
