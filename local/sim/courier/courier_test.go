package courier

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// number is a stamp that counts the signings.
type number int

func (n number) IsZero() bool { return n == 0 }

// round is a courier with a clock, to a shop that answers what it is told to.
type round struct {
	*Courier[number]
	mu     sync.Mutex
	clock  time.Time
	signed number
	shop   *httptest.Server
}

func newRound(t *testing.T, shop http.HandlerFunc, adjust func(*Config[number])) *round {
	r := &round{clock: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), shop: httptest.NewServer(shop)}
	t.Cleanup(r.shop.Close)
	c := Config[number]{
		Lock: &r.mu, Now: func() time.Time { return r.clock }, URL: r.shop.URL, Patience: Patience{First: time.Minute, Longest: 4 * time.Minute},
		Sign:   func([]byte) number { r.signed++; return r.signed },
		Header: func(n number) http.Header { return http.Header{"Signed": {strconv.Itoa(int(n))}} },
		Pass:   func() {}, Keep: func() error { return nil },
	}
	adjust(&c)
	r.Courier = New(c)
	return r
}

func (r *round) news(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Announce(Event[number]{ID: id, Kind: "news", Body: "{}", Born: r.clock, Due: r.clock})
}

// TestPatience: the wait doubles up to the longest, and an event is given up after so
// many tries, or so long after it was made, whichever is asked for.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		name     string
		patience Patience
		want     []int // minutes after the first try
		anew     bool
	}{
		{"so many tries", Patience{First: time.Minute, Longest: 4 * time.Minute, Tries: 5}, []int{0, 1, 3, 7, 11}, false},
		{"so long", Patience{First: time.Minute, Longest: 4 * time.Minute, For: 10 * time.Minute}, []int{0, 1, 3, 7, 11}, true},
		{"signed once", Patience{First: time.Minute, Longest: time.Minute, Tries: 2}, []int{0, 1}, false},
	} {
		stamps := map[string]bool{}
		r := newRound(t, func(w http.ResponseWriter, r *http.Request) {
			stamps[r.Header.Get("Signed")] = true
			w.WriteHeader(http.StatusInternalServerError)
		}, func(k *Config[number]) { k.Patience, k.SignsAnew = c.patience, c.anew })
		r.news("1")
		begun := r.clock
		var at []int
		for range 30 {
			for _, d := range r.Deliver(t.Context()) {
				at = append(at, int(d.At.Sub(begun).Minutes()))
			}
			r.clock = r.clock.Add(time.Minute)
		}
		if len(at) != len(c.want) || at[len(at)-1] != c.want[len(at)-1] || at[1] != c.want[1] || r.Waiting() != 0 || r.Find("1").Ended != GivenUp {
			t.Errorf("%s: tried at %v, want %v; it ended %q", c.name, at, c.want, r.Find("1").Ended)
		}
		if want := map[bool]int{true: len(c.want), false: 1}[c.anew]; len(stamps) != want {
			t.Errorf("%s: signed %d times, want %d", c.name, len(stamps), want)
		}
	}
}

// TestHired: a hired courier goes as soon as there is news; Close waits for it, and what
// it was sending stays due.
func TestHired(t *testing.T) {
	entered := make(chan struct{}, 1)
	r := newRound(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is a client that leaves noticed
		entered <- struct{}{}
		<-r.Context().Done()
	}, func(*Config[number]) {})
	r.Hire()
	r.news("1")
	<-entered
	r.Close()
	if !r.turn.TryLock() {
		t.Error("the courier is still on its way")
	}
	if r.Waiting() != 1 || len(r.Deliveries()) != 0 || r.Find("1").Tries != 0 {
		t.Errorf("called off, it left %d events and has %v on record", r.Waiting(), r.Deliveries())
	}
	r.Close() // twice is once
}

// TestNotKept: what could not be written is not sent, and what has no address waits.
func TestNotKept(t *testing.T) {
	failing := true
	r := newRound(t, func(http.ResponseWriter, *http.Request) {}, func(c *Config[number]) {
		c.Keep = func() error {
			if failing {
				return context.Canceled
			}
			return nil
		}
	})
	r.news("1")
	if sent := r.Deliver(t.Context()); sent != nil {
		t.Errorf("%v was sent and would be forgotten", sent)
	}
	failing = false
	r.Send("")
	if sent := r.Deliver(t.Context()); sent != nil {
		t.Errorf("%v was sent to nobody", sent)
	}
	r.Send(r.shop.URL)
	if sent := r.Deliver(t.Context()); len(sent) != 1 || sent[0].Status != http.StatusOK {
		t.Errorf("then it sent %v", sent)
	}
}

// TestRestored: what a file cannot hold is refused.
func TestRestored(t *testing.T) {
	for name, c := range map[string]struct {
		events   []Event[number]
		attempts []Attempt[number]
		good     bool
	}{
		"as it was":             {[]Event[number]{{ID: "1"}, {ID: "2", Ended: Lost}}, []Attempt[number]{{Event: "2", Lost: true}}, true},
		"one twice":             {[]Event[number]{{ID: "1"}, {ID: "1"}}, nil, false},
		"an end there is not":   {[]Event[number]{{ID: "1", Ended: "well"}}, nil, false},
		"an attempt at nothing": {nil, []Attempt[number]{{Event: "1"}}, false},
	} {
		r := newRound(t, func(http.ResponseWriter, *http.Request) {}, func(*Config[number]) {})
		if err := r.Restore(c.events, c.attempts); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if c.good && (r.Waiting() != 1 || len(r.Deliveries()) != 1) {
			t.Errorf("%s: %d wait, %d were tried", name, r.Waiting(), len(r.Deliveries()))
		}
	}
}
