package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// meter counts the calls that go out to a provider, where they leave: in the
// HTTP transport, by what they ask for.
type meter struct {
	next  http.RoundTripper
	mu    sync.Mutex
	calls map[string]int
}

// RoundTrip counts a call and passes it on.
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	if m.calls == nil {
		m.calls = map[string]int{}
	}
	m.calls[callName(r.Method, r.URL.Path)]++
	m.mu.Unlock()
	return m.next.RoundTrip(r)
}

// counts is how often each call was made so far.
func (m *meter) counts() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.calls)
}

func callName(method, path string) string {
	if name, ofStripe := stripeCall(method, path); ofStripe {
		return name
	}
	switch {
	case strings.HasSuffix(path, "/oauth2/token"):
		return "token"
	case strings.HasSuffix(path, "/capture"):
		return "capture"
	case strings.HasSuffix(path, "/checkout/orders"):
		return "create"
	case strings.HasPrefix(path, "/v2/checkout/orders/") && method == http.MethodGet:
		return "look"
	case strings.HasPrefix(path, "/v1/notifications/webhooks"):
		return "control"
	case strings.HasSuffix(path, "/refund"):
		return "refund"
	case strings.Contains(path, "/notifications/certs/"):
		return "certificate"
	case strings.HasPrefix(path, "/v1/customer/disputes"):
		return "dispute"
	case strings.HasPrefix(path, "/v1/reporting/"):
		return "report"
	case strings.HasPrefix(path, "/v2/payments/captures/"):
		return "look at capture"
	}
	return "other"
}

// stripeCalls are the beginnings of the paths of Stripe's calls, longer ones first, each
// with what it is called with POST and with GET.
var stripeCalls = []struct{ path, post, get string }{
	{"/v1/checkout/sessions/", "expire", "look"}, {"/v1/checkout/sessions", "create", ""}, {"/v1/customers", "customer", ""},
	{"/v1/payment_intents/", "cancel", "look at payment"}, {"/v1/refunds", "refund", "look at refunds"}, {"/v1/disputes", "", "dispute"},
	{"/v1/balance_transactions", "", "report"}, {"/v1/balance", "", "balance"}, {"/v1/payouts", "", "payout"},
	{"/v1/events", "", "events"}, {"/v1/account", "", "control"},
}

func stripeCall(method, path string) (name string, known bool) {
	for _, c := range stripeCalls {
		if strings.HasPrefix(path, c.path) {
			if method == http.MethodPost {
				return c.post, c.post != ""
			}
			return c.get, c.get != ""
		}
	}
	return "", false
}

// since is what was called between two counts, in words: "capture 1, look 2".
// The token is left out: it serves many purchases.
func since(before, after map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if n := after[name] - before[name]; n > 0 && name != "token" {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
