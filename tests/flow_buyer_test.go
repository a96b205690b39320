package tests

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// buyer is one person with one cart, and the storefront's page they use.
type buyer struct {
	w     *world
	key   string
	order string // the body of POST /payments
	last  reply  // the latest that showed the payment
	id    string
	token string
}

// plainCart costs 75.00 EUR.
const plainCart = `{"cart":[{"sku":"BOOK","quantity":2},{"sku":"CARD","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"R-1"}`

func (w *world) buyer() *buyer {
	return &buyer{w: w, order: plainCart, key: fmt.Sprintf("key-of-a-cart-that-nobody-guesses-%06d", w.buyers.Add(1))}
}

// approved is a buyer who has approved with so, and has not come back yet.
func (w *world) approved(with sim.Funding) *buyer {
	w.t.Helper()
	b := w.buyer()
	b.open()
	b.approve(with)
	return b
}

func (b *buyer) note(r reply) reply {
	if r.ID != "" {
		b.last, b.id = r, r.ID
	}
	if r.Token != "" {
		b.token = r.Token
	}
	return r
}

// open is the click on the shop's button.
func (b *buyer) open() reply {
	b.w.t.Helper()
	return b.note(b.w.call(http.MethodPost, "/payments", b.order, map[string]string{"Idempotency-Key": b.key}))
}

func (b *buyer) withToken() map[string]string {
	return map[string]string{"Checkout-Token": b.token}
}

// capture is the page's call when the buyer has come back.
func (b *buyer) capture() reply {
	b.w.t.Helper()
	return b.note(b.w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken()))
}

func (b *buyer) look() reply {
	b.w.t.Helper()
	return b.note(b.w.call(http.MethodGet, "/payments/"+b.id, "", b.withToken()))
}

// another is the wish to pay in another way than by attempt number after.
func (b *buyer) another(after int) reply {
	b.w.t.Helper()
	body := fmt.Sprintf(`{"after":%d,"method":"paypal"}`, after)
	return b.note(b.w.call(http.MethodPost, "/payments/"+b.id+"/attempts", body, b.withToken()))
}

// approve follows the address the API gave, half a minute later, and pays with
// the given funding. The order is the one in the address: nothing else is known
// to a buyer.
func (b *buyer) approve(with sim.Funding) {
	b.w.t.Helper()
	b.w.must(b.approveAt(b.last.Next.URL, with))
}

func (b *buyer) approveAt(address string, with sim.Funding) error {
	b.w.clock.Move(30 * time.Second)
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if err := b.w.paypal.ApproveWith(u.Query().Get("token"), with); err != nil {
		return fmt.Errorf("at %q: %w", address, err)
	}
	return nil
}

// wants fails the test unless an answer is as it should be. An empty status is
// an answer that shows no payment.
func (b *buyer) wants(r reply, code int, status payment.Status, next string) {
	b.w.t.Helper()
	if r.code != code || r.status() != status || r.Next.Action != next {
		b.w.t.Fatalf("%d %s (next %s), want %d %s (next %s): %s", r.code, r.status(), r.Next.Action, code, status, next, r.text)
	}
}

// charges is what PayPal's books have for this purchase and may still take.
func (b *buyer) charges() []sim.Charge { return b.w.paypal.Books().Charged(b.id) }

func (b *buyer) wantCharges(n int) {
	b.w.t.Helper()
	if got := b.charges(); len(got) != n {
		b.w.t.Fatalf("PayPal's books have %d charges, want %d: %+v", len(got), n, got)
	}
}

// orders are PayPal's orders of this purchase, oldest first.
func (b *buyer) orders() []sim.Order {
	return slices.DeleteFunc(b.w.paypal.Orders(), func(o sim.Order) bool { return o.CustomID != b.id })
}

// stored is the payment as the file has it.
func (b *buyer) stored() (payment.Payment, store.Item) {
	b.w.t.Helper()
	return b.w.stored(b.id)
}

func (w *world) stored(id string) (p payment.Payment, item store.Item) {
	w.t.Helper()
	item, err := w.table.Get(context.Background(), store.PaymentKey(id))
	w.must(err)
	p, err = payment.Decode(item.Document)
	w.must(err)
	return p, item
}

// sweep is what the scheduler starts.
func (w *world) sweep() checkout.Swept {
	w.t.Helper()
	done, err := w.handlers.Sweep()(context.Background(), nil)
	if err != nil {
		w.t.Errorf("sweep: %v", err)
	}
	return done
}

func (w *world) sweepAfter(d time.Duration) checkout.Swept {
	w.t.Helper()
	w.clock.Move(d)
	return w.sweep()
}

// sweepFor lets time pass with the sweep on its schedule; after the first hours
// of it hourly, which is as often as anything is due by then.
func (w *world) sweepFor(d time.Duration) {
	w.t.Helper()
	begun := w.clock.Now()
	for w.clock.Now().Before(begun.Add(d)) {
		step := 5 * time.Minute
		if w.clock.Now().After(begun.Add(8 * time.Hour)) {
			step = time.Hour
		}
		w.sweepAfter(step)
	}
}

// repeat does what a storefront does with an answer that settles nothing: the
// same request again after the wait it was asked for, at most so many times.
func (b *buyer) repeat(times int, send func() reply) reply {
	b.w.t.Helper()
	var r reply
	for range times {
		r = send()
		switch r.code {
		case http.StatusAccepted, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		default:
			return r
		}
		wait, err := strconv.Atoi(r.header.Get("Retry-After"))
		if err != nil {
			wait = 5
		}
		b.w.clock.Move(time.Duration(wait) * time.Second)
	}
	return r
}

// buy goes through a purchase as a patient person would: it repeats what did
// not go through, approves again after a refusal, takes another attempt where
// the API says so. It gives up without a word; the books are judged afterwards.
func (b *buyer) buy(with sim.Funding) {
	b.w.t.Helper()
	b.repeat(4, b.open)
	for range 3 {
		if b.id == "" {
			return
		}
		if b.last.Next.Action == "attempt" {
			b.repeat(3, func() reply { return b.another(b.last.Attempt) })
		}
		if b.last.Next.Action == "redirect" {
			// An order that is approved already, or gone, shows the buyer a page
			// that leads nowhere; they go back to the shop all the same.
			if err := b.approveAt(b.last.Next.URL, with); err != nil {
				b.w.t.Log("the buyer cannot approve:", err)
			}
		}
		if b.repeat(4, b.capture).Paid {
			return
		}
	}
}

// auditIntents: every try of one intent carries one request id, and only a
// refusal that was written down makes a new intent.
func (b *buyer) auditIntents(p payment.Payment) {
	b.w.t.Helper()
	for _, a := range p.Attempts {
		ids := map[string]bool{}
		for _, c := range b.w.captureCalls(a.Order) {
			ids[c.RequestID] = true
		}
		if ids[""] || len(ids) > a.Refusals+1 {
			b.w.t.Errorf("order %s, refused %d times, was captured under the request ids %v", a.Order, a.Refusals, ids)
		}
	}
}

// captureCalls are the captures of one order that PayPal was asked for.
func (w *world) captureCalls(order string) []sim.Call {
	return slices.DeleteFunc(w.paypal.Calls(), func(c sim.Call) bool {
		return c.Name != sim.CallCapture || !strings.Contains(c.Path, "/"+order+"/")
	})
}

// audit holds what must be true at the end of any story: at most one charge,
// equal amounts, paid exactly where PayPal took the money, a due for everything
// that is not over, and no call PayPal does not have. doubtful allows review for
// a charge PayPal itself has contradicted.
func (b *buyer) audit(doubtful bool) payment.Status {
	b.w.t.Helper()
	for _, a := range b.w.paypal.Books().Accounts {
		if a.Buyer+a.Merchant+a.PayPal != 0 {
			b.w.t.Errorf("PayPal's books do not sum to zero: %+v", a)
		}
	}
	for _, c := range b.w.paypal.Calls() {
		if c.Name == sim.Unknown {
			b.w.t.Errorf("PayPal has no call %s %s", c.Method, c.Path)
		}
	}
	if b.id == "" {
		return ""
	}
	p, item := b.stored()
	b.auditIntents(p)
	status := payment.StatusOf(p)
	charges := b.charges()
	if len(charges) > 1 {
		b.w.t.Errorf("charged %d times: %+v", len(charges), charges)
	}
	for _, c := range charges {
		if c.Amount != p.Quote.Total.Minor || c.Currency != string(p.Quote.Total.Currency) {
			b.w.t.Errorf("charged %d %s for %s", c.Amount, c.Currency, p.Quote.Total)
		}
		if a, ok := p.Live(); ok && c.Order != a.Order {
			b.w.t.Errorf("order %s was charged, the live one is %s", c.Order, a.Order)
		}
		if c.State == "COMPLETED" && status != payment.StatusCaptured && !(doubtful && status == payment.StatusReview) {
			b.w.t.Errorf("charged, and the payment is %s", status)
		}
	}
	if status == payment.StatusCaptured && len(charges) != 1 {
		b.w.t.Errorf("captured, and PayPal's books have %d charges", len(charges))
	}
	if len(p.Entries) > 0 && !item.Expires.IsZero() {
		b.w.t.Errorf("money moved, and the payment is to leave the table %s", item.Expires)
	}
	if payment.Final(p) != item.Due.IsZero() {
		b.w.t.Errorf("final is %t and due %s", payment.Final(p), item.Due)
	}
	return status
}

// priceListWith is a list with another price for the book.
func priceListWith(price string) checkout.PriceList {
	return checkout.PriceList{Products: []checkout.Product{
		{SKU: "BOOK", Name: "The Book of Tides", Prices: map[money.Currency]string{"EUR": price}},
		{SKU: "CARD", Name: "Gift card", Prices: map[money.Currency]string{"EUR": "50.00"}},
	}}
}
