package payment

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Event is one line of a payment's timeline: a time, a code, and the id it is
// about. Codes, ids, amounts and times only: nothing a person wrote is here, so
// erasing personal data never touches it. Its stored form is one string,
// "2026-11-21T10:00:00Z captured 3C679366HH908993F".
type Event struct {
	At   time.Time
	Code string
	Ref  string
}

// Timeline is the set of events of a payment, earliest first.
type Timeline []Event

// ErrEvent is a stored event that is not one.
var ErrEvent = errors.New("payment: not an event")

// MarshalText writes the stored form.
func (e Event) MarshalText() ([]byte, error) {
	text := e.At.UTC().Format(time.RFC3339) + " " + e.Code
	if e.Ref != "" {
		text += " " + e.Ref
	}
	return []byte(text), nil
}

// UnmarshalText reads the stored form. Errors: ErrEvent.
func (e *Event) UnmarshalText(text []byte) error {
	parts := strings.SplitN(string(text), " ", 3)
	if len(parts) < 2 {
		return ErrEvent
	}
	at, err := time.Parse(time.RFC3339, parts[0])
	if err != nil {
		return ErrEvent
	}
	e.At, e.Code, e.Ref = at.UTC(), parts[1], strings.Join(parts[2:], "")
	return nil
}

// with adds an event once: of two reports of one thing the earlier time stays,
// so the timeline does not depend on the order in which things were learnt.
func (t Timeline) with(at time.Time, code, ref string) Timeline {
	code = strings.ReplaceAll(code, " ", "_")
	t = slices.Clone(t)
	at = at.UTC()
	same := func(e Event) bool { return e.Code == code && e.Ref == ref }
	if i := slices.IndexFunc(t, same); i >= 0 {
		t[i].At = earlier(t[i].At, at)
	} else {
		t = append(t, Event{At: at, Code: code, Ref: ref})
	}
	slices.SortStableFunc(t, func(a, b Event) int { return a.At.Compare(b.At) })
	return t
}

// order is a total order for comparing two timelines as sets.
func (e Event) order(other Event) int {
	return cmp.Or(e.At.Compare(other.At), cmp.Compare(e.Code, other.Code), cmp.Compare(e.Ref, other.Ref))
}
