package paypal

import (
	"fmt"
	"slices"
	"time"
)

// eventState is an event as the file holds it. The body is a text, because its
// bytes are what is signed.
type eventState struct {
	ID           string       `json:"id"`
	Kind         eventKind    `json:"kind"`
	Body         string       `json:"body"`
	Born         time.Time    `json:"born"`
	Due          time.Time    `json:"due"`
	Tries        int          `json:"tries"`
	Ended        ending       `json:"ended,omitempty"`
	Transmission transmission `json:"transmission"`
}

// deliveryState is an attempt as the file, and the simulator, hold it.
type deliveryState struct {
	Event        string       `json:"event"`
	Transmission transmission `json:"transmission"`
	At           time.Time    `json:"at"`
	Status       int          `json:"status"`
	Error        string       `json:"error,omitempty"`
	Lost         bool         `json:"lost,omitempty"`
}

func (e *event) kept() eventState {
	return eventState{e.id, e.kind, string(e.body), e.born, e.due, e.tries, e.ended, e.transmit}
}

// restoreEvents takes over the events, the attempts and the keys.
func (s *Simulator) restoreEvents(st state) error {
	a, err := st.Authority.restore()
	if err != nil {
		return fmt.Errorf("the authority: %w", err)
	}
	if s.authority == nil {
		s.authority = a
	}
	known := map[string]bool{}
	for _, kept := range st.Events {
		if known[kept.ID] || !slices.Contains([]ending{"", delivered, lost, givenUp}, kept.Ended) {
			return fmt.Errorf("event %q: it ended %q", kept.ID, kept.Ended)
		}
		known[kept.ID] = true
		e := &event{
			id: kept.ID, kind: kept.Kind, body: []byte(kept.Body), born: kept.Born, due: kept.Due,
			tries: kept.Tries, ended: kept.Ended, transmit: kept.Transmission,
		}
		s.events, s.waiting = append(s.events, e), append(s.waiting, e) // due leaves out what is ended
	}
	for _, d := range st.Deliveries {
		if !known[d.Event] {
			return fmt.Errorf("a delivery of an unknown event %q", d.Event)
		}
		s.deliveries = append(s.deliveries, d)
	}
	return nil
}
