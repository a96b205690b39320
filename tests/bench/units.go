package main

import (
	"context"
	"fmt"
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
	{name: "whole life (no settlement yet)", tell: (*desk).life, whole: true},
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
		before := d.meter.read()
		id, err := s.tell(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		told := d.meter.read().less(before)
		size, err := d.size(id)
		if err != nil {
			return nil, err
		}
		d.close()
		base := figure{name: s.name + ": write units, base", ours: number(told.base), note: fmt.Sprintf("item %d bytes by DynamoDB's count; %s", size, how)}
		if len(d.steps) > 0 {
			base.note = fmt.Sprintf("base+index units and bytes of the item: %s; %s", strings.Join(d.steps, ", "), how)
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

// life is a payment to its end, without settlement, which is not there yet.
func (d *desk) life() (string, error) {
	began := d.meter.read()
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
		{"refund", func() error { return d.refund(p.ID) }},
		{"its webhook", d.hear},
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

// step notes what a step of a life cost and how large the item is after it. The
// bench's own look at the size is taken off.
func (d *desk) step(name, id string, before cost) (cost, error) {
	now := d.meter.read()
	size, err := d.size(id)
	if err != nil {
		return now, err
	}
	d.meter.add(now.less(d.meter.read()))
	told := now.less(before)
	d.steps = append(d.steps, fmt.Sprintf("%s %s+%s (%d)", name, number(told.base), number(told.index), size))
	return now, nil
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
