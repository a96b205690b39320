package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// merchant sends one signed request, as the shop's own server does.
func (w *world) merchant(method, path, body string, header map[string]string) reply {
	w.t.Helper()
	r, err := http.NewRequest(method, w.api.URL+path, strings.NewReader(body))
	w.must(err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		if value == "-" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	w.must(gateway.Sign(r, []byte(body), merchantKey, merchantSecret, merchantRegion, w.clock.Now()))
	return w.send(r)
}

type minor struct {
	Currency string `json:"currency"`
	Minor    int64  `json:"minor"`
}

// refundSeen is a refund as the merchant is shown it.
type refundSeen struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Code     string `json:"code"`
	Provider string `json:"provider"`
	Amount   minor  `json:"amount"`
	Left     minor  `json:"left"`
}

// ledger is a payment as the merchant is shown it.
type ledger struct {
	Status     payment.Status `json:"status"`
	Refundable minor          `json:"refundable"`
	Review     []string       `json:"review"`
	Refunds    []refundSeen   `json:"refunds"`
	Disputes   []struct {
		ID     string `json:"id"`
		Open   bool   `json:"open"`
		Stage  string `json:"stage"`
		Reason string `json:"reason"`
		Amount minor  `json:"amount"`
		Answer string `json:"seller_response_due_date"`
	} `json:"disputes"`
	Notes []struct {
		Reason string `json:"reason"`
		Code   string `json:"code"`
	} `json:"notes"`
}

func (b *buyer) ledger() (l ledger) {
	b.w.t.Helper()
	r := b.w.merchant(http.MethodGet, "/merchant/payments/"+b.id, "", nil)
	if r.code != http.StatusOK {
		b.w.t.Fatalf("the merchant's payment: %d %s", r.code, r.text)
	}
	b.w.must(json.Unmarshal([]byte(r.text), &l))
	return l
}

// paid is a buyer whose 75.00 EUR are here.
func (w *world) paid() *buyer {
	w.t.Helper()
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	return b
}

// refundBody asks for so much; 0 asks for all that is left.
func refundBody(minor int64) string {
	if minor == 0 {
		return `{"reason":"returned"}`
	}
	return fmt.Sprintf(`{"amount":{"currency":"EUR","minor":%d},"reason":"returned"}`, minor)
}

func refundKey(name string) map[string]string {
	return map[string]string{"Idempotency-Key": "key-of-a-refund-that-nobody-guesses-" + name}
}

func (b *buyer) refund(minor int64, name string) reply {
	b.w.t.Helper()
	return b.w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", refundBody(minor), refundKey(name))
}

// refundDespite is refund, of a merchant who knows of the dispute.
func (b *buyer) refundDespite(minor int64, name string) reply {
	b.w.t.Helper()
	body := strings.Replace(refundBody(minor), "{", `{"despite_dispute":true,`, 1)
	return b.w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", body, refundKey(name))
}

// wantRefund is refund, held against an answer.
func (b *buyer) wantRefund(minor int64, name string, code int, state string) refundSeen {
	b.w.t.Helper()
	r := b.refund(minor, name)
	var seen refundSeen
	b.w.must(json.Unmarshal([]byte(r.text), &seen))
	got := seen.State
	if got == "" {
		got = r.problem
	}
	if r.code != code || got != state {
		b.w.t.Fatalf("refund %s of %d: %d %s, want %d %s: %s", name, minor, r.code, got, code, state, r.text)
	}
	return seen
}

// returned is what PayPal's books gave back of this purchase, or still may.
func (b *buyer) returned() (refunds []sim.Refund) {
	b.w.t.Helper()
	for _, c := range b.charges() {
		refunds = append(refunds, b.w.paypal.Books().Refunded(c.ID)...)
	}
	return refunds
}

// wantReturned holds the books, and the payment against them.
func (b *buyer) wantReturned(status payment.Status, amounts ...int64) {
	b.w.t.Helper()
	var got []int64
	for _, r := range b.returned() {
		got = append(got, r.Amount)
	}
	if !slices.Equal(got, amounts) {
		b.w.t.Errorf("PayPal's books gave back %v, want %v", got, amounts)
	}
	if l := b.ledger(); l.Status != status {
		b.w.t.Errorf("the payment is %s %v, want %s", l.Status, l.Review, status)
	}
}

// count is how many calls of a name PayPal had.
func (w *world) count(name sim.CallName) (n int) {
	for _, c := range w.paypal.Calls() {
		if c.Name == name {
			n++
		}
	}
	return n
}

func TestRefundInParts(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	if seen := b.wantRefund(2000, "1", http.StatusCreated, "completed"); seen.Left.Minor != 5500 || seen.Amount.Minor != 2000 {
		t.Errorf("%+v", seen)
	}
	b.wantReturned(payment.StatusPartiallyRefunded, 2000)
	b.wantRefund(1, "2", http.StatusCreated, "completed")
	b.wantRefund(5500, "3", http.StatusUnprocessableEntity, "refund-refused")
	if seen := b.wantRefund(0, "4", http.StatusCreated, "completed"); seen.Amount.Minor != 5499 || seen.Left.Minor != 0 {
		t.Errorf("the rest: %+v", seen)
	}
	b.wantReturned(payment.StatusRefunded, 2000, 1, 5499)
	b.wantRefund(0, "5", http.StatusUnprocessableEntity, "refund-refused")
	if n := w.count(sim.CallRefund); n != 3 {
		t.Errorf("%d refund calls for 3 refunds", n)
	}
	if r := b.look(); r.Paid || r.status() != payment.StatusRefunded {
		t.Errorf("the buyer sees %s", r.text)
	}
}

func TestRefundWhole(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	if seen := b.wantRefund(0, "1", http.StatusCreated, "completed"); seen.Amount.Minor != 7500 {
		t.Errorf("%+v", seen)
	}
	b.wantReturned(payment.StatusRefunded, 7500)
	// The same wish in other words: nothing named, and everything named.
	b.wantRefund(0, "1", http.StatusOK, "completed")
	b.wantRefund(7500, "1", http.StatusOK, "completed")
	b.wantReturned(payment.StatusRefunded, 7500)
}

func TestRefundKey(t *testing.T) {
	w := newWorld(t, plan{})
	b, other := w.paid(), w.paid()
	first := b.wantRefund(2000, "1", http.StatusCreated, "completed")
	calls := len(w.paypal.Calls())
	again := b.wantRefund(2000, "1", http.StatusOK, "completed")
	if again.ID != first.ID || again.Provider != first.Provider || w.count(sim.CallRefund) != 1 {
		t.Errorf("%+v after %+v, %d refund calls", again, first, w.count(sim.CallRefund))
	}
	b.wantRefund(2500, "1", http.StatusUnprocessableEntity, "key-reused")
	b.wantRefund(0, "1", http.StatusUnprocessableEntity, "key-reused") // all that is left is another wish
	for _, c := range w.paypal.Calls()[calls:] {
		if c.Name == sim.CallRefund {
			t.Errorf("a repeated key made a call: %+v", c)
		}
	}
	b.wantReturned(payment.StatusPartiallyRefunded, 2000)
	// A key is the payment's own: another purchase's is another refund.
	if seen := other.wantRefund(2000, "1", http.StatusCreated, "completed"); seen.ID == first.ID {
		t.Error("two payments share a refund id")
	}
	// All that is left, asked for once more, is the same refund.
	rest := other.wantRefund(0, "2", http.StatusCreated, "completed")
	if same := other.wantRefund(0, "2", http.StatusOK, "completed"); same.ID != rest.ID || same.Amount.Minor != 5500 {
		t.Errorf("%+v after %+v", same, rest)
	}
	w.sweepFor(48 * time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 2000)
}

// crashing is a table whose function dies right after the n-th write.
type crashing struct {
	store.Store
	after int
}

func (c *crashing) Write(ctx context.Context, puts ...store.Put) error {
	err := c.Store.Write(ctx, puts...)
	if c.after--; c.after == 0 {
		panic("the function is killed")
	}
	return err
}

// TestRefundReservedAndKilled: the wish is written down, and the function dies
// before PayPal hears of it. The sweep sends it, once, and a webhook never does.
func TestRefundReservedAndKilled(t *testing.T) {
	table := &crashing{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { table.Store = s; return table }})
	b := w.paid()
	w.deliver()
	w.log.expected.Store(true)
	table.after = 1
	if r := b.refund(2000, "1"); r.code != http.StatusInternalServerError {
		t.Fatalf("%d %s", r.code, r.text)
	}
	if p, item := b.stored(); len(p.Reservations) != 1 || w.count(sim.CallRefund) != 0 || item.Due.IsZero() {
		t.Fatalf("%d reservations, %d calls, due %s", len(p.Reservations), w.count(sim.CallRefund), item.Due)
	}
	if l := b.ledger(); l.Refundable.Minor != 5500 || l.Refunds[0].State != "reserved" {
		t.Errorf("reserved is not set aside: %+v", l)
	}
	b.wantRefund(6000, "2", http.StatusUnprocessableEntity, "refund-refused")

	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	for _, d := range w.deliver() {
		if d.Status != http.StatusOK {
			t.Errorf("%s: %d", d.Type, d.Status)
		}
	}
	if n := w.count(sim.CallRefund); n != 0 {
		t.Errorf("a webhook sent %d refunds", n)
	}
	b.capture() // and no browser does
	if n := w.count(sim.CallRefund); n != 0 {
		t.Errorf("a browser sent %d refunds", n)
	}
	b.wantReturned(payment.StatusPartiallyRefunded, 1000)

	w.sweepAfter(2 * time.Minute)
	w.sweepFor(3 * time.Hour)
	if n := w.count(sim.CallRefund); n != 1 {
		t.Errorf("the sweep sent %d refunds", n)
	}
	b.wantReturned(payment.StatusPartiallyRefunded, 1000, 2000)
	b.wantRefund(2000, "1", http.StatusOK, "completed")
}

// TestRefundThatCannotBeKept: PayPal made it, and the table would not take the
// news. The key, and the sweep, find it again; nothing is sent twice.
func TestRefundThatCannotBeKept(t *testing.T) {
	for _, retry := range []bool{true, false} {
		shaky := &shakyStore{}
		w := newWorld(t, plan{store: func(s store.Store) store.Store { shaky.Store = s; return shaky }})
		b := w.paid()
		shaky.fail(3, store.ErrUnavailable)
		shaky.first = 2 // the reservation is written
		if r := b.refund(2000, "1"); r.code != http.StatusServiceUnavailable || r.problem != "unavailable" {
			t.Fatalf("%d %s", r.code, r.text)
		}
		if retry {
			b.wantRefund(2000, "1", http.StatusOK, "completed")
		}
		w.sweepFor(2 * time.Hour)
		b.wantReturned(payment.StatusPartiallyRefunded, 2000)
		if n := w.count(sim.CallRefund); n != 1 {
			t.Errorf("%d refund calls", n)
		}
		// Without the reservation nothing is sent at all.
		shaky.fail(3, store.ErrUnavailable)
		if r := b.refund(1000, "2"); r.code != http.StatusServiceUnavailable {
			t.Errorf("%d %s", r.code, r.text)
		}
		shaky.fail(0, nil)
		w.sweepFor(2 * time.Hour)
		b.wantReturned(payment.StatusPartiallyRefunded, 2000)
	}
}

// TestRefundWhilePayPalIsAway: 202 and reserved, and done when PayPal is back.
func TestRefundWhilePayPalIsAway(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.wire.cut.Store(true)
	b.wantRefund(2000, "1", http.StatusAccepted, "reserved")
	w.sweepAfter(2 * time.Minute)
	b.wantRefund(2000, "1", http.StatusAccepted, "reserved")
	w.wire.cut.Store(false)
	w.sweepFor(time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 2000)
	b.wantRefund(2000, "1", http.StatusOK, "completed")
}

// TestEveryFaultOfARefund: whatever goes wrong with the call, once or again and
// again for a while, the buyer gets 20.00 once or not at all, and the payment
// says which.
func TestEveryFaultOfARefund(t *testing.T) {
	played := 0
	for _, kind := range sim.Kinds() {
		if !kind.Fits(sim.CallRefund) {
			continue
		}
		played++
		for _, times := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", kind, times), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, plan{seed: int64(played)})
				b := w.paid()
				w.must(w.paypal.Inject(sim.Fault{Kind: kind, Call: sim.CallRefund, Times: times}))
				first := b.refund(2000, "1")
				b.honestRefund(first)
				for _, wait := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour, 12 * time.Hour, 24 * time.Hour, 25 * time.Hour} {
					w.sweepAfter(wait)
					b.honestRefund(b.refund(2000, "1"))
					for _, r := range b.returned() {
						if r.State == "PENDING" {
							w.must(w.paypal.SettleRefund(r.ID, true))
						}
					}
				}
				b.auditRefund(2000)
			})
		}
	}
	if played < 15 {
		t.Errorf("%d kinds", played)
	}
}

// honestRefund: what an answer says of the money is what the books say.
func (b *buyer) honestRefund(r reply) {
	b.w.t.Helper()
	var seen refundSeen
	b.w.must(json.Unmarshal([]byte(r.text), &seen))
	done := slices.ContainsFunc(b.returned(), func(r sim.Refund) bool { return r.State == "COMPLETED" })
	switch {
	case (r.code == http.StatusCreated || seen.State == "completed") && !done:
		b.w.t.Errorf("said to be done, and the books have nothing: %s", r.text)
	case r.problem == "refund-not-made" && len(b.returned()) != 0:
		b.w.t.Errorf("said not to be made, and the books have %+v", b.returned())
	case r.code/100 == 2 && seen.ID == "", r.code == http.StatusInternalServerError:
		b.w.t.Errorf("%d %s", r.code, r.text)
	}
}

// auditRefund holds the end of a story of one refund.
func (b *buyer) auditRefund(asked int64) {
	b.w.t.Helper()
	l, refunds := b.ledger(), b.returned()
	state := l.Refunds[0].State
	ids := map[string]bool{}
	for _, c := range b.w.paypal.Calls() {
		if c.Name == sim.CallRefund {
			ids[c.RequestID] = true
		}
	}
	if len(ids) != 1 || ids[""] {
		b.w.t.Errorf("one refund, sent under the request ids %v", ids)
	}
	switch {
	case len(refunds) > 1 || len(refunds) == 1 && refunds[0].Amount != asked:
		b.w.t.Errorf("asked for %d, given %+v", asked, refunds)
	case len(refunds) == 1 && (state != "completed" || l.Status != payment.StatusPartiallyRefunded):
		// A code or an amount that nobody can judge is a person's, never hidden.
		if l.Status != payment.StatusReview {
			b.w.t.Errorf("given back, and the refund is %s of a payment %s", state, l.Status)
		}
	case len(refunds) == 0 && state == "refused":
		if l.Status != payment.StatusCaptured || l.Refundable.Minor != 7500 {
			b.w.t.Errorf("refused, and the payment is %s with %d left", l.Status, l.Refundable.Minor)
		}
	case len(refunds) == 0 && l.Status != payment.StatusReview:
		b.w.t.Errorf("nothing given back, and the refund is %s of a payment %s", state, l.Status)
	}
	b.w.t.Logf("refund %s, payment %s %v", state, l.Status, l.Review)
}

func TestPendingRefundIsLookedAtUntilItIsOver(t *testing.T) {
	for arrived, want := range map[bool]payment.Status{true: payment.StatusPartiallyRefunded, false: payment.StatusCaptured} {
		w := newWorld(t, plan{})
		b := w.paid()
		w.must(w.paypal.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund}))
		b.wantRefund(2000, "1", http.StatusAccepted, "pending")
		if l := b.ledger(); l.Status != payment.StatusCaptured || l.Refundable.Minor != 5500 {
			t.Errorf("pending: %+v", l)
		}
		w.sweepFor(50 * time.Hour)
		if _, item := b.stored(); item.Due.IsZero() {
			t.Error("a pending refund has no due")
		}
		w.must(w.paypal.SettleRefund(b.returned()[0].ID, arrived))
		w.paypal.LoseNext(9)
		w.deliver()
		w.sweepFor(50 * time.Hour)
		l := b.ledger()
		if _, item := b.stored(); l.Status != want || !item.Due.IsZero() {
			t.Errorf("arrived %t: %s, due %s", arrived, l.Status, item.Due)
		}
		if arrived {
			b.wantRefund(2000, "1", http.StatusOK, "completed")
			continue
		}
		b.wantRefund(2000, "1", http.StatusConflict, "refund-not-made")
		if l.Refundable.Minor != 7500 {
			t.Errorf("%d left after a refund that failed", l.Refundable.Minor)
		}
		b.wantRefund(7500, "2", http.StatusCreated, "completed")
	}
}

// TestRefundsMadeElsewhere: what is given back in PayPal's dashboard, or taken by
// PayPal, is seen, by the doorbell or without it, and counts against the rest.
func TestRefundsMadeElsewhere(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for _, reversal := range []bool{false, true} {
			w := newWorld(t, plan{})
			b := w.paid()
			w.deliver()
			charge, want, amount := b.charges()[0].ID, payment.StatusPartiallyRefunded, int64(3000)
			if reversal {
				w.must(w.paypal.Reverse(charge))
				want, amount = payment.StatusRefunded, 7500
			} else {
				w.must(w.paypal.RefundInDashboard(charge, amount))
			}
			if lost {
				w.paypal.LoseNext(9)
			}
			w.deliver()
			if lost {
				w.sweepFor(2 * time.Hour)
			}
			b.wantReturned(want, amount)
			l := b.ledger()
			if len(l.Refunds) != 1 || l.Refunds[0].State != "completed" || l.Refunds[0].ID != "" || l.Refundable.Minor != 7500-amount {
				t.Errorf("lost %t, reversal %t: %+v", lost, reversal, l)
			}
			b.wantRefund(7500, "1", http.StatusUnprocessableEntity, "refund-refused")
			if w.count(sim.CallRefund) != 0 {
				t.Error("a refund was sent")
			}
		}
	}
}

// TestRefundBehindOurBack: the dashboard was faster, and nobody has told us. The
// provider refuses ours; it is looked into, and never a second payment back.
func TestRefundBehindOurBack(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 6000))
	r := b.refund(5000, "1")
	if r.code == http.StatusCreated {
		t.Errorf("%d %s", r.code, r.text)
	}
	w.sweepFor(30 * time.Hour)
	b.wantReturned(payment.StatusReview, 6000)
	if r := w.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/review", `{"code":"provider_confirmed"}`, nil); r.code != http.StatusOK {
		t.Fatalf("%d %s", r.code, r.text)
	}
	b.wantRefund(1500, "2", http.StatusCreated, "completed")
	b.wantReturned(payment.StatusRefunded, 6000, 1500)
}

func TestRefundWhileADisputeIsOpen(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	id, err := w.paypal.OpenDispute(b.charges()[0].ID, "UNAUTHORISED")
	w.must(err)
	w.deliver()
	b.wantRefund(2000, "1", http.StatusConflict, "dispute-open")
	if n := w.count(sim.CallRefund); n != 0 {
		t.Errorf("%d refund calls", n)
	}
	// PayPal itself refuses a part while a dispute is open; the whole it gives back.
	if r := b.refundDespite(2000, "1"); r.code != http.StatusConflict || r.problem != "refund-not-made" || r.Code != "TRANSACTION_DISPUTED" {
		t.Errorf("a part: %d %s", r.code, r.text)
	}
	if r := b.refundDespite(0, "2"); r.code != http.StatusCreated {
		t.Errorf("the whole: %d %s", r.code, r.text)
	}
	w.must(w.paypal.ResolveDispute(id, "RESOLVED_BUYER_FAVOUR"))
	w.deliver()
	w.sweepFor(2 * time.Hour)
	b.wantReturned(payment.StatusRefunded, 7500)
}

// TestSameRefundTwiceAtOnce: one key, twenty clicks, one refund.
func TestSameRefundTwiceAtOnce(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	var clicks sync.WaitGroup
	for range 20 {
		clicks.Go(func() {
			if r := b.refund(4500, "1"); r.code/100 != 2 && r.code != http.StatusServiceUnavailable {
				t.Errorf("%d %s", r.code, r.text)
			}
		})
	}
	clicks.Wait()
	w.sweepFor(2 * time.Hour)
	b.wantReturned(payment.StatusPartiallyRefunded, 4500)
}

// TestRefundDuringReview: a payment that a person has to look at may be given
// back, up to what was captured.
func TestRefundDuringReview(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.must(w.paypal.Inject(sim.Fault{Kind: sim.OtherAmount, Call: sim.CallCapture}))
	b.capture()
	w.sweepFor(2 * time.Hour)
	if l := b.ledger(); l.Status != payment.StatusReview {
		t.Fatalf("%s", l.Status)
	}
	left := b.ledger().Refundable.Minor
	b.wantRefund(left+1, "1", http.StatusUnprocessableEntity, "refund-refused")
	b.wantRefund(7000, "2", http.StatusCreated, "completed")
	b.wantReturned(payment.StatusReview, 7000)
}

// TestRefundOfWhatWasNotPaid: nothing, not yet, refused, and bounced.
func TestRefundOfWhatWasNotPaid(t *testing.T) {
	w := newWorld(t, plan{})
	for _, funding := range []sim.Funding{"", sim.ECheck, sim.Declined, sim.Bounced} {
		b := w.buyer()
		b.open()
		if funding != "" {
			b.approve(funding)
			b.capture()
		}
		b.wantRefund(0, "1", http.StatusUnprocessableEntity, "refund-refused")
	}
	if n := w.count(sim.CallRefund); n != 0 {
		t.Errorf("%d refund calls", n)
	}
}

// deliver sends what PayPal has to tell, as far as it is due.
func (w *world) deliver() []sim.Delivery {
	w.t.Helper()
	w.clock.Move(2 * time.Second)
	sent := w.paypal.Deliver(context.Background())
	for _, d := range sent {
		if !d.Lost && !bytes.HasPrefix(d.Body, []byte("{")) {
			w.t.Errorf("%s was sent as %q", d.Type, d.Body)
		}
	}
	return sent
}
