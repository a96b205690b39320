package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// ask is one invocation that somebody asks for, and what the oracle has to know of it.
type ask struct {
	function string
	event    events.APIGatewayV2HTTPRequest
	deaf     bool        // nobody hears the answer
	hears    func(reply) // whoever does

	key, print, payment string
	total               int64
	capture, dispute    string
	genuine, intruder   bool

	first func() // what the buyer does before, elsewhere; nil is nothing
	where seam
}

// lasts is how long the function may take (template.yaml).
func (a *ask) lasts() time.Duration {
	if a.function == "sweep" || a.function == "settlement" {
		return 300 * time.Second
	}
	return 25 * time.Second
}

// request is the id of the next request.
func (w *world) request() string {
	w.requests++
	return fmt.Sprintf("request-%d", w.requests)
}

// buyer buys some books, and knows what the shop has told.
type buyer struct {
	world   *world
	key     string
	books   int
	method  string
	country string
	id      string
	token   string
	page    page   // where to pay now
	pages   []page // and everywhere they were ever sent to
	attempt int
	status  string
}

// page is where a buyer pays: an order's at PayPal or a session's at Stripe.
type page struct {
	at    seam
	order string
}

// payer is a name that one method needs, and that no log may hold.
const payer = "Wilhelmina van Oranje"

// buyerOf is the nth buyer, with a cart of their own, who pays with PayPal.
func (w *world) buyerOf(n int) *buyer { return w.payerOf(n, "paypal") }

// payerOf is the nth buyer, who pays in a way of their own.
func (w *world) payerOf(n int, method string) *buyer {
	b := &buyer{world: w, key: fmt.Sprintf("key-of-buyer-%020d", n), books: 1 + n%3, method: method, country: "DE"}
	if method == "ideal" {
		b.country = "NL"
	}
	return b
}

// heard is an answer about a payment, or a problem around one.
type heard struct {
	ID      string `json:"id"`
	Token   string `json:"token"`
	Status  any    `json:"status"`
	Attempt int    `json:"attempt"`
	Next    struct {
		URL string `json:"url"`
	} `json:"next"`
	Payment *heard `json:"payment"`
}

// hear takes over what the shop says of the payment.
func (b *buyer) hear(r reply) {
	var h heard
	if json.Unmarshal(r.body, &h) != nil {
		return
	}
	if h.Payment != nil {
		h = *h.Payment
	}
	if h.ID == "" {
		return
	}
	b.id, b.attempt = h.ID, h.Attempt
	b.status, _ = h.Status.(string)
	b.world.reached[b.status]++
	if h.Token != "" {
		b.token = h.Token
		b.world.oracle.Hides(h.Token)
	}
	u, err := url.Parse(h.Next.URL)
	b.world.must(err)
	switch {
	case u.Host == payPalHost:
		b.page = page{seamPayPal, u.Query().Get("token")}
	case u.Host == stripeHost && strings.HasPrefix(u.Path, "/c/pay/"):
		b.page = page{seamStripe, path.Base(u.Path)}
	default:
		return // nothing is to be paid there: how to transfer what was promised, or nowhere
	}
	if len(b.pages) == 0 || b.pages[len(b.pages)-1] != b.page {
		b.pages = append(b.pages, b.page)
	}
}

func (b *buyer) create() *ask {
	body := fmt.Sprintf(`{"cart":[{"sku":"BOOK","quantity":%d}],"currency":"EUR","country":%q,%s}`, b.books, b.country, way(b.method))
	return &ask{
		function: "create-payment", event: event(b.world.request(), body, nil, map[string]string{"idempotency-key": b.key}),
		hears: b.hear, key: b.key, print: fmt.Sprint(b.books, b.country), total: int64(b.books) * bookPrice,
	}
}

// way is a method in a request, with what it needs.
func way(method string) string {
	if method == "ideal" {
		return fmt.Sprintf(`"method":%q,"payer":{"name":%q}`, method, payer)
	}
	return fmt.Sprintf(`"method":%q`, method)
}

// createOther is another cart under the same key.
func (b *buyer) createOther() *ask {
	other := *b
	other.books++
	a := other.create()
	a.hears = nil
	return a
}

func (b *buyer) asks(function, body string) *ask {
	return &ask{
		function: function, payment: b.id, hears: b.hear,
		event: event(b.world.request(), body, map[string]string{"id": b.id}, map[string]string{"checkout-token": b.token}),
	}
}

func (b *buyer) capture() *ask { return b.asks("capture-payment", "") }

func (b *buyer) get() *ask { return b.asks("get-payment", "") }

func (b *buyer) anotherWay() *ask { return b.turns(b.method) }

// turns is the buyer's wish to pay in some way instead.
func (b *buyer) turns(method string) *ask {
	return b.asks("new-attempt", fmt.Sprintf(`{"after":%d,%s}`, b.attempt, way(method)))
}

// methods are those that a buyer may choose from, whoever carries them.
func (b *buyer) methods() []string {
	if b.country == "NL" {
		return []string{"paypal", "card", "bank_transfer", "ideal", "ideal"}
	}
	return []string{"paypal", "card", "bank_transfer"}
}

// asStranger is the same question of somebody who has the token of another payment.
func (b *buyer) asStranger(a *ask, other *buyer) *ask {
	a.event.Headers["checkout-token"] = other.token
	a.hears, a.intruder = nil, true
	return a
}

// approve is the buyer's click at PayPal. It may come too late.
func (b *buyer) approve(f sim.Funding) bool { return b.approveOn(b.page, f) }

func (b *buyer) approveOn(p page, f sim.Funding) bool {
	err := b.world.paypal.ApproveWith(p.order, f)
	b.world.note("the buyer of %s approves %s with %s: %v", b.id, p.order, f, err)
	if err == nil {
		b.world.oracle.Approves(p.order)
	}
	return err == nil
}

// pays is the buyer's click on Stripe's page; a transfer is promised by it. It may come
// too late.
func (b *buyer) pays() bool { return b.paysOn(b.page) }

func (b *buyer) paysOn(p page) bool {
	err := b.world.stripe.Pay(p.order, stripesim.Instrument{})
	b.world.note("the buyer of %s pays on %s: %v", b.id, p.order, err)
	b.world.oracle.Books()
	return err == nil
}

// completes is what the buyer does where they were sent to, and all that is needed: a
// transfer arrives as well.
func (b *buyer) completes() bool { return b.completesOn(b.page) }

func (b *buyer) completesOn(p page) bool {
	if p.at == seamPayPal {
		return b.approveOn(p, sim.Balance)
	}
	done := b.paysOn(p)
	if s, known := b.world.session(p.order); known && s.IntentStatus == "requires_action" {
		b.transfers(p, s.Amount)
	}
	return done
}

// acts is what the buyer does on a page, as one of two who move at once, and what they
// ask for then; nil is nothing.
func (b *buyer) acts(p page, then *ask) *ask {
	a := then
	if a == nil {
		a = &ask{function: "nothing"}
	}
	a.first, a.where = func() { b.completesOn(p) }, p.at
	return a
}

// transfer is the money that was promised on a page, which arrives.
func (b *buyer) transfer(p page) *ask {
	a := b.acts(p, nil)
	a.first = func() {
		if s, known := b.world.session(p.order); known {
			b.transfers(p, s.Amount)
		}
	}
	return a
}

// transfers is money that arrives from the buyer's bank, in minor units: what was
// promised, a part of it, or money for what is over by now.
func (b *buyer) transfers(p page, minor int64) {
	err := b.world.stripe.Transfer(p.order, minor)
	b.world.note("%d of the buyer of %s arrive for %s: %v", minor, b.id, p.order, err)
	b.world.oracle.Books()
}

// refund is the merchant's; 0 is all that is left.
func (w *world) refund(id, key string, minor int64) *ask {
	body := `{"reason":"requested_by_buyer"}`
	if minor != 0 {
		body = fmt.Sprintf(`{"reason":"goodwill","amount":{"currency":"EUR","minor":%d}}`, minor)
	}
	w.oracle.Asks(id, key, minor)
	return &ask{
		function: "refund", payment: id, key: key, print: body,
		event: event(w.request(), body, map[string]string{"id": id}, map[string]string{"idempotency-key": key}),
		hears: func(r reply) { w.reached["refund "+outcomeOf(r)]++ },
	}
}

// outcomeOf is what became of a webhook or a refund.
func outcomeOf(r reply) string {
	var text struct {
		Outcome string `json:"outcome"`
		State   string `json:"state"`
	}
	if json.Unmarshal(r.body, &text) != nil {
		return ""
	}
	return text.Outcome + text.State
}

func (w *world) sweep() *ask { return &ask{function: "sweep"} }

func (w *world) settlement() *ask { return &ask{function: "settlement"} }

// statusOf is what the merchant is told of a payment now.
func (w *world) statusOf(id string) string {
	row := w.table.Row(store.PaymentKey(id)).WriteID
	if known, ok := w.told[id+row]; ok {
		return known
	}
	var status string
	w.run(&ask{
		function: "merchant-payments", event: event(w.request(), "", map[string]string{"id": id}, map[string]string{}),
		hears: func(r reply) {
			var h heard
			if json.Unmarshal(r.body, &h) == nil {
				status, _ = h.Status.(string)
			}
		},
	})
	w.told[id+row] = status
	w.reached[status]++
	return status
}
