// Package clock is time that passes only when it is told to: the demo's days go by in
// a moment and twice the same, and so do a test's.
package clock

import (
	"context"
	"sync"
	"time"
)

// Moved is a clock that only moves when somebody moves it, or sleeps on it.
type Moved struct {
	mu  sync.Mutex
	now time.Time
}

// At is a clock that stands at a time.
func At(now time.Time) *Moved { return &Moved{now: now} }

// Now is where the clock stands.
func (c *Moved) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Left is by the machine's clock: the deadlines of a local run and of a test are real
// ones.
func (c *Moved) Left(deadline time.Time) time.Duration { return time.Until(deadline) }

// Sleep moves the clock and does not wait.
func (c *Moved) Sleep(_ context.Context, d time.Duration) { c.Move(d) }

// Move sets the clock forward, or back.
func (c *Moved) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
