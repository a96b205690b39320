package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// A row's key is the length of the partition in two bytes, the partition and
// the sort key. With the length in front no two keys can meet, whatever
// characters they hold, and one partition's rows stand together in the byte
// order of their sort keys.
//
// A row's value is one line of JSON, the header, and after it the document as
// it came. The document is not part of the JSON, since encoding it would change
// its bytes.

// header is an item less its key and its document. Times are Unix seconds; nil
// is never, because 0 is a time too.
type header struct {
	Version int64  `json:"version"`
	WriteID string `json:"write"`
	Due     *int64 `json:"due,omitempty"`
	Expires *int64 `json:"expires,omitempty"`
	Day     string `json:"day,omitempty"`
}

func partitionPrefix(partition string) []byte {
	prefix := binary.BigEndian.AppendUint16(nil, uint16(len(partition)))
	return append(prefix, partition...)
}

func rowKey(k store.Key) []byte { return append(partitionPrefix(k.Partition), k.Sort...) }

func parseRowKey(b []byte) (store.Key, error) {
	if len(b) < 2 {
		return store.Key{}, fmt.Errorf("a key of %d bytes in the file", len(b))
	}
	n, rest := int(binary.BigEndian.Uint16(b)), b[2:]
	if n > len(rest) {
		return store.Key{}, fmt.Errorf("a key cut short in the file")
	}
	return store.Key{Partition: string(rest[:n]), Sort: string(rest[n:])}, nil
}

// dueBytes is how many bytes of an index key stand before the row's key: the
// shard and the second.
const dueBytes = 1 + 8

// duePrefix orders the index by shard, then by second. The sign bit is turned,
// so that times before 1970 sort before those after it.
func duePrefix(shard int, due time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(shard)}, uint64(due.Unix())^(1<<63))
}

func dueKey(k store.Key, due time.Time) []byte {
	return append(duePrefix(store.DueShard(k), due), rowKey(k)...)
}

// dueEntry is an item's key in the due index; nil where it is never due.
func dueEntry(k store.Key, due time.Time) []byte {
	if due.IsZero() {
		return nil
	}
	return dueKey(k, due)
}

func parseDueKey(b []byte) (store.Key, time.Time, error) {
	if len(b) < dueBytes {
		return store.Key{}, time.Time{}, fmt.Errorf("an index key of %d bytes in the file", len(b))
	}
	k, err := parseRowKey(b[dueBytes:])
	due := int64(binary.BigEndian.Uint64(b[1:dueBytes]) ^ (1 << 63))
	return k, time.Unix(due, 0).UTC(), err
}

// dayBytes is how many bytes a day takes, in front of a key of the day index.
const dayBytes = len(time.DateOnly)

// A key of the day index is the day, the partition, two zero bytes and the sort
// key. It orders a day by partition and then by sort key, which a length in front
// would not. A zero byte within the partition is followed by 255, which no UTF-8
// has, so that no two keys meet and the order is still that of the bytes.
var (
	dayEnd  = []byte{0, 0}
	dayZero = []byte{0, 255}
)

// dayEntry is an item's key in the day index; nil where it has no day.
func dayEntry(k store.Key, day string) []byte {
	if day == "" {
		return nil
	}
	partition := bytes.ReplaceAll([]byte(k.Partition), dayEnd[:1], dayZero)
	return slices.Concat([]byte(day), partition, dayEnd, []byte(k.Sort))
}

// parseDayEntry is the key of the item whose entry it is.
func parseDayEntry(b []byte) (store.Key, error) {
	if len(b) < dayBytes {
		return store.Key{}, fmt.Errorf("a key of the day index of %d bytes in the file", len(b))
	}
	partition, sort, ok := bytes.Cut(b[dayBytes:], dayEnd)
	if !ok {
		return store.Key{}, errors.New("a key of the day index cut short in the file")
	}
	partition = bytes.ReplaceAll(partition, dayZero, dayEnd[:1])
	return store.Key{Partition: string(partition), Sort: string(sort)}, nil
}

func encode(item store.Item) ([]byte, error) {
	head, err := json.Marshal(header{
		Version: item.Version,
		WriteID: item.WriteID,
		Due:     seconds(item.Due),
		Expires: seconds(item.Expires),
		Day:     item.Day,
	})
	if err != nil {
		return nil, err
	}
	return append(append(head, '\n'), item.Document...), nil
}

// decode copies all it returns: value is the file's own memory, which may
// neither be written nor read once the transaction is over.
func decode(key, value []byte) (store.Item, error) {
	k, err := parseRowKey(key)
	if err != nil {
		return store.Item{}, err
	}
	head, document, ok := bytes.Cut(value, []byte("\n"))
	if !ok {
		return store.Item{}, errors.New("a row without a header in the file")
	}
	var h header
	if err := json.Unmarshal(head, &h); err != nil {
		return store.Item{}, fmt.Errorf("a row's header in the file: %w", err)
	}
	return store.Item{
		Key:      k,
		Version:  h.Version,
		WriteID:  h.WriteID,
		Due:      timeOf(h.Due),
		Expires:  timeOf(h.Expires),
		Day:      h.Day,
		Document: bytes.Clone(document),
	}, nil
}

func read(tx *bbolt.Tx, key []byte) (item store.Item, found bool, err error) {
	value := tx.Bucket(itemsBucket).Get(key)
	if value == nil {
		return store.Item{}, false, nil
	}
	item, err = decode(key, value)
	return item, true, err
}

func seconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}

func timeOf(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return time.Unix(*seconds, 0).UTC()
}
