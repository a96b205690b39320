package oracle

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Sent is a call to a provider.
type Sent struct {
	Name      string // the simulator's for it
	Path      string
	RequestID string // or what the provider calls it: the key of an intent
	Body      string
	Status    int // of the answer as the client saw it; 0 is none
}

// Calls that are about money, or open what money is paid by, by their names: those of
// PayPal and those of Stripe.
const (
	opensOrder = "create"
	capturesIt = "capture"
	givesBack  = "refund"
	endsIt     = "expire"
	cancelsIt  = "cancel"
)

// Sends sees every such call before it is sent: I11, I12, I21.
func (o *Oracle) Sends(c Sent) {
	switch c.Name {
	case opensOrder, capturesIt, givesBack, endsIt, cancelsIt:
		o.hold("I12", c.RequestID != "", "%s %s has no request id", c.Name, c.Path)
	default:
		return
	}
	switch c.Name {
	case opensOrder:
		o.opens(c)
	case capturesIt:
		o.hold("I11", o.knowsOrder(strings.TrimSuffix(strings.TrimPrefix(c.Path, "/v2/checkout/orders/"), "/capture")),
			"%s is sent and the table does not know the order", c.Path)
		before, again := o.captures[c.Path]
		refused := before.status/100 == 4
		o.hold("I12", !again || before.request == c.RequestID || refused, "%s is sent under another request id after %d", c.Path, before.status)
		o.captures[c.Path] = intent{request: c.RequestID}
	case givesBack:
		o.hold("I11", o.reserved(c.RequestID), "the refund %s is sent and not in the table", c.RequestID)
	}
}

// opens holds that a request id stands for one order, and that no order before it can
// be paid by itself any more.
func (o *Oracle) opens(c Sent) {
	body := sorted(c.Body)
	before, again := o.creates[c.RequestID]
	o.hold("I12", !again || before == body, "one request id opens two different orders: %s", c.RequestID)
	o.creates[c.RequestID] = body
	id, n := openedUnder(c.RequestID)
	p := o.payments[id]
	o.superseded(p, min(n-1, len(p.Attempts)))
}

// sorted is a form in an order of its own: its sender has none. What is no form stays.
func sorted(body string) string {
	form, err := url.ParseQuery(body)
	if err != nil || strings.HasPrefix(body, "{") {
		return body
	}
	return form.Encode()
}

// openedUnder reads the payment and the number of the attempt out of what an order is
// opened under: "payment-o2-...".
func openedUnder(request string) (id string, attempt int) {
	id, rest, _ := strings.Cut(request, "-o")
	number, _, _ := strings.Cut(rest, "-")
	attempt, _ = strconv.Atoi(number)
	return id, attempt
}

// superseded holds that of the first n orders of a payment none can still be paid: each
// that its provider takes by itself was ended, or has come to nothing. A buyer with two
// pages open would pay on both: I21.
func (o *Oracle) superseded(p payment, n int) {
	if n < 1 {
		return
	}
	b := o.read()
	for _, a := range p.Attempts[:n] {
		for _, w := range b.orders {
			if w.id == a.Order {
				o.hold("I21", !w.payable, "%s: order %s can still be paid, and the next is opened", p.ID, a.Order)
			}
		}
	}
}

// Answered notes what a call came to, and holds the providers' books against the laws
// of money: I1, I2, I3, I15.
func (o *Oracle) Answered(c Sent) {
	switch c.Name {
	case capturesIt:
		// What an answer that was lost said nobody has heard; a refusal that anybody
		// heard stays one.
		if last := o.captures[c.Path]; last.request == c.RequestID && last.status/100 != 4 {
			o.captures[c.Path] = intent{c.RequestID, c.Status}
		}
	case givesBack, opensOrder:
	default:
		return
	}
	o.Books()
}

// Books holds the providers' books of this moment.
func (o *Oracle) Books() {
	b := o.read()
	for _, c := range b.charges {
		all := b.charged(c.payment)
		o.hold("I1", len(all) <= 1, "%s was charged %d times", c.payment, len(all))
		o.hold("I3", c.currency == "EUR" && c.amount == o.quoted(c.payment), "%s was charged %s %d, the buyer was quoted %d", c.payment, c.currency, c.amount, o.quoted(c.payment))
		back := sum(b.refunded(c.id))
		o.hold("I2", back <= c.amount, "%d of %d were given back of %s", back, c.amount, c.payment)
	}
	seen := map[string]int{}
	for _, f := range b.refunds {
		if !f.called {
			continue
		}
		id, _, _ := strings.Cut(f.own, "-")
		seen[id]++
		o.hold("I15", seen[id] <= len(o.of(id).refunds), "%s: %d refunds were made, %d asked for", id, seen[id], len(o.of(id).refunds))
		o.hold("I15", o.wanted(id, f.amount), "%s: nobody asked to refund %d", id, f.amount)
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

// Asks notes that a refund is asked for; amount is in minor units, 0 is all that is
// left.
func (o *Oracle) Asks(id, key string, amount int64) { o.of(id).refunds[key] = amount }

// Completed are the charges whose money has moved by now, by payment: what an
// invocation that begins now cannot have missed.
func (o *Oracle) Completed() map[string]int {
	done := map[string]int{}
	for _, c := range o.read().charges {
		if c.state == moved {
			done[c.payment]++
		}
	}
	return done
}

// isOK: an answer that promises what it says.
func isOK(status int) bool { return status/100 == http.StatusOK/100 }
