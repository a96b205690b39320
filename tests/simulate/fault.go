package main

import (
	"slices"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// fault is one way in which one call goes wrong: at the table, on the wire to a provider,
// or at the provider itself, whose kinds are its simulator's and named after it.
//
// The table's many errors come to few kinds here, because its seam has few: whatever
// DynamoDB throttles, refuses for want of rights, cancels or does not answer is "not
// available, outcome unknown" to the checkout (shared/store/dynamo holds that code by
// code), so each of them is one of two: not done, or done. Transactions and partial
// batches have no counterpart: no flow here writes more than one item. Nor have an item
// that is too large (no flow makes one) and a read that was not asked to be consistent
// (no money is decided by one; what an index shows late is here).
//
// On the way to a provider, a name that is not found and a connection that is not made in
// time are "no connection"; a compressed body is undone below the seam. What a provider
// says of a buyer (201 and DECLINED, PENDING for one of its reasons, a refusal by its
// issue, a card that is declined) is no fault: buyers here pay with every funding there
// is, and the classes of all issues and codes are held one by one in
// shared/provider/paypal and stripe, as are certificates, hosts and headers of webhooks.
type fault string

const (
	tableDown    fault = "table: not done"
	tableDone    fault = "table: done, no answer"
	tableHangs   fault = "table: hangs, not done"
	tableHung    fault = "table: done, and hangs"
	tableRaced   fault = "table: somebody else writes first"
	indexShort   fault = "table: short pages"
	indexBehind  fault = "table: the index names nothing yet"
	indexGhosts  fault = "table: the index names what is over"
	secretDown   fault = "secret: not available"
	wireDial     fault = "wire: no connection"
	wireTLS      fault = "wire: no handshake"
	wireReset    fault = "wire: reset, not arrived"
	wireCut      fault = "wire: reset, done"
	wireStalls   fault = "wire: the body never ends"
	wireTwice    fault = "wire: arrives twice"
	wireGarbled  fault = "wire: half a body"
	wireDeep     fault = "wire: a body of a million brackets"
	wireStranger fault = "wire: a proxy's 404"
	wireBad      fault = "wire: a proxy's 400"
)

// paypalFault is a kind of the simulator's.
func paypalFault(k sim.Kind) fault { return fault("paypal: " + string(k)) }

func stripeFault(k stripesim.Kind) fault { return fault("stripe: " + string(k)) }

// providers is whose own fault it is, and the simulator's kind of it; "" where it is
// nobody's.
func (f fault) providers() (of seam, kind string) {
	before, kind, _ := strings.Cut(string(f), ": ")
	if of = seam(before); of != seamPayPal && of != seamStripe {
		return "", ""
	}
	return of, kind
}

// faults is every kind there is.
func faults() []fault {
	all := []fault{
		tableDown, tableDone, tableHangs, tableHung, tableRaced, indexShort, indexBehind, indexGhosts, secretDown,
		wireDial, wireTLS, wireReset, wireCut, wireStalls, wireTwice, wireGarbled, wireDeep, wireStranger, wireBad,
	}
	for _, k := range sim.Kinds() {
		all = append(all, paypalFault(k))
	}
	for _, k := range stripesim.Kinds() {
		all = append(all, stripeFault(k))
	}
	return all
}

// fits reports whether a fault can befall a call.
func (f fault) fits(c call) bool {
	switch f {
	case tableDown, tableDone, tableHangs, tableHung:
		return c.seam == seamTable
	case tableRaced:
		return c.seam == seamTable && c.what == "rewrite"
	case indexShort:
		return c.seam == seamTable && strings.HasPrefix(c.what, "query")
	case indexBehind, indexGhosts:
		return c.seam == seamTable && c.what == "query due"
	case secretDown:
		return c.seam == seamSecret
	}
	switch of, kind := f.providers(); of {
	case seamPayPal:
		return c.seam == of && sim.Kind(kind).Fits(sim.CallName(c.what))
	case seamStripe:
		return c.seam == of && stripesim.Kind(kind).Fits(stripesim.CallName(c.what))
	}
	return c.seam == seamPayPal || c.seam == seamStripe
}

// lies are faults after which a provider has said what is not so: a person may have to
// look at the payment, and nothing else may come of it.
var lies = []fault{
	paypalFault(sim.OtherAmount), paypalFault(sim.OtherCurrency), paypalFault(sim.OtherID), paypalFault(sim.UnknownStatus),
	paypalFault(sim.TwiceStatus), paypalFault(sim.Missing), paypalFault(sim.Forbidden), paypalFault(sim.InsufficientFunds), wireBad,
	stripeFault(stripesim.OtherAmount), stripeFault(stripesim.OtherCurrency), stripeFault(stripesim.OtherID), stripeFault(stripesim.UnknownStatus),
	stripeFault(stripesim.TwiceStatus), stripeFault(stripesim.Missing), stripeFault(stripesim.Forbidden), stripeFault(stripesim.InsufficientFunds),
}

func (f fault) lies() bool { return slices.Contains(lies, f) }
