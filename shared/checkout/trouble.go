package checkout

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/method"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// A provider that takes no orders just now is noted in the table, one small item, so that
// the menu can move what it carries down, or leave it out. Only failures are written, and
// the first order that works after one: a purchase among others that work costs nothing
// more. Nobody is kept from trying: a buyer who chooses such a method is served as ever.
const (
	// troubleTime is how long a failure counts. What has not failed since is offered as
	// before: the next buyer finds out.
	troubleTime = 5 * time.Minute

	// troubleOut is how many failures without a success between them leave a method out,
	// where another provider's is left. One or two move it down.
	troubleOut = 3

	// troubleKept is how long the item stays after the last failure. It is written again
	// and again, so that what is kept is one item, however long.
	troubleKept = 30 * 24 * time.Hour

	// troubleRounds is how often a note starts over because another one came first. Where
	// many fail at once, a few of them tell as much.
	troubleRounds = 2

	// mostTrouble is how many failures are kept.
	mostTrouble = 20
)

// trouble is how a provider's latest orders went, as the table has it.
type trouble struct {
	Failed []failedOrder `json:"failed"`           // oldest first
	Worked int64         `json:"worked,omitempty"` // an order that was opened after failures, in seconds since 1970
}

// failedOrder is an order that was not opened. One that the provider refuses because of
// how the merchant's account is set up says something of its method alone.
type failedOrder struct {
	At     int64  `json:"at"` // seconds since 1970
	Method string `json:"method"`
	SetUp  bool   `json:"set_up,omitempty"`
}

// counting is what failed within troubleTime and after the last success.
func (t trouble) counting(now time.Time) trouble {
	after := max(now.Add(-troubleTime).Unix(), t.Worked)
	t.Failed = slices.DeleteFunc(slices.Clone(t.Failed), func(f failedOrder) bool { return f.At <= after })
	return t
}

// of is how many failures count against a method.
func (t trouble) of(id string) (n int) {
	for _, f := range t.Failed {
		if !f.SetUp || f.Method == id {
			n++
		}
	}
	return n
}

// tellsOfTrouble reports whether a failed create is the provider's or the set-up's, and
// not this order's or this buyer's.
func tellsOfTrouble(c provider.Class) bool {
	return c == provider.Retry || c == provider.Look || c == provider.MerchantSetup || c == provider.Review
}

// noteFailed writes down that an order was not opened.
func (s *Service) noteFailed(ctx context.Context, way method.Method, err error) {
	class := provider.ClassOf(err)
	if !tellsOfTrouble(class) {
		return
	}
	s.troubled.Store(way.Provider, true)
	s.changeTrouble(ctx, way.Provider, func(t trouble) trouble {
		t.Failed = append(t.Failed, failedOrder{At: s.now().Unix(), Method: way.ID, SetUp: class == provider.MerchantSetup})
		t.Failed = t.Failed[max(0, len(t.Failed)-mostTrouble):]
		return t
	})
}

// noteWorked writes down that an order was opened, where this instance has seen one fail.
func (s *Service) noteWorked(ctx context.Context, way method.Method) {
	if _, was := s.troubled.LoadAndDelete(way.Provider); was {
		s.changeTrouble(ctx, way.Provider, func(t trouble) trouble {
			t.Worked = s.now().Unix()
			return t
		})
	}
}

// changeTrouble changes what is noted of a provider. What fails is logged and nothing
// more: the next failure brings another.
func (s *Service) changeTrouble(ctx context.Context, of string, change func(trouble) trouble) {
	err := changeHint(ctx, s, store.TroubleKey(of), troubleKept, troubleRounds, func(t trouble) trouble {
		return change(t.counting(s.now()))
	})
	if err != nil {
		s.Log.Warn("trouble with a provider was not noted", "provider", of, "error", err)
	}
}

// troubleWith is what is noted of a provider, perhaps a moment old. A table that cannot
// be read keeps no method from being offered.
func (s *Service) troubleWith(ctx context.Context, of string) trouble {
	item, err := store.Glance(ctx, s.Store, store.TroubleKey(of))
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			s.Log.Warn("trouble not read: all methods are offered", "provider", of, "error", err)
		}
		return trouble{}
	}
	return readHint[trouble](item).counting(s.now())
}

// weighed is a menu with what fails just now behind all else, and without what nobody
// could pay with in the last minutes, unless nothing else is left.
func (s *Service) weighed(ctx context.Context, menu method.Menu) []Offer {
	known := map[string]trouble{}
	var fine, shaky, out []Offer
	for _, way := range menu {
		if s.providers[way.Provider] == nil {
			continue
		}
		if _, read := known[way.Provider]; !read {
			known[way.Provider] = s.troubleWith(ctx, way.Provider)
		}
		switch n := known[way.Provider].of(way.ID); {
		case n == 0:
			fine = append(fine, Offer{Method: way})
		case n < troubleOut:
			shaky = append(shaky, Offer{Method: way, Trouble: true})
		default:
			out = append(out, Offer{Method: way, Trouble: true})
		}
	}
	if len(fine)+len(shaky) == 0 {
		return out
	}
	return append(fine, shaky...)
}
