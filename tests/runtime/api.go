package runtime

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	prefix = "/2018-06-01/runtime/"
	// payloadLimit is the most a function may answer in one synchronous call, in
	// bytes.
	payloadLimit = 6291556
)

// api is the Runtime API of one process.
type api struct {
	arn  string
	idle func() // called when the process asks for work and there is none
	busy func() // called before work is given to a process that waited for it
	work chan *invocation
	gone chan struct{} // closed when the process has ended

	mu        sync.Mutex
	current   *invocation
	firstNext time.Time
	failed    *FunctionError // of the start
	deaf      bool           // nothing the process says is heard any more
}

// invocation is one event and how it ended.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	ended    chan outcome // room for one: whoever waits may have left
}

type outcome struct {
	answer []byte
	err    error
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"invocation/next", a.next)
	mux.HandleFunc("POST "+prefix+"invocation/{id}/response", a.response)
	mux.HandleFunc("POST "+prefix+"invocation/{id}/error", a.failure)
	mux.HandleFunc("POST "+prefix+"init/error", a.initFailure)
	return mux
}

// next waits until there is work.
func (a *api) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	if a.firstNext.IsZero() {
		a.firstNext = time.Now()
	}
	a.mu.Unlock()
	var given *invocation
	select {
	case given = <-a.work:
	default:
		a.idle()
		select {
		case given = <-a.work:
			a.busy()
		case <-a.gone:
			return
		case <-r.Context().Done():
			return
		}
	}
	a.mu.Lock()
	a.current = given
	a.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", given.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(given.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", a.arn)
	h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0")
	_, _ = w.Write(given.event) // whoever asked may have died: the process is watched, not its connection
}

func (a *api) response(w http.ResponseWriter, r *http.Request) {
	answer, err := io.ReadAll(io.LimitReader(r.Body, payloadLimit+1))
	switch {
	case err != nil:
		return // cut off: the process has died, or will be heard again
	case len(answer) > payloadLimit:
		a.end(r.PathValue("id"), outcome{err: &FunctionError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("more than %d bytes", payloadLimit)}})
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		return
	}
	accept(w, a.end(r.PathValue("id"), outcome{answer: answer}))
}

func (a *api) failure(w http.ResponseWriter, r *http.Request) {
	accept(w, a.end(r.PathValue("id"), outcome{err: readError(r)}))
}

func (a *api) initFailure(w http.ResponseWriter, r *http.Request) {
	failed := readError(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed = failed
	accept(w, true)
}

// end tells whoever waits how the invocation ended. It reports whether that was
// the invocation the process is busy with; one that is not heard any more is not
// told so.
func (a *api) end(id string, o outcome) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == nil || a.current.id != id {
		return false
	}
	if a.deaf {
		return true
	}
	a.current.ended <- o
	a.current = nil
	return true
}

func accept(w http.ResponseWriter, ok bool) {
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errorType":"InvalidRequestID","errorMessage":"no such invocation"}`)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

// FunctionError is what a function reports of itself: an error it returned, a
// panic, or an initialisation that failed.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

func readError(r *http.Request) *FunctionError {
	e := &FunctionError{}
	text, err := io.ReadAll(io.LimitReader(r.Body, payloadLimit))
	if err == nil {
		err = json.Unmarshal(text, e)
	}
	if err != nil {
		return &FunctionError{Type: r.Header.Get("Lambda-Runtime-Function-Error-Type"), Message: fmt.Sprintf("an error that cannot be read: %v", err)}
	}
	return e
}
