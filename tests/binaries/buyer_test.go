//go:build binaries

package binaries

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// gone is what a story ends with when its person does not come back.
type gone struct{}

// reply is an answer of the API.
type reply struct {
	code    int
	header  http.Header
	text    string
	ID      string `json:"id"`
	Token   string `json:"token"`
	Status  any    `json:"status"` // of the payment, or a problem's number
	Paid    bool   `json:"paid"`
	Attempt int    `json:"attempt"`
	State   string `json:"state"` // of a refund
	Next    struct {
		Action string `json:"action"`
		URL    string `json:"url"`
	} `json:"next"`
	Payment *reply `json:"payment"`
}

func (a reply) status() string {
	if a.Payment != nil {
		return a.Payment.status()
	}
	s, _ := a.Status.(string)
	return s
}

// died reports whether the gateway answered in place of the function.
func (a reply) died() bool {
	return (a.code == http.StatusInternalServerError || a.code == http.StatusServiceUnavailable) && strings.HasPrefix(a.text, `{"message"`)
}

// tries is how often a request is made that is not answered for good: the client's
// own first one, and what it repeats.
const tries = 4

// send sends a request, and again when it was not answered for good, as a
// storefront or a merchant's script would; or never again, where the plan says so.
// Every answer is judged.
func (r *run) send(method, path, body string, header map[string]string, sign bool) (last reply) {
	r.Helper()
	for range tries {
		last = r.once(method, path, body, header, sign)
		unsettled := last.died() || slices.Contains([]int{http.StatusAccepted, http.StatusBadGateway, http.StatusServiceUnavailable}, last.code)
		if last.died() && !r.hit {
			r.Errorf("%s %s: %d %s, and nobody was killed", method, path, last.code, last.text)
		}
		if r.hit && r.plan.gone {
			r.leave()
		}
		if !unsettled {
			return last
		}
	}
	return last
}

// leave ends the story here.
func (r *run) leave() {
	if !r.left {
		r.left = true
		panic(gone{})
	}
}

func (r *run) once(method, path, body string, header map[string]string, sign bool) reply {
	r.Helper()
	q, err := http.NewRequest(method, r.w.api.URL+path, strings.NewReader(body))
	r.must(err)
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	if sign {
		r.must(gateway.Sign(q, []byte(body), merchantKey, merchantSecret, runtime.Region, time.Now()))
	}
	got, err := r.w.api.Client().Do(q)
	r.must(err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	r.must(err)
	a := reply{code: got.StatusCode, header: got.Header, text: string(text)}
	if strings.Contains(path, "?") || strings.HasSuffix(path, "/price-list") {
		a.judge(r, q)
		return a // a page, or a list: no payment
	}
	if err := json.Unmarshal(text, &a); err != nil {
		r.Errorf("%s %s: %v: %s", method, path, err, text)
	}
	if a.Payment != nil {
		a.ID, a.Paid, a.Attempt, a.Next = a.Payment.ID, a.Payment.Paid, a.Payment.Attempt, a.Payment.Next
	}
	a.judge(r, q)
	return a
}

func (r *run) merchant(method, path, body string, header map[string]string) reply {
	r.Helper()
	return r.send(method, path, body, header, true)
}

// buyer is one person with one cart.
type buyer struct {
	*run
	key, order string
	id, token  string
	last       reply
	wishes     int // to pay: approvals with good money
	attempts   int // to open an order: each may have made one, though nobody heard of it
}

// cart costs 75.00 EUR.
const (
	cart      = `{"cart":[{"sku":"BOOK","quantity":2},{"sku":"CARD","quantity":1}],"currency":"EUR","country":"DE","language":"de","method":"paypal","reference":"R-1"}`
	cartTotal = 7500
	cartText  = "EUR 75.00"
)

func (r *run) buyer() *buyer {
	b := &buyer{run: r, key: "cart-" + rand.Text() + rand.Text(), order: cart}
	r.buyers = append(r.buyers, b)
	return b
}

// quoted is a buyer with a quote that the shop's server has signed, for as much.
func (r *run) quoted() *buyer {
	r.Helper()
	b := r.buyer()
	quote, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"jti": b.key, "aud": stackName, "exp": time.Now().Add(time.Hour).Unix(), "cur": "EUR", "country": "DE", "total": cartTotal,
		"lines": []map[string]any{{"sku": "MADE", "name": "Made to measure", "qty": 3, "unit": cartTotal / 3}},
	}).SignedString([]byte(quoteSecret))
	r.must(err)
	b.order = fmt.Sprintf(`{"quote":%q,"method":"paypal"}`, quote)
	return b
}

// wants notes an answer and fails unless it is one of those that may be.
func (b *buyer) wants(a reply, status string, codes ...int) {
	b.Helper()
	if a.ID != "" {
		b.id, b.last = a.ID, a
	}
	if a.Token != "" {
		b.token = a.Token
	}
	if !slices.Contains(codes, a.code) || a.status() != status {
		b.Errorf("%d %s, want %v %s: %s", a.code, a.status(), codes, status, a.text)
	}
}

func (b *buyer) open() {
	b.Helper()
	header := map[string]string{"Idempotency-Key": b.key}
	if strings.HasPrefix(b.order, `{"quote"`) {
		header = nil
	}
	a := b.send(http.MethodPost, "/payments", b.order, header, false)
	status := "awaiting_approval"
	if b.last.ID != "" {
		status = b.last.status() // a repetition: as it is by now
	}
	b.wants(a, status, http.StatusCreated, http.StatusOK)
}

func (b *buyer) withToken() map[string]string { return map[string]string{"Checkout-Token": b.token} }

func (b *buyer) capture(status string, code int) {
	b.Helper()
	b.wants(b.ask(), status, code)
}

// ask asks for the capture.
func (b *buyer) ask() reply {
	b.Helper()
	return b.send(http.MethodPost, "/payments/"+b.id+"/capture", "", b.withToken(), false)
}

func (b *buyer) look(status string) {
	b.Helper()
	b.wants(b.send(http.MethodGet, "/payments/"+b.id, "", b.withToken(), false), status, http.StatusOK)
}

func (b *buyer) another(after int) {
	b.Helper()
	b.attempts = after + 1
	a := b.send(http.MethodPost, "/payments/"+b.id+"/attempts", fmt.Sprintf(`{"after":%d,"method":"paypal"}`, after), b.withToken(), false)
	b.wants(a, "awaiting_approval", http.StatusCreated, http.StatusOK)
}

// approve is the buyer's click at PayPal, at the address the API gave.
func (b *buyer) approve(with sim.Funding) {
	b.Helper()
	u, err := url.Parse(b.last.Next.URL)
	b.must(err)
	b.w.clock.move(30 * time.Second)
	if err := b.paypal().ApproveWith(u.Query().Get("token"), with); err != nil {
		b.Fatalf("at %q: %v", b.last.Next.URL, err)
	}
	if with == sim.Balance {
		b.wishes++
	}
}

// paid is a buyer whose money is here.
func (r *run) paid() *buyer {
	r.Helper()
	b := r.buyer()
	b.open()
	b.approve(sim.Balance)
	b.capture("captured", http.StatusOK)
	return b
}

func (b *buyer) charges() []sim.Charge { return b.paypal().Books().Charged(b.id) }

// refund asks for so much to be given back; 0 is all that is left.
func (b *buyer) refund(minor int64, name string) reply {
	b.Helper()
	body := `{"reason":"returned"}`
	if minor > 0 {
		body = fmt.Sprintf(`{"amount":{"currency":"EUR","minor":%d},"reason":"returned"}`, minor)
	}
	key := "refund-" + name + "-" + b.key
	b.keys[key] = body
	a := b.merchant(http.MethodPost, "/merchant/payments/"+b.id+"/refunds", body, map[string]string{"Idempotency-Key": key})
	if (a.code != http.StatusCreated && a.code != http.StatusOK) || a.State != "completed" {
		b.Errorf("a refund of %d: %d %s", minor, a.code, a.text)
	}
	return a
}

// deliver has PayPal ring until nothing is left to ring for: what was not answered
// 2xx is rung again later. One who is gone rings once.
func (r *run) deliver() {
	r.Helper()
	for range 6 {
		r.w.clock.move(3 * time.Minute)
		sent := r.paypal().Deliver(context.Background())
		for _, d := range sent {
			if d.Status/100 != 2 && !r.hit {
				r.Errorf("%s was answered %d %s", d.Type, d.Status, d.Error)
			}
		}
		if r.hit && r.plan.gone {
			r.leave()
		}
		if len(r.paypal().Events()) == 0 {
			return
		}
	}
	r.Errorf("PayPal rings and rings: %v", r.paypal().Events())
}

// silence loses everything that PayPal would have rung for so far.
func (r *run) silence() {
	r.Helper()
	r.paypal().LoseNext(len(r.paypal().Events()))
	r.paypal().Deliver(context.Background())
}

// sweep is the scheduler's, after the time has come at which each payment is due.
func (r *run) sweep() {
	r.Helper()
	r.w.clock.move(70 * time.Minute)
	r.must(r.w.table.makeDue())
	r.scheduled("sweep")
}
