package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// A hint is a small item of the table that helps to choose, and decides nothing about
// money that was taken: what was declined from where, which provider fails. What cannot
// be read of one was never written.

// readHint reads a hint, from an item or from none.
func readHint[T any](item store.Item) (hint T) {
	if json.Unmarshal(item.Document, &hint) != nil {
		var none T
		return none
	}
	return hint
}

// changeHint changes a hint onto the version it has read, and again where another change
// came first, so often at the most. It leaves the table when it was not changed for the
// time it is kept. Errors are the store's, and worth a note in the log.
func changeHint[T any](ctx context.Context, s *Service, key store.Key, kept time.Duration, rounds int, change func(T) T) (err error) {
	ctx, cancel := s.spend(ctx, lookTime)
	defer cancel()
	for range rounds {
		if err = tryChangeHint(ctx, s, key, kept, change); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	return err
}

func tryChangeHint[T any](ctx context.Context, s *Service, key store.Key, kept time.Duration, change func(T) T) error {
	item, err := s.Store.Get(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	document, err := json.Marshal(change(readHint[T](item)))
	if err != nil {
		return err
	}
	return s.write(ctx, store.Put{Before: item, After: store.Item{
		Key: key, WriteID: s.WriteID(), Expires: s.now().Add(kept), Document: document,
	}})
}
