package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// newest is the last value of a metric that was written.
func (w *world) newest(name handler.Metric) float64 {
	w.t.Helper()
	all := w.metrics(name)
	if len(all) == 0 {
		w.t.Fatalf("%s was never written", name)
	}
	return all[len(all)-1]
}

// logged are the lines that what is done adds to the log.
func (w *world) logged(do func()) (lines []string) {
	before := len(w.log.String())
	do()
	for line := range strings.Lines(w.log.String()[before:]) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// TestMetricOfARemainder: balances that the rows do not explain are counted once a day,
// as long as they do not.
func TestMetricOfARemainder(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.must(w.paypal.Falsify(b.charges()[0].ID, "T0006", sim.MisreportAmount, 1))
	counted := func() (days int) {
		before := len(w.metrics(handler.MetricUnexplainedRemainder))
		w.settleFor(24 * time.Hour)
		for _, n := range w.metrics(handler.MetricUnexplainedRemainder)[before:] {
			if n != 0 && n != 2 { // of EUR, what there is and what of it may be used
				t.Errorf("%v balances", n)
			}
			if n > 0 {
				days++
			}
		}
		return days
	}
	if first := counted(); first > 1 {
		t.Errorf("%d runs of the first day told of it", first)
	}
	for day := range 2 {
		if n := counted(); n != 1 {
			t.Errorf("on day %d %d runs told of it", day+1, n)
		}
	}
	w.must(w.paypal.Falsify(b.charges()[0].ID, "T0006", sim.MisreportNothing, 0))
	counted()
	if n := counted(); n != 0 {
		t.Errorf("explained, and told of by %d runs", n)
	}
}

// TestMetricOfUnmatchedRows: a row that is kept for a person is counted once, by the
// run that kept it.
func TestMetricOfUnmatchedRows(t *testing.T) {
	w := newWorld(t, plan{})
	w.settleFor(time.Hour)
	_, err := w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3})
	w.must(err)
	w.settleFor(30 * time.Hour)
	total := 0.0
	for _, n := range w.metrics(handler.MetricUnmatchedRows) {
		total += n
	}
	if total != 1 || len(w.unmatchedRows()) != 1 {
		t.Errorf("%v rows are counted, %v are kept", total, w.unmatchedRows())
	}
}

// TestMetricOfAFailedSettlement: a row that was kept before a run failed is in its
// figures, and in no later one's; the run gives no sign of life.
func TestMetricOfAFailedSettlement(t *testing.T) {
	down := true
	w := newWorld(t, plan{store: func(s store.Store) store.Store { return refusingBooks{s, &down} }})
	_, err := w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3})
	w.must(err)
	w.clock.Move(4 * time.Hour)
	for range 2 {
		if _, err := w.settleNextHour(); err == nil {
			t.Error("it did not fail")
		}
	}
	down = false
	w.settleFor(time.Hour)
	if n, beats := w.metrics(handler.MetricUnmatchedRows), w.metrics(handler.MetricDisputesRead); fmt.Sprint(n) != "[1 0 0]" || len(beats) != 1 {
		t.Errorf("%v rows, %v signs of life", n, beats)
	}
}

// refusingBooks is a table that takes no day book while it is down.
type refusingBooks struct {
	store.Store
	down *bool
}

func (s refusingBooks) Write(ctx context.Context, puts ...store.Put) error {
	for _, put := range puts {
		if *s.down && put.After.Key.Partition == store.DayBookKey("paypal", "").Partition {
			return store.ErrUnavailable
		}
	}
	return s.Store.Write(ctx, puts...)
}

// TestMetricOfASettlementBehind: how old what is read to the end is, on a good day, for
// as long as PayPal reports nothing newer, and once it does.
func TestMetricOfASettlementBehind(t *testing.T) {
	const day, alarm = 24 * 60 * 60, 12 * 60 * 60
	w := newWorld(t, plan{})
	w.settleFor(5 * time.Hour)
	for _, behind := range w.metrics(handler.MetricSettlementBehind) {
		if behind > 60*60 { // PayPal's data are half an hour old at most
			t.Errorf("%v s behind on a good day", behind)
		}
	}
	w.paypal.ClipReport(20 * time.Hour)
	w.settleFor(16 * time.Hour)
	if behind := w.newest(handler.MetricSettlementBehind); behind <= alarm || behind > day {
		t.Errorf("%v s behind when the report has stood still for 16 hours", behind)
	}
	w.paypal.ClipReport(0)
	w.settleFor(time.Hour)
	if behind := w.newest(handler.MetricSettlementBehind); behind > 60*60 {
		t.Errorf("%v s behind when the report goes on", behind)
	}
}

// TestSettlementWithoutTheRight: an app that may not read transactions is no failure
// that repeating would mend. Each run reads the disputes, says in one line what to
// switch on, and how far behind the account is; it gives no sign of life. The first
// run with the right reads everything.
func TestSettlementWithoutTheRight(t *testing.T) {
	w := newWorld(t, plan{})
	w.paypal.GrantReports(false)
	b := w.paid()
	id := b.claim(w.clock.Now().Add(10 * 24 * time.Hour))
	for run := range 3 {
		calls := w.count(sim.CallReport) + w.count(sim.CallBalance)
		lines := w.logged(func() {
			if done, err := w.settleNextHour(); err != nil || done.Refused != 1 || done.Disputes != max(0, 1-run) {
				t.Errorf("run %d: %+v, %v", run+1, done, err)
			}
		})
		if len(lines) != 2 || !strings.Contains(lines[0], "Transaction search") || !strings.Contains(lines[0], `"ERROR"`) {
			t.Errorf("run %d says\n%s", run+1, strings.Join(lines, "\n"))
		}
		if asked := w.count(sim.CallReport) + w.count(sim.CallBalance) - calls; asked != 1 {
			t.Errorf("run %d asked %d times", run+1, asked)
		}
		if behind := w.newest(handler.MetricSettlementBehind); behind < 30*24*60*60 {
			t.Errorf("run %d: %v s behind an account that was never read", run+1, behind)
		}
	}
	if beats := w.metrics(handler.MetricDisputesRead); len(beats) != 0 {
		t.Errorf("signs of life: %v", beats)
	}
	w.paypal.GrantReports(true)
	w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR")
	if behind := w.newest(handler.MetricSettlementBehind); behind > 60*60 || len(w.metrics(handler.MetricDisputesRead)) != 5 {
		t.Errorf("%v s behind with the right, signs of life: %v", behind, w.metrics(handler.MetricDisputesRead))
	}
	w.must(w.paypal.ResolveDispute(id, "RESOLVED_SELLER_FAVOUR"))
}

// TestSettlementThatIsRefusedLater: a right that is taken away shows in the figures as
// soon as the account is behind, and what was read stands.
func TestSettlementThatIsRefusedLater(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.settleFor(5 * time.Hour)
	w.paypal.RevokeTokens()
	w.paypal.GrantReports(false)
	for hour := range 14 {
		if done, err := w.settleNextHour(); err != nil || done.Refused != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		if behind := w.newest(handler.MetricSettlementBehind); behind < float64(hour)*60*60 || behind > float64(hour+2)*60*60 {
			t.Errorf("%v s behind after %d hours", behind, hour+1)
		}
	}
	b.wantRows("sale 7500 -297 EUR")
}

// TestSettlementSaysLittle: a run that finds nothing new says so in one line, which is
// its figures.
func TestSettlementSaysLittle(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.settleFor(5 * time.Hour)
	lines := w.logged(func() { w.settleFor(time.Hour) })
	var said struct {
		Msg        string
		Days, Rows int
		AWS        json.RawMessage `json:"_aws"`
	}
	if len(lines) != 1 || json.Unmarshal([]byte(lines[0]), &said) != nil || said.Msg != "settled" || said.AWS == nil || said.Days != 0 {
		t.Errorf("a run that found nothing says\n%s", strings.Join(lines, "\n"))
	}
	b.wantRefund(1000, "r", http.StatusCreated, "completed")
	w.clock.Move(4 * time.Hour)
	lines = w.logged(func() { w.settleFor(time.Hour) })
	if len(lines) != 1 || json.Unmarshal([]byte(lines[0]), &said) != nil || said.Days != 1 || said.Rows != 1 {
		t.Errorf("a run that found a refund says\n%s", fmt.Sprint(lines))
	}
}
