package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
)

// merchantAPI sends a signed request to the merchant's routes: those of a shop that
// runs, or of one that is put together for a moment around the same file. Either way
// the functions answer, and a report can say nothing that the API does not.
type merchantAPI struct {
	send  func(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error)
	clock checkout.Clock // that of the waiting
}

func (w *world) merchantAPI() merchantAPI { return merchantAPI{w.request, w.clock} }

// errOpenElsewhere: another process has the file of the table.
var errOpenElsewhere = errors.New("is open in another run; end that one, or choose another file with -file")

// openAPI finds who can answer for the table in a file. Nothing is written to it.
func openAPI(root, file string) (api merchantAPI, done func(), err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return api, nil, fmt.Errorf("there is nothing yet: no file %s. Start the shop with `go run ./local` and buy something, or name another file with -file", file)
	}
	w, err := build(plan{
		root: root, file: file, clock: setup.SystemClock{}, lookup: func(string) string { return "" }, log: io.Discard, reading: true,
	})
	if errors.Is(err, errOpenElsewhere) {
		api, err := runningAPI(file)
		return api, func() {}, err
	}
	if err != nil {
		return api, nil, err
	}
	return w.merchantAPI(), w.close, nil
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
		return merchantAPI{}, fmt.Errorf("%s %w (it does not say where it can be asked)", file, errOpenElsewhere)
	}
	at, clock := strings.TrimSpace(string(address)), setup.SystemClock{}
	return merchantAPI{func(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error) {
		return requestAt(ctx, at, clock.Now(), method, path, body, headers)
	}, clock}, nil
}

// refusedError is a problem that the API, or the gateway before it, answered with.
type refusedError struct {
	status  int
	Title   string
	Detail  string
	Message string // the gateway's
}

func (e *refusedError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("the API answered %d %s", e.status, e.Title+e.Message)
	}
	return e.Detail
}

// read asks for a JSON document. Errors: refusedError; those of the connection.
func (api merchantAPI) read(ctx context.Context, path string, headers map[string]string, to any) error {
	body, _, err := api.get(ctx, path, headers)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// The template lets few of these requests through in a second: a long export waits for
// its turn, page by page, and not for ever.
const (
	turn     = 500 * time.Millisecond
	patience = 20 // turns
)

// get is one request to a route of the merchant's, as soon as it is let through.
// Errors: as read's.
func (api merchantAPI) get(ctx context.Context, path string, headers map[string]string) ([]byte, http.Header, error) {
	for waited := 0; ; waited++ {
		body, header, err := api.getNow(ctx, path, headers)
		var refused *refusedError
		if waited == patience || ctx.Err() != nil || !errors.As(err, &refused) || refused.status != http.StatusTooManyRequests {
			return body, header, err
		}
		api.clock.Sleep(ctx, turn)
	}
}

func (api merchantAPI) getNow(ctx context.Context, path string, headers map[string]string) ([]byte, http.Header, error) {
	got, err := api.send(ctx, http.MethodGet, path, "", headers)
	if err != nil {
		return nil, nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, nil, err
	}
	if got.StatusCode != http.StatusOK {
		refused := &refusedError{status: got.StatusCode}
		if json.Unmarshal(body, refused) != nil {
			refused.Title = string(bytes.TrimSpace(body))
		}
		return nil, nil, refused
	}
	return body, got.Header, nil
}
