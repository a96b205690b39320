package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
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
	id      string
	token   string
	order   string // where to approve now
	attempt int
	status  string
}

// buyerOf is the nth buyer, with a cart of their own.
func (w *world) buyerOf(n int) *buyer {
	return &buyer{world: w, key: fmt.Sprintf("key-of-buyer-%020d", n), books: 1 + n%3}
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
	if _, order, ok := strings.Cut(h.Next.URL, "token="); ok {
		b.order = order
	}
}

func (b *buyer) create() *ask {
	body := fmt.Sprintf(`{"cart":[{"sku":"BOOK","quantity":%d}],"currency":"EUR","country":"DE","method":"paypal"}`, b.books)
	return &ask{
		function: "create-payment", event: event(b.world.request(), body, nil, map[string]string{"idempotency-key": b.key}),
		hears: b.hear, key: b.key, print: body, total: int64(b.books) * bookPrice,
	}
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

func (b *buyer) anotherWay() *ask {
	return b.asks("new-attempt", fmt.Sprintf(`{"after":%d,"method":"paypal"}`, b.attempt))
}

// asStranger is the same question of somebody who has the token of another payment.
func (b *buyer) asStranger(a *ask, other *buyer) *ask {
	a.event.Headers["checkout-token"] = other.token
	a.hears, a.intruder = nil, true
	return a
}

// approve is the buyer's click at PayPal. It may come too late.
func (b *buyer) approve(f sim.Funding) bool {
	err := b.world.paypal.ApproveWith(b.order, f)
	b.world.note("the buyer of %s approves %s with %s: %v", b.id, b.order, f, err)
	if err == nil {
		b.world.oracle.Approves(b.order)
	}
	return err == nil
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

// resource is what an event tells of, as far as the oracle has to know it.
type resource struct {
	Type     string `json:"event_type"`
	Resource struct {
		ID       string `json:"id"`
		Dispute  string `json:"dispute_id"`
		CustomID string `json:"custom_id"`
		Units    []struct {
			CustomID string `json:"custom_id"`
		} `json:"purchase_units"`
	} `json:"resource"`
}

// webhook is a delivery of an event, signed.
func (w *world) webhook(e sim.Event) *ask {
	body, header := signed(e.Body)
	a := &ask{
		function: "webhook", genuine: true, event: event(w.request(), string(body), map[string]string{"provider": "paypal"}, header),
		hears: func(r reply) {
			if r.status == http.StatusOK {
				w.delivered[e.ID] = true
				w.reached["webhook "+outcomeOf(r)]++
			}
		},
	}
	var r resource
	if err := json.Unmarshal(e.Body, &r); err != nil {
		panic("simulate: " + err.Error())
	}
	switch {
	case strings.HasPrefix(r.Type, "CHECKOUT.ORDER.") && len(r.Resource.Units) > 0:
		a.payment = r.Resource.Units[0].CustomID
	case r.Type == "PAYMENT.CAPTURE.COMPLETED":
		a.payment, a.capture = r.Resource.CustomID, r.Resource.ID
	case r.Resource.Dispute != "":
		a.payment, a.dispute = w.disputes[r.Resource.Dispute].payment, r.Resource.Dispute
	}
	return a
}

// forged is a delivery that PayPal never made, and whose signature is good all the
// same: it says what it likes, in the place of a text of the event.
func (w *world) forged(e sim.Event, text, instead string) *ask {
	e.Body = bytes.ReplaceAll(e.Body, []byte(text), []byte(instead))
	a := w.webhook(e)
	if strings.HasPrefix(text, "sc") {
		a.payment, a.capture, a.dispute = "", "", ""
		if strings.HasPrefix(instead, "sc") {
			a.payment = instead
		}
	}
	a.hears = func(r reply) { w.reached["webhook "+outcomeOf(r)]++ }
	return a
}

// altered is a delivery whose body is not what was signed.
func (w *world) altered(e sim.Event) *ask {
	a := w.webhook(e)
	a.event.Body += " "
	a.hears, a.genuine = nil, false
	return a
}
