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

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// What the files of events/ stand on; events/README.md documents it. These stand
// in the open, so they are good for one's own machine and nowhere else.
const (
	Stack            = "tests"
	StorefrontOrigin = "https://shop.example"
	WebhookID        = "WHOFTHETESTS"
	clientID         = "client-of-the-tests"
	clientSecret     = "secret-of-the-tests"
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
	paypals           []*sim.Simulator
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
	secret, err := json.Marshal(map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": clientSecret,
		"token_secrets": tokenSecrets, "quote_secrets": quoteSecrets,
		"customer_secrets": customerSecrets, "customer_key": customerKey,
	})
	if err != nil {
		return nil, err
	}
	if c.DynamoDB, err = c.Serve(httputil.NewSingleHostReverseProxy(table), nil); err != nil {
		return nil, err
	}
	if c.Secrets, err = c.Serve(NewSecrets(secretARN, string(secret)), nil); err != nil {
		return nil, err
	}
	return c, nil
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

// ServePayPal serves a simulated PayPal with the credentials and the webhook of the
// events, which rings at an address of this machine. Its certificate is one that
// PAYPAL_CA, given too, has to name.
func (c *Containers) ServePayPal(rings string) (address string, ca []byte, err error) {
	paypal := sim.New(sim.Config{
		Seed: time.Now().UnixNano(), ClientID: clientID, ClientSecret: clientSecret,
		Webhook: sim.Webhook{URL: rings, ID: WebhookID, Auto: true},
	})
	authority, err := NewCA()
	if err != nil {
		return "", nil, err
	}
	if address, err = c.Serve(paypal, authority); err != nil {
		return "", nil, err
	}
	c.paypals = append(c.paypals, paypal)
	paypal.SetPublicURL(address)
	return address, append(authority.PEM, paypal.CA()...), nil
}

// Environment is what a function is configured with that has this table and this
// PayPal, whose CA is in PEM. AWS's own variables are SAM CLI's to set.
func (c *Containers) Environment(table, paypal string, ca []byte) map[string]string {
	return map[string]string{
		"TABLE_NAME": table, "SECRET_ARN": secretARN, "STACK_NAME": Stack,
		"STOREFRONT_ORIGIN": StorefrontOrigin, "RETURN_PATH": "/", "BRAND": "Harbour Goods",
		"PAYPAL_API": paypal, "PAYPAL_PAGES": paypal, "PAYPAL_CA": string(ca), "PAYPAL_WEBHOOK_ID": WebhookID,
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
	for _, paypal := range c.paypals {
		paypal.Close()
	}
}
