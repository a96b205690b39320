package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/doctor"
	"github.com/serverless-checkout/serverless-checkout/shared/handler"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

// errUnwell: something is wrong, and the rows have said what.
var errUnwell = errors.New("something is wrong")

// misuse is a command line that says nothing that can be done.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// runDoctor examines the shop of this machine, or a deployed one:
//
//	go run ./local doctor
//	go run ./local doctor -stack checkout-sandbox
//
// Errors: misuse; errUnwell, when it has printed what is wrong; why nothing could be
// examined.
func runDoctor(ctx context.Context, args []string, lookup func(string) string, cli awsCLI, out, log io.Writer) error {
	p, stack, asJSON, err := readDoctorFlags(args, lookup, log)
	if err != nil {
		return err
	}
	var rows []doctor.Row
	if stack != "" {
		rows, err = examineStack(ctx, cli, stack, lookup)
	} else {
		rows, err = examineHere(ctx, p)
	}
	if err != nil {
		return err
	}
	print := doctor.Print
	if asJSON {
		print = doctor.PrintJSON
	}
	if err := print(out, rows); err != nil {
		return err
	}
	if doctor.Wrong(rows) {
		return errUnwell
	}
	return nil
}

// checkup is what is examined of this machine.
type checkup struct {
	root, file string
	public     string // address of the API as providers know it; empty: nobody knows it
	lookup     func(string) string
}

func readDoctorFlags(args []string, lookup func(string) string, log io.Writer) (c checkup, stack string, asJSON bool, err error) {
	c.lookup = lookup
	flags := flag.NewFlagSet("local doctor", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&c.root, "root", ".", "folder of template.yaml")
	flags.StringVar(&c.file, "file", "checkout.db", "file of the table; it may be open in a shop that runs")
	flags.StringVar(&c.public, "api", "", "address of the API as providers reach it, such as that of a tunnel to this machine; a stack knows its own")
	flags.StringVar(&stack, "stack", "", "name of a deployed stack, to examine that; it is asked for with the AWS CLI")
	flags.BoolVar(&asJSON, "json", false, "print JSON, for a machine")
	if err := parseAll(flags, args); err != nil {
		return c, "", false, misuse{err}
	}
	c.public = strings.TrimSuffix(c.public, "/")
	switch {
	case stack != "" && c.public != "":
		err = misuse{errors.New("-api is for this machine: a stack knows its address")}
	case stack != "" && !stackName.MatchString(stack):
		err = misuse{fmt.Errorf("-stack %q is no name of a stack", stack)}
	case c.public != "" && !strings.HasPrefix(c.public, "http://") && !strings.HasPrefix(c.public, "https://"):
		err = misuse{fmt.Errorf("-api %s is no address like https://api.shop.example", c.public)}
	}
	return c, stack, asJSON, err
}

// examineHere puts the shop of this machine together for a moment, as `go run ./local`
// would with the same environment, around a table that is thrown away: that of the file
// is examined by itself.
func examineHere(ctx context.Context, c checkup) ([]doctor.Row, error) {
	folder, err := os.MkdirTemp("", "checkout-doctor-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	rows := []doctor.Row{examineFile(ctx, c.file)}
	w, err := build(plan{
		root: c.root, file: filepath.Join(folder, "doctor.db"), clock: setup.SystemClock{}, lookup: c.lookup, log: io.Discard, reading: true,
	})
	var faults *misconfigured
	if errors.As(err, &faults) {
		return append(doctor.Configuration("environment", faults.error, "set it in the environment of this command, and of `go run ./local`"), rows...), nil
	}
	if err != nil {
		return nil, err
	}
	defer w.close()
	shop := examined(w.handlers, origin(w.doors.api))
	switch {
	case c.public != "":
		shop.API, shop.Public = c.public, c.public
	case w.paypal == nil:
		shop.Public = "" // this machine's own address is of no use to a provider elsewhere
	}
	rows = append(doctor.Configuration("environment", nil, ""), rows...)
	return append(rows, doctor.Providers(ctx, shop)...), nil
}

// examined is a shop as the doctor is shown it.
func examined(h handler.Handlers, api string) doctor.Shop {
	web := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // whoever redirects is not the API
	}}
	return doctor.Shop{
		Providers: h.Checkout.Providers, Methods: h.Checkout.Methods, Missing: h.Checkout.Missing, API: api, Public: api, Send: web.Do,
	}
}

// examineFile opens the table of a file and reads of it, and makes none where there is
// none. One that a shop has open is asked through that.
func examineFile(ctx context.Context, file string) doctor.Row {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return doctor.File(file, "not there yet: the first start of the shop makes it", nil)
	}
	table, err := bolt.Open(file, setup.SystemClock{}.Now)
	if errors.Is(err, bolt.ErrLocked) {
		api, err := runningAPI(file)
		if err == nil {
			_, _, err = api.get(ctx, "/merchant/price-list", nil)
		}
		return doctor.File(file, "open in a shop that runs, which answers from it", err)
	}
	if err != nil {
		return doctor.File(file, "", err)
	}
	defer table.Close()
	_, err = table.Query(ctx, store.Query{Day: setup.SystemClock{}.Now().UTC().Format(time.DateOnly), Limit: 1})
	return doctor.File(file, "opens, and can be read", err)
}
