package stripe

import "maps"

// Refund is what is true of a refund, for a test's own judgement.
type Refund struct {
	ID, Intent, Status string
	Amount             int64
	Carries            map[string]string // its metadata
}

// Refunds are all there are, by age.
func (s *Simulator) Refunds() (all []Refund) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refunds {
		all = append(all, Refund{ID: r.id, Intent: r.charge.intent.id, Status: r.status, Amount: r.amount, Carries: maps.Clone(r.metadata)})
	}
	return all
}
