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
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// metricLine is a log line in CloudWatch's embedded metric format.
type metricLine struct {
	AWS struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
	members map[string]any
}

// metricLines are those of the log, in its order.
func (w *world) metricLines() (found []metricLine) {
	w.t.Helper()
	for line := range strings.Lines(w.log.String()) {
		var m metricLine
		if json.Unmarshal([]byte(line), &m) == nil && m.AWS.CloudWatchMetrics != nil {
			w.must(json.Unmarshal([]byte(line), &m.members))
			found = append(found, m)
		}
	}
	return found
}

// metrics are the values of one metric, in the order in which they were written.
func (w *world) metrics(name handler.Metric) (values []float64) {
	w.t.Helper()
	for _, line := range w.metricLines() {
		for _, directive := range line.AWS.CloudWatchMetrics {
			for _, m := range directive.Metrics {
				if m.Name == string(name) {
					values = append(values, line.members[m.Name].(float64))
				}
			}
		}
	}
	return values
}

// raised is the largest value of a metric.
func (w *world) raised(name handler.Metric) (most float64) {
	for _, value := range w.metrics(name) {
		most = max(most, value)
	}
	return most
}

// TestMetricOfAnUnknownOutcome: an outcome that is known within ten minutes is
// nobody's alarm; another is told of at the last of the early looks and not at the
// next, an hour later; then every hour, and not when it is known.
func TestMetricOfAnUnknownOutcome(t *testing.T) {
	for known, want := range map[time.Duration]string{10 * time.Minute: "[]", 3 * time.Hour: "[10m0s 1h10m0s 2h10m0s]"} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		fails := func() { w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutBefore, Call: sim.CallCapture})) }
		fails()
		b.wants(b.capture(), http.StatusAccepted, payment.StatusChecking, "wait")
		begun, told := w.clock.Now(), []time.Duration{}
		for past := 5 * time.Minute; past <= 4*time.Hour; past += 5 * time.Minute {
			w.clock.Move(begun.Add(past).Sub(w.clock.Now()))
			if _, item := b.stored(); past < known && !item.Due.After(w.clock.Now()) {
				fails()
			}
			if done := w.sweep(); done.Unknown > 0 {
				told = append(told, past)
			}
		}
		if fmt.Sprint(told) != want || w.raised(handler.MetricOutcomeUnknown) != float64(min(len(told), 1)) {
			t.Errorf("known after %s: told at %s, want %s", known, told, want)
		}
		b.wantStatus(payment.StatusCaptured)
	}
}

// TestMetricOfAReview: a payment that waits for a person is told of by the next
// sweep and then every day, until the person has settled it.
func TestMetricOfAReview(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.OtherAmount, Call: sim.CallCapture}))
	b.capture()
	b.wantStatus(payment.StatusReview)
	for _, past := range []time.Duration{5 * time.Minute, 5 * time.Minute, 24 * time.Hour, 5 * time.Minute} {
		if done := w.sweepAfter(past); done.Failed != 0 {
			t.Errorf("%+v", done)
		}
	}
	if n := w.metrics(handler.MetricInReview); fmt.Sprint(n) != "[1 0 1 0]" {
		t.Errorf("%v", n)
	}
	w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/review", `{"code":"provider_confirmed"}`, nil)
	if done := w.sweepAfter(25 * time.Hour); done.Review != 0 {
		t.Errorf("settled, and told of: %+v", done)
	}
}

// TestMetricOfTheOldestDue: how long what was due has waited, whether it was
// handled or there was no time for it.
func TestMetricOfTheOldestDue(t *testing.T) {
	var w *world
	w = newWorld(t, plan{handlers: withProvider(standIn{look: waiting(&w)}, nil)})
	w.seed(20)
	w.clock.Move(40 * time.Minute)
	short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if done, err := w.handlers.Sweep()(short, nil); err != nil || done.Due != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	w.sweepAfter(5 * time.Minute)
	w.sweep()
	got := w.metrics(handler.MetricOldestDue)
	if len(got) != 3 || got[0] < 40*60 || got[1] != got[0]+5*60 || got[2] != 0 {
		t.Errorf("%v seconds", got)
	}
}

// TestMetricsOfAFailedSweep: one that could not read what is due gives no sign of
// life, which is what its alarm waits for.
func TestMetricsOfAFailedSweep(t *testing.T) {
	w := newWorld(t, plan{store: func(s store.Store) store.Store { return noIndex{s} }})
	if _, err := w.handlers.Sweep()(t.Context(), nil); err == nil || len(w.metricLines()) != 0 {
		t.Errorf("%v, and %d metrics", err, len(w.metricLines()))
	}
}

// noIndex cannot be queried.
type noIndex struct{ store.Store }

func (noIndex) Query(context.Context, store.Query) (store.Page, error) {
	return store.Page{}, store.ErrUnavailable
}

// TestMetricOfForgedDeliveries: each is counted, and a true one is not.
func TestMetricOfForgedDeliveries(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	if n := w.metrics(handler.MetricWebhookForged); len(n) != 0 {
		t.Fatalf("true deliveries are counted: %v", n)
	}
	for range 3 {
		if r := w.call(http.MethodPost, "/webhooks/paypal", `{"event_type":"PAYMENT.CAPTURE.COMPLETED"}`, nil); r.code != http.StatusUnauthorized {
			t.Fatalf("%d %s", r.code, r.text)
		}
	}
	if n := w.metrics(handler.MetricWebhookForged); fmt.Sprint(n) != "[1 1 1]" {
		t.Errorf("%v", n)
	}
	b.wantStatus(payment.StatusCaptured)
}
