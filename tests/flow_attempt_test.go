package tests

import (
	"net/http"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// TestEveryFunding: how each way to pay ends, what the buyer is told to do next,
// and that doing it ends with one charge.
func TestEveryFunding(t *testing.T) {
	for _, c := range []struct {
		funding sim.Funding
		code    int
		status  payment.Status
		reason  string
		next    string
	}{
		{sim.Balance, 200, payment.StatusCaptured, "", "none"},
		{sim.Declined, 402, payment.StatusDeclined, "INSTRUMENT_DECLINED", "redirect"},
		{sim.Confirm, 402, payment.StatusDeclined, "PAYER_ACTION_REQUIRED", "redirect"},
		{sim.Refused, 402, payment.StatusDeclined, "TRANSACTION_REFUSED", "attempt"},
		{sim.Restricted, 402, payment.StatusDeclined, "PAYER_ACCOUNT_RESTRICTED", "attempt"},
		{sim.Bounced, 402, payment.StatusDeclined, "OTHER", "attempt"},
		{sim.ECheck, 202, payment.StatusPending, "ECHECK", "wait"},
		{sim.UnderReview, 202, payment.StatusPending, "PENDING_REVIEW", "wait"},
		{sim.Unheld, 202, payment.StatusPending, "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION", "wait"},
		{sim.Limit, 402, payment.StatusDeclined, "TRANSACTION_RECEIVING_LIMIT_EXCEEDED", "redirect"},
	} {
		t.Run(string(c.funding), func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			b.open()
			b.approve(c.funding)
			b.wants(b.capture(), c.code, c.status, c.next)
			if b.last.Reason != c.reason {
				t.Errorf("the reason is %q, want %q", b.last.Reason, c.reason)
			}
			first := b.last.text
			if n := len(w.captureCalls(b.orders()[0].ID)); n != 1 {
				t.Errorf("one wish to pay became %d captures", n)
			}
			switch c.next {
			case "wait":
				w.must(w.paypal.SettlePending(b.charges()[0].ID, true))
				w.sweepFor(2 * time.Hour)
			case "redirect":
				if c.funding == sim.Limit {
					b.staysRefused()
					return
				}
				b.wants(b.capture(), c.code, c.status, c.next) // nothing has changed
				b.approve(sim.Balance)
				b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			case "attempt":
				b.wants(b.capture(), c.code, c.status, c.next)
				b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
				b.approve(sim.Balance)
				b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			}
			b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
			b.wantCharges(1)
			if got := b.audit(false); got != payment.StatusCaptured {
				t.Errorf("after %s it is %s", first, got)
			}
		})
	}
	if n := len(sim.Fundings()); n != 10 {
		t.Errorf("%d fundings, and the table has 10", n)
	}
}

// staysRefused: the order is approved already and only the merchant can mend
// what it was refused for. The sweep does not try again by itself; the buyer may.
func (b *buyer) staysRefused() {
	b.w.t.Helper()
	b.w.sweepFor(4 * time.Hour)
	b.wants(b.look(), 200, payment.StatusDeclined, "redirect")
	b.wants(b.capture(), 402, payment.StatusDeclined, "redirect")
	if n := len(b.w.captureCalls(b.orders()[0].ID)); n != 2 {
		b.w.t.Errorf("two wishes to pay became %d captures", n)
	}
	b.wantCharges(0)
}

// TestPendingThatNeverArrives: the bank sends the money back; the buyer may try
// again.
func TestPendingThatNeverArrives(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.ECheck)
	b.wants(b.capture(), http.StatusAccepted, payment.StatusPending, "wait")
	if r := b.another(1); r.code != http.StatusConflict || r.problem != "attempt-refused" {
		t.Errorf("another attempt while the money is on its way: %d %s", r.code, r.problem)
	}
	w.must(w.paypal.SettlePending(b.charges()[0].ID, false))
	w.sweepFor(2 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusDeclined, "attempt")
	b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestSecondApprovalIsCapturedBySweep: the buyer approves again after a decline
// and closes the tab; the order has changed since the refusal, so the sweep may.
func TestSecondApprovalIsCapturedBySweep(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Declined)
	b.wants(b.capture(), http.StatusPaymentRequired, payment.StatusDeclined, "redirect")
	w.sweepFor(70 * time.Minute)
	b.wants(b.look(), http.StatusOK, payment.StatusDeclined, "redirect")
	b.approve(sim.Balance)
	w.sweepFor(2 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestFiveRefusalsAreEnough: one order is not tried for ever.
func TestFiveRefusalsAreEnough(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	page := b.open().Next.URL
	for try := 1; try <= payment.MaxCaptures; try++ {
		b.approve(sim.Declined)
		next := "redirect"
		if try == payment.MaxCaptures {
			next = "attempt"
		}
		b.wants(b.capture(), http.StatusPaymentRequired, payment.StatusDeclined, next)
	}
	ids := map[string]bool{}
	for _, c := range w.paypal.Calls() {
		if c.Name == sim.CallCapture {
			ids[c.RequestID] = true
		}
	}
	if len(ids) != payment.MaxCaptures {
		t.Errorf("%d request ids for %d intents", len(ids), payment.MaxCaptures)
	}
	w.must(b.approveAt(page, sim.Balance)) // good money at last, and too late
	b.wants(b.capture(), http.StatusPaymentRequired, payment.StatusDeclined, "attempt")
	b.wantCharges(0)
	b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

func TestSwitchWhileApprovedIsRefused(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	r := b.another(1)
	b.wants(r, http.StatusConflict, payment.StatusApproved, "capture")
	if r.problem != "attempt-refused" || len(b.orders()) != 1 {
		t.Errorf("%s, %d orders", r.problem, len(b.orders()))
	}
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if r := b.another(1); r.code != http.StatusConflict {
		t.Errorf("another attempt at a paid purchase: %d", r.code)
	}
	b.wantCharges(1)
}

// TestSupersededOrderIsNeverCaptured, not even when its buyer approves it after
// all: in the old tab alone, in both tabs, and in the old one at the last moment.
func TestSupersededOrderIsNeverCaptured(t *testing.T) {
	for _, c := range []struct {
		name         string
		old, new     bool
		refusedFirst bool
		want         payment.Status
	}{
		{name: "old alone", old: true, want: payment.StatusExpired},
		{name: "both", old: true, new: true, want: payment.StatusCaptured},
		{name: "new alone", new: true, want: payment.StatusCaptured},
		{name: "both, after a refusal for good", refusedFirst: true, new: true, want: payment.StatusCaptured},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			oldPage := b.open().Next.URL
			if c.refusedFirst {
				b.approve(sim.Refused)
				b.wants(b.capture(), http.StatusPaymentRequired, payment.StatusDeclined, "attempt")
			}
			b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			if c.old {
				w.must(b.approveAt(oldPage, sim.Balance))
				b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
			}
			mark := len(w.paypal.Calls())
			if c.new {
				b.approve(sim.Balance)
				b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
				b.wantLookBeforeCapture(mark)
			}
			w.sweepFor(30 * time.Hour)
			orders := b.orders()
			for _, charge := range b.charges() {
				if charge.Order == orders[0].ID {
					t.Error("the superseded order was charged")
				}
			}
			if got := b.audit(false); got != c.want {
				t.Errorf("in the end it is %s, want %s", got, c.want)
			}
		})
	}
}

// wantLookBeforeCapture: since the mark, attempt 1 was looked at before the
// order of attempt 2 was captured.
func (b *buyer) wantLookBeforeCapture(mark int) {
	b.w.t.Helper()
	orders, looked := b.orders(), false
	for _, c := range b.w.paypal.Calls()[mark:] {
		switch {
		case c.Name == sim.CallLook && c.Path == "/v2/checkout/orders/"+orders[0].ID:
			looked = true
		case c.Name == sim.CallCapture && !looked:
			b.w.t.Errorf("%s was captured before %s was looked at", c.Path, orders[0].ID)
		}
	}
	if !looked {
		b.w.t.Error("attempt 1 was not looked at")
	}
}

// TestOldOrderChargedAfterAll: a capture of attempt 1 that was held up somewhere
// arrives after the switch. The look before the next capture finds the money,
// and the buyer is not charged a second time.
func TestOldOrderChargedAfterAll(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	oldPage := b.open().Next.URL
	b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	w.must(b.approveAt(oldPage, sim.Balance))
	b.approve(sim.Balance)
	w.captureBehindOurBack(b.orders()[0].ID)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

// TestAttemptAskedTwiceIsMadeOnce, one after the other and twenty at once.
func TestAttemptAskedTwiceIsMadeOnce(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	page := b.last.Next.URL
	b.wants(b.another(1), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	if b.last.Next.URL != page || b.last.Attempt != 2 || len(b.orders()) != 2 {
		t.Errorf("attempt %d at %s, %d orders", b.last.Attempt, b.last.Next.URL, len(b.orders()))
	}
	for _, after := range []int{3, 99} {
		if r := b.another(after); r.code != http.StatusConflict || r.problem != "attempt-refused" {
			t.Errorf("after %d: %d %s", after, r.code, r.problem)
		}
	}
	made := 0
	for _, r := range atOnce(20, func() reply {
		return w.call(http.MethodPost, "/payments/"+b.id+"/attempts", `{"after":2,"method":"paypal"}`, b.withToken())
	}) {
		switch {
		case r.code == http.StatusCreated:
			made++
		case r.code != http.StatusOK && r.code != http.StatusServiceUnavailable:
			t.Errorf("%d %s", r.code, r.text)
		}
	}
	if made != 1 || len(b.orders()) != 3 {
		t.Errorf("%d attempts made, %d orders", made, len(b.orders()))
	}
	b.wants(b.another(2), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

func TestTenAttemptsAreEnough(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	for n := 1; n < payment.MaxAttempts; n++ {
		b.wants(b.another(n), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	}
	if r := b.another(payment.MaxAttempts); r.code != http.StatusConflict || r.problem != "attempt-refused" {
		t.Errorf("%d %s", r.code, r.problem)
	}
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestSwitchAndCaptureAtOnce: one tab captures the approved order while another
// asks for a new attempt; whoever comes first, one charge.
func TestSwitchAndCaptureAtOnce(t *testing.T) {
	for seed := range int64(10) {
		w := newWorld(t, plan{seed: seed})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		turn := make(chan int, 2)
		turn <- 0
		turn <- 1
		atOnce(2, func() reply {
			if <-turn == 0 {
				return w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken())
			}
			return w.call(http.MethodPost, "/payments/"+b.id+"/attempts", `{"after":1,"method":"paypal"}`, b.withToken())
		})
		b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
	}
}
