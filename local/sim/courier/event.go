// Package courier carries a simulated provider's news to the shop's webhook: in the
// order in which they came, again and again when nobody takes them, and on request lost,
// doubled, late or out of order. What an event says, and how it is signed, is the
// provider's.
package courier

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Stamp is what one sending is signed with.
type Stamp interface{ IsZero() bool }

// Event is one piece of news and how far it got, also as a file holds it. The body is a
// text there, because its bytes are what is signed.
type Event[S Stamp] struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind"`
	Body  string    `json:"body"`
	Born  time.Time `json:"born"`
	Due   time.Time `json:"due"` // not before
	Tries int       `json:"tries"`
	Ended Ending    `json:"ended,omitempty"` // "" while it waits
	Stamp S         `json:"transmission"`    // of the latest signing
}

// Ending is why an event is sent no more.
type Ending string

// The endings there are.
const (
	Delivered Ending = "delivered"
	Lost      Ending = "lost"
	GivenUp   Ending = "given up"
	Unasked   Ending = "unasked" // the webhook was not told of such
)

// Attempt is one try to send an event, as a file holds it: the body is the event's, the
// headers follow from the stamp.
type Attempt[S Stamp] struct {
	Event  string    `json:"event"`
	Stamp  S         `json:"transmission,omitzero"`
	At     time.Time `json:"at"`
	Status int       `json:"status"`
	Error  string    `json:"error,omitempty"`
	Lost   bool      `json:"lost,omitempty"`
}

// Delivery is one attempt to send an event, for a test's own judgement.
type Delivery struct {
	Event  string // the event's id, the same for every attempt
	Type   string
	Header http.Header // as sent
	Body   []byte      // as sent
	At     time.Time
	Status int    // 0 when no answer came
	Error  string // why none came
	Lost   bool   // never sent: LoseNext
}

// Announce queues an event that is due now, or puts one on record that has ended. The
// caller holds the lock.
func (c *Courier[S]) Announce(e Event[S]) {
	c.take(&e)
	select {
	case c.wake <- struct{}{}:
	default: // the courier is awake already
	}
}

func (c *Courier[S]) take(e *Event[S]) {
	c.events = append(c.events, e)
	c.byID[e.ID] = e
	if e.Ended == "" {
		c.waiting = append(c.waiting, e)
	}
}

// Events are all there were, by age. The caller holds the lock, and changes nothing.
func (c *Courier[S]) Events() []*Event[S] { return c.events }

// Attempts are all there were, by age. The caller holds the lock, and changes nothing.
func (c *Courier[S]) Attempts() []Attempt[S] { return c.attempts }

// Find is an event by its id, or nil. The caller holds the lock.
func (c *Courier[S]) Find(id string) *Event[S] { return c.byID[id] }

// Deliveries lists every attempt, oldest first.
func (c *Courier[S]) Deliveries() []Delivery {
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	list := make([]Delivery, 0, len(c.attempts))
	for _, a := range c.attempts {
		list = append(list, c.delivery(a))
	}
	return list
}

// delivery is an attempt with all that was sent. The caller holds the lock.
func (c *Courier[S]) delivery(a Attempt[S]) Delivery {
	e := c.byID[a.Event]
	d := Delivery{Event: a.Event, Type: e.Kind, Body: []byte(e.Body), At: a.At, Status: a.Status, Error: a.Error, Lost: a.Lost}
	if !a.Lost {
		d.Header = c.config.Header(a.Stamp)
	}
	return d
}

// Waiting is how many events wait to be sent, due or not.
func (c *Courier[S]) Waiting() (n int) {
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	for _, e := range c.waiting {
		if e.Ended == "" {
			n++
		}
	}
	return n
}

// Restore takes over what a file holds. It refuses what no courier can have written.
func (c *Courier[S]) Restore(events []Event[S], attempts []Attempt[S]) error {
	for _, e := range events {
		if c.byID[e.ID] != nil || !slices.Contains([]Ending{"", Delivered, Lost, GivenUp, Unasked}, e.Ended) {
			return fmt.Errorf("event %q: it ended %q", e.ID, e.Ended)
		}
		c.take(&e)
	}
	for _, a := range attempts {
		if c.byID[a.Event] == nil {
			return fmt.Errorf("a delivery of an unknown event %q", a.Event)
		}
	}
	c.attempts = append(c.attempts, attempts...)
	return nil
}
