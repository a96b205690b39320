package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// prices is the price list: of the shop that is served, or else of the demo shop.
func (p plan) prices() string {
	if own := filepath.Join(p.shop, "prices.json"); p.shop != "" && exists(own) {
		return own
	}
	return filepath.Join(p.demo(), "prices.json")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// loadPrices puts the list of the shop's file in force where the table has none, or has
// what was read from the file at the last start. Any other list was put through the API:
// it is kept, since nobody else has it.
func loadPrices(ctx context.Context, c *checkout.Service, p plan) (kept bool, err error) {
	list, err := readPrices(p.prices())
	if err != nil {
		return false, err
	}
	_, current, err := c.PriceList(ctx)
	var none *checkout.Error
	if err != nil && !(errors.As(err, &none) && none.Kind == checkout.KindNotFound) {
		return false, err
	}
	version, loaded := list.Version(), loadedPrices(p.file)
	if current != "" && current != version && current != loaded {
		return true, nil
	}
	if err := c.PutPriceList(ctx, list); err != nil || loaded == version {
		return false, err
	}
	return false, writeFile(loadedFile(p.file), func(w io.Writer) error {
		_, err := io.WriteString(w, version+"\n")
		return err
	})
}

// loadedFile is where a run leaves which list it read from the shop's file, beside the
// table.
func loadedFile(table string) string { return table + ".prices" }

// loadedPrices is that list's version, "" where no run has left any.
func loadedPrices(table string) string {
	text, _ := os.ReadFile(loadedFile(table))
	return strings.TrimSpace(string(text))
}

func readPrices(file string) (checkout.PriceList, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return checkout.PriceList{}, err
	}
	list, err := checkout.ReadPriceList(text)
	if err != nil {
		return list, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// pricesWords says where the prices in force are from.
func (w *world) pricesWords(p plan) string {
	if w.kept {
		return "those put through the API; " + p.prices() + " is read again once it was put there itself (the last line for merchants)"
	}
	return p.prices()
}
