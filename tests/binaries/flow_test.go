//go:build binaries

package binaries

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// flow is one story. Only what is told is disturbed: what was given has a story of
// its own.
type flow struct {
	name  string
	given func(*run) *buyer
	told  func(*run, *buyer)
	// unattended: nobody but a clock or a reader is there who could come back or
	// stay away.
	unattended bool
}

var flows = []flow{
	{name: "purchase", given: (*run).buyer, told: func(_ *run, b *buyer) {
		b.open()
		b.approve(sim.Balance)
		b.capture("captured", http.StatusOK)
	}},
	{name: "repeated click", given: (*run).buyer, told: func(_ *run, b *buyer) {
		b.open()
		b.open()
		b.approve(sim.Balance)
		b.capture("captured", http.StatusOK)
		b.capture("captured", http.StatusOK)
		b.open()
	}},
	{name: "tab closed, webhook", given: opened, told: func(r *run, b *buyer) {
		b.approve(sim.Balance)
		r.deliver()
	}},
	{name: "tab closed, sweep", given: approvedAndSilent, unattended: true, told: func(r *run, _ *buyer) {
		r.sweep()
	}},
	{name: "new attempt", given: opened, told: func(_ *run, b *buyer) {
		b.another(1)
		b.approve(sim.Balance)
		b.capture("captured", http.StatusOK)
	}},
	{name: "declined, then again", given: opened, told: declinedThenAgain},
	{name: "refused, then another attempt", given: refused, told: func(_ *run, b *buyer) {
		b.another(1)
		b.approve(sim.Balance)
		b.capture("captured", http.StatusOK)
	}},
	{name: "refund in full", given: (*run).paid, told: func(_ *run, b *buyer) {
		b.refund(0, "1")
	}},
	{name: "refund in part, repeated, and the rest", given: (*run).paid, told: func(_ *run, b *buyer) {
		b.refund(2000, "1")
		b.refund(2000, "1")
		b.refund(0, "2")
	}},
	{name: "refund in the dashboard, webhook", given: paidAndSilent, told: func(r *run, b *buyer) {
		r.must(r.paypal().RefundInDashboard(b.charges()[0].ID, 1000))
		r.deliver()
	}},
	{name: "dispute, settlement", given: disputed, unattended: true, told: func(r *run, _ *buyer) {
		r.scheduled("settlement")
	}},
	{name: "dispute, webhook", given: paidAndSilent, told: func(r *run, b *buyer) {
		r.dispute(b)
		r.deliver()
	}},
	{name: "buyer looks", given: (*run).paid, unattended: true, told: func(_ *run, b *buyer) {
		b.look("captured")
	}},
	{name: "merchant looks", given: (*run).paid, unattended: true, told: func(r *run, b *buyer) {
		day := r.merchant(http.MethodGet, "/merchant/payments?day="+time.Now().UTC().Format(time.DateOnly), "", nil)
		if day.code != http.StatusOK || !strings.Contains(day.text, b.id) {
			r.Errorf("the day's payments: %d %s", day.code, day.text)
		}
		b.ledger("captured")
	}},
	{name: "review is settled", given: reviewed, unattended: true, told: func(r *run, b *buyer) {
		a := r.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/review", `{"code":"provider_confirmed"}`, nil)
		if notes := len(r.payments()[b.id].Notes); a.code != http.StatusOK || notes != 1 {
			r.Errorf("the note: %d %s, %d notes", a.code, a.text, notes)
		}
	}},
	{name: "prices are changed", given: (*run).buyer, unattended: true, told: func(r *run, _ *buyer) {
		r.changePrices()
	}},
	{name: "signed quote", given: (*run).quoted, told: func(_ *run, b *buyer) {
		b.open()
		b.approve(sim.Balance)
		b.capture("captured", http.StatusOK)
	}},
}

// declinedThenAgain: where the refusal was lost with the process that heard it, the
// buyer is asked to approve, which is as true; but the next capture carries the
// request id of the refused one, whose refusal PayPal may repeat, and only the
// capture after that is a new one.
func declinedThenAgain(r *run, b *buyer) {
	b.approve(sim.Declined)
	a := b.ask()
	if lost := r.hit && a.code == http.StatusConflict && a.status() == "awaiting_approval"; !lost {
		b.wants(a, "declined", http.StatusPaymentRequired)
	}
	b.approve(sim.Balance)
	if a = b.ask(); r.hit && a.code == http.StatusPaymentRequired {
		a = b.ask()
	}
	b.wants(a, "captured", http.StatusOK)
}

func opened(r *run) *buyer {
	b := r.buyer()
	b.open()
	return b
}

// approvedAndSilent is a buyer who has closed the tab, and no webhook came.
func approvedAndSilent(r *run) *buyer {
	b := opened(r)
	b.approve(sim.Balance)
	r.silence()
	return b
}

func paidAndSilent(r *run) *buyer {
	b := r.paid()
	r.silence()
	return b
}

// refused is a buyer whose order PayPal will never capture.
func refused(r *run) *buyer {
	b := opened(r)
	b.approve(sim.Refused)
	b.capture("declined", http.StatusPaymentRequired)
	return b
}

// disputed is a buyer who complains, and no webhook came.
func disputed(r *run) *buyer {
	b := paidAndSilent(r)
	r.dispute(b)
	r.silence()
	return b
}

func (r *run) dispute(b *buyer) {
	r.Helper()
	capture := b.charges()[0].ID
	id, err := r.paypal().OpenDispute(capture, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	r.must(err)
	r.disputed[id] = capture
}

// reviewed is a payment that only a person can judge: an order that was seen
// approved is gone without a capture.
func reviewed(r *run) *buyer {
	b := opened(r)
	b.approve(sim.Balance)
	b.wishes = 0 // the order is gone before anything comes of it
	a := b.send(http.MethodPost, "/payments/"+b.id+"/attempts", `{"after":1,"method":"paypal"}`, b.withToken(), false)
	if a.code != http.StatusConflict {
		r.Errorf("another attempt at an approved order: %d %s", a.code, a.text)
	}
	orders := r.paypal().Orders()
	r.must(r.paypal().Void(orders[len(orders)-1].ID))
	b.capture("review", http.StatusAccepted)
	return b
}

// ledger is the payment as the merchant is shown it.
func (b *buyer) ledger(status string) {
	b.Helper()
	a := b.merchant(http.MethodGet, "/merchant/payments/"+b.id, "", nil)
	if a.code != http.StatusOK || a.status() != status {
		b.Errorf("the merchant is shown %s, want %s: %d %s", a.status(), status, a.code, a.text)
	}
}

// prices is a price list in force.
type prices struct {
	List struct {
		Products []struct {
			SKU string `json:"sku"`
		} `json:"products"`
	} `json:"list"`
}

// skus are what the list in force sells, in order.
func (r *run) skus() string {
	r.Helper()
	shown := r.merchant(http.MethodGet, "/merchant/price-list", "", nil)
	var now prices
	if err := json.Unmarshal([]byte(shown.text), &now); err != nil || shown.code != http.StatusOK {
		r.Errorf("the price list: %d %s", shown.code, shown.text)
	}
	var all []string
	for _, product := range now.List.Products {
		all = append(all, product.SKU)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// changePrices puts a list with a product of its own in force. Where that is cut
// off, one of the two lists is in force, whole.
func (r *run) changePrices() {
	r.Helper()
	text, err := os.ReadFile(root + "/tests/testdata/prices.json")
	r.must(err)
	list := func(sku string) string {
		return strings.Replace(string(text), `"products": [`, `"products": [{"sku": "`+sku+`", "name": "New", "prices": {"EUR": "1.00"}},`, 1)
	}
	const others = "BOOK CARD GIFT PALACE TEE"
	first, second := "A"+rand.Text(), "A"+rand.Text()
	r.telling = false
	r.merchant(http.MethodPut, "/merchant/price-list", list(first), nil)
	r.telling = true
	if put := r.once(http.MethodPut, "/merchant/price-list", list(second), nil, true); put.code/100 != 2 && r.hit {
		if now := r.skus(); now != first+" "+others && now != second+" "+others {
			r.Errorf("after a list that was cut off, %s are sold", now)
		}
		r.merchant(http.MethodPut, "/merchant/price-list", list(second), nil)
	}
	if now := r.skus(); now != second+" "+others {
		r.Errorf("%s are sold, and not %s", now, second)
	}
}

// play tells a flow and lets its time pass. It ends early where somebody leaves.
func (r *run) play(f flow) {
	r.Helper()
	b := f.given(r)
	r.telling = true
	func() {
		defer func() {
			if end := recover(); end != nil && end != (gone{}) {
				panic(end)
			}
		}()
		f.told(r, b)
	}()
	r.telling = false
	r.settle()
	r.end()
}
