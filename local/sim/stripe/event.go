package stripe

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// apiVersion is what the webhook's endpoint was made with.
const apiVersion = "2026-03-25.dahlia"

// eventMemory is how far back events are listed (API reference, events).
const eventMemory = 30 * 24 * time.Hour

// announce makes an event about an object as it is now. The caller holds mu.
func (s *Simulator) announce(kind string, about object) {
	now := s.now()
	e := courier.Event[stamp]{ID: s.newID("evt_1", 23), Kind: kind, Born: now, Due: now}
	body, err := json.MarshalIndent(object{
		"id": e.ID, "object": "event", "api_version": apiVersion, "created": now.Unix(), "type": kind, "livemode": false,
		"pending_webhooks": 1, "request": object{"id": nil, "idempotency_key": nil}, "data": object{"object": about},
	}, "", "  ")
	if err != nil {
		panic("stripe: an event cannot be rendered: " + err.Error())
	}
	e.Body = string(body)
	if only := s.config.Webhook.Events; only != nil && !slices.Contains(only, kind) {
		e.Ended = courier.Unasked
	}
	s.courier.Announce(e)
}

func (s *Simulator) listEvents(v *visit) outcome {
	types, asked := v.params.list("types"), within(v.params)
	kept := filter(s.courier.Events(), func(e *courier.Event[stamp]) bool {
		return asked(e.Born) && s.now().Sub(e.Born) <= eventMemory &&
			(len(types) == 0 || slices.Contains(types, e.Kind)) && (v.params["type"] == "" || v.params["type"] == e.Kind)
	})
	return list(v, "/v1/events", kept, func(e *courier.Event[stamp]) string { return e.ID },
		func(e *courier.Event[stamp], _ expansions) any { return json.RawMessage(e.Body) })
}

// Event is an event as it was announced.
type Event struct{ ID, Type string }

// Events are all there were, by age.
func (s *Simulator) Events() (all []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.courier.Events() {
		all = append(all, Event{e.ID, e.Kind})
	}
	return all
}
