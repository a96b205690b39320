package stripe

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Webhook is where events are sent. Without a URL there are none.
type Webhook struct {
	URL string
	// Secrets sign each delivery, all of them: two while one takes the other's place.
	Secrets []string
	// Events are the types the endpoint was told of; nil is all.
	Events []string
	// Client sends the events; nil is one that waits half a minute and follows no
	// redirect.
	Client *http.Client
}

// Delivery is one attempt to send an event.
type Delivery struct {
	Event  string
	Type   string
	Header http.Header // as sent
	Body   []byte      // as sent
	At     time.Time
	Status int // 0 when no answer came
	Error  string
	Lost   bool // never sent: LoseNext
}

// Retries: any answer but 2xx is tried again for up to three days with a wait that
// grows (docs.stripe.com/webhooks); how, is not said. Here it doubles from a minute.
const (
	retryFor     = 3 * 24 * time.Hour
	firstWait    = time.Minute
	longestWait  = 6 * time.Hour
	deliveryTime = 30 * time.Second
)

func waitAfter(tries int) time.Duration {
	wait := firstWait
	for range tries - 1 {
		wait = min(2*wait, longestWait)
	}
	return wait
}

// knobs are what will go wrong with deliveries.
type knobs struct {
	lose, double, delay int
	by                  time.Duration
	reorder             bool
}

// LoseNext makes the next n events that would be sent vanish for good.
func (s *Simulator) LoseNext(n int) { s.turn(func(k *knobs) { k.lose += n }) }

// DoubleNext makes each of the next n events go out twice.
func (s *Simulator) DoubleNext(n int) { s.turn(func(k *knobs) { k.double += n }) }

// DelayNext puts the next n events that would be sent off by so much.
func (s *Simulator) DelayNext(n int, by time.Duration) {
	s.turn(func(k *knobs) { k.delay, k.by = k.delay+n, by })
}

// Reorder makes the next events that are due at once go out newest first.
func (s *Simulator) Reorder() { s.turn(func(k *knobs) { k.reorder = true }) }

func (s *Simulator) turn(change func(*knobs)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.knobs)
}

// SetWebhook says where events go, once a port is known, and what signs them.
func (s *Simulator) SetWebhook(url string, secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Webhook.URL, s.config.Webhook.Secrets = url, secrets
}

// Deliver sends every event that is due, one after the other in the order they came,
// and lists what it did. What fails is due again after a while.
func (s *Simulator) Deliver(ctx context.Context) []Delivery {
	s.courier.Lock()
	defer s.courier.Unlock()
	var sent []Delivery
	for _, e := range s.due() {
		if ctx.Err() != nil {
			break
		}
		sent = append(sent, s.convey(ctx, e)...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = append(s.deliveries, sent...)
	return sent
}

// Deliveries is every delivery so far.
func (s *Simulator) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

func (s *Simulator) due() []*event {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	var list []*event
	for _, e := range s.events {
		if e.ended == "" && !s.now().Before(e.due) && s.config.Webhook.URL != "" {
			list = append(list, e)
		}
	}
	if s.knobs.reorder && len(list) > 1 {
		slices.Reverse(list)
		s.knobs.reorder = false
	}
	return list
}

// convey sends one event, or does to it what a knob asks for.
func (s *Simulator) convey(ctx context.Context, e *event) (sent []Delivery) {
	times := s.prepare(e)
	if e.ended == lost {
		return []Delivery{{Event: e.id, Type: e.kind, At: s.now(), Lost: true}}
	}
	for range times {
		sent = append(sent, s.attempt(ctx, e))
	}
	if len(sent) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.tries++
	switch last := sent[len(sent)-1]; {
	case last.Status/100 == 2:
		e.ended = delivered
	case s.now().Sub(e.created) >= retryFor:
		e.ended = givenUp
	default:
		e.due = s.now().Add(waitAfter(e.tries))
	}
	return sent
}

// prepare is how often an event goes out now.
func (s *Simulator) prepare(e *event) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &s.knobs
	switch {
	case k.lose > 0:
		k.lose--
		e.ended = lost
		return 0
	case k.delay > 0:
		k.delay--
		e.due = s.now().Add(k.by)
		return 0
	case k.double > 0:
		k.double--
		return 2
	}
	return 1
}

// attempt sends an event once, signed anew with the time of this try.
func (s *Simulator) attempt(ctx context.Context, e *event) Delivery {
	s.mu.Lock()
	hook := s.config.Webhook
	body, err := json.MarshalIndent(e.view(), "", "  ")
	d := Delivery{Event: e.id, Type: e.kind, At: s.now(), Body: body}
	s.mu.Unlock()
	if err != nil {
		d.Error = err.Error()
		return d
	}
	d.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {"Stripe/1.0"}}
	d.Header.Set("Stripe-Signature", Sign(d.At, body, hook.Secrets...))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		d.Error = err.Error()
		return d
	}
	req.Header = d.Header.Clone()
	resp, err := hook.Client.Do(req)
	if err != nil {
		d.Error = err.Error()
		return d
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	d.Status = resp.StatusCode
	return d
}

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
