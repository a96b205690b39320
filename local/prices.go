package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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

// loadPrices puts the shop's price list in force.
func loadPrices(c *checkout.Service, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	list, err := checkout.ReadPriceList(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return c.PutPriceList(context.Background(), list)
}
