package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/report"
)

// runReport writes the settlement of some days as a page of its own, and a short table
// of it to out:
//
//	go run ./local report -from 2026-11-01 -to 2026-12-01 -o november.html
func runReport(ctx context.Context, args []string, now time.Time, out, log io.Writer) error {
	flags, asks := accountFlags("local report", now, log)
	page := flags.String("o", "settlement.html", "the page to write")
	if err := parseAll(flags, args); err != nil {
		return err
	}
	api, done, err := openAPI(asks.root, asks.file)
	if err != nil {
		return err
	}
	defer done()
	r, err := readReport(ctx, api, asks.from, asks.to, now)
	if err != nil {
		return err
	}
	if err := r.Print(out); err != nil {
		return err
	}
	if err := writeFile(*page, func(w io.Writer) error { return report.Write(w, r, nil) }); err != nil {
		return err
	}
	path, err := filepath.Abs(*page)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "page  file://%s\n", path)
	return nil
}

// asked is what is asked of an account: which days, [from, to) of UTC, of which shop.
type asked struct{ root, file, from, to string }

// accountFlags are the flags of every command about some days of an account; what was
// asked is there once they are parsed.
func accountFlags(command string, now time.Time, log io.Writer) (*flag.FlagSet, *asked) {
	first, end := monthSoFar(now)
	flags, a := flag.NewFlagSet(command, flag.ContinueOnError), &asked{}
	flags.SetOutput(log)
	flags.StringVar(&a.root, "root", ".", "folder of template.yaml")
	flags.StringVar(&a.file, "file", "checkout.db", "file of the table; it may be open in a shop that runs")
	flags.StringVar(&a.from, "from", first, "first day, of UTC")
	flags.StringVar(&a.to, "to", end, "the day after the last")
	return flags, a
}

// monthSoFar is this month of UTC until today, the day after it as its end.
func monthSoFar(now time.Time) (from, to string) {
	now = now.UTC()
	return now.AddDate(0, 0, 1-now.Day()).Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly)
}

// parseAll reads flags and refuses words that are none: a forgotten dash would
// otherwise change what is reported without a word.
func parseAll(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag of %q; -help lists them", flags.Arg(0), flags.Name())
	}
	return nil
}

// writeFile puts a file in its place whole, or leaves what was there. Only its owner
// can read it: it is about money.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // does nothing once it has its name
	defer file.Close()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// reportedPayments is how many payments a report lists. A browser can show more, but
// nobody reads them; the figures count every one.
const reportedPayments = 1000

// settlementBody is an answer of GET /merchant/settlements.
type settlementBody struct {
	From     string           `json:"from"`
	To       string           `json:"to"`
	Accounts []report.Account `json:"accounts"` // of the first page alone
	Payments []report.Payment `json:"payments"`
	Next     string           `json:"next,omitempty"` // cursor of the next page
}

// readReport asks the merchant's API for the settlement of some days, page by page.
// Errors: refusedError, where the API does not take the days.
func readReport(ctx context.Context, api merchantAPI, from, to string, now time.Time) (report.Report, error) {
	r := report.Report{From: from, To: to, Made: now}
	query := url.Values{"from": {from}, "to": {to}}
	for first := true; ; first = false {
		var page settlementBody
		if err := api.read(ctx, "/merchant/settlements?"+query.Encode(), nil, &page); err != nil {
			return r, err
		}
		if first {
			r.Accounts = page.Accounts
		}
		r.Payments = append(r.Payments, page.Payments...)
		if r.More = page.Next != ""; !r.More || len(r.Payments) >= reportedPayments {
			return r, nil
		}
		query.Set("cursor", page.Next)
	}
}
