package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

const (
	due = 100 // payments whose buyer closed the tab, in every sweep

	// flat is what the CPU of a sweep may grow by from 1,000 payments to 100,000:
	// a search tree has some more levels.
	flat = 1.25
)

// sweep shows that a sweep costs what is due, however many payments there are.
func (b *bench) sweep() (figures []figure, err error) {
	sizes := []int{1_000, 10_000, 100_000}
	if b.quick {
		sizes = sizes[:2]
	}
	figures, err = b.sweepOver(nil, "bolt", sizes, min(b.rounds, 5))
	if err != nil {
		return nil, err
	}
	local, err := b.dynamoDB()
	if local == nil || err != nil {
		return figures, err
	}
	more, err := b.sweepOver(local, "DynamoDB Local", sizes, 3)
	return append(figures, more...), err
}

// swept is what one sweep took.
type swept struct {
	calls  int64
	cost   cost
	cpu    float64 // ms
	wall   float64 // ms
	waited float64 // ms of it, for the simulated providers
}

// during measures a run of something that the scheduler starts.
func (d *desk) during(run func(context.Context) error) (swept, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	before, called, waited := d.meter.read(), d.calls.Load(), d.waited.Load()
	used, began := ownCPU(), time.Now()
	err := run(ctx)
	return swept{
		calls: d.calls.Load() - called, cost: d.meter.read().less(before), cpu: ms(ownCPU() - used),
		wall: ms(time.Since(began)), waited: ms(time.Duration(d.waited.Load() - waited)),
	}, err
}

func (b *bench) sweepOver(local *cloud.DynamoDB, name string, sizes []int, rounds int) (figures []figure, err error) {
	desks := make([]*desk, len(sizes))
	for i, n := range sizes {
		if desks[i], err = openDesk(local, b.folder, fmt.Sprintf("sweep-%d", n), paypal.Name, stripe.Name); err != nil {
			return nil, err
		}
		defer desks[i].close()
		fmt.Fprintf(os.Stderr, "filling %s with %d payments\n", name, n)
		if err := desks[i].fill(local, fmt.Sprintf("sweep-%d", n), n-due); err != nil {
			return nil, err
		}
	}
	taken := make([][]swept, len(sizes))
	for round := range rounds + 1 {
		for i, d := range desks {
			s, err := d.sweepOnce()
			if err != nil {
				return nil, fmt.Errorf("%s, %d payments: %w", name, sizes[i], err)
			}
			if round > 0 {
				taken[i] = append(taken[i], s)
			}
		}
	}
	column := func(i int, of func(swept) float64) (s samples) {
		for _, t := range taken[i] {
			s = append(s, of(t))
		}
		return s
	}
	for i, n := range sizes {
		told := taken[i][0]
		what := fmt.Sprintf("sweep, %d of %d due, %s: ", due, n, name)
		counted := func(s swept) float64 { return float64(s.calls) + s.cost.gets + s.cost.queries + s.cost.written }
		figures = append(figures, figure{
			name: what + "calls and rows", ours: number(counted(told)), reference: "of 1000 " + number(counted(taken[0][0])),
			ratio: samples{counted(told) / counted(taken[0][0])}, target: 1,
			note: fmt.Sprintf("PayPal %d, gets %s, queries %s, rows written %s; units: base %s, index %s, read %s",
				told.calls, number(told.cost.gets), number(told.cost.queries), number(told.cost.written),
				number(told.cost.base), number(told.cost.index), number(told.cost.read)),
		})
		if i == 0 {
			continue
		}
		cpu, first := column(i, func(s swept) float64 { return s.cpu }), column(0, func(s swept) float64 { return s.cpu })
		wall, firstWall := column(i, func(s swept) float64 { return s.wall }), column(0, func(s swept) float64 { return s.wall })
		figures = append(figures, figure{
			name: what + "CPU", ours: cpu.in("ms"), reference: "of 1000 " + first.in("ms"), ratio: cpu.over(first), target: flat,
			note: "with the simulated PayPal's",
		}, figure{name: what + "time", ours: wall.in("ms"), reference: "of 1000 " + firstWall.in("ms"), ratio: wall.over(firstWall)})
	}
	return figures, nil
}

// sweepOnce opens payments whose buyers close the tab, lets them come due, sweeps,
// and puts them away, so that the next round begins where this one did.
func (d *desk) sweepOnce() (s swept, err error) {
	var keys []store.Key
	for range due {
		p, order, err := d.open(1)
		if err == nil {
			err = d.approve(order)
		}
		if err != nil {
			return s, err
		}
		keys = append(keys, store.PaymentKey(p.ID))
	}
	d.clock.Move(time.Hour)
	var done checkout.Swept
	s, err = d.during(func(ctx context.Context) error {
		done, err = d.Sweep(ctx)
		return err
	})
	if err == nil && (done.Due != due || done.Captured != due || done.Failed != 0) {
		err = fmt.Errorf("the sweep found %+v and not %d to capture", done, due)
	}
	if err != nil {
		return s, err
	}
	for _, key := range keys {
		if err := d.putAway(key); err != nil {
			return s, err
		}
	}
	return s, nil
}

// faraway is a due that no round reaches.
func (d *desk) faraway() time.Time { return d.clock.Now().AddDate(1, 0, 0).Truncate(time.Second) }

func (d *desk) putAway(key store.Key) error {
	item, err := d.table.Get(context.Background(), key)
	if err != nil {
		return err
	}
	after := item
	after.WriteID, after.Due = newKey(), d.faraway()
	return d.table.Write(context.Background(), store.Put{Before: item, After: after})
}

// fill writes payments that are not due: copies of one that was captured, each with
// an id of its own.
func (d *desk) fill(local *cloud.DynamoDB, table string, n int) error {
	p, err := d.paid(1)
	if err != nil {
		return err
	}
	model, err := d.table.Get(context.Background(), store.PaymentKey(p.ID))
	if err != nil {
		return err
	}
	if local != nil {
		if err := d.putAway(model.Key); err != nil {
			return err
		}
		return batches(local.Endpoint, table, p.ID, n)
	}
	model.Due = d.faraway()
	var puts []store.Put
	for i := range n {
		id := copyID(i)
		item := model
		item.Key, item.WriteID = store.PaymentKey(id), newKey()
		item.Document = bytes.ReplaceAll(model.Document, []byte(p.ID), []byte(id))
		puts = append(puts, store.Put{After: item})
		if len(puts) < store.MaxPuts && i < n-1 {
			continue
		}
		// Past the meter, whose work this is not.
		if err := d.table.(weighed).Store.Write(context.Background(), puts...); err != nil {
			return err
		}
		puts = nil
	}
	return d.putAway(model.Key)
}

// copyID has the form of a payment's id.
func copyID(n int) string { return fmt.Sprintf("sc%026d", n) }

// batches copies an item of DynamoDB Local n times, 25 at once, in DynamoDB's own
// JSON: as many writes through the store would take longer than all the rest.
func batches(endpoint, table, id string, n int) error {
	key := map[string]any{"pk": map[string]any{"S": store.PaymentKey(id).Partition}, "sk": map[string]any{"S": store.PaymentKey(id).Sort}}
	var got struct{ Item map[string]json.RawMessage }
	if err := dynamoCall(endpoint, "GetItem", map[string]any{"TableName": table, "Key": key}, &got); err != nil {
		return err
	}
	text, err := json.Marshal(got.Item)
	if err != nil {
		return err
	}
	var failed error
	work, done := make(chan []any), make(chan error)
	const writers = 4
	for range writers {
		go func() {
			var first error
			for requests := range work {
				err := dynamoCall(endpoint, "BatchWriteItem", map[string]any{"RequestItems": map[string]any{table: requests}}, nil)
				if first == nil {
					first = err
				}
			}
			done <- first
		}()
	}
	var requests []any
	for i := range n {
		copied := copyID(i)
		var item map[string]json.RawMessage
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), id, copied)), &item); err != nil {
			return err
		}
		item["shard"] = json.RawMessage(`{"S":"` + strconv.Itoa(store.DueShard(store.PaymentKey(copied))) + `"}`)
		requests = append(requests, map[string]any{"PutRequest": map[string]any{"Item": item}})
		if len(requests) == 25 || i == n-1 {
			work <- requests
			requests = nil
		}
	}
	close(work)
	for range writers {
		if err := <-done; failed == nil {
			failed = err
		}
	}
	return failed
}

// dynamoCall is one call of DynamoDB Local, which wants a signature and checks none.
func dynamoCall(endpoint, operation string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, endpoint, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAOFNOACCOUNT/20261121/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var left struct{ UnprocessedItems map[string]json.RawMessage }
	if err := json.Unmarshal(body, &left); err != nil || answer.StatusCode != http.StatusOK || len(left.UnprocessedItems) > 0 {
		return fmt.Errorf("%s: %s %s", operation, answer.Status, body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}
