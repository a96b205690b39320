package stripe

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// Webhook is where events are sent. Without a URL there are none.
type Webhook struct {
	URL string
	// Secrets sign each delivery, all of them: two while one takes the other's place.
	Secrets []string
	// Auto sends events as they come, from a goroutine that Close ends. Without it they
	// wait for Deliver.
	Auto bool
	// Events are the types the endpoint was told of; nil is all.
	Events []string
	// Client sends the events; nil is one that waits half a minute and follows no
	// redirect.
	Client *http.Client
}

// Delivery is one attempt to send an event.
type Delivery = courier.Delivery

// patience: any answer but 2xx is tried again for up to three days with a wait that
// grows (docs.stripe.com/webhooks); how, is not said. Here it doubles from a minute.
var patience = courier.Patience{First: time.Minute, Longest: 6 * time.Hour, For: 3 * 24 * time.Hour}

// stamp is the Stripe-Signature of one sending.
type stamp string

// IsZero tells whether nothing was signed yet.
func (s stamp) IsZero() bool { return s == "" }

// newCourier is the one that carries this simulator's events, each try signed anew.
func (s *Simulator) newCourier() *courier.Courier[stamp] {
	return courier.New(courier.Config[stamp]{
		Lock: &s.mu, Now: s.now, URL: s.config.Webhook.URL, Client: s.config.Webhook.Client, Patience: patience, SignsAnew: true,
		Sign: func(body []byte) stamp { return stamp(Sign(s.now(), body, s.config.Webhook.Secrets...)) },
		Header: func(signed stamp) http.Header {
			return http.Header{
				"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {"Stripe/1.0"}, "Stripe-Signature": {string(signed)},
			}
		},
		Pass: s.pass, Keep: s.keep,
	})
}

// LoseNext makes the next n events that would be sent vanish for good.
func (s *Simulator) LoseNext(n int) { s.courier.LoseNext(n) }

// DoubleNext makes each of the next n events go out twice.
func (s *Simulator) DoubleNext(n int) { s.courier.DoubleNext(n) }

// DelayNext puts the next n events that would be sent off by so much.
func (s *Simulator) DelayNext(n int, by time.Duration) { s.courier.DelayNext(n, by) }

// Reorder makes the next events that are due at once go out newest first.
func (s *Simulator) Reorder() { s.courier.Reorder() }

// SetWebhook says where events go, once a port is known, and what signs them.
func (s *Simulator) SetWebhook(url string, secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Webhook.URL, s.config.Webhook.Secrets = url, secrets
	s.courier.Send(url)
}

// Deliver sends every event that is due, one after the other in the order they came,
// and lists what it did. What fails is due again after a while.
func (s *Simulator) Deliver(ctx context.Context) []Delivery { return s.courier.Deliver(ctx) }

// Waiting is how many events wait to be sent, due or not.
func (s *Simulator) Waiting() int { return s.courier.Waiting() }

// Deliveries is every delivery so far.
func (s *Simulator) Deliveries() []Delivery { return s.courier.Deliveries() }

// Sign is the Stripe-Signature of a body (docs.stripe.com/webhooks, verify manually):
// a signature v1 for each secret, and one v0, which is of no use in live mode.
func Sign(at time.Time, body []byte, secrets ...string) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	header := "t=" + stamp
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header + ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
}
