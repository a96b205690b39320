package stripe

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// object is what Stripe answers with.
type object map[string]any

// answer is what a call will be told. The ways in which an answer can fail to arrive
// are part of it, so that everything but deliver is plain data.
type answer struct {
	status int
	header map[string]string
	body   []byte
	html   bool

	begun bool // the endpoint had begun: what it says is kept under the key

	never   bool // the connection closes without an answer, after a long wait
	cut     bool // the connection closes in the middle of the body
	padding int  // spaces sent before the body

	played Kind // why Stripe would not give this answer: a fault
}

// reply renders v now, while the caller may hold mu.
func reply(status int, v any) answer {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return answer{status: http.StatusInternalServerError, body: []byte(`{"error":{"type":"api_error"}}`)}
	}
	return answer{status: status, body: body, begun: true}
}

// refusal is Stripe's error (API reference, errors).
func refusal(status int, kind, code, message, param string) answer {
	e := object{"type": kind, "message": message}
	if code != "" {
		e["code"] = code
		e["doc_url"] = "https://stripe.com/docs/error-codes/" + code
	}
	if param != "" {
		e["param"] = param
	}
	return reply(status, object{"error": e})
}

// invalid is a request that failed validation: nothing is kept under its key.
func invalid(code, message, param string) answer {
	a := refusal(http.StatusBadRequest, "invalid_request_error", code, message, param)
	a.begun = false
	return a
}

// unknown is what Stripe says of a thing it does not know.
func unknown(what, id, param string) answer {
	return refusal(http.StatusNotFound, "invalid_request_error", "resource_missing", "No such "+what+": '"+id+"'", param)
}

// hangCap ends the wait of a client without a deadline.
const hangCap = 2 * time.Minute

// stage is a http.ResponseWriter of a test that holds answers against Stripe's
// specification. It is told which of them are wrong on purpose; no client is.
type stage interface{ Played(fault string) }

// deliver sends the answer. It panics with http.ErrAbortHandler where the connection
// has to break.
func (s *Simulator) deliver(w http.ResponseWriter, v *visit, a answer) {
	if on, ok := w.(stage); ok && a.played != "" {
		on.Played(string(a.played))
	}
	if a.never {
		s.config.Sleep(v.request.Context(), hangCap)
		panic(http.ErrAbortHandler)
	}
	s.record(v, a.status)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if a.html {
		h.Set("Content-Type", "text/html")
	}
	h.Set("Request-Id", v.trace)
	h.Set("Date", s.date())
	h.Set("Stripe-Version", v.request.Header.Get("Stripe-Version"))
	if v.key != "" {
		h.Set("Idempotency-Key", v.key)
	}
	for name, value := range a.header {
		h.Set(name, value)
	}
	h.Set("Content-Length", strconv.Itoa(a.padding+len(a.body)))
	w.WriteHeader(a.status)
	if a.cut {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	pad(w, a.padding)
	_, _ = w.Write(a.body) // a client that has gone is no concern of ours
}

// pad writes n spaces, legal white space before a JSON value.
func pad(w http.ResponseWriter, n int) {
	block := make([]byte, min(n, 64<<10))
	for i := range block {
		block[i] = ' '
	}
	for n > 0 {
		size := min(n, len(block))
		if _, err := w.Write(block[:size]); err != nil {
			return
		}
		n -= size
	}
}
