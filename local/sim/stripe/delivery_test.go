package stripe

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// hear listens to a simulator's webhook, and answers with a status.
func (b *bench) hear(status *int) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(*status) }))
	b.t.Cleanup(server.Close)
	b.SetWebhook(server.URL, "whsec_1")
}

// sent are the types of events that were sent, in their order.
func sent(all []Delivery) (types []string) {
	for _, d := range all {
		if !d.Lost {
			types = append(types, d.Type)
		}
	}
	return types
}

// TestDeliveries: events are sent once, in order, but for what a knob does to them.
func TestDeliveries(t *testing.T) {
	life := []string{"charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
	for _, c := range []struct {
		name string
		turn func(*bench)
		want []string
		late []string // sent an hour later
	}{
		{"as they come", func(*bench) {}, life, nil},
		{"one lost", func(b *bench) { b.LoseNext(1) }, life[1:], nil},
		{"one doubled", func(b *bench) { b.DoubleNext(1) }, append([]string{life[0]}, life...), nil},
		{"one late", func(b *bench) { b.DelayNext(1, time.Hour) }, life[1:], life[:1]},
		{"the newest first", func(b *bench) { b.Reorder() }, []string{life[2], life[1], life[0]}, nil},
	} {
		b := newBench(t)
		status := http.StatusOK
		b.hear(&status)
		b.must(b.Pay(b.open("card", "eur", "5000"), Instrument{}))
		c.turn(b)
		if got := sent(b.Deliver(t.Context())); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := sent(b.Deliver(t.Context())); got != nil {
			t.Errorf("%s: %q again", c.name, got)
		}
		b.advance(time.Hour)
		if got := sent(b.Deliver(t.Context())); !slices.Equal(got, c.late) {
			t.Errorf("%s: an hour later %q, want %q", c.name, got, c.late)
		}
	}
}

// TestGivenUp: what nobody takes is tried for three days and no longer; only what the
// endpoint was told of is sent.
func TestGivenUp(t *testing.T) {
	b := newBench(t)
	b.config.Webhook.Events = []string{"checkout.session.completed"}
	status := http.StatusInternalServerError
	b.hear(&status)
	b.must(b.Pay(b.open("card", "eur", "5000"), Instrument{}))
	var last time.Time
	for range 24 * 7 {
		for _, d := range b.Deliver(t.Context()) {
			if last = d.At; d.Type != "checkout.session.completed" {
				t.Errorf("%s was sent", d.Type)
			}
		}
		b.advance(time.Hour)
	}
	tries := len(b.Deliveries())
	if took := last.Sub(b.Deliveries()[0].At); tries < 10 || took < 2*24*time.Hour || took > patience.For+patience.Longest {
		t.Errorf("%d tries in %s", tries, took)
	}
}
