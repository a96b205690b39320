//go:build sam

package tests

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// TestSAMPurchase runs what the README has a reader run, in its order: what the
// functions find outside themselves, one event, and `sam local start-api`, through
// which a purchase, a webhook and a refund go.
func TestSAMPurchase(t *testing.T) {
	noneLeft(t)
	c := readSAMCommands(t)
	c.build(t)
	c.start(t, c.line(t, "go run ./tests/cloud/serve"), "Ready for sam local")

	wants := eventFiles(t)
	file := "../build/env.json"
	var answer struct {
		StatusCode int    `json:"statusCode"`
		Body       string `json:"body"`
	}
	begin := time.Now()
	line := c.line(t, "sam local invoke")
	out, err := c.shell("..", line).Output()
	if err != nil || json.Unmarshal(out, &answer) != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
		t.Fatal(err)
	}
	if want := wants["create-payment/cart"]; answer.StatusCode != want.Status || !holds(got, want.Holds) {
		t.Errorf("%s: %s", line, out)
	}
	t.Logf("%5.1f s  %s", time.Since(begin).Seconds(), line)

	c.start(t, c.line(t, "sam local start-api"), "Running on http://127.0.0.1:3000")
	s := newSAMShop(t, file)
	begin = time.Now()
	s.buy()
	t.Logf("%5.1f s  purchase, webhook and refund through start-api", time.Since(begin).Seconds())
}

// samShop is a buyer, a merchant and PayPal's desk around `sam local start-api`.
type samShop struct {
	t      *testing.T
	paypal string
	client *http.Client
}

func newSAMShop(t *testing.T, file string) *samShop {
	t.Helper()
	var settings struct{ Parameters map[string]string }
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &settings)
	}
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(settings.Parameters["PAYPAL_CA"]))
	return &samShop{t: t, paypal: settings.Parameters["PAYPAL_API"], client: &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ask sends one request and reads the JSON that comes back, if any.
func (s *samShop) ask(method, address, body string, header map[string]string, to any) int {
	s.t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	got, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && to != nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		s.t.Fatalf("%s %s: %d %s: %v", method, address, got.StatusCode, text, err)
	}
	s.t.Logf("%s %s: %d %s", method, address, got.StatusCode, bytes.TrimSpace(text[:min(len(text), 200)]))
	return got.StatusCode
}

const samAPI = "http://127.0.0.1:3000"

// api sends JSON to the API.
func (s *samShop) api(method, path, body string, header map[string]string, to any) int {
	s.t.Helper()
	all := map[string]string{"Content-Type": "application/json"}
	for name, value := range header {
		all[name] = value
	}
	return s.ask(method, samAPI+path, body, all, to)
}

// press sends one of the forms of PayPal's pages.
func (s *samShop) press(path string, form url.Values) {
	s.t.Helper()
	status := s.ask(http.MethodPost, s.paypal+path, form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, nil)
	if status != http.StatusSeeOther {
		s.t.Fatalf("PayPal's %s: %d", path, status)
	}
}

type samPayment struct {
	ID         string `json:"id"`
	Token      string `json:"token"`
	Status     string `json:"status"`
	Paid       bool   `json:"paid"`
	Refundable struct {
		Minor int64 `json:"minor"`
	} `json:"refundable"`
	Next struct {
		URL string `json:"url"`
	} `json:"next"`
}

// until asks for the merchant's view of a payment until it is as it should be.
func (s *samShop) until(id string, good func(samPayment) bool) (p samPayment) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		if status := s.api(http.MethodGet, "/merchant/payments/"+id, "", nil, &p); status == http.StatusOK && good(p) {
			return p
		}
	}
	s.t.Fatalf("it stays %+v", p)
	return p
}

func (s *samShop) buy() {
	s.t.Helper()
	var p samPayment
	status := s.api(http.MethodPost, "/payments", `{"cart":[{"sku":"BOOK","quantity":2}],"currency":"EUR","country":"DE","method":"paypal"}`,
		map[string]string{"Idempotency-Key": "0d6b6c5e-8f44-4a39-9d5b-5f0c8a2b7e11"}, &p)
	way, err := url.Parse(p.Next.URL)
	if status != http.StatusCreated || err != nil || !strings.HasPrefix(p.Next.URL, s.paypal+"/") {
		s.t.Fatalf("create: %d %+v", status, p)
	}
	token := p.Token
	s.press("/checkoutnow/approve", url.Values{"token": {way.Query().Get("token")}, "funding": {"balance"}})
	// PayPal's webhook about the approval may have captured it before this does, and
	// then this finds it captured.
	status = s.api(http.MethodPost, "/payments/"+p.ID+"/capture", "", map[string]string{"Checkout-Token": token}, &p)
	if status != http.StatusOK && status != http.StatusAccepted {
		s.t.Fatalf("capture: %d %+v", status, p)
	}
	p = s.until(p.ID, func(p samPayment) bool { return p.Status == "captured" && p.Refundable.Minor == 2500 })

	if status := s.api(http.MethodPost, "/webhooks/paypal", `{"event_type":"PAYMENT.CAPTURE.REFUNDED"}`, nil, nil); status != http.StatusUnauthorized {
		s.t.Errorf("a webhook that nobody signed: %d", status)
	}
	// Only PayPal's webhook can tell of this one within this test.
	s.press("/sim/refund", url.Values{"capture": {s.charge(p.ID)}, "amount": {"5.00"}})
	s.until(p.ID, func(p samPayment) bool { return p.Refundable.Minor == 2000 })

	status = s.api(http.MethodPost, "/merchant/payments/"+p.ID+"/refunds", `{"reason":"goodwill","amount":{"currency":"EUR","minor":700}}`,
		map[string]string{"Idempotency-Key": "7f3f2a0e-1c55-4a0b-8f7e-2f6f0b9f4a21"}, nil)
	if status != http.StatusCreated {
		s.t.Fatalf("refund: %d", status)
	}
	s.until(p.ID, func(p samPayment) bool { return p.Refundable.Minor == 1300 })
	var refunded int64
	for _, refund := range s.books().Refunded(s.charge(p.ID)) {
		refunded += refund.Amount
	}
	if refunded != 500+700 {
		s.t.Errorf("PayPal's books have %d refunded", refunded)
	}
}

// books are PayPal's own.
func (s *samShop) books() (b sim.Books) {
	s.t.Helper()
	s.ask(http.MethodGet, s.paypal+"/sim/books", "", nil, &b)
	return b
}

// charge is the one charge of a payment in PayPal's books.
func (s *samShop) charge(payment string) string {
	s.t.Helper()
	charges := s.books().Charged(payment)
	if len(charges) != 1 || charges[0].Amount != 2500 {
		s.t.Fatalf("PayPal's books have the charges %+v", charges)
	}
	return charges[0].ID
}
