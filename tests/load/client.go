package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// client is one buyer after another, in a closed loop.
type client struct {
	*world
	dice *rand.Rand
}

func (w *world) client(n int) *client {
	return &client{world: w, dice: rand.New(rand.NewPCG(uint64(w.seed), uint64(n)))}
}

// shown is what an answer shows of a payment.
type shown struct {
	ID    string `json:"id"`
	Token string `json:"token"`
	Paid  bool   `json:"paid"`
	Total struct {
		Currency string `json:"currency"`
		Minor    int64  `json:"minor"`
	} `json:"total"`
	Next struct {
		Action string `json:"action"`
		URL    string `json:"url"`
	} `json:"next"`
	Type string `json:"type"`
}

func (c *client) work(ctx context.Context) {
	for ctx.Err() == nil {
		n := c.carts.Add(1)
		if c.most > 0 && n > c.most {
			return
		}
		c.purchase(ctx, n)
	}
}

// happens with a chance of percent.
func (c *client) happens(percent int) bool { return c.dice.IntN(100) < percent }

// purchase is one buyer: most pay, some leave, some look at what became of it, and the
// merchant gives some of them something back.
func (c *client) purchase(ctx context.Context, cart int64) {
	key := map[string]string{"Idempotency-Key": fmt.Sprintf("key-of-a-cart-under-load-and-seed-%d-%08d", c.seed, cart)}
	body := fmt.Sprintf(`{"cart":[{"sku":%q,"quantity":%d}],"currency":"EUR","country":"DE","language":"de","method":"paypal"}`, sku, 1+c.dice.IntN(3))
	opened := c.until(ctx, func() (shown, int) { return c.ask(ctx, "create", http.MethodPost, "/payments", body, key) })
	if opened.Token == "" || c.happens(10) {
		return // the buyer goes away
	}
	if c.approve(opened.Next.URL) != nil || c.happens(10) {
		return // and so does this one, whom the sweep or a webhook finds
	}
	token := map[string]string{"Checkout-Token": opened.Token}
	paid := c.until(ctx, func() (shown, int) {
		return c.ask(ctx, "capture", http.MethodPost, "/payments/"+opened.ID+"/capture", "", token)
	})
	if c.happens(50) {
		c.ask(ctx, "get", http.MethodGet, "/payments/"+opened.ID, "", token)
	}
	if paid.Paid && c.happens(40) {
		c.refund(ctx, paid)
	}
}

// sku is a product of the demo shop that need not be sent.
const sku = "CARD-GIFT"

// approve is the buyer at PayPal's page: few have no funds, or a bank that takes days.
func (c *client) approve(page string) error {
	at, err := url.Parse(page)
	if err != nil {
		return err
	}
	with := sim.Balance
	switch {
	case c.happens(5):
		with = sim.Declined
	case c.happens(5):
		with = sim.ECheck
	}
	return c.paypal.ApproveWith(at.Query().Get("token"), with)
}

// refund gives back all, or two parts that may be too much together.
func (c *client) refund(ctx context.Context, of shown) {
	for n := range 2 {
		body := fmt.Sprintf(`{"reason":"returned","amount":{"currency":%q,"minor":%d}}`, of.Total.Currency, of.Total.Minor*2/3)
		if c.happens(30) {
			body = `{"reason":"returned"}`
		}
		key := map[string]string{"Idempotency-Key": fmt.Sprintf("key-of-a-refund-under-load-%s-%d", of.ID, n)}
		c.ask(ctx, "refund", http.MethodPost, "/merchant/payments/"+of.ID+"/refunds", body, key)
	}
}

// until repeats what was answered 202, 502 or 503, as a page does, a few times.
func (c *client) until(ctx context.Context, ask func() (shown, int)) (last shown) {
	for range 4 {
		var code int
		if last, code = ask(); code != http.StatusAccepted && code != http.StatusBadGateway && code != http.StatusServiceUnavailable {
			return last
		}
		if ctx.Err() != nil {
			return last
		}
		c.clock.Sleep(ctx, 100*time.Millisecond)
	}
	return last
}

// ask sends one request, or the same twice at once, and notes each answer. A request
// that has begun is waited for, though the time be up.
func (c *client) ask(ctx context.Context, what, method, path, body string, header map[string]string) (shown, int) {
	if !c.happens(c.twice) {
		return c.send(ctx, what, method, path, body, header)
	}
	other := make(chan struct{})
	go func() {
		defer close(other)
		c.send(ctx, what, method, path, body, header)
	}()
	defer func() { <-other }()
	return c.send(ctx, what, method, path, body, header)
}

func (c *client) send(ctx context.Context, what, method, path, body string, header map[string]string) (answer shown, code int) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, c.api+path, strings.NewReader(body))
	if err == nil {
		for name, value := range header {
			r.Header.Set(name, value)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if strings.HasPrefix(path, "/merchant/") {
			err = gateway.Sign(r, []byte(body), merchantKey, merchantSecret, merchantRegion, c.clock.Now())
		}
	}
	begin := time.Now()
	var text []byte
	if err == nil {
		code, text, err = c.answered(r)
	}
	class := fmt.Sprintf("%dxx", code/100)
	switch {
	case err != nil:
		class = "no answer"
	case code == http.StatusAccepted:
		class = "202"
	}
	if json.Unmarshal(text, &answer) != nil {
		class = "unreadable"
	}
	if code >= 400 {
		class = fmt.Sprintf("%d %s", code, answer.Type[strings.LastIndex(answer.Type, ":")+1:])
	}
	c.tally.note(what, class, time.Since(begin))
	return answer, code
}

func (c *client) answered(r *http.Request) (int, []byte, error) {
	got, err := c.web.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return got.StatusCode, text, err
}
