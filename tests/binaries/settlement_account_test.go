//go:build binaries

package binaries

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// account is a merchant's account at PayPal and the table of the shop it belongs to,
// at the moment in which a settlement is about to begin. Its life is told once; the
// settlement only asks, so any number of worlds can have it read, each its own copy of
// the table.
type account struct {
	paypal *sim.Simulator
	clock  atomic.Pointer[time.Time] // PayPal's, which stands still
	table  []map[string]value        // every item
	calls  int                       // that PayPal had been asked when the life was over
}

// live tells a life in a world of its own; the settlement's first run, if there is one,
// is part of it.
func live(t *testing.T, life func(*account, *run)) *account {
	t.Helper()
	w := open(t, fmt.Sprint("account-", seeds.Add(1)))
	t.Cleanup(w.close)
	r := w.begin(t, plan{})
	a := &account{}
	signer, err := authority()
	r.must(err)
	a.paypal = sim.New(sim.Config{
		Seed: seeds.Add(1), Now: func() time.Time { return *a.clock.Load() }, ClientID: clientID, ClientSecret: clientSecret,
		PublicURL: w.wire.PayPal, Webhook: sim.Webhook{URL: w.api.URL + "/webhooks/paypal", ID: webhookID, Authority: signer},
	})
	a.paypal.ReportLate(0)
	a.paypal.BalancesLate(0)
	a.stand(time.Now())
	w.desk.paypal.Store(a.paypal)
	r.foreign, r.silent = map[string]bool{anotherShops: true, nobodys: true}, true
	life(a, r)
	r.report()
	a.table, err = w.table.items()
	r.must(err)
	a.calls = len(a.paypal.Calls())
	return a
}

// stand lets PayPal's clock show a time. Money never moves before it has moved last, so
// a life goes on in order.
func (a *account) stand(at time.Time) {
	at = at.UTC().Truncate(time.Second)
	a.clock.Store(&at)
}

// day is midnight so many days ago, by the machine's clock and so by the functions'.
func day(ago int) time.Time {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -ago)
}

// sell is another shop's sale on the same account.
func (a *account) sell(r *run, amount int64) {
	r.Helper()
	_, err := a.paypal.Sell(sim.Sale{CustomID: anotherShops, Currency: "EUR", Amount: amount})
	r.must(err)
}

// weekOfASmallShop is five days in which each thing happens that a run has to ask
// something about. The first day is read already: what refers to its sales later leads
// to them only by a question.
func weekOfASmallShop(a *account, r *run) {
	a.stand(day(5).Add(9 * time.Hour))
	refunded, reversed, held, disputed := r.paid(), r.paid(), r.paid(), r.paid()
	a.sell(r, 4200)
	a.stand(day(4).Add(time.Hour))
	r.scheduled("settlement")

	a.stand(day(4).Add(11 * time.Hour))
	r.paid()
	busyDay(a, r, day(3), 1100, func() { r.must(a.paypal.RefundInDashboard(refunded.charges()[0].ID, 2000)) })

	a.stand(day(2).Add(10 * time.Hour))
	r.must(a.paypal.Reverse(reversed.charges()[0].ID))
	_, err := a.paypal.Hold("T2107", held.charges()[0].ID, "", 0)
	r.must(err)
	refunded.refund(1000, "own")
	_, err = a.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3})
	r.must(err)
	_, err = a.paypal.Sell(sim.Sale{CustomID: nobodys, Currency: "EUR", Amount: 500})
	r.must(err)

	a.stand(day(1).Add(12 * time.Hour))
	r.paid()
	_, err = a.paypal.PayOut("EUR", 0)
	r.must(err)

	a.stand(time.Now())
	_, err = a.paypal.OpenDispute(disputed.charges()[0].ID, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	r.must(err)
	a.stand(time.Now().Add(time.Second))
}

// firstMonth is an account that was never read, and has a sale.
func firstMonth(a *account, r *run) {
	a.stand(day(20).Add(12 * time.Hour))
	a.sell(r, 4200)
	a.stand(day(2).Add(9 * time.Hour))
	b := r.paid()
	a.stand(day(2).Add(10 * time.Hour))
	r.must(a.paypal.RefundInDashboard(b.charges()[0].ID, 2000))
	a.stand(time.Now())
}

// moreThanIsListed is a day of which PayPal lists no more than a part at once, and on
// which a sale of ours was refunded.
func moreThanIsListed(a *account, r *run) {
	a.stand(day(4).Add(time.Hour))
	r.scheduled("settlement")
	a.stand(day(4).Add(9 * time.Hour))
	b := r.paid()
	busyDay(a, r, day(3), 10_300, func() { r.must(a.paypal.RefundInDashboard(b.charges()[0].ID, 2000)) })
	a.stand(time.Now())
}

const (
	anotherShops = "A-17"

	// nobodys is an id of a payment's form, and of none that was made.
	nobodys = "sca85a8uaat0davnnv5u1s5ciipo"
)

// busyDay has so many sales of another shop in equal steps, and something that happens
// in the middle of them.
func busyDay(a *account, r *run, begin time.Time, sales int, noon func()) {
	r.Helper()
	for i := range sales {
		a.stand(begin.Add(time.Duration(i) * 24 * time.Hour / time.Duration(sales)))
		a.sell(r, int64(100+i))
		if i == sales/2 {
			noon()
		}
	}
}

// items are all items as DynamoDB writes them.
func (t table) items() (all []map[string]value, err error) {
	in := map[string]any{"TableName": t.name, "ConsistentRead": true}
	for {
		var page struct {
			Items            []map[string]value
			LastEvaluatedKey map[string]value
		}
		if err := t.call("Scan", in, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.LastEvaluatedKey == nil {
			return all, nil
		}
		in["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

// restore makes the table one of these items and no others.
func (t table) restore(items []map[string]value) error {
	there, err := t.items()
	if err != nil {
		return err
	}
	key := func(item map[string]value) string { return fmt.Sprintf("%s %s", item["pk"], item["sk"]) }
	wanted, requests := map[string]bool{}, []any{}
	for _, item := range items {
		wanted[key(item)] = true
		requests = append(requests, map[string]any{"PutRequest": map[string]any{"Item": item}})
	}
	for _, item := range there {
		if !wanted[key(item)] {
			maps.DeleteFunc(item, func(name string, _ value) bool { return name != "pk" && name != "sk" })
			requests = append(requests, map[string]any{"DeleteRequest": map[string]any{"Key": item}})
		}
	}
	for part := range slices.Chunk(requests, 25) {
		var left struct{ UnprocessedItems map[string]any }
		if err := t.call("BatchWriteItem", map[string]any{"RequestItems": map[string]any{t.name: part}}, &left); err != nil {
			return err
		}
		if len(left.UnprocessedItems) > 0 {
			return fmt.Errorf("items were not written: %v", left.UnprocessedItems)
		}
	}
	return nil
}
