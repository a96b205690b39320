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
	Failed []failedOrder `json:"failed,omitempty"` // oldest first
	Worked int64         `json:"worked,omitempty"` // an order that was opened after failures, in seconds since 1970
	Off    bool          `json:"off,omitempty"`    // it lacks a secret: nobody can pay with it
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

// weather is the trouble with each provider, read once when it is first asked for.
type weather struct {
	of    func(provider string) trouble
	known map[string]trouble
}

func (s *Service) weather(ctx context.Context) *weather {
	return &weather{func(of string) trouble { return s.troubleWith(ctx, of) }, map[string]trouble{}}
}

func (w *weather) with(provider string) trouble {
	known, read := w.known[provider]
	if !read {
		known = w.of(provider)
		w.known[provider] = known
	}
	return known
}

// carried is a method as one provider would carry it, and its failures.
type carried struct {
	method.Method
	failed int
}

func (c carried) out() bool { return c.failed >= troubleOut }

// carrier picks who carries a method, of those who can: the first with whom it is not
// out, or the first where it is out with all.
func (w *weather) carrier(ways method.Menu) carried {
	var all []carried
	for _, way := range ways {
		all = append(all, carried{way, w.with(way.Provider).of(way.ID)})
	}
	working := slices.IndexFunc(all, func(c carried) bool { return !c.out() })
	return all[max(0, working)]
}

// weighed is a menu with each method once, what fails just now behind all else, and
// without what nobody could pay with in the last minutes, unless nothing else is left.
func (s *Service) weighed(ctx context.Context, menu method.Menu) []Offer {
	weather := s.weather(ctx)
	menu = slices.DeleteFunc(menu, func(m method.Method) bool {
		return s.providers[m.Provider] == nil || weather.with(m.Provider).Off
	})
	var fine, shaky, out []Offer
	seen := map[string]bool{}
	for _, way := range menu {
		if seen[way.ID] {
			continue
		}
		seen[way.ID] = true
		ways := menu.Ways(way.ID)
		c := weather.carrier(ways)
		c.Needs = ways.Needs() // whoever carries it when the buyer has chosen
		switch {
		case c.failed == 0:
			fine = append(fine, Offer{Method: c.Method})
		case !c.out():
			shaky = append(shaky, Offer{Method: c.Method, Trouble: true})
		default:
			out = append(out, Offer{Method: c.Method, Trouble: true})
		}
	}
	if len(fine)+len(shaky) == 0 {
		return out
	}
	return append(fine, shaky...)
}

// isOff reports whether nobody can pay through a provider: the shop does not use it, or
// the secret lacks its credentials. Who opens no secret goes by what is noted of the
// latter; see noteOff.
func (s *Service) isOff(ctx context.Context, provider string) bool {
	if s.providers[provider] == nil {
		return true
	}
	missing, err := s.Missing(ctx, provider)
	return err == nil && missing != ""
}

// noteOff writes down which providers lack a secret, for those who offer methods without
// opening any, and takes it back where one has come. It is the sweep's, so that a shop
// offers what nobody could pay with for minutes at the most.
func (s *Service) noteOff(ctx context.Context) {
	for _, p := range s.Providers {
		missing, err := s.Missing(ctx, p.Name())
		if off := missing != ""; err == nil && off != s.troubleWith(ctx, p.Name()).Off {
			s.changeTrouble(ctx, p.Name(), func(t trouble) trouble {
				t.Off = off
				return t
			})
		}
	}
}
