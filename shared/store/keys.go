package store

import "hash/fnv"

// Every key of the table is built here. A partition is "what#which", so that
// the console sorts by kind and no two kinds can meet in one partition.

// PaymentKey is where a payment lives: one purchase, one item.
func PaymentKey(id string) Key { return Key{"payment#" + id, "payment"} }

// PriceListKey is the pointer to the price list in force. Prices are written
// under their own version first; moving the pointer makes them all visible at
// once.
func PriceListKey() Key { return Key{"prices", "current"} }

// PriceKey is one product's prices in one version of the price list.
func PriceKey(version, sku string) Key { return Key{"prices#" + version, sku} }

// DueShard is the shard of the due index an item belongs to. It depends on the
// key alone, so an item never changes its shard.
func DueShard(k Key) int {
	h := fnv.New32a()
	h.Write([]byte(k.Partition))
	return int(h.Sum32() % DueShards)
}
