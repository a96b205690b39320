package paypal

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"time"
)

// Delivery is one attempt to send an event.
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

// Event is an event that still waits to be sent.
type Event struct {
	ID    string
	Type  string
	Body  []byte
	Due   time.Time // not before
	Tries int
}

// Retries: any answer but 2xx is tried again "up to 25 times over the course of
// 3 days" (guide api/webhooks). How the times are spread is not said; here the
// wait doubles from a minute to almost four hours, which takes 69 hours.
const (
	maxRetries   = 25
	firstWait    = time.Minute
	longestWait  = 230 * time.Minute
	deliveryTime = 30 * time.Second
)

// waitAfter is how long the next try waits after so many.
func waitAfter(tries int) time.Duration {
	wait := firstWait
	for range tries - 1 {
		wait = min(2*wait, longestWait)
	}
	return wait
}

// knobs are what will go wrong with deliveries.
type knobs struct {
	lose, double, delay int
	by                  time.Duration
	reorder             bool
}

// LoseNext makes the next n events that would be sent vanish for good: PayPal
// believes they arrived.
func (s *Simulator) LoseNext(n int) { s.turn(func(k *knobs) { k.lose += n }) }

// DoubleNext makes each of the next n events go out twice: one event id, two
// transmissions.
func (s *Simulator) DoubleNext(n int) { s.turn(func(k *knobs) { k.double += n }) }

// DelayNext puts the next n events that would be sent off by so much.
func (s *Simulator) DelayNext(n int, by time.Duration) {
	s.turn(func(k *knobs) { k.delay, k.by = k.delay+n, by })
}

// Reorder makes the next two or more events that are due at once go out newest
// first.
func (s *Simulator) Reorder() { s.turn(func(k *knobs) { k.reorder = true }) }

func (s *Simulator) turn(change func(*knobs)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.knobs)
}

// Deliver sends every event that is due, one after the other in the order they
// came, and lists what it did. What fails is due again after a while. Two
// callers take turns, so that no event goes out twice unless it is asked to.
func (s *Simulator) Deliver(ctx context.Context) []Delivery {
	s.courier.Lock()
	defer s.courier.Unlock()
	var sent []Delivery
	for _, e := range s.due() {
		if ctx.Err() != nil {
			break
		}
		sent = append(sent, s.convey(ctx, e)...)
	}
	return sent
}

// due lists what can be sent now. An event that a restart would forget is not
// sent.
func (s *Simulator) due() []*event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reverseLate()
	s.waiting = slices.DeleteFunc(s.waiting, func(e *event) bool { return e.ended != "" })
	var list []*event
	for _, e := range s.waiting {
		if !s.now().Before(e.due) {
			list = append(list, e)
		}
	}
	if len(list) == 0 || s.keep() != nil {
		return nil
	}
	if len(list) > 1 && s.knobs.reorder {
		slices.Reverse(list)
		s.knobs.reorder = false
	}
	return list
}

// convey sends one event, or does to it what a knob asks for.
func (s *Simulator) convey(ctx context.Context, e *event) []Delivery {
	transmissions := s.prepare(e)
	var sent []Delivery
	for _, t := range transmissions {
		d := s.attempt(ctx, e, t)
		if d.Status == 0 && ctx.Err() != nil {
			return sent // the courier was called off, which is no failure of the shop's
		}
		sent = append(sent, d)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(transmissions) == 0 {
		if e.ended == lost {
			sent = append(sent, s.write(Delivery{Event: e.id, Type: string(e.kind), Body: e.body, At: s.now(), Lost: true}, transmission{}))
		}
		_ = s.keep() // a write that failed is made up for by the next
		return sent
	}
	e.tries++
	ok := slices.ContainsFunc(sent, func(d Delivery) bool { return d.Status >= 200 && d.Status < 300 })
	switch {
	case ok:
		e.ended = delivered
	case e.tries > maxRetries:
		e.ended = givenUp
	default:
		e.due = s.now().Add(waitAfter(e.tries))
	}
	_ = s.keep() // as above
	return sent
}

// prepare turns the knobs on an event and signs it as often as it is to be
// sent. A repetition carries the transmission of the first try, with its id and
// time; whether PayPal's does is UNVERIFIED. A double has a transmission of its
// own.
func (s *Simulator) prepare(e *event) []transmission {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.knobs.lose > 0:
		s.knobs.lose--
		e.ended = lost
		return nil
	case s.knobs.delay > 0:
		s.knobs.delay--
		e.due = s.now().Add(s.knobs.by)
		return nil
	}
	if e.transmit.ID == "" {
		e.transmit = s.transmit(e.body, s.config.Webhook.ID)
	}
	list := []transmission{e.transmit}
	if s.knobs.double > 0 {
		s.knobs.double--
		list = append(list, s.transmit(e.body, s.config.Webhook.ID))
	}
	return list
}

// attempt sends an event once. It is called without mu: the shop may ask the
// simulator before it answers.
func (s *Simulator) attempt(ctx context.Context, e *event, t transmission) Delivery {
	s.mu.Lock()
	d := Delivery{Event: e.id, Type: string(e.kind), Header: s.header(t), Body: e.body, At: s.now()}
	s.mu.Unlock()
	status, err := s.post(ctx, d)
	d.Status = status
	if err != nil {
		d.Error = err.Error()
	}
	if err != nil && ctx.Err() != nil {
		return d
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(d, t)
}

func (s *Simulator) post(ctx context.Context, d Delivery) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.Webhook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	r.Header = d.Header.Clone()
	resp, err := s.config.Webhook.Client.Do(r)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // what it says does not matter
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// write puts an attempt on record. The caller holds mu.
func (s *Simulator) write(d Delivery, t transmission) Delivery {
	s.deliveries = append(s.deliveries, deliveryState{d.Event, t, d.At, d.Status, d.Error, d.Lost})
	return d
}

// Deliveries lists every attempt, oldest first.
func (s *Simulator) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	byID := map[string]*event{}
	for _, e := range s.events {
		byID[e.id] = e
	}
	list := make([]Delivery, 0, len(s.deliveries))
	for _, d := range s.deliveries {
		e := byID[d.Event]
		row := Delivery{
			Event: d.Event, Type: string(e.kind), Body: slices.Clone(e.body),
			At: d.At, Status: d.Status, Error: d.Error, Lost: d.Lost,
		}
		if !d.Lost {
			row.Header = s.header(d.Transmission)
		}
		list = append(list, row)
	}
	return list
}

// Waiting is how many events wait to be sent, due or not.
func (s *Simulator) Waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.waiting {
		if e.ended == "" {
			n++
		}
	}
	return n
}

// Events lists what still waits to be sent, oldest first.
func (s *Simulator) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Event{}
	for _, e := range s.events {
		if e.ended == "" {
			list = append(list, Event{e.id, string(e.kind), slices.Clone(e.body), e.due, e.tries})
		}
	}
	return list
}
