package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// Entries is the attribute of a document that may only grow: the money entries
// of a payment. A write whose new list does not begin with the whole old one,
// entry for entry, is refused, whatever the code above believes it is doing.
const Entries = "entries"

// Check says whether the puts are lawful together, before any store is asked.
// Every implementation calls it at the start of Write. Its errors are
// ErrInvalid with the reason.
func Check(puts []Put) error {
	if len(puts) == 0 || len(puts) > MaxPuts {
		return invalid("%d puts in one write", len(puts))
	}
	seen, size := map[Key]bool{}, 0
	for _, p := range puts {
		if err := p.check(); err != nil {
			return err
		}
		bytes, err := p.After.documentBytes()
		if err != nil {
			return err
		}
		if size += bytes; size > MaxTogether {
			return invalid("documents of more than %d bytes in one write", MaxTogether)
		}
		if seen[p.After.Key] {
			return invalid("two puts of one key")
		}
		seen[p.After.Key] = true
	}
	return nil
}

// The longest key DynamoDB takes, in bytes. The day index sorts by the partition,
// so that it may be no longer than a sort key: of its own, 2,048.
const (
	maxPartition = 1024
	maxSort      = 1024
)

// maxWriteID is the longest write id, in bytes: each item carries one.
const maxWriteID = 256

// CheckKey refuses a key that DynamoDB would refuse or that has no parts. Bytes
// that are not UTF-8 are refused because the client would send U+FFFD for them,
// and two keys would meet in one item.
func CheckKey(k Key) error {
	switch {
	case k.Partition == "" || k.Sort == "" || len(k.Partition) > maxPartition || len(k.Sort) > maxSort:
		return invalid("key of %d and %d bytes", len(k.Partition), len(k.Sort))
	case !utf8.ValidString(k.Partition) || !utf8.ValidString(k.Sort):
		return invalid("key that is not UTF-8")
	}
	return nil
}

// Check says whether a query can be asked at all.
func (q Query) Check() error {
	byPartition, byDue, byDay := q.Partition != "", !q.DueBefore.IsZero(), q.Day != ""
	ways := 0
	for _, way := range []bool{byPartition, byDue, byDay} {
		if way {
			ways++
		}
	}
	switch {
	case ways != 1:
		return invalid("a query is by partition, by due time or by day")
	case q.Limit < 1 || q.Limit > MaxPage:
		return invalid("page of %d items", q.Limit)
	case byDue && (q.Shard < 0 || q.Shard >= DueShards):
		return invalid("shard %d", q.Shard)
	case byDay && !isDay(q.Day):
		return invalid("%.20q is not a day", q.Day)
	case !byPartition && q.SortPrefix != "":
		return invalid("an index has no sort keys to begin with %q", q.SortPrefix)
	case len(q.Partition) > maxPartition || len(q.SortPrefix) > maxSort:
		return invalid("query of %d and %d bytes", len(q.Partition), len(q.SortPrefix))
	case !utf8.ValidString(q.Partition) || !utf8.ValidString(q.SortPrefix):
		return invalid("query that is not UTF-8")
	}
	return nil
}

func (p Put) check() error {
	if err := CheckKey(p.After.Key); err != nil {
		return err
	}
	exists := p.Before.Version != 0
	switch {
	case p.Before.Version < 0:
		return invalid("version %d", p.Before.Version)
	case exists && p.Before.Key != p.After.Key:
		return invalid("a put that moves an item to another key")
	case p.After.WriteID == "":
		return invalid("a put without a write id")
	case exists && p.After.WriteID == p.Before.WriteID:
		return invalid("a put that repeats the write id it read")
	case len(p.After.WriteID) > maxWriteID || !utf8.ValidString(p.After.WriteID):
		return invalid("a write id of %d bytes, or not in UTF-8", len(p.After.WriteID))
	case len(p.After.Document) > MaxDocument:
		return invalid("document of %d bytes", len(p.After.Document))
	case !wholeSeconds(p.After.Due) || !wholeSeconds(p.After.Expires):
		return invalid("a time finer than a second")
	case p.After.Day != "" && !isDay(p.After.Day):
		return invalid("%.20q is not a day", p.After.Day)
	case exists && p.Before.Day != "" && p.After.Day != p.Before.Day:
		return invalid("a put that moves an item from day %.20q to %.20q", p.Before.Day, p.After.Day)
	}
	return grows(p.Before.Document, p.After.Document)
}

// documentBytes is what a document takes: as it came, or as DynamoDB counts it
// where that is more (many short members).
func (i Item) documentBytes() (int, error) {
	counted, err := DocumentBytes(i.Document)
	if counted > MaxDocument {
		return 0, invalid("document of %d bytes, as DynamoDB counts them", counted)
	}
	return max(counted, len(i.Document)), err
}

func wholeSeconds(t time.Time) bool { return t.IsZero() || t.Nanosecond() == 0 }

// isDay takes the one form that DayOf gives, of a day that the calendar has: two
// forms of one day would be two lists of it.
func isDay(text string) bool {
	t, err := time.Parse(time.DateOnly, text)
	return err == nil && DayOf(t) == text
}

// grows holds the law of entries: the old list is a prefix of the new one.
func grows(before, after []byte) error {
	now, err := listOfEntries(after)
	if err != nil {
		return err
	}
	if len(before) == 0 {
		return nil
	}
	then, err := listOfEntries(before)
	if err != nil {
		return fmt.Errorf("what was read: %w", err)
	}
	if len(then) > len(now) {
		return invalid("%d money entries where %d stood", len(now), len(then))
	}
	for i := range then {
		if !bytes.Equal(then[i], now[i]) {
			return invalid("money entry %d was changed", i)
		}
	}
	return nil
}

// listOfEntries is the money entries one by one, in canonical form.
func listOfEntries(document []byte) (list []json.RawMessage, err error) {
	entries, err := entriesOf(document)
	if err != nil || entries == nil {
		return nil, err
	}
	if err := json.Unmarshal(entries, &list); err != nil {
		return nil, invalid("entries: %v", err)
	}
	return list, nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
