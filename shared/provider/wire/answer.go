// Package wire is what the client of any provider stands on: an answer that is kept as it
// came, what such an answer proves and what it leaves open, one asker at a time, and the
// addresses that secrets may be sent to.
//
// The libraries of the providers turn answers into types of their own and lose by it what
// the outcome of a payment hangs on: the status, the headers, and whether the body was cut.
package wire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// defaultLimit is the largest answer that is read where Limit says nothing, in bytes.
const defaultLimit = 1 << 20

// Answer is what came back over the wire. What is below Limit is zero where
// nothing came.
type Answer struct {
	Asked   time.Time // UTC, to the second
	Account string    // whose credentials it was asked with: a digest
	Limit   int       // the most that is read, in bytes; 0: 1 MiB

	Status int
	Header http.Header
	Body   []byte // its head where it was cut
	Cut    error  // the body could not be read to its end
	Trace  string // by which the provider's support finds the call
}

// Good reports whether the whole of a 2xx answer is there.
func (a *Answer) Good() bool { return a.Cut == nil && a.Status/100 == 2 }

// Read reads the body, which is JSON. The decoder refuses a name that comes twice: of an
// answer that says both paid and unpaid the last word is not the truth. Half a character
// in a buyer's name, though, is no reason to lose the rest.
func (a *Answer) Read(into any) error {
	return json.Unmarshal(a.Body, into, jsontext.AllowInvalidUTF8(true))
}

// Client is an HTTP client through next that keeps every answer in the Answer of its
// request's context (see Keep), the call's trace out of the header of that name, and follows
// no redirect: one would carry the credentials and the body elsewhere.
func Client(next http.RoundTripper, trace string) *http.Client {
	return &http.Client{
		Transport:     recorder{next, trace},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Keep is a context whose requests, sent by a Client, keep their answer in got.
func Keep(ctx context.Context, got *Answer) context.Context {
	return context.WithValue(ctx, answerKey{}, got)
}

type answerKey struct{}

// recorder is the transport under a provider's library: it reads every answer to its end
// (else each one costs a new connection), within a limit, and keeps it.
type recorder struct {
	next  http.RoundTripper
	trace string
}

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which outlives every deadline.
		return nil, errors.New("wire: the server wants another protocol")
	}
	got, _ := req.Context().Value(answerKey{}).(*Answer)
	if got == nil {
		got = new(Answer) // nobody keeps it
	}
	got.Status, got.Header, got.Trace = resp.StatusCode, resp.Header, resp.Header.Get(r.trace)
	limit := cmp.Or(got.Limit, defaultLimit)
	got.Body, got.Cut = io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if len(got.Body) > limit {
		got.Cut = errors.New("answer too large")
	}
	resp.Body = io.NopCloser(bytes.NewReader(got.Body))
	if got.Cut != nil {
		resp.Body = http.NoBody // half an answer is none: the library need not read a megabyte of it
	}
	return resp, nil
}
