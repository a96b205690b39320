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
