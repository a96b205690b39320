package paypal

import (
	"fmt"
	"net/http"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
)

// schema is the number of the file's form. Raise it with every change of what a
// state renders as: an old file is then refused by name instead of misread. A
// member that an old file may do without needs no other number.
const schema = 2

// keep writes the state to the file if it is not what the file holds. The caller
// holds mu, which keeps the writes in the order of the changes.
func (s *Simulator) keep() error {
	if err := s.file.Keep(func() any { return s.state() }); err != nil {
		return fmt.Errorf("%w to %s: %w", ErrNotKept, s.config.File, err)
	}
	return nil
}

// kept passes an answer on once everything it may speak of is on disk, before
// any fault can spoil it: an answer that gets lost has had its effect. When the
// disk fails, it is 500, which tells a client that it cannot know.
func (s *Simulator) kept(c *visit, a answer.Answer) answer.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(); err != nil {
		failed := refuseDetails(c, http.StatusInternalServerError, []detail{{
			Issue: "STATE_NOT_KEPT", Description: err.Error(),
		}})
		failed.Played = "state-not-kept" // PayPal gives no details with 500
		return failed
	}
	return a
}
