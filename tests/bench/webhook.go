package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
)

// webhookTarget: hearing a delivery offline must not cost more than the postback
// alone, even on loopback, where the postback has no distance to go.
const webhookTarget = 1.00

// delivery is a webhook to be verified, and how often.
type delivery struct {
	API         string      `json:"api"`
	WebhookID   string      `json:"webhook_id"`
	Header      http.Header `json:"header"`
	Body        []byte      `json:"body"`
	CA          []byte      `json:"ca"`
	Certificate []byte      `json:"certificate"`
	Times       int         `json:"times"`
}

// webhook compares verification offline with asking PayPal, and Stripe's with that.
func (b *bench) webhook() ([]figure, error) {
	p, err := b.ours.approved()
	if err != nil {
		return nil, err
	}
	s := b.ours.shop
	d := delivery{WebhookID: webhookID, CA: s.paypal.CA()}
	if d.Header, d.Body, err = s.ring(b.ours.method, p.order); err != nil {
		return nil, err
	}
	if d.Certificate, err = certificateOf(s.paypal); err != nil {
		return nil, err
	}
	asked := httptest.NewServer(judge{})
	defer asked.Close()
	d.API = s.up.paypal.origin
	postback := d
	postback.API = asked.URL
	atStripe, err := b.signed()
	if err != nil {
		return nil, err
	}
	var known, fresh, posted, heard []taken
	for round := range min(b.rounds, 9) + 1 {
		k, err := inChild(d.times(3000), nil, "known certificate")
		if err != nil {
			return nil, err
		}
		f, err := inChild(d.times(1000), nil, "new certificate")
		if err != nil {
			return nil, err
		}
		p, err := inChild(postback.times(1000), nil, filepath.Join(s.binaries, "postback"))
		if err != nil {
			return nil, err
		}
		h, err := inChild(atStripe, nil, "signature")
		if err != nil {
			return nil, err
		}
		if round > 0 {
			known, fresh, posted, heard = append(known, k), append(fresh, f), append(posted, p), append(heard, h)
		}
	}
	stripes := fmt.Sprintf("Stripe's webhook of %d bytes heard", len(atStripe.Body))
	what := fmt.Sprintf("webhook of %d bytes heard", len(d.Body))
	return []figure{
		compare(what+", certificate held: time", "postback on loopback", known, posted, wallOf, "us", 0),
		compare(what+", certificate held: CPU", "postback", known, posted, usedOf, "us", webhookTarget),
		compare(what+", certificate held: allocations", "postback", known, posted, allocsOf, "", 0),
		compare(what+", the first with its chain: time", "postback on loopback", fresh, posted, wallOf, "us", 0),
		compare(what+", the first with its chain: CPU", "postback", fresh, posted, usedOf, "us", 0),
		compare(what+", the first with its chain: allocations", "postback", fresh, posted, allocsOf, "", 0),
		compare(stripes+": time", "PayPal's, certificate held", heard, known, wallOf, "us", 0),
		compare(stripes+": CPU", "PayPal's", heard, known, usedOf, "us", 0),
		compare(stripes+": allocations", "PayPal's", heard, known, allocsOf, "", 0),
	}, nil
}

func (d delivery) times(n int) delivery {
	d.Times = n
	return d
}

func wallOf(t taken) float64   { return t.Wall }
func usedOf(t taken) float64   { return t.CPU }
func allocsOf(t taken) float64 { return t.Allocs }

// compare makes a line of two measurements.
func compare(name, with string, ours, reference []taken, of func(taken) float64, unit string, target float64) figure {
	var us, them samples
	for i := range ours {
		us, them = append(us, of(ours[i])), append(them, of(reference[i]))
	}
	return figure{name: name, ours: us.in(unit), reference: with + " " + them.in(unit), ratio: us.over(them), target: target}
}

// judge is a PayPal that has no doubts and no work.
type judge struct{}

func (judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/v1/oauth2/token" {
		fmt.Fprint(w, `{"access_token":"A21AAFEpH4PsADK7qSS7pSRsgzfENtu","token_type":"Bearer","expires_in":31668}`)
		return
	}
	fmt.Fprint(w, `{"verification_status":"SUCCESS"}`)
}

// certificateOf fetches what the simulator signs with.
func certificateOf(s *sim.Simulator) ([]byte, error) {
	got := httptest.NewRecorder()
	s.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/v1/notifications/certs/CERT-1", nil))
	if got.Code != http.StatusOK {
		return nil, fmt.Errorf("the certificate: %d %s", got.Code, got.Body)
	}
	return got.Body.Bytes(), nil
}

// RoundTrip gives the certificate and nothing else: its way is not measured.
func (d delivery) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, errors.New("verified offline, and yet PayPal is asked")
	}
	answer := httptest.NewRecorder()
	answer.Write(d.Certificate)
	return answer.Result(), nil
}

// adapter is the real one, with nothing behind it but the certificate.
func (d delivery) adapter() (*paypal.PayPal, error) {
	return paypal.New(paypal.Config{
		API: d.API, Pages: d.API, ReturnURL: "https://shop.example", CancelURL: "https://shop.example",
		Credentials: func(context.Context, paypal.Credentials) (paypal.Credentials, error) {
			return paypal.Credentials{}, errors.New("nobody is called")
		},
		WebhookID: d.WebhookID, CertCA: d.CA, Transport: d, Now: time.Now,
	})
}

func (d delivery) hear(p *paypal.PayPal) error {
	ring, err := p.Hear(context.Background(), provider.Delivery{Header: d.Header.Get, Body: d.Body})
	if err == nil && !ring.Known {
		err = errors.New("the delivery was not understood")
	}
	return err
}

// knownCertificate verifies with one adapter: the certificate is fetched once.
func knownCertificate(order []byte) (t taken, err error) {
	var d delivery
	if err := json.Unmarshal(order, &d); err != nil {
		return t, err
	}
	p, err := d.adapter()
	if err != nil {
		return t, err
	}
	return repeat(d.Times, func() error { return d.hear(p) })
}

// newCertificate verifies with a new adapter each time, which parses the
// certificate and checks its chain.
func newCertificate(order []byte) (t taken, err error) {
	var d delivery
	if err := json.Unmarshal(order, &d); err != nil {
		return t, err
	}
	return repeat(d.Times, func() error {
		p, err := d.adapter()
		if err != nil {
			return err
		}
		return d.hear(p)
	})
}
