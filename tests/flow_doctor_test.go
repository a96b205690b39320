package tests

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/local/doctor"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/stripe"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// examined is the world as the doctor is shown it.
func (w *world) examined() doctor.Shop {
	c := w.handlers.Checkout
	return doctor.Shop{
		Providers: c.Providers, Methods: c.Methods, Missing: c.Missing, API: w.api.URL, Public: w.api.URL,
		Send: func(r *http.Request) (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) },
	}
}

// found are the rows of a provider that are not as good as they could be, and the codes
// of all of them.
func found(rows []doctor.Row, of string) (unwell []doctor.Row, codes string) {
	for _, r := range rows {
		if r.Of == of {
			codes += r.What + ": " + r.Code + "\n"
			if r.State != provider.Good {
				unwell = append(unwell, r)
			}
		}
	}
	return unwell, codes
}

// TestDoctorOfBothProviders: the shop of the tests is set up right, as far as it can be
// asked, and asking has written nothing.
func TestDoctorOfBothProviders(t *testing.T) {
	w := newStripeWorld(t, plan{})
	before := w.table.Counts()
	rows := doctor.Providers(t.Context(), w.examined())
	unwell, codes := found(rows, "stripe")
	for _, want := range []string{
		"credentials: credentials_accepted", "account: account_named", "permissions: permission_granted", "webhook: webhook_right", "event types: webhook_right",
		"ways to pay: method_on", "test delivery, here: delivery_taken", "test delivery, sent: delivery_taken",
	} {
		if !strings.Contains(codes, want+"\n") {
			t.Errorf("Stripe: %s is missing", want)
		}
	}
	if len(unwell) > 0 {
		t.Errorf("%+v", unwell)
	}
	unwell, codes = found(rows, "paypal")
	if len(unwell) != 1 || unwell[0].Code != "method_untold" || !strings.Contains(codes, "test delivery, sent: delivery_refused\n") {
		t.Errorf("%+v\n%s", unwell, codes)
	}
	if doctor.Wrong(rows) || w.table.Counts().Writes != before.Writes {
		t.Errorf("%d writes, %+v", w.table.Counts().Writes-before.Writes, rows)
	}
}

// TestDoctorOfAProviderWithoutItsSecret: it is not asked, and nobody rings for it.
func TestDoctorOfAProviderWithoutItsSecret(t *testing.T) {
	w := newStripeWorld(t, plan{source: func(w *world) setup.SecretSource {
		text := `{"paypal_client_id":"` + clientID + `","paypal_client_secret":"` + clientSecret + `","token_secrets":"` + firstSecret + `"}`
		secrets, err := setup.ReadSecrets([]byte(text))
		w.must(err)
		return setup.Constant(*secrets)
	}})
	calls := len(w.stripe.Calls())
	unwell, _ := found(doctor.Providers(t.Context(), w.examined()), "stripe")
	if len(unwell) != 1 || unwell[0].Code != "secret_missing" || !strings.Contains(unwell[0].Is, "stripe_key") || len(w.stripe.Calls()) != calls {
		t.Errorf("%+v, %d calls", unwell, len(w.stripe.Calls())-calls)
	}
}

// TestDoctorFindsAnotherSigningSecret: the API has another secret than is examined here.
func TestDoctorFindsAnotherSigningSecret(t *testing.T) {
	w := newStripeWorld(t, plan{})
	shop := w.examined()
	door := httptest.NewServer(w.stripe)
	defer door.Close()
	other, err := stripe.New(stripe.Config{
		API: door.URL, Pages: door.URL, ReturnURL: "https://shop.example/", CancelURL: "https://shop.example/", Transport: w.wire, Now: w.clock.Now,
		Credentials: func(context.Context, stripe.Credentials) (stripe.Credentials, error) {
			return stripe.Credentials{Key: stripeKey, Signing: "whsec_of_another_endpoint"}, nil
		},
	})
	w.must(err)
	shop.Providers = []provider.Provider{other}
	unwell, _ := found(doctor.Providers(t.Context(), shop), "stripe")
	if len(unwell) != 1 || unwell[0].Code != "delivery_mistaken" || unwell[0].What != "test delivery, sent" || unwell[0].Do == "" {
		t.Errorf("%+v", unwell)
	}
}
