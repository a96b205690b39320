package tests

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// from sends a request as the gateway takes it from an address, with the contract held
// against the answer, and nothing else looked at: ten thousand of them have to be fast.
func (w *world) from(address, method, path, body string, header map[string]string) reply {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = address + ":40000"
	if strings.Contains(address, ":") {
		r.RemoteAddr = "[" + address + "]:40000"
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	got := httptest.NewRecorder()
	w.api.Config.Handler.ServeHTTP(got, r)
	a := reply{code: got.Code, header: got.Header(), text: got.Body.String()}
	if err := holdAgainstContract(r, a.code, a.header, []byte(a.text)); err != nil {
		w.t.Errorf("%s %s from %s breaks the contract: %v\n%s", method, path, address, err, a.text)
	}
	if err := json.Unmarshal([]byte(a.text), &a.shown); err != nil {
		w.t.Errorf("%s %s: %v: %s", method, path, err, a.text)
	}
	a.problem = strings.TrimPrefix(a.Type, "urn:serverless-checkout:problem:")
	if a.Payment != nil {
		a.shown = *a.Payment
	}
	return a
}

// caller is somebody at an address, with one payment at a time.
type caller struct {
	w    *world
	at   string
	key  string
	last reply
	id   string
	tok  string
}

func (w *world) caller(address string) *caller { return &caller{w: w, at: address} }

func (c *caller) note(r reply) reply {
	if r.ID != "" {
		c.last, c.id = r, r.ID
	}
	c.tok = cmp.Or(r.Token, c.tok)
	return r
}

// opens begins another purchase, of the cheapest thing there is.
func (c *caller) opens() reply {
	c.w.t.Helper()
	c.key = fmt.Sprintf("key-of-a-cart-that-nobody-guesses-%06d", c.w.buyers.Add(1))
	return c.note(c.w.from(c.at, http.MethodPost, "/payments", order(), map[string]string{"Idempotency-Key": c.key}))
}

func (c *caller) captures() reply {
	c.w.t.Helper()
	return c.note(c.w.from(c.at, http.MethodPost, "/payments/"+c.id+"/capture", "", map[string]string{"Checkout-Token": c.tok}))
}

func (c *caller) goesOn() reply {
	c.w.t.Helper()
	body := fmt.Sprintf(`{"after":%d,"method":"paypal"}`, c.last.Attempt)
	return c.note(c.w.from(c.at, http.MethodPost, "/payments/"+c.id+"/attempts", body, map[string]string{"Checkout-Token": c.tok}))
}

func (c *caller) approves(with sim.Funding) {
	c.w.t.Helper()
	u, err := url.Parse(c.last.Next.URL)
	c.w.must(err)
	c.w.must(c.w.paypal.ApproveWith(u.Query().Get("token"), with))
}

// tries is one card: on the order that is open, or on another. It reports whether the
// card got as far as PayPal. An order that was approved anew is taken by its webhook
// where the click is refused.
func (c *caller) tries(with sim.Funding) bool {
	c.w.t.Helper()
	switch c.last.Next.Action {
	case "redirect":
	case "attempt":
		if c.goesOn().code == http.StatusCreated {
			break
		}
		fallthrough
	default:
		if c.opens().code != http.StatusCreated {
			return false
		}
	}
	c.approves(with)
	c.w.clock.Move(time.Second) // what is approved anew is newer than the refusal
	if c.captures().code != http.StatusTooManyRequests {
		return true
	}
	c.rings()
	c.note(c.w.from(c.at, http.MethodGet, "/payments/"+c.id, "", map[string]string{"Checkout-Token": c.tok}))
	return true
}

// rings is PayPal's word that the order was approved, for this payment alone.
func (c *caller) rings() {
	c.w.t.Helper()
	u, err := url.Parse(c.last.Next.URL)
	c.w.must(err)
	body := fmt.Sprintf(`{"event_type":"CHECKOUT.ORDER.APPROVED","resource":{"id":%q,"status":"APPROVED","update_time":%q,"purchase_units":[{"custom_id":%q}]}}`,
		u.Query().Get("token"), c.w.clock.Now().UTC().Format(time.RFC3339), c.id)
	header := map[string]string{}
	for name, values := range c.w.paypal.Sign([]byte(body), webhookID) {
		header[name] = values[0]
	}
	r := c.w.from("173.0.80.1", http.MethodPost, "/webhooks/paypal", body, header)
	if r.code != http.StatusOK || !strings.Contains(r.text, "reconciled") {
		c.w.t.Errorf("an approval that rings: %d %s", r.code, r.text)
	}
}

// declinedTimes opens purchases at an address until so many captures were declined.
func (w *world) declinedTimes(address string, n int) *caller {
	w.t.Helper()
	c := w.caller(address)
	for i := range n {
		if !c.tries(sim.Declined) || c.last.status() != payment.StatusDeclined {
			w.t.Fatalf("try %d from %s: %d %s", i+1, address, c.last.code, c.last.text)
		}
	}
	return c
}

// TestCardTestingIsStopped: the sixth try from a source asks PayPal nothing, whichever
// way it comes; another source is not concerned; after the hour it may try again.
func TestCardTestingIsStopped(t *testing.T) {
	for address, neighbour := range map[string]string{"203.0.113.7": "203.0.113.8", "2001:db8:1:2::7": "2001:db8:1:3::7"} {
		w := newWorld(t, plan{})
		c := w.declinedTimes(address, 4)
		other := w.caller(c.at)
		other.opens() // before the fifth
		if !c.tries(sim.Refused) || c.last.status() != payment.StatusDeclined {
			t.Fatalf("the fifth: %d %s", c.last.code, c.last.text)
		}
		calls, asked := len(w.paypal.Calls()), w.clock.Now()
		for name, r := range map[string]reply{
			"another purchase": w.caller(c.at).opens(), "another attempt": c.goesOn(), "the capture of what was declined": c.captures(),
		} {
			if r.code != http.StatusTooManyRequests || r.problem != "too-many-declines" || r.header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", name, r.code, r.text)
			}
		}
		if n := len(w.paypal.Calls()); n != calls {
			t.Errorf("PayPal was asked %d times", n-calls)
		}
		// What this purchase was answered once is answered again, and it is finished.
		if r := other.note(w.from(c.at, http.MethodPost, "/payments", order(), map[string]string{"Idempotency-Key": other.key})); r.code != http.StatusOK {
			t.Errorf("a repeated request: %d %s", r.code, r.text)
		}
		other.approves(sim.Balance)
		if r := other.captures(); r.code != http.StatusOK {
			t.Errorf("what was approved is not finished: %d %s", r.code, r.text)
		}
		if r := w.caller(neighbour).opens(); r.code != http.StatusCreated {
			t.Errorf("a neighbour: %d %s", r.code, r.text)
		}
		// The header is anybody's to write, in both directions.
		forged := map[string]string{"Idempotency-Key": strings.Repeat("forged-", 6), "X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"}
		if r := w.from(c.at, http.MethodPost, "/payments", order(), forged); r.code != http.StatusTooManyRequests {
			t.Errorf("behind a forged header: %d %s", r.code, r.text)
		}
		w.clock.Move(asked.Add(time.Hour).Sub(w.clock.Now()))
		if r := w.caller(c.at).opens(); r.code != http.StatusCreated {
			t.Errorf("an hour later: %d %s", r.code, r.text)
		}
	}
}

// TestCardTestingByNetwork: /64s are given away by the thousand, and IPv4 addresses
// are rented in blocks.
func TestCardTestingByNetwork(t *testing.T) {
	for form, outside := range map[string]string{"2001:db8:7:%x::1": "2001:db8:8::1", "198.51.100.%d": "198.51.101.1"} {
		w := newWorld(t, plan{})
		for n := range 20 {
			w.declinedTimes(fmt.Sprintf(form, n+1), 1)
		}
		if r := w.caller(fmt.Sprintf(form, 200)).opens(); r.code != http.StatusTooManyRequests {
			t.Errorf("the 21st source of %s: %d", form, r.code)
		}
		if r := w.caller(outside).opens(); r.code != http.StatusCreated {
			t.Errorf("outside of %s: %d", form, r.code)
		}
	}
}

// TestDeclinesThatAPurchaseGotOver do not count: a shared address does not pay for the
// wrong cards of buyers who found the right one.
func TestDeclinesThatAPurchaseGotOver(t *testing.T) {
	w := newWorld(t, plan{})
	const office = "203.0.113.9"
	for range 6 {
		c := w.declinedTimes(office, 2)
		if !c.tries(sim.Balance) || !c.last.Paid {
			t.Fatalf("not paid: %d %s", c.last.code, c.last.text)
		}
	}
	if r := w.caller(office).opens(); r.code != http.StatusCreated {
		t.Errorf("%d %s", r.code, r.text)
	}
	// One good card does not wash away four stolen ones.
	c := w.declinedTimes(office, 4)
	c.tries(sim.Balance)
	c = w.declinedTimes(office, 1)
	if r := c.captures(); !c.last.Paid && r.code != http.StatusTooManyRequests {
		t.Errorf("%d %s", r.code, r.text)
	}
}

// TestDeclinesWithoutAClick: who leaves the capture to the webhook and the sweep is
// counted as well, and neither of them is ever refused.
func TestDeclinesWithoutAClick(t *testing.T) {
	w := newWorld(t, plan{})
	const address = "203.0.113.10"
	var open []*caller
	for range 7 {
		c := w.caller(address)
		c.opens()
		open = append(open, c)
	}
	for i, c := range open[:5] {
		c.approves(sim.Declined)
		if i%2 == 0 {
			w.deliver()
		} else {
			w.sweepAfter(time.Minute) // its webhook is lost
			w.sweepAfter(time.Hour)
		}
	}
	w.deliver()
	for _, c := range open[:3] { // the last three are within the hour with the first two
		c.approves(sim.Declined)
		w.deliver()
	}
	if r := w.caller(address).opens(); r.code != http.StatusTooManyRequests {
		t.Errorf("%d %s", r.code, r.text)
	}
	for _, c := range open[5:] {
		c.approves(sim.Balance)
	}
	w.sweepAfter(3 * time.Hour)
	for _, c := range open[5:] {
		if p, _ := w.stored(c.id); payment.StatusOf(p) != payment.StatusCaptured {
			t.Errorf("approved and %s", payment.StatusOf(p))
		}
	}
}

// TestOnePurchaseIsDeclinedTenTimes and takes no further attempt, from wherever.
func TestOnePurchaseIsDeclinedTenTimes(t *testing.T) {
	w := newWorld(t, plan{})
	c := w.caller("203.0.113.11")
	c.opens()
	for n := range payment.MaxDeclines {
		c.at = fmt.Sprintf("198.51.%d.1", n)
		if c.last.Next.Action == "attempt" {
			c.goesOn()
		}
		c.approves(sim.Refused)
		c.captures()
	}
	c.at = "198.51.200.1"
	if r := c.goesOn(); r.code != http.StatusConflict || r.problem != "attempt-refused" {
		t.Errorf("%d %s", r.code, r.text)
	}
}

// kept is a table in memory over another one: ten thousand tries need no disk. It takes
// writes of one item, by the rules that every store shares.
type kept struct {
	store.Store
	now  func() time.Time
	mu   sync.Mutex
	rows map[store.Key]store.Item
}

func (k *kept) Get(ctx context.Context, key store.Key) (store.Item, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch item, found := k.rows[key]; {
	case !found:
		return k.Store.Get(ctx, key)
	case item.ExpiredAt(k.now()):
		return store.Item{}, store.ErrNotFound
	default:
		return item, nil
	}
}

func (k *kept) Write(_ context.Context, puts ...store.Put) error {
	if err := store.Check(puts); err != nil || len(puts) != 1 {
		return cmp.Or(err, store.ErrInvalid)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	put := puts[0]
	item, found := k.rows[put.After.Key]
	if err := put.Admits(store.Row{Item: item, Found: found}, k.now()); err != nil {
		return err
	}
	put.After.Version = put.Before.Version + 1
	k.rows[put.After.Key] = put.After
	return nil
}

// visit is one person's doing at one time.
type visit struct {
	at time.Duration
	do func()
}

// onslaught is ten thousand tries beside a thousand honest purchases, in one day's hours.
type onslaught struct {
	*world
	random *rand.Rand
	visits []visit
	tried  map[string]int // by the way of the attack
	passed map[string]int
	honest int
	lost   int // honest buyers who were refused
	beside int // of those who share a network with an attacker
}

const onslaughtHours = 8 * time.Hour

func (r *onslaught) plan(within time.Duration, do func()) {
	r.visits = append(r.visits, visit{time.Duration(r.random.Int64N(int64(within))), do})
}

// attack plans so many tries within a time, each from the address it gives.
func (r *onslaught) attack(way string, tries int, within time.Duration, address func(n int) string) {
	known := map[string]*caller{}
	for n := range tries {
		r.plan(within, func() {
			at := address(n)
			c := known[at]
			if c == nil {
				c = r.caller(at)
				known[at] = c
			}
			calls := r.wire.sent.Load()
			r.tried[way]++
			if c.tries(sim.Declined) {
				r.passed[way]++
			} else if now := r.wire.sent.Load(); now != calls {
				r.t.Errorf("%s: a try that was refused asked PayPal %d times", way, now-calls)
			}
		})
	}
}

// buyer plans an honest purchase: one in twelve is declined at first, and three of four
// then find another card, the last of them at the third.
func (r *onslaught) buyer(address string, refused *int) {
	r.plan(onslaughtHours, func() {
		c, cards := r.caller(address), []sim.Funding{sim.Balance}
		switch dice := r.random.IntN(48); {
		case dice == 0:
			cards = []sim.Funding{sim.Declined} // gives up
		case dice == 1:
			cards = []sim.Funding{sim.Refused, sim.Declined, sim.Balance}
		case dice < 4:
			cards = []sim.Funding{sim.Declined, sim.Balance}
		}
		for _, card := range cards {
			if !c.tries(card) {
				*refused++
				return
			}
		}
		if last := cards[len(cards)-1]; c.last.Paid != (last == sim.Balance) {
			r.t.Errorf("an honest buyer with %v: %d %s", cards, c.last.code, c.last.text)
		}
	})
}

// run lets everything happen in its order.
func (r *onslaught) run() {
	slices.SortStableFunc(r.visits, func(a, b visit) int { return cmp.Compare(a.at, b.at) })
	begun := r.clock.Now()
	for _, v := range r.visits {
		r.clock.Move(max(0, begun.Add(v.at).Sub(r.clock.Now())))
		v.do()
	}
}

// replayRatchet is how many of the tries may get through; it may only fall. Those that
// do are the first ones of networks that nobody has seen before, and cards on orders
// that were open by then, which their webhooks take.
const replayRatchet = 2100

// TestCardTestingReplayed: the attack that lessons tell of, in four ways, beside buyers
// some of whom share an address or a network: an office, a carrier.
func TestCardTestingReplayed(t *testing.T) {
	table := &kept{rows: map[store.Key]store.Item{}}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { table.Store = s; return table }})
	table.now = w.clock.Now
	r := &onslaught{world: w, random: rand.New(rand.NewPCG(7, 7)), tried: map[string]int{}, passed: map[string]int{}}
	r.attack("one source", 2000, 2*time.Hour, func(int) string { return "203.0.113.66" })
	r.attack("many sources", 4000, 2*time.Hour, func(n int) string { return fmt.Sprintf("100.70.%d.%d", n%40, n/40%10) })
	r.attack("rotating /64s", 2000, 2*time.Hour, func(n int) string { return fmt.Sprintf("2001:db8:66:%x::1", n) })
	r.attack("slow", 2000, onslaughtHours, func(n int) string { return fmt.Sprintf("100.80.%d.1", n%20) })
	for n := range 1000 {
		switch {
		case n < 100: // an office
			r.buyer("192.0.2.10", &r.lost)
		case n < 300: // a carrier's four addresses
			r.buyer(fmt.Sprintf("100.64.1.%d", n%4), &r.lost)
		case n < 400: // a university
			r.buyer(fmt.Sprintf("2001:db8:5:%x::1", n%50), &r.lost)
		default: // at home
			r.buyer(fmt.Sprintf("10.%d.%d.1", n/250, n%250), &r.lost)
		}
		r.honest++
	}
	for range 20 {
		r.buyer("100.70.0.200", &r.beside)
	}
	r.run()

	tries, passed := 0, 0
	for _, way := range []string{"one source", "many sources", "rotating /64s", "slow"} {
		t.Logf("%s: %d of %d", way, r.passed[way], r.tried[way])
		tries, passed = tries+r.tried[way], passed+r.passed[way]
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "tries: %d\ntries that reached the provider: %d\nhonest buyers: %d\nhonest buyers refused: %d\n", tries, passed, r.honest, r.lost)
	fmt.Fprintf(&out, "of 20 more in the very network of an attacker, refused: %d\n", r.beside)
	t.Logf("\n%s", &out)
	if tries != 10_000 || r.honest != 1000 || r.lost != 0 || passed > replayRatchet || passed < 100 {
		t.Errorf("at most %d tries and no honest buyer: %s", replayRatchet, &out)
	}
	reached := 0
	for _, c := range r.paypal.Calls() {
		if c.Name == sim.CallCapture {
			reached++
		}
	}
	if own := reached - r.honest; own < passed {
		t.Errorf("%d captures at PayPal, with %d of the attack", reached, passed)
	}
}
