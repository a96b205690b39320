// Package paypal is all that is known of PayPal: Orders v2 and Payments v2 in
// our own types, spoken through github.com/plutov/paypal/v4, whose client, OAuth
// token and SendWithAuth are used and nothing else. Its typed calls lack
// payment_source, race on a shared flag and lose what a failed answer said.
//
// Rules are taken from PayPal's OpenAPI (checkout_orders_v2 v2.13,
// payments_payment_v2 v2.5, notifications_webhooks_v1 v1.11, customer_disputes_v1
// v1.10, reporting_transactions_v1 v1.9) and its developer pages; each is named where it is used.
package paypal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/wire"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
)

// Name is this provider's name in methods, attempts and routes.
const Name = "paypal"

// Hosts of the REST API and of the pages a buyer is sent to.
const (
	LiveAPI      = "https://api-m.paypal.com"
	LivePages    = "https://www.paypal.com"
	SandboxAPI   = "https://api-m.sandbox.paypal.com"
	SandboxPages = "https://www.sandbox.paypal.com"
)

// Config is what the adapter needs. Every field is required unless it says
// otherwise.
type Config struct {
	API   string // origin of the REST API, https except on loopback
	Pages string // origin a buyer may be sent to; another one in an answer is refused

	// Credentials gives those of the REST app that are in force. It is asked before
	// every call, so it holds them. With refused, which PayPal has just refused (the
	// zero value: none), it looks for newer ones and gives back the same where there
	// are none.
	Credentials func(ctx context.Context, refused Credentials) (Credentials, error)

	Brand     string // the shop's name on PayPal's page, 127 characters at most
	ReturnURL string // where the buyer comes back to after approving
	CancelURL string // and after giving up

	// WebhookID is PayPal's id of the webhook that rings here, from its dashboard.
	// It may be empty: then no delivery can be verified, and nothing is lost.
	WebhookID string

	// CertCA is the CA of a simulated PayPal, in PEM; New refuses it with any of
	// PayPal's own hosts. The simulator's certificate lies at
	// API/v1/notifications/certs/NAME (CERT-1, for example), is served as PEM with
	// the leaf first, is signed by this CA, has an RSA key of 2048 bits or more and
	// the subject alternative name messageverificationcerts.sandbox.paypal.com, and
	// is valid at the transmission's time by the clock Now.
	CertCA []byte

	Transport http.RoundTripper // what the calls go through; nil is http.DefaultTransport
	Now       func() time.Time  // nil is time.Now
}

// Credentials are those of a REST app, from PayPal's developer dashboard.
type Credentials struct{ ClientID, Secret string }

// Format prints neither part, whichever the verb: a log is no place for them.
func (Credentials) Format(out fmt.State, _ rune) { io.WriteString(out, "PayPal credentials") }

// PayPal is one account in one environment. It is safe for concurrent use.
type PayPal struct {
	config       Config
	caller       *caller
	certificates *certificates
}

var _ provider.Provider = (*PayPal)(nil)

// New is a client that has not called anyone yet. The token is fetched with the
// first call and kept until it expires or is refused.
func New(c Config) (*PayPal, error) {
	for name, value := range map[string]string{
		"API": c.API, "Pages": c.Pages, "ReturnURL": c.ReturnURL, "CancelURL": c.CancelURL,
	} {
		if value == "" {
			return nil, fmt.Errorf("paypal: %s is missing", name)
		}
	}
	if c.Credentials == nil {
		return nil, errors.New("paypal: Credentials is missing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	api, err := wire.Origin("paypal: API", c.API, LiveAPI)
	if err != nil {
		return nil, err
	}
	if _, err := wire.Origin("paypal: Pages", c.Pages, LivePages); err != nil {
		return nil, err
	}
	if err := checkWebhookID(c); err != nil {
		return nil, err
	}
	p := &PayPal{config: c, caller: newCaller(c, api.Host)}
	if p.certificates, err = newCertificates(c, p.caller.web); err != nil {
		return nil, err
	}
	return p, nil
}

// Warm fetches a token where none is held that is good, so that the next call
// need not. A call that comes meanwhile waits for the same token. Errors are
// *provider.Error, and only worth a note: the next call tries again by itself.
func (p *PayPal) Warm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.caller.timeout)
	defer cancel()
	_, err := p.caller.authorized(ctx, nil)
	return err
}

// isPayPals reports whether an origin is one of PayPal's own hosts, however it is
// written.
func isPayPals(u *url.URL) bool {
	host := "." + strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return strings.HasSuffix(host, ".paypal.com")
}

// Name is "paypal".
func (p *PayPal) Name() string { return Name }

// Window is how long PayPal keeps a PayPal-Request-Id of an order call. A replay
// inside it answers with the latest state of the first call (checkout_orders_v2,
// parameter PayPal-Request-Id; reference/guidelines/idempotency).
func (p *PayPal) Window() time.Duration { return 6 * time.Hour }

// CreateOrder opens an order (POST /v2/checkout/orders). The request id is
// derived from the payment, the attempt and the exact bytes sent. Where PayPal takes
// none of this source but one it captures itself, that one is opened, and the snapshot
// says so.
func (p *PayPal) CreateOrder(ctx context.Context, o provider.Order) (payment.Snapshot, error) {
	snapshot, err := p.createOrder(ctx, o)
	if mustComplete(err) && !o.SelfCompleting {
		o.SelfCompleting = true
		snapshot, err = p.createOrder(ctx, o)
	}
	snapshot.Approve = pageFor(o.Method, snapshot.Approve)
	snapshot.SelfCompleting = snapshot.SelfCompleting || o.SelfCompleting
	return snapshot, err
}

func (p *PayPal) createOrder(ctx context.Context, o provider.Order) (payment.Snapshot, error) {
	body, err := p.orderRequest(o)
	if err != nil {
		return payment.Snapshot{}, err
	}
	digest := sha256.Sum256(body)
	intent := fmt.Sprintf("%s-o%d-%s", o.Payment, o.Attempt, hex.EncodeToString(digest[:8]))
	if err := check(requestID, intent); err != nil {
		return payment.Snapshot{}, err
	}
	answer, err := p.caller.call(ctx, http.MethodPost, "/v2/checkout/orders", intent, body)
	if err != nil {
		return payment.Snapshot{}, err
	}
	return p.whole(ctx, answer, "")
}

// Look asks for an order (GET /v2/checkout/orders/{id}).
func (p *PayPal) Look(ctx context.Context, id string) (payment.Snapshot, error) {
	if err := check(orderID, id); err != nil {
		return payment.Snapshot{}, err
	}
	asked := p.caller.now()
	answer, err := p.caller.call(ctx, http.MethodGet, "/v2/checkout/orders/"+id, "", nil)
	if isNotFound(err) {
		return p.missing(ctx, id, asked, answer.Account)
	}
	if err != nil {
		return payment.Snapshot{}, err
	}
	snapshot, whole, err := p.snapshot(answer, id)
	if err == nil && !whole {
		return payment.Snapshot{}, answer.Unreadable("INCOMPLETE_ORDER", nil)
	}
	return snapshot, err
}

// Capture takes an approved order's money (POST /v2/checkout/orders/{id}/capture).
func (p *PayPal) Capture(ctx context.Context, c provider.Capture) (payment.Snapshot, error) {
	if err := errors.Join(check(orderID, c.Order), check(requestID, c.RequestID)); err != nil {
		return payment.Snapshot{}, err
	}
	answer, err := p.caller.call(ctx, http.MethodPost, "/v2/checkout/orders/"+c.Order+"/capture", c.RequestID, []byte("{}"))
	if err != nil {
		return payment.Snapshot{}, err
	}
	return p.whole(ctx, answer, c.Order)
}

// whole reads an order out of an answer and asks for it again where PayPal has
// left out what we must compare (amount, custom_id): a replay need not honour
// Prefer: return=representation. Whatever becomes of that second question, the
// first call was answered 2xx and is never told as one that did nothing.
func (p *PayPal) whole(ctx context.Context, got *wire.Answer, id string) (payment.Snapshot, error) {
	snapshot, whole, err := p.snapshot(got, id)
	if err != nil || whole {
		return snapshot, err
	}
	looked, err := p.Look(ctx, snapshot.Order)
	if err != nil {
		return payment.Snapshot{}, wire.Doubtful(err)
	}
	if looked.Missing {
		return payment.Snapshot{}, got.Unreadable("INCOMPLETE_ORDER", nil)
	}
	return looked, nil
}

// missing is the answer for an order PayPal does not know. Wrong credentials
// give the same 404, so a control call of the same account has to succeed first
// (GET /v1/notifications/webhooks: any REST app may list its own).
func (p *PayPal) missing(ctx context.Context, id string, asked time.Time, account string) (payment.Snapshot, error) {
	got, err := p.caller.call(ctx, http.MethodGet, "/v1/notifications/webhooks", "", nil)
	if err != nil {
		if provider.ClassOf(err) != provider.MerchantSetup {
			err = wire.Doubtful(err)
		}
		return payment.Snapshot{}, err
	}
	var list struct {
		Webhooks []struct{} `json:"webhooks"`
	}
	if json.Unmarshal(got.Body, &list) != nil || list.Webhooks == nil {
		return payment.Snapshot{}, got.Unreadable("CONTROL_ANSWER", nil)
	}
	if got.Account != account {
		// The credentials became another account's in between.
		return payment.Snapshot{}, got.Unreadable("CONTROL_ANSWER", nil)
	}
	return payment.Snapshot{
		Provider: Name, Account: account, Order: id, At: asked, Missing: true,
	}, nil
}

// orderID is PayPal's own pattern for {id} (checkout_orders_v2). Ids are put
// into paths, so nothing else may ever reach one.
var orderID = shape.Of("A-Z0-9", 1, 36)

// requestID is what PayPal takes for a PayPal-Request-Id (1 to 108 characters)
// and a header can carry. A capture without one could be made twice.
var requestID = shape.Of("A-Za-z0-9-", 1, 108)

func check(form *shape.Shape, id string) error {
	if !form.MatchString(id) {
		return &provider.Error{Class: provider.OurBug, Code: "MALFORMED_ID"}
	}
	return nil
}
