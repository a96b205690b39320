package dynamo_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// TestGlanceIsTheCheapRead: half a unit where Get takes one, since it does not ask for
// the latest state; money is never decided on it.
func TestGlanceIsTheCheapRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(t, says(200, `{"Item":`+row("3", "w3", "", `{}`)+`}`), says(200, `{"Item":`+row("3", "w3", "", `{}`)+`}`))
		k := store.Key{Partition: "p", Sort: "s"}
		glanced, err := store.Glance(t.Context(), s.Store, k)
		if err != nil || glanced.Version != 3 {
			t.Errorf("%+v, %v", glanced, err)
		}
		if _, err := s.Get(t.Context(), k); err != nil {
			t.Error(err)
		}
		for i, want := range []string{`"ConsistentRead":false`, `"ConsistentRead":true`} {
			if asked := s.requests()[i]; asked.operation != "GetItem" || !strings.Contains(asked.body, want) {
				t.Errorf("%s %s, want %s", asked.operation, asked.body, want)
			}
		}
	})
}
