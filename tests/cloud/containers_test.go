package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestProvidersForContainers: one CA vouches for both, each knows the credentials that
// the secret holds, and Stripe rings at the API, signed.
func TestProvidersForContainers(t *testing.T) {
	rung := make(chan *http.Request, 10)
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { rung <- r }))
	t.Cleanup(api.Close)
	c := &Containers{listen: "127.0.0.1", host: "127.0.0.1"}
	t.Cleanup(c.Close)
	p, err := c.ServeProviders(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Secret()
	if err != nil {
		t.Fatal(err)
	}
	var secret map[string]string
	if err := json.Unmarshal([]byte(text), &secret); err != nil {
		t.Fatal(err)
	}
	s := asker{t, trusting(p.CA)}
	asStripe := func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+secret["stripe_key"])
		r.Header.Set("Stripe-Version", "2026-03-25.dahlia")
	}
	s.ask(p.PayPal+"/v1/oauth2/token", url.Values{"grant_type": {"client_credentials"}},
		func(r *http.Request) { r.SetBasicAuth(secret["paypal_client_id"], secret["paypal_client_secret"]) })
	session := s.ask(p.Stripe+"/v1/checkout/sessions", url.Values{
		"mode": {"payment"}, "payment_method_types[0]": {"card"}, "success_url": {"https://shop.example/"}, "cancel_url": {"https://shop.example/"},
		"line_items[0][quantity]": {"1"}, "line_items[0][price_data][currency]": {"eur"}, "line_items[0][price_data][unit_amount]": {"1250"},
		"line_items[0][price_data][product_data][name]": {"The Book of Tides"},
	}, asStripe)
	id, _ := session["id"].(string)
	s.ask(p.Stripe+"/v1/checkout/sessions/"+id+"/expire", nil, asStripe)
	if r := <-rung; r.URL.Path != "/webhooks/stripe" || r.Header.Get("Stripe-Signature") == "" {
		t.Errorf("rung at %s with %v", r.URL, r.Header)
	}
}

func trusting(ca []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// asker posts forms, each of which has to be granted.
type asker struct {
	t      *testing.T
	client *http.Client
}

func (a asker) ask(address string, form url.Values, as func(*http.Request)) (answer map[string]any) {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	as(r)
	got, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil || got.StatusCode != http.StatusOK {
		a.t.Fatalf("%s: %d %s %v", address, got.StatusCode, text, err)
	}
	return answer
}
