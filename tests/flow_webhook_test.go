package tests

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// ring sends a body to the webhook, as anybody on the internet can. A header of
// "-" is left out.
func (w *world) ring(body []byte, header http.Header, changes map[string]string) reply {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.api.URL+"/webhooks/paypal", bytes.NewReader(body))
	w.must(err)
	r.Header = header.Clone()
	for name, value := range changes {
		if r.Header.Set(name, value); value == "-" {
			r.Header.Del(name)
		}
	}
	return w.send(r)
}

// rung signs a body as PayPal does, sends it, and wants an outcome.
func (w *world) rung(body, outcome string) {
	w.t.Helper()
	r := w.ring([]byte(body), w.paypal.Sign([]byte(body), webhookID), nil)
	var heard struct{ Outcome string }
	w.must(json.Unmarshal([]byte(r.text), &heard))
	if r.code != http.StatusOK || heard.Outcome != outcome {
		w.t.Errorf("%.90s: %d %s, want %s", body, r.code, r.text, outcome)
	}
}

// delivered is the last delivery of a type that arrived.
func (w *world) delivered(kind string) (last sim.Delivery) {
	w.t.Helper()
	for _, d := range w.paypal.Deliveries() {
		if d.Type == kind && !d.Lost {
			last = d
		}
	}
	if last.Body == nil {
		w.t.Fatalf("nothing of the type %s was delivered", kind)
	}
	return last
}

// wantDelivered delivers, and wants each type in this order, answered 200.
func (w *world) wantDelivered(kinds ...string) {
	w.t.Helper()
	var got []string
	for _, d := range w.deliver() {
		got = append(got, d.Type)
		if !d.Lost && d.Status != http.StatusOK {
			w.t.Errorf("%s was answered %d %s", d.Type, d.Status, d.Error)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(kinds) {
		w.t.Errorf("delivered %v, want %v", got, kinds)
	}
}

func (b *buyer) wantStatus(want payment.Status) {
	b.w.t.Helper()
	if p, _ := b.stored(); payment.StatusOf(p) != want {
		b.w.t.Errorf("the payment is %s %v, want %s", payment.StatusOf(p), p.Doubts(), want)
	}
}

// facts is what the payment holds but for when it was heard of.
func (b *buyer) facts() string {
	b.w.t.Helper()
	p, _ := b.stored()
	p.Timeline = nil
	text, err := json.Marshal(p)
	b.w.must(err)
	return string(text)
}

// TestEachEventIsADoorbell: nobody but PayPal tells of what happened, and no sweep
// runs. Each event brings the payment to where PayPal's books are.
func TestEachEventIsADoorbell(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.wantDelivered("CHECKOUT.ORDER.APPROVED")
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
	w.deliver()
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	w.wantDelivered("PAYMENT.CAPTURE.REFUNDED")
	b.wantStatus(payment.StatusPartiallyRefunded)
	w.must(w.paypal.Reverse(b.charges()[0].ID))
	w.wantDelivered("PAYMENT.CAPTURE.REVERSED")
	b.wantStatus(payment.StatusRefunded)

	for arrived, want := range map[bool]payment.Status{true: payment.StatusCaptured, false: payment.StatusDeclined} {
		b := w.buyer()
		b.open()
		b.approve(sim.ECheck)
		w.deliver()
		b.wantStatus(payment.StatusPending)
		w.deliver()
		w.must(w.paypal.SettlePending(b.charges()[0].ID, arrived))
		w.deliver()
		b.wantStatus(want)
	}

	behind := w.buyer()
	behind.open()
	behind.approve(sim.Balance)
	w.paypal.LoseNext(1) // of the approval
	w.deliver()
	w.captureBehindOurBack(behind.orders()[0].ID)
	w.deliver()
	behind.wantStatus(payment.StatusCaptured)
}

// TestDoorbellAfterTheEnd: a payment of which nothing was owed any more is looked at
// once more when PayPal rings.
func TestDoorbellAfterTheEnd(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	w.sweepFor(50 * time.Hour)
	if p, _ := b.stored(); !payment.Final(p) {
		t.Fatal("the payment is not over")
	}
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	w.wantDelivered("PAYMENT.CAPTURE.REFUNDED")
	b.wantStatus(payment.StatusPartiallyRefunded)
}

// TestApprovedAfterAll: PayPal said once that it has no such order, and still let the
// buyer approve it. Whoever tells of it, the buyer pays once.
func TestApprovedAfterAll(t *testing.T) {
	for name, tell := range map[string]func(*world, *buyer){
		"PayPal": func(w *world, b *buyer) { w.wantDelivered("CHECKOUT.ORDER.APPROVED") },
		"PayPal, when it cannot be asked": func(w *world, b *buyer) {
			w.must(w.paypal.Inject(sim.Fault{Kind: sim.Unavailable, Call: sim.CallLook}))
			for _, d := range w.deliver() { // there is no due, so it has to come again
				if d.Status < 500 {
					w.t.Errorf("answered %d", d.Status)
				}
			}
			w.clock.Move(time.Hour)
			w.wantDelivered("CHECKOUT.ORDER.APPROVED")
		},
		"the buyer": func(w *world, b *buyer) {
			w.paypal.LoseNext(1)
			w.deliver()
			b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, plan{})
			b := w.buyer()
			page := b.open().Next.URL
			w.clock.Move(3*time.Hour + 30*time.Minute)
			w.must(w.paypal.Inject(sim.Fault{Kind: sim.Missing, Call: sim.CallLook}))
			w.sweep()
			b.wants(b.look(), http.StatusOK, payment.StatusExpired, "attempt")
			b.wants(b.capture(), http.StatusConflict, payment.StatusAwaitingApproval, "redirect")
			w.clock.Move(time.Minute)
			w.must(w.paypal.Inject(sim.Fault{Kind: sim.Missing, Call: sim.CallLook}))
			b.wants(b.capture(), http.StatusGone, payment.StatusExpired, "attempt")
			w.must(b.approveAt(page, sim.Balance))
			tell(w, b)
			b.wantStatus(payment.StatusCaptured)
			b.wantCharges(1)
		})
	}
}

// story is a purchase with a refund in parts, here and elsewhere, under some
// mistreatment of its deliveries; it gives back what is known in the end.
func story(t *testing.T, mistreat func(*world)) (string, []int64) {
	t.Helper()
	w := newWorld(t, plan{seed: 7})
	b := w.buyer()
	b.open()
	mistreat(w)
	b.approve(sim.Balance)
	w.deliver()
	b.capture()
	mistreat(w)
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	b.wantRefund(2000, "1", http.StatusCreated, "completed")
	for range 4 {
		w.deliver()
	}
	w.sweepFor(26 * time.Hour)
	w.deliver()
	p, _ := b.stored()
	l := b.ledger()
	var given []int64
	for _, r := range b.returned() {
		given = append(given, r.Amount)
	}
	return fmt.Sprint(payment.StatusOf(p), len(p.Captures), len(p.Refunds), len(p.Entries), l.Refundable.Minor), given
}

// TestDeliveriesMistreated: lost, doubled, late and out of order, and all the same
// payment.
func TestDeliveriesMistreated(t *testing.T) {
	want, given := story(t, func(*world) {})
	for name, mistreat := range map[string]func(*world){
		"lost":      func(w *world) { w.paypal.LoseNext(9) },
		"one lost":  func(w *world) { w.paypal.LoseNext(1) },
		"doubled":   func(w *world) { w.paypal.DoubleNext(9) },
		"late":      func(w *world) { w.paypal.DelayNext(9, 25*time.Hour) },
		"reordered": func(w *world) { w.paypal.DelayNext(2, 3*time.Second); w.paypal.Reorder() },
		"all of it": func(w *world) { w.paypal.DoubleNext(9); w.paypal.DelayNext(2, time.Hour); w.paypal.Reorder() },
	} {
		if got, back := story(t, mistreat); got != want || fmt.Sprint(back) != fmt.Sprint(given) {
			t.Errorf("%s: %s %v, want %s %v", name, got, back, want, given)
		}
	}
}

// TestNothingNewCostsNothing: a flood of replays asks PayPal nothing and writes
// nothing, whichever the event.
func TestNothingNewCostsNothing(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	b.wantRefund(2000, "1", http.StatusCreated, "completed")
	_, err := w.paypal.OpenDispute(b.charges()[0].ID, "UNAUTHORISED")
	w.must(err)
	w.deliver()
	calls, before, facts := len(w.paypal.Calls()), w.table.Counts(), b.facts()
	seen := map[string]bool{}
	for _, d := range w.paypal.Deliveries() {
		for range 5 {
			if r := w.ring(d.Body, d.Header, nil); r.code != http.StatusOK || !strings.Contains(r.text, "nothing_new") {
				t.Errorf("%s again: %d %s", d.Type, r.code, r.text)
			}
		}
		seen[d.Type] = true
	}
	if now := w.table.Counts(); now.Writes != before.Writes || len(w.paypal.Calls()) != calls {
		t.Errorf("replays took %d writes and %+v", now.Writes-before.Writes, w.paypal.Calls()[calls:])
	}
	if b.facts() != facts || len(seen) < 4 {
		t.Errorf("changed, or too little was tried: %v", seen)
	}
}

// TestForgedDeliveries: a body that was changed is not the provider's; one of the
// same CRC-32 is a doorbell that somebody else rang, and changes nothing.
func TestForgedDeliveries(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.deliver()
	genuine, facts := w.delivered("PAYMENT.CAPTURE.COMPLETED"), b.facts()
	altered := bytes.Replace(genuine.Body, []byte("75.00"), []byte("99.00"), 1)
	if r := w.ring(altered, genuine.Header, nil); r.code != http.StatusUnauthorized || r.problem != "signature-invalid" {
		t.Errorf("altered: %d %s", r.code, r.text)
	}
	for what, change := range map[string][2]string{
		"another amount":  {"75.00", "99.00"},
		"another state":   {`"COMPLETED"`, `"DECLINED"`},
		"another type":    {"PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED"},
		"another capture": {b.charges()[0].ID, "0" + b.charges()[0].ID[1:]},
		"another payment": {b.id, "sc" + strings.Repeat("0", len(b.id)-2)},
	} {
		forged, err := sim.ForgeSameCRC(genuine.Body, bytes.ReplaceAll(genuine.Body, []byte(change[0]), []byte(change[1])))
		w.must(err)
		if bytes.Equal(bytes.TrimSpace(forged), bytes.TrimSpace(genuine.Body)) {
			t.Fatalf("%s: nothing was changed", what)
		}
		if r := w.ring(forged, genuine.Header, nil); r.code != http.StatusOK {
			t.Errorf("%s: %d %s", what, r.code, r.text)
		}
		if b.facts() != facts {
			t.Errorf("%s changed the payment", what)
		}
	}
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)
	// Nor does one for a buyer who has not paid make anything of it.
	poor := w.buyer()
	poor.open()
	forged, err := sim.ForgeSameCRC(genuine.Body, bytes.ReplaceAll(bytes.ReplaceAll(genuine.Body, []byte(b.id), []byte(poor.id)),
		[]byte(b.orders()[0].ID), []byte(poor.orders()[0].ID)))
	w.must(err)
	w.ring(forged, genuine.Header, nil)
	poor.wantStatus(payment.StatusAwaitingApproval)
}

// event is a body of some event about a capture that carries a custom_id.
func event(kind, custom string) string {
	return fmt.Sprintf(`{"id":"WH-1","event_type":%q,"create_time":"2026-11-21T09:00:00Z","resource":{"id":"0AB12345CD678901E","status":"COMPLETED",`+
		`"custom_id":%q,"amount":{"currency_code":"EUR","value":"75.00"},"create_time":"2026-11-21T09:00:00Z","update_time":"2026-11-21T09:00:00Z",`+
		`"supplementary_data":{"related_ids":{"order_id":"1AB12345CD678901E"}}}}`, kind, custom)
}

func TestDeliveriesThatAreNotOurs(t *testing.T) {
	w := newWorld(t, plan{})
	w.rung(event("BILLING.PLAN.CREATED", "x"), "unknown_type")
	w.rung(`{}`, "unknown_type")
	w.rung(`not JSON`, "unknown_type")
	before := w.table.Counts()
	w.rung(event("PAYMENT.CAPTURE.COMPLETED", "order 4711 of another shop"), "foreign")
	w.rung(event("PAYMENT.CAPTURE.COMPLETED", "4711"), "foreign")
	if now := w.table.Counts(); now.Writes != before.Writes {
		t.Errorf("a foreign sale took %d writes", now.Writes-before.Writes)
	}
	calls := w.count(sim.CallLook)
	// Of our form and not there: one row, however often and of whatever type.
	stranger := checkout.PaymentID("tests", "POST /payments", "nobody")
	for range 3 {
		w.rung(event("PAYMENT.CAPTURE.COMPLETED", stranger), "unmatched")
		w.rung(event("PAYMENT.CAPTURE.PENDING", stranger), "unmatched")
	}
	if now := w.table.Counts(); now.Writes != before.Writes+1 || w.count(sim.CallLook) != calls {
		t.Errorf("one stranger took %d writes and %d looks", now.Writes-before.Writes, w.count(sim.CallLook)-calls)
	}
	item, err := w.table.Get(t.Context(), store.UnmatchedKey(stranger))
	if err != nil || item.Expires.IsZero() || !item.Due.IsZero() {
		t.Errorf("%v, expires %s, due %s", err, item.Expires, item.Due)
	}
	if r := w.call(http.MethodPost, "/webhooks/stripe", "{}", nil); r.code != http.StatusNotFound {
		t.Errorf("another provider: %d %s", r.code, r.text)
	}
}

// TestDeliveredAgainUntilItCanBeKept: 503 while the table, or the certificate, is
// away, and PayPal comes again.
func TestDeliveredAgainUntilItCanBeKept(t *testing.T) {
	shaky := &shakyStore{}
	w := newWorld(t, plan{store: func(s store.Store) store.Store { shaky.Store = s; return shaky }})
	approved := func() *buyer {
		b := w.buyer()
		b.open()
		b.approve(sim.Balance)
		return b
	}
	refused := func(why string) {
		t.Helper()
		sent := w.deliver()
		if len(sent) != 1 || sent[0].Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %+v", why, sent)
		}
		w.clock.Move(time.Hour)
		if sent = w.deliver(); len(sent) == 0 || sent[0].Status != http.StatusOK {
			t.Errorf("%s, later: %+v", why, sent)
		}
		w.deliver()
	}
	b := approved()
	w.wire.cut.Store(true)
	w.clock.Move(2 * time.Second)
	if sent := w.paypal.Deliver(t.Context()); len(sent) != 1 || sent[0].Status != http.StatusServiceUnavailable {
		t.Errorf("no certificate: %+v", sent)
	}
	b.wantStatus(payment.StatusAwaitingApproval)
	w.wire.cut.Store(false)
	w.clock.Move(time.Hour)
	w.deliver()
	b.wantStatus(payment.StatusCaptured)
	w.deliver()

	b = approved()
	shaky.fail(3, store.ErrUnavailable)
	refused("no write")
	b.wantStatus(payment.StatusCaptured)
	b.wantCharges(1)

	approved()
	shaky.blind = true
	w.clock.Move(2 * time.Second)
	if sent := w.paypal.Deliver(t.Context()); len(sent) != 1 || sent[0].Status != http.StatusServiceUnavailable {
		t.Errorf("no read: %+v", sent)
	}
	shaky.blind = false
}

// TestPayPalAwayAfterTheDoorbell: what it was about is due soon in the table, so
// the delivery is answered for.
func TestPayPalAwayAfterTheDoorbell(t *testing.T) {
	w := newWorld(t, plan{})
	w.paid() // the certificate is here
	w.deliver()
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.wire.cut.Store(true)
	w.wantDelivered("CHECKOUT.ORDER.APPROVED")
	b.wantStatus(payment.StatusAwaitingApproval)
	w.wire.cut.Store(false)
	w.sweepAfter(2 * time.Minute)
	b.wantStatus(payment.StatusCaptured)
}

// TestBeforeThereIsAWebhookID: nothing can be verified, and nothing is missing.
func TestBeforeThereIsAWebhookID(t *testing.T) {
	w := newWorld(t, plan{env: map[string]string{"PAYPAL_WEBHOOK_ID": ""}})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	if sent := w.deliver(); len(sent) != 1 || sent[0].Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", sent)
	}
	w.sweepAfter(time.Hour)
	b.wantStatus(payment.StatusCaptured)
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 1000))
	w.sweepAfter(6 * time.Hour)
	b.wantStatus(payment.StatusPartiallyRefunded)
}

// handed gives a delivery to the function as a gateway would that writes headers
// its own way.
func (w *world) handed(d sim.Delivery, name func(string) string, encoded bool) (int, error) {
	e := events.APIGatewayV2HTTPRequest{RouteKey: "POST /webhooks/{provider}", RawPath: "/webhooks/paypal",
		PathParameters: map[string]string{"provider": "paypal"}, Headers: map[string]string{}, Cookies: []string{"a=b", "c=d"}, Body: string(d.Body)}
	for key := range d.Header {
		e.Headers[name(key)] = d.Header.Get(key)
	}
	if encoded {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(d.Body), true
	}
	got, err := w.handlers.Webhook()(context.Background(), e)
	return got.StatusCode, err
}

// TestHeadersOfAnyCaseAndEncodedBodies: see also L10 of TestIncidents.
func TestHeadersOfAnyCaseAndEncodedBodies(t *testing.T) {
	w := newWorld(t, plan{})
	w.paid()
	w.deliver()
	d := w.delivered("PAYMENT.CAPTURE.COMPLETED")
	mixed := func(s string) string {
		return strings.ToUpper(s[:3]) + strings.ToLower(s[3:8]) + strings.ToUpper(s[8:])
	}
	for name, change := range map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper, "mixed": mixed} {
		for _, encoded := range []bool{false, true} {
			if code, err := w.handed(d, func(s string) string { return change(s + "        ")[:len(s)] }, encoded); code != http.StatusOK || err != nil {
				t.Errorf("%s, encoded %t: %d %v", name, encoded, code, err)
			}
		}
	}
	// Flagged as encoded, and not: nothing of it can be verified.
	garbled := events.APIGatewayV2HTTPRequest{PathParameters: map[string]string{"provider": "paypal"}, Headers: map[string]string{}, Body: string(d.Body), IsBase64Encoded: true}
	for key := range d.Header {
		garbled.Headers[strings.ToLower(key)] = d.Header.Get(key)
	}
	if got, err := w.handlers.Webhook()(context.Background(), garbled); err != nil || got.StatusCode != http.StatusUnauthorized {
		t.Errorf("garbled: %d %v", got.StatusCode, err)
	}
}

// TestTwentyDoorbellsAtOnce: whoever comes first does the work, once.
func TestTwentyDoorbellsAtOnce(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	w.paypal.DoubleNext(9)
	w.deliver()
	d := w.delivered("CHECKOUT.ORDER.APPROVED")
	done := make(chan error, 20)
	for range cap(done) {
		go func() {
			if r := w.ring(d.Body, d.Header, nil); r.code != http.StatusOK && r.code != http.StatusServiceUnavailable {
				done <- errors.New(r.text)
				return
			}
			done <- nil
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	b.wantCharges(1)
	b.wantStatus(payment.StatusCaptured)
}
