package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// gateway is safe for concurrent use: after New only the limiters change, and
// they look after themselves.
type gateway struct {
	template  Template
	functions map[string]Function
	limiters  []*rate.Limiter // by route
	caller    *caller         // nil: nobody

	now       func() time.Time
	requestID func() string
	log       *slog.Logger
}

// Option changes one of the gateway's seams.
type Option func(*gateway)

// WithClock sets the clock that dates requests and fills the throttles; it may
// run ahead of the world's. Timeouts are measured in real time.
func WithClock(now func() time.Time) Option { return func(g *gateway) { g.now = now } }

// WithRequestIDs sets where request ids come from. It is called from many
// goroutines.
func WithRequestIDs(next func() string) Option { return func(g *gateway) { g.requestID = next } }

// WithLog sets where a function's failure is told: its caller hears nothing
// but 500. Without it the failure is told nowhere.
func WithLog(log *slog.Logger) Option { return func(g *gateway) { g.log = log } }

// New serves the template's routes by the functions, which are given by their
// logical ids. A route without a function and a function without a route are
// errors; what only runs on a schedule does not belong here.
func New(t Template, functions map[string]Function, options ...Option) (http.Handler, error) {
	g := &gateway{
		template:  t,
		functions: functions,
		now:       time.Now,
		requestID: randomID,
		log:       slog.New(slog.DiscardHandler),
	}
	routed := map[string]bool{}
	var wrong []error
	for _, route := range t.Routes {
		routed[route.Function] = true
		g.limiters = append(g.limiters, route.Throttle.limiter())
		if functions[route.Function] == nil {
			wrong = append(wrong, fmt.Errorf("gateway: no function %s for %s", route.Function, route.Key()))
		}
		if t.Functions[route.Function].Timeout <= 0 {
			wrong = append(wrong, fmt.Errorf("gateway: no timeout for %s", route.Function))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(functions)) {
		if !routed[id] {
			wrong = append(wrong, fmt.Errorf("gateway: no route to function %s", id))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	for _, option := range options {
		option(g)
	}
	if g.caller != nil && !g.caller.whole() {
		return nil, errors.New("gateway: credentials need an access key id, a secret and a region")
	}
	return g, nil
}

// randomID has the form of the gateway's own: 16 characters, the last one "=".
func randomID() string {
	var b [11]byte
	rand.Read(b[:])
	return base64.URLEncoding.EncodeToString(b[:])
}

// ServeHTTP answers one request: by itself, or by a function.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := g.requestID()
	w.Header().Set("Apigw-Requestid", id)
	cors := g.template.CORS
	var a answer
	var refused *refusal
	switch {
	case headBytes(r) > headerLimit:
		refused = headersTooLarge
	case r.Method == http.MethodOptions && cors.configured():
		cors.preflight(w, r)
		return
	default:
		a, refused = g.serve(w, r, id)
	}
	if refused != nil {
		cors.decorate(w.Header(), r)
		refused.write(w)
		return
	}
	cors.decorate(a.headers, r)
	a.write(w)
}

// serve finds the route and asks its function, unless something forbids it.
func (g *gateway) serve(w http.ResponseWriter, r *http.Request, id string) (answer, *refusal) {
	path, now := decodedPath(r.URL), g.now()
	i, values := match(g.template.Routes, r.Method, path)
	if i < 0 {
		return answer{}, notFound
	}
	route := g.template.Routes[i]
	if !g.limiters[i].AllowN(now, 1) {
		return answer{}, tooMany
	}
	by := g.callerOf(route)
	if route.Authorizer != Public && by == nil {
		return answer{}, forbidden
	}
	body, refused := readBody(w, r)
	if refused != nil {
		return answer{}, refused
	}
	if by != nil && !by.signed(r, body, now) {
		return answer{}, forbidden
	}
	return g.ask(arrival{request: r, route: route, path: path, values: values, body: body, by: by, id: id, at: now})
}

// ask calls the route's function and judges what comes back. Whatever went
// wrong inside it, its caller hears 500 and no reason.
func (g *gateway) ask(a arrival) (answer, *refusal) {
	event, err := json.Marshal(a.event())
	if err != nil {
		panic(err) // strings and numbers
	}
	if len(event) > payloadLimit {
		return answer{}, tooLarge
	}
	function := a.route.Function
	o := call(g.functions[function], g.template.Functions[function].Timeout, a.id, event)
	given := answer{}
	if o.err == nil {
		given, o.err = parseAnswer(o.answer)
	}
	if o.err == nil {
		return given, nil
	}
	g.log.Error("function failed", "function", function, "requestId", a.id, "error", o.err)
	if errors.Is(o.err, errCut) {
		return answer{}, unavailable
	}
	return answer{}, functionFailed
}
