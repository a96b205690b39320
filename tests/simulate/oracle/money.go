package oracle

import (
	"net/http"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// Sent is a call to PayPal that is about money.
type Sent struct {
	Name      sim.CallName
	Path      string
	RequestID string
	Body      string
	Status    int // of the answer as the client saw it; 0 is none
}

// Sends sees every such call before it is sent: I11, I12.
func (o *Oracle) Sends(c Sent) {
	switch c.Name {
	case sim.CallCreate, sim.CallCapture, sim.CallRefund:
		o.hold("I12", c.RequestID != "", "%s %s has no request id", c.Name, c.Path)
	default:
		return
	}
	switch c.Name {
	case sim.CallCreate:
		before, again := o.creates[c.RequestID]
		o.hold("I12", !again || before == c.Body, "one request id opens two different orders: %s", c.RequestID)
		o.creates[c.RequestID] = c.Body
	case sim.CallCapture:
		o.hold("I11", o.knowsOrder(strings.TrimSuffix(strings.TrimPrefix(c.Path, "/v2/checkout/orders/"), "/capture")),
			"%s is sent and the table does not know the order", c.Path)
		before, again := o.captures[c.Path]
		refused := before.status/100 == 4
		o.hold("I12", !again || before.request == c.RequestID || refused, "%s is sent under another request id after %d", c.Path, before.status)
		o.captures[c.Path] = intent{request: c.RequestID}
	case sim.CallRefund:
		o.hold("I11", o.reserved(c.RequestID), "the refund %s is sent and not in the table", c.RequestID)
	}
}

// Answered notes what a call came to, and holds PayPal's books against the laws of
// money: I1, I2, I3, I15.
func (o *Oracle) Answered(c Sent) {
	switch c.Name {
	case sim.CallCapture:
		// What an answer that was lost said nobody has heard; a refusal that anybody
		// heard stays one.
		if last := o.captures[c.Path]; last.request == c.RequestID && last.status/100 != 4 {
			o.captures[c.Path] = intent{c.RequestID, c.Status}
		}
	case sim.CallRefund, sim.CallCreate:
	default:
		return
	}
	o.Books()
}

// Books holds PayPal's books of this moment.
func (o *Oracle) Books() {
	books := o.paypal.Books()
	for _, c := range books.Charges {
		o.hold("I1", len(books.Charged(c.CustomID)) <= 1, "%s was charged %d times", c.CustomID, len(books.Charged(c.CustomID)))
		o.hold("I3", c.Currency == "EUR" && c.Amount == o.quoted(c.CustomID), "%s was charged %s %d, the buyer was quoted %d", c.CustomID, c.Currency, c.Amount, o.quoted(c.CustomID))
		o.hold("I2", sum(books.Refunded(c.ID)) <= c.Amount, "%d of %d were given back of %s", sum(books.Refunded(c.ID)), c.Amount, c.CustomID)
	}
	seen := map[string]int{}
	for _, f := range books.Refunds {
		if f.Origin != sim.ByCall {
			continue
		}
		id, _, _ := strings.Cut(f.CustomID, "-")
		seen[id]++
		o.hold("I15", seen[id] <= len(o.of(id).refunds), "%s: %d refunds were made, %d asked for", id, seen[id], len(o.of(id).refunds))
		o.hold("I15", o.wanted(id, f.Amount), "%s: nobody asked to refund %d", id, f.Amount)
	}
}

// quoted is what the buyer was told, or else what the table says.
func (o *Oracle) quoted(id string) int64 {
	if w := o.of(id); w.total != 0 {
		return w.total
	}
	return minor(o.payments[id].Quote.Total)
}

func (o *Oracle) wanted(id string, amount int64) bool {
	for _, a := range o.of(id).refunds {
		if a == 0 || a == amount {
			return true
		}
	}
	return false
}

func (o *Oracle) knowsOrder(order string) bool {
	for _, p := range o.payments {
		for _, a := range p.Attempts {
			if a.Order == order {
				return true
			}
		}
	}
	return false
}

func (o *Oracle) reserved(refund string) bool {
	id, _, _ := strings.Cut(refund, "-")
	for _, r := range o.payments[id].Reserved {
		if r.ID == refund {
			return true
		}
	}
	return false
}

func sum(refunds []sim.Refund) (total int64) {
	for _, f := range refunds {
		total += f.Amount
	}
	return total
}

// Asks notes that a refund is asked for; amount is in minor units, 0 is all that is
// left.
func (o *Oracle) Asks(id, key string, amount int64) { o.of(id).refunds[key] = amount }

// Completed are the charges whose money has moved by now, by payment: what an
// invocation that begins now cannot have missed.
func (o *Oracle) Completed() map[string]int {
	done := map[string]int{}
	for _, c := range o.paypal.Books().Charges {
		if c.State == "COMPLETED" {
			done[c.CustomID]++
		}
	}
	return done
}

// isOK: an answer that promises what it says.
func isOK(status int) bool { return status/100 == http.StatusOK/100 }
