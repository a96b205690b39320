package stripe

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/statefile"
)

// ErrNotKept: the change is made, but it could not be written to the Config's File. The
// next call or change tries again.
var ErrNotKept = errors.New("stripe: the state could not be written")

// Open makes a simulator that goes on where the last one with this File stopped, however
// it stopped. A file that is not there is an empty state; one that cannot be read, or
// not be written, is an error that names it. Without a File Open is New.
//
// Kept are the account, sessions, refunds, disputes, payouts and every row, customers
// and their cash, the idempotency keys, the events with every delivery, and when the
// account is paid out. Queued faults, the chance of faults, the knobs of deliveries,
// rolled keys and the record of calls are forgotten. No id repeats; chance faults begin
// again with the seed. One simulator at a time may use a file.
func Open(c Config) (*Simulator, error) {
	s := build(c)
	if c.File == "" {
		s.hire()
		return s, nil
	}
	old, found, err := statefile.Read[state](c.File, schema)
	if err == nil && found {
		err = s.restore(old)
	}
	if err != nil {
		return nil, fmt.Errorf("stripe: %s does not hold a state that can be read (%w): "+
			"it may be deleted, which forgets every session and charge of the simulated Stripe", c.File, err)
	}
	s.ids = chance.Stream(c.Seed, idStream+s.starts<<8)
	s.traces = chance.Stream(c.Seed, traceStream+s.starts<<8)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.starts++; !found {
		s.account = s.newID("acct_", 16)
	}
	if err := s.keep(); err != nil {
		return nil, err
	}
	s.hire()
	return s, nil
}

// hire starts the courier that Webhook.Auto asks for.
func (s *Simulator) hire() {
	if s.config.Webhook.Auto {
		s.courier.Hire()
	}
}

// Close ends the courier of Webhook.Auto and waits for it; an event it was sending stays
// due. Without one it does nothing. The simulator can be used on.
func (s *Simulator) Close() { s.courier.Close() }

// keep writes the state to the file if it is not what the file holds. The caller holds
// mu, which keeps the writes in the order of the changes.
func (s *Simulator) keep() error {
	if err := s.file.Keep(func() any { return s.state() }); err != nil {
		return fmt.Errorf("%w to %s: %w", ErrNotKept, s.config.File, err)
	}
	return nil
}

// kept passes an answer on once everything it may speak of is on disk, before any fault
// can spoil it: an answer that gets lost has had its effect. When the disk fails, it is
// 500, which tells a client that it cannot know.
func (s *Simulator) kept(a outcome) outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(); err != nil {
		failed := refusal(http.StatusInternalServerError, "api_error", "", err.Error(), "")
		failed.Played = "state-not-kept"
		return failed
	}
	return a
}
