package store

import "context"

// Glancer is a store that can read an item for half the price of Get, and may give
// the state of a moment ago.
type Glancer interface {
	// Glance reads one item, perhaps not with the latest writes.
	// Errors: those of Get.
	Glance(ctx context.Context, key Key) (Item, error)
}

// Glance reads one item as cheaply as the store can: for what may be a moment old
// without harm, and never for what decides about money. A store that has nothing
// cheaper is asked by Get. Errors: those of Get.
func Glance(ctx context.Context, s Store, key Key) (Item, error) {
	if cheap, ok := s.(Glancer); ok {
		return cheap.Glance(ctx, key)
	}
	return s.Get(ctx, key)
}
