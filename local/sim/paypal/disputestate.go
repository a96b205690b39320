package paypal

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// disputeState is a dispute as the file holds it.
type disputeState struct {
	ID      string    `json:"id"`
	Capture string    `json:"capture"`
	Reason  string    `json:"reason"`
	Stage   string    `json:"stage"`
	Status  string    `json:"status"`
	Outcome string    `json:"outcome,omitempty"`
	Due     time.Time `json:"due,omitzero"`
	Moved   string    `json:"moved,omitempty"` // the refund's id
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func (d *dispute) kept() disputeState {
	st := disputeState{
		ID: d.id, Capture: d.capture.id, Reason: d.reason, Stage: d.stage, Status: d.status,
		Outcome: d.outcome, Due: d.due, Created: d.created, Updated: d.updated,
	}
	if d.moved != nil {
		st.Moved = d.moved.id
	}
	return st
}

func (s *Simulator) restoreDispute(st disputeState) error {
	d := &dispute{
		id: st.ID, capture: s.captures[st.Capture], reason: st.Reason, stage: st.Stage, status: st.Status,
		outcome: st.Outcome, due: st.Due, moved: s.refunds[st.Moved], created: st.Created, updated: st.Updated,
	}
	_, known := disputeOutcomes[d.outcome]
	switch {
	case d.id != disputeID(len(s.disputes)):
		return errors.New("an id out of turn")
	case d.capture == nil || d.capture.status != completed:
		return errors.New("no capture that was paid")
	case !slices.Contains(disputeReasons, d.reason):
		return fmt.Errorf("reason %q", d.reason)
	case !slices.Contains(disputeStages, d.stage):
		return fmt.Errorf("stage %q", d.stage)
	case d.state() == "" || (d.status == disputeOver) != known || known != (d.outcome != ""):
		return fmt.Errorf("status %q with outcome %q", d.status, d.outcome)
	case st.Moved != "" && (d.moved == nil || d.moved.capture != d.capture || d.outcome == ""):
		return fmt.Errorf("it moved %q", st.Moved)
	}
	s.disputes = append(s.disputes, d)
	return nil
}
