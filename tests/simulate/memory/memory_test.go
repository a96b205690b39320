package memory_test

import (
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/storetest"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/memory"
)

func open(_ *testing.T, now func() time.Time) store.Store { return memory.New(now) }

func TestContract(t *testing.T) { storetest.Run(t, open) }

func TestRaces(t *testing.T) { storetest.RunRaces(t, open) }

// TestAForkGoesItsOwnWay: what is written to one of the two is not in the other.
func TestAForkGoesItsOwnWay(t *testing.T) {
	put := func(s *memory.Store, name string) {
		item := store.Item{Key: store.Key{Partition: name, Sort: "s"}, WriteID: "w", Document: []byte(`{}`)}
		if err := s.Write(t.Context(), store.Put{After: item}); err != nil {
			t.Fatal(err)
		}
	}
	first := memory.New(time.Now)
	put(first, "both")
	second := first.Fork(time.Now)
	put(first, "first")
	put(second, "second")
	for _, s := range []*memory.Store{first, second} {
		if n := len(s.Dump()); n != 2 {
			t.Errorf("a fork has %d rows", n)
		}
	}
	if got := second.Dump()[1].Key.Partition; got != "second" {
		t.Errorf("the fork has %q", got)
	}
}
