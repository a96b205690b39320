package cloud

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// What the files of events/ stand on; events/README.md documents it. These stand
// in the open, so they are good for one's own machine and nowhere else.
const (
	Stack            = "tests"
	StorefrontOrigin = "https://shop.example"
	WebhookID        = "WHOFTHETESTS"
	clientID         = "client-of-the-tests"
	clientSecret     = "secret-of-the-tests"
	stripeKey        = "sk_test_of_the_tests"
	StripeSigning    = "whsec_of_the_tests"
	tokenSecrets     = "the-first-secret-of-thirty-two-bytes-or-more"
	quoteSecrets     = "the-quote-secret-of-thirty-two-bytes-or-more"
	customerSecrets  = "the-customer-secret-of-thirty-two-bytes-or-more"
	customerKey      = "the-customer-key-of-thirty-two-bytes-or-more"
	secretARN        = "arn:aws:secretsmanager:us-east-1:000000000000:secret:checkout-AbCdEf"
)

// Containers is what functions in containers find outside themselves, served where
// they reach it and no other machine does.
type Containers struct {
	DynamoDB, Secrets string // as a container calls them
	listen, host      string // see Bridge
	doors             []*Door
	simulators        []interface{ Close() }
}

// Providers are the simulated ones.
type Providers struct {
	PayPal, Stripe string // as a container calls them
	CA             []byte // in PEM; PAYPAL_CA has to name it, which is for both
}

// ServeContainers passes on to a DynamoDB Local of this machine, and stands in for
// Secrets Manager.
func ServeContainers(dynamoDB string) (_ *Containers, err error) {
	c := &Containers{}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if c.listen, c.host, err = Bridge(); err != nil {
		return nil, err
	}
	table, err := url.Parse(dynamoDB)
	if err != nil {
		return nil, err
	}
	secret, err := Secret()
	if err != nil {
		return nil, err
	}
	if c.DynamoDB, err = c.Serve(httputil.NewSingleHostReverseProxy(table), nil); err != nil {
		return nil, err
	}
	if c.Secrets, err = c.Serve(NewSecrets(secretARN, secret), nil); err != nil {
		return nil, err
	}
	return c, nil
}

// Secret is what a function finds in Secrets Manager.
func Secret() (string, error) {
	text, err := json.Marshal(map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": clientSecret,
		"stripe_key": stripeKey, "stripe_signing": StripeSigning,
		"token_secrets": tokenSecrets, "quote_secrets": quoteSecrets,
		"customer_secrets": customerSecrets, "customer_key": customerKey,
	})
	return string(text), err
}

// Serve serves h on a free port and gives its address as a container calls it;
// over TLS where a CA is given.
func (c *Containers) Serve(h http.Handler, ca *CA) (address string, err error) {
	door, err := Open(net.JoinHostPort(c.listen, "0"), h, ca, c.host)
	if err != nil {
		return "", err
	}
	c.doors = append(c.doors, door)
	return strings.Replace(door.URL, c.listen, c.host, 1), nil
}

// ServeProviders serves a simulated PayPal and a simulated Stripe with the credentials
// and the webhooks of the events, which ring at an API of this machine such as
// http://127.0.0.1:3000.
func (c *Containers) ServeProviders(api string) (p Providers, err error) {
	seed := time.Now().UnixNano()
	wallet := paypal.New(paypal.Config{
		Seed: seed, ClientID: clientID, ClientSecret: clientSecret,
		Webhook: paypal.Webhook{URL: api + "/webhooks/paypal", ID: WebhookID, Auto: true},
	})
	cards := stripe.New(stripe.Config{
		Seed: seed, Key: stripeKey,
		Webhook: stripe.Webhook{URL: api + "/webhooks/stripe", Secrets: []string{StripeSigning}, Auto: true},
	})
	c.simulators = append(c.simulators, wallet, cards)
	ca, err := NewCA()
	if err != nil {
		return p, err
	}
	if p.PayPal, err = c.Serve(wallet, ca); err != nil {
		return p, err
	}
	if p.Stripe, err = c.Serve(cards, ca); err != nil {
		return p, err
	}
	wallet.SetPublicURL(p.PayPal)
	cards.SetPublicURL(p.Stripe)
	p.CA = append(ca.PEM, wallet.CA()...)
	return p, nil
}

// Environment is what a function is configured with that has this table and these
// providers. AWS's own variables are SAM CLI's to set.
func (c *Containers) Environment(table string, p Providers) map[string]string {
	return map[string]string{
		"TABLE_NAME": table, "SECRET_ARN": secretARN, "STACK_NAME": Stack,
		"STOREFRONT_ORIGIN": StorefrontOrigin, "RETURN_PATH": "/", "BRAND": "Harbour Goods",
		"PROVIDERS": "paypal stripe", "MERCHANT_COUNTRY": "DE",
		"PAYPAL_API": p.PayPal, "PAYPAL_PAGES": p.PayPal, "PAYPAL_CA": string(p.CA), "PAYPAL_WEBHOOK_ID": WebhookID,
		"STRIPE_API": p.Stripe, "STRIPE_PAGES": p.Stripe,
		"AWS_ENDPOINT_URL_DYNAMODB": c.DynamoDB, "AWS_ENDPOINT_URL_SECRETS_MANAGER": c.Secrets,
	}
}

// WriteEnvironment writes the file that --env-vars of `sam local` takes, for all
// functions alike.
func WriteEnvironment(file string, environment map[string]string) error {
	text, err := json.MarshalIndent(map[string]any{"Parameters": environment}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// Close ends every connection.
func (c *Containers) Close() {
	for _, door := range c.doors {
		door.Close()
	}
	for _, simulator := range c.simulators {
		simulator.Close()
	}
}
