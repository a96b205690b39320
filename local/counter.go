package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// counterPath is where the demo shop looks behind its own counter: what requests cost,
// how a payment went, and what should go wrong next. It is served beside the shop's
// pages by a local run, and is no part of what is deployed.
const counterPath = "/counter/"

// counter are its routes. Forms of another site are refused.
func (w *world) counter() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET "+counterPath+"visits", func(out http.ResponseWriter, _ *http.Request) { sendJSON(out, w.visits.list()) })
	routes.HandleFunc("GET "+counterPath+"payments/{id}", w.counterPayment)
	routes.HandleFunc("GET "+counterPath+"faults", w.counterFaults)
	routes.HandleFunc("POST "+counterPath+"faults", w.counterFault)
	return http.NewCrossOriginProtection().Handler(routes)
}

// counterPayment is a payment as the table has it: its timeline and its money.
func (w *world) counterPayment(out http.ResponseWriter, in *http.Request) {
	item, err := w.table.Get(in.Context(), store.PaymentKey(in.PathValue("id")))
	if errors.Is(err, store.ErrNotFound) {
		http.Error(out, "no such payment", http.StatusNotFound)
		return
	}
	p, fault := payment.Decode(item.Document)
	if err = errors.Join(err, fault); err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	type line struct {
		At   time.Time `json:"at"`
		Code string    `json:"code"`
		Ref  string    `json:"ref,omitempty"`
	}
	type entry struct {
		Kind   string `json:"kind"`
		Amount string `json:"amount"`
		Fee    string `json:"fee,omitempty"`
	}
	view := struct {
		Status   payment.Status `json:"status"`
		Timeline []line         `json:"timeline"`
		Money    []entry        `json:"money"`
	}{Status: payment.StatusOf(p), Timeline: []line{}, Money: []entry{}}
	for _, e := range p.Timeline {
		view.Timeline = append(view.Timeline, line{e.At, e.Code, e.Ref})
	}
	for _, e := range p.Entries {
		shown := entry{Kind: string(e.Kind), Amount: e.Amount.String()}
		if !e.Fee.IsZero() {
			shown.Fee = e.Fee.String()
		}
		view.Money = append(view.Money, shown)
	}
	sendJSON(out, view)
}

func sendJSON(out http.ResponseWriter, value any) {
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(out).Encode(value) // plain structs; a browser that has gone is no concern of ours
}

// visit is one request to the API and what it cost. Of requests that run at the same
// time each is shown what all of them cost.
type visit struct {
	Number   int       `json:"number"`
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Path     string    `json:"path"` // with {id} in place of a payment's
	Status   int       `json:"status"`
	Millis   int64     `json:"millis"`
	Reads    int64     `json:"reads"`
	Writes   int64     `json:"base_writes"`
	Index    int64     `json:"index_writes"`
	Provider string    `json:"provider"` // "create 1, look 1"
}

// keptVisits is how many are remembered.
const keptVisits = 50

// visits are the latest requests to the API, newest first.
type visits struct {
	mu    sync.Mutex
	count int
	last  []visit
}

func (v *visits) list() []visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]visit{}, v.last...)
}

func (v *visits) add(one visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count++
	one.Number = v.count
	v.last = slices.Insert(v.last, 0, one)
	v.last = v.last[:min(len(v.last), keptVisits)]
}

// counted passes requests on to the API, and keeps what each cost. A preflight costs
// nothing: it ends at the gateway.
func (w *world) counted(api http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.Method == http.MethodOptions {
			api.ServeHTTP(out, in)
			return
		}
		began, table, calls := time.Now(), w.table.Counts(), w.calls.counts()
		status := &statusWriter{ResponseWriter: out, status: http.StatusOK}
		api.ServeHTTP(status, in)
		now := w.table.Counts()
		w.visits.add(visit{
			At: began.UTC(), Method: in.Method, Path: withoutID(in.URL.Path), Status: status.status, Millis: time.Since(began).Milliseconds(),
			Reads: now.Reads - table.Reads, Writes: now.Writes - table.Writes, Index: now.IndexWrites - table.IndexWrites,
			Provider: since(calls, w.calls.counts()),
		})
	})
}

// withoutID is a path as openapi.yaml names it, as far as payments go.
func withoutID(path string) string {
	parts := strings.Split(path, "/")
	if i := slices.Index(parts, "payments"); i >= 0 && i+1 < len(parts) {
		parts[i+1] = "{id}"
	}
	return strings.Join(parts, "/")
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes the status on.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
