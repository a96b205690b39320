package tests

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// tally notes which right each call of the table takes.
type tally struct {
	store.Store
	takes func(right string)
}

func (s tally) Get(ctx context.Context, key store.Key) (store.Item, error) {
	s.takes(readTable)
	return s.Store.Get(ctx, key)
}

func (s tally) Query(ctx context.Context, q store.Query) (store.Page, error) {
	switch {
	case q.Partition != "":
		s.takes(queryTable)
	case q.Day != "":
		s.takes(queryDay)
	default:
		s.takes(queryDue)
	}
	return s.Store.Query(ctx, q)
}

func (s tally) Write(ctx context.Context, puts ...store.Put) error {
	s.takes(writeTable)
	return s.Store.Write(ctx, puts...)
}

// TestRightsAreTaken: all the events together take every right that functionGrants
// gives a function on the table, and no other. A transaction needs the right to its
// puts and none of its own.
func TestRightsAreTaken(t *testing.T) {
	wants, taken := eventFiles(t), map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		s := newEventStage(t, wants)
		service := s.handlers.Checkout
		service.Store = tally{service.Store, func(right string) {
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
