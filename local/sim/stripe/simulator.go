package stripe

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/answer"
	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
	"github.com/serverless-checkout/serverless-checkout/local/sim/fault"
	"github.com/serverless-checkout/serverless-checkout/local/sim/statefile"
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
	// File is where the state lives between two processes: see Open. Empty means that it
	// ends with the process.
	File string
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

	// mu guards everything below. It is never held while an answer waits, but it is
	// while the state is written.
	mu        sync.Mutex
	publicURL string
	ids       *rand.Rand
	traces    *rand.Rand // apart, so that a look shifts no id

	moment time.Time // what it is now while something is made up for: see at
	starts uint64    // how often the state was opened
	file   statefile.File

	account   string
	sessions  []*session          // by age, as all of these
	opened    map[string]*session // by id
	ended     int                 // so many of the oldest are not open any more, and never will be
	customers []*customer
	intents   []*intent
	begun     map[string]*intent // by id
	refunds   []*refund
	disputes  []*dispute
	rows      []*row
	payouts   []*payout
	terms     terms

	requests map[string]*request
	calls    []Call
	faults   *fault.Queue[Kind, CallName]
	refused  map[string]bool // keys that were rolled: see Roll

	dashboard dashboard

	courier *courier.Courier[stamp]
}

// Streams keep the uses of chance independent of each other under one seed.
const (
	idStream = iota + 1
	traceStream
	diceStream
)

// New makes a simulator without sessions, whose state ends with it. It panics when the
// Config names a File: a file that is silently not read would be overwritten or
// believed.
func New(c Config) *Simulator {
	if c.File != "" {
		panic("stripe: New with a File; use Open")
	}
	s := build(c)
	s.hire()
	return s
}

// build is a simulator with an empty state.
func build(c Config) *Simulator {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = answer.Sleep
	}
	if len(c.Settles) == 0 {
		c.Settles = []string{"eur", "usd", "gbp"}
	}
	s := &Simulator{
		config: c, origin: http.NewCrossOriginProtection(), publicURL: c.PublicURL,
		ids: chance.Stream(c.Seed, idStream), traces: chance.Stream(c.Seed, traceStream),
		faults:   fault.NewQueue(&faults, chance.Stream(c.Seed, diceStream)),
		file:     statefile.File{Path: c.File},
		requests: map[string]*request{}, refused: map[string]bool{}, opened: map[string]*session{}, begun: map[string]*intent{},
	}
	s.account = s.newID("acct_", 16)
	s.courier = s.newCourier()
	return s
}

// SetPublicURL says how a browser reaches the simulator, once a port is known.
func (s *Simulator) SetPublicURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publicURL = u
}

// now is the simulator's time: Stripe counts whole seconds. The caller holds mu.
func (s *Simulator) now() time.Time {
	if !s.moment.IsZero() {
		return s.moment
	}
	return s.config.Now().UTC().Truncate(time.Second)
}

// at does something as if it were that moment: what fell due while nobody called. The
// caller holds mu.
func (s *Simulator) at(moment time.Time, do func()) {
	s.moment = moment
	do()
	s.moment = time.Time{}
}

const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newID draws an id. The caller holds mu, or is New.
func (s *Simulator) newID(prefix string, n int) string {
	return prefix + chance.Letters(s.ids, alphanumerics, n)
}
