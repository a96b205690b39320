package courier

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Deliver sends every event that is due, one after the other in the order they came, and
// lists what it did. What fails is due again after a while. Two callers take turns, so
// that no event goes out twice unless it is asked to.
func (c *Courier[S]) Deliver(ctx context.Context) []Delivery {
	c.turn.Lock()
	defer c.turn.Unlock()
	var sent []Delivery
	for _, e := range c.due() {
		if ctx.Err() != nil {
			break
		}
		sent = append(sent, c.convey(ctx, e)...)
	}
	return sent
}

// due lists what can be sent now.
func (c *Courier[S]) due() []*Event[S] {
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	c.config.Pass()
	c.waiting = slices.DeleteFunc(c.waiting, func(e *Event[S]) bool { return e.Ended != "" })
	var list []*Event[S]
	for _, e := range c.waiting {
		if c.config.URL != "" && !c.config.Now().Before(e.Due) {
			list = append(list, e)
		}
	}
	if len(list) == 0 || c.config.Keep() != nil {
		return nil
	}
	if len(list) > 1 && c.knobs.Reorder {
		slices.Reverse(list)
		c.knobs.Reorder = false
	}
	return list
}

// convey sends one event, or does to it what a knob asks for.
func (c *Courier[S]) convey(ctx context.Context, e *Event[S]) (sent []Delivery) {
	stamps := c.prepare(e)
	for _, stamp := range stamps {
		d := c.attempt(ctx, e, stamp)
		if d.Status == 0 && ctx.Err() != nil {
			return sent // the courier was called off, which is no failure of the shop's
		}
		sent = append(sent, d)
	}
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	switch {
	case e.Ended == Lost:
		sent = append(sent, c.record(Attempt[S]{Event: e.ID, At: c.config.Now(), Lost: true}))
	case len(stamps) > 0:
		c.conclude(e, slices.ContainsFunc(sent, func(d Delivery) bool { return d.Status/100 == 2 }))
	}
	_ = c.config.Keep() // a write that failed is made up for by the next
	return sent
}

// conclude is what becomes of an event that was sent for. The caller holds the lock.
func (c *Courier[S]) conclude(e *Event[S], taken bool) {
	e.Tries++
	now, patience := c.config.Now(), c.config.Patience
	switch {
	case taken:
		e.Ended = Delivered
	case patience.ended(e.Tries, now.Sub(e.Born)):
		e.Ended = GivenUp
	default:
		e.Due = now.Add(patience.after(e.Tries))
	}
}

// prepare turns the knobs on an event and signs it as often as it is to be sent.
func (c *Courier[S]) prepare(e *Event[S]) []S {
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	k := &c.knobs
	switch {
	case k.Lose > 0:
		k.Lose--
		e.Ended = Lost
		return nil
	case k.Delay > 0:
		k.Delay--
		e.Due = c.config.Now().Add(k.By)
		return nil
	}
	if c.config.SignsAnew || e.Stamp.IsZero() {
		e.Stamp = c.config.Sign([]byte(e.Body))
	}
	stamps := []S{e.Stamp}
	if k.Double > 0 {
		k.Double--
		stamps = append(stamps, c.config.Sign([]byte(e.Body)))
	}
	return stamps
}

// attempt sends an event once. It is called without the lock: the shop may ask the
// simulator before it answers.
func (c *Courier[S]) attempt(ctx context.Context, e *Event[S], stamp S) Delivery {
	c.config.Lock.Lock()
	a := Attempt[S]{Event: e.ID, Stamp: stamp, At: c.config.Now()}
	url, header, body := c.config.URL, c.config.Header(stamp), e.Body
	c.config.Lock.Unlock()
	status, err := c.post(ctx, url, header, body)
	a.Status = status
	if err != nil {
		a.Error = err.Error()
	}
	c.config.Lock.Lock()
	defer c.config.Lock.Unlock()
	if err != nil && ctx.Err() != nil {
		return c.delivery(a)
	}
	return c.record(a)
}

// longestAnswer is as much of the shop's answer as is read: what it says does not matter.
const longestAnswer = 1 << 20

func (c *Courier[S]) post(ctx context.Context, url string, header http.Header, body string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header = header
	resp, err := c.config.Client.Do(r)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, longestAnswer))
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// record puts an attempt on record. The caller holds the lock.
func (c *Courier[S]) record(a Attempt[S]) Delivery {
	c.attempts = append(c.attempts, a)
	return c.delivery(a)
}
