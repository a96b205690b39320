package tests

import (
	"net/http"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// TestPayoutReadingThatDies at any of its writes: the runs after it tell the same.
func TestPayoutReadingThatDies(t *testing.T) {
	for at := 1; ; at++ {
		died := false
		for _, after := range []bool{false, true} {
			var table *dying
			w := newStripeWorld(t, plan{store: func(s store.Store) store.Store {
				table = &dying{Store: s, after: after}
				return table
			}})
			w.settleFor(time.Hour)
			b := w.paidAtStripe("card", "DE", "EUR", visa)
			w.settleFor(72 * time.Hour)
			id, _ := w.stripe.PayOut("eur")
			w.clock.Move(time.Hour)
			table.at = table.n + at
			if _, err := w.settleNextHour(); err != nil {
				died = true
			}
			table.at = 0
			if done := w.settleFor(2 * time.Hour); done.Unexplained != 0 {
				t.Errorf("died at %d: %+v", at, done)
			}
			b.wantPayouts("paid_out", 2437, id+" on_its_way 2437")
		}
		if !died {
			if at < 5 {
				t.Errorf("only %d writes to die at", at-1)
			}
			return
		}
	}
}

// TestPayoutsOfWhatCameBack: a refund was taken off a payout, and then its bank sent it
// back. The sale's payout alone makes what the payment's rows come to by chance, and the
// later one is not overlooked for it.
func TestPayoutsOfWhatCameBack(t *testing.T) {
	for name, fails := range map[string]bool{"the later payout arrives": false, "the later payout fails": true} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			w.settleFor(time.Hour)
			b := w.paidAtStripe("card", "DE", "EUR", visa)
			w.settleFor(72 * time.Hour)
			one, _ := w.stripe.PayOut("eur")
			w.settleFor(3 * time.Hour)
			w.must(w.stripe.EndPayout(one, true))
			w.paidAtStripe("card", "DE", "EUR", visa)
			b.wantRefund(1000, "part", http.StatusCreated, "completed")
			w.settleFor(72 * time.Hour)
			two, _ := w.stripe.PayOut("eur")
			w.settleFor(30 * time.Hour)
			w.must(w.stripe.EndRefund(b.paidIn(), false))
			w.must(w.stripe.EndPayout(two, !fails))
			w.settleFor(30 * time.Hour)
			want, told, places := []string{one + " arrived 2437", two + " arrived -1000"}, "payout_less", "kept 63 EUR, paid_out 1437 EUR, balance 1000 EUR"
			if fails {
				want[1], told, places = two+" failed -1000", "payout_failed", "kept 63 EUR, paid_out 2437 EUR"
			}
			b.wantTold("paid fee available refunded paid_out "+told+" given_back", places)
			three, _ := w.stripe.PayOut("eur")
			w.settleFor(3 * time.Hour)
			share := " on_its_way 1000"
			if fails {
				share = " on_its_way 0"
			}
			b.wantPayouts("paid_out", 2437, append(want, three+share)...)
		})
	}
}

// TestPayoutThatFailsLate: it had the sale, the next one the refund, and until it failed
// nothing of the payment was at the bank. Then it is the balance that has the sale, though
// the payment's rows come to nothing.
func TestPayoutThatFailsLate(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(72 * time.Hour)
	one, _ := w.stripe.PayOut("eur")
	w.paidAtStripe("card", "DE", "EUR", visa)
	w.paidAtStripe("card", "DE", "EUR", visa)
	b.wantRefund(2437, "most", http.StatusCreated, "completed")
	w.stripe.Charge("usd", -100) // given back by Stripe
	w.settleFor(3 * time.Hour)
	if id, _ := w.stripe.PayOut("usd"); id == "" {
		t.Fatal("no dollars are sent")
	}
	w.settleFor(72 * time.Hour)
	two, _ := w.stripe.PayOut("eur")
	w.settleFor(3 * time.Hour)
	w.must(w.stripe.EndPayout(one, false))
	w.settleFor(30 * time.Hour)
	b.wantTold("paid fee available payout_failed refunded payout_less", "kept 63 EUR, refunded 2437 EUR, paid_out -2437 EUR, balance 2437 EUR")
	three, _ := w.stripe.PayOut("eur")
	w.settleFor(3 * time.Hour)
	b.wantPayouts("available", 0, one+" failed 2437", two+" on_its_way -2437", three+" on_its_way 2437")
}

// TestPayoutInLittleTime: a payout of many rows is read by several runs, each of which
// goes on at the page where the one before stopped.
func TestPayoutInLittleTime(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(72 * time.Hour)
	for range 350 {
		w.stripe.Charge("eur", -10) // given back by Stripe
	}
	id, amount := w.stripe.PayOut("eur")
	if amount != 2437+3500 {
		t.Fatalf("%d are sent", amount)
	}
	done, err := w.handlers.Settlement()(t.Context(), nil)
	if w.must(err); done.Payouts != 1 { // seen; what it is made of is not known yet
		t.Errorf("%+v", done)
	}
	w.clock.Move(2 * time.Hour)
	short := 0
	for range 8 {
		done, err = w.settleInTime(22)
		w.must(err)
		if short += done.Left; done.Unexplained != 0 {
			t.Errorf("%+v", done)
		}
	}
	if short < 3 {
		t.Errorf("only %d runs were short of time", short)
	}
	b.wantPayouts("paid_out", 2437, id+" on_its_way 2437")
}

// TestPayoutsCannotBeRead: whatever Stripe answers, the next run makes it good, and the
// account is read all the same.
func TestPayoutsCannotBeRead(t *testing.T) {
	for _, kind := range []sim.Kind{sim.ErrorBefore, sim.Forbidden} {
		t.Run(string(kind), func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			w.settleFor(time.Hour)
			b := w.paidAtStripe("card", "DE", "EUR", visa)
			w.settleFor(72 * time.Hour)
			id, _ := w.stripe.PayOut("eur")
			w.clock.Move(time.Hour)
			w.must(w.stripe.Inject(sim.Fault{Kind: kind, Call: sim.CallPayout}))
			done, err := w.settleNextHour()
			if b.wantPayouts("available", 0); err == nil && done.Refused == 0 {
				t.Errorf("the run that failed says nothing: %+v", done)
			}
			w.settleFor(2 * time.Hour)
			b.wantPayouts("paid_out", 2437, id+" on_its_way 2437")
			day, truth := w.dayEnds("EUR")
			w.explains("stripe", day, truth)
		})
	}
}

// TestWhatAPaymentAtStripeTakes counts the stored item as DynamoDB would: as it is paid,
// as its row has come, and when its payout is known, which is not written to it.
func TestWhatAPaymentAtStripeTakes(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("card", "DE", "EUR", visa)
	size := func() int {
		_, item := b.stored()
		n, err := dynamo.Bytes(item)
		w.must(err)
		return n
	}
	paid := size()
	w.settleFor(72 * time.Hour)
	settled := size()
	w.stripe.PayOut("eur")
	_, before := b.stored()
	w.settleFor(3 * time.Hour)
	_, item := b.stored()
	t.Logf("paid %d bytes, settled %d", paid, settled)
	if max(paid, settled) > 1024 || item.Version != before.Version {
		t.Errorf("paid it takes %d bytes; its payout wrote it %d times", paid, item.Version-before.Version)
	}
}

// TestBooksOfABusyAccount: Stripe tells a balance for now alone, and of an account with
// too many rows of a month to take off again the books begin later. Nothing is left over.
func TestBooksOfABusyAccount(t *testing.T) {
	w := newStripeWorld(t, plan{})
	for range 1100 {
		w.stripe.Charge("eur", -10)
	}
	w.clock.Move(240 * time.Hour)
	w.settleFor(2 * time.Hour)
	w.paidAtStripe("card", "DE", "EUR", visa)
	day, truth := w.dayEnds("EUR")
	all := w.settlements("2026-11-24", nextDay(day))
	a := all.Accounts[1]
	if a.FirstDay != "2026-11-24" || a.Explained != day || len(a.Currencies) == 0 {
		t.Fatalf("%+v", a)
	}
	b := figures(a.Currencies[0]["balance"].(map[string]any))
	if want := truth["EUR"]; b.of("opening") != 11_000 || b.of("closing") != want.total || b.of("available") != want.available || b.of("remainder") != 0 {
		t.Errorf("%v, in truth %+v", b, want)
	}
}
