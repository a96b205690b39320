package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// The scenes of the merchant's side and of PayPal's doorbell.

func (d *demo) aDoorbell(ctx context.Context, s *scene) {
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Balance)
	s.say("the buyer closes the tab")
	s.deliver(ctx, 1)
	s.wantStatus(ctx, payment.StatusCaptured)
	s.wantCharges(1)
}

func (d *demo) forgedDoorbells(ctx context.Context, s *scene) {
	s.purchase(ctx)
	d.world.paypal.LoseNext(1) // of the approval: the capture is told of twice
	d.world.paypal.DoubleNext(1)
	s.deliver(ctx, 4)
	before := s.facts(ctx)
	genuine := s.lastDelivered()
	if genuine.Body == nil {
		s.want(false, "nothing was delivered that could be forged")
		return
	}
	s.ring(ctx, "altered body", bytes.Replace(genuine.Body, []byte("75.00"), []byte("99.00"), 1), genuine.Header, http.StatusUnauthorized)
	forged, err := sim.ForgeSameCRC(genuine.Body, bytes.Replace(genuine.Body, []byte(`"COMPLETED"`), []byte(`"DECLINED"`), 1))
	s.want(err == nil, "no body of the same CRC32 was found: %v", err)
	s.ring(ctx, "altered body under the same CRC32", forged, genuine.Header, http.StatusOK)
	s.want(bytes.Equal(before, s.facts(ctx)), "a forged delivery changed the payment")
	s.wantStatus(ctx, payment.StatusCaptured)
	s.wantCharges(1)
}

func (d *demo) aPartRefund(ctx context.Context, s *scene) {
	s.purchase(ctx)
	s.refund(ctx, 2000, s.key, http.StatusCreated)
	s.refund(ctx, 2000, s.key, http.StatusOK)
	s.refund(ctx, 2500, s.key, http.StatusUnprocessableEntity)
	s.wantRefunded(2000, 1)
	s.wantStatus(ctx, payment.StatusPartiallyRefunded)
}

func (d *demo) aDashboardRefund(ctx context.Context, s *scene) {
	s.purchase(ctx)
	s.deliver(ctx, 3)
	charge := s.charge()
	s.want(d.world.paypal.RefundInDashboard(charge.ID, 3000) == nil, "the dashboard cannot refund")
	s.say("somebody refunds 30.00 in PayPal's dashboard")
	s.deliver(ctx, 1)
	s.wantStatus(ctx, payment.StatusPartiallyRefunded)
	s.refund(ctx, 5000, s.key, http.StatusUnprocessableEntity)
	s.wantRefunded(3000, 1)
}

// aRefundRace: two of 60.00 on 100.00 at the same moment; one wins.
func (d *demo) aRefundRace(ctx context.Context, s *scene) {
	s.openCart(ctx, raceCart, http.StatusCreated, "100.00")
	s.approve(sim.Balance)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
	answers := make([]reply, 2)
	var both sync.WaitGroup
	for i := range answers {
		both.Go(func() {
			answers[i] = s.call(ctx, http.MethodPost, "/merchant/payments/"+s.id+"/refunds", refundOf("USD", 6000),
				map[string]string{"idempotency-key": fmt.Sprint(s.key, "-", i)})
		})
	}
	both.Wait()
	count := map[int]int{}
	for _, a := range answers {
		count[a.HTTP]++
	}
	s.say("two refunds of 60.00 at once: %d made, %d refused", count[http.StatusCreated], count[http.StatusUnprocessableEntity])
	s.want(count[http.StatusCreated] == 1 && count[http.StatusUnprocessableEntity] == 1, "two refunds at once were answered %v", count)
	s.wantRefunded(6000, 1)
}

func (d *demo) aDispute(ctx context.Context, s *scene) {
	s.purchase(ctx)
	id, err := d.world.paypal.OpenDispute(s.charge().ID, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	s.want(err == nil, "the dispute cannot be opened: %v", err)
	due := d.clock.Now().Add(10 * 24 * time.Hour).Truncate(24 * time.Hour)
	s.want(d.world.paypal.UpdateDispute(id, "CHARGEBACK", due) == nil, "the dispute cannot be made a claim")
	s.say("the buyer complains to PayPal and makes it a claim, to be answered in ten days")
	s.deliver(ctx, 5)
	seen := s.merchant(ctx)
	s.want(len(seen.Disputes) == 1 && seen.Disputes[0].Open && seen.Disputes[0].Answer != "", "the merchant does not see the dispute and its deadline")
	s.refund(ctx, 7500, s.key, http.StatusConflict)
	s.want(d.world.paypal.ResolveDispute(id, "RESOLVED_SELLER_FAVOUR") == nil, "the dispute cannot be resolved")
	s.say("the dispute is resolved for the seller, and the webhook that would tell it is lost")
	d.world.paypal.LoseNext(1)
	s.deliver(ctx, 1)
	s.settle(ctx)
	seen = s.merchant(ctx)
	s.want(len(seen.Disputes) == 1 && !seen.Disputes[0].Open, "the merchant does not see that the dispute is over")
	s.wantRefunded(0, 0)
}

// settle starts the hourly settlement, as the schedule would.
func (s *scene) settle(ctx context.Context) {
	s.demo.clock.Move(time.Hour)
	done, err := s.demo.world.handlers.Settlement()(ctx, nil)
	s.say("%s later, the settlement: disputes that changed: %d", time.Hour, done.Disputes)
	s.want(err == nil && done.Disputes == 1, "the settlement: %+v, %v", done, err)
}

// purchase is one that goes well, up to the money.
func (s *scene) purchase(ctx context.Context) {
	s.open(ctx, http.StatusCreated)
	s.approve(sim.Balance)
	s.capture(ctx, http.StatusOK, payment.StatusCaptured)
}

// deliver sends what PayPal has to tell, and wants so many deliveries, lost ones
// among them; each that arrives has to be answered 200.
func (s *scene) deliver(ctx context.Context, want int) {
	s.demo.clock.Move(2 * time.Second)
	sent := s.demo.world.paypal.Deliver(ctx)
	lost := 0
	for _, one := range sent {
		if one.Lost {
			lost++
		}
	}
	s.say("webhooks delivered: %d, lost: %d", len(sent)-lost, lost)
	s.want(len(sent) == want, "%d deliveries, not %d", len(sent), want)
	for _, one := range sent {
		s.want(one.Lost || one.Status == http.StatusOK, "%s was answered %d %s", one.Type, one.Status, one.Error)
	}
}

// lastDelivered is the last delivery about a capture that arrived.
func (s *scene) lastDelivered() sim.Delivery {
	var last sim.Delivery
	for _, one := range s.demo.world.paypal.Deliveries() {
		if one.Type == "PAYMENT.CAPTURE.COMPLETED" && !one.Lost {
			last = one
		}
	}
	return last
}

// ring sends a body to the webhook as anybody on the internet could.
func (s *scene) ring(ctx context.Context, what string, body []byte, header http.Header, want int) {
	headers := map[string]string{}
	for name := range header {
		headers[name] = header.Get(name)
	}
	r := s.call(ctx, http.MethodPost, "/webhooks/paypal", string(body), headers)
	s.say("%s: %d %s", what, r.HTTP, r.Outcome)
	s.want(r.HTTP == want, "%s was answered %d, not %d", what, r.HTTP, want)
}

func refundOf(currency string, minor int64) string {
	return fmt.Sprintf(`{"amount":{"currency":"%s","minor":%d},"reason":"requested_by_buyer"}`, currency, minor)
}

func (s *scene) refund(ctx context.Context, minor int64, key string, want int) {
	r := s.call(ctx, http.MethodPost, "/merchant/payments/"+s.id+"/refunds", refundOf("EUR", minor), map[string]string{"idempotency-key": key})
	s.say("POST /merchant/payments/{id}/refunds of %d.%02d: %d %s", minor/100, minor%100, r.HTTP, r.State)
	s.want(r.HTTP == want, "a refund of %d answered %d, not %d", minor, r.HTTP, want)
}

func (s *scene) merchant(ctx context.Context) reply {
	r := s.call(ctx, http.MethodGet, "/merchant/payments/"+s.id, "", nil)
	s.say("GET /merchant/payments/{id}: %d %s, %s left to refund", r.HTTP, r.status(), r.Refundable.Value)
	s.want(r.HTTP == http.StatusOK, "the merchant's payment answered %d", r.HTTP)
	return r
}

func (s *scene) charge() sim.Charge {
	charges := s.demo.world.paypal.Books().Charged(s.id)
	if len(charges) == 0 {
		s.want(false, "PayPal's books have no charge")
		return sim.Charge{}
	}
	return charges[0]
}

// wantRefunded asks PayPal's own books what went back.
func (s *scene) wantRefunded(minor int64, refunds int) {
	back, n := int64(0), 0
	for _, r := range s.demo.world.paypal.Books().Refunded(s.charge().ID) {
		if r.State == "COMPLETED" {
			back, n = back+r.Amount, n+1
		}
	}
	s.want(back == minor && n == refunds, "PayPal's books gave back %d in %d refunds, not %d in %d", back, n, minor, refunds)
}

// facts is the payment as the table has it.
func (s *scene) facts(ctx context.Context) []byte {
	p, err := s.stored(ctx)
	s.want(err == nil, "the payment cannot be read: %v", err)
	text, _ := json.Marshal(p)
	return text
}
