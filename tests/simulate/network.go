package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	stripesim "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// callTime is what a call to a provider takes; see takes.
const callTime = 40*time.Millisecond + 37*time.Microsecond

// carrier is a simulated provider: where it answers, and how its calls are told from
// each other.
type carrier struct {
	http.Handler
	host   string
	key    string // the header that names an intent
	callOf func(*http.Request) call
	inject func(kind string, c call) error
	slow   fault // that which acts while its client may leave
}

// networkSeam is the way to the providers as one container sees it.
type networkSeam struct{ *container }

func (n networkSeam) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	p, w := n.party, n.world
	to := w.carrierAt(r.URL.Host)
	c := to.callOf(r)
	v := p.enter(c)
	sent := oracle.Sent{Name: c.what, Path: r.URL.Path, RequestID: r.Header.Get(to.key), Body: string(body)}
	w.oracle.Sends(sent)
	resp, err := w.exchange(to, r, body, c, v.fault)
	if err == nil {
		sent.Status = resp.StatusCode
	}
	w.oracle.Answered(sent)
	w.kept = w.kept || v.fault == stripeFault(stripesim.StoredError) && c.String() == "stripe refund"
	if v.fault.lies() {
		w.lied = true
	}
	w.note("  %s %s %s %s: %d %s", p, c, r.URL.Path, sent.RequestID, sent.Status, v.fault)
	p.leave(v)
	return resp, err
}

func (w *world) carrierAt(host string) *carrier {
	for _, c := range w.carriers {
		if c.host == host {
			return c
		}
	}
	panic("simulate: somebody calls " + host)
}

var (
	errReset     = errors.New("read tcp: connection reset by peer")
	errHandshake = errors.New("tls: handshake failure")
)

// brackets are JSON as deep as a body may be long.
var brackets = strings.Repeat("[", 1<<20-1)

// exchange is one call and its answer, on a good day or with a fault.
func (w *world) exchange(to *carrier, r *http.Request, body []byte, c call, f fault) (*http.Response, error) {
	ctx := r.Context()
	wait(ctx, w.takes(callTime))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch f {
	case wireDial:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case wireTLS:
		return nil, errHandshake
	case wireReset:
		return nil, errReset
	case wireStranger:
		return answered(r, http.StatusNotFound, "text/html", "<html>404</html>"), nil
	case wireBad:
		return answered(r, http.StatusBadRequest, "text/html", "<html>400</html>"), nil
	case wireTwice:
		to.serve(r, body) // and what it said is on its way to nobody
	}
	if of, kind := f.providers(); of != "" {
		w.must(to.inject(kind, c))
		if f == to.slow {
			return w.serveLate(to, r, body)
		}
	}
	resp, err := to.serve(r, body)
	if err != nil {
		return nil, err
	}
	switch f {
	case wireCut:
		return nil, errReset
	case wireStalls:
		resp.Body = &endless{ctx: ctx, head: resp.Body}
	case wireGarbled:
		text, _ := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(text[:len(text)/2]))
	case wireDeep:
		resp.Body = io.NopCloser(strings.NewReader(brackets))
	}
	return resp, nil
}

// serve lets the simulated provider answer. Errors are those of a connection that broke,
// and of the context.
func (to *carrier) serve(r *http.Request, body []byte) (resp *http.Response, err error) {
	in := r.Clone(r.Context())
	in.Body, in.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	out := &recorder{header: http.Header{}}
	defer func() {
		if broken := recover(); broken == nil {
			resp = out.response(r, nil)
		} else if broken != http.ErrAbortHandler {
			panic(broken)
		} else if out.status == 0 {
			if err = r.Context().Err(); err == nil {
				err = errReset
			}
		} else {
			resp = out.response(r, io.ErrUnexpectedEOF)
		}
	}()
	to.ServeHTTP(out, in)
	return
}

// serveLate lets a provider work while its client may leave: what it does it does all the
// same, and the oracle looks at it when it is nobody's turn.
func (w *world) serveLate(to *carrier, r *http.Request, body []byte) (*http.Response, error) {
	type outcome struct {
		resp *http.Response
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		resp, err := to.serve(r, body)
		w.late.Store(true)
		done <- outcome{resp, err}
	}()
	select {
	case o := <-done:
		return o.resp, o.err
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// recorder keeps an answer, up to more than any client reads.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

const recorderCap = 1<<20 + 64<<10

func (o *recorder) Header() http.Header { return o.header }

func (o *recorder) WriteHeader(status int) { o.status = status }

func (o *recorder) Write(b []byte) (int, error) {
	if len(o.body) >= recorderCap {
		return 0, io.ErrClosedPipe
	}
	if o.body == nil {
		whole, _ := strconv.Atoi(o.header.Get("Content-Length"))
		o.body = make([]byte, 0, min(whole, recorderCap+64<<10))
	}
	o.body = append(o.body, b...)
	return len(b), nil
}

func (o *recorder) Flush() {}

// response is what was recorded, with the error that its body ends in, nil for its
// proper end.
func (o *recorder) response(r *http.Request, end error) *http.Response {
	resp := answered(r, o.status, "", "")
	resp.Header = o.header
	resp.Body = io.NopCloser(&ending{bytes.NewReader(o.body), end})
	return resp
}

func answered(r *http.Request, status int, media, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
	}
}

// ending is a body that ends in an error.
type ending struct {
	io.Reader
	err error
}

func (e *ending) Read(b []byte) (int, error) {
	n, err := e.Reader.Read(b)
	if errors.Is(err, io.EOF) && e.err != nil {
		err = e.err
	}
	return n, err
}

// endless is a body that comes, and never ends until its reader gives up.
type endless struct {
	ctx  context.Context
	head io.ReadCloser
}

func (e *endless) Read(b []byte) (int, error) {
	n, err := e.head.Read(b)
	if errors.Is(err, io.EOF) {
		<-e.ctx.Done()
		err = e.ctx.Err()
	}
	return n, err
}

func (e *endless) Close() error { return e.head.Close() }
