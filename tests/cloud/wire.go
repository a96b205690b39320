package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Upstreams are the other ends of a wire.
type Upstreams struct {
	DynamoDB http.Handler
	Secrets  http.Handler
	PayPal   http.Handler
}

// Wire lies between a process and everything it speaks to. It writes down every
// call of the process, and can kill it at one of them.
type Wire struct {
	DynamoDB, Secrets, PayPal string // where the process finds them
	doors                     []*Door

	mu    sync.Mutex
	watch *Watch
}

// NewWire opens one door for each upstream on 127.0.0.1; PayPal's is TLS, with a
// certificate of the CA.
func NewWire(to Upstreams, ca *CA) (*Wire, error) {
	w := &Wire{watch: &Watch{}}
	for _, end := range []struct {
		url  *string
		next http.Handler
		name func(*http.Request) string
		ca   *CA
	}{
		{&w.DynamoDB, to.DynamoDB, target, nil},
		{&w.Secrets, to.Secrets, target, nil},
		{&w.PayPal, to.PayPal, route, ca},
	} {
		server := &http.Server{Handler: pass(end.next, end.name), ConnContext: connContext(watchKey{}, func() any { return w.now() })}
		door, err := open("127.0.0.1:0", server, end.ca)
		if err != nil {
			w.Close()
			return nil, err
		}
		w.doors = append(w.doors, door)
		*end.url = door.URL
	}
	return w, nil
}

// Close ends every connection.
func (w *Wire) Close() {
	for _, d := range w.doors {
		d.Close()
	}
}

// Drop breaks every connection, as happens to those of a process that was frozen
// for long.
func (w *Wire) Drop() {
	for _, d := range w.doors {
		d.Drop()
	}
}

// Watch follows the process that is started next: all connections made from now
// on are its own, until the next Watch. A zero point kills nobody.
func (w *Wire) Watch(at Point) *Watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watch = &Watch{at: at, victim: make(chan Victim, 1), count: map[string]int{}}
	return w.watch
}

func (w *Wire) now() *Watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.watch
}

// Point is an instant in the life of a process: a call of its own, such as
// "PutItem#1" or "POST /v2/checkout/orders/{id}/capture#1" (the number tells
// equal calls apart), and what happens at it.
type Point struct {
	Call   string
	Moment Moment
	Do     func() // of the moment Meanwhile
}

func (p Point) String() string { return p.Call + " " + string(p.Moment) }

// Moment is where in a call the process is killed.
type Moment string

const (
	Before Moment = "before" // the call does not reach the other side
	Lost   Moment = "lost"   // its effect happens, and its reply is never given
	After  Moment = "after"  // its reply is given, and nothing more is heard or done
	// Held: its effect happens, and neither it nor any later call is answered until
	// the process has given up waiting for it, or is gone. Nobody is killed: the
	// deadline of the invocation falls into it.
	Held Moment = "held"
	// Meanwhile: the call waits until what the point does is done, and then it is
	// made as any other. Nobody is killed.
	Meanwhile Moment = "meanwhile"
)

// unanswered is a call after one that was held: it has no effect either.
const unanswered Moment = "unanswered"

// Victim is the process that a wire kills.
type Victim interface {
	Condemn() // nothing it says is heard any more
	Kill()    // returns when it is gone
}

// Watch is what is known of one process's calls.
type Watch struct {
	at     Point
	victim chan Victim // holds it, once it is known

	mu      sync.Mutex
	calls   []string
	queries []string // of the calls, each at its place
	count   map[string]int
	reached bool
	dead    bool // no further call gets through
	mute    bool // every further call waits for nothing
}

// Aim tells whom to kill. A call that comes before is kept waiting.
func (w *Watch) Aim(v Victim) { w.victim <- v }

// Calls are the process's calls in the order in which they arrived.
func (w *Watch) Calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// Queries are the queries of its calls, in the order of Calls.
func (w *Watch) Queries() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.queries)
}

// Reached reports whether the point came to pass.
func (w *Watch) Reached() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reached
}

// note writes a call down. It gives the moment that belongs to it, if any, and
// whether the process may still speak.
func (w *Watch) note(name, query string) (Moment, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.dead || w.count == nil:
		return "", false
	case w.mute:
		return unanswered, true
	}
	w.count[name]++
	name = fmt.Sprintf("%s#%d", name, w.count[name])
	w.calls, w.queries = append(w.calls, name), append(w.queries, query)
	if name != w.at.Call {
		return "", true
	}
	w.reached = true
	// From here on no other call of the process gets through, unless it goes on.
	w.mute = w.at.Moment == Held
	w.dead = !w.mute && w.at.Moment != Meanwhile
	return w.at.Moment, true
}

// condemn makes the process mute, and gives it to whoever kills it.
func (w *Watch) condemn() Victim {
	v := <-w.victim
	w.victim <- v
	v.Condemn()
	return v
}

type watchKey struct{}

// pass is one end of the wire. The effect of a call does not depend on whether
// its caller is still there.
func pass(next http.Handler, name func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		watch := in.Context().Value(watchKey{}).(*Watch)
		body, err := io.ReadAll(in.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // it died while it spoke
		}
		moment, alive := watch.note(name(in), in.URL.RawQuery)
		if !alive {
			panic(http.ErrAbortHandler)
		}
		switch moment {
		case Before:
			watch.condemn().Kill()
			panic(http.ErrAbortHandler)
		case Meanwhile:
			watch.at.Do()
		case unanswered:
			<-in.Context().Done()
			panic(http.ErrAbortHandler)
		}
		forward := in.Clone(context.WithoutCancel(in.Context()))
		forward.Body = io.NopCloser(bytes.NewReader(body))
		forward.ContentLength = int64(len(body))
		reply, given := ask(next, forward)
		switch moment {
		case Lost:
			watch.condemn().Kill()
			panic(http.ErrAbortHandler)
		case Held:
			<-in.Context().Done()
			panic(http.ErrAbortHandler)
		case After:
			victim := watch.condemn()
			if given {
				hand(out, reply)
			}
			victim.Kill()
			return
		}
		if !given {
			panic(http.ErrAbortHandler)
		}
		hand(out, reply)
	})
}

// ask has the other side act, and keeps its reply; given is false where it broke
// the connection instead.
func ask(next http.Handler, r *http.Request) (reply *httptest.ResponseRecorder, given bool) {
	defer func() {
		if fault := recover(); fault != nil {
			if err, ok := fault.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(fault)
			}
			given = false
		}
	}()
	reply = httptest.NewRecorder()
	next.ServeHTTP(reply, r)
	return reply, true
}

func hand(out http.ResponseWriter, reply *httptest.ResponseRecorder) {
	for name, values := range reply.Header() {
		out.Header()[name] = values
	}
	out.WriteHeader(reply.Code)
	_, _ = out.Write(reply.Body.Bytes()) // whoever asked may have left
	_ = http.NewResponseController(out).Flush()
}

// target names a call of an AWS service by its operation.
func target(r *http.Request) string {
	t := r.Header.Get("X-Amz-Target")
	return t[strings.LastIndex(t, ".")+1:]
}

// collections are the parts of PayPal's paths that are followed by an id.
var collections = []string{"orders", "captures", "refunds", "disputes", "certs"}

// route names a call of PayPal by its method and path, ids left out.
func route(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	for i := 1; i < len(parts); i++ {
		if slices.Contains(collections, parts[i-1]) {
			parts[i] = "{id}"
		}
	}
	return r.Method + " " + strings.Join(parts, "/")
}
