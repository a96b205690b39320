package cloud_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/cloud"
)

// victim is a process by name alone.
type victim struct{ condemned, killed atomic.Int64 }

func (v *victim) Condemn() { v.condemned.Add(1) }
func (v *victim) Kill()    { v.killed.Add(1) }

// line is a wire to three other ends that count what reaches them.
type line struct {
	*cloud.Wire
	client  *http.Client
	reached atomic.Int64
}

func newLine(t *testing.T) *line {
	t.Helper()
	ca, err := cloud.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	end := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.reached.Add(1)
		if r.URL.Path == "/v1/abort" {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("X-End", "here")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "answered")
	})
	if l.Wire, err = cloud.NewWire(cloud.Upstreams{DynamoDB: end, Secrets: end, PayPal: end}, ca); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.fresh(t, ca)
	return l
}

// fresh is a client without any connection, as a process begins.
func (l *line) fresh(t *testing.T, ca *cloud.CA) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca.PEM) {
		t.Fatal("no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	l.client = &http.Client{Transport: transport, Timeout: 10 * time.Second}
	t.Cleanup(transport.CloseIdleConnections)
}

func (l *line) call(method, url, target string) error {
	r, err := http.NewRequest(method, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	r.Header.Set("X-Amz-Target", target)
	got, err := l.client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	// Read to its end: only then is the connection used again.
	if _, err := io.Copy(io.Discard, got.Body); err != nil {
		return err
	}
	if got.StatusCode != http.StatusTeapot || got.Header.Get("X-End") != "here" {
		return fmt.Errorf("%d", got.StatusCode)
	}
	return nil
}

// conversation is three calls, the second of them at PayPal.
func (l *line) conversation() (heard []bool) {
	for _, c := range [][3]string{
		{"POST", l.DynamoDB, "DynamoDB_20120810.GetItem"},
		{"POST", l.PayPal + "/v2/checkout/orders/5O190127TN364715T/capture?x=1", ""},
		{"POST", l.DynamoDB, "DynamoDB_20120810.PutItem"},
	} {
		heard = append(heard, l.call(c[0], c[1], c[2]) == nil)
	}
	return heard
}

const theCapture = "POST /v2/checkout/orders/{id}/capture#1"

func TestWireWritesDownEveryCall(t *testing.T) {
	l := newLine(t)
	w := l.Watch(cloud.Point{})
	heard := append(l.conversation(), l.call("POST", l.Secrets, "secretsmanager.GetSecretValue") == nil,
		l.call("POST", l.DynamoDB, "DynamoDB_20120810.GetItem") == nil, l.call("GET", l.PayPal+"/v1/customer/disputes/PP-D-1", "") == nil)
	want := "[GetItem#1 " + theCapture + " PutItem#1 GetSecretValue#1 GetItem#2 GET /v1/customer/disputes/{id}#1]"
	if got := fmt.Sprint(w.Calls()); got != want || fmt.Sprint(heard) != "[true true true true true true]" || w.Reached() {
		t.Errorf("%s %v, want %s", got, heard, want)
	}
	if err := l.call("GET", l.PayPal+"/v1/abort", ""); err == nil {
		t.Error("a broken connection was answered")
	}
}

// TestWireKillsAtItsPoint: what reached the other end, and what was heard of it.
func TestWireKillsAtItsPoint(t *testing.T) {
	for moment, want := range map[cloud.Moment]struct {
		heard   string
		reached int64
	}{
		cloud.Before: {"[true false false]", 1},
		cloud.Lost:   {"[true false false]", 2},
		cloud.After:  {"[true true false]", 2},
	} {
		l, v := newLine(t), &victim{}
		w := l.Watch(cloud.Point{Call: theCapture, Moment: moment})
		w.Aim(v)
		if heard := fmt.Sprint(l.conversation()); heard != want.heard || l.reached.Load() != want.reached {
			t.Errorf("%s: heard %s, %d reached the other end", moment, heard, l.reached.Load())
		}
		if v.condemned.Load() != 1 || v.killed.Load() != 1 || !w.Reached() {
			t.Errorf("%s: condemned %d times, killed %d times, reached %t", moment, v.condemned.Load(), v.killed.Load(), w.Reached())
		}
	}
}

// TestWireHoldsAReply: it comes never, its effect has, the process lives on, and
// nothing else is answered either.
func TestWireHoldsAReply(t *testing.T) {
	l, v := newLine(t), &victim{}
	l.client.Timeout = 100 * time.Millisecond
	w := l.Watch(cloud.Point{Call: theCapture, Moment: cloud.Held})
	w.Aim(v)
	if heard := fmt.Sprint(l.conversation()); heard != "[true false false]" || l.reached.Load() != 2 || v.killed.Load() != 0 || !w.Reached() {
		t.Errorf("heard %s, %d reached the other end", heard, l.reached.Load())
	}
}

// TestWireLetsSomethingHappenMeanwhile: what is done has been done when the call is
// made, and nobody notices.
func TestWireLetsSomethingHappenMeanwhile(t *testing.T) {
	l, v, before := newLine(t), &victim{}, int64(-1)
	w := l.Watch(cloud.Point{Call: theCapture, Moment: cloud.Meanwhile, Do: func() { before = l.reached.Load() }})
	w.Aim(v)
	if heard := fmt.Sprint(l.conversation()); heard != "[true true true]" || before != 1 || v.killed.Load() != 0 || !w.Reached() {
		t.Errorf("heard %s, done after %d calls", heard, before)
	}
	if queries := w.Queries(); len(queries) != 3 || queries[1] != "x=1" {
		t.Errorf("the queries are %q", queries)
	}
}

// TestWireKnowsWhoseConnectionItIs: the calls of a process whose watch is over are
// nobody else's.
func TestWireKnowsWhoseConnectionItIs(t *testing.T) {
	l := newLine(t)
	first := l.Watch(cloud.Point{})
	l.conversation()
	second := l.Watch(cloud.Point{})
	l.conversation() // over the connections that are there
	if len(first.Calls()) != 6 || len(second.Calls()) != 0 {
		t.Errorf("%v, then %v", first.Calls(), second.Calls())
	}
}

// TestWireDropsItsConnections: a client that has not noticed yet may lose a call or
// two; the next connections are the next process's.
func TestWireDropsItsConnections(t *testing.T) {
	l := newLine(t)
	first := l.Watch(cloud.Point{})
	l.conversation()
	second := l.Watch(cloud.Point{})
	l.Drop()
	l.conversation()
	if heard := fmt.Sprint(l.conversation()); heard != "[true true true]" || len(first.Calls()) != 3 || len(second.Calls()) < 3 {
		t.Errorf("heard %s: %v, then %v", heard, first.Calls(), second.Calls())
	}
}

func TestNobodyTrustsTheCAUntold(t *testing.T) {
	l := newLine(t)
	l.Watch(cloud.Point{})
	l.client = &http.Client{}
	var unknown x509.UnknownAuthorityError
	if err := l.call("GET", l.PayPal, ""); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}
