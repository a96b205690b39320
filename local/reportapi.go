package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// merchantAPI sends a signed request to the merchant's routes: those of a shop that
// runs, or of one that is put together for a moment around the same file. Either way
// the functions answer, and a report can say nothing that the API does not.
type merchantAPI func(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error)

// errOpenElsewhere: another process has the file of the table.
var errOpenElsewhere = errors.New("is open in another run; end that one, or choose another file with -file")

// openAPI finds who can answer for the table in a file. Nothing is written to it.
func openAPI(root, file string) (api merchantAPI, done func(), err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("there is nothing yet: no file %s. Start the shop with `go run ./local` and buy something, or name another file with -file", file)
	}
	w, err := build(plan{
		root: root, file: file, clock: setup.SystemClock{}, lookup: func(string) string { return "" }, log: io.Discard, reading: true,
	})
	if errors.Is(err, errOpenElsewhere) {
		api, err := runningAPI(file)
		return api, func() {}, err
	}
	if err != nil {
		return nil, nil, err
	}
	return w.request, w.close, nil
}

// addressFile is where a shop that runs says where its API is: beside the table, so
// that whoever finds the table locked finds whom to ask.
func addressFile(file string) string { return file + ".api" }

// announce writes the address for as long as the shop runs.
func (w *world) announce(file string) (done func(), err error) {
	path := addressFile(file)
	err = writeFile(path, func(to io.Writer) error {
		_, err := io.WriteString(to, origin(w.doors.api)+"\n")
		return err
	})
	return func() { os.Remove(path) }, err
}

// runningAPI is that of the shop which has the file open.
func runningAPI(file string) (merchantAPI, error) {
	address, err := os.ReadFile(addressFile(file))
	if err != nil {
		return nil, fmt.Errorf("%s %w (it does not say where it can be asked)", file, errOpenElsewhere)
	}
	at := strings.TrimSpace(string(address))
	return func(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error) {
		return requestAt(ctx, at, setup.SystemClock{}.Now(), method, path, body, headers)
	}, nil
}
