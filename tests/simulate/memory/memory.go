// Package memory keeps the table in this process's memory, for the simulation: a
// file that is synced at every write would make a million runs a matter of days.
// It passes the same contract as the table in a file and the one in DynamoDB.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Store is one table. Its methods may be called at the same time. An expired row
// stays until a put with a zero Before replaces it.
type Store struct {
	now func() time.Time

	mu   sync.RWMutex
	rows map[store.Key]store.Item
}

var _ store.Store = (*Store)(nil)

// New is an empty table that tells the time by now.
func New(now func() time.Time) *Store {
	return &Store{now: now, rows: map[store.Key]store.Item{}}
}

// Fork is a table of its own with the same rows, which tells the time by now.
func (s *Store) Fork(now func() time.Time) *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Store{now: now, rows: maps.Clone(s.rows)} // a row is replaced and never changed
}

// Dump is every row, expired or not, by its key.
func (s *Store) Dump() []store.Item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.rows), func(a, b store.Item) int { return compare(a.Key, b.Key) })
}

// Row is what stands under a key, expired or not; the zero Item where nothing does.
func (s *Store) Row(key store.Key) store.Item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rows[key]
}

func compare(a, b store.Key) int {
	if by := strings.Compare(a.Partition, b.Partition); by != 0 {
		return by
	}
	return strings.Compare(a.Sort, b.Sort)
}

// Get reads one item. Errors: store.ErrNotFound, ErrInvalid, ErrUnavailable.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Item{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Item{}, unavailable(err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	item, found := s.rows[key]
	if !found || item.ExpiredAt(s.now()) {
		return store.Item{}, store.ErrNotFound
	}
	return copied(item), nil
}

// Write does all the puts or none. Errors: store.ErrConflict, ErrInvalid,
// ErrUnavailable.
func (s *Store) Write(ctx context.Context, puts ...store.Put) error {
	if err := store.Check(puts); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	done, now := 0, s.now()
	for _, p := range puts {
		if p.Done(s.row(p)) {
			done++
		}
	}
	if done == len(puts) {
		return nil // its own work, whose acknowledgement was lost
	}
	for _, p := range puts {
		if err := p.Admits(s.row(p), now); err != nil {
			return err
		}
	}
	after := make([]store.Item, len(puts))
	for i, p := range puts {
		document, err := canonical(p.After.Document)
		if err != nil {
			return err
		}
		after[i] = p.After
		after[i].Version, after[i].Document = p.Before.Version+1, document
		after[i].Due, after[i].Expires = kept(p.After.Due), kept(p.After.Expires)
	}
	for _, item := range after {
		s.rows[item.Key] = item
	}
	return nil
}

// canonical is store.Canonical of a document that store.Check has found to be good: to look
// through it once more would take as long again.
func canonical(document []byte) ([]byte, error) {
	text := jsontext.Value(bytes.Clone(document))
	err := text.Canonicalize(jsontext.CanonicalizeRawInts(false))
	return text, err
}

func (s *Store) row(p store.Put) store.Row {
	item, found := s.rows[p.After.Key]
	return store.Row{Item: item, Found: found}
}

// Query reads one page. Limit counts the rows looked at, and a full page always
// names a next one, as in DynamoDB. Errors: store.ErrInvalid, ErrUnavailable.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Check(); err != nil {
		return store.Page{}, err
	}
	last, further, err := q.After()
	if err != nil {
		return store.Page{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Page{}, unavailable(err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var page store.Page
	looked := 0
	for _, item := range s.matching(q) {
		if further && !before(q, last, item) {
			continue
		}
		if q.Partition == "" || !item.ExpiredAt(s.now()) {
			page.Items = append(page.Items, shown(q, item))
		}
		if looked++; looked == q.Limit {
			page.Next = q.CursorAfter(item)
			break
		}
	}
	return page, nil
}

// matching are the rows of a query in its order, expired ones as well.
func (s *Store) matching(q store.Query) []store.Item {
	var found []store.Item
	for key, item := range s.rows {
		switch {
		case q.Partition != "" && key.Partition == q.Partition && strings.HasPrefix(key.Sort, q.SortPrefix),
			q.Day != "" && item.Day == q.Day,
			!q.DueBefore.IsZero() && !item.Due.IsZero() && !item.Due.After(q.DueBefore) && store.DueShard(key) == q.Shard:
			found = append(found, item)
		}
	}
	slices.SortFunc(found, func(a, b store.Item) int { return order(q, a, b) })
	return found
}

// order is that of a query: by due time in the index of what is due, by key
// everywhere else.
func order(q store.Query, a, b store.Item) int {
	if !q.DueBefore.IsZero() {
		if by := a.Due.Compare(b.Due); by != 0 {
			return by
		}
	}
	return compare(a.Key, b.Key)
}

func before(q store.Query, a, b store.Item) bool { return order(q, a, b) < 0 }

// shown is what a query gives of a row: an index holds no more than this.
func shown(q store.Query, item store.Item) store.Item {
	switch {
	case q.Day != "":
		return store.Item{Key: item.Key, Day: item.Day}
	case !q.DueBefore.IsZero():
		return store.Item{Key: item.Key, Due: item.Due}
	}
	return copied(item)
}

// copied shares nothing with the table.
func copied(item store.Item) store.Item {
	item.Document = bytes.Clone(item.Document)
	return item
}

// kept is a time as the table keeps it: UTC, and nothing of a running clock.
func kept(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Round(0)
}

func unavailable(cause error) error { return fmt.Errorf("%w: %w", store.ErrUnavailable, cause) }
