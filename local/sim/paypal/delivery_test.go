package paypal

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

func TestLostDelivery(t *testing.T) {
	b, shop := newHookedBench(t)
	b.sim.LoseNext(2)
	id, _ := b.paid("p1")
	sent := b.deliver()
	b.want("the third arrives", b.types(shop.take()), "CHECKOUT.ORDER.COMPLETED")
	b.want("attempts", len(sent), 3)
	b.want("lost", sent[0].Lost && sent[1].Lost && !sent[2].Lost, true)
	b.want("on record", fmt.Sprint(b.sim.Deliveries()[0].Lost, b.sim.Deliveries()[0].Status, b.sim.Deliveries()[0].Header), "true 0 map[]")
	b.clock.move(4 * 24 * time.Hour)
	b.want("for good", len(b.deliver())+len(b.sim.Events()), 0)
	b.token = b.grant()
	b.want("a look finds it", b.look(id).body["status"], "COMPLETED")
}

func TestDoubledDelivery(t *testing.T) {
	b, shop := newHookedBench(t)
	b.sim.DoubleNext(1)
	b.paid("p1")
	b.deliver()
	posts := shop.take()
	b.want("posts", b.types(posts), "CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.APPROVED PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.COMPLETED")
	b.want("one event", string(posts[0].body), string(posts[1].body))
	if posts[0].header.Get("Paypal-Transmission-Id") == posts[1].header.Get("Paypal-Transmission-Id") {
		t.Error("a double is no transmission of its own")
	}
	for _, p := range posts {
		if err := b.trusted(p, testWebhookID); err != nil {
			t.Error(err)
		}
	}
}

func TestDelayedDelivery(t *testing.T) {
	b, shop := newHookedBench(t)
	b.sim.DelayNext(1, 72*time.Hour)
	b.paid("p1")
	b.want("sent", len(b.deliver()), 2)
	b.want("without the first", b.types(shop.take()), "PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.COMPLETED")
	b.want("waiting", b.sim.Events()[0].Due, b.clock.Now().Add(72*time.Hour))
	b.clock.move(72*time.Hour - time.Second)
	b.want("not yet", len(b.deliver()), 0)
	b.clock.move(time.Second)
	b.deliver()
	posts := shop.take()
	b.want("late", b.types(posts), "CHECKOUT.ORDER.APPROVED")
	b.want("as it was then", at(b.news(posts[0]), "resource", "status"), "APPROVED")
}

func TestReorderedDeliveries(t *testing.T) {
	b, shop := newHookedBench(t)
	b.sim.Reorder()
	b.approved("p0", Balance)
	b.deliver() // one alone cannot be reordered, and does not use the knob up
	shop.take()
	b.paid("p1")
	b.deliver()
	b.want("newest first", b.types(shop.take()), "CHECKOUT.ORDER.COMPLETED PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.APPROVED")
	b.paid("p2")
	b.deliver()
	b.want("in order again", b.types(shop.take()), "CHECKOUT.ORDER.APPROVED PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.COMPLETED")
}

func TestDeliveryIsRetriedForThreeDays(t *testing.T) {
	b, shop := newHookedBench(t)
	shop.answers(503)
	b.approved("p1", Balance)
	begin := b.clock.Now()
	var tries int
	for range 2000 {
		tries += len(b.deliver())
		if len(b.sim.Events()) == 0 {
			break
		}
		b.clock.move(5 * time.Minute)
	}
	b.want("tries", tries, 26)
	took := b.clock.Now().Sub(begin)
	if took > 72*time.Hour || took < 60*time.Hour {
		t.Errorf("it took %s", took)
	}
	posts := shop.take()
	for _, p := range posts {
		b.want("one transmission", p.header.Get("Paypal-Transmission-Id")+p.header.Get("Paypal-Transmission-Time"),
			posts[0].header.Get("Paypal-Transmission-Id")+"2024-02-03T10:11:12Z")
	}
	b.clock.move(24 * time.Hour)
	b.want("given up", len(b.deliver()), 0)
	b.want("on record", b.sim.Deliveries()[25].Status, 503)
}

func TestRetrySucceeds(t *testing.T) {
	b, shop := newHookedBench(t)
	for _, status := range []int{301, 400, 409, 500} {
		shop.answers(status)
		b.approved(fmt.Sprint("p", status), Balance)
		b.deliver()
		b.want("again at once", len(b.deliver()), 0)
		b.clock.move(time.Minute)
		shop.answers(204)
		b.want("again in a minute", len(b.deliver()), 1)
		b.want("waiting", len(b.sim.Events()), 0)
		b.want("posts", len(shop.take()), 2)
	}
}

func TestUnreachableShop(t *testing.T) {
	b, _ := newHookedBench(t, func(c *Config) { c.Webhook.URL = "http://127.0.0.1:1/webhooks/paypal" })
	b.approved("p1", Balance)
	d := b.deliver()[0]
	b.want("status", d.Status, 0)
	if d.Error == "" || len(b.sim.Events()) != 1 || b.sim.Events()[0].Tries != 1 {
		t.Errorf("%+v, %+v", d, b.sim.Events())
	}
	called, off := context.WithCancel(context.Background())
	off()
	b.clock.move(time.Minute)
	b.want("called off", len(b.sim.Deliver(called)), 0)
	b.want("which is no try", b.sim.Events()[0].Tries, 1)
}

// A courier that is called off in the middle of a delivery leaves it due.
func TestCalledOffInTheMiddle(t *testing.T) {
	entered := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // a server notices that a client left only behind its body
		close(entered)
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	b, _ := newHookedBench(t, func(c *Config) { c.Webhook.URL = slow.URL })
	b.approved("p1", Balance)
	ctx, off := context.WithCancel(context.Background())
	go func() {
		<-entered
		off()
	}()
	b.want("sent", len(b.sim.Deliver(ctx)), 0)
	b.want("tries", b.sim.Events()[0].Tries, 0)
	b.want("on record", len(b.sim.Deliveries()), 0)
}

func TestAutomaticDelivery(t *testing.T) {
	b, shop := newHookedBench(t, func(c *Config) { c.Webhook.Auto = true })
	defer func() { b.sim.Close() }()
	shop.answers(500)
	b.paid("p1")
	b.eventually(func() bool { return len(b.sim.Deliveries()) == 3 })
	shop.answers(200)
	b.clock.move(time.Minute) // nothing but the clock tells the courier
	b.eventually(func() bool { return len(b.sim.Events()) == 0 })
	b.want("posts", len(shop.take()), 6)
	b.sim.Close()
	b.approved("p2", Balance)
	time.Sleep(20 * time.Millisecond)
	b.want("nobody carries it", len(shop.take()), 0)
	b.want("by hand", len(b.deliver()), 1)
}

// Close waits until the courier has gone, also from the middle of a delivery.
func TestCloseWaits(t *testing.T) {
	entered := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // see TestCalledOffInTheMiddle
		close(entered)
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	b, _ := newHookedBench(t, func(c *Config) { c.Webhook.URL, c.Webhook.Auto = slow.URL, true })
	b.approved("p1", Balance)
	<-entered
	b.sim.Close()
	b.want("stays due", b.sim.Waiting(), 1)
	b.sim.Close() // twice is once
}

func (b *bench) eventually(true func() bool) {
	b.Helper()
	for range 1000 {
		if true() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Error("it never came")
}

// The shop asks the simulator while it is told, as a good one does.
func TestShopLooksBeforeItAnswers(t *testing.T) {
	b, _ := newHookedBench(t)
	var looked string
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		looked += b.look(b.sim.Orders()[0].ID).body["status"].(string) + " "
	}))
	t.Cleanup(server.Close)
	b.config.Webhook.URL = server.URL
	b.start()
	b.paid("p1")
	b.deliver()
	b.want("looks", strings.TrimSpace(looked), "COMPLETED COMPLETED COMPLETED")
}

// Many sell and many carry: every event arrives once.
func TestConcurrentDeliveries(t *testing.T) {
	b, shop := newHookedBench(t)
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 3 {
				_, k := b.paid(fmt.Sprintf("p%d-%d", n, i))
				b.refund(k, fmt.Sprintf("r%d-%d", n, i), "{}")
				b.deliver()
			}
		})
		all.Go(func() {
			for range 10 {
				b.deliver()
				b.sim.Deliveries()
				b.sim.Events()
			}
		})
	}
	all.Wait()
	b.deliver()
	seen := map[string]int{}
	for _, p := range shop.take() {
		seen[b.news(p)["id"].(string)]++
	}
	b.want("events", len(seen), 12*4)
	for id, n := range seen {
		b.want(id, n, 1)
	}
}

// Queue, attempts, knobs' effects and transmissions live on; knobs do not.
func TestDeliveriesSurvive(t *testing.T) {
	b, shop := newHookedBench(t)
	b.sim.LoseNext(1)
	b.paid("p1")
	b.restart()
	b.want("knobs are forgotten", b.sim.courier.Knobs(), courier.Knobs{})
	b.sim.LoseNext(1)
	shop.answers(500)
	b.deliver()
	before := shop.take()
	b.want("after a restart", b.types(before), "PAYMENT.CAPTURE.COMPLETED CHECKOUT.ORDER.COMPLETED")
	b.restart()
	b.want("attempts", len(b.sim.Deliveries()), 3)
	b.clock.move(time.Minute)
	shop.answers(200)
	b.deliver()
	after := shop.take()
	for i := range after {
		b.want("body", string(after[i].body), string(before[i].body))
		b.want("signature", after[i].header.Get("Paypal-Transmission-Sig"), before[i].header.Get("Paypal-Transmission-Sig"))
	}
	b.restart()
	b.want("over", len(b.deliver()), 0)
	b.approved("p2", Balance)
	b.deliver()
	fresh := shop.take()[0]
	for _, d := range b.sim.Deliveries()[:3] {
		if d.Event == b.news(fresh)["id"] || d.Header.Get("Paypal-Transmission-Id") == fresh.header.Get("Paypal-Transmission-Id") {
			t.Error("an id repeats after a restart")
		}
	}
}
