package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// paidAtStripe is a buyer of two books who has paid on Stripe's page and come back.
func (w *world) paidAtStripe(method, country, currency string, with sim.Instrument) *buyer {
	w.t.Helper()
	b := w.payer(method, country, currency)
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.pays(with)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	return b
}

// paidIn is the session that the buyer has paid.
func (b *buyer) paidIn() string {
	b.w.t.Helper()
	for _, o := range b.w.sessions(b.id) {
		if o.Received > 0 {
			return o.ID
		}
	}
	b.w.t.Fatal("nobody has paid at Stripe")
	return ""
}

var visa = sim.Instrument{Brand: "visa"}

// funds are what a provider has of a currency.
type funds struct{ total, available int64 }

// dayEnds lets the settlement run to the end of the day, and on until that day is
// explained; it tells the day, and what Stripe itself had in its last second.
func (w *world) dayEnds(currencies ...string) (day string, truth map[string]funds) {
	w.t.Helper()
	end := w.clock.Now().Truncate(24 * time.Hour).Add(24*time.Hour - time.Second)
	for w.clock.Now().Add(time.Hour).Before(end) {
		w.settleFor(time.Hour)
	}
	w.clock.Move(end.Sub(w.clock.Now()))
	truth = map[string]funds{}
	for _, c := range currencies {
		available, pending := w.stripe.Balance(strings.ToLower(c))
		truth[c] = funds{available + pending, available}
	}
	w.settleFor(5 * time.Hour)
	return store.DayOf(end), truth
}

// explains holds an account's statement until a day against the provider's own books:
// nothing may be left over, and what is available and what is not has to be true.
func (w *world) explains(provider, day string, truth map[string]funds) {
	w.t.Helper()
	first, next := "2026-11-21", nextDay(day)
	all := w.settlements(first, next)
	i := slices.IndexFunc(all.Accounts, func(a account) bool { return a.Provider == provider })
	if i < 0 {
		w.t.Fatalf("no account of %s in %+v", provider, all.Accounts)
	}
	for _, f := range all.Accounts[i].Currencies {
		c := f["currency"].(string)
		want, asked := truth[c]
		balance, ok := f["balance"].(map[string]any)
		if !asked {
			continue
		}
		if !ok {
			w.t.Fatalf("%s %s has no balance: %+v", provider, c, f)
		}
		b := figures(balance)
		if b.of("remainder") != 0 || b.of("closing") != want.total || b.of("available") != want.available || b.of("on_hold") != want.total-want.available {
			w.t.Errorf("%s %s closes at %d, %d of it available, %d are left over; in truth %+v", provider, c, b.of("closing"), b.of("available"), b.of("remainder"), want)
		}
		delete(truth, c)
	}
	if len(truth) > 0 {
		w.t.Errorf("nothing is told of %v", truth)
	}
	for _, r := range w.rolls(provider, day) {
		if !r.Remainder.IsZero() {
			w.t.Errorf("%s: %+v", provider, r)
		}
	}
	// Whoever only adds up the export's lines has the same, day by day.
	for from := first; from <= day; from = nextDay(from) {
		sum, err := replay(w.linesOf(provider, from, next))
		w.must(err)
		if len(sum.closing) == 0 || !reflect.DeepEqual(sum.total, sum.closing) || !reflect.DeepEqual(sum.available, sum.usable) {
			w.t.Errorf("from %s: the lines of %s add up to %v and %v, the provider has %v and %v", from, provider, sum.total, sum.available, sum.closing, sum.usable)
		}
	}
}

// linesOf is the export of some days, of one provider alone: a program keeps one book
// for each account.
func (w *world) linesOf(provider, from, to string) (lines []string) {
	w.t.Helper()
	for _, page := range w.follow("/merchant/entries?from="+from+"&to="+to, "", "application/jsonl") {
		for line := range strings.Lines(page) {
			if strings.Contains(line, fmt.Sprintf("%q:%q", "provider", provider)) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// rolls are what explained a day of an account.
func (w *world) rolls(provider, day string) []settlement.Roll {
	w.t.Helper()
	item, err := w.table.Get(context.Background(), store.DayBookKey(provider, day))
	w.must(err)
	var b book
	w.must(json.Unmarshal(item.Document, &b))
	if len(b.Rolls) == 0 {
		w.t.Errorf("nothing explains %s of %s", day, provider)
	}
	return b.Rolls
}

func nextDay(day string) string {
	t, _ := time.Parse(time.DateOnly, day)
	return store.DayOf(t.AddDate(0, 0, 1))
}

// money is a payment's line of a statement, of one currency.
func (b *buyer) money(currency string) figures {
	b.w.t.Helper()
	for _, p := range b.w.settlements("2026-11-21", store.DayOf(b.w.clock.Now().AddDate(0, 0, 1))).Payments {
		for _, m := range p.Money {
			if p.ID == b.id && m["currency"] == currency {
				return m
			}
		}
	}
	b.w.t.Fatalf("%s has no %s in the statement", b.id, currency)
	return nil
}

// toldMoney is the payment's story, in English.
func (b *buyer) toldMoney() (s toldStory) {
	b.w.t.Helper()
	r := b.w.merchant(http.MethodGet, "/merchant/payments/"+b.id+"/money?language="+string(wording.English), "", nil)
	if r.code != http.StatusOK {
		b.w.t.Fatalf("%d %s", r.code, r.text)
	}
	b.w.must(json.Unmarshal([]byte(r.text), &s))
	sums := map[string]int64{}
	for _, part := range s.Where {
		sums[part.Amount.Currency] += part.Amount.Minor
	}
	for _, paid := range s.Paid {
		if sums[paid.Currency] != paid.Minor {
			b.w.t.Errorf("the parts make %d %s, the buyer paid %d", sums[paid.Currency], paid.Currency, paid.Minor)
		}
	}
	return s
}

// wantTold holds the story's codes and places: "paid fee available", "balance 2437 EUR".
func (b *buyer) wantTold(lines, places string) {
	b.w.t.Helper()
	s := b.toldMoney()
	var codes, where []string
	for _, l := range s.Lines {
		codes = append(codes, l.Code)
	}
	for _, part := range s.Where {
		where = append(where, fmt.Sprintf("%s %d %s", part.Code, part.Amount.Minor, part.Amount.Currency))
	}
	if got := strings.Join(codes, " "); got != lines {
		b.w.t.Errorf("told is\n%s\nwant\n%s\n%+v", got, lines, s.Lines)
	}
	if got := strings.Join(where, ", "); got != places {
		b.w.t.Errorf("it is at\n%s\nwant\n%s", got, places)
	}
}

// TestSettlementOfStripe: purchases at both providers, other sales and fees on the
// account: each row on its payment, each account explained to the cent, and what is
// available and what is not as Stripe's own balance has it.
func TestSettlementOfStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	card := w.paidAtStripe("card", "DE", "EUR", visa)
	dollars := w.paidAtStripe("card", "US", "USD", visa)
	ideal := w.paidAtStripe("alipay", "CN", "EUR", sim.Instrument{})
	other := w.payer("paypal", "DE", "EUR")
	other.open()
	other.approve(paypal.Balance)
	other.wants(other.capture(), http.StatusOK, payment.StatusCaptured, "none")
	w.stripe.Charge("eur", 199)
	done := w.settleFor(4 * time.Hour) // PayPal is late
	card.wantRows("sale 2500 -63 EUR")
	dollars.wantRows("sale 4000 -85 USD")
	ideal.wantRows("sale 2500 -80 EUR")
	other.wantRows("sale 2500 -122 EUR")
	if done.Unmatched != 0 || done.Rows != 4 {
		t.Errorf("%+v", done)
	}
	for _, b := range []*buyer{card, dollars, ideal, other} {
		if p, item := b.stored(); !payment.Final(p) || !item.Due.IsZero() {
			t.Errorf("%s: final %t, due %s", b.id, payment.Final(p), item.Due)
		}
	}
	card.wantTold("paid fee available", "kept 63 EUR, awaited 2437 EUR")
	if m := card.money("EUR"); m.of("captured") != 2500 || m.of("net") != 2437 || m["where"] != "awaited" || m["available"] != "2026-11-23T00:00:00Z" {
		t.Errorf("%+v", m)
	}
	for range 4 {
		day, truth := w.dayEnds("EUR", "USD")
		if day == "2026-11-21" && (truth["EUR"].available != -199 || truth["EUR"].total != 2437+2420-199) {
			t.Errorf("%+v", truth)
		}
		w.explains("stripe", day, truth)
		total := w.paypal.Balance("EUR")
		w.explains("paypal", day, map[string]funds{"EUR": {total.Total, total.Available}})
	}
	if m := card.money("EUR"); m["where"] != "available" {
		t.Errorf("%+v", m)
	}
	card.wantTold("paid fee available", "kept 63 EUR, balance 2437 EUR")
	other.wantTold("paid fee", "kept 122 EUR, balance 2378 EUR")
}

// TestSettlementCostsNothingNew: reading what is known already writes nothing.
func TestSettlementCostsNothingNew(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(80 * time.Hour)
	w.stripe.PayOut("eur")
	w.settleFor(3 * time.Hour)
	before := w.table.Counts().Writes
	w.settleFor(4 * time.Hour)
	// The cursors of both reports move with the time; that of the payouts with news alone.
	if cost := w.table.Counts().Writes - before; cost > 2*4 {
		t.Errorf("%d writes in four hours", cost)
	}
}

// TestRefundsOfStripe: ours, one of the dashboard, one that fails after it had succeeded.
func TestRefundsOfStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	ours, desk, failed := w.paidAtStripe("card", "DE", "EUR", visa), w.paidAtStripe("card", "DE", "EUR", visa), w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(2 * time.Hour)
	ours.wantRefund(1000, "part", http.StatusCreated, "completed")
	w.must(w.stripe.RefundInDashboard(desk.paidIn(), 700))
	failed.wantRefund(900, "back", http.StatusCreated, "completed")
	w.settleFor(2 * time.Hour)
	w.must(w.stripe.EndRefund(failed.paidIn(), false))
	w.rings()
	w.settleFor(2 * time.Hour)
	ours.wantRows("sale 2500 -63 EUR", "refund -1000 0 EUR")
	desk.wantRows("sale 2500 -63 EUR", "refund -700 0 EUR")
	failed.wantRows("sale 2500 -63 EUR", "refund -900 0 EUR", "refund_returned 900 0 EUR")
	ours.wantTold("paid fee refunded available", "kept 63 EUR, refunded 1000 EUR, awaited 2437 EUR, balance -1000 EUR")
	desk.wantTold("paid fee refunded_at_provider available", "kept 63 EUR, refunded 700 EUR, awaited 2437 EUR, balance -700 EUR")
	failed.wantTold("paid fee refunded given_back available", "kept 63 EUR, awaited 2437 EUR")
	if m := failed.money("EUR"); m.of("refunds") != 0 || m.of("net") != 2437 {
		t.Errorf("%+v", m)
	}
	if p, _ := failed.stored(); p.Refundable().Minor != 2500 || !slices.Contains(p.Doubts(), payment.DoubtContradiction) {
		t.Errorf("%s may be given back, %v: somebody has to tell the buyer", p.Refundable(), p.Doubts())
	}
	day, truth := w.dayEnds("EUR")
	w.explains("stripe", day, truth)
}

// TestConversionAtStripe: the merchant has no account in the buyer's currency.
func TestConversionAtStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("samsung_pay", "KR", "KRW", sim.Instrument{})
	b.wantTold("paid fee converted", "converted 38000 KRW, kept 73 EUR, converted -2436 EUR, not_reported 2363 EUR")
	w.settleFor(2 * time.Hour)
	if r := w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", `{"amount":{"currency":"KRW","minor":19000},"reason":"returned"}`, refundKey("half")); r.code != http.StatusCreated {
		t.Fatalf("%d %s", r.code, r.text)
	}
	w.settleFor(2 * time.Hour)
	b.wantRows("sale 2436 -73 EUR", "refund -1218 0 EUR")
	b.wantTold("paid fee converted converted refunded available", "refunded 19000 KRW, converted 19000 KRW, kept 73 EUR, converted -1218 EUR, awaited 2363 EUR, balance -1218 EUR")
	for _, l := range b.toldMoney().Lines {
		if l.Code == "converted" && l.Rate != "0.000641" {
			t.Errorf("%+v", l)
		}
	}
	if p, item := b.stored(); !payment.Final(p) || !item.Due.IsZero() || len(p.Doubts()) > 0 {
		t.Errorf("final %t, due %s, %v", payment.Final(p), item.Due, p.Doubts())
	}
	day, truth := w.dayEnds("EUR")
	w.explains("stripe", day, truth)
}

// TestTransferThatNothingRangFor: the account shows that the money has come, and the
// payment says so with that reading, not with tomorrow's look.
func TestTransferThatNothingRangFor(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.payer("bank_transfer", "DE", "EUR")
	b.open()
	session := b.session()
	b.pays(sim.Instrument{})
	b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
	w.sweepFor(26 * time.Hour)
	w.stripe.LoseNext(100)
	w.must(w.stripe.Transfer(session, 2500))
	w.rings()
	w.settleFor(3 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	if rows := b.rows(); len(rows) != 1 {
		t.Errorf("rows %q", rows)
	}
}

// TestDisputesOfStripe: told by a ring or found by the settlement; the money and the fee
// are gone with the dispute, and come back with it where it is won, without the fee.
func TestDisputesOfStripe(t *testing.T) {
	for name, c := range map[string]struct {
		lost, won bool
	}{
		"won, told":  {false, true},
		"won, found": {true, true},
		"lost":       {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newStripeWorld(t, plan{})
			w.settleFor(time.Hour)
			b := w.paidAtStripe("card", "DE", "EUR", visa)
			w.settleFor(2 * time.Hour)
			if c.lost {
				w.stripe.LoseNext(20)
			}
			w.must(w.stripe.Dispute(b.paidIn(), "fraudulent", false))
			if w.rings(); c.lost {
				if p, _ := b.stored(); len(p.Disputes) != 0 {
					t.Error("the ring was not lost")
				}
				w.settleFor(time.Hour)
			}
			p, _ := b.stored()
			if len(p.Disputes) != 1 || !p.Disputes[0].Open || p.Disputes[0].Amount.Minor != 2500 {
				t.Fatalf("%+v", p.Disputes)
			}
			w.settleFor(time.Hour)
			b.wantRows("sale 2500 -63 EUR", "chargeback -2500 -2000 EUR")
			b.wantTold("paid fee disputed charged_back chargeback_fee available", "kept 2063 EUR, charged_back 2500 EUR, awaited 2437 EUR, balance -4500 EUR")
			day, truth := w.dayEnds("EUR")
			w.explains("stripe", day, truth)
			w.must(w.stripe.Resolve(b.paidIn(), c.won))
			w.rings()
			w.settleFor(2 * time.Hour)
			if p, _ = b.stored(); len(p.Disputes) != 1 || p.Disputes[0].Open {
				t.Errorf("%+v", p.Disputes)
			}
			if c.won {
				b.wantRows("sale 2500 -63 EUR", "chargeback -2500 -2000 EUR", "chargeback_reversal 2500 0 EUR")
			}
			end := map[bool]string{true: "dispute_won", false: "dispute_lost"}[c.won]
			var codes []string
			for _, l := range b.toldMoney().Lines {
				codes = append(codes, l.Code)
			}
			if !slices.Contains(codes, end) || slices.Contains(codes, "chargeback_returned") != c.won {
				t.Errorf("told is %v", codes)
			}
			day, truth = w.dayEnds("EUR")
			w.explains("stripe", day, truth)
		})
	}
}

// wantPayouts holds a payment's line of the statement: where its money is, how much of it
// is at the bank, and by which payouts: "po_1 arrived 2437".
func (b *buyer) wantPayouts(where string, paidOut int64, payouts ...string) {
	b.w.t.Helper()
	m := b.money("EUR")
	var got []string
	list, _ := m["payouts"].([]any)
	for _, one := range list {
		p := figures(one.(map[string]any))
		got = append(got, fmt.Sprintf("%s %s %d", p["id"], p["state"], p.of("amount")))
	}
	out := int64(0)
	if m["paid_out"] != nil {
		out = m.of("paid_out")
	}
	if m["where"] != where || out != paidOut || !slices.Equal(got, payouts) {
		b.w.t.Errorf("%v, %d paid out, by %v; want %s, %d, %v", m["where"], out, got, where, paidOut, payouts)
	}
}

// TestPayoutsOfStripe: which payout took a payment's money to the bank, and when it is
// there; a refund that a later one is smaller for; one that fails, and whose money goes
// with the next; other sales, and a payout by hand that is of no payments.
func TestPayoutsOfStripe(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	first, second := w.paidAtStripe("card", "DE", "EUR", visa), w.paidAtStripe("card", "DE", "EUR", visa)
	w.stripe.Charge("eur", 150)
	w.settleFor(47 * time.Hour) // their money is available
	one, sent := w.stripe.PayOut("eur")
	if sent != 2*2437-150 {
		t.Fatalf("%d are sent", sent)
	}
	done, err := w.handlers.Settlement()(context.Background(), nil)
	w.must(err)
	if first.wantPayouts("available", 0); done.Payouts != 1 {
		t.Errorf("%+v", done)
	}
	w.settleFor(2 * time.Hour) // Stripe knows what the payout is made of
	first.wantPayouts("paid_out", 2437, one+" on_its_way 2437")
	first.wantTold("paid fee available payout_sent", "kept 63 EUR, paid_out 2437 EUR")
	w.must(w.stripe.EndPayout(one, true))
	w.settleFor(time.Hour)
	first.wantPayouts("paid_out", 2437, one+" arrived 2437")
	first.wantTold("paid fee available paid_out", "kept 63 EUR, paid_out 2437 EUR")
	if s := first.toldMoney(); !strings.Contains(s.Lines[3].Text, "payout "+one) || !strings.Contains(s.Lines[3].Text, "November 25, 2026") {
		t.Errorf("%+v", s.Lines[3])
	}

	third := w.paidAtStripe("card", "DE", "EUR", visa)
	second.wantRefund(1000, "part", http.StatusCreated, "completed")
	w.settleFor(72 * time.Hour)
	third.wantPayouts("available", 0)
	two, sent := w.stripe.PayOut("eur")
	if sent != 2437-1000 {
		t.Fatalf("%d are sent", sent)
	}
	w.settleFor(3 * time.Hour)
	second.wantPayouts("paid_out", 1437, one+" arrived 2437", two+" on_its_way -1000")
	second.wantTold("paid fee available refunded paid_out payout_less", "kept 63 EUR, refunded 1000 EUR, paid_out 1437 EUR")
	third.wantPayouts("paid_out", 2437, two+" on_its_way 2437")
	w.must(w.stripe.EndPayout(two, false))
	w.settleFor(3 * time.Hour)
	third.wantPayouts("available", 0, two+" failed 2437")
	third.wantTold("paid fee available payout_failed", "kept 63 EUR, balance 2437 EUR")
	second.wantPayouts("available", 2437, one+" arrived 2437", two+" failed -1000")
	three, sent := w.stripe.PayOut("eur")
	if sent != 2437-1000 {
		t.Fatalf("%d are sent", sent)
	}
	w.settleFor(3 * time.Hour)
	third.wantPayouts("paid_out", 2437, two+" failed 2437", three+" on_its_way 2437")
	second.wantPayouts("paid_out", 1437, one+" arrived 2437", two+" failed -1000", three+" on_its_way -1000")
	first.wantPayouts("paid_out", 2437, one+" arrived 2437")
	day, truth := w.dayEnds("EUR")
	w.explains("stripe", day, truth)
}

// TestPayoutByHand: it is of no payments, and what is told of them stays as it is.
func TestPayoutByHand(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(72 * time.Hour)
	if _, err := w.stripe.PayOutByHand("eur", 2000); err != nil {
		t.Fatal(err)
	}
	w.settleFor(3 * time.Hour)
	b.wantPayouts("available", 0)
	day, truth := w.dayEnds("EUR")
	w.explains("stripe", day, truth)
	all := w.settlements("2026-11-21", nextDay(day))
	if got := all.Accounts[1].Currencies[0]; got["currency"] != "EUR" || got.of("paid_out") != -2000 {
		t.Errorf("%+v", got)
	}
}

// TestTableOfPayouts: the statement as a table names the payout and its day.
func TestTableOfPayouts(t *testing.T) {
	w := newStripeWorld(t, plan{})
	w.settleFor(time.Hour)
	b := w.paidAtStripe("card", "DE", "EUR", visa)
	w.settleFor(72 * time.Hour)
	id, _ := w.stripe.PayOut("eur")
	w.settleFor(3 * time.Hour)
	pages := w.follow("/merchant/settlements?format=csv&from=2026-11-21&to="+nextDay(store.DayOf(w.clock.Now())), "", "text/csv")
	line := "stripe," + b.id
	i := strings.Index(pages[0], line)
	if i < 0 || !strings.Contains(pages[0][i:], ",paid_out,24.37,"+id+",2026-11-26T00:00:00Z") {
		t.Errorf("%s", pages[0])
	}
}
