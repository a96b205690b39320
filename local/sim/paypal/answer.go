package paypal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// answer is what a call will be told. The ways in which an answer can fail to
// arrive are part of it, so that everything but deliver is plain data.
type answer struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte

	never   bool // the connection closes without an answer, after a long wait
	cut     bool // the connection closes in the middle of the body
	padding int  // spaces sent before the body

	played Kind // why PayPal would not give this answer: a fault, or a choice made here
}

const jsonType = "application/json"

// reply renders v now, while the caller may hold mu, so that no answer points
// into live records.
func reply(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		// Nothing here can fail to render; if it does, say so in PayPal's terms.
		return answer{status: http.StatusInternalServerError, contentType: jsonType, body: []byte(`{"name":"INTERNAL_SERVER_ERROR"}`)}
	}
	return answer{status: status, contentType: jsonType, body: body}
}

// hangCap ends the wait of a client without a deadline.
const hangCap = 2 * time.Minute

// stage is a http.ResponseWriter of a test that holds answers against PayPal's
// specification. It is told which of them are wrong on purpose; no client is.
type stage interface{ Played(fault string) }

// deliver sends the answer. It panics with http.ErrAbortHandler where the
// connection has to break; the status is on record before that.
func (s *Simulator) deliver(w http.ResponseWriter, c *visit, a answer) {
	if on, ok := w.(stage); ok && a.played != "" {
		on.Played(string(a.played))
	}
	if a.never {
		s.config.Sleep(c.request.Context(), hangCap)
		panic(http.ErrAbortHandler)
	}
	s.record(c, a.status)
	h := w.Header()
	h.Set("Paypal-Debug-Id", c.debugID)
	h.Set("Date", s.date())
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
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
	for n > 0 {
		size := min(n, len(blanks))
		if _, err := w.Write(blanks[:size]); err != nil {
			return
		}
		n -= size
	}
}

var blanks = bytes.Repeat([]byte(" "), 64<<10)
