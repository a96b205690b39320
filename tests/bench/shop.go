package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// shop is everything around the binaries: what they call, their environment, and
// the requests of its buyers.
type shop struct {
	root     string // of the project
	binaries string // folder they were built into
	up       *upstreams
	paypal   *sim.Simulator
	stripe   *stripesim.Simulator
	rows     *table
	rung     []*http.Request    // deliveries of a provider, oldest first
	env      map[string]string  // of everybody
	deployed map[string]string  // and of our functions, as template.yaml has it
	tills    []*runtime.Process // kept open to make payments
}

const (
	secretARN = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench-AbCdEf"
	webhookID = "WHOFTHEBENCH"
	clientID  = "client-of-the-bench"
	clientKey = "secret-of-the-bench"
	stripeKey = "sk_test_of_the_bench"
	signing   = "whsec_of_the_bench"
	tokenKey  = "a-token-secret-of-thirty-two-bytes-or-more"

	customerSecret = "a-customer-secret-of-thirty-two-bytes-or-more"
	customerKey    = "a-customer-key-of-thirty-two-bytes-or-more"
)

// openShop opens the upstreams and puts the prices in force, through the
// price-list function itself.
func openShop(root, binaries string) (*shop, error) {
	c, err := newChain()
	if err != nil {
		return nil, err
	}
	s := &shop{root: root, binaries: binaries, up: &upstreams{}, rows: &table{items: map[string]attributes{}}}
	s.paypal = sim.New(sim.Config{
		ClientID: clientID, ClientSecret: clientKey,
		Webhook: sim.Webhook{URL: "https://api.shop.example/webhooks/paypal", ID: webhookID, Client: &http.Client{Transport: postbox{s}}},
	})
	s.stripe = stripesim.New(stripesim.Config{
		Key: stripeKey, Webhook: stripesim.Webhook{
			URL: "https://api.shop.example/webhooks/stripe", Secrets: []string{signing}, Client: &http.Client{Transport: postbox{s}},
		},
	})
	secret, err := json.Marshal(map[string]string{
		"paypal_client_id": clientID, "paypal_client_secret": clientKey, "token_secrets": tokenKey,
		"stripe_key": stripeKey, "stripe_signing": signing,
		"customer_secrets": customerSecret, "customer_key": customerKey,
	})
	if err != nil {
		return nil, err
	}
	if s.up.table, err = s.up.serve(c, s.rows, false); err != nil {
		return nil, err
	}
	if s.up.secret, err = s.up.serve(c, cloud.NewSecrets(secretARN, string(secret)), false); err != nil {
		return nil, err
	}
	if s.up.paypal, err = s.up.serve(c, s.paypal, true); err != nil {
		return nil, err
	}
	if s.up.stripe, err = s.up.serve(c, s.stripe, true); err != nil {
		return nil, err
	}
	s.paypal.SetPublicURL(s.up.paypal.origin)
	s.stripe.SetPublicURL(s.up.stripe.origin)
	if s.env, err = s.environment(c); err != nil {
		return nil, err
	}
	if s.deployed, err = asDeployed(root); err != nil {
		return nil, err
	}
	return s, s.fill()
}

// postbox keeps what a provider delivers.
type postbox struct{ of *shop }

func (p postbox) RoundTrip(r *http.Request) (*http.Response, error) {
	p.of.rung = append(p.of.rung, r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// environment has the upstreams in place of the real ones, and the roots of this
// machine with that of the upstreams among them.
func (s *shop) environment(c chain) (map[string]string, error) {
	system, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return nil, fmt.Errorf("the machine's roots are needed (Debian: ca-certificates): %w", err)
	}
	roots := filepath.Join(s.binaries, "roots")
	if err := os.MkdirAll(roots, 0o700); err != nil {
		return nil, err
	}
	bundle, small := filepath.Join(roots, "ca-bundle.crt"), filepath.Join(s.binaries, "one-root.crt")
	if err := os.WriteFile(bundle, append(system, c.root...), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(small, c.root, 0o600); err != nil {
		return nil, err
	}
	return map[string]string{
		"TABLE_NAME": "bench", "STACK_NAME": "bench", "SECRET_ARN": secretARN,
		"STOREFRONT_ORIGIN": "https://shop.example", "RETURN_PATH": "/", "BRAND": "Harbour Goods",
		"PROVIDERS":  "paypal,stripe",
		"PAYPAL_API": s.up.paypal.origin, "PAYPAL_PAGES": s.up.paypal.origin,
		"STRIPE_API": s.up.stripe.origin, "STRIPE_PAGES": s.up.stripe.origin,
		"PAYPAL_WEBHOOK_ID":         webhookID,
		"AWS_ENDPOINT_URL_DYNAMODB": s.up.table.origin, "AWS_ENDPOINT_URL_SECRETS_MANAGER": s.up.secret.origin,
		"SSL_CERT_FILE": bundle,
	}, nil
}

// asDeployed is what template.yaml sets for every function and needs nobody to
// fill in: how Go finds its roots, collects its garbage and counts its processors.
func asDeployed(root string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		return nil, err
	}
	var template struct {
		Globals struct {
			Function struct {
				Environment struct {
					Variables map[string]yaml.Node `yaml:"Variables"`
				} `yaml:"Environment"`
			} `yaml:"Function"`
		} `yaml:"Globals"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return nil, err
	}
	set := map[string]string{}
	for name, value := range template.Globals.Function.Environment.Variables {
		if value.Kind == yaml.ScalarNode && value.Tag == "!!str" && value.Value != "" {
			set[name] = value.Value
		}
	}
	if len(set) == 0 {
		return nil, errors.New("template.yaml sets no variable that is the same for every shop")
	}
	return set, nil
}

// plainly is the environment of who has set nothing: on Amazon Linux 2023 the
// bundle of roots stands in a file that Go reads, and once more in a folder of two
// names, which Go reads as well.
func (s *shop) plainly() map[string]string {
	folder := filepath.Join(s.binaries, "roots")
	return map[string]string{"SSL_CERT_DIR": folder + ":" + folder}
}

// oneRoot leaves the system's roots out.
func (s *shop) oneRoot() map[string]string {
	return map[string]string{"SSL_CERT_FILE": filepath.Join(s.binaries, "one-root.crt"), "SSL_CERT_DIR": "/none"}
}

// start runs a function of ours, or one it is compared with: all in the environment
// of the deployment, and the naive build in one where nobody has thought of it.
func (s *shop) start(name string, more ...map[string]string) (*runtime.Process, error) {
	env := maps.Clone(s.env)
	maps.Copy(env, s.deployed)
	if name == "naive" {
		env = maps.Clone(s.env)
		maps.Copy(env, s.plainly())
	}
	for _, m := range more {
		maps.Copy(env, m)
	}
	return runtime.Start(runtime.Function{Name: name, Binary: filepath.Join(s.binaries, name), Env: env})
}

// fill puts the prices into the table, ours and those of the naive build.
func (s *shop) fill() error {
	prices, err := os.ReadFile(filepath.Join(s.root, "tests", "testdata", "prices.json"))
	if err != nil {
		return err
	}
	event, err := s.event("price-list/put.json")
	if err != nil {
		return err
	}
	event["body"], event["isBase64Encoded"] = string(prices), false
	p, err := s.start("price-list")
	if err != nil {
		return err
	}
	defer p.Kill()
	if _, err := invoke(p, event.json(), http.StatusOK); err != nil {
		return fmt.Errorf("the prices could not be put: %w", err)
	}
	s.rows.put(map[string]string{"pk": "naive-prices", "sk": "current", "upload": "1"})
	s.rows.put(map[string]string{"pk": "naive-prices#1", "sk": "BOOK", "EUR": "1250"})
	return nil
}

func (s *shop) close() {
	for _, till := range s.tills {
		till.Kill()
	}
	s.up.close()
	s.paypal.Close()
	s.stripe.Close()
}

// event is an event of API Gateway, as the files of events/ have it.
type event map[string]any

func (s *shop) event(file string) (event, error) {
	text, err := os.ReadFile(filepath.Join(s.root, "events", file))
	if err != nil {
		return nil, err
	}
	var e event
	return e, json.Unmarshal(text, &e)
}

// header puts a header in place of the one of that name, however it is written.
func (e event) header(name, value string) {
	headers := e["headers"].(map[string]any)
	for old := range headers {
		if strings.EqualFold(old, name) {
			delete(headers, old)
		}
	}
	headers[name] = value
}

func (e event) json() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return text
}

// at puts another payment's id in place of the one in the path.
func (e event) at(p paid) {
	old := e["pathParameters"].(map[string]any)["id"].(string)
	e["pathParameters"].(map[string]any)["id"] = p.id
	e["rawPath"] = strings.ReplaceAll(e["rawPath"].(string), old, p.id)
	e.header("checkout-token", p.token)
}

// keep starts a process that stays until the shop closes.
func (s *shop) keep(name string, env map[string]string) (*runtime.Process, error) {
	p, err := s.start(name, env)
	if err == nil {
		s.tills = append(s.tills, p)
	}
	return p, err
}
