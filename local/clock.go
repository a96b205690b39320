package main

import (
	"context"
	"sync"
	"time"
)

// movedClock is a clock that only moves when somebody moves it, or sleeps on it:
// the demo's days pass in seconds, and twice the same.
type movedClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is where the clock stands.
func (c *movedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Left is by the machine's clock: the deadlines of a local run are real ones.
func (c *movedClock) Left(deadline time.Time) time.Duration { return time.Until(deadline) }

// Sleep moves the clock and does not wait.
func (c *movedClock) Sleep(_ context.Context, d time.Duration) { c.move(d) }

func (c *movedClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
