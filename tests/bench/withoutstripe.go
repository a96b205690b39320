package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

const (
	// withoutStripe is the folder, in that of the binaries, of the functions that know
	// nothing of Stripe.
	withoutStripe = "without-stripe"

	// adapter is all we know of Stripe, and standIn what is built in its place: the names
	// that shared/setup uses, and nothing behind them.
	adapter = "shared/provider/stripe"
	standIn = "tests/bench/testdata/stripe.go"

	// library is the module that only the adapter stands on.
	library = "github.com/stripe/stripe-go/"
)

// buildWithoutStripe builds the functions with the stand-in in place of the adapter, and
// holds each of the two binaries of a function against what it is said to be: measuring
// the same one twice would show that Stripe costs nothing.
func buildWithoutStripe(root, folder string, functions []string) error {
	into := filepath.Join(folder, withoutStripe)
	if err := os.Mkdir(into, 0o700); err != nil {
		return err
	}
	overlay, err := writeOverlay(root, folder)
	if err != nil {
		return err
	}
	if err := runtime.BuildOver(overlay, root, into, functions...); err != nil {
		return err
	}
	for _, f := range functions {
		name := filepath.Base(f)
		if err := apart(filepath.Join(folder, name), filepath.Join(into, name)); err != nil {
			return err
		}
	}
	return nil
}

// writeOverlay writes which files go build is to take in place of others (go help build,
// -overlay; an empty name is a file that is not there), and gives the name of that list.
func writeOverlay(root, folder string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(root, adapter, "*.go"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("%s: %w", adapter, fs.ErrNotExist)
	}
	instead := filepath.Join(root, standIn)
	if _, err := os.Stat(instead); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, f := range files {
		replace[f] = ""
	}
	replace[filepath.Join(root, adapter, "stripe.go")] = instead
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(folder, "overlay.json")
	return list, os.WriteFile(list, text, 0o600)
}

// apart holds that Stripe is in the one binary and not in the other, by the modules that
// the go command has noted in them.
func apart(with, without string) error {
	for _, b := range []struct {
		path  string
		knows bool
	}{{with, true}, {without, false}} {
		knows, err := knowsStripe(b.path)
		if err != nil {
			return err
		}
		if knows != b.knows {
			return fmt.Errorf("%s: %s is in it: %t, and it should be %t", b.path, library, knows, b.knows)
		}
	}
	return nil
}

// knowsStripe reports whether Stripe's library is built into a binary.
func knowsStripe(path string) (bool, error) {
	built, err := buildinfo.ReadFile(path)
	if err != nil {
		return false, err
	}
	for _, module := range built.Deps {
		if strings.HasPrefix(module.Path, library) {
			return true, nil
		}
	}
	return false, nil
}
