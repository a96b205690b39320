package courier

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Config is what a courier is told. S is what one sending is signed with.
type Config[S Stamp] struct {
	// Lock is the simulator's own, so that what happened and what is told of it are one
	// change. It guards the courier too, and is never held while something is sent.
	Lock sync.Locker
	// Now is the simulator's clock.
	Now func() time.Time
	// URL is where events go; without one they wait.
	URL string
	// Client sends the events; nil is one that waits half a minute and follows no
	// redirect.
	Client *http.Client
	// Patience is for how long an event that nobody takes is tried again.
	Patience Patience
	// SignsAnew has every repetition signed with its own time. Without it a repetition
	// carries what the first try was signed with; a double always has its own.
	SignsAnew bool

	// What follows is called with the lock held.

	// Sign signs a body, and Header is what is sent with it.
	Sign   func(body []byte) S
	Header func(S) http.Header
	// Pass lets time have its effects before anything is sent.
	Pass func()
	// Keep writes the simulator's state: an event that a restart would forget is not
	// sent.
	Keep func() error
}

// Patience is how repetitions are spaced: the wait doubles from the first to the longest.
type Patience struct {
	First, Longest time.Duration
	Tries          int           // times an event is sent at most; 0: no limit
	For            time.Duration // from the event on; 0: no limit
}

// after is how long the next try waits after so many.
func (p Patience) after(tries int) time.Duration {
	wait := p.First
	for range tries - 1 {
		wait = min(2*wait, p.Longest)
	}
	return wait
}

// ended tells whether an event is given up that was sent for so often, so long after it
// was made.
func (p Patience) ended(tries int, age time.Duration) bool {
	return p.Tries > 0 && tries >= p.Tries || p.For > 0 && age >= p.For
}

// Courier is one webhook's. It is safe for concurrent use.
type Courier[S Stamp] struct {
	config Config[S]

	events   []*Event[S] // by age
	byID     map[string]*Event[S]
	waiting  []*Event[S] // those that are not ended, by age: a year has few of them at a time
	attempts []Attempt[S]
	knobs    Knobs

	turn    sync.Mutex    // held while events are sent; never taken with the lock held
	wake    chan struct{} // there is an event
	dismiss func()        // ends what Hire began
}

// answerTime is how long the shop has to answer.
const answerTime = 30 * time.Second

// New is a courier with nothing to carry.
func New[S Stamp](c Config[S]) *Courier[S] {
	if c.Client == nil {
		c.Client = &http.Client{Timeout: answerTime, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	return &Courier[S]{config: c, byID: map[string]*Event[S]{}, wake: make(chan struct{}, 1), dismiss: func() {}}
}

// Send says where events go from now on. The caller holds the lock.
func (c *Courier[S]) Send(url string) { c.config.URL = url }

// Knobs are what will go wrong with deliveries.
type Knobs struct {
	Lose, Double, Delay int
	By                  time.Duration
	Reorder             bool
}

// Knobs are how they stand. The caller holds the lock.
func (c *Courier[S]) Knobs() Knobs { return c.knobs }

// LoseNext makes the next n events that would be sent vanish for good: the provider
// believes they arrived.
func (c *Courier[S]) LoseNext(n int) { c.set(func(k *Knobs) { k.Lose += n }) }

// DoubleNext makes each of the next n events go out twice, each signed by itself.
func (c *Courier[S]) DoubleNext(n int) { c.set(func(k *Knobs) { k.Double += n }) }

// DelayNext puts the next n events that would be sent off by so much.
func (c *Courier[S]) DelayNext(n int, by time.Duration) {
	c.set(func(k *Knobs) { k.Delay, k.By = k.Delay+n, by })
}

// Reorder makes the next two or more events that are due at once go out newest first.
func (c *Courier[S]) Reorder() { c.set(func(k *Knobs) { k.Reorder = true }) }

func (c *Courier[S]) set(change func(*Knobs)) {
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	change(&c.knobs)
}

// rest is how often a hired courier looks whether a repetition is due. The clock it asks
// may be a moved one, so it cannot know how long to sleep.
const rest = time.Second

// Hire sends events as they come, from a goroutine that Close ends.
func (c *Courier[S]) Hire() {
	ctx, dismiss := context.WithCancel(context.Background())
	gone := make(chan struct{})
	c.dismiss = func() {
		dismiss()
		<-gone
	}
	go func() {
		defer close(gone)
		pause := time.NewTicker(rest)
		defer pause.Stop()
		for {
			c.Deliver(ctx)
			select {
			case <-ctx.Done():
				return
			case <-c.wake:
			case <-pause.C:
			}
		}
	}()
}

// Close ends what Hire began and waits for it; an event it was sending stays due.
// Without Hire it does nothing.
func (c *Courier[S]) Close() { c.dismiss() }
