package store

import (
	"fmt"
	"hash/fnv"
	"time"
)

// Every key of the table is built here. A partition is "what#which", so that
// the console sorts by kind and no two kinds can meet in one partition.

// PaymentKey is where a payment lives: one purchase, one item.
func PaymentKey(id string) Key { return Key{"payment#" + id, "payment"} }

// PriceListKey is the pointer to the price list in force. Prices are written
// under their own version first; moving the pointer makes them all visible at
// once.
func PriceListKey() Key { return Key{"prices", "current"} }

// PriceKey is one row of one upload of a price list: a part of its products, or
// its shipping options.
func PriceKey(upload, row string) Key { return Key{"prices#" + upload, row} }

// UnmatchedKey is the one row about a payment of our form that a provider named
// and we do not have.
func UnmatchedKey(id string) Key { return Key{"unmatched#" + id, "unmatched"} }

// UnmatchedRowKey is one row of a provider's account that is kept by itself: by the
// day on which it began and what the provider calls it.
func UnmatchedRowKey(provider, day, row string) Key {
	return Key{"unmatched#rows#" + provider, day + "#" + row}
}

// DayBookKey is the sums of one day of a provider's account.
func DayBookKey(provider, day string) Key { return Key{"daybook#" + provider, day} }

// MovedKey is a list of payments that have rows which moved money within an hour of a
// day of a provider's account, "09"; a busy hour has several, from 0.
func MovedKey(provider, day, hour string, chunk int) Key {
	return Key{"moved#" + provider, fmt.Sprintf("%s#%s#%03d", day, hour, chunk)}
}

// PayoutKey is a payout of a provider, by the day on which it was made, and PayoutPartKey
// a page of what it is made of, from 0.
func PayoutKey(provider, day, payout string) Key {
	return Key{"payout#" + provider, day + "#" + payout}
}

// PayoutPartKey: see PayoutKey. The parts of a payout follow it.
func PayoutPartKey(provider, day, payout string, page int) Key {
	return Key{"payout#" + provider, fmt.Sprintf("%s#%s#%04d", day, payout, page)}
}

// CursorKey is how far something that is read bit by bit has been read.
func CursorKey(what, provider string) Key { return Key{"cursor#" + what, provider} }

// CustomerKey is a row of the list of a customer's payments, named by a keyed hash: that
// of a payment that was made at a time. Rows are read in their order, and the newest have
// to come first: so what is written is how long it is from then until lastSecond.
func CustomerKey(customer string, made time.Time, payment string) Key {
	return Key{"customer#" + customer, fmt.Sprintf("%012d#%s", lastSecond-made.Unix(), payment)}
}

// lastSecond is the end of year 9999.
const lastSecond = 253402300799

// DeclinesKey is the latest declined payments of one network, named by a keyed hash.
func DeclinesKey(network string) Key { return Key{"declines#" + network, "declines"} }

// TroubleKey is how a provider's latest orders failed.
func TroubleKey(provider string) Key { return Key{"trouble#" + provider, "trouble"} }

// DayOf is the day of UTC that a time belongs to, as Item.Day has it.
func DayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// DueShard is the shard of the due index an item belongs to. It depends on the
// key alone, so an item never changes its shard.
func DueShard(k Key) int {
	h := fnv.New32a()
	h.Write([]byte(k.Partition))
	return int(h.Sum32() % DueShards)
}
