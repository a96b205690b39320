package paypalspec

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Tally counts the exchanges that were judged, by operation.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *Tally) add(operation string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[operation]++
}

// Counts is how often each operation was judged.
func (t *Tally) Counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// Total counts everything that was judged in this process.
var Total Tally

// Require is the specification, for a test that is about it. Without the folder the
// test fails.
func Require(t testing.TB) *Spec {
	t.Helper()
	s := optional(t)
	if s == nil {
		t.Fatal(Variable + " names no folder with PayPal's OpenAPI files (github.com/paypal/paypal-rest-api-specifications, openapi)")
	}
	return s
}

func optional(t testing.TB) *Spec {
	t.Helper()
	s, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Watch puts itself around a PayPal that is played in this process, and fails the
// test for every exchange under /v1, /v2 and /v3 that breaks the specification.
// Where PAYPAL_OPENAPI is empty it is next itself.
//
// What next does wrong on purpose it has to own up to: before it writes it calls
// Played on the http.ResponseWriter, if that has it, which no client ever sees. Its
// answer is not judged then; the request is.
func Watch(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	return watch(t, next, false)
}

// WatchAnswers is Watch for a client that breaks the rules on purpose: what it sends
// is judged only where it was accepted, and may leave out what is not required. A
// path PayPal does not have must have been refused.
func WatchAnswers(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	return watch(t, next, true)
}

func watch(t testing.TB, next http.Handler, rough bool) http.Handler {
	t.Helper()
	spec := optional(t)
	if spec == nil {
		return next
	}
	w := &watcher{t: t, spec: spec, next: next, rough: rough}
	t.Cleanup(w.report)
	return w
}

// Events judges, when the test is over, the body of every webhook that was made.
func Events(t testing.TB, bodies func() [][]byte) {
	t.Helper()
	spec := optional(t)
	if spec == nil {
		return
	}
	t.Cleanup(func() {
		for _, body := range bodies() {
			Total.add("webhook")
			if err := spec.JudgeEvent(body); err != nil {
				t.Errorf("a webhook breaks PayPal's specification: %v\n%.2000s", err, body)
			}
		}
	})
}

type watcher struct {
	t     testing.TB
	spec  *Spec
	next  http.Handler
	rough bool
	tally Tally
}

// report says in a verbose run what was judged.
func (w *watcher) report() {
	counts := w.tally.Counts()
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		w.t.Logf("held against PayPal's specification: %4d %s", counts[name], name)
	}
}

func (w *watcher) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if !isAPI(r) {
		w.next.ServeHTTP(out, r)
		return
	}
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Errorf("%s %s: the request cannot be read: %v", r.Method, r.URL, err)
	}
	asked := r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(sent))
	o := &overheard{ResponseWriter: out, status: http.StatusOK}
	defer func() {
		broken := recover()
		w.judge(asked, sent, o, broken != nil)
		if broken != nil {
			panic(broken)
		}
	}()
	w.next.ServeHTTP(o, r)
}

// isAPI leaves out the pages that buyers and operators visit.
func isAPI(r *http.Request) bool {
	for _, version := range []string{"/v1", "/v2", "/v3"} {
		if strings.HasPrefix(r.URL.EscapedPath(), version+"/") || r.URL.Path == version {
			return true
		}
	}
	return false
}

func (w *watcher) judge(r *http.Request, sent []byte, o *overheard, broken bool) {
	refused := w.rough && (o.status >= 400 || o.played != "")
	name, known := w.spec.Operation(r)
	if known {
		w.tally.add(name)
		Total.add(name)
	}
	switch {
	case !w.rough:
		w.blame(r, w.spec.JudgeRequest(r, sent), sent)
	case !refused:
		w.blame(r, w.spec.permits(r, sent), sent)
	}
	switch {
	case o.played != "", refused && !known:
	case broken:
		w.t.Errorf("%s %s: the answer breaks off, and not on purpose", r.Method, r.URL)
	default:
		w.blame(r, w.spec.JudgeAnswer(r, o.status, o.Header(), o.body.Bytes()), o.body.Bytes())
	}
}

func (w *watcher) blame(r *http.Request, err error, body []byte) {
	if err != nil {
		w.t.Errorf("%s %s breaks PayPal's specification: %v\n%.2000s", r.Method, r.URL, err, body)
	}
}

// overheard is what is written, on its way to the client.
type overheard struct {
	http.ResponseWriter
	status int
	begun  bool
	body   bytes.Buffer
	played string
}

// Played is told of a fault that is played on purpose.
func (o *overheard) Played(fault string) { o.played = fault }

// Unwrap is for http.ResponseController.
func (o *overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader keeps the first status, which is the one that goes out.
func (o *overheard) WriteHeader(status int) {
	if !o.begun {
		o.status, o.begun = status, true
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *overheard) Write(text []byte) (int, error) {
	o.begun = true
	o.body.Write(text)
	return o.ResponseWriter.Write(text)
}
