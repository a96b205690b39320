package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// buyer is one person with one cart.
type buyer struct {
	*year
	number   int
	currency string
	id       string
	token    string
	order    string // PayPal's
	funding  sim.Funding
	leaves   bool // before the approval
	closes   bool // the tab, after it
	tries    int  // of the request at hand
	told     bool // that it is paid
}

// patience is how often a buyer repeats what did not go through.
const patience = 6

// visit is a buyer coming by: most pay, some leave, some close the tab too early, some
// have a card that is declined, some pay with money that is days on its way.
func (y *year) visit() {
	n := y.visitors
	y.visitors++
	b := &buyer{
		year: y, number: n, currency: y.currencies[n%len(y.currencies)], funding: sim.Balance,
		leaves: n%33 == 32, closes: n%9 == 8,
	}
	switch n % 31 {
	case 29:
		b.funding = sim.ECheck
	case 30:
		b.funding = sim.Declined
	}
	b.click()
}

// in lets something happen after so much and up to half as much again.
func (y *year) in(d time.Duration, do func()) {
	y.diary.at(y.clock.Now().Add(d+time.Duration(y.dice.Int64N(int64(d/2)))), do)
}

// again repeats what did not go through, as long as the buyer has patience.
func (b *buyer) again(do func()) {
	if b.tries++; b.tries < patience {
		b.in(30*time.Second, do)
	}
}

func (b *buyer) click() {
	cart := fmt.Sprintf(`{"cart":[{"sku":"SKU-%d","quantity":%d}],"currency":"%s","country":"DE","method":"paypal","reference":"Y-%d"}`,
		b.number%products, 1+b.number%3, b.currency, b.number)
	key := fmt.Sprintf("key-of-a-cart-that-nobody-guesses-%012d", b.number)
	r := b.ask(http.MethodPost, "/payments", cart, map[string]string{"Idempotency-Key": key})
	if r.ID != "" {
		b.id, b.token = r.ID, r.Token
		b.buyers[b.id] = b
	}
	at, err := url.Parse(r.Next.URL)
	if r.Next.Action != "redirect" || err != nil {
		b.again(b.click)
		return
	}
	b.order, b.tries = at.Query().Get("token"), 0
	if b.number%20 == 19 { // the same click twice finds the same payment
		b.ask(http.MethodPost, "/payments", cart, map[string]string{"Idempotency-Key": key})
	}
	if !b.leaves {
		b.in(time.Minute, b.approve)
	}
}

func (b *buyer) approve() {
	if err := b.paypal.ApproveWith(b.order, b.funding); err != nil {
		return // the sweep was faster than a second approval, or the order is gone
	}
	if b.funding == sim.ECheck {
		b.arriveLater()
	}
	b.liveOn()
	if !b.closes {
		b.in(20*time.Second, b.comeBack)
	}
}

// comeBack is the page's call when the buyer has come back from PayPal.
func (b *buyer) comeBack() {
	r := b.ask(http.MethodPost, "/payments/"+b.id+"/capture", "", map[string]string{"Checkout-Token": b.token})
	b.told = b.told || r.Paid
	switch {
	case r.code == http.StatusPaymentRequired:
		b.funding = sim.Balance
		b.in(time.Minute, b.approveAgain)
	case r.code != http.StatusOK:
		b.again(b.comeBack)
	case r.Paid:
		b.falsifyOnce()
	}
}

// approveAgain is a buyer whose card was declined and who takes another one.
func (b *buyer) approveAgain() {
	if b.paypal.ApproveWith(b.order, b.funding) == nil {
		b.in(20*time.Second, b.comeBack)
	}
}

// arriveLater ends what is pending after some days: the money arrives, or it does not.
func (b *buyer) arriveLater() {
	b.in(time.Duration(1+b.number%6)*24*time.Hour, func() {
		if c, ok := b.capture(); ok {
			_ = b.paypal.SettlePending(c.ID, b.number%4 != 0)
		}
	})
}

// stored is the payment as the table has it; ok is false where it has none.
func (y *year) stored(id string) (p payment.Payment, item store.Item, ok bool) {
	item, err := y.table.Get(context.Background(), store.PaymentKey(id))
	if err == nil {
		p, err = payment.Decode(item.Document)
	}
	return p, item, err == nil
}

// capture is what the merchant sees of the money.
func (b *buyer) capture() (c payment.Capture, ok bool) {
	p, _, ok := b.stored(b.id)
	if !ok || len(p.Captures) == 0 {
		return c, false
	}
	return p.Captures[0], true
}

// falsifyOnce makes the report wrong about one sale of the year, before anybody has read
// of it.
func (b *buyer) falsifyOnce() {
	how := falsifications[b.falsify]
	c, ok := b.capture()
	if b.falsified || how == "" || !ok || b.currency != b.currencies[0] || b.clock.Now().Before(b.open.AddDate(0, 0, b.days/2)) {
		return
	}
	by := int64(0)
	if how == sim.MisreportAmount {
		by = 1
	}
	if err := b.paypal.Falsify(c.ID, "T0006", how, by); err != nil {
		b.mustNot(err)
	}
	b.falsified = true
}

// falsifications are the values of -falsify.
var falsifications = map[string]sim.Misreport{"lose": sim.MisreportLost, "double": sim.MisreportTwice, "change": sim.MisreportAmount}
