// Command serve is what the functions find outside themselves, for `sam local` on
// this machine: DynamoDB Local with the table of template.yaml and the price list
// of events/, a stand-in for Secrets Manager, a simulated PayPal and a simulated
// Stripe. It writes their addresses to a file for --env-vars, says what can be done
// next, and goes on until Ctrl-C; then everything is forgotten.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// api is where `sam local start-api` listens, unless it is told otherwise.
const api = "http://127.0.0.1:3000"

// table is the name of the one table.
const table = "checkout"

type options struct {
	root     string // the folder of template.yaml
	file     string // for --env-vars
	dynamoDB string // one that runs already
	image    string // of DynamoDB Local
	api      string // whose webhooks the providers ring
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the project's folder")
	flag.StringVar(&o.file, "env", filepath.Join("build", "env.json"), "the file to write for --env-vars")
	flag.StringVar(&o.dynamoDB, "dynamodb", "", "address of a DynamoDB Local that runs already, with -sharedDb")
	flag.StringVar(&o.image, "image", cloud.ImageOfDynamoDB, "image of the DynamoDB Local that Docker runs, unless "+cloud.FolderOfDynamoDB+" names its folder and Java runs it")
	flag.StringVar(&o.api, "api", api, "the API that the simulated providers send their webhooks to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve opens everything, says what there is, and waits for ctx to end.
func serve(ctx context.Context, o options, out io.Writer) (err error) {
	if err := os.Chdir(o.root); err != nil {
		return err
	}
	tables, stop, err := openDynamoDB(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := tables.MakeTable(ctx, table); err != nil {
		return err
	}
	containers, err := cloud.ServeContainers(tables.Endpoint)
	if err != nil {
		return err
	}
	defer containers.Close()
	providers, err := containers.ServeProviders(o.api)
	if err != nil {
		return err
	}
	environment := containers.Environment(table, providers)
	if err := loadPrices(ctx, tables, environment); err != nil {
		return err
	}
	if err := cloud.WriteEnvironment(o.file, environment); err != nil {
		return err
	}
	fmt.Fprintf(out, instructions, containers.DynamoDB, table, containers.Secrets,
		providers.PayPal, providers.PayPal+"/sim", providers.Stripe, providers.Stripe+"/sim", o.api+"/webhooks/", o.file)
	<-ctx.Done()
	return nil
}

const instructions = `DynamoDB Local    %s, the table %q with the prices of events/price-list/put.json
Secrets Manager   %s, a stand-in
PayPal            %s, simulated; its desk is %s
Stripe            %s, simulated; its desk is %s
                  (a browser has to be told to trust the certificate of each;
                  webhooks go to %s)
--env-vars        %s

Ready for sam local invoke and sam local start-api, until Ctrl-C.
`

// openDynamoDB is the one that runs already, or one of its own.
func openDynamoDB(ctx context.Context, o options) (*cloud.DynamoDB, func() error, error) {
	if o.dynamoDB != "" {
		return &cloud.DynamoDB{Endpoint: o.dynamoDB}, func() error { return nil }, nil
	}
	if os.Getenv(cloud.FolderOfDynamoDB) != "" {
		d, err := cloud.StartDynamoDB()
		if err != nil {
			return nil, nil, err
		}
		return d, d.Stop, nil
	}
	d, err := cloud.StartDynamoDBContainer(ctx, o.image)
	if err != nil {
		return nil, nil, fmt.Errorf("%w\nwithout Docker's image, name the folder of DynamoDB Local in %s (tests/dynamodb --install), or a running one with -dynamodb", err, cloud.FolderOfDynamoDB)
	}
	return &d.DynamoDB, d.Stop, nil
}

// loadPrices puts the events' price list in force.
func loadPrices(ctx context.Context, tables *cloud.DynamoDB, environment map[string]string) error {
	config, err := setup.Read(func(name string) string { return environment[name] })
	if err != nil {
		return err
	}
	items, err := dynamo.New(dynamo.Config{AWS: tables.AWS(), Endpoint: tables.Endpoint, Table: table})
	if err != nil {
		return err
	}
	functions, err := setup.Build(config, setup.Parts{
		Store: items, Secrets: setup.Constant(setup.Secrets{}), Clock: setup.SystemClock{}, WriteID: setup.WriteID,
		Transport: setup.Transport(), Log: setup.Logger(io.Discard),
	})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join("events", "price-list", "put.json"))
	if err != nil {
		return err
	}
	var event struct {
		Body string `json:"body"`
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return err
	}
	list, err := checkout.ReadPriceList([]byte(event.Body))
	if err != nil {
		return err
	}
	return functions.Checkout.PutPriceList(ctx, list)
}
