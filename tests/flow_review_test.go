package tests

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// TestWhatIsInDoubtIsNeverPaid: claims of a provider that cannot be right. The
// order itself is the one that was asked for each time; the captures are not.
func TestWhatIsInDoubtIsNeverPaid(t *testing.T) {
	claim := func(id string, state payment.State, minor int64, currency money.Currency) payment.Capture {
		return payment.Capture{Movement: payment.Movement{ID: id, State: state, Amount: money.New(minor, currency),
			Created: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Updated: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}}
	}
	for _, c := range []struct {
		name   string
		claims [][]payment.Capture // one answer after the other; the last is repeated
		want   payment.Status
	}{
		{"as asked for", [][]payment.Capture{{claim("A", payment.Completed, 1250, "EUR")}}, payment.StatusCaptured},
		{"a cent more", [][]payment.Capture{{claim("A", payment.Completed, 1251, "EUR")}}, payment.StatusReview},
		{"a cent less", [][]payment.Capture{{claim("A", payment.Completed, 1249, "EUR")}}, payment.StatusReview},
		{"another currency", [][]payment.Capture{{claim("A", payment.Completed, 1250, "USD")}}, payment.StatusReview},
		{"a cent more, pending", [][]payment.Capture{{claim("A", payment.Pending, 1251, "EUR")}}, payment.StatusReview},
		{"two captures", [][]payment.Capture{{claim("A", payment.Completed, 1250, "EUR"), claim("B", payment.Completed, 1250, "EUR")}}, payment.StatusReview},
		{"two captures, one of them on its way", [][]payment.Capture{{claim("A", payment.Completed, 1250, "EUR"), claim("B", payment.Pending, 1250, "EUR")}}, payment.StatusReview},
		{"paid, then failed", [][]payment.Capture{{claim("A", payment.Completed, 1250, "EUR")}, {claim("A", payment.Failed, 1250, "EUR")}}, payment.StatusReview},
		{"one amount, then another", [][]payment.Capture{{claim("A", payment.Pending, 1251, "EUR")}, {claim("A", payment.Completed, 1250, "EUR")}}, payment.StatusReview},
		{"nobody knows its state", [][]payment.Capture{{claim("A", payment.Unclear, 1250, "EUR")}}, payment.StatusPending},
		{"an order that is completed, without a capture", [][]payment.Capture{nil}, payment.StatusAwaitingApproval},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w *world
			answer, answers := waiting(&w), slices.Clone(c.claims)
			w = newWorld(t, plan{handlers: withProvider(standIn{look: func(order string) (payment.Snapshot, error) {
				s, err := answer(order)
				s.State, s.Captures = payment.OrderCompleted, answers[0]
				if len(answers) > 1 {
					answers = answers[1:]
				}
				return s, err
			}}, nil)})
			b := w.buyer()
			b.id = w.seed(1)[0]
			w.sweep()
			w.sweepAfter(25 * time.Hour)
			p, item := b.stored()
			if got := payment.StatusOf(p); got != c.want || got.Paid() != (c.want == payment.StatusCaptured) {
				t.Errorf("it is %s, want %s", got, c.want)
			}
			if c.want == payment.StatusReview && !item.Due.After(w.clock.Now()) {
				t.Errorf("in review and due %s, it is %s", item.Due, w.clock.Now())
			}
			if !item.Expires.IsZero() {
				t.Error("evidence of money is to leave the table")
			}
		})
	}
}

// TestProviderNamesItsWait: how long the caller is told to wait is the provider's
// word where it is longer than ours.
func TestProviderNamesItsWait(t *testing.T) {
	for name, c := range map[string]struct {
		wait time.Duration
		want string
	}{"longer": {7 * time.Second, "7"}, "shorter": {time.Second, "2"}, "none": {0, "2"}, "part of a second": {6500 * time.Millisecond, "7"}} {
		w := newWorld(t, plan{handlers: withProvider(standIn{create: &provider.Error{Class: provider.Retry, RetryAfter: c.wait}}, nil)})
		if r := w.buyer().open(); r.code != http.StatusServiceUnavailable || r.header.Get("Retry-After") != c.want {
			t.Errorf("%s: %d, Retry-After %q, want %q", name, r.code, r.header.Get("Retry-After"), c.want)
		}
	}
}
