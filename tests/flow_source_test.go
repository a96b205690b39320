package tests

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

const namedPayer = `,"payer":{"name":"Ada Byron","email":"ada@rook.example"}`

// everyMethod is a buyer of each: country, currency, and what two books cost.
var everyMethod = []struct {
	id, country, currency string
	total                 int64
}{
	{"paylater", "US", "USD", 4000}, {"venmo", "US", "USD", 4000}, {"ideal", "NL", "EUR", 2500}, {"bancontact", "BE", "EUR", 2500},
	{"blik", "PL", "PLN", 11000}, {"eps", "AT", "EUR", 2500}, {"mybank", "IT", "EUR", 2500}, {"p24", "PL", "PLN", 11000}, {"trustly", "SE", "SEK", 28000},
}

// newMethodWorld is a shop in the United States that has prices in all these currencies.
func newMethodWorld(t *testing.T, env map[string]string) *world {
	t.Helper()
	settings := map[string]string{"MERCHANT_COUNTRY": "US"}
	for name, value := range env {
		settings[name] = value
	}
	w := newWorld(t, plan{env: settings})
	w.must(w.handlers.Checkout.PutPriceList(context.Background(), checkout.PriceList{Products: []checkout.Product{
		{SKU: "BOOK", Name: "The Book of Tides", Prices: map[money.Currency]string{"EUR": "12.50", "USD": "20.00", "PLN": "55.00", "SEK": "140.00"}},
	}}))
	return w
}

// payer is a buyer with two books who pays by a method, and says who it is.
func (w *world) payer(id, country, currency string) *buyer {
	b := w.buyer()
	b.order = fmt.Sprintf(`{"cart":[{"sku":"BOOK","quantity":2}],"currency":%q,"country":%q,"language":"de","method":%q%s}`, currency, country, id, namedPayer)
	return b
}

// turns is the wish to pay by another method than by attempt number after.
func (b *buyer) turns(after int, id string) reply {
	b.w.t.Helper()
	return b.note(b.w.call(http.MethodPost, "/payments/"+b.id+"/attempts", fmt.Sprintf(`{"after":%d,"method":%q%s}`, after, id, namedPayer), b.withToken()))
}

// TestEveryMethod: bought, captured, refunded, and every cent of it in the account.
func TestEveryMethod(t *testing.T) {
	for _, c := range everyMethod {
		t.Run(c.id, func(t *testing.T) {
			w := newMethodWorld(t, nil)
			b := w.payer(c.id, c.country, c.currency)
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
			b.approve(sim.Balance)
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if got := b.charges(); len(got) != 1 || got[0].Amount != c.total || got[0].Currency != c.currency {
				t.Errorf("charged %+v, want %d %s", got, c.total, c.currency)
			}
			p, _ := b.stored()
			if a, _ := p.Live(); a.Method != c.id || a.Provider != "paypal" || a.SelfCompleting {
				t.Errorf("the attempt is %+v", a)
			}
			b.audit(false)
			if r := b.refund(0, c.id); r.code != http.StatusCreated {
				t.Errorf("refunded: %d %s", r.code, r.text)
			}
			w.settleFor(5 * time.Hour)
			b.wants(b.look(), http.StatusOK, payment.StatusRefunded, "none")
			b.agrees()
			if len(b.rows()) < 2 || w.explained(money.Currency(c.currency)) != 0 {
				t.Errorf("the account shows %v", b.rows())
			}
		})
	}
}

// TestBankMoneyOnItsWay: pending for days, then here; or not, and then the buyer pays in
// another way.
func TestBankMoneyOnItsWay(t *testing.T) {
	for name, arrives := range map[string]bool{"arrives": true, "does not arrive": false} {
		t.Run(name, func(t *testing.T) {
			w := newMethodWorld(t, nil)
			b := w.payer("trustly", "SE", "SEK")
			b.open()
			b.approve(sim.OnItsWay)
			b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
			w.sweepFor(6 * 24 * time.Hour)
			b.wants(b.look(), http.StatusOK, payment.StatusPending, "wait")
			if r := b.turns(1, "paypal"); r.code != http.StatusConflict {
				t.Errorf("another attempt while money is on its way: %d", r.code)
			}
			w.must(w.paypal.SettlePending(b.charges()[0].ID, arrives))
			w.sweepFor(26 * time.Hour)
			if !arrives {
				b.wants(b.look(), http.StatusOK, payment.StatusDeclined, "attempt")
				b.wants(b.turns(1, "paypal"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
				b.approve(sim.Balance)
				b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			}
			b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
			b.wantCharges(1)
			b.audit(false)
		})
	}
}

// TestMethodsThatDoNotFit: refused with the reason, before PayPal hears of it.
func TestMethodsThatDoNotFit(t *testing.T) {
	w := newMethodWorld(t, map[string]string{"METHODS": "paypal ideal p24 paylater"})
	for what, want := range map[string]string{
		"ideal BE EUR": "method-unavailable", "ideal NL USD": "method-unavailable", "p24 PL USD": "method-unavailable",
		"paylater GB EUR": "method-unavailable", "blik PL PLN": "method-unknown", "sofort DE EUR": "method-unknown",
	} {
		words := strings.Fields(what)
		if r := w.payer(words[0], words[1], words[2]).open(); r.code != http.StatusUnprocessableEntity || r.problem != want {
			t.Errorf("%s: %d %s, want %s", what, r.code, r.problem, want)
		}
	}
	for missing, id := range map[string]string{`"name":"Ada Byron",`: "ideal", `,"email":"ada@rook.example"`: "p24"} {
		b := w.payer(id, map[string]string{"ideal": "NL", "p24": "PL"}[id], "EUR")
		b.order = strings.Replace(b.order, missing, "", 1)
		if r := b.open(); r.code != http.StatusUnprocessableEntity || r.problem != "payer-required" {
			t.Errorf("%s without %s: %d %s", id, missing, r.code, r.problem)
		}
	}
	if n := len(w.paypal.Calls()); n != 0 {
		t.Errorf("PayPal heard of it %d times", n)
	}
	b := w.payer("ideal", "NL", "EUR")
	b.open()
	if r := b.turns(1, "p24"); r.problem != "method-unavailable" || len(b.orders()) != 1 {
		t.Errorf("another attempt by a method of another country: %d %s", r.code, r.problem)
	}
}

// TestFromOneMethodToAnother: what the bank was still told is never captured, and its
// money goes back by itself.
func TestFromOneMethodToAnother(t *testing.T) {
	w := newMethodWorld(t, nil)
	b := w.payer("ideal", "NL", "EUR")
	bank := b.open().Next.URL
	b.wants(b.turns(1, "paypal"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	w.must(b.approveAt(bank, sim.Balance)) // in the other tab, all the same
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	w.sweepFor(4 * time.Hour)
	w.deliver()
	w.delivered("CHECKOUT.PAYMENT-APPROVAL.REVERSED")
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestCompletingWhileTheBuyerTurns: an order that PayPal captures by itself is given up
// only once it is spent, so that nobody pays at the bank and once more elsewhere. It does
// not matter whether the shop has it so or PayPal requires it.
func TestCompletingWhileTheBuyerTurns(t *testing.T) {
	for name, env := range map[string]map[string]string{"chosen": {"METHODS": "paypal ideal:completes"}, "required": nil} {
		t.Run(name, func(t *testing.T) {
			w := newMethodWorld(t, env)
			if env == nil {
				w.paypal.RequireCompletion("ideal")
			}
			b := w.payer("ideal", "NL", "EUR")
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			bank := b.last.Next.URL
			refused := func(when string) {
				t.Helper()
				if r := b.turns(1, "paypal"); r.code != http.StatusConflict || r.problem != "attempt-refused" || len(b.orders()) != 1 {
					t.Fatalf("another attempt %s: %d %s", when, r.code, r.text)
				}
			}
			refused("while the buyer may pay at the bank")
			w.must(b.approveAt(bank, sim.Balance))
			refused("after it was paid there")
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if n := len(w.captureCalls(b.orders()[0].ID)); n != 0 {
				t.Errorf("we sent %d captures", n)
			}
			b.wantCharges(1)
			b.audit(false)
		})
	}
}

// TestTurnToWhatPayPalInsistsOn: in a shop that sends its captures at once, nobody turns to
// an order that PayPal unexpectedly takes by itself: the capture of the one before might be
// on its way. Where the shop knows of it, captures are written down first, and they may.
func TestTurnToWhatPayPalInsistsOn(t *testing.T) {
	for name, methods := range map[string]string{"unexpected": "paypal ideal", "known": "paypal ideal:completes"} {
		t.Run(name, func(t *testing.T) {
			w := newMethodWorld(t, map[string]string{"METHODS": methods})
			w.paypal.RequireCompletion("ideal")
			b := w.payer("paypal", "NL", "EUR")
			b.open()
			r := b.turns(1, "ideal")
			if name == "known" {
				b.wants(r, http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
				return
			}
			if r.code != http.StatusConflict || r.problem != "attempt-refused" {
				t.Errorf("turned to what PayPal takes by itself: %d %s", r.code, r.text)
			}
			if p, _ := b.stored(); len(p.Attempts) != 1 {
				t.Errorf("%d attempts", len(p.Attempts))
			}
			b.approve(sim.Balance)
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			b.wantCharges(1)
		})
	}
}

// TestCompletingEnds: paid with the tab closed, not paid by the bank after all, or never
// paid; only then the buyer may turn to something else.
func TestCompletingEnds(t *testing.T) {
	env := map[string]string{"METHODS": "paypal ideal:completes"}
	t.Run("the tab is closed", func(t *testing.T) {
		w := newMethodWorld(t, env)
		b := w.payer("ideal", "NL", "EUR")
		b.open()
		b.approve(sim.Balance)
		w.sweepFor(90 * time.Minute)
		b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
	})
	t.Run("the bank does not pay", func(t *testing.T) {
		w := newMethodWorld(t, env)
		b := w.payer("ideal", "NL", "EUR")
		b.open()
		b.approve(sim.Bounced)
		b.wants(b.capture(), http.StatusPaymentRequired, payment.StatusDeclined, "attempt")
		b.wants(b.turns(1, "paypal"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
		b.approve(sim.Balance)
		b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
	})
	t.Run("nobody pays", func(t *testing.T) {
		w := newMethodWorld(t, env)
		b := w.payer("ideal", "NL", "EUR")
		bank := b.open().Next.URL
		w.sweepFor(8 * time.Hour)
		b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
		b.wants(b.turns(1, "paypal"), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
		if err := b.approveAt(bank, sim.Balance); err == nil {
			t.Error("the bank's page is still open")
		}
		b.approve(sim.Balance)
		b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
	})
}

// TestReversedApprovalIsLookedInto: what nobody captured in time went back to the buyer.
// The event is a doorbell: the look finds the order void, and the buyer may pay in another
// way.
func TestReversedApprovalIsLookedInto(t *testing.T) {
	w := newMethodWorld(t, nil)
	b := w.payer("bancontact", "BE", "EUR")
	b.open()
	w.wire.cut.Store(true)
	b.approve(sim.Balance)
	w.deliver() // approved, and we cannot ask
	w.clock.Move(4 * time.Hour)
	w.wire.cut.Store(false)
	w.deliver()
	w.delivered("CHECKOUT.PAYMENT-APPROVAL.REVERSED")
	b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
	b.wantCharges(0)
	b.audit(false)
}

// TestRefundWindow: when it is too late is PayPal's word. A day too late it refuses, which
// is told with its reason and leaves the amount free; what is in time is given back.
func TestRefundWindow(t *testing.T) {
	for _, c := range []struct {
		id, country, currency string
		days, code            int
	}{{"ideal", "NL", "EUR", 179, 201}, {"ideal", "NL", "EUR", 181, 409}, {"trustly", "SE", "SEK", 364, 201}, {"trustly", "SE", "SEK", 366, 409}} {
		w := newMethodWorld(t, nil)
		b := w.payer(c.id, c.country, c.currency)
		b.open()
		b.approve(sim.Balance)
		b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		w.clock.Move(time.Duration(c.days) * 24 * time.Hour)
		r := b.refund(0, c.id)
		late := c.code != http.StatusCreated
		if r.code != c.code || late != strings.Contains(r.text, "REFUND_TIME_LIMIT_EXCEEDED") || late != (r.problem == "refund-not-made") || w.count(sim.CallRefund) != 1 {
			t.Errorf("%s after %d days: %d %s", c.id, c.days, r.code, r.text)
		}
		if given := len(w.paypal.Books().Refunds); late != (given == 0) {
			t.Errorf("%s after %d days: %d refunds were made", c.id, c.days, given)
		}
		if late {
			b.audit(false)
		}
	}
}

// keeper is a table that keeps all that was ever written to it.
type keeper struct {
	store.Store
	mu   sync.Mutex
	text strings.Builder
}

func (k *keeper) Write(ctx context.Context, puts ...store.Put) error {
	k.mu.Lock()
	for _, put := range puts {
		k.text.Write(put.After.Document)
	}
	k.mu.Unlock()
	return k.Store.Write(ctx, puts...)
}

// TestPayerIsPassedOnAndForgotten: neither the table nor the log nor an answer ever has
// the name or the address; PayPal has what the method needs.
func TestPayerIsPassedOnAndForgotten(t *testing.T) {
	kept := &keeper{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { kept.Store = s; return kept }})
	var answers []string
	say := func(r reply) reply { answers = append(answers, r.text); return r }
	b := w.payer("p24", "PL", "EUR")
	b.wants(say(b.open()), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.wants(say(b.turns(1, "p24")), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	w.wire.cut.Store(true)
	say(w.payer("p24", "PL", "EUR").open())
	w.wire.cut.Store(false)
	b.approve(sim.Balance)
	b.wants(say(b.capture()), http.StatusOK, payment.StatusCaptured, "none")
	w.deliver()
	w.sweepFor(2 * time.Hour)
	places := append(answers, w.log.String(), kept.text.String())
	for _, secret := range []string{"Byron", "rook.example"} {
		if slices.ContainsFunc(places, func(text string) bool { return strings.Contains(text, secret) }) {
			t.Errorf("%s was kept or told", secret)
		}
	}
	if n := len(b.orders()); n != 2 || kept.text.Len() == 0 {
		t.Errorf("%d orders, %d bytes written", n, kept.text.Len())
	}
}

// troubles are the methods that the menu gives a notice.
func (m menu) troubles() string {
	var ids []string
	for _, one := range m.Methods {
		if one.Notice != "" {
			ids = append(ids, one.Method)
		}
	}
	return strings.Join(ids, " ")
}

// wantMenu is the menu of a buyer in the Netherlands: all it offers, and what of it has
// a notice.
func (w *world) wantMenu(when, ids, troubles string) {
	w.t.Helper()
	if m, got := w.asks("country=NL&currency=EUR&amount=20.00&language=de", nil); m.ids() != ids || m.troubles() != troubles {
		w.t.Errorf("%s: %q, with a notice %q; want %q and %q: %s", when, m.ids(), m.troubles(), ids, troubles, got.text)
	}
}

// TestTroubleWithAProvider: a provider that takes no orders is told of and recovers by
// itself, with time or with the first order that works; whoever chooses it is served.
func TestTroubleWithAProvider(t *testing.T) {
	const all = "ideal paypal trustly"
	w := newMethodWorld(t, nil)
	fails := func() {
		t.Helper()
		w.wire.cut.Store(true)
		if r := w.payer("ideal", "NL", "EUR").open(); r.code != http.StatusServiceUnavailable {
			t.Errorf("without PayPal: %d", r.code)
		}
		w.wire.cut.Store(false)
	}
	w.wantMenu("at first", all, "")
	fails()
	w.wantMenu("after a failure", all, all)
	w.clock.Move(4 * time.Minute)
	w.wantMenu("soon after", all, all)
	w.clock.Move(2 * time.Minute)
	w.wantMenu("later", all, "")
	for range 5 {
		fails()
	}
	w.wantMenu("when nothing works and nothing else is left", all, all)
	w.clock.Move(time.Second)
	b := w.payer("ideal", "NL", "EUR")
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	w.wantMenu("after an order that worked", all, "")
	w.clock.Move(time.Second)
	fails()
	w.wantMenu("failing again", all, all)
}

// TestTroubleWithAMethod: what the merchant's account cannot take moves down, and out when
// it failed three times, and nothing else does.
func TestTroubleWithAMethod(t *testing.T) {
	w := newMethodWorld(t, nil)
	for i, want := range []struct{ ids, troubles string }{
		{"paypal trustly ideal", "ideal"}, {"paypal trustly ideal", "ideal"}, {"paypal trustly", ""},
	} {
		w.must(w.paypal.Inject(sim.Fault{Kind: sim.Forbidden, Call: sim.CallCreate}))
		if r := w.payer("ideal", "NL", "EUR").open(); r.code != http.StatusBadGateway {
			t.Errorf("forbidden: %d", r.code)
		}
		w.wantMenu(fmt.Sprint("refused ", i+1, " times"), want.ids, want.troubles)
	}
	w.clock.Move(6 * time.Minute)
	w.wantMenu("later", "ideal paypal trustly", "")
}

// TestTroubleCostsNothingWithout: an honest purchase and a refusal that is the order's own
// write nothing of it; a table that fails there keeps nobody from anything.
func TestTroubleCostsNothingWithout(t *testing.T) {
	w := newMethodWorld(t, nil)
	b := w.payer("ideal", "NL", "EUR")
	b.open()
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if r := w.payer("ideal", "BE", "EUR").open(); r.code != http.StatusUnprocessableEntity {
		t.Errorf("ideal in Belgium: %d", r.code)
	}
	if item, err := w.table.Get(context.Background(), store.TroubleKey("paypal")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("noted was %s, %v", item.Document, err)
	}
	broken := newWorld(t, plan{store: func(s store.Store) store.Store { return untroubled{s} }})
	broken.wire.cut.Store(true)
	if r := broken.payer("ideal", "NL", "EUR").open(); r.problem != "provider-unavailable" {
		t.Errorf("a table that takes no note: %d %s", r.code, r.problem)
	}
	broken.wantMenu("a table that tells nothing", "ideal paypal trustly", "")
}

// untroubled is a table in which trouble can neither be read nor written.
type untroubled struct{ store.Store }

func (s untroubled) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if strings.HasPrefix(key.Partition, "trouble#") {
		return store.Item{}, store.ErrUnavailable
	}
	return s.Store.Get(ctx, key)
}
