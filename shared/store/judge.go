package store

import (
	"bytes"
	"fmt"
	"time"
)

// Row is what stands in the table under a put's key, expired or not.
type Row struct {
	Item  Item
	Found bool
}

// Done says whether the row is the very one the put would make: the write was done
// before, and its acknowledgement lost. A write of several puts was done if each of
// them is; if only some are, another write came after it.
func (p Put) Done(r Row) bool {
	return r.Found && r.Item.WriteID == p.After.WriteID && r.Item.Version == p.Before.Version+1
}

// Admits holds the condition of one put against the row it is to replace. A row
// that is not there has version 0, which no change has read. One that the put made
// itself, though it has expired, is not made again: the rest of its write was
// overtaken.
// Errors: ErrConflict, ErrInvalid.
func (p Put) Admits(r Row, now time.Time) error {
	switch {
	case p.Before.Version == 0 && r.Found && (!r.Item.ExpiredAt(now) || r.Item.WriteID == p.After.WriteID):
		return fmt.Errorf("%w: there is an item already", ErrConflict)
	case p.Before.Version == 0:
		return nil
	case r.Item.Version != p.Before.Version || r.Item.WriteID != p.Before.WriteID:
		return fmt.Errorf("%w: version %d where %d was read", ErrConflict, r.Item.Version, p.Before.Version)
	case r.Item.Day != p.Before.Day:
		return invalid("the day given as read is not the stored one")
	}
	return sameEntries(p.Before.Document, r.Item.Document)
}

// sameEntries holds the money entries that a put claims to have read against those
// that stand: the law that they only grow was held against the former. Whoever gives
// back what was read need not have it read again.
func sameEntries(claimed, stored []byte) error {
	if bytes.Equal(claimed, stored) {
		return nil
	}
	was, err := EntriesRead(claimed)
	if err != nil {
		return err
	}
	is, err := entriesOf(stored)
	if err != nil {
		return err
	}
	if !bytes.Equal(was, is) {
		return invalid("the money entries given as read are not the stored ones")
	}
	return nil
}

// EntriesRead is the member Entries of a Before.Document, in canonical form; nil
// where there is none. Errors: ErrInvalid.
func EntriesRead(document []byte) ([]byte, error) {
	if len(document) == 0 {
		return nil, nil
	}
	return entriesOf(document)
}

// ExpiredAt says whether the item counts as absent: from the second of Expires on.
func (i Item) ExpiredAt(now time.Time) bool { return !i.Expires.IsZero() && !now.Before(i.Expires) }
