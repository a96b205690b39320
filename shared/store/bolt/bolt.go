// Package bolt keeps the table in one file on this machine, with bbolt: no
// server, nothing to install. It is what the local run and the tests stand on,
// and it is as harsh as DynamoDB where the contract allows it: pages come short
// and the last one may be empty.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// ErrLocked is Open's answer when another process, or another Store of this
// one, has the file open. Two writers on one file would corrupt it.
var ErrLocked = errors.New("bolt: the file is in use by another process")

// lockWait is how long Open waits for the file. A process that is just going
// down lets go within it; a person at a terminal does not think it hangs.
const lockWait = time.Second

// The buckets: items by key, and the two indexes beside them, written in the same
// transaction, so that they never differ.
var (
	itemsBucket = []byte("items")
	dueBucket   = []byte("due")
	dayBucket   = []byte("day")
)

// Store is one table in one file. Its methods may be called at the same time.
//
// An expired row stays in the file until a put with a zero Before replaces it:
// nothing sweeps the file, since what reads it takes the row for absent.
type Store struct {
	db  *bbolt.DB
	now func() time.Time

	mu     sync.Mutex
	counts Counts
}

var _ store.Store = (*Store)(nil)

// Counts is what was asked of the store since Open, so that a test or the local
// run can say what a purchase costs. It is counted here and nowhere else.
type Counts struct {
	Reads   int64 // Gets that reached the file, found or not
	Queries int64 // pages read
	Writes  int64 // items put; a refused write and a recognised retry put none

	// IndexWrites counts as DynamoDB charges a sparse index of keys alone: Due
	// set or cleared is 1, Due moved is 2 (the old entry goes, the new one
	// comes), Due left alone is 0. Day set is 1, and left alone 0 ever after;
	// only an item that is made again in the place of an expired one has a Day to
	// take away.
	IndexWrites int64

	Bytes int64 // bytes of the documents put
}

// Open opens the file at path, and makes it and its folder where they are
// missing. now tells what has expired; nil is time.Now.
//
// Errors: ErrLocked within about a second; otherwise the reason why the path
// cannot be used. Neither is of the store package's set, because there is no
// store yet.
func Open(path string, now func() time.Time) (*Store, error) {
	return open(path, now, bbolt.Options{Timeout: lockWait})
}

// OpenUnsynced is Open for a table that nobody needs after this process, such as that of
// a simulated year: nothing is synced to disk, and so a write is some ten times as fast
// and not durable.
func OpenUnsynced(path string, now func() time.Time) (*Store, error) {
	return open(path, now, bbolt.Options{Timeout: lockWait, NoSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
}

func open(path string, now func() time.Time, options bbolt.Options) (*Store, error) {
	if path == "" {
		return nil, errors.New("bolt: no path given for the store's file")
	}
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("bolt: cannot make the folder of %s: %w", path, err)
	}
	db, err := bbolt.Open(path, 0o600, &options)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	}
	if err != nil {
		return nil, fmt.Errorf("bolt: cannot open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{itemsBucket, dueBucket, dayBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bolt: cannot prepare %s: %w", path, err), db.Close())
	}
	return &Store{db: db, now: now}, nil
}

// Close waits for the calls under way and lets go of the file. A call after it
// answers store.ErrUnavailable.
func (s *Store) Close() error { return s.db.Close() }

// Counts is what was asked of the store so far.
func (s *Store) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Store) count(c Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Reads += c.Reads
	s.counts.Queries += c.Queries
	s.counts.Writes += c.Writes
	s.counts.IndexWrites += c.IndexWrites
	s.counts.Bytes += c.Bytes
}

// Get reads one item. Errors: store.ErrNotFound, ErrInvalid, ErrUnavailable.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Item{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Item{}, unavailable(err)
	}
	s.count(Counts{Reads: 1})
	var item store.Item
	var found bool
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		item, found, err = read(tx, rowKey(key))
		return err
	})
	switch {
	case err != nil:
		return store.Item{}, unavailable(err)
	case !found || item.ExpiredAt(s.now()):
		return store.Item{}, store.ErrNotFound
	}
	return item, nil
}

// unavailable is for whatever is not the caller's doing; the cause stays beneath.
func unavailable(cause error) error {
	return fmt.Errorf("%w: %w", store.ErrUnavailable, cause)
}
