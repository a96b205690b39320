package checkout

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// Whoever tries stolen cards buys the cheapest thing, a hundred times an hour, and the
// provider closes the shop's account for it. So where a purchase was opened from is
// kept with it as a keyed hash, and declined captures are counted by it. What is
// counted stops new orders and repeated tries; it never stops the capture of an order
// that its buyer has approved.
var (
	// sourceLimits are how many declines a source may have. A buyer has two or three
	// cards; what a purchase got over in the end does not count, so the declines of an
	// office's or a carrier's other buyers seldom add up. Five and then an hour is the
	// usual rule of web shops' forms (Gravity Forms' card testing protection); the
	// second limit is for who comes back every hour.
	sourceLimits = []limit{{5, time.Hour}, {10, declinesKept}}

	// networkLimits are the same for the network around the source: an IPv6 customer is
	// given up to 65,536 /64s, and who rents IPv4 addresses rents neighbours.
	networkLimits = []limit{{20, time.Hour}, {30, declinesKept}}
)

// limit: so many declines within the time, and whoever had them waits.
type limit struct {
	most   int
	within time.Duration
}

const (
	// declinesKept is how long a decline counts at all.
	declinesKept = 24 * time.Hour

	// forgivenDeclines is how many declines a purchase that is paid in the end may have
	// had and be forgiven. More are not a buyer looking for the right card.
	forgivenDeclines = 3

	// mostDeclines is how many declines of one network are kept: far past the limits.
	mostDeclines = 100

	// declineRounds is how often a count starts over because another one came first.
	// Each round one of them is done, so this many at once all count.
	declineRounds = 64
)

// declines are the latest declines of one network, oldest first.
type declines struct {
	List []decline `json:"list"`
}

// decline is one declined capture: of which payment, opened by which source of the
// network, and when in seconds since 1970.
type decline struct {
	Source  string `json:"source"`
	Payment string `json:"payment"`
	At      int64  `json:"at"`
}

// counting is what still counts.
func (d declines) counting(now time.Time) declines {
	after := now.Add(-declinesKept).Unix()
	return declines{slices.DeleteFunc(slices.Clone(d.List), func(one decline) bool { return one.At <= after })}
}

// wait is how long a source has to wait before it may try again; 0: it need not.
func (d declines) wait(source string, now time.Time) time.Duration {
	var all, own []int64
	for _, one := range d.List {
		all = append(all, one.At)
		if one.Source == source {
			own = append(own, one.At)
		}
	}
	var wait time.Duration
	for _, l := range sourceLimits {
		wait = max(wait, l.wait(own, now))
	}
	for _, l := range networkLimits {
		wait = max(wait, l.wait(all, now))
	}
	return wait
}

// wait is how long it is until fewer of the times count than there may be.
func (l limit) wait(times []int64, now time.Time) time.Duration {
	if len(times) < l.most {
		return 0
	}
	slices.Sort(times)
	return time.Unix(times[len(times)-l.most], 0).Add(l.within).Sub(now)
}

// sourceOf names the customer behind an address and the network around it: an IPv4
// address and its /24, an IPv6 /64 (one household) and its /48 (one site). ok is
// false for what is no address, and for this machine, from where nobody buys.
func sourceOf(address string) (source, network netip.Prefix, ok bool) {
	ip, err := netip.ParseAddr(address)
	if ip = ip.Unmap().WithZone(""); err != nil || ip.IsLoopback() {
		return source, network, false
	}
	own, around := 32, 24
	if ip.Is6() {
		own, around = 64, 48
	}
	// Both lengths fit the address, so neither can fail.
	source, _ = ip.Prefix(own)
	network, _ = ip.Prefix(around)
	return source, network, true
}

// mark is what an attempt keeps of where it was opened: hashes of the network and of
// the source, under a key of the token secrets, so that nobody without them can try
// all addresses. Empty: nothing is counted. A new token secret makes new marks, and
// the counting begins anew.
func (s *Service) mark(ctx context.Context, address string) string {
	source, network, ok := sourceOf(address)
	if !ok {
		return ""
	}
	held, err := s.secrets(ctx, nil)
	if err != nil {
		return "" // and without the secrets nothing is sold
	}
	hash := func(of netip.Prefix, bytes int) string {
		mac := hmac.New(sha256.New, held.Tokens[0])
		mac.Write([]byte("declines\n" + of.String()))
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:bytes])
	}
	return hash(network, 9) + "." + hash(source, 6)
}

// mayTry refuses a source that was declined too often. A table that cannot be read
// keeps nobody from buying. Errors: KindDeclines.
func (s *Service) mayTry(ctx context.Context, mark string) error {
	network, source, ok := strings.Cut(mark, ".")
	if !ok {
		return nil
	}
	item, err := store.Glance(ctx, s.Store, store.DeclinesKey(network))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		s.Log.Warn("declines not read: nobody is refused for them", "error", err)
		return nil
	}
	if wait := readHint[declines](item).wait(source, s.now()); wait > 0 {
		return &Error{Kind: KindDeclines, RetryAfter: wait,
			Detail: "Too many payments from this connection were declined. A payment that is approved already is finished all the same; for another try, wait."}
	}
	return nil
}

// tries are the captures that one visit sent, and how many of them were declined.
type tries struct{ sent, declined int }

// tally hands on what came of a visit's captures, once it is saved: to whoever watches
// the ratio, and to the counting by source.
func (s *Service) tally(ctx context.Context, p payment.Payment, made tries) {
	for n := range made.sent {
		if s.Tried != nil {
			s.Tried(n < made.declined)
		}
	}
	if a, ok := p.Live(); ok && made.declined > 0 {
		s.countDecline(ctx, p.ID, a.From)
	}
	if made.sent > 0 && payment.StatusOf(p).Paid() {
		s.forgive(ctx, p)
	}
}

// countDecline writes down that a capture of a payment was declined.
func (s *Service) countDecline(ctx context.Context, id, mark string) {
	network, source, ok := strings.Cut(mark, ".")
	if !ok {
		return
	}
	s.changeDeclines(ctx, network, func(d declines) declines {
		d.List = append(d.List, decline{Source: source, Payment: id, At: s.now().Unix()})
		d.List = d.List[max(0, len(d.List)-mostDeclines):]
		return d
	})
}

// forgive takes back the declines of a purchase that got over them.
func (s *Service) forgive(ctx context.Context, p payment.Payment) {
	if n := p.Declines(); n == 0 || n > forgivenDeclines {
		return
	}
	forgiven := map[string]bool{}
	for _, a := range p.Attempts {
		network, _, ok := strings.Cut(a.From, ".")
		if !ok || forgiven[network] {
			continue
		}
		forgiven[network] = true
		s.changeDeclines(ctx, network, func(d declines) declines {
			d.List = slices.DeleteFunc(d.List, func(one decline) bool { return one.Payment == p.ID })
			return d
		})
	}
}

// changeDeclines changes the declines of a network; those that come at once all count.
// What fails is logged and nothing more: the payment is saved already.
func (s *Service) changeDeclines(ctx context.Context, network string, change func(declines) declines) {
	err := changeHint(ctx, s, store.DeclinesKey(network), declinesKept, declineRounds, func(d declines) declines {
		return change(d.counting(s.now()))
	})
	if err != nil {
		s.Log.Warn("a decline was not counted", "error", err)
	}
}
