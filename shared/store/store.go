// Package store is the narrow seam to the one table everything lives in. It is
// written for DynamoDB: two-part keys, conditional puts, sparse indexes of what is
// due and of each day, and an acknowledgement that may be lost after the write was
// done.
//
// An implementation passes storetest, and its race part. The rules that do not
// depend on where the bytes lie (what a lawful write is) are in Check, which
// every implementation calls first, so that no two stores can differ in them.
package store

import (
	"context"
	"errors"
	"time"
)

// Store is one table.
//
// Items with the same key are serializable with read-after-write consistency,
// across processes and restarts, and a Write is durable once it returns.
// Times are kept to the second, in UTC. Nothing a caller passes in or gets out
// is shared with the store: either side may change its copy.
//
// Every error is one of the set below, found by errors.Is; the store's own text
// lies beneath it and is not for a caller's eyes.
type Store interface {
	// Get reads one item, consistently.
	// Errors: ErrNotFound (absent, or expired), ErrInvalid, ErrUnavailable.
	Get(ctx context.Context, key Key) (Item, error)

	// Query reads one page of a partition, of the due index or of the day index.
	// A partition is read in sort-key order, consistently; the due index in
	// order of due time, a day in order of Key.Partition; what has the same one
	// comes in any order. An index may lag behind the writes, and may still name
	// an item that has expired: whoever acts on what it names reads the item
	// again with Get. An item read by due time carries its Key and Due alone, and
	// one read by day its Key and Day: the index holds no more, so that a write
	// which leaves them alone costs no index write.
	// A page may be shorter than Limit, and even empty, before the last one;
	// the last page has an empty Next.
	// Errors: ErrInvalid, ErrUnavailable.
	Query(ctx context.Context, q Query) (Page, error)

	// Write does all the puts or none of them. Each is conditional on its
	// Before: the item must still be the version and write id that were read
	// (an item that expired and was made again counts from 1, so the version
	// alone would not tell the two apart), or be absent or expired where Before
	// is zero. An item that has expired since it was read is still that version
	// as long as its row is there: late evidence of money revives it.
	//
	// A Write that is repeated with the same WriteID and finds its own items in
	// the table, each at Before.Version + 1, succeeds: an acknowledgement that
	// was lost is not a conflict.
	//
	// Errors: ErrConflict (another write came first, or came after this one's
	// lost acknowledgement; this call wrote nothing), ErrInvalid (Check refused,
	// or the entries of Before.Document, or Before.Day, are not the stored ones;
	// nothing was written),
	// ErrUnavailable (the outcome is unknown: repeat the same Write, or Get).
	Write(ctx context.Context, puts ...Put) error
}

// The closed set of errors.
var (
	ErrNotFound    = errors.New("store: no such item")
	ErrConflict    = errors.New("store: another write came first")
	ErrInvalid     = errors.New("store: not a lawful read or write")
	ErrUnavailable = errors.New("store: not available, outcome unknown")
)

// Key names one item. Both parts are built in keys.go and nowhere else.
type Key struct{ Partition, Sort string }

// Item is one row.
type Item struct {
	Key      Key
	Version  int64     // 1 at the first write, one more at every later one
	WriteID  string    // names the write that made this version
	Due      time.Time // when the sweep has to look at it; zero: never
	Expires  time.Time // from when it counts as absent; zero: never
	Day      string    // day of UTC it is listed under ("2026-11-21"); empty: none; once set it never changes
	Document []byte    // one JSON object; comes back in the form of Canonical
}

// Put replaces one item by the next version of itself.
type Put struct {
	// Before is the item as Get gave it, or the zero Item where none may exist.
	// A store compares its entries and its Day with the stored ones: the laws of
	// entries and of the day are held against Before, so a Before that the caller
	// altered would be a way around them. The rest of its document is not read.
	Before Item
	// After is the item to be: same key, a new WriteID, the new document. Its
	// Version is not read; the store writes Before.Version + 1.
	After Item
}

// Query names what to read: exactly one of Partition, DueBefore and Day is set.
type Query struct {
	// Partition reads the items of one partition whose sort key begins with
	// SortPrefix (all of them where it is empty).
	Partition  string
	SortPrefix string

	// DueBefore reads one shard of the due index: items whose Due is at or
	// before this time. Shard is 0 to DueShards-1.
	DueBefore time.Time
	Shard     int

	// Day reads the day index: items whose Day is this one. A day is one
	// partition of it, which carries a thousand first writes a second in
	// DynamoDB: later ones leave the day alone and cost it nothing.
	Day string

	Limit  int    // items a page at most; 1 to MaxPage
	Cursor string // Next of the page before; empty for the first
}

// Page is one page of a query.
type Page struct {
	Items []Item
	Next  string // empty: this was the last page
}

const (
	// DueShards is how many partitions the due index is spread over. Four
	// carry 4,000 writes a second in DynamoDB, far past any one shop; each
	// costs the sweep one empty read when nothing is due.
	DueShards = 4

	// MaxPage is the largest page a query may ask for.
	MaxPage = 1000

	// MaxPuts is how many items one Write may move together. One is the rule
	// (it costs half); two or three where a pointer and its target must agree.
	MaxPuts = 25

	// MaxDocument is the largest document in bytes, as it was given and as
	// DocumentBytes counts it. DynamoDB refuses items over 400 KB; this leaves
	// room for the keys and the other attributes.
	MaxDocument = 350_000

	// MaxTogether is the most one Write may carry, in bytes of documents,
	// counted as in MaxDocument.
	// DynamoDB refuses a transaction over 4 MB.
	MaxTogether = 3_500_000
)
