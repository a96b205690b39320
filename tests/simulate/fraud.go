package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// fraud is a fault that must be found: an oracle that finds nothing proves nothing.
type fraud struct {
	name      string
	invariant string // that has to be named
	commit    func(w *world)
}

var frauds = []fraud{
	{"a double charge", "I1", func(w *world) {
		b := w.buyerOf(2)
		w.paid(b)
		w.chargeAgain(b)
		w.oracle.Books()
	}},
	{"a refund too many", "I2", func(w *world) {
		b := w.buyerOf(2)
		w.paid(b)
		books := w.paypal.Books()
		charge := books.Charges[0]
		w.oracle.Believe(bentBooks{w.paypal, sim.Refund{
			ID: "BENT", Charge: charge.ID, Origin: sim.ByPayPal, Amount: charge.Amount + 1, Currency: charge.Currency, State: "COMPLETED",
		}})
		w.oracle.Books()
	}},
	{"a charge of each provider's", "I1", func(w *world) {
		b := w.buyerOf(2)
		w.paid(b)
		other := w.payerOf(2, "card")
		other.key += "-other"
		w.paid(other)
		w.oracle.BelieveStripe(bentStripe{Simulator: w.stripe, from: other.id, to: b.id})
		w.oracle.Books()
	}},
	{"a session that can be paid beside the next order", "I21", func(w *world) {
		b := w.payerOf(2, "card")
		w.run(b.create())
		session, _ := w.session(b.page.order)
		w.run(b.turns("paypal"))
		w.oracle.BelieveStripe(bentStripe{Simulator: w.stripe, open: session.ID})
		w.run(b.turns("paypal"))
	}},
	{"a refund too many at Stripe", "I2", func(w *world) {
		b := w.payerOf(2, "card")
		w.paid(b)
		session, _ := w.session(b.page.order)
		w.oracle.BelieveStripe(bentStripe{Simulator: w.stripe, refund: stripesim.Refund{
			ID: "re_bent", Intent: session.Intent, Status: "succeeded", Amount: session.Received + 1,
		}})
		w.oracle.Books()
	}},
	{"a lost payment of Stripe's", "I11", func(w *world) {
		b := w.payerOf(2, "card")
		w.losesWrites = true
		w.run(b.create())
		b.pays()
		w.heal(false)
	}},
	{"an acknowledged webhook of Stripe's without effect", "I10", func(w *world) {
		b := w.payerOf(2, "card")
		w.run(b.create())
		b.pays()
		w.forget(b.id)
		w.losesWrites = true
		w.run(w.webhook(w.letter("checkout.session.completed")))
	}},
	{"a lost payment", "I11", func(w *world) {
		b := w.buyerOf(2)
		w.losesWrites = true
		w.run(b.create())
		b.approve(sim.Balance)
		w.heal(false)
	}},
	{"an acknowledged webhook without effect", "I10", func(w *world) {
		b := w.buyerOf(2)
		w.run(b.create())
		b.approve(sim.Balance)
		w.dying(b.capture(), "paypal capture", after)
		w.forget(b.id)
		w.losesWrites = true
		w.run(w.webhook(w.letter("PAYMENT.CAPTURE.COMPLETED")))
	}},
	{"a paid purchase that waits for its buyer again", "I20", func(w *world) {
		b := w.buyerOf(2)
		w.paid(b)
		row := w.table.Row(store.PaymentKey(b.id))
		w.oracle.Wrote(oracle.Row{
			Partition: row.Key.Partition, Sort: row.Key.Sort, Version: row.Version + 1, Document: row.Document, Status: "awaiting_approval",
		})
	}},
	{"a cent that no row explains", "I17", func(w *world) {
		w.run(w.settlement())
		b := w.buyerOf(2)
		w.paid(b)
		row := w.paypal.Statement().Rows[0]
		w.must(w.paypal.Falsify(row.ID, row.Code, sim.MisreportAmount, 1))
		w.heal(true)
		w.closeBooks()
	}},
	{"a cent that no row of Stripe's explains", "I17", func(w *world) {
		w.run(w.settlement())
		w.paid(w.payerOf(2, "card"))
		w.carriers[1].Handler = centMore{w.carriers[1].Handler}
		w.heal(true)
		w.closeBooks()
	}},
	{"a row of Stripe's that nobody has", "L4", func(w *world) {
		w.run(w.settlement())
		b := w.payerOf(2, "card")
		w.paid(b)
		w.oracle.BelieveStripe(bentStripe{Simulator: w.stripe, twice: true})
		w.heal(true)
		w.closeBooks()
	}},
	{"a payout of which a payment has another part", "I17", func(w *world) {
		w.run(w.settlement())
		w.paid(w.payerOf(2, "card"))
		time.Sleep(50 * time.Hour)
		w.oracle.BelieveStripe(bentStripe{Simulator: w.stripe, moves: w.paysOut()})
		w.heal(true)
		w.closeBooks()
	}},
	{"a chargeback of Stripe's that nobody hears of", "L1", func(w *world) {
		b := w.payerOf(2, "card")
		w.paid(b)
		w.chargedBack(b, false)
		w.heal(false)
	}},
}

// proveOracle commits every fraud, and holds that each is found under its number.
func proveOracle(t *testing.T) error {
	found := spread(t, len(frauds), func(i int) []string {
		w := newWorld(life{seed: 1}, nil)
		defer w.finished()
		frauds[i].commit(w)
		return w.oracle.Violations()
	})
	var missed []error
	for i, f := range frauds {
		if !slices.ContainsFunc(found[i], func(v string) bool { return strings.HasPrefix(v, f.invariant+":") }) {
			missed = append(missed, fmt.Errorf("the oracle has not found %s: %q", f.name, found[i]))
		}
	}
	return errors.Join(missed...)
}

// bentBooks are PayPal's books with a refund that nobody made.
type bentBooks struct {
	*sim.Simulator
	refund sim.Refund
}

func (b bentBooks) Books() sim.Books {
	books := b.Simulator.Books()
	books.Refunds = append(books.Refunds, b.refund)
	return books
}

// bentStripe are Stripe's books with what is not so: a name for another's, a session that
// is open again, a refund that nobody made, the first row twice, a cent more of what a payout
// took.
type bentStripe struct {
	*stripesim.Simulator
	from, to, open string
	refund         stripesim.Refund
	twice          bool
	moves          string
}

func (b bentStripe) Rows() []stripesim.Row {
	all := b.Simulator.Rows()
	for i := range all {
		if all[i].Payout != "" && all[i].Payout == b.moves {
			all[i].Net++
		}
	}
	if b.twice {
		again := all[0]
		again.ID, again.Category = "txn_bent", "dispute"
		all = append(all, again)
	}
	return all
}

// centMore is a Stripe whose balance has a cent that no row explains.
type centMore struct{ http.Handler }

func (c centMore) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/balance" {
		c.Handler.ServeHTTP(out, r)
		return
	}
	in := &recorder{header: http.Header{}}
	c.Handler.ServeHTTP(in, r)
	in.header.Del("Content-Length")
	for name, values := range in.header {
		out.Header()[name] = values
	}
	out.WriteHeader(in.status)
	_, amount, _ := bytes.Cut(in.body, []byte(`"amount":`))
	digits := string(amount[:bytes.IndexByte(amount, ',')])
	had, _ := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	out.Write(bytes.Replace(in.body, []byte(digits), []byte(strconv.FormatInt(had+1, 10)), 1))
}

func (b bentStripe) Sessions() []stripesim.Session {
	all := b.Simulator.Sessions()
	for i := range all {
		if all[i].Reference == b.from {
			all[i].Reference = b.to
		}
		if all[i].ID == b.open {
			all[i].Status = "open"
		}
	}
	return all
}

func (b bentStripe) Refunds() []stripesim.Refund {
	all := b.Simulator.Refunds()
	if b.refund.ID != "" {
		all = append(all, b.refund)
	}
	return all
}

// chargeAgain is a purchase of the same books again, which PayPal's books then have
// under the name of the first.
func (w *world) chargeAgain(b *buyer) {
	twin := *b
	twin.key += "-twin"
	w.paid(&twin)
	w.oracle.Believe(oneName{w.paypal, twin.id, b.id})
}

// oneName are PayPal's books, in which two payments have one name.
type oneName struct {
	*sim.Simulator
	from, to string
}

func (o oneName) Books() sim.Books {
	books := o.Simulator.Books()
	for i, c := range books.Charges {
		if c.CustomID == o.from {
			books.Charges[i].CustomID = o.to
		}
	}
	return books
}

// forget takes the due of a payment away.
func (w *world) forget(id string) {
	row := w.table.Row(store.PaymentKey(id))
	after := row
	after.WriteID, after.Due = w.writeID(), time.Time{}
	w.must(w.write(context.Background(), store.Put{Before: row, After: after}))
}
