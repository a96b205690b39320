package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
)

// door leads to a server in this process: the same requests and answers as over a
// socket, without one. A year has more than a million of them.
type door struct{ behind http.Handler }

// errClosed is a connection that ended before its answer.
var errClosed = errors.New("year: the connection was closed")

// RoundTrip gives the answer of the server behind the door. One that breaks off is what
// a broken connection is to a client: no answer, or one whose body ends too early.
func (d door) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	out := httptest.NewRecorder()
	if d.serve(out, in) {
		return out.Result(), nil
	}
	if !out.Flushed {
		return nil, errClosed
	}
	answer := out.Result()
	answer.Body = io.NopCloser(io.MultiReader(answer.Body, broken{}))
	return answer, nil
}

// serve tells whether the server came to its end.
func (d door) serve(out http.ResponseWriter, in *http.Request) (whole bool) {
	defer func() {
		if fault := recover(); fault != nil && fault != http.ErrAbortHandler {
			panic(fault)
		}
	}()
	d.behind.ServeHTTP(out, in)
	return true
}

// broken is the rest of a body that never came.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// doors are those of all providers, by their port.
type doors map[string]door

// RoundTrip goes through the door that is asked for.
func (d doors) RoundTrip(r *http.Request) (*http.Response, error) {
	return d[r.URL.Port()].RoundTrip(r)
}
