package bolt

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// pageBytes is where a page ends even below its Limit, as DynamoDB's does, so
// that a caller who takes a short page for the last one is found out here.
const pageBytes = 1 << 20

// Query reads one page. Limit counts the rows looked at, before the expired
// ones of a partition are left out, a full page always names a next one, and an
// index names what has expired: all three are DynamoDB's way. Errors: store.ErrInvalid, ErrUnavailable.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	after, err := placeAfter(q)
	if err != nil {
		return store.Page{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Page{}, unavailable(err)
	}
	s.count(Counts{Queries: 1})
	var page store.Page
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		switch {
		case q.Partition != "":
			page, err = queryPartition(tx, q, after, s.now())
		case q.Day != "":
			page, err = queryDay(tx, q, after)
		default:
			page, err = queryDue(tx, q, after)
		}
		return err
	})
	if err != nil {
		return store.Page{}, unavailable(err)
	}
	return page, nil
}

func queryPartition(tx *bbolt.Tx, q store.Query, after []byte, now time.Time) (page store.Page, err error) {
	prefix := append(partitionPrefix(q.Partition), q.SortPrefix...)
	c := tx.Bucket(itemsBucket).Cursor()
	looked, size := 0, 0
	for key, value := start(c, prefix, after); bytes.HasPrefix(key, prefix); key, value = c.Next() {
		item, err := decode(key, value)
		if err != nil {
			return store.Page{}, err
		}
		if !item.ExpiredAt(now) {
			page.Items = append(page.Items, item)
		}
		looked, size = looked+1, size+len(value)
		if looked == q.Limit || size >= pageBytes {
			page.Next = q.CursorAfter(item)
			return page, nil
		}
	}
	return page, nil
}

func queryDue(tx *bbolt.Tx, q store.Query, after []byte) (page store.Page, err error) {
	end := duePrefix(q.Shard, q.DueBefore)
	c := tx.Bucket(dueBucket).Cursor()
	looked := 0
	for key, _ := start(c, []byte{byte(q.Shard)}, after); upTo(key, end); key, _ = c.Next() {
		k, due, err := parseDueKey(key)
		if err != nil {
			return store.Page{}, err
		}
		item, found, err := read(tx, key[dueBytes:])
		if err != nil {
			return store.Page{}, err
		}
		if !found || !item.Due.Equal(due) {
			return store.Page{}, fmt.Errorf("the due index names %s of %s, which is not due then", k.Sort, k.Partition)
		}
		page.Items = append(page.Items, store.Item{Key: k, Due: due})
		if looked++; looked == q.Limit {
			page.Next = q.CursorAfter(item)
			return page, nil
		}
	}
	return page, nil
}

func queryDay(tx *bbolt.Tx, q store.Query, after []byte) (page store.Page, err error) {
	prefix := []byte(q.Day)
	c := tx.Bucket(dayBucket).Cursor()
	looked := 0
	for key, _ := start(c, prefix, after); bytes.HasPrefix(key, prefix); key, _ = c.Next() {
		k, err := parseDayEntry(key)
		if err != nil {
			return store.Page{}, err
		}
		item, found, err := read(tx, rowKey(k))
		if err != nil {
			return store.Page{}, err
		}
		if !found || item.Day != q.Day {
			return store.Page{}, fmt.Errorf("the day index names %s of %s, which is not of that day", k.Sort, k.Partition)
		}
		page.Items = append(page.Items, store.Item{Key: k, Day: q.Day})
		if looked++; looked == q.Limit {
			page.Next = q.CursorAfter(item)
			return page, nil
		}
	}
	return page, nil
}

// upTo says whether an index key is not past the end, which is the shard and the
// last second asked for; so the next shard is past it too.
func upTo(key, end []byte) bool {
	return len(key) >= dueBytes && bytes.Compare(key[:dueBytes], end) <= 0
}

// start goes to the first row with the prefix, or to the one after the row that
// the cursor names, which need not be there any more.
func start(c *bbolt.Cursor, prefix, after []byte) (key, value []byte) {
	if after == nil {
		return c.Seek(prefix)
	}
	key, value = c.Seek(after)
	if bytes.Equal(key, after) {
		return c.Next()
	}
	return key, value
}

// placeAfter is the key in the file after which the page begins; nil for the first
// page.
func placeAfter(q store.Query) ([]byte, error) {
	last, ok, err := q.After()
	switch {
	case err != nil || !ok:
		return nil, err
	case q.Partition != "":
		return rowKey(last.Key), nil
	case q.Day != "":
		return dayEntry(last.Key, q.Day), nil
	}
	return dueKey(last.Key, last.Due), nil
}
