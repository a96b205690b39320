package bolt

import (
	"bytes"
	"context"
	"errors"

	"go.etcd.io/bbolt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// errOwnWrite ends a transaction that found its own earlier write: nothing is
// written, and the caller hears success.
var errOwnWrite = errors.New("bolt: this write is in the file already")

// Write does all the puts in one transaction, synced to disk before it returns.
// Errors: store.ErrConflict, ErrInvalid, ErrUnavailable.
func (s *Store) Write(ctx context.Context, puts ...store.Put) error {
	if err := store.Check(puts); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	var counts Counts
	err := s.db.Update(func(tx *bbolt.Tx) error {
		rows, err := readRows(tx, puts)
		if err != nil {
			return err
		}
		if ownWrite(rows, puts) {
			return errOwnWrite
		}
		now := s.now()
		for i, p := range puts {
			if err := p.Admits(rows[i], now); err != nil {
				return err
			}
		}
		for i, p := range puts {
			if err := replace(tx, rows[i], p, &counts); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		s.count(counts)
		return nil
	case errors.Is(err, errOwnWrite):
		return nil
	case errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrInvalid):
		return err
	}
	return unavailable(err)
}

func readRows(tx *bbolt.Tx, puts []store.Put) ([]store.Row, error) {
	rows := make([]store.Row, len(puts))
	for i, p := range puts {
		item, found, err := read(tx, rowKey(p.After.Key))
		if err != nil {
			return nil, err
		}
		rows[i] = store.Row{Item: item, Found: found}
	}
	return rows, nil
}

// ownWrite says whether every put is done already. If only some are, another write
// came after, and that is a conflict.
func ownWrite(rows []store.Row, puts []store.Put) bool {
	for i, p := range puts {
		if !p.Done(rows[i]) {
			return false
		}
	}
	return true
}

// replace puts one item in place of its row and keeps the indexes in step.
func replace(tx *bbolt.Tx, old store.Row, p store.Put, counts *Counts) error {
	item := p.After
	item.Version = p.Before.Version + 1
	document, err := store.Canonical(item.Document)
	if err != nil {
		return err
	}
	item.Document = document
	value, err := encode(item)
	if err != nil {
		return err
	}
	if err := tx.Bucket(itemsBucket).Put(rowKey(item.Key), value); err != nil {
		return err
	}
	counts.Writes++
	counts.Bytes += int64(len(item.Document))
	if err := moveEntry(tx.Bucket(dueBucket), dueEntry(item.Key, old.Item.Due), dueEntry(item.Key, item.Due), counts); err != nil {
		return err
	}
	return moveEntry(tx.Bucket(dayBucket), dayEntry(item.Key, old.Item.Day), dayEntry(item.Key, item.Day), counts)
}

// moveEntry takes an item's old entry out of an index and puts the new one in,
// and counts what is written. Nil is no entry.
func moveEntry(index *bbolt.Bucket, old, now []byte, counts *Counts) error {
	if bytes.Equal(old, now) {
		return nil
	}
	if old != nil {
		if err := index.Delete(old); err != nil {
			return err
		}
		counts.IndexWrites++
	}
	if now != nil {
		if err := index.Put(now, nil); err != nil {
			return err
		}
		counts.IndexWrites++
	}
	return nil
}
