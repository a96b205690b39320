package paypal

import (
	"context"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// Delivery is one attempt to send an event.
type Delivery = courier.Delivery

// Event is an event that still waits to be sent.
type Event struct {
	ID    string
	Type  string
	Body  []byte
	Due   time.Time // not before
	Tries int
}

// patience: any answer but 2xx is tried again "up to 25 times over the course of
// 3 days" (guide api/webhooks). How the times are spread is not said; here the
// wait doubles from a minute to almost four hours, which takes 69 hours.
var patience = courier.Patience{First: time.Minute, Longest: 230 * time.Minute, Tries: 1 + 25}

// newCourier is the one that carries this simulator's events. A repetition carries the
// transmission of the first try, with its id and time; whether PayPal's does is
// UNVERIFIED.
func (s *Simulator) newCourier() *courier.Courier[transmission] {
	return courier.New(courier.Config[transmission]{
		Lock: &s.mu, Now: s.now, URL: s.config.Webhook.URL, Client: s.config.Webhook.Client, Patience: patience,
		Sign:   func(body []byte) transmission { return s.transmit(body, s.config.Webhook.ID) },
		Header: s.header, Pass: s.reverseLate, Keep: s.keep,
	})
}

// hire starts the courier that Webhook.Auto asks for.
func (s *Simulator) hire() {
	if s.config.Webhook.Auto && s.config.Webhook.URL != "" {
		s.courier.Hire()
	}
}

// Close ends the courier of Webhook.Auto and waits for it; an event it was
// sending stays due. Without one it does nothing. The simulator can be used on.
func (s *Simulator) Close() { s.courier.Close() }

// LoseNext makes the next n events that would be sent vanish for good: PayPal
// believes they arrived.
func (s *Simulator) LoseNext(n int) { s.courier.LoseNext(n) }

// DoubleNext makes each of the next n events go out twice: one event id, two
// transmissions.
func (s *Simulator) DoubleNext(n int) { s.courier.DoubleNext(n) }

// DelayNext puts the next n events that would be sent off by so much.
func (s *Simulator) DelayNext(n int, by time.Duration) { s.courier.DelayNext(n, by) }

// Reorder makes the next two or more events that are due at once go out newest
// first.
func (s *Simulator) Reorder() { s.courier.Reorder() }

// Deliver sends every event that is due, one after the other in the order they
// came, and lists what it did. What fails is due again after a while. Two
// callers take turns, so that no event goes out twice unless it is asked to.
func (s *Simulator) Deliver(ctx context.Context) []Delivery { return s.courier.Deliver(ctx) }

// Deliveries lists every attempt, oldest first.
func (s *Simulator) Deliveries() []Delivery { return s.courier.Deliveries() }

// Waiting is how many events wait to be sent, due or not.
func (s *Simulator) Waiting() int { return s.courier.Waiting() }

// Events lists what still waits to be sent, oldest first.
func (s *Simulator) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Event{}
	for _, e := range s.courier.Events() {
		if e.Ended == "" {
			list = append(list, Event{e.ID, e.Kind, []byte(e.Body), e.Due, e.Tries})
		}
	}
	return list
}
