package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// ears hears every delivery of a world, as the webhook's function would.
type ears struct {
	*world
	heard  []provider.Ring
	answer int
}

func (w *world) listen(secrets ...string) *ears {
	e := &ears{world: w, answer: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		ring, err := w.stripe.Hear(r.Context(), deliveryOf(w.t, r))
		if err != nil {
			w.t.Errorf("a delivery was not heard: %v", err)
		}
		e.heard = append(e.heard, ring)
		out.WriteHeader(e.answer)
	}))
	w.t.Cleanup(server.Close)
	w.sim.SetWebhook(server.URL, secrets...)
	return e
}

func deliveryOf(t *testing.T, r *http.Request) provider.Delivery {
	body := make([]byte, r.ContentLength)
	if _, err := r.Body.Read(body); err != nil && err.Error() != "EOF" {
		t.Error(err)
	}
	return provider.Delivery{Header: r.Header.Get, Body: body}
}

// rings delivers what is due and gives back what meant something, by type.
func (e *ears) rings() map[string]provider.Ring {
	e.heard = nil
	e.sim.Deliver(context.Background())
	known := map[string]provider.Ring{}
	for _, r := range e.heard {
		if r.Known {
			known[r.Type] = r
		}
	}
	return known
}

// TestEveryRing: each event that means something is news once, names its payment or
// leads to it, and is no news after a look.
func TestEveryRing(t *testing.T) {
	w := newWorld(t)
	e := w.listen(testSigning)
	rung := map[string]bool{}
	for _, life := range [][]func(string) error{
		{func(id string) error { return w.sim.Pay(id, sim.Instrument{}) },
			func(id string) error { return w.sim.RefundInDashboard(id, 500) },
			func(id string) error { return w.sim.EndRefund(id, false) },
			func(id string) error { return w.sim.Dispute(id, "fraudulent", true) },
			w.sim.Escalate,
			func(id string) error { return w.sim.Resolve(id, true) }},
		{w.sim.Process, func(id string) error { return w.sim.Conclude(id, true) }},
		{w.sim.Process, func(id string) error { return w.sim.Conclude(id, false) }},
		{func(string) error { w.advance(24 * time.Hour); w.sim.Sessions(); return nil }},
	} {
		o := order("card", eur(7500))
		o.Payment = "sc" + strings.Repeat(string(rune('a'+len(rung))), 26)
		s, err := w.stripe.CreateOrder(t.Context(), o)
		w.must(err)
		p := payment.Payment{ID: o.Payment, Quote: o.Quote}.Begin(Name, "card", s, w.now())
		for _, happens := range life {
			w.must(happens(s.Order))
			w.advance(time.Minute)
			rings := e.rings()
			fresh := 0
			for kind, r := range rings {
				rung[kind] = true
				if id := r.Payment; id == "" {
					if id, err = w.stripe.Trace(t.Context(), r); err != nil || id != o.Payment {
						t.Errorf("%s leads to %q, %v", kind, id, err)
					}
				} else if id != o.Payment {
					t.Errorf("%s names %q", kind, id)
				}
				news, known := payment.News(p, r.Says)
				if !known {
					t.Errorf("%s is about no order of the payment: %+v", kind, r)
				}
				if news {
					fresh++
				}
			}
			if fresh == 0 {
				t.Errorf("none of %d rings is news", len(rings))
			}
			p = payment.Observe(p, w.look(s.Order))
			for _, r := range rings {
				for _, d := range r.Says.Disputes {
					p = payment.ObserveDispute(p, d) // as checkout does after asking for it
				}
			}
			for kind, r := range rings {
				if news, _ := payment.News(p, r.Says); news {
					t.Errorf("%s is news after a look", kind)
				}
			}
		}
	}
	rung["refund.updated"] = true // announced for a refund that was pending: TestPendingRefund
	for _, kind := range Events() {
		if !rung[kind] {
			t.Errorf("%s never rang", kind)
		}
	}
}

func TestPendingRefund(t *testing.T) {
	w := newWorld(t)
	s := w.paid(eur(7500))
	e := w.listen(testSigning)
	w.must(w.sim.Inject(sim.Fault{Kind: sim.Pending, Call: sim.CallRefund}))
	r, err := w.refund(s, "r1", eur(1000))
	if err != nil || r.State != payment.Pending {
		t.Fatalf("it is %+v, %v", r, err)
	}
	w.must(w.sim.EndRefund(s.Order, true))
	ring, rung := e.rings()["refund.updated"]
	if !rung || ring.Payment != testPayment || ring.Refund != r.ID || ring.Says.Refunds[0].State != payment.Completed || ring.Says.Refunds[0].Own != r.Own {
		t.Errorf("it rings %+v", ring)
	}
	if got := w.look(s.Order).Refunds[0]; got.State != payment.Completed {
		t.Errorf("a look finds %+v", got)
	}
}

// TestForged: headers that Stripe would not write. What is forged of a good one, and old
// ones, are the contract's.
func TestForged(t *testing.T) {
	w := newWorld(t)
	body := []byte(`{"id":"evt_1","object":"event","type":"checkout.session.completed","data":{"object":{}}}`)
	good := sim.Sign(testTime, body, testSigning)
	stamp, _, _ := strings.Cut(good, ",")
	for name, header := range map[string]string{
		"no secret":             sim.Sign(testTime, body, ""),
		"another time":          strings.Replace(good, "t=1", "t=01", 1),
		"two times":             good + "," + stamp,
		"only v0":               strings.ReplaceAll(good, "v1=", "v0="),
		"no time":               strings.TrimPrefix(good, stamp+","),
		"a shortened signature": good[:len(stamp)+40],
		"too many values":       good + strings.Repeat(",v1=00", mostValues),
		"too long":              good + strings.Repeat(" ", longestHeader),
	} {
		_, err := w.stripe.Hear(t.Context(), provider.Delivery{Header: header1(header), Body: body})
		if !errors.Is(err, provider.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.key.Signing = ""
	if _, err := w.stripe.Hear(t.Context(), provider.Delivery{Header: header1(good), Body: body}); !errors.Is(err, provider.ErrCannotVerify) {
		t.Errorf("without a secret of ours: %v", err)
	}
}

// header1 is a request with one header.
func header1(value string) func(string) string {
	return func(name string) string {
		if name == "Stripe-Signature" {
			return value
		}
		return ""
	}
}

// TestSecretsRoll: while one secret takes the other's place a delivery has two
// signatures and we two secrets; any pair that fits will do.
func TestSecretsRoll(t *testing.T) {
	w := newWorld(t)
	body := []byte(`{"id":"evt_1","object":"event","type":"x","data":{"object":{}}}`)
	for _, c := range []struct {
		ours  string
		signs []string
		good  bool
	}{
		{"a", []string{"a"}, true}, {"a,b", []string{"a"}, true}, {"a, b", []string{"b"}, true}, {"b", []string{"a", "b"}, true},
		{"b,c", []string{"a", "b"}, true}, {"c", []string{"a", "b"}, false}, {",", []string{""}, false}, {"a,", []string{""}, false},
	} {
		w.key.Signing = c.ours
		_, err := w.stripe.Hear(t.Context(), provider.Delivery{Header: header1(sim.Sign(testTime, body, c.signs...)), Body: body})
		if (err == nil) != c.good {
			t.Errorf("signed by %q, we have %q: %v", c.signs, c.ours, err)
		}
	}
}

// TestEventsThatCannotBeRead: verified bytes that are no event are told as nothing, and
// ids of another form are left out.
func TestEventsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"", "{}", "[]", `{"object":"event","type":"refund.created"}`, `{"object":"event","type":"REFUND","data":{}}`,
		`{"object":"v2.core.event","type":"refund.created","data":{"object":{}}}`,
		`{"object":"event","type":"refund.created","type":"refund.failed","data":{"object":{}}}`} {
		if r := w.stripe.readEvent([]byte(body)); r.Type != "" || r.Known {
			t.Errorf("%s is %+v", body, r)
		}
	}
	r := w.stripe.readEvent([]byte(`{"id":"../x","object":"event","type":"refund.created","data":{"object":{"id":"re_/1","payment_intent":"pi_ 2"}}}`))
	if !r.Known || r.ID != "" || r.Refund != "" || r.Capture != "" || len(r.Says.Refunds) != 1 || r.Says.Refunds[0].State != payment.Unclear {
		t.Errorf("strange ids are told as %+v", r)
	}
	if r := w.stripe.readEvent([]byte(`{"id":"evt_1","object":"event","type":"customer.created","data":{"object":{}}}`)); r.Known || r.Type == "" {
		t.Errorf("an event of no use is %+v", r)
	}
	if !slices.IsSorted(Events()) || len(Events()) != len(eventKinds) {
		t.Errorf("the events are %q", Events())
	}
}
