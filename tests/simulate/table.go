package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// tableTime is what a call to the table takes.
const tableTime = 5*time.Millisecond + 3*time.Microsecond

// tableSeam is the table as one container sees it.
type tableSeam struct{ *container }

// touched names what a row is to others: all that is decided about a payment hangs on
// its own row.
func touched(key store.Key) string {
	if kindOf(key) == "prices" {
		return "" // nobody changes them here
	}
	return key.Partition + "/" + key.Sort
}

func (t tableSeam) Get(ctx context.Context, key store.Key) (store.Item, error) {
	p := t.party
	v := p.enter(call{seam: seamTable, what: "get " + kindOf(key), touches: touched(key)})
	if err := t.fail(ctx, v.fault); err != nil {
		return store.Item{}, t.noted(p, "get "+key.Partition, err)
	}
	item, err := t.world.table.Get(ctx, key)
	_ = t.noted(p, fmt.Sprintf("get %s: version %d", key.Partition, item.Version), err)
	p.leave(v)
	return item, err
}

func (t tableSeam) Query(ctx context.Context, q store.Query) (store.Page, error) {
	p := t.party
	what, touches := "query rows", touched(store.Key{Partition: q.Partition, Sort: q.SortPrefix}) // all that begin so
	if !q.DueBefore.IsZero() {
		what, touches = "query due", "" // what it names is read again
	}
	v := p.enter(call{seam: seamTable, what: what, touches: touches})
	if err := t.fail(ctx, v.fault); err != nil {
		return store.Page{}, t.noted(p, what, err)
	}
	if v.fault == indexShort {
		q.Limit = 1
	}
	page, err := t.world.table.Query(ctx, q)
	switch v.fault {
	case indexBehind:
		page.Items = nil
	case indexGhosts:
		page.Items = append(page.Items, t.world.ghosts(q)...)
	}
	_ = t.noted(p, fmt.Sprintf("%s: %d", what, len(page.Items)), err)
	p.leave(v)
	return page, err
}

func (t tableSeam) Write(ctx context.Context, puts ...store.Put) error {
	p, put := t.party, puts[0]
	what := "write"
	if put.Before.Version > 0 {
		what = "rewrite"
	}
	v := p.enter(call{seam: seamTable, what: what, touches: touched(put.After.Key), changes: true})
	line := fmt.Sprintf("%s %s", what, put.After.Key.Partition)
	if v.fault == tableRaced {
		t.world.touch(put.After.Key)
	}
	if v.fault == tableDown || v.fault == tableHangs {
		return t.noted(p, line, t.fail(ctx, v.fault))
	}
	err := t.world.write(ctx, puts...)
	if failed := t.fail(ctx, v.fault); failed != nil {
		err = failed
	}
	_ = t.noted(p, line, err)
	p.leave(v)
	return err
}

// fail is what the caller is told of a fault, and when.
func (t tableSeam) fail(ctx context.Context, f fault) error {
	switch f {
	case tableDown, tableDone:
		time.Sleep(t.world.takes(tableTime))
		return fmt.Errorf("%w: %s", store.ErrUnavailable, f)
	case tableHangs, tableHung:
		wait(ctx, 5*time.Second+701*time.Microsecond) // when the client gives up by itself
		return fmt.Errorf("%w: %s", store.ErrUnavailable, f)
	}
	time.Sleep(t.world.takes(tableTime))
	return nil
}

func (t tableSeam) noted(p *party, what string, err error) error {
	outcome := "ok"
	if err != nil {
		outcome = err.Error()
	}
	t.world.note("  %s table %s: %s", p, what, outcome)
	return err
}

func kindOf(key store.Key) string {
	kind, _, _ := strings.Cut(key.Partition, "#")
	return kind
}

// write puts rows into the table, before the oracle's eyes.
func (w *world) write(ctx context.Context, puts ...store.Put) error {
	if w.losesWrites {
		return nil
	}
	rows := make([]store.Item, len(puts))
	for i, p := range puts {
		rows[i] = w.table.Row(p.After.Key)
	}
	if err := w.table.Write(ctx, puts...); err != nil {
		return err
	}
	for i, p := range puts {
		now := w.table.Row(p.After.Key)
		if now.Version == rows[i].Version && now.WriteID == rows[i].WriteID {
			continue // its own work, done before
		}
		w.oracle.Wrote(oracle.Row{
			Partition: now.Key.Partition, Sort: now.Key.Sort, Version: now.Version, Due: now.Due, Document: now.Document, Status: w.shown(now.Key),
		})
		if !now.Due.IsZero() {
			w.duesSeen[now.Key] = now.Due
		}
	}
	return nil
}

// touch is a write of somebody else who changes nothing but the version.
func (w *world) touch(key store.Key) {
	row := w.table.Row(key)
	if row.Version == 0 {
		return
	}
	after := row
	after.WriteID = w.writeID()
	if err := w.write(context.Background(), store.Put{Before: row, After: after}); err != nil {
		panic("simulate: a write of somebody else: " + err.Error())
	}
}

// ghosts are rows that an index which is behind still names: they were due once.
func (w *world) ghosts(q store.Query) (items []store.Item) {
	for _, row := range w.table.Dump() {
		due, was := w.duesSeen[row.Key]
		if was && store.DueShard(row.Key) == q.Shard && (row.Due.IsZero() || row.Due.After(q.DueBefore)) {
			items = append(items, store.Item{Key: row.Key, Due: due})
		}
	}
	return items
}

// wait passes so much time, or less where the context ends before.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
