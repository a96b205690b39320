package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// cursor is the last row of a page as the caller carries it to the next one:
// base64 of its JSON. It holds no secret, but it is checked, since it may come
// back through a browser.
type cursor struct {
	Partition string `json:"p"`
	Sort      string `json:"s"`
	Due       *int64 `json:"d,omitempty"`   // Unix seconds; set in the due index only
	Day       string `json:"day,omitempty"` // set in the day index only
}

// CursorAfter is the cursor of the page that begins after this row. A store calls
// it with the last row it looked at, which need not be one it gave back; what the
// query's index does not hold of it is not read.
func (q Query) CursorAfter(last Item) string {
	c := cursor{Partition: last.Key.Partition, Sort: last.Key.Sort}
	switch {
	case q.Day != "":
		c.Day = last.Day
	case !q.DueBefore.IsZero():
		due := last.Due.Unix()
		c.Due = &due
	}
	text, _ := json.Marshal(c) // texts and a number always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

// After is the row after which the page begins, with Key and what the query's
// index holds; ok is false for the first page. The row need not be there any more.
//
// Errors: ErrInvalid for what is no cursor, or one that this query cannot have
// given: it could lead a caller where it did not ask to go.
func (q Query) After() (last Item, ok bool, err error) {
	if q.Cursor == "" {
		return Item{}, false, nil
	}
	last, err = q.parse()
	if err != nil {
		return Item{}, false, fmt.Errorf("%w: cursor: %w", ErrInvalid, err)
	}
	return last, true, nil
}

func (q Query) parse() (Item, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	if err != nil {
		return Item{}, err
	}
	var c cursor
	if err := json.Unmarshal(text, &c); err != nil {
		return Item{}, err
	}
	last := Item{Key: Key{c.Partition, c.Sort}, Day: c.Day}
	if c.Due != nil {
		last.Due = time.Unix(*c.Due, 0).UTC()
	}
	if err := CheckKey(last.Key); err != nil {
		return Item{}, err
	}
	if !q.passes(last) {
		return Item{}, errors.New("of another query")
	}
	return last, nil
}

// passes says whether the query could have come by this row.
func (q Query) passes(row Item) bool {
	switch {
	case q.Day != "":
		return row.Day == q.Day && row.Due.IsZero()
	case row.Day != "":
		return false
	case !q.DueBefore.IsZero():
		return !row.Due.IsZero() && !row.Due.After(q.DueBefore) && DueShard(row.Key) == q.Shard
	}
	return row.Due.IsZero() && row.Key.Partition == q.Partition && strings.HasPrefix(row.Key.Sort, q.SortPrefix)
}
