package cloud_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

func TestPayPalOverTLS(t *testing.T) {
	p, err := cloud.ServePayPal(sim.Config{ClientID: "client", ClientSecret: "secret"}, "127.0.0.1:0", "paypal.example")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CA)
	for _, name := range []string{"127.0.0.1", "paypal.example"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		r, err := http.NewRequest(http.MethodPost, p.URL+"/v1/oauth2/token", strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("client", "secret")
		got, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != http.StatusOK || got.ProtoMajor != 2 {
			t.Errorf("%s: %s %s", name, got.Proto, got.Status)
		}
	}
	if strings.Count(string(p.CA), "BEGIN CERTIFICATE") != 2 {
		t.Error("one CA for the connection and one for the webhooks")
	}
}
