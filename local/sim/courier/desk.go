package courier

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Desk is what a provider's desk shows of its courier, newest first.
type Desk struct {
	URL     string
	Knobs   string // how they stand; empty: none is turned
	Waiting []DeskEvent
	Sent    []DeskAttempt
}

// DeskEvent is an event that waits, and DeskAttempt one try to send one.
type (
	DeskEvent struct {
		ID, Kind, Due string
		Tries         int
	}
	DeskAttempt struct{ Event, Kind, At, Result string }
)

// deskAttempts is how many tries a desk shows; Deliveries has them all.
const deskAttempts = 50

// Desk draws up what a desk shows. The caller holds the lock.
func (c *Courier[S]) Desk() Desk {
	v := Desk{URL: c.config.URL}
	for _, e := range slices.Backward(c.events) {
		if e.Ended == "" {
			v.Waiting = append(v.Waiting, DeskEvent{e.ID, e.Kind, e.Due.Format(time.RFC3339), e.Tries})
		}
	}
	for _, a := range slices.Backward(c.attempts) {
		if len(v.Sent) == deskAttempts {
			break
		}
		row := DeskAttempt{a.Event, c.byID[a.Event].Kind, a.At.Format(time.RFC3339), fmt.Sprint(a.Status)}
		switch {
		case a.Lost:
			row.Result = "lost on purpose"
		case a.Status == 0:
			row.Result = "no answer: " + a.Error
		}
		v.Sent = append(v.Sent, row)
	}
	if k := c.knobs; k != (Knobs{}) {
		v.Knobs = fmt.Sprintf("Next: lose %d, delay %d, double %d, reorder: %t.", k.Lose, k.Delay, k.Double, k.Reorder)
	}
	return v
}

// errKnob is for a form that the desk does not have.
var errKnob = errors.New("no such knob")

// Turn turns the knob that a desk's form names, for so many events.
func (c *Courier[S]) Turn(r *http.Request) error {
	n, err := strconv.Atoi(r.FormValue("times"))
	if err != nil || n < 1 || n > 100 {
		return fmt.Errorf("%w: %q times", errKnob, r.FormValue("times"))
	}
	switch r.FormValue("knob") {
	case "lose":
		c.LoseNext(n)
	case "double":
		c.DoubleNext(n)
	case "delay an hour":
		c.DelayNext(n, time.Hour)
	case "reorder":
		c.Reorder()
	default:
		return fmt.Errorf("%w: %q", errKnob, r.FormValue("knob"))
	}
	return nil
}
