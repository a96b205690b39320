package setup

import (
	"encoding/pem"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// outside is all that a function calls: DynamoDB with an empty table, Secrets
// Manager, and PayPal over TLS with a CA of its own. It notes every call.
type outside struct {
	t           *testing.T
	aws, payPal *httptest.Server

	mu    sync.Mutex
	calls map[string]int
}

func newOutside(t *testing.T) *outside {
	o := &outside{t: t, calls: map[string]int{}}
	o.aws, o.payPal = httptest.NewServer(http.HandlerFunc(o.serveAWS)), httptest.NewUnstartedServer(http.HandlerFunc(o.servePayPal))
	o.payPal.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // a handshake that is refused is what a test is after
	o.payPal.StartTLS()
	t.Cleanup(o.aws.Close)
	t.Cleanup(o.payPal.Close)
	return o
}

func (o *outside) note(call string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[call]++
}

func (o *outside) count(call string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls[call]
}

func (o *outside) serveAWS(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	o.note(target)
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=AKID/") || r.Header.Get("X-Amz-Security-Token") != "CANARY-session" {
		o.t.Errorf("%s is signed with %q", target, r.Header.Get("Authorization"))
	}
	if target == "secretsmanager.GetSecretValue" {
		io.WriteString(w, secretValue(o.t, textOf(o.t, goodSecret())))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	io.WriteString(w, "{}")
}

func (o *outside) servePayPal(w http.ResponseWriter, r *http.Request) {
	o.note("PayPal " + r.URL.Path)
	if id, secret, _ := r.BasicAuth(); id != "client" || secret != canaryClient {
		o.t.Errorf("PayPal was called with other credentials")
	}
	io.WriteString(w, `{"access_token":"CANARY-token","expires_in":31668}`)
}

// env is the environment of a function; without are names it lacks.
func (o *outside) env(without ...string) func(string) string {
	env := good()
	maps.Copy(env, goodCloud())
	env["AWS_ENDPOINT_URL_DYNAMODB"], env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = o.aws.URL, o.aws.URL
	env["PAYPAL_API"], env["PAYPAL_PAGES"] = o.payPal.URL, o.payPal.URL
	env["PAYPAL_CA"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.payPal.Certificate().Raw}))
	for _, name := range without {
		delete(env, name)
	}
	return lookupIn(env)
}

// waits until a call was made so often.
func (o *outside) waits(call string, times int) {
	o.t.Helper()
	for o.count(call) < times {
		select {
		case <-o.t.Context().Done():
			o.t.Fatalf("%s was made %d times, want %d", call, o.count(call), times)
		case <-time.After(time.Millisecond):
		}
	}
}

const (
	getItem, getSecret, getToken = "DynamoDB_20120810.GetItem", "secretsmanager.GetSecretValue", "PayPal /v1/oauth2/token"

	nobody = "sc0000000000000000000000000o"
)

// asked is a payment that is not there, asked for with a token that is none.
func asked() events.APIGatewayV2HTTPRequest {
	return events.APIGatewayV2HTTPRequest{PathParameters: map[string]string{"id": nobody}, Headers: map[string]string{"checkout-token": strings.Repeat("x", 43)}}
}

// TestTableHandlersOpenNoSecret: without SECRET_ARN they serve from the table and
// call nobody else.
func TestTableHandlersOpenNoSecret(t *testing.T) {
	o := newOutside(t)
	h, err := open(o.env("SECRET_ARN"), table)
	if err != nil {
		t.Fatal(err)
	}
	var merchant ForTable = h
	got, err := merchant.MerchantPayments()(t.Context(), asked())
	if err != nil || got.StatusCode != http.StatusNotFound || o.count(getItem) != 1 {
		t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
	}
	// What is not theirs says so instead of falling over.
	if got, err := h.GetPayment()(t.Context(), asked()); err != nil || got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
	}
	if o.count(getSecret) != 0 || o.count(getToken) != 0 {
		t.Errorf("the calls were %v", o.calls)
	}
}

// TestTokenHandlersCallNoProvider: they read the secret in the background, once, and
// leave PayPal alone.
func TestTokenHandlersCallNoProvider(t *testing.T) {
	o := newOutside(t)
	h, err := open(o.env(), tokens)
	if err != nil {
		t.Fatal(err)
	}
	o.waits(getSecret, 1)
	var buyer ForToken = h
	if got, err := buyer.GetPayment()(t.Context(), asked()); err != nil || got.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s, %v", got.StatusCode, got.Body, err)
	}
	if n := o.count(getSecret); n > 2 || o.count(getToken) != 0 { // the second is the wrong token's
		t.Errorf("the calls were %v", o.calls)
	}
}

// TestHandlersFetchTheTokenEarly: secret and token are there before anybody asks,
// over TLS that only PAYPAL_CA vouches for.
func TestHandlersFetchTheTokenEarly(t *testing.T) {
	o := newOutside(t)
	h, err := open(o.env(), everything)
	if err != nil {
		t.Fatal(err)
	}
	o.waits(getToken, 1)
	for range 3 {
		if _, err := h.Checkout.Token(t.Context(), nobody); err != nil {
			t.Error(err)
		}
	}
	if o.count(getSecret) != 1 || o.count(getToken) != 1 {
		t.Errorf("the calls were %v", o.calls)
	}
}

// TestPayPalWithoutItsCA is not believed.
func TestPayPalWithoutItsCA(t *testing.T) {
	o := newOutside(t)
	h, err := open(o.env("PAYPAL_CA"), everything)
	if err != nil {
		t.Fatal(err)
	}
	err = h.Checkout.Providers[0].(warmer).Warm(t.Context())
	if err == nil || !strings.Contains(err.Error(), "certificate") || o.count(getToken) != 0 {
		t.Errorf("%v; the calls were %v", err, o.calls)
	}
}

// TestTheCAIsPayPalsAlone: AWS is called through a transport that does not know it.
func TestTheCAIsPayPalsAlone(t *testing.T) {
	o := newOutside(t)
	web := Transport()
	for ca, same := range map[string]bool{"": true, o.env()("PAYPAL_CA"): false} {
		own, err := trusting(web, []byte(ca))
		if err != nil || (own == web) != same || web.TLSClientConfig.RootCAs != nil {
			t.Errorf("the same transport: %t, want %t, %v", own == web, same, err)
		}
		if !own.ForceAttemptHTTP2 || own.TLSClientConfig.ClientSessionCache == nil {
			t.Error("the transport lost what makes it fast")
		}
	}
}
