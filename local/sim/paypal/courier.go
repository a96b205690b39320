package paypal

import (
	"context"
	"time"
)

// courierRest is how often the courier looks whether a repetition is due. The
// clock it asks may be a moved one, so it cannot know how long to sleep.
const courierRest = time.Second

// hire starts the courier that Webhook.Auto asks for.
func (s *Simulator) hire() {
	if !s.config.Webhook.Auto || s.config.Webhook.URL == "" {
		return
	}
	ctx, dismiss := context.WithCancel(context.Background())
	gone := make(chan struct{})
	s.dismiss = func() {
		dismiss()
		<-gone
	}
	go func() {
		defer close(gone)
		rest := time.NewTicker(courierRest)
		defer rest.Stop()
		for {
			s.Deliver(ctx)
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
			case <-rest.C:
			}
		}
	}()
}

// Close ends the courier of Webhook.Auto and waits for it; an event it was
// sending stays due. Without one it does nothing. The simulator can be used on.
func (s *Simulator) Close() { s.dismiss() }
