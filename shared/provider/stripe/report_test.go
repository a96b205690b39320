package stripe

import (
	"slices"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
)

// rows are those of some time.
func (w *world) rows(from, to time.Time) provider.RowPage {
	w.t.Helper()
	page, err := w.stripe.Rows(w.t.Context(), from, to, "")
	w.must(err)
	return page
}

// lives lives through a purchase of each kind, an hour apart, and what becomes of it.
func (w *world) lives() (sales []payment.Snapshot) {
	w.t.Helper()
	for i, total := range []money.Amount{eur(7500), eur(2000), money.New(15_000, "KRW"), money.New(9900, "USD")} {
		o := order("card", total)
		o.Payment = testPayment[:len(testPayment)-1] + string(rune('0'+i))
		s, err := w.stripe.CreateOrder(w.t.Context(), o)
		w.must(err)
		w.must(w.sim.Pay(s.Order, sim.Instrument{}))
		w.advance(time.Hour)
		sales = append(sales, w.look(s.Order))
	}
	_, err := w.stripe.Refund(w.t.Context(), provider.Refund{Capture: sales[0].Captures[0].ID, ID: sales[0].Payment + "-r1", Amount: eur(1000)})
	w.must(err)
	w.advance(time.Hour)
	w.must(w.sim.RefundInDashboard(sales[0].Order, 500))
	w.advance(time.Hour)
	w.must(w.sim.EndRefund(sales[0].Order, false))
	w.advance(time.Hour)
	w.must(w.sim.Dispute(sales[1].Order, "fraudulent", false))
	w.advance(time.Hour)
	w.must(w.sim.Resolve(sales[1].Order, true))
	w.advance(time.Hour)
	w.sim.Charge("eur", 290)
	w.advance(time.Hour)
	return sales
}

// TestRows: every movement is one row, found on its payment, in the order of time, and
// exactly once whatever the cuts.
func TestRows(t *testing.T) {
	w := newWorld(t)
	sales := w.lives()
	page := w.rows(testTime, w.now())
	var codes []string
	for _, r := range page.Rows {
		codes = append(codes, r.Code)
		if code, known := CodeOf(r.Code); !known || r.Fault != "" || !r.Moves() || code.Balance != settlement.BalanceTotal {
			t.Errorf("the row %+v", r)
		}
	}
	if want := []string{"charge", "charge", "charge", "charge", "refund", "refund", "refund_failure", "dispute", "dispute_reversal", "fee"}; !slices.Equal(codes, want) {
		t.Errorf("the rows are %q, want %q", codes, want)
	}
	for i, s := range sales {
		r, c := page.Rows[i], s.Captures[0]
		if r.ID != c.ID || r.Custom != s.Payment || r.Fee.Minor >= 0 {
			t.Errorf("the sale %+v has the row %+v", c, r)
		}
		if c.Rate == "" && (r.Amount != c.Amount || r.Fee.Minor != -c.Fee.Minor) {
			t.Errorf("the sale %+v has the row %+v", c, r)
		}
	}
	refunds := w.look(sales[0].Order).Refunds
	for _, r := range page.Rows[4:6] {
		if !slices.ContainsFunc(refunds, func(known payment.Refund) bool { return known.ID == r.ID && known.Amount.Minor == -r.Amount.Minor }) {
			t.Errorf("the refund %+v is not among %+v", r, refunds)
		}
	}
	for _, r := range page.Rows[4:9] {
		owner, ask := settlement.Owner(r)
		if owner == "" {
			var err error
			owner, err = w.stripe.PaymentOf(t.Context(), ask)
			w.must(err)
		}
		if want := sales[0].Payment; r.Code == "refund" && owner != want {
			t.Errorf("%+v is of %q, want %s", r, owner, want)
		}
		if want := sales[1].Payment; (r.Code == "dispute" || r.Code == "dispute_reversal") && (r.Reference == "" || owner != "" && owner != want) {
			t.Errorf("%+v is of %q, want %s", r, owner, want)
		}
	}
	var cut []settlement.Row
	for from := testTime; !from.After(w.now()); from = from.Add(47 * time.Minute) {
		to := from.Add(47*time.Minute - time.Second)
		if from.After(w.now().Add(-time.Second)) {
			break
		}
		cut = append(cut, w.rows(from, to).Rows...)
	}
	if !slices.Equal(cut, page.Rows) {
		t.Errorf("cut into pieces there are %d rows, in one %d", len(cut), len(page.Rows))
	}
}

// TestRowsUntil: a report ends before now, and has nothing of what is to come.
func TestRowsUntil(t *testing.T) {
	w := newWorld(t)
	page := w.rows(testTime.Add(-time.Hour), testTime.Add(time.Hour))
	if want := testTime.Add(-time.Second); !page.Until.Equal(want) || !page.Refreshed.Equal(want) || page.Next != "" || page.Total != 0 {
		t.Errorf("it is %+v", page)
	}
	_, err := w.stripe.Rows(t.Context(), testTime.Add(time.Hour), testTime.Add(2*time.Hour), "")
	wantClass(t, err, provider.NotYet)
	for _, c := range []struct {
		from, to time.Time
		page     string
	}{{testTime, testTime.Add(-time.Second), ""}, {testTime, testTime.AddDate(0, 0, 32), ""}, {testTime, testTime, "2"}} {
		_, err := w.stripe.Rows(t.Context(), c.from, c.to, c.page)
		wantClass(t, err, provider.OurBug)
	}
}

// TestPayouts: one by itself and one by hand, which is made of no rows.
func TestPayouts(t *testing.T) {
	w := newWorld(t)
	w.lives()
	w.advance(5 * 24 * time.Hour)
	id, amount := w.sim.PayOut("eur")
	list, next, err := w.stripe.Payouts(t.Context(), testTime, w.now(), "")
	w.must(err)
	if len(list) != 1 || next != "" || list[0].ID != id || list[0].Amount != eur(amount) || !list[0].Itemised || list[0].State != provider.PayoutOnItsWay {
		t.Errorf("the payouts are %+v", list)
	}
	w.must(w.sim.EndPayout(id, true))
	w.sim.Charge("eur", -5000) // something comes in
	byHand, err := w.sim.PayOutByHand("eur", 5000)
	w.must(err)
	w.must(w.sim.EndPayout(byHand, false))
	list, _, err = w.stripe.Payouts(t.Context(), testTime, w.now(), "")
	w.must(err)
	if len(list) != 2 || list[1].State != provider.PayoutArrived || list[0].State != provider.PayoutFailed || list[0].Itemised || list[0].Fault != "account_closed" {
		t.Errorf("the payouts are %+v", list)
	}
	_, _, err = w.stripe.PaidOut(t.Context(), byHand, "")
	wantClass(t, err, provider.OurBug)
}

// TestInquiry: a case that moves no money is open as well, and has its deadline until it
// is closed.
func TestInquiry(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	w.must(w.sim.Dispute(s.Order, "product_not_received", true))
	if d := w.look(s.Order).Disputes[0]; !d.Open || d.Stage != "warning_needs_response" || d.Answer.IsZero() {
		t.Errorf("at first it is %+v", d)
	}
	w.must(w.sim.Resolve(s.Order, false))
	if d := w.look(s.Order).Disputes[0]; d.Open || d.Outcome != "warning_closed" || !d.Answer.IsZero() {
		t.Errorf("closed, it is %+v", d)
	}
}
