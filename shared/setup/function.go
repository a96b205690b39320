package setup

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// Handlers is the whole of what a function's main does before lambda.Start: it
// reads the environment, opens the table and the secret, and builds the service.
// It waits for nobody: secret and token are fetched meanwhile. Its error names every
// fault of the configuration at once.
//
// A function that needs less asks TokenHandlers or TableHandlers, so that it can
// neither start a call that its role may not make nor hold a secret for nothing.
func Handlers() (handler.Handlers, error) { return start(everything) }

// ForToken are the routes that need the table and the secrets of checkout and customer
// tokens, and no provider.
type ForToken interface {
	GetPayment() handler.HTTP
	CustomerPayments() handler.HTTP
}

// TokenHandlers is Handlers for what needs no provider.
func TokenHandlers() (ForToken, error) { return start(tokens) }

// ForTable are the routes that need the table alone.
type ForTable interface {
	PaymentMethods() handler.HTTP
	MerchantPayments() handler.HTTP
	MerchantSettlements() handler.HTTP
	Review() handler.HTTP
	PriceList() handler.HTTP
}

// TableHandlers is Handlers for what needs the table alone: SECRET_ARN may be
// missing, and a role that cannot read it will do.
func TableHandlers() (ForTable, error) { return start(table) }

// need is how much of the outside a function needs; each holds the one before.
type need int

const (
	table need = iota
	tokens
	everything
)

// start opens what a function needs in this process.
func start(n need) (handler.Handlers, error) {
	if err := readOneBundle(bundles, os.Getenv, os.Setenv); err != nil {
		return handler.Handlers{}, err
	}
	return open(os.Getenv, n)
}

// open reads what a function needs and builds it.
func open(lookup func(string) string, n need) (handler.Handlers, error) {
	log := Logger(os.Stderr)
	a, err := assemble(lookup, n, log)
	if err != nil {
		return handler.Handlers{}, err
	}
	h, web, provider, secrets := a.handlers, a.web, a.toProvider, a.secrets
	warm := &warmUp{secrets: secrets, idle: []*http.Transport{web, provider}, now: SystemClock{}.Now, log: log}
	early := connectAhead(web, warm.now)
	warm.connect = func() { early.begin(a.cloud.tableOrigin()) }
	if n == everything {
		warm.providers = h.Checkout.Providers
		toProvider := early
		if provider != web {
			toProvider = connectAhead(provider, warm.now)
		}
		warm.connect = func() {
			early.begin(a.cloud.tableOrigin())
			for _, origin := range a.config.origins() {
				toProvider.begin(origin)
			}
		}
	}
	h.Begin = warm.begin
	warm.start()
	return h, nil
}

// assembly is a service and what it stands on.
type assembly struct {
	config          Config
	cloud           Cloud
	handlers        handler.Handlers
	secrets         SecretSource
	web, toProvider *http.Transport // the same one, but where a provider is simulated
}

// assemble reads what a function needs and puts it together. Nobody is called yet.
func assemble(lookup func(string) string, n need, log *slog.Logger) (a assembly, err error) {
	var faults, cloudFaults error
	a.config, faults = Read(lookup)
	a.cloud, cloudFaults = ReadCloud(lookup, n >= tokens)
	if err := errors.Join(faults, cloudFaults); err != nil {
		return a, err
	}
	a.web = Transport()
	items, err := openTable(a.cloud, a.web)
	if err != nil {
		return a, err
	}
	if a.toProvider, err = trusting(a.web, a.config.PayPalCA); err != nil {
		return a, err
	}
	a.secrets = closed
	if n >= tokens {
		a.secrets = SecretsManager(a.cloud, a.web, SystemClock{}.Now, log)
	}
	a.handlers, err = Build(a.config, Parts{
		Store: items, Secrets: a.secrets, Clock: SystemClock{}, WriteID: WriteID, Transport: a.toProvider, Log: log,
	})
	return a, err
}

// Open builds what a deployed function would, over another's environment: for whoever
// examines a deployment from outside. Nothing is fetched ahead, and nobody is called yet.
// Its error names every fault of the configuration at once.
func Open(lookup func(string) string, log io.Writer) (handler.Handlers, error) {
	a, err := assemble(lookup, everything, Logger(log))
	return a.handlers, err
}

// openTable opens the DynamoDB table, over connections that are shared with all else.
func openTable(c Cloud, web http.RoundTripper) (store.Store, error) {
	config := c.aws()
	config.HTTPClient = client(web)
	return dynamo.New(dynamo.Config{AWS: config, Endpoint: c.DynamoDBEndpoint, Table: c.Table, Now: SystemClock{}.Now})
}

// closed answers whoever asks for a secret where the function has none. Its routes
// never do.
func closed(context.Context, *Secrets) (*Secrets, error) {
	return nil, errors.New("setup: this function opens no secret")
}
