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
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// TestSAMPurchase runs what the README has a reader run, in its order: what the
// functions find outside themselves, one event, and `sam local start-api`, through
// which a purchase, a webhook and a refund go, at each provider.
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
	s.buy(s.atPayPal())
	t.Logf("%5.1f s  purchase, webhook and refund through start-api, at PayPal", time.Since(begin).Seconds())
	begin = time.Now()
	s.buy(s.atStripe())
	t.Logf("%5.1f s  the same at Stripe", time.Since(begin).Seconds())
}

// samShop is a buyer, a merchant and the providers' desks around `sam local start-api`.
type samShop struct {
	t              *testing.T
	paypal, stripe string
	client         *http.Client
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
	return &samShop{t: t, paypal: settings.Parameters["PAYPAL_API"], stripe: settings.Parameters["STRIPE_API"], client: &http.Client{
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

// press sends one of the forms of a provider's pages.
func (s *samShop) press(address string, form url.Values) {
	s.t.Helper()
	status := s.ask(http.MethodPost, address, form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, nil)
	if status != http.StatusSeeOther {
		s.t.Fatalf("%s: %d", address, status)
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

// samWay is a way to pay, and what its provider does for the people around it.
type samWay struct {
	method, provider string
	pages            string // how the addresses begin that a buyer is sent to
	key, refundKey   string
	pays             func(page *url.URL)          // the buyer, on the provider's page
	refunds          func(payment string)         // the merchant, 5.00 in its dashboard
	refunded         func(payment string) []int64 // as the provider's own books have it
}

func (s *samShop) atPayPal() samWay {
	return samWay{
		method: "paypal", provider: "paypal", pages: s.paypal + "/",
		key: "0d6b6c5e-8f44-4a39-9d5b-5f0c8a2b7e11", refundKey: "7f3f2a0e-1c55-4a0b-8f7e-2f6f0b9f4a21",
		pays: func(page *url.URL) {
			s.press(s.paypal+"/checkoutnow/approve", url.Values{"token": {page.Query().Get("token")}, "funding": {"balance"}})
		},
		refunds: func(payment string) {
			s.press(s.paypal+"/sim/refund", url.Values{"capture": {s.charge(payment)}, "amount": {"5.00"}})
		},
		refunded: func(payment string) (all []int64) {
			for _, r := range s.books().Refunded(s.charge(payment)) {
				all = append(all, r.Amount)
			}
			return all
		},
	}
}

func (s *samShop) atStripe() samWay {
	session := ""
	return samWay{
		method: "card", provider: "stripe", pages: s.stripe + "/c/pay/",
		key: "c2a7f6d4-3f0e-4c1b-a5d9-7e8b6f4a1c32", refundKey: "9b1d4e7a-6c28-4f35-b0e6-3a5c7d9f2e43",
		pays: func(page *url.URL) {
			session = path.Base(page.Path)
			s.press(page.String()+"/pay", url.Values{"with": {"visa"}})
		},
		refunds: func(string) {
			s.press(s.stripe+"/sim/refund", url.Values{"session": {session}, "amount": {"5.00"}})
		},
		refunded: func(string) (all []int64) {
			var list struct {
				Data []struct {
					Amount int64 `json:"amount"`
				} `json:"data"`
			}
			s.ask(http.MethodGet, s.stripe+"/v1/refunds", "", map[string]string{"Authorization": "Bearer " + stripeKey, "Stripe-Version": "2026-03-25.dahlia"}, &list)
			for _, r := range list.Data {
				all = append(all, r.Amount)
			}
			return all
		},
	}
}

func (s *samShop) buy(way samWay) {
	s.t.Helper()
	var p samPayment
	status := s.api(http.MethodPost, "/payments", `{"cart":[{"sku":"BOOK","quantity":2}],"currency":"EUR","country":"DE","method":"`+way.method+`"}`,
		map[string]string{"Idempotency-Key": way.key}, &p)
	page, err := url.Parse(p.Next.URL)
	if status != http.StatusCreated || err != nil || !strings.HasPrefix(p.Next.URL, way.pages) {
		s.t.Fatalf("create: %d %+v", status, p)
	}
	token := p.Token
	way.pays(page)
	// The provider's webhook may have completed it before this does, and then this finds
	// it captured.
	status = s.api(http.MethodPost, "/payments/"+p.ID+"/capture", "", map[string]string{"Checkout-Token": token}, &p)
	if status != http.StatusOK && status != http.StatusAccepted {
		s.t.Fatalf("capture: %d %+v", status, p)
	}
	p = s.until(p.ID, func(p samPayment) bool { return p.Status == "captured" && p.Refundable.Minor == 2500 })

	if status := s.api(http.MethodPost, "/webhooks/"+way.provider, `{"object":"event","type":"refund.created","event_type":"PAYMENT.CAPTURE.REFUNDED"}`, nil, nil); status != http.StatusUnauthorized {
		s.t.Errorf("a webhook that nobody signed: %d", status)
	}
	// Only the provider's webhook can tell of this one within this test.
	way.refunds(p.ID)
	s.until(p.ID, func(p samPayment) bool { return p.Refundable.Minor == 2000 })

	status = s.api(http.MethodPost, "/merchant/payments/"+p.ID+"/refunds", `{"reason":"goodwill","amount":{"currency":"EUR","minor":700}}`,
		map[string]string{"Idempotency-Key": way.refundKey}, nil)
	if status != http.StatusCreated {
		s.t.Fatalf("refund: %d", status)
	}
	s.until(p.ID, func(p samPayment) bool { return p.Refundable.Minor == 1300 })
	got := way.refunded(p.ID)
	if slices.Sort(got); !slices.Equal(got, []int64{500, 700}) {
		s.t.Errorf("the books of %s have the refunds %d", way.provider, got)
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
