//go:build binaries

package binaries

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// How many stories are told at once is for the worlds to say.
	_ = flag.Set("test.parallel", "1024")
	os.Exit(build(m))
}

// build builds the functions as they are deployed, starts DynamoDB Local, and runs
// the tests with both.
func build(m *testing.M) int {
	failed := func(err error) int {
		fmt.Fprintln(os.Stderr, "binaries:", err)
		return 1
	}
	d, err := readDeployment()
	if err != nil {
		return failed(err)
	}
	if binaries, err = os.MkdirTemp("", "binaries"); err != nil {
		return failed(err)
	}
	defer os.RemoveAll(binaries)
	if err := runtime.Build(root, binaries, d.folders()...); err != nil {
		return failed(err)
	}
	stop, err := startDynamoDB()
	if err != nil {
		return failed(err)
	}
	code := m.Run()
	if err := stop(); err != nil {
		return failed(err)
	}
	return code
}

// worlds are those of a test: a story is told in one that is free.
type worlds chan *world

func openWorlds(t *testing.T, n int) worlds {
	t.Helper()
	free := make(worlds, n)
	for i := range n {
		w := open(t, fmt.Sprintf("%s-%d", t.Name(), i))
		t.Cleanup(w.close)
		free <- w
	}
	return free
}

// tell plays a flow in a world that is free. A run in which this machine was too
// slow for somebody whom nobody touched says nothing, and is played again.
func (free worlds) tell(t testing.TB, f flow, p plan) (r *run) {
	t.Helper()
	w := <-free
	defer func() { free <- w }()
	for range 4 {
		r = w.begin(t, p)
		r.play(f)
		if !r.slow {
			break
		}
		slow.Add(1)
	}
	r.report()
	return r
}

// slow counts the runs that were played again.
var slow atomic.Int64

// count is what the tests of one kind have done.
type count struct {
	flows, calls, kills, answered, sweeps atomic.Int64
	violations                            atomic.Int64
	begun                                 time.Time
}

func (c *count) swept(n int) {
	for old := c.sweeps.Load(); int64(n) > old && !c.sweeps.CompareAndSwap(old, int64(n)); old = c.sweeps.Load() {
	}
}

func (c *count) String() string {
	return fmt.Sprintf("%d flows, %d calls, %d kills, %d answered in time all the same, settled within %d sweeps, %d told again on a slow machine, violations: %d, %d s",
		c.flows.Load(), c.calls.Load(), c.kills.Load(), c.answered.Load(), c.sweeps.Load(), slow.Swap(0), c.violations.Load(), int(time.Since(c.begun).Seconds()))
}

// TestFlows tells each flow on a good day: cold, then with one process for each
// function that is frozen in between, then with connections that did not outlive
// the frost.
func TestFlows(t *testing.T) {
	free := openWorlds(t, 1)
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
			r := free.tell(t, f, plan{})
			for n, i := range r.invocations {
				t.Logf("%d. %s", n+1, i)
			}
			free.tell(t, f, plan{warm: true})
			free.tell(t, f, plan{warm: true, stale: true})
		})
	}
}

// TestKilledAtEveryCall kills every function at every call it makes to the outside,
// in each flow: before the call, after its effect with the reply lost, and after
// the reply. Whoever asked comes again, or does not.
func TestKilledAtEveryCall(t *testing.T) {
	free, done := openWorlds(t, *side), &count{begun: time.Now()}
	disturb(t, free, done, []cloud.Moment{cloud.Before, cloud.Lost, cloud.After})
	fmt.Println("killed at every call:", done)
}

// TestHeldPastTheDeadline lets the deadline of the invocation fall into every call:
// its effect happens, and nothing is answered any more.
func TestHeldPastTheDeadline(t *testing.T) {
	free, done := openWorlds(t, *apart), &count{begun: time.Now()}
	disturb(t, free, done, []cloud.Moment{cloud.Held})
	fmt.Println("held past the deadline:", done)
}

var (
	side  = flag.Int("side", 3, "worlds in which functions are killed, side by side")
	apart = flag.Int("apart", 12, "worlds in which deadlines are waited for, side by side")
)

// disturb tells every flow once to find out its calls, and then once for each call
// and moment, and with whoever asked coming again and gone.
func disturb(t *testing.T, free worlds, done *count, moments []cloud.Moment) {
	t.Run("flows", func(t *testing.T) {
		for _, f := range flows {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				calm := free.tell(t, f, plan{})
				var hits atomic.Int64
				calls, wanted := 0, 0
				done.flows.Add(1)
				for n, i := range calm.invocations {
					for _, call := range i.calls {
						if slices.Contains(moments, cloud.Held) && strings.Contains(call, "/v1/reporting/") {
							break // what follows wants more time than there is; TestSettlement holds the account's reading
						}
						all := inTurn(plans(f, n+1, call, moments), calls)
						calls, wanted = calls+1, wanted+len(all)
						done.calls.Add(1)
						for _, p := range all {
							t.Run(p.name(i.function), func(t *testing.T) {
								t.Parallel()
								defer func() {
									if t.Failed() {
										done.violations.Add(1)
										t.Logf("to replay: tests/binaries/run -run '%s'", replay(t.Name()))
									}
								}()
								hits.Add(strike(t, free, f, p, done))
							})
						}
					}
				}
				t.Cleanup(func() {
					if whole := !strings.Contains(flag.Lookup("test.run").Value.String(), "/"); whole && hits.Load() < int64(wanted) {
						t.Errorf("%d hits for %d calls, and %d were wanted", hits.Load(), calls, wanted)
					}
				})
			})
		}
	})
}

// inTurn is all ways to disturb the nth call, or one of them in turn where tests are to
// be short.
func inTurn[T any](ways []T, n int) []T {
	if !testing.Short() || len(ways) == 0 {
		return ways
	}
	n %= len(ways)
	return ways[n : n+1]
}

// plans are the ways to disturb a flow at one call of its nth invocation.
func plans(f flow, n int, call string, moments []cloud.Moment) (all []plan) {
	for _, moment := range moments {
		p := plan{invocation: n, point: cloud.Point{Call: call, Moment: moment}}
		all = append(all, p)
		if !f.unattended {
			p.gone = true
			all = append(all, p)
		}
	}
	return all
}

// strike tells the flow with one plan, and again if the point did not come to pass:
// what a process fetches in the background may be late for its end.
func strike(t *testing.T, free worlds, f flow, p plan, done *count) int64 {
	for range 5 {
		r := free.tell(t, f, p)
		if !r.hit {
			continue
		}
		done.swept(r.sweeps)
		if r.killed {
			done.kills.Add(1)
		} else {
			done.answered.Add(1)
		}
		return 1
	}
	t.Errorf("%s never came to pass", p.point)
	return 0
}

var strange = regexp.MustCompile(`[^A-Za-z0-9#]+`)

// name is short enough to be typed after -run.
func (p plan) name(function string) string {
	call := strings.Trim(strange.ReplaceAllString(strings.TrimPrefix(p.point.Call, "DynamoDB"), "-"), "-")
	end := "comes again"
	if p.gone {
		end = "is gone"
	}
	return fmt.Sprintf("%d %s %s %s, %s", p.invocation, function, call, p.point.Moment, end)
}

// replay is a pattern for -run that fits one name alone.
func replay(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}
