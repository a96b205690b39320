package paypal

import (
	"net/http"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// app is what the merchant has set up for the REST app in PayPal's dashboard, and how
// PayPal's clock goes.
type app struct {
	refused  map[CallName]bool
	webhooks func([]Registration) []Registration // nil: as they are
	ahead    time.Duration
}

// Registration is a webhook that the app has in PayPal's dashboard.
type Registration struct {
	ID, URL string
	Types   []string // "*" is all of them
}

// Withhold takes away, or gives back, what the app may do: calls of this name are
// refused with 403, as for a feature that is switched off.
func (s *Simulator) Withhold(name CallName, withheld bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.app.refused == nil {
		s.app.refused = map[CallName]bool{}
	}
	s.app.refused[name] = withheld
}

func (s *Simulator) withheld(name CallName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app.refused[name]
}

// Reregister makes the list of the app's webhooks another one: change is given the one
// that is really rung, or none. What is sent where does not change by it. Nil puts it
// back.
func (s *Simulator) Reregister(change func([]Registration) []Registration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.webhooks = change
}

// RunAhead makes PayPal's clock, as its answers are dated, go ahead of the Config's by so
// much.
func (s *Simulator) RunAhead(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.ahead = by
}

// date is when an answer was given, by PayPal's own clock (RFC 9110, Date).
func (s *Simulator) date() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Add(s.app.ahead).UTC().Format(http.TimeFormat)
}

// registered are the app's webhooks. The caller holds mu.
func (s *Simulator) registered() []Registration {
	list := []Registration{}
	if w := s.config.Webhook; w.URL != "" {
		own := Registration{ID: w.ID, URL: w.URL}
		for _, k := range eventKinds {
			own.Types = append(own.Types, string(k.kind))
		}
		list = append(list, own)
	}
	if s.app.webhooks != nil {
		list = s.app.webhooks(list)
	}
	return list
}

// webhookView is a registered webhook (Webhooks spec, schema webhook).
type webhookView struct {
	ID         string      `json:"id"`
	URL        string      `json:"url"`
	EventTypes []eventType `json:"event_types"`
	Links      []link      `json:"links"`
}

type eventType struct {
	Name string `json:"name"`
}

// webhooks answers GET /v1/notifications/webhooks.
func (s *Simulator) webhooks(c *visit) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []webhookView{}
	for _, w := range s.registered() {
		v := webhookView{ID: w.ID, URL: w.URL, EventTypes: []eventType{}, Links: []link{{c.base + controlPath + "/" + w.ID, "self", http.MethodGet}}}
		for _, name := range w.Types {
			v.EventTypes = append(v.EventTypes, eventType{name})
		}
		list = append(list, v)
	}
	return reply(http.StatusOK, map[string]any{"webhooks": list})
}

// kindsNamed are the types of events that a webhook can be told of.
func kindsNamed() (list []eventType) {
	for _, k := range eventKinds {
		list = append(list, eventType{string(k.kind)})
	}
	return list
}
