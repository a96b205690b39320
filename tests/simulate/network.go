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

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/tests/simulate/oracle"
)

// payPalTime is what a call to PayPal takes; see takes.
const payPalTime = 40*time.Millisecond + 37*time.Microsecond

// networkSeam is the way to PayPal as one container sees it.
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
	c := callOf(r)
	v := p.enter(c)
	sent := oracle.Sent{Name: c.name, Path: r.URL.Path, RequestID: r.Header.Get("PayPal-Request-Id"), Body: string(body)}
	w.oracle.Sends(sent)
	resp, err := w.exchange(r, body, c, v.fault)
	if err == nil {
		sent.Status = resp.StatusCode
	}
	w.oracle.Answered(sent)
	if v.fault.lies() {
		w.lied = true
	}
	w.note("  %s paypal %s %s %s: %d %s", p, c.what, r.URL.Path, sent.RequestID, sent.Status, v.fault)
	p.leave(v)
	return resp, err
}

// callOf names a call by its method and path.
func callOf(r *http.Request) call {
	c := call{seam: seamPayPal, touches: "paypal"}
	path := r.URL.Path
	switch {
	case path == "/v1/oauth2/token":
		c.name, c.touches = sim.CallToken, ""
	case strings.HasPrefix(path, "/v1/notifications/certs/"):
		c.name, c.touches = sim.CallCert, ""
	case path == "/v1/notifications/webhooks":
		c.name, c.touches = sim.CallControl, ""
	case path == "/v1/notifications/verify-webhook-signature":
		c.name, c.touches = sim.CallVerify, ""
	case path == "/v1/reporting/transactions":
		c.name, c.touches = sim.CallReport, "" // what happens now is in it later
	case path == "/v1/reporting/balances":
		c.name, c.touches = sim.CallBalance, ""
	case strings.HasPrefix(path, "/v1/customer/disputes"):
		c.name, c.touches = sim.CallDispute, "" // buyers open them, and none of the functions
	case r.Method == http.MethodGet:
		c.name = sim.CallLook
	case strings.HasSuffix(path, "/capture"):
		c.name, c.changes = sim.CallCapture, true
	case strings.HasSuffix(path, "/refund"):
		c.name, c.changes = sim.CallRefund, true
	default:
		c.name, c.changes = sim.CallCreate, true
	}
	c.what = string(c.name)
	return c
}

var (
	errReset     = errors.New("read tcp: connection reset by peer")
	errHandshake = errors.New("tls: handshake failure")
)

// brackets are JSON as deep as a body may be long.
var brackets = strings.Repeat("[", 1<<20-1)

// exchange is one call and its answer, on a good day or with a fault.
func (w *world) exchange(r *http.Request, body []byte, c call, f fault) (*http.Response, error) {
	ctx := r.Context()
	wait(ctx, w.takes(payPalTime))
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
		w.serve(r, body) // and what it said is on its way to nobody
	}
	if k := f.kind(); k != "" {
		if err := w.paypal.Inject(sim.Fault{Kind: k, Call: c.name}); err != nil {
			panic("simulate: " + err.Error())
		}
		if k == sim.Slow {
			return w.serveLate(r, body)
		}
	}
	resp, err := w.serve(r, body)
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

// serve lets the simulated PayPal answer. Errors are those of a connection that broke,
// and of the context.
func (w *world) serve(r *http.Request, body []byte) (resp *http.Response, err error) {
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
	w.paypal.ServeHTTP(out, in)
	return
}

// serveLate lets PayPal work while its client may leave: what it does it does all the
// same.
func (w *world) serveLate(r *http.Request, body []byte) (*http.Response, error) {
	type outcome struct {
		resp *http.Response
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		resp, err := w.serve(r, body)
		w.oracle.Books()
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
