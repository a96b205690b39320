// Package answer is what a call to a simulated provider is told, and the ways in which
// that can fail to arrive.
package answer

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"
)

// Answer is what a call will be told. The ways in which an answer can fail to arrive
// are part of it, so that everything but Send is plain data.
type Answer struct {
	Status      int
	ContentType string
	Header      map[string]string
	Body        []byte

	Never   bool // the connection closes without an answer, after a long wait
	Cut     bool // the connection closes in the middle of the body
	Padding int  // spaces sent before the body

	Played string // why the provider would not give this answer: a fault, or a choice of the simulator's
}

// JSON is the type of the content of most answers.
const JSON = "application/json"

// hangCap ends the wait of a client without a deadline.
const hangCap = 2 * time.Minute

// SlowBy is how late a slow call acts: longer than a look should wait and shorter than
// a call that moves money may.
const SlowBy = 4 * time.Second

// Padding is how much white space comes before a huge body: far above any answer there
// is.
const Padding = 8 << 20

// Sleep is how an answer waits, unless a test has a clock of its own: for real, or until
// ctx ends.
func Sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// stage is a http.ResponseWriter of a test that holds answers against the provider's
// specification. It is told which of them are wrong on purpose; no client is.
type stage interface{ Played(fault string) }

// Send sends the answer; sleep is how one that never comes waits. It panics with
// http.ErrAbortHandler where the connection has to break.
func (a Answer) Send(ctx context.Context, w http.ResponseWriter, sleep func(context.Context, time.Duration)) {
	if on, ok := w.(stage); ok && a.Played != "" {
		on.Played(a.Played)
	}
	if a.Never {
		sleep(ctx, hangCap)
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	if a.ContentType != "" {
		h.Set("Content-Type", a.ContentType)
	}
	for name, value := range a.Header {
		h.Set(name, value)
	}
	h.Set("Content-Length", strconv.Itoa(a.Padding+len(a.Body)))
	w.WriteHeader(a.Status)
	if a.Cut {
		_, _ = w.Write(a.Body[:len(a.Body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	pad(w, a.Padding)
	_, _ = w.Write(a.Body) // a client that has gone is no concern of ours
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
