package tests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// tally tells which right each call of the table takes, as DynamoDB asks for it: that
// these are the SDK's own is held by TestTallyIsTheSDKs.
type tally struct {
	store.Store
	takes func(ctx context.Context, right string)
}

func (s tally) Get(ctx context.Context, key store.Key) (store.Item, error) {
	s.takes(ctx, readTable)
	return s.Store.Get(ctx, key)
}

func (s tally) Glance(ctx context.Context, key store.Key) (store.Item, error) {
	s.takes(ctx, readTable)
	return store.Glance(ctx, s.Store, key)
}

func (s tally) Query(ctx context.Context, q store.Query) (store.Page, error) {
	switch {
	case q.Partition != "":
		s.takes(ctx, queryTable)
	case q.Day != "":
		s.takes(ctx, queryDay)
	default:
		s.takes(ctx, queryDue)
	}
	return s.Store.Query(ctx, q)
}

// Write needs the right to its puts, one by one, and none of a transaction's own. One
// that is refused may have to read what stands in its way.
func (s tally) Write(ctx context.Context, puts ...store.Put) error {
	s.takes(ctx, writeTable)
	err := s.Store.Write(ctx, puts...)
	if errors.Is(err, store.ErrConflict) {
		s.takes(ctx, readTable)
	}
	return err
}

// TestRightsAreTaken: all the events together take every right that functionGrants
// gives a function on the table, and no other.
func TestRightsAreTaken(t *testing.T) {
	wants, taken := eventFiles(t), map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		s := newEventStage(t, wants)
		service := s.handlers.Checkout
		service.Store = tally{service.Store, func(_ context.Context, right string) {
			if taken[s.running] == nil {
				taken[s.running] = map[string]bool{}
			}
			taken[s.running][right] = true
		}}
		s.seed(wants[name].Seed)
		s.play(name)
	}
	for id, granted := range functionGrants {
		got := fmt.Sprint(slices.Sorted(maps.Keys(taken[id])))
		if want := strings.Replace(granted, " "+readSecret, "", 1); got != want {
			t.Errorf("%s takes %s and is given %s", id, got, want)
		}
	}
}
