package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/memory"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// world is one life of the shop: its table, its two providers, and all who ask something of
// it. It lives in a bubble, where one goroutine drives it.
type world struct {
	trace
	table  *memory.Store
	paypal *sim.Simulator
	stripe *stripesim.Simulator
	mail   *mailbox // what Stripe has to tell
	oracle *oracle.Oracle
	log    *slog.Logger

	carriers []*carrier

	parties []*party
	witness handler.HTTP  // see shown
	notices chan *party   // of whoever has come to its next call, or to its end
	over    chan struct{} // closed when the world ends

	only      seam // the one provider that the shop uses; empty: both
	keepsWarm bool
	warm      map[string][]*container // free ones, by function

	strikes     []strike
	swarm       *swarm // of a random life; nil: what befalls whom is planned
	losesWrites bool   // the table says that it has written and has not: a fraud

	fired     map[fault]int
	deaths    int
	lied      bool // a provider has said what is not so
	kept      bool // Stripe keeps the failure of a refund under its key
	writes    int
	ticks     atomic.Int64
	late      atomic.Bool // a provider has ended what its client may have left
	requests  int
	duesSeen  map[store.Key]time.Time
	delivered map[string]bool  // events, by id
	disputes  map[string]claim // at PayPal, by id
	told      map[string]string
	reached   map[string]int // statuses, outcomes and steps between statuses
	sweeps    int            // that were needed until all agreed
}

// claim is a dispute that a buyer has opened.
type claim struct {
	payment string
	open    bool
}

// claims are all there are, by id.
func (w *world) claims() map[string]claim {
	all := maps.Clone(w.disputes)
	for _, d := range w.stripe.Disputes() {
		all[d.ID] = claim{w.paidWith(d.Intent), d.Open}
	}
	return all
}

// paidWith is the payment that a PaymentIntent is of.
func (w *world) paidWith(intent string) string {
	all := w.stripe.Sessions()
	return all[slices.IndexFunc(all, func(s stripesim.Session) bool { return s.Intent == intent })].Reference
}

// newWorld is a shop with its prices and nobody in it.
func newWorld(l life, out io.Writer) *world {
	w := &world{
		trace: trace{out: out}, notices: make(chan *party), over: make(chan struct{}), warm: map[string][]*container{},
		strikes: l.strikes, only: l.only, keepsWarm: l.warm, fired: map[fault]int{}, duesSeen: map[store.Key]time.Time{},
		delivered: map[string]bool{}, disputes: map[string]claim{}, told: map[string]string{}, reached: map[string]int{},
	}
	w.table = shop.table.Fork(time.Now)
	if l.settled {
		w.table = shop.settled.Fork(time.Now)
	}
	nap := func(ctx context.Context, d time.Duration) { wait(ctx, w.takes(d+time.Microsecond)) }
	w.paypal, w.mail = newPayPal(l.seed, time.Now, nap), &mailbox{}
	w.stripe = newStripe(l.seed, time.Now, nap, w.mail)
	w.carriers = []*carrier{w.payPalCarrier(), w.stripeCarrier()}
	w.oracle = oracle.New(w.paypal, w.stripe, secrets()...)
	for _, row := range w.table.Dump() {
		w.oracle.Stands(oracle.Row{Partition: row.Key.Partition, Sort: row.Key.Sort, Version: row.Version})
	}
	w.log, w.witness = logger(w), witnessOf(w)
	return w
}

// takes is how long something takes that is said to take so long: a little longer each
// time. Calls that all took the same would end in one moment with each other, or with a
// deadline, and who of them is first would be nobody's choice.
func (w *world) takes(d time.Duration) time.Duration {
	return d + time.Duration(w.ticks.Add(1))*time.Nanosecond
}

// lookLate holds the books after a provider was late with something.
func (w *world) lookLate() {
	if w.late.Swap(false) {
		w.oracle.Books()
	}
}

// finished ends the world; whoever still waits in it is gone, and the providers come to
// the end of what they are late with.
func (w *world) finished() {
	close(w.over)
	time.Sleep(time.Hour)
	w.lookLate()
}

// writeID names a write.
func (w *world) writeID() string {
	w.writes++
	return fmt.Sprintf("w%d", w.writes)
}

// mostSweeps is within how many sweeps all accounts have to agree (L1).
const mostSweeps = 3

// heal lets the time pass that heals: no fault any more, whoever is on the way comes
// to an end, the due of each payment comes, the sweep runs. settles says whether the
// settlement runs as well: what was done in PayPal's dashboard, or to a payment that
// was over, is heard from it if no webhook told.
func (w *world) heal(settles bool) {
	w.strikes, w.swarm = nil, nil
	for _, p := range w.parties {
		w.finish(p)
	}
	w.settlePending()
	if w.kept {
		time.Sleep(24 * time.Hour) // so long, and nothing comes of that refund before
	}
	if w.lied {
		w.note("a provider has told a lie: a person may have to look")
	}
	for n := 1; ; n++ {
		if settles {
			time.Sleep(4 * time.Hour) // what happened last is in the report by then
			w.run(w.settlement())
		}
		w.until(w.latestDue().Add(time.Second))
		w.run(w.sweep())
		open := w.unsettled()
		if len(open) == 0 {
			w.sweeps = n
			break
		}
		w.note("after %d sweeps: %s", n, strings.Join(open, "; "))
		if n == mostSweeps {
			w.oracle.Settle(open, n)
			return
		}
	}
	w.oracle.Settle(nil, w.sweeps)
}

// settlePending lets the providers come to an end with what they have not decided. A bank
// transfer is not theirs to decide.
func (w *world) settlePending() {
	books := w.paypal.Books()
	for _, c := range books.Charges {
		if c.State == "PENDING" {
			w.must(w.paypal.SettlePending(c.ID, true))
		}
	}
	for _, f := range books.Refunds {
		if f.State == "PENDING" {
			w.must(w.paypal.SettleRefund(f.ID, true))
		}
	}
	for _, s := range w.stripe.Sessions() {
		if s.IntentStatus == "processing" {
			w.must(w.stripe.Conclude(s.ID, true))
		}
		for s.Returning > 0 {
			w.must(w.stripe.EndRefund(s.ID, true))
			s, _ = w.session(s.ID)
		}
	}
}

// session is Stripe's word on a session.
func (w *world) session(id string) (_ stripesim.Session, known bool) {
	all := w.stripe.Sessions()
	i := slices.IndexFunc(all, func(s stripesim.Session) bool { return s.ID == id })
	if i < 0 {
		return stripesim.Session{}, false
	}
	return all[i], true
}

// latestDue is when the last of the payments that are not settled is looked at.
func (w *world) latestDue() time.Time {
	last := time.Now()
	for _, id := range w.oracle.Payments() {
		if w.unsettledOf(id) == "" {
			continue
		}
		if due := w.due(id); due.After(last) {
			last = due
		}
	}
	return last
}

// unsettled is what is not yet as it has to become.
func (w *world) unsettled() (open []string) {
	for _, id := range w.oracle.Payments() {
		if why := w.unsettledOf(id); why != "" {
			open = append(open, why)
			w.oracle.Known(id, w.statusOf(id))
		}
	}
	for id, c := range w.claims() {
		if why := w.oracle.Disputed(c.payment, id, c.open); why != "" {
			open = append(open, why)
		}
	}
	slices.Sort(open)
	return open
}

func (w *world) unsettledOf(id string) string {
	return w.oracle.Unsettled(id, w.statusOf(id), w.lied)
}

func (w *world) must(err error) {
	if err != nil {
		panic("simulate: " + err.Error())
	}
}
