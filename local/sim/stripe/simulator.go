package stripe

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Config is all a simulator is told. The zero value of every field but the key is
// good; with an empty key it accepts nobody.
type Config struct {
	// Seed decides every id and every chance fault. The caller prints it, so that a
	// failed run can be had again.
	Seed int64
	// Now is the clock, and may be a moved one. Nil is time.Now.
	Now func() time.Time
	// Key is the only secret key accepted.
	Key string
	// PublicURL is scheme://host of the simulator as a browser reaches it. Empty means:
	// whatever host the request named.
	PublicURL string
	// Settles are the currencies the merchant has bank accounts for; money in others is
	// converted into the first of them. None is eur, usd and gbp.
	Settles []string
	// Webhook is where events go; without a URL there are none.
	Webhook Webhook
	// Sleep is how a slow or a missing answer waits. It returns early when ctx ends.
	// Nil waits for real.
	Sleep func(ctx context.Context, d time.Duration)
}

// Simulator is one Stripe with one account in test mode. It is an http.Handler and
// safe for concurrent use.
//
// An answer that never comes ends in panic(http.ErrAbortHandler), which net/http turns
// into a closed connection. Whoever calls ServeHTTP without net/http has to recover it
// and call it a lost answer.
type Simulator struct {
	config Config
	origin *http.CrossOriginProtection

	// mu guards everything below. It is never held while an answer waits.
	mu        sync.Mutex
	publicURL string
	ids       *rand.Rand
	traces    *rand.Rand // apart, so that a look shifts no id
	dice      *rand.Rand // chance faults, apart for the same reason

	account   string
	sessions  []*session // by age, as all of these
	customers []*customer
	intents   []*intent
	refunds   []*refund
	disputes  []*dispute
	rows      []*row
	payouts   []*payout
	events    []*event

	requests map[string]*request
	calls    []Call
	faults   []Fault
	chance   chance
	refused  map[string]bool // keys that were rolled: see Roll

	dashboard dashboard

	courier    sync.Mutex // held while events are sent; never taken with mu held
	deliveries []Delivery
	knobs      knobs
}

// Streams keep the uses of chance independent of each other under one seed.
const (
	idStream = iota + 1
	traceStream
	diceStream
)

// New makes a simulator without sessions, whose state ends with it.
func New(c Config) *Simulator {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if len(c.Settles) == 0 {
		c.Settles = []string{"eur", "usd", "gbp"}
	}
	if c.Webhook.Client == nil {
		c.Webhook.Client = &http.Client{Timeout: deliveryTime, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	s := &Simulator{
		config: c, origin: http.NewCrossOriginProtection(), publicURL: c.PublicURL,
		ids: stream(c.Seed, idStream), traces: stream(c.Seed, traceStream), dice: stream(c.Seed, diceStream),
		requests: map[string]*request{}, refused: map[string]bool{},
	}
	s.account = s.newID("acct_", 16)
	return s
}

func stream(seed int64, n uint64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), n)) }

// SetPublicURL says how a browser reaches the simulator, once a port is known.
func (s *Simulator) SetPublicURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publicURL = u
}

// now is the simulator's time: Stripe counts whole seconds.
func (s *Simulator) now() time.Time { return s.config.Now().UTC().Truncate(time.Second) }

// sleep waits for real, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphanumerics[r.IntN(len(alphanumerics))]
	}
	return string(b)
}

// newID draws an id. The caller holds mu, or is New.
func (s *Simulator) newID(prefix string, n int) string { return prefix + letters(s.ids, n) }
