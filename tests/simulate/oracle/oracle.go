// Package oracle judges a run of the checkout from outside. It knows three accounts
// that know nothing of one another: the providers' own books, what clients were told, and
// the rows of the table, which it reads as JSON by its own few structs. It imports
// nothing of the domain, so that it cannot share a mistake with it; a test holds that.
//
// The numbers are those of the invariants: I1 one charge for a payment, whoever took it,
// I2 no refund beyond it, I3 the quoted amount, I4 entries only grow, I6 facts only grow,
// I7 the order of webhooks does not count, I8 one key is one effect, I9 and for one
// request, I10 a webhook that was acknowledged is in the table, I11 so is what a client was
// promised and what a provider was asked for, I12 one intent has one request id, I13 no
// success and I14 no failure without evidence, I15 nothing moves that nobody asked for, I16
// a stale writer writes nothing, I17 every row of the account to the cent, I18 nobody
// without a right, I19 no secret in a log, I20 no step from a state to another but those
// there are, I21 an order that its buyer could still pay, and its provider would take, was
// ended before another was opened, L1 all accounts agree within three sweeps and L2 nothing
// stays unknown, L4 every charge is in the books of the account.
package oracle

import (
	"fmt"
	"maps"
	"slices"
)

// Oracle follows one run. It is for one goroutine at a time.
type Oracle struct {
	paypal  PayPal
	stripe  Stripe
	secrets []string

	payments map[string]payment // as the table has them, by id
	rows     map[string]row     // version and entries of every row, by its key
	asked    map[string]*wish   // by payment
	keys     map[string]opened  // what a key has opened
	captures map[string]intent  // the last capture of an order of PayPal's
	creates  map[string]string  // what was sent under a request id
	approved map[string]bool    // orders that a buyer has approved, ever
	payouts  map[string]string  // how far each is, by id

	taken      map[string]int // steps; see moved
	checks     map[string]int
	violations []string
}

// wish is what was asked about one payment.
type wish struct {
	total   int64            // minor units that its buyer was quoted
	refunds map[string]int64 // minor units by key; 0 is all that is left
	told    map[string]string
}

// opened is what a key stands for.
type opened struct {
	print, payment string
	total          int64
}

// intent is a capture as it was sent.
type intent struct {
	request string
	status  int // of its answer; 0 is none
}

// New is an oracle that has seen nothing. Secrets are what no log may hold.
func New(p PayPal, s Stripe, secrets ...string) *Oracle {
	return &Oracle{
		paypal: p, stripe: s, secrets: secrets, payments: map[string]payment{}, rows: map[string]row{}, asked: map[string]*wish{},
		keys: map[string]opened{}, captures: map[string]intent{}, creates: map[string]string{},
		approved: map[string]bool{}, payouts: map[string]string{}, taken: map[string]int{}, checks: map[string]int{},
	}
}

// Believe makes the oracle take other books for PayPal's: to prove that it reads them.
func (o *Oracle) Believe(p PayPal) { o.paypal = p }

// BelieveStripe is the same of Stripe's.
func (o *Oracle) BelieveStripe(s Stripe) { o.stripe = s }

// Violations are what was found, in the order in which it was; each once.
func (o *Oracle) Violations() []string { return o.violations }

// Checks is how often each invariant was held against something.
func (o *Oracle) Checks() map[string]int { return maps.Clone(o.checks) }

// hold counts a check, and notes where it fails.
func (o *Oracle) hold(invariant string, ok bool, format string, args ...any) {
	o.checks[invariant]++
	if ok {
		return
	}
	found := invariant + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(o.violations, found) {
		o.violations = append(o.violations, found)
	}
}

// Save keeps what the oracle knows of the table; the function it gives back goes back
// to it, as the table does.
func (o *Oracle) Save() (restore func()) {
	payments, rows := maps.Clone(o.payments), maps.Clone(o.rows)
	return func() { o.payments, o.rows = payments, rows }
}

// of is what was asked about a payment.
func (o *Oracle) of(id string) *wish {
	w := o.asked[id]
	if w == nil {
		w = &wish{refunds: map[string]int64{}, told: map[string]string{}}
		o.asked[id] = w
	}
	return w
}

// Approves notes that a buyer approves an order.
func (o *Oracle) Approves(order string) { o.approved[order] = true }

// Payments are the ids of the payments in the table, in order.
func (o *Oracle) Payments() []string { return slices.Sorted(maps.Keys(o.payments)) }
