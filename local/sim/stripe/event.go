package stripe

import (
	"encoding/json"
	"slices"
	"time"
)

// apiVersion is what the webhook's endpoint was made with.
const apiVersion = "2026-03-25.dahlia"

// eventMemory is how far back events are listed (API reference, events).
const eventMemory = 30 * 24 * time.Hour

// event is one piece of news and how far it got.
type event struct {
	id      string
	kind    string
	created time.Time
	data    json.RawMessage // the object as it was then
	due     time.Time       // not before
	tries   int
	ended   ending // "" while it waits
}

// ending is why an event is sent no more.
type ending string

const (
	delivered ending = "delivered"
	lost      ending = "lost"
	givenUp   ending = "given up"
	unasked   ending = "unasked" // the webhook was not told of such
)

// announce makes an event. The caller holds mu.
func (s *Simulator) announce(kind string, about object) {
	data, err := json.Marshal(about)
	if err != nil {
		return
	}
	e := &event{id: s.newID("evt_1", 23), kind: kind, created: s.now(), data: data, due: s.now()}
	if only := s.config.Webhook.Events; only != nil && !slices.Contains(only, kind) {
		e.ended = unasked
	}
	s.events = append(s.events, e)
}

func (e *event) view() object {
	return object{
		"id": e.id, "object": "event", "api_version": apiVersion, "created": e.created.Unix(), "type": e.kind, "livemode": false,
		"pending_webhooks": 1, "request": object{"id": nil, "idempotency_key": nil}, "data": object{"object": e.data},
	}
}

func (s *Simulator) listEvents(v *visit) answer {
	types := v.params.list("types")
	kept := filter(s.events, func(e *event) bool {
		return within(v.params, e.created) && s.now().Sub(e.created) <= eventMemory &&
			(len(types) == 0 || slices.Contains(types, e.kind)) && (v.params["type"] == "" || v.params["type"] == e.kind)
	})
	return page(v, "/v1/events", kept, func(e *event) string { return e.id }, func(e *event, _ expansions) object { return e.view() })
}

// Event is an event as it was announced.
type Event struct{ ID, Type string }

// Events are all there were, by age.
func (s *Simulator) Events() (all []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		all = append(all, Event{e.id, e.kind})
	}
	return all
}
