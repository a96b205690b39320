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
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// payPalKeys are good for the simulator.
var payPalKeys = paypal.Credentials{ClientID: clientID, Secret: clientKey}

func priced(euros string) map[money.Currency]string { return map[money.Currency]string{"EUR": euros} }

// Goals of DESIGN, section 4: write units of a whole life, settlement included.
const (
	baseGoal  = 6
	indexGoal = 4
)

// story is something that happens to one payment.
type story struct {
	name  string
	tell  func(*desk) (id string, err error)
	whole bool // a life, which the goals are for
}

var stories = []story{
	{name: "purchase (create, capture)", tell: func(d *desk) (string, error) {
		p, err := d.paid(1)
		return p.ID, err
	}},
	{name: "whole life (create, capture, settlement, refund, settlement)", tell: (*desk).life, whole: true},
	{name: "cart of 20 lines (create, capture)", tell: func(d *desk) (string, error) {
		p, err := d.paid(20)
		return p.ID, err
	}},
	{name: "abandoned cart (create, and looks until its row may expire)", tell: (*desk).abandoned},
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
	for i, s := range stories {
		d, err := openDesk(local, b.folder, fmt.Sprintf("units-%d", i))
		if err != nil {
			return nil, err
		}
		// What prices cost to read is a cart's; what they cost to write is not.
		before, shared := d.meter.read(), d.books
		id, err := s.tell(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		shared = d.books.less(shared)
		told := d.meter.read().less(before).less(shared)
		size, err := d.size(id)
		if err != nil {
			return nil, err
		}
		d.close()
		base := figure{name: s.name + ": write units, base", ours: number(told.base), note: fmt.Sprintf("item %d bytes by DynamoDB's count; %s", size, how)}
		if len(d.steps) > 0 {
			base.note = fmt.Sprintf("base+index units and bytes of the item: %s; the books, for all payments together: %s+%s; %s",
				strings.Join(d.steps, ", "), number(shared.base), number(shared.index), how)
		}
		index := figure{name: s.name + ": write units, index", ours: number(told.index)}
		if s.whole {
			base.reference, base.ratio, base.target = fmt.Sprintf("goal %d", baseGoal), samples{told.base / baseGoal}, 1
			index.reference, index.ratio, index.target = fmt.Sprintf("goal %d", indexGoal), samples{told.index / indexGoal}, 1
		}
		figures = append(figures, base, index, figure{
			name: s.name + ": read units", ours: number(told.read), note: fmt.Sprintf("%s gets, %s queries", number(told.gets), number(told.queries)),
		})
	}
	return figures, b.addRefund(&figures)
}

// addRefund puts the refund behind the purchase: what a refund adds to one.
func (b *bench) addRefund(figures *[]figure) error {
	local, err := b.dynamoDB()
	if err != nil {
		return err
	}
	d, err := openDesk(local, b.folder, "units-refund")
	if err != nil {
		return err
	}
	defer d.close()
	p, err := d.paid(1)
	if err != nil {
		return err
	}
	before := d.meter.read()
	if err := d.refund(p.ID); err != nil {
		return err
	}
	told := d.meter.read().less(before)
	*figures = append(*figures, figure{
		name: "refund: write units, base", ours: number(told.base), note: number(told.read) + " read units",
	}, figure{name: "refund: write units, index", ours: number(told.index)})
	return nil
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
func (d *desk) life() (string, error) {
	if _, err := d.settleOnce(); err != nil { // which begins the books
		return "", err
	}
	began := d.own()
	p, order, err := d.open(1)
	if err == nil {
		began, err = d.step("create", p.ID, began)
	}
	if err == nil {
		err = d.paypal.Approve(order)
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
func (d *desk) abandoned() (string, error) {
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
