package stripe

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// memory is how long an Idempotency-Key is kept: "at least 24 hours" (API reference,
// idempotent requests), so that nobody may count on longer. After that the same key is
// a new one.
const memory = 24 * time.Hour

// longestKey is the longest Idempotency-Key (the same page).
const longestKey = 255

// request is what is kept under an Idempotency-Key: the status and the body of the
// first answer, 500 included.
type request struct {
	asked   string // what was asked for, to tell another request from a replay
	at      time.Time
	running bool
	first   outcome
	trace   string
}

// fingerprint is what a request asks for, in whatever order.
func (v *visit) fingerprint() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(v.params)) {
		parts = append(parts, name+"="+v.params[name])
	}
	return v.request.URL.Path + "\n" + strings.Join(parts, "\n")
}

// once runs act unless the key has been used before. Act is called with mu held. What
// failed validation, or met a call that still runs, is not kept.
func (s *Simulator) once(v *visit, act func() outcome) outcome {
	if len(v.key) > longestKey {
		return invalid("", "Idempotency keys are at most 255 characters long.", "")
	}
	s.mu.Lock()
	earlier := s.requests[v.key]
	if earlier != nil && !earlier.running && !s.now().Before(earlier.at.Add(memory)) {
		earlier = nil
	}
	mine := &request{asked: v.fingerprint(), at: s.now(), running: true, trace: v.trace}
	if earlier == nil && v.key != "" {
		s.requests[v.key] = mine
	}
	running := earlier != nil && earlier.running
	s.mu.Unlock()
	switch {
	case earlier == nil:
		return s.first(v, mine, act)
	case running:
		return inUse(v)
	case earlier.asked != mine.asked:
		a := refusal(http.StatusBadRequest, "idempotency_error", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with.", "")
		a.begun = false
		return a
	}
	v.wait()
	again := earlier.first
	again.Header = map[string]string{"Idempotent-Replayed": "true", "Original-Request": earlier.trace}
	return again
}

// first runs act. An error after it began is kept in the place of what it did: that is
// the 500 that a client meets for a day.
func (s *Simulator) first(v *visit, mine *request, act func() outcome) outcome {
	v.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	a := outcome{}
	switch v.fault {
	case StoredError:
		a = serverError(v)
	case ErrorAfter:
		if a = act(); a.Status < http.StatusMultipleChoices {
			a = serverError(v)
		}
	default:
		a = act()
	}
	mine.running, mine.first = false, a
	if !a.begun && v.key != "" {
		delete(s.requests, v.key)
	}
	return a
}

func inUse(v *visit) outcome {
	a := refusal(http.StatusConflict, "invalid_request_error", "idempotency_key_in_use",
		"There is currently another in-progress request using this Idempotent Key.", "")
	a.begun, a.Played = false, string(v.fault)
	return a
}

func serverError(v *visit) outcome {
	a := refusal(http.StatusInternalServerError, "api_error", "", "An unknown error occurred", "")
	a.Played = string(v.fault)
	return a
}
