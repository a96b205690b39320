package bolt

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// pageBytes is where a page ends even below its Limit, as DynamoDB's does, so
// that a caller who takes a short page for the last one is found out here.
const pageBytes = 1 << 20

// cursor is the last row of the page before, as the caller carries it: base64
// of its JSON. It holds no secret, but it is checked, since it may come back
// through a browser.
type cursor struct {
	Partition string `json:"p"`
	Sort      string `json:"s"`
	Due       *int64 `json:"d,omitempty"`   // Unix seconds; set in the due index only
	Day       string `json:"day,omitempty"` // set in the day index only
}

// Query reads one page. Limit counts the rows looked at, before the expired
// ones are left out, and a full page always names a next one: both are
// DynamoDB's way. Errors: store.ErrInvalid, ErrUnavailable.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	after, err := parseCursor(q)
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
			page, err = queryDay(tx, q, after, s.now())
		default:
			page, err = queryDue(tx, q, after, s.now())
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
		if !expired(item, now) {
			page.Items = append(page.Items, item)
		}
		looked, size = looked+1, size+len(value)
		if looked == q.Limit || size >= pageBytes {
			page.Next, err = cursor{Partition: item.Key.Partition, Sort: item.Key.Sort}.encode()
			return page, err
		}
	}
	return page, nil
}

func queryDue(tx *bbolt.Tx, q store.Query, after []byte, now time.Time) (page store.Page, err error) {
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
		if !expired(item, now) {
			page.Items = append(page.Items, store.Item{Key: k, Due: due})
		}
		if looked++; looked == q.Limit {
			page.Next, err = cursor{Partition: k.Partition, Sort: k.Sort, Due: seconds(due)}.encode()
			return page, err
		}
	}
	return page, nil
}

func queryDay(tx *bbolt.Tx, q store.Query, after []byte, now time.Time) (page store.Page, err error) {
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
		if !expired(item, now) {
			page.Items = append(page.Items, store.Item{Key: k, Day: q.Day})
		}
		if looked++; looked == q.Limit {
			page.Next, err = cursor{Partition: k.Partition, Sort: k.Sort, Day: q.Day}.encode()
			return page, err
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

func (c cursor) encode() (string, error) {
	text, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// parseCursor is the key in the file after which the page begins; nil for the
// first page. A cursor of another query is refused: it could lead a caller into
// a partition that was not asked for.
func parseCursor(q store.Query) ([]byte, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	refused := func(cause error) error { return fmt.Errorf("%w: cursor: %w", store.ErrInvalid, cause) }
	text, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil {
		return nil, refused(err)
	}
	var c cursor
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, refused(err)
	}
	k := store.Key{Partition: c.Partition, Sort: c.Sort}
	if err := store.CheckKey(k); err != nil {
		return nil, refused(err)
	}
	after := c.continues(q, k)
	if after == nil {
		return nil, refused(errors.New("of another query"))
	}
	return after, nil
}

// continues is the key in the file that the cursor names, or nil where the query
// could not have given the cursor.
func (c cursor) continues(q store.Query, k store.Key) []byte {
	prefix := append(partitionPrefix(q.Partition), q.SortPrefix...)
	switch {
	case c.Day != q.Day || (c.Due != nil) != !q.DueBefore.IsZero():
		return nil // of another index, or of another day
	case q.Day != "":
		return dayEntry(k, q.Day)
	case c.Due != nil && store.DueShard(k) == q.Shard:
		return dueKey(k, timeOf(c.Due))
	case c.Due == nil && bytes.HasPrefix(rowKey(k), prefix):
		return rowKey(k)
	}
	return nil
}
