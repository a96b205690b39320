package main

import (
	"context"
	"math"
	"sync"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// cost is what DynamoDB charges, in units, and how often it was asked.
type cost struct {
	base, index, read      float64
	gets, queries, written float64
}

func (c cost) less(d cost) cost {
	return cost{c.base - d.base, c.index - d.index, c.read - d.read, c.gets - d.gets, c.queries - d.queries, c.written - d.written}
}

func (c cost) plus(d cost) cost { return c.less(cost{}.less(d)) }

// meter sums up.
type meter struct {
	mu  sync.Mutex
	sum cost
}

func (m *meter) add(c cost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = m.sum.plus(c)
}

func (m *meter) read() cost {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}

// consumed takes down what DynamoDB says of a call.
func (m *meter) consumed(c dynamo.Consumed) {
	table, indexes := 0.0, 0.0
	if t := c.Capacity.Table; t != nil && t.CapacityUnits != nil {
		table = *t.CapacityUnits
	}
	for _, i := range c.Capacity.GlobalSecondaryIndexes {
		if i.CapacityUnits != nil {
			indexes += *i.CapacityUnits
		}
	}
	told := cost{base: table, index: indexes, written: float64(c.Puts)}
	if c.Puts == 0 {
		told = cost{read: table + indexes}
	}
	switch c.Call {
	case "GetItem":
		told.gets = 1
	case "Query":
		told.queries = 1
	}
	m.add(told)
}

// weighed works out what DynamoDB would charge for what is asked of a file, by the
// sizes of the items (DynamoDB developer guide, "Read/write capacity").
type weighed struct {
	*bolt.Store
	meter *meter
}

// Get costs a read unit for each 4 KB.
func (w weighed) Get(ctx context.Context, key store.Key) (store.Item, error) {
	item, err := w.Store.Get(ctx, key)
	size := 1
	if err == nil {
		if size, err = dynamo.Bytes(item); err != nil {
			return item, err
		}
	}
	w.meter.add(cost{gets: 1, read: math.Ceil(float64(size) / 4096)})
	return item, err
}

// Query costs half a unit for each 4 KB of an index, and at least that.
func (w weighed) Query(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := w.Store.Query(ctx, q)
	size := 1.0
	for _, item := range page.Items {
		if n, err := dynamo.Bytes(item); err == nil {
			size += float64(n)
		}
	}
	units := math.Ceil(size/4096) / 2
	if q.Partition != "" {
		units *= 2
	}
	w.meter.add(cost{queries: 1, read: units})
	return page, err
}

// Write costs a unit for each KB of the larger of the two items, and twice that in
// a transaction; what it costs the indexes is counted by the store.
func (w weighed) Write(ctx context.Context, puts ...store.Put) error {
	before := w.Store.Counts().IndexWrites
	if err := w.Store.Write(ctx, puts...); err != nil {
		return err
	}
	told := cost{index: float64(w.Store.Counts().IndexWrites - before), written: float64(len(puts))}
	for _, p := range puts {
		size, err := dynamo.Bytes(p.After)
		if err != nil {
			return err
		}
		if p.Before.Version > 0 {
			old, err := dynamo.Bytes(p.Before)
			if err != nil {
				return err
			}
			size = max(size, old)
		}
		told.base += math.Ceil(float64(size) / 1024)
	}
	if len(puts) > 1 {
		told.base *= 2
	}
	w.meter.add(told)
	return nil
}
