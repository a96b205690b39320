package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// secretDesk is a Secrets Manager with one secret, which its owner changes.
type secretDesk struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	secret map[string]string
	down   bool
	reads  int
}

const secretARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf"

func newSecretDesk(t *testing.T) *secretDesk {
	d := &secretDesk{t: t, secret: map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": clientSecret, "token_secrets": firstSecret, "quote_secrets": quoteSecret,
	}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *secretDesk) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.down {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type":"AccessDeniedException","Message":"no"}`)
		return
	}
	text, err := json.Marshal(d.secret)
	if err == nil {
		err = json.NewEncoder(w).Encode(map[string]string{"SecretString": string(text)})
	}
	if err != nil {
		d.t.Error(err)
	}
}

func (d *secretDesk) change(parts map[string]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.Copy(d.secret, parts)
}

func (d *secretDesk) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

func (d *secretDesk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads
}

// world reads its secrets here; from is the process before it, or nil.
func (d *secretDesk) world(from *world) *world {
	return newWorld(d.t, plan{from: from, source: d.source})
}

// source is one container's, as a deployed function has it.
func (d *secretDesk) source(w *world) setup.SecretSource {
	d.t.Helper()
	cloud, err := setup.ReadCloud(func(name string) string {
		return map[string]string{
			"TABLE_NAME": "-", "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "CANARY-key", "AWS_SESSION_TOKEN": "CANARY-session",
			"SECRET_ARN": secretARN, "AWS_ENDPOINT_URL_SECRETS_MANAGER": d.URL,
		}[name]
	}, true)
	w.must(err)
	transport := setup.Transport()
	d.t.Cleanup(transport.CloseIdleConnections)
	return setup.SecretsManager(cloud, transport, w.clock.Now, setup.Logger(w.log))
}

// revoke makes a new client secret the only one that PayPal knows.
func (w *world) revoke(newer string) {
	w.paypal.SetCredentials(clientID, newer)
	w.paypal.RevokeTokens()
}

// TestClientSecretRotatesMidway: the old one is revoked while a buyer approves. The
// purchase goes on with the new one, without a restart and without a second charge.
func TestClientSecretRotatesMidway(t *testing.T) {
	desk := newSecretDesk(t)
	w := desk.world(nil)
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	const newer = "the-new-secret-of-the-tests"
	desk.change(map[string]string{"paypal_client_secret": newer})
	w.revoke(newer)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	if n := desk.count(); n != 2 {
		t.Errorf("the secret was read %d times, want 2", n)
	}
	if got := b.audit(false); got != payment.StatusCaptured {
		t.Errorf("in the end it is %s", got)
	}
	if said := w.log.String(); strings.Contains(said, clientSecret) || strings.Contains(said, newer) {
		t.Error("a secret is in the log")
	}
}

// TestClientSecretRevokedTooEarly: PayPal refuses before the secret was changed. The
// secret is read again once in ten seconds and no more often; nothing is lost, and
// the purchase goes on as soon as the new one is there.
func TestClientSecretRevokedTooEarly(t *testing.T) {
	desk := newSecretDesk(t)
	w := desk.world(nil)
	b := w.buyer()
	b.open()
	b.approve(sim.Balance)
	const newer = "the-new-secret-of-the-tests"
	w.revoke(newer)
	before := desk.count()
	for range 5 {
		if r := b.capture(); r.Paid {
			t.Fatal("paid by nobody")
		}
	}
	if n := desk.count() - before; n != 1 {
		t.Errorf("the secret was read %d times, want once", n)
	}
	desk.change(map[string]string{"paypal_client_secret": newer})
	w.clock.Move(10 * time.Second)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")
	b.audit(false)
}

// TestTokenSecretRotatesUnderTwoInstances: one has read the new secret and signs with
// it, the other has not; both let the buyer in.
func TestTokenSecretRotatesUnderTwoInstances(t *testing.T) {
	desk := newSecretDesk(t)
	w := desk.world(nil)
	b := w.buyer()
	b.open()
	desk.change(map[string]string{"token_secrets": secondSecret + "," + firstSecret})
	config := w.handlers.Checkout.Config
	config.Secrets = checkoutSource(desk.source(w))
	fresh, err := checkout.New(config)
	w.must(err)
	newer, err := fresh.Token(t.Context(), b.id)
	w.must(err)
	if newer == b.token {
		t.Fatal("the old secret still signs")
	}
	if _, err := fresh.Get(t.Context(), b.id, b.token); err != nil {
		t.Errorf("the new instance does not take the old token: %v", err)
	}
	b.token = newer
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
}

// checkoutSource is a source as the use cases ask it.
func checkoutSource(from setup.SecretSource) checkout.SecretSource {
	return func(ctx context.Context, _ *checkout.Secrets) (*checkout.Secrets, error) {
		held, err := from(ctx, nil)
		if err != nil {
			return nil, err
		}
		return &held.Checkout, nil
	}
}

// TestFloodOfWrongTokens costs one reading in ten seconds, and those who hold a good
// token are served all the while.
func TestFloodOfWrongTokens(t *testing.T) {
	desk := newSecretDesk(t)
	w := desk.world(nil)
	b := w.buyer()
	b.open()
	before := desk.count()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				token := fmt.Sprintf("%043d", i*50+n)
				if got := w.call(http.MethodGet, "/payments/"+b.id, "", map[string]string{"Checkout-Token": token}); got.code != http.StatusNotFound {
					t.Errorf("a wrong token: %d", got.code)
				}
			}
		})
	}
	all.Wait()
	if n := desk.count() - before; n != 1 {
		t.Errorf("400 wrong tokens read the secret %d times, want once", n)
	}
	b.wants(b.look(), http.StatusOK, payment.StatusAwaitingApproval, "redirect")
}

// TestSecretsManagerDown: what was read once goes on serving, all day; a function
// that has read nothing yet says try again, and does once it can.
func TestSecretsManagerDown(t *testing.T) {
	desk := newSecretDesk(t)
	w := desk.world(nil)
	b := w.buyer()
	b.open()
	desk.setDown(true)
	w.clock.Move(50 * time.Minute)
	b.approve(sim.Balance)
	b.wants(b.capture(), http.StatusOK, payment.StatusCaptured, "none")

	fresh := desk.world(w)
	b.w = fresh
	if r := b.look(); r.code != http.StatusServiceUnavailable || r.problem != "unavailable" || r.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", r.code, r.text)
	}
	if said := fresh.log.String(); !strings.Contains(said, "shop-AbCdEf") || !strings.Contains(said, "AccessDeniedException") || strings.Contains(said, "123456789012") {
		t.Errorf("the log does not say which secret, or says too much: %s", said)
	}
	desk.setDown(false)
	fresh.clock.Move(time.Second)
	b.wants(b.look(), http.StatusOK, payment.StatusCaptured, "none")
	b.audit(false)
}
