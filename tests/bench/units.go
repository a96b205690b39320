package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// payPalKeys and stripeKeys are good for the simulators.
var (
	payPalKeys = paypal.Credentials{ClientID: clientID, Secret: clientKey}
	stripeKeys = stripe.Credentials{Key: stripeKey, Signing: signing}
)

func priced(euros string) map[money.Currency]string { return map[money.Currency]string{"EUR": euros} }

// Goals of DESIGN, section 4: write units of a whole life, settlement included.
const (
	baseGoal  = 6
	indexGoal = 4
)

// story is something that happens to one payment.
type story struct {
	name, steps string
	given       func(*desk, string) (string, error) // what has happened before and is not counted; may be nil
	tell        func(*desk, string) (string, error) // is given a payment, if there is one, and gives back whose story it was
	whole       bool                                // a life, which the goals are for
	told        []string                            // where, see merchants; nil is everywhere
}

// merchants are those whose payments are told of: with PayPal alone, and with both.
var merchants = []struct{ where, at, beside string }{
	{"", paypal.Name, ""}, {" beside Stripe", paypal.Name, stripe.Name}, {" at Stripe", stripe.Name, paypal.Name},
}

var stories = []story{
	{name: "purchase", steps: " (create, capture)", tell: bought(1)},
	{name: "whole life", steps: " (create, capture, settlement, refund, settlement)", tell: (*desk).life, whole: true},
	{name: "cart of 20 lines", steps: " (create, capture)", tell: bought(20), told: []string{""}},
	{name: "abandoned cart", steps: " (create, and looks until its row may expire)", tell: (*desk).abandoned, told: []string{"", " at Stripe"}},
	{
		name: "refund", given: bought(1), told: []string{"", " at Stripe"},
		tell: func(d *desk, id string) (string, error) { return id, d.refund(id) },
	},
}

// bought is a purchase of so many lines.
func bought(lines int) func(*desk, string) (string, error) {
	return func(d *desk, _ string) (string, error) {
		p, err := d.paid(lines)
		return p.ID, err
	}
}

// units tells what each story costs.
func (b *bench) units() (figures []figure, err error) {
	local, err := b.dynamoDB()
	if err != nil {
		return nil, err
	}
	how := "by DynamoDB Local's ConsumedCapacity"
	if local == nil {
		how = "by the sizes of the items, without DynamoDB Local"
	}
	for n, m := range merchants {
		for i, s := range stories {
			if s.told != nil && !slices.Contains(s.told, m.where) {
				continue
			}
			d, err := openDesk(local, b.folder, fmt.Sprintf("units-%d-%d", n, i), m.at, strings.Fields(m.beside)...)
			if err != nil {
				return nil, err
			}
			more, err := s.cost(d, s.name+m.where+s.steps, how)
			d.close()
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", s.name, m.where, err)
			}
			figures = append(figures, more...)
		}
	}
	return figures, nil
}

// cost tells a story and what it took.
func (s story) cost(d *desk, what, how string) ([]figure, error) {
	id, err := "", error(nil)
	if s.given != nil {
		if id, err = s.given(d, ""); err != nil {
			return nil, err
		}
	}
	// What prices cost to read is a cart's; what they cost to write is not.
	before, shared := d.meter.read(), d.books
	if id, err = s.tell(d, id); err != nil {
		return nil, err
	}
	shared = d.books.less(shared)
	told := d.meter.read().less(before).less(shared)
	size, err := d.size(id)
	if err != nil {
		return nil, err
	}
	base := figure{name: what + ": write units, base", ours: number(told.base), note: fmt.Sprintf("item %d bytes by DynamoDB's count; %s", size, how)}
	if len(d.steps) > 0 {
		base.note = fmt.Sprintf("base+index units and bytes of the item: %s; the books, for all payments together: %s+%s; %s",
			strings.Join(d.steps, ", "), number(shared.base), number(shared.index), how)
	}
	index := figure{name: what + ": write units, index", ours: number(told.index)}
	if s.whole {
		base.reference, base.ratio, base.target = fmt.Sprintf("goal %d", baseGoal), samples{told.base / baseGoal}, 1
		index.reference, index.ratio, index.target = fmt.Sprintf("goal %d", indexGoal), samples{told.index / indexGoal}, 1
	}
	return []figure{base, index, {
		name: what + ": read units", ours: number(told.read), note: fmt.Sprintf("%s gets, %s queries", number(told.gets), number(told.queries)),
	}}, nil
}

func (d *desk) refund(id string) error {
	p, _, _, err := d.Refund(context.Background(), id, checkout.GiveBack{Key: newKey(), Reason: "requested_by_buyer"})
	if status := payment.StatusOf(p); err == nil && status != payment.StatusRefunded {
		err = fmt.Errorf("a refunded payment is %s", status)
	}
	d.clock.Move(30 * time.Second)
	return err
}

// together counts apart what is written for all payments of some hours: how far the
// account is read, the books of a day, and which payments have rows in an hour.
type together struct {
	store.Store
	desk *desk
}

// Write counts one that touches no payment among the books.
func (t together) Write(ctx context.Context, puts ...store.Put) error {
	before := t.desk.meter.read()
	err := t.Store.Write(ctx, puts...)
	ofPayment := func(p store.Put) bool {
		return strings.HasPrefix(p.After.Key.Partition, store.PaymentKey("").Partition)
	}
	if !slices.ContainsFunc(puts, ofPayment) {
		t.desk.books = t.desk.books.plus(t.desk.meter.read().less(before))
	}
	return err
}

// own is what was spent on payments, without the books.
func (d *desk) own() cost { return d.meter.read().less(d.books) }

// life is a payment to its end: paid, settled, refunded some days later, settled again.
func (d *desk) life(string) (string, error) {
	if _, err := d.settleOnce(); err != nil { // which begins the books
		return "", err
	}
	began := d.own()
	p, order, err := d.open(1)
	if err == nil {
		began, err = d.step("create", p.ID, began)
	}
	if err == nil {
		err = d.approve(order)
	}
	if err == nil {
		p, err = d.take(p.ID)
	}
	if err == nil {
		began, err = d.step("capture", p.ID, began)
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"webhook", d.hear},
		{"settlement of the sale", d.settleLate},
		{"looks", func() error { return d.sweepUntilQuiet(p.ID) }},
		{"refund", func() error { return d.refund(p.ID) }},
		{"its webhook", d.hear},
		{"settlement of the refund", d.settleLate},
		{"looks", func() error { return d.sweepUntilQuiet(p.ID) }},
	} {
		if err == nil {
			err = step.do()
		}
		if err == nil {
			began, err = d.step(step.name, p.ID, began)
		}
	}
	return p.ID, err
}

// settleLate is the settlement that finds a new row of a payment, when it is in. A sale
// that is given back whole has its own row changed with it.
func (d *desk) settleLate() error {
	d.clock.Move(reportLate)
	t, err := d.settleOnce()
	if err == nil && t.done.Rows == 0 {
		err = fmt.Errorf("the settlement found no row: %+v", t.done)
	}
	return err
}

// step notes what a step of a life cost and how large the item is after it. The
// bench's own look at the size is taken off.
func (d *desk) step(name, id string, before cost) (cost, error) {
	seen := d.meter.read()
	size, err := d.size(id)
	if err != nil {
		return before, err
	}
	d.meter.add(seen.less(d.meter.read()))
	told := d.own().less(before)
	d.steps = append(d.steps, fmt.Sprintf("%s %s+%s (%d)", name, number(told.base), number(told.index), size))
	return d.own(), nil
}

// abandoned is a payment whose buyer never comes.
func (d *desk) abandoned(string) (string, error) {
	p, _, err := d.open(1)
	if err != nil {
		return "", err
	}
	return p.ID, d.sweepUntilQuiet(p.ID)
}

// sweepUntilQuiet sweeps whenever the payment is due, until it never is again. What
// a sweep costs that finds nothing is no payment's, and taken off.
func (d *desk) sweepUntilQuiet(id string) error {
	idle, err := d.idleSweep()
	if err != nil {
		return err
	}
	for range 10 {
		seen := d.meter.read()
		item, err := d.table.Get(context.Background(), store.PaymentKey(id))
		if err != nil {
			return err
		}
		d.meter.add(seen.less(d.meter.read())) // the bench's own look
		if item.Due.IsZero() {
			return nil
		}
		d.clock.Move(item.Due.Sub(d.clock.Now()))
		if _, err := d.Sweep(context.Background()); err != nil {
			return err
		}
		d.meter.add(cost{}.less(idle))
	}
	return fmt.Errorf("%s is due for ever", id)
}

// idleSweep is what a sweep costs that finds nothing; it is not counted.
func (d *desk) idleSweep() (cost, error) {
	before := d.meter.read()
	if _, err := d.Sweep(context.Background()); err != nil {
		return cost{}, err
	}
	idle := d.meter.read().less(before)
	d.meter.add(cost{}.less(idle))
	return idle, nil
}
