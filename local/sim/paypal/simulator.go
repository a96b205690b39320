package paypal

import (
	"context"
	"fmt"
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

// Defaults of a Config's durations.
const (
	// defaultOrderLife: an order that is neither approved nor captured lives
	// six hours unless an account manager raised it (PayPal's TypeScript SDK,
	// doc/models; the Orders spec still says three).
	defaultOrderLife = 6 * time.Hour
	// defaultTokenLife is the expires_in of the sample in PayPal's
	// authentication guide.
	defaultTokenLife = 31668 * time.Second
)

// Config is all a simulator is told. The zero value of every field but the
// credentials is good; with empty credentials it accepts nobody.
type Config struct {
	// Seed decides every id and every chance fault. The caller prints it, so
	// that a failed run can be had again.
	Seed int64
	// Now is the clock, and may be a moved one. Nil is time.Now.
	Now func() time.Time
	// ClientID and ClientSecret are the only credentials accepted.
	ClientID, ClientSecret string
	// PublicURL is scheme://host of the simulator as a browser reaches it; all
	// links begin with it. Empty means: whatever host the request named.
	PublicURL string
	// OrderLife is how long an order lives that is not captured; 0 is 6 h.
	OrderLife time.Duration
	// Webhook is where events go; without a URL there are none.
	Webhook Webhook
	// File is where the state lives between two processes: see Open. Empty means
	// that it ends with the process.
	File string
	// TokenLife is how long an access token is good; 0 is 31668 s.
	TokenLife time.Duration
	// Sleep is how a slow or a missing answer waits. It returns early when ctx
	// ends. Nil waits for real.
	Sleep func(ctx context.Context, d time.Duration)
}

// Simulator is one PayPal with one merchant account. It is an http.Handler
// and safe for concurrent use.
//
// An answer that never comes ends in panic(http.ErrAbortHandler), which
// net/http turns into a closed connection. Whoever calls ServeHTTP without
// net/http has to recover it and call it a lost answer.
type Simulator struct {
	config Config
	origin *http.CrossOriginProtection

	// mu guards everything below. It is never held while an answer waits, but it
	// is while the state is written.
	mu        sync.Mutex
	publicURL string
	ids       *rand.Rand // order and capture ids
	traces    *rand.Rand // tokens and debug ids, apart so that a look shifts no order id
	tokens    map[string]time.Time
	orders    map[string]*order
	queue     []*order // orders by age
	approvals []*order // of banks, that wait to be captured

	mustComplete map[string]bool // sources that want the processing instruction
	captures     map[string]*capture
	refunds      map[string]*refund
	disputes     []*dispute // by age
	requests     map[requestKey]*request
	faults       *fault.Queue[Kind, CallName]
	calls        []Call
	served       map[CallName]int // how many of calls
	books        ledger
	statement    statement
	starts       uint64 // how often the state was opened
	file         statefile.File

	rowIDs    *rand.Rand // ids of rows, apart so that a row shifts no order id
	reporting reporting

	hooks     *rand.Rand // event and transmission ids, apart for the same reason
	authority *Authority // nil until it is needed
	courier   *courier.Courier[transmission]

	app app // what the merchant set up at PayPal
}

// Streams keep the uses of chance independent of each other under one
// seed.
const (
	idStream = iota + 1
	traceStream
	diceStream
	hookStream
	rowStream
)

// New makes a simulator without orders, with empty books, whose state ends with
// it. It panics when the Config names a File: a file that is silently not read
// would be overwritten or believed.
func New(c Config) *Simulator {
	if c.File != "" {
		panic("paypal: New with a File; use Open")
	}
	s := build(c)
	s.hire()
	return s
}

// Open makes a simulator that goes on where the last one with this File
// stopped, however it stopped. A file that is not there is an empty state; one
// that cannot be read, or not be written, is an error that names it. Without a
// File Open is New.
//
// Kept are orders, captures, refunds, disputes, the books, the merchant's
// account, the request ids, the events with every delivery, and the keys they
// are signed with. Tokens, queued faults, the chance of faults, the knobs of
// deliveries and of the report and the record of calls are forgotten. Ids go on
// as if nothing had stopped; tokens, debug ids and the ids of events do not
// repeat; chance faults begin again with the seed. One simulator at a time may
// use a file.
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
		return nil, fmt.Errorf("paypal: %s does not hold a state that can be read (%w): "+
			"it may be deleted, which forgets every order and charge of the simulated PayPal", c.File, err)
	}
	// Ids need no such shift, because newID passes over those that are taken.
	s.traces = chance.Stream(c.Seed, traceStream+s.starts<<8)
	s.hooks = chance.Stream(c.Seed, hookStream+s.starts<<8)
	s.starts++
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(); err != nil {
		return nil, err
	}
	s.hire()
	return s, nil
}

// build is a simulator with an empty state.
func build(c Config) *Simulator {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = answer.Sleep
	}
	if c.OrderLife == 0 {
		c.OrderLife = defaultOrderLife
	}
	if c.TokenLife == 0 {
		c.TokenLife = defaultTokenLife
	}
	if c.Webhook.ID == "" {
		c.Webhook.ID = DefaultWebhookID
	}
	s := &Simulator{
		config:    c,
		origin:    http.NewCrossOriginProtection(),
		publicURL: c.PublicURL,
		ids:       chance.Stream(c.Seed, idStream),
		traces:    chance.Stream(c.Seed, traceStream),
		tokens:    map[string]time.Time{},
		orders:    map[string]*order{},
		captures:  map[string]*capture{},
		refunds:   map[string]*refund{},
		hooks:     chance.Stream(c.Seed, hookStream),
		authority: c.Webhook.Authority,
		requests:  map[requestKey]*request{},
		served:    map[CallName]int{},
		faults:    fault.NewQueue(&faults, chance.Stream(c.Seed, diceStream)),
		file:      statefile.File{Path: c.File},
		books:     ledger{accounts: map[string]*Account{}},
		statement: newStatement(),
		rowIDs:    chance.Stream(c.Seed, rowStream),
		reporting: newReporting(),
	}
	s.courier = s.newCourier()
	return s
}

// SetPublicURL says how a browser reaches the simulator, once a port is known.
func (s *Simulator) SetPublicURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publicURL = u
}
