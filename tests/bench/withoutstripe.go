package main

import (
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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

// unconfigured compares what all functions together take of a processor with Stripe and
// without until they have read a configuration, of which there is none: that ends them
// before they open a connection, so other work on this machine disturbs it little.
func (s *shop) unconfigured(names []string, rounds int) (figure, error) {
	var with, without samples
	for round := range rounds + 1 {
		var us, them float64
		for _, name := range names {
			for _, one := range []struct {
				binary string
				sum    *float64
			}{{name, &us}, {filepath.Join(withoutStripe, name), &them}} {
				cpu, err := endedBy(filepath.Join(s.binaries, one.binary))
				if err != nil {
					return figure{}, err
				}
				*one.sum += cpu
			}
		}
		if n := float64(len(names)); round > 0 {
			with, without = append(with, us/n), append(without, them/n)
		}
	}
	return figure{
		name: "mean of all functions: CPU until the configuration is read, with Stripe in it",
		ours: with.in("ms"), reference: "without " + without.in("ms"), ratio: with.over(without),
	}, nil
}

// endedBy is what a function took of a processor, in ms, that was started without a
// configuration, and has to end by that.
func endedBy(binary string) (float64, error) {
	command := exec.Command(binary)
	command.Env = []string{}
	var failed *exec.ExitError
	if err := command.Run(); !errors.As(err, &failed) || !failed.Exited() {
		return 0, fmt.Errorf("%s without a configuration: %v, where a failure was expected", binary, err)
	}
	return ms(command.ProcessState.UserTime() + command.ProcessState.SystemTime()), nil
}
