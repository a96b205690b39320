package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// settleFor lets time pass with the settlement on its schedule and nothing else, so
// that whatever is learnt is learnt from the account.
func (w *world) settleFor(d time.Duration) (all checkout.Settlement) {
	w.t.Helper()
	for range int(d / time.Hour) {
		done, err := w.settleNextHour()
		w.must(err)
		all.Days, all.Rows, all.Unmatched = all.Days+done.Days, all.Rows+done.Rows, all.Unmatched+done.Unmatched
		all.Unexplained += done.Unexplained
	}
	return all
}

// rows are the payment's as the account shows them now: "sale 75.00 -2.97 EUR".
func (b *buyer) rows() (list []string) {
	b.w.t.Helper()
	p, _ := b.stored()
	for _, e := range p.Rows() {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %d %d %s", e.Kind, e.Amount.Minor, e.Fee.Minor, e.Amount.Currency)))
	}
	return list
}

func (b *buyer) wantRows(want ...string) {
	b.w.t.Helper()
	got := b.rows()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.w.t.Errorf("the account shows\n%v\nwant\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// agrees holds the payment's rows against the truth about it.
func (b *buyer) agrees() {
	b.w.t.Helper()
	p, _ := b.stored()
	for _, truth := range b.w.paypal.Statement().Of(b.id) {
		want := truth.Net - truth.Refunded - truth.Reversed - truth.ChargedBack - truth.ChargebackFee
		got, err := p.Moved(money.Currency(truth.Currency), payment.EntrySale, payment.EntryFee, payment.EntryRefund, payment.EntryReversal,
			payment.EntryChargeback, payment.EntryChargebackFee, payment.EntryChargebackReversal)
		if err != nil || got.Minor != want {
			b.w.t.Errorf("the rows of %s move %s, %v; in truth it was %d", b.id, got, err, want)
		}
		held, err := p.Withheld(money.Currency(truth.HeldIn))
		if err != nil || held.Minor != truth.Held {
			b.w.t.Errorf("%s is withheld, %v; in truth %d", held, err, truth.Held)
		}
	}
}

// book is a day's as it stands in the table.
type book struct {
	settlement.Book
	Rolls []settlement.Roll `json:"rolls"`
}

func (w *world) book(day time.Time) (b book) {
	w.t.Helper()
	item, err := w.table.Get(context.Background(), store.DayBookKey("paypal", store.DayOf(day)))
	w.must(err)
	w.must(json.Unmarshal(item.Document, &b))
	return b
}

// explained waits for the end of the day and what explains it, and tells how much of a
// currency's total is left over.
func (w *world) explained(currency money.Currency) (remainder int64) {
	w.t.Helper()
	today := w.clock.Now()
	for w.clock.Now().Before(today.Truncate(24 * time.Hour).Add(30 * time.Hour)) {
		w.settleFor(time.Hour)
	}
	for _, r := range w.book(today).Rolls {
		if r.Opening.Currency == currency && r.Balance == settlement.BalanceTotal {
			return r.Remainder.Minor
		}
	}
	w.t.Fatalf("nothing explains %s on %s", currency, store.DayOf(today))
	return 0
}

// unmatchedRows are the rows that were kept one by one: their reasons.
func (w *world) unmatchedRows() (reasons []string) {
	w.t.Helper()
	page, err := w.table.Query(context.Background(), store.Query{Partition: store.UnmatchedRowKey("paypal", "", "").Partition, Limit: 100})
	w.must(err)
	for _, item := range page.Items {
		var row struct{ Reason, Payment, Code string }
		w.must(json.Unmarshal(item.Document, &row))
		reasons = append(reasons, strings.TrimSpace(row.Reason+" "+row.Code+" "+row.Payment))
	}
	return reasons
}

// TestSettlementOfASale: the row confirms the capture, clears its due, and costs one
// write; whatever is read again costs nothing but the cursor.
func TestSettlementOfASale(t *testing.T) {
	w := newWorld(t, plan{})
	w.settleFor(time.Hour) // the books begin
	b := w.paid()
	writes := w.table.Counts().Writes
	done := w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR")
	b.agrees()
	b.wantStatus(payment.StatusCaptured)
	p, item := b.stored()
	if !item.Due.IsZero() || !payment.Final(p) || done.Rows != 1 || done.Days != 1 {
		t.Errorf("due %s, final %t, %+v", item.Due, payment.Final(p), done)
	}
	// The cursor of each run, the disputes' first, the payment, the list of its hour, its
	// day's book.
	if cost := w.table.Counts().Writes - writes; cost > 5+3 {
		t.Errorf("%d writes", cost)
	}
	if looks := w.count(sim.CallLook); looks != 1 {
		t.Errorf("%d looks, want that before the capture alone", looks)
	}
	version := item.Version
	writes = w.table.Counts().Writes
	done = w.settleFor(6 * time.Hour)
	if _, item := b.stored(); item.Version != version || done.Rows != 0 || done.Days != 0 || w.table.Counts().Writes-writes != 6 {
		t.Errorf("version %d, %+v, %d writes in 6 runs", item.Version, done, w.table.Counts().Writes-writes)
	}
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestWhatALifeCosts: how often a payment is written, with every webhook, the sweep and
// the settlement on their schedules, until nothing is owed any more; and a refund.
func TestWhatALifeCosts(t *testing.T) {
	w := newWorld(t, plan{})
	live := func(hours int) {
		for range hours {
			w.deliver()
			for range 12 {
				w.sweepAfter(5 * time.Minute)
			}
			_, err := w.handlers.Settlement()(context.Background(), nil)
			w.must(err)
		}
	}
	b := w.paid()
	live(8)
	_, item := b.stored()
	// Made, captured, the due after the first hour moved, and the row of the account.
	if item.Version > 4 || !item.Due.IsZero() {
		t.Errorf("written %d times, due %s", item.Version, item.Due)
	}
	b.wantRefund(1000, "r", http.StatusCreated, "completed")
	live(8)
	if _, after := b.stored(); after.Version > item.Version+3 || !after.Due.IsZero() {
		t.Errorf("a refund was written %d times, due %s", after.Version-item.Version, after.Due)
	}
	b.agrees()
	_, after := b.stored()
	t.Logf("written %d times without the refund, %d with it", item.Version, after.Version)
}

// TestSettlementFindsWhatNobodyRang: a refund in the dashboard, a reversal and a hold
// are seen first in the account.
func TestSettlementFindsWhatNobodyRang(t *testing.T) {
	w := newWorld(t, plan{})
	dashboard, reversed, held, own := w.paid(), w.paid(), w.paid(), w.paid()
	w.settleFor(5 * time.Hour)
	own.wantRefund(1000, "r", http.StatusCreated, "completed")
	w.must(w.paypal.RefundInDashboard(dashboard.charges()[0].ID, 2000))
	w.must(w.paypal.Reverse(reversed.charges()[0].ID))
	hold, err := w.paypal.Hold("T2107", held.charges()[0].ID, "", 0)
	w.must(err)
	w.settleFor(5 * time.Hour)

	dashboard.wantRows("sale 7500 -297 EUR", "refund -2000 0 EUR")
	dashboard.wantReturned(payment.StatusPartiallyRefunded, 2000)
	reversed.wantRows("sale 7500 -297 EUR", "reversal -7500 0 EUR")
	reversed.wantReturned(payment.StatusRefunded, 7500)
	held.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR")
	own.wantRows("sale 7500 -297 EUR", "refund -1000 0 EUR")
	own.wantReturned(payment.StatusPartiallyRefunded, 1000)
	for _, b := range []*buyer{dashboard, reversed, held, own} {
		b.agrees()
		if _, item := b.stored(); !item.Due.IsZero() {
			t.Errorf("due %s", item.Due)
		}
	}
	w.must(w.paypal.Release(hold))
	w.settleFor(5 * time.Hour)
	held.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR", "release 7500 0 EUR")
	held.agrees()
	if left := w.explained("EUR"); left != 0 || len(w.unmatchedRows()) != 0 {
		t.Errorf("%d are not explained, %v", left, w.unmatchedRows())
	}
}

// TestSettlementOfAChargeback: with its hold, its fee, and what was won back.
func TestSettlementOfAChargeback(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.settleFor(5 * time.Hour)
	id := b.claim(w.clock.Now().Add(10 * 24 * time.Hour))
	w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR")
	w.must(w.paypal.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR", "release 7500 0 EUR", "chargeback -7500 0 EUR", "chargeback_fee -2000 0 EUR")
	b.wantReturned(payment.StatusRefunded, 7500)
	b.agrees()
	w.must(w.paypal.ReverseChargeback(id))
	w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR", "hold -7500 0 EUR", "release 7500 0 EUR", "chargeback -7500 0 EUR", "chargeback_fee -2000 0 EUR", "chargeback_reversal 7500 0 EUR")
	b.agrees()
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestSettlementInAnotherCurrency: the conversion's two amounts, and the rate that the
// capture names.
func TestSettlementInAnotherCurrency(t *testing.T) {
	w := newWorld(t, plan{})
	w.must(w.paypal.HoldCurrencies("USD"))
	b := w.paid()
	w.settleFor(5 * time.Hour)
	p, _ := b.stored()
	out, in := money.Amount{}, money.Amount{}
	for _, row := range p.Rows() {
		if row.Kind == payment.EntryConversion && row.Amount.Currency == "EUR" {
			out = row.Amount
		} else if row.Kind == payment.EntryConversion {
			in = row.Amount
		}
	}
	if out != money.New(-7203, "EUR") || in != p.Captures[0].Received || p.Captures[0].Rate == "" {
		t.Errorf("%s became %s; the capture says %s at %q", out, in, p.Captures[0].Received, p.Captures[0].Rate)
	}
	b.agrees()
	if eur, usd := w.explained("EUR"), w.explained("USD"); eur != 0 || usd != 0 {
		t.Errorf("%d EUR and %d USD are not explained", eur, usd)
	}
}

// TestSettlementOfTheAccount: payouts, another shop's sales and codes nobody knows are
// no payment's, are summed apart, and explain the balance with the rest.
func TestSettlementOfTheAccount(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	foreign, err := w.paypal.Sell(sim.Sale{CustomID: "A-17", InvoiceID: "A-17", Currency: "EUR", Amount: 9900, Code: "T0007"})
	w.must(err)
	nameless, err := w.paypal.Sell(sim.Sale{Currency: "EUR", Amount: 100})
	w.must(err)
	lost := checkout.PaymentID("tests", "POST /payments", "never made")
	_, err = w.paypal.Sell(sim.Sale{CustomID: lost, Currency: "EUR", Amount: 500})
	w.must(err)
	w.must(w.paypal.RefundInDashboard(foreign, 900))
	w.must(w.paypal.RefundInDashboard(nameless, 100))
	_, err = w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3})
	w.must(err)
	day := w.clock.Now()
	w.clock.Move(time.Hour)
	_, err = w.paypal.PayOut("EUR", 0)
	w.must(err)
	done := w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR")
	if got := w.unmatchedRows(); done.Unmatched != 2 || !slices.Equal(got, slices.Sorted(slices.Values([]string{"unknown_code T9999", "no_such_payment T0006 " + lost}))) && len(got) != 2 {
		t.Errorf("kept one by one: %d, %v", done.Unmatched, got)
	}
	shown := map[string]string{}
	for _, row := range w.settlements(day.Format(time.DateOnly), w.clock.Now().AddDate(0, 0, 1).Format(time.DateOnly)).Accounts[0].UnmatchedRows {
		shown[row.Reason+" "+row.Code] = row.Payment + " " + row.Amount
	}
	if want := map[string]string{"unknown_code T9999": " EUR -0.03", "no_such_payment T0006": lost + " EUR 5.00"}; !maps.Equal(shown, want) {
		t.Errorf("shown one by one: %v, want %v", shown, want)
	}
	h := w.book(day).Hours["09"]
	for key, want := range map[string]settlement.Sum{
		"EUR T0006": {Count: 1, Gross: 7500, Fee: -297}, "EUR T0007 foreign": {Count: 1, Gross: 9900, Fee: -381},
		"EUR T0006 foreign": {Count: 2, Gross: 600, Fee: -38 - 52}, "EUR T1107 foreign": {Count: 2, Gross: -1000}, "EUR T9999 foreign": {Count: 1, Gross: -3},
	} {
		if got := h.Sums[key]; got == nil || got.Count != want.Count || got.Gross != want.Gross {
			t.Errorf("%s: %+v, want %+v", key, got, want)
		}
	}
	if got := w.book(day).Unknown(paypal.Words()); !slices.Equal(got, []string{"T9999"}) {
		t.Errorf("unknown codes: %v", got)
	}
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
	if again := w.settleFor(30 * time.Hour); again.Unmatched != 0 {
		t.Errorf("kept again: %+v", again)
	}
}

// TestSettlementOfWhatIsPending: nothing moves before it is done, which may be on
// another day; what is denied never does.
func TestSettlementOfWhatIsPending(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.buy(sim.ECheck)
		w.settleFor(5 * time.Hour)
		b.wantRows("sale 0 0 EUR")
		b.wantStatus(payment.StatusPending)
		if left := w.explained("EUR"); left != 0 {
			t.Errorf("%d are not explained while it is pending", left)
		}
		w.must(w.paypal.SettlePending(b.charges()[0].ID, arrives))
		w.settleFor(5 * time.Hour)
		if arrives {
			b.wantRows("sale 7500 -297 EUR")
		} else {
			b.wantRows("sale 0 0 EUR")
		}
		b.agrees()
		if left := w.explained("EUR"); left != 0 {
			t.Errorf("%d are not explained after its end (arrived: %t)", left, arrives)
		}
	}
}

// TestSettlementOfAChangedFee: in the sale's own row, or as a row of its own.
func TestSettlementOfAChangedFee(t *testing.T) {
	w := newWorld(t, plan{})
	inPlace, apart := w.paid(), w.paid()
	w.settleFor(5 * time.Hour)
	w.must(w.paypal.CorrectFee(inPlace.charges()[0].ID, 100, true))
	w.must(w.paypal.CorrectFee(apart.charges()[0].ID, 100, false))
	w.settleFor(5 * time.Hour)
	inPlace.wantRows("sale 7500 -100 EUR")
	apart.wantRows("sale 7500 -297 EUR", "fee 197 0 EUR")
	inPlace.agrees()
	apart.agrees()
	if left := w.explained("EUR"); left != 0 {
		t.Errorf("%d are not explained", left)
	}
}

// TestSettlementShowsAFalseReport: a row that is lost, doubled or changed stands in the
// remainder to the cent, and is gone from it when the report is right again.
func TestSettlementShowsAFalseReport(t *testing.T) {
	for how, want := range map[sim.Misreport]int64{sim.MisreportLost: 7203, sim.MisreportTwice: -7203, sim.MisreportAmount: -1} {
		w := newWorld(t, plan{})
		b, other := w.paid(), w.paid()
		by := int64(0)
		if how == sim.MisreportAmount {
			by = 1
		}
		w.must(w.paypal.Falsify(b.charges()[0].ID, "T0006", how, by))
		if left := w.explained("EUR"); left != want {
			t.Errorf("%s: %d are not explained, want %d", how, left, want)
		}
		other.agrees()
		if done, err := w.settleNextHour(); err != nil || done.Unexplained != 0 {
			t.Errorf("%s: told twice: %+v, %v", how, done, err)
		}
		w.must(w.paypal.Falsify(b.charges()[0].ID, "T0006", sim.MisreportNothing, 0))
		if left := w.explained("EUR"); left != 0 {
			t.Errorf("%s: %d are not explained when it is right again", how, left)
		}
		if how == sim.MisreportAmount {
			// Two amounts at one time: nothing tells which is true but a person.
			b.wantStatus(payment.StatusReview)
			continue
		}
		b.wantRows("sale 7500 -297 EUR")
		b.agrees()
	}
}

// TestSettlementOfADoubleCharge: a capture nobody here knows is for a person.
func TestSettlementOfADoubleCharge(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	_, err := w.paypal.Sell(sim.Sale{CustomID: b.id, Currency: "EUR", Amount: 7500})
	w.must(err)
	w.settleFor(5 * time.Hour)
	b.wantRows("sale 7500 -297 EUR", "sale 7500 -297 EUR")
	b.wantStatus(payment.StatusReview)
	if p, item := b.stored(); !slices.Contains(p.Doubts(), payment.DoubtRow) || item.Due.IsZero() {
		t.Errorf("%v, due %s", p.Doubts(), item.Due)
	}
}
