package checkout

import (
	"context"
	"time"
)

// One time budget serves a whole invocation: what remains, less a reserve that
// belongs to the write that records what happened.
const (
	// reserve is kept for the last write: a store that answers at all answers
	// within it.
	reserve = 3 * time.Second

	// lookTime is what one look may take.
	lookTime = 3 * time.Second

	// captureTime is what a capture must have before it is begun. One cut off
	// half way is an unknown outcome and worth avoiding.
	captureTime = 8 * time.Second

	// endTime is what ending an order may take: a look, the end and another look.
	endTime = 3 * lookTime

	// withoutDeadline is the budget where the caller set none: that of a
	// function behind API Gateway.
	withoutDeadline = 25 * time.Second

	// again is how long after an answer that told nothing the provider is asked
	// once more.
	again = time.Second
)

// left is what the invocation may still spend, reserve apart.
func (s *Service) left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return withoutDeadline - reserve
	}
	return s.Clock.Left(deadline) - reserve
}

// spend gives a call so much of the budget, or what is left of it.
func (s *Service) spend(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, max(0, min(most, s.left(ctx))))
}
