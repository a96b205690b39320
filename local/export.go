package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"time"
)

// runExport writes every entry of the account as JSON lines, to out or into a file:
//
//	go run ./local export -from 2026-11-01 -to 2026-12-01 > november.jsonl
func runExport(ctx context.Context, args []string, now time.Time, out, log io.Writer) error {
	flags, asks := accountFlags("local export", now, log)
	target := flags.String("o", "", "the file to write; without it the lines are printed")
	if err := parseAll(flags, args); err != nil {
		return err
	}
	api, done, err := openAPI(asks.root, asks.file)
	if err != nil {
		return err
	}
	defer done()
	write := func(w io.Writer) error { return exportEntries(ctx, api, asks.from, asks.to, w) }
	if *target == "" {
		return write(out)
	}
	return writeFile(*target, write)
}

// nextLink is the address of the next page in a Link header (RFC 8288), as the API
// writes it.
var nextLink = regexp.MustCompile(`<([^>]*)>\s*;\s*rel="?next"?`)

// exportEntries copies all pages of the entries, as they come. A page that fails ends
// it with an error: a part must not pass for the whole.
func exportEntries(ctx context.Context, api merchantAPI, from, to string, w io.Writer) error {
	path := "/merchant/entries?" + url.Values{"from": {from}, "to": {to}}.Encode()
	for {
		lines, header, err := api.get(ctx, path, nil)
		if err != nil {
			return err
		}
		if _, err := w.Write(lines); err != nil {
			return err
		}
		next := nextLink.FindStringSubmatch(header.Get("Link"))
		if next == nil {
			return nil
		}
		at, err := url.Parse(next[1])
		if err != nil {
			return fmt.Errorf("the API names no next page: %w", err)
		}
		path = at.RequestURI()
	}
}
