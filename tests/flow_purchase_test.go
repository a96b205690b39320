package tests

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

func TestPurchase(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	if b.last.Total.Minor != 7500 || b.last.Total.Currency != "EUR" {
		t.Errorf("the total is %+v", b.last.Total)
	}
	b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
	if b.last.problem != "not-approved" {
		t.Errorf("a capture before approval is %q", b.last.problem)
	}
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	w.sweepFor(26 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.audit(false)
}

// TestPurchaseInEveryDecimal: what PayPal charges is what was quoted, for
// currencies whose decimals at PayPal and in ISO 4217 differ; and what cannot be
// said exactly is refused before PayPal hears of it.
func TestPurchaseInEveryDecimal(t *testing.T) {
	order := func(sku, currency string, quantity int) string {
		return fmt.Sprintf(`{"cart":[{"sku":%q,"quantity":%d}],"currency":%q,"country":"DE","method":"paypal"}`, sku, quantity, currency)
	}
	for _, c := range []struct {
		name, order string
		charged     int64 // in PayPal's smallest unit; 0: refused
		refused     string
	}{
		{"euro cents", order("BOOK", "EUR", 3), 3750, ""},
		{"yen without decimals", order("BOOK", "JPY", 2), 4200, ""},
		{"forint, two decimals in ISO and none at PayPal", order("BOOK", "HUF", 1), 4900, ""},
		{"half a forint", order("CARD", "HUF", 1), 0, "502 provider-refused"},
		{"two halves make a whole, but their price cannot be said", order("CARD", "HUF", 2), 0, "502 provider-refused"},
		{"dinar, which PayPal does not take", order("BOOK", "BHD", 1), 0, "422 method-unavailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			b.order = c.order
			if c.charged == 0 {
				if r := b.open(); fmt.Sprint(r.code, " ", r.problem) != c.refused || len(w.paypal.Calls()) != 0 {
					t.Errorf("%d %s with %d calls", r.code, r.problem, len(w.paypal.Calls()))
				}
				return
			}
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			b.approve(sim.Balance)
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
			if got := b.charges(); len(got) != 1 || got[0].Amount != c.charged {
				t.Errorf("charged %+v, want %d", got, c.charged)
			}
		})
	}
}

// TestPhysicalGoodsAreSent: the address reaches PayPal and neither the table nor
// the answer. Another attempt names it again.
func TestPhysicalGoodsAreSent(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	address := `{"name":"Ada Byron","lines":["12 Rook Lane"],"city":"Dover","postcode":"CT16","country":"GB"}`
	b.order = `{"cart":[{"sku":"TEE","quantity":1}],"currency":"EUR","country":"GB","method":"paypal","shipping":` + address + `}`
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	if r := b.another(1); r.problem != "shipping-required" {
		t.Errorf("another attempt without an address is %d %s", r.code, r.problem)
	}
	r := w.call(http.MethodPost, "/payments/"+b.id+"/attempts", `{"after":1,"method":"paypal","shipping":`+address+`}`, b.withToken())
	b.wants(b.note(r), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	_, item := b.stored()
	if text := string(item.Document) + b.last.text; strings.Contains(text, "Rook") || strings.Contains(text, "Byron") || strings.Contains(text, "Dover") {
		t.Error("the address was kept")
	}
}

func TestRepeatedClickMeetsTheSamePayment(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	first := b.open()
	b.wants(first, http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.wants(b.open(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	b.order = `{"method":"paypal","country":"DE","currency":"EUR","language":"fr","cart":[{"quantity":1,"sku":"CARD"},{"sku":"BOOK","quantity":2}]}`
	b.wants(b.open(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	if b.last.ID != first.ID || b.last.Token != first.Token || b.last.Next.URL != first.Next.URL {
		t.Errorf("%s met %s", first.text, b.last.text)
	}
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wants(b.open(), http.StatusOK, payment.StatusCaptured, "none")
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	if n := len(b.orders()); n != 1 {
		t.Errorf("%d orders at PayPal", n)
	}
	b.order = strings.Replace(plainCart, `"quantity":2`, `"quantity":3`, 1)
	if r := b.open(); r.code != http.StatusUnprocessableEntity || r.problem != "key-reused" || r.Payment != nil {
		t.Errorf("another cart under the key: %d %s", r.code, r.text)
	}
}

// atOnce runs n calls side by side and gives their answers.
func atOnce(n int, call func() reply) []reply {
	answers := make([]reply, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range answers {
		all.Go(func() {
			<-start
			answers[i] = call()
		})
	}
	close(start)
	all.Wait()
	return answers
}

func TestTwentyClicksAtOnceMakeOnePayment(t *testing.T) {
	for seed := range int64(5) {
		w := newWorld(t, plan{seed: seed})
		b := w.buyer()
		header := map[string]string{"Idempotency-Key": b.key}
		created, id := 0, ""
		for _, r := range atOnce(20, func() reply { return w.call(http.MethodPost, "/payments", b.order, header) }) {
			switch r.code {
			case http.StatusCreated:
				created++
			case http.StatusOK, http.StatusServiceUnavailable: // PayPal is at it already: try again
			default:
				t.Errorf("%d %s", r.code, r.text)
			}
			if r.ID != "" && id != "" && r.ID != id {
				t.Errorf("two payments, %s and %s", id, r.ID)
			}
			if r.ID != "" {
				id = r.ID
			}
		}
		b.wants(b.open(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
		if created != 1 || b.id != id || len(b.orders()) != 1 {
			t.Errorf("%d created, %d orders", created, len(b.orders()))
		}
	}
}

func TestTwentyTabsCaptureOnce(t *testing.T) {
	for seed := range int64(5) {
		w := newWorld(t, plan{seed: seed})
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		before := w.table.Counts()
		for _, r := range atOnce(20, func() reply {
			return w.call(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken())
		}) {
			if r.code != http.StatusOK && r.code != http.StatusAccepted {
				t.Errorf("%d %s", r.code, r.text)
			}
		}
		b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		b.wantCharges(1)
		b.audit(false)
		if n := w.table.Counts().Writes - before.Writes; n > 3 {
			t.Errorf("%d writes for one capture", n)
		}
	}
}

func TestClosedTabIsCapturedByTheSweep(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	if done := w.sweepAfter(time.Hour); done.Due != 1 || done.Captured != 1 || done.Changed != 1 || done.Failed != 0 {
		t.Errorf("%+v", done)
	}
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestBuyerWhoNeverComesBack: three looks, then expired, and gone from the table
// 30 days later; the key then stands for nothing and may be used anew.
func TestBuyerWhoNeverComesBack(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	opened := w.clock.Now()
	looks := func() (n int) {
		for _, c := range w.paypal.Calls() {
			if c.Name == sim.CallLook {
				n++
			}
		}
		return n
	}
	w.sweepFor(5 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	w.sweepFor(2 * time.Hour)
	if n := looks(); n != 3 {
		t.Errorf("%d looks, want 3", n)
	}
	b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
	b.wants(b.capture(), http.StatusGone, payment.StatusExpired, "attempt")
	p, item := b.stored()
	looked := p.Attempts[0].Gone
	if want := looked.Add(30 * 24 * time.Hour); !item.Expires.Equal(want) || looked.Before(opened.Add(6*time.Hour)) {
		t.Errorf("expires %s, want %s", item.Expires, want)
	}
	b.audit(false)
	w.clock.Move(30 * 24 * time.Hour)
	if r := b.look(); r.code != http.StatusNotFound {
		t.Errorf("%d after 30 days", r.code)
	}
	b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
}

// TestExpiredTakesAnotherAttempt: the order is dead, the purchase is not.
func TestExpiredTakesAnotherAttempt(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	w.sweepFor(7 * time.Hour)
	b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
	b.wants(b.another(1), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
	if _, item := b.stored(); item.Due.IsZero() || !item.Expires.IsZero() {
		t.Errorf("due %s, expires %s", item.Due, item.Expires)
	}
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestWhatAPurchaseCosts counts at the table and at PayPal, never in the code
// under test.
func TestWhatAPurchaseCosts(t *testing.T) {
	w := newWorld(t, plan{})
	w.clock.Move(10 * time.Minute) // not the hour's sweep that asks for disputes
	b := w.buyer()
	since, calls := w.table.Counts(), 0
	cost := func(step string, writes, index int64, called int) {
		t.Helper()
		now, all := w.table.Counts(), len(w.paypal.Calls())
		if now.Writes-since.Writes != writes || now.IndexWrites-since.IndexWrites != index || all-calls != called {
			t.Errorf("%s: %d base writes, %d index writes, %d calls; want %d, %d, %d", step,
				now.Writes-since.Writes, now.IndexWrites-since.IndexWrites, all-calls, writes, index, called)
		}
		since, calls = now, all
	}
	b.open()
	cost("open", 1, 2, 2) // due and day; token, order
	b.open()
	cost("the same click again", 0, 0, 0)
	b.look()
	cost("a look at the page", 0, 0, 0)
	b.capture()
	cost("a capture before approval", 0, 0, 1) // look
	b.approve(sim.Balance)
	b.capture()
	cost("capture", 1, 0, 2) // look, capture
	b.capture()
	b.open()
	b.look()
	cost("everything once more", 0, 0, 0)
	w.sweep()
	cost("a sweep that finds nothing", 0, 0, 0)
	w.sweepFor(22 * time.Hour)
	cost("a day of sweeps", 1, 1, 1) // a look an hour after the capture ends it
}

// TestGatewayAnswersInItsOwnForm: what never reaches a function is in the
// contract too.
func TestGatewayAnswersInItsOwnForm(t *testing.T) {
	w := newWorld(t, plan{throttled: true})
	b := w.buyer()
	for range 10 {
		b.open()
	}
	if r := b.open(); r.code != http.StatusTooManyRequests {
		t.Errorf("the eleventh click in a second: %d", r.code)
	}
	long := map[string]string{"Checkout-Token": strings.Repeat("x", 11_000)}
	if r := w.call(http.MethodGet, "/payments/"+b.id, "", long); r.code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %d", r.code)
	}
	if r := w.call(http.MethodPost, "/payments/"+b.id+"/attempts", strings.Repeat(" ", 11<<20), nil); r.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body: %d", r.code)
	}
}

// TestProviderDownOnCreate: 503 with Retry-After, no row but the note that it failed,
// and the same request again goes through.
func TestProviderDownOnCreate(t *testing.T) {
	for name, fail := range map[string]func(*world){
		"no connection":  func(w *world) { w.wire.cut.Store(true) },
		"503":            func(w *world) { w.must(w.paypal.Inject(sim.Fault{Kind: sim.Unavailable, Call: sim.CallCreate})) },
		"503 on a token": func(w *world) { w.must(w.paypal.Inject(sim.Fault{Kind: sim.Unavailable, Call: sim.CallToken})) },
		"429":            func(w *world) { w.must(w.paypal.Inject(sim.Fault{Kind: sim.RateLimited, Call: sim.CallCreate})) },
		"no answer":      func(w *world) { w.must(w.paypal.Inject(sim.Fault{Kind: sim.TimeoutAfter, Call: sim.CallCreate})) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			before := w.table.Counts()
			fail(w)
			if r := b.open(); r.code != http.StatusServiceUnavailable || r.problem != "provider-unavailable" || r.header.Get("Retry-After") != "2" {
				t.Errorf("%d %s, Retry-After %q", r.code, r.problem, r.header.Get("Retry-After"))
			}
			_, noted := w.table.Get(t.Context(), store.TroubleKey("paypal"))
			if now := w.table.Counts(); noted != nil || now.Writes != before.Writes+1 {
				t.Errorf("%d rows were written, and that PayPal fails is noted with %v", now.Writes-before.Writes, noted)
			}
			w.wire.cut.Store(false)
			b.wants(b.open(), http.StatusCreated, payment.StatusAwaitingApproval, "redirect")
			if n := len(b.orders()); n != 1 {
				t.Errorf("%d orders at PayPal", n)
			}
		})
	}
}

// TestProviderDownOnCapture: 202, and the payment's due is brought forward from
// an hour to a minute, so that the sweep finds it soon.
func TestProviderDownOnCapture(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.wire.cut.Store(true)
	b.wants(b.capture(), http.StatusAccepted, payment.StatusAwaitingApproval, "redirect")
	if b.last.header.Get("Location") != "/payments/"+b.id {
		t.Errorf("Location is %q", b.last.header.Get("Location"))
	}
	if _, item := b.stored(); !item.Due.Equal(w.clock.Now().Add(time.Minute)) {
		t.Errorf("due %s, it is %s", item.Due, w.clock.Now())
	}
	// It stays down: each sweep handles the payment once and moves it on.
	for range 3 {
		if done := w.sweepAfter(5 * time.Minute); done.Due != 1 || done.Failed != 1 {
			t.Errorf("%+v", done)
		}
		if _, item := b.stored(); !item.Due.After(w.clock.Now()) {
			t.Errorf("due %s, it is %s", item.Due, w.clock.Now())
		}
	}
	w.wire.cut.Store(false)
	w.sweepAfter(5 * time.Minute)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.wantCharges(1)
	b.audit(false)
}

// TestCaptureIsNotBegunWithoutTime: with less than a capture may take, the
// payment is looked at and left to the next one.
func TestCaptureIsNotBegunWithoutTime(t *testing.T) {
	for _, c := range []struct {
		name     string
		left     time.Duration
		captures int
	}{
		{"ten seconds are too few", 10 * time.Second, 0},
		{"nothing but the reserve", 2 * time.Second, 0},
		{"what a function has will do", 25 * time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			b.open()
			b.approve(sim.Balance)
			ctx, cancel := context.WithTimeout(context.Background(), c.left)
			defer cancel()
			got, err := w.handlers.CapturePayment()(ctx, events.APIGatewayV2HTTPRequest{
				PathParameters: map[string]string{"id": b.id}, Headers: b.withToken(),
			})
			want := http.StatusAccepted
			if c.captures == 1 {
				want = http.StatusOK
			}
			if err != nil || got.StatusCode != want {
				t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
			}
			if n := len(b.charges()); n != c.captures {
				t.Errorf("%d charges, want %d", n, c.captures)
			}
			w.sweepFor(20 * time.Minute)
			if got := b.audit(false); got != payment.StatusCaptured {
				t.Errorf("in the end it is %s", got)
			}
		})
	}
}

// TestTokenSecretsRotate: the new one signs, the old one is good until it is
// taken away; the payment's id does not change with either.
func TestTokenSecretsRotate(t *testing.T) {
	w := newWorld(t, plan{secrets: firstSecret})
	b := w.buyer()
	b.open()
	old := b.token
	w = newWorld(t, plan{secrets: secondSecret + "," + firstSecret, from: w})
	b.w = w
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	b.wants(b.open(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	if b.token == old {
		t.Error("the old secret still signs")
	}
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	w = newWorld(t, plan{secrets: secondSecret, from: w})
	b.w = w
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
	b.token = old
	if r := b.look(); r.code != http.StatusNotFound || r.problem != "not-found" {
		t.Errorf("a token of a secret that was taken away: %d", r.code)
	}
}

// TestPurchaseSurvivesARestart: the process ends between the charge and its
// record; the next one finishes the purchase from the table.
func TestPurchaseSurvivesARestart(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.wire.late.Store(&lateCall{})
	b.wants(b.capture(), http.StatusAccepted, payment.StatusChecking, "wait")
	w.must(w.wire.deliver())
	b.w = newWorld(t, plan{from: w})
	b.w.sweepAfter(2 * time.Minute)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.audit(false)
}

// TestPriceChangeLeavesAnOpenPaymentAlone: an order is captured at its own
// quoted amount, whatever the list says by then.
func TestPriceChangeLeavesAnOpenPaymentAlone(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	w.must(w.handlers.Checkout.PutPriceList(context.Background(), priceListWith("99.00")))
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if got := b.charges(); len(got) != 1 || got[0].Amount != 7500 {
		t.Errorf("charged %+v", got)
	}
	other := w.buyer()
	if r := other.open(); r.Total.Minor != 24800 {
		t.Errorf("a new payment costs %d", r.Total.Minor)
	}
}
