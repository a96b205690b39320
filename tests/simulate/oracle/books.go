package oracle

import (
	"slices"
	"strings"

	paypal "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripe "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// PayPal and Stripe are what the oracle believes: the simulators' own accounts.
type (
	PayPal interface {
		Books() paypal.Books
		Orders() []paypal.Order
		Statement() paypal.Statement
	}
	Stripe interface {
		Sessions() []stripe.Session
		Refunds() []stripe.Refund
		Rows() []stripe.Row
		Payouts() []stripe.Payout
	}
)

// books are those of both providers, in the same few words: what was taken of a buyer is
// one thing, whoever took it.
type books struct {
	charges []charge
	refunds []refund
	orders  []order
}

// charge is money that was taken, or is on its way: a capture at PayPal, the
// PaymentIntent of a session at Stripe.
type charge struct {
	id, payment, currency string
	amount                int64
	state                 standing
}

// refund is money that was given back, or is on its way.
type refund struct {
	id, charge string
	own        string // what our refund is called, by whoever made it; empty: it carries nothing of ours
	called     bool   // it was made by a call of the API's
	amount     int64
	state      standing
	cameBack   bool // it had succeeded before it failed
}

// standing is how far a movement of money has come.
type standing string

const (
	moved  standing = "moved"
	waits  standing = "waits"
	failed standing = "failed" // or was cancelled, or came back: no money stays moved
)

// order is what a buyer may pay: an order at PayPal, a session at Stripe.
type order struct {
	id, payment string
	began       bool // its buyer has done what there was to do
	approved    bool // and somebody has to take the money now
	payable     bool // its buyer may pay it yet, and its provider takes that by itself
}

// read are the books of this moment.
func (o *Oracle) read() books {
	var b books
	b.addPayPal(o.paypal)
	b.addStripe(o.stripe)
	return b
}

func (b *books) addPayPal(p PayPal) {
	states := map[string]standing{"COMPLETED": moved, "PENDING": waits}
	of := p.Books()
	for _, c := range of.Charges {
		b.charges = append(b.charges, charge{c.ID, c.CustomID, c.Currency, c.Amount, or(states[c.State], failed)})
	}
	for _, f := range of.Refunds {
		b.refunds = append(b.refunds, refund{f.ID, f.Charge, f.CustomID, f.Origin == paypal.ByCall, f.Amount, or(states[f.State], failed), false})
	}
	for _, w := range p.Orders() {
		approved := w.Status == "APPROVED"
		b.orders = append(b.orders, order{
			id: w.ID, payment: w.CustomID, began: approved || w.Status == "COMPLETED", approved: approved && !w.Expired,
		})
	}
}

func (b *books) addStripe(s Stripe) {
	for _, w := range s.Sessions() {
		b.orders = append(b.orders, order{id: w.ID, payment: w.Reference, began: w.Status == "complete", payable: payable(w)})
		if w.Status != "complete" {
			continue // what the buyer has tried and may try again is no charge
		}
		state := failed
		switch w.IntentStatus {
		case "succeeded":
			state = moved
		case "processing", "requires_action":
			state = waits
		}
		amount := w.Amount
		if state == moved {
			amount = w.Received
		}
		b.charges = append(b.charges, charge{w.Intent, w.Reference, strings.ToUpper(w.Currency), amount, state})
	}
	for _, f := range s.Refunds() {
		state := map[string]standing{"succeeded": moved, "pending": waits}[f.Status]
		b.refunds = append(b.refunds, refund{f.ID, f.Intent, f.Carries["refund"], f.Carries["refund"] != "", f.Amount, or(state, failed), f.CameBack})
	}
}

// payable: the page is open, or the money was promised and may come.
func payable(s stripe.Session) bool {
	return s.Status == "open" || s.Status == "complete" && (s.IntentStatus == "processing" || s.IntentStatus == "requires_action")
}

// charged are the charges of a payment that took its buyer's money or still may.
func (b books) charged(payment string) []charge {
	return slices.DeleteFunc(slices.Clone(b.charges), func(c charge) bool { return c.payment != payment || c.state == failed })
}

// refunded are the refunds of a charge that gave money back or still may.
func (b books) refunded(charge string) []refund {
	return slices.DeleteFunc(slices.Clone(b.refunds), func(f refund) bool { return f.charge != charge || f.state == failed })
}

// made reports whether a refund of ours was made.
func (b books) made(own string) bool {
	return slices.ContainsFunc(b.refunds, func(f refund) bool { return f.own == own })
}

func sum(refunds []refund) (total int64) {
	for _, f := range refunds {
		total += f.amount
	}
	return total
}

func or[T ~string](text, otherwise T) T {
	if text == "" {
		return otherwise
	}
	return text
}
