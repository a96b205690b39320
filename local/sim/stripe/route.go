package stripe

import (
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP serves Stripe's calls under /v1, the page a buyer pays on under /c/pay and
// the operator's desk under /sim.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if !strings.HasPrefix(path, "/v1/") {
		s.servePage(w, r)
		return
	}
	e, id := find(r.Method, path)
	v := s.arrive(r, e.name, id)
	a, instead := s.instead(v)
	if !instead {
		a = s.spoil(v, s.kept(s.handle(v, e)))
	}
	s.deliver(w, v, a)
}

// endpoint is a call Stripe has, and the parameters of it that are imitated.
type endpoint struct {
	name   CallName
	method string
	path   string // "*" is an id
	params string // see params.check
	act    func(*Simulator, *visit) outcome
}

const listParams = "limit starting_after expand[*] created[gte] created[lte] created[gt] created[lt] "

// endpoints are all there are.
var endpoints = []endpoint{
	{CallAccount, "GET", "/v1/account", "", (*Simulator).showAccount},
	{CallCustomer, "POST", "/v1/customers", "metadata[*] expand[*]", (*Simulator).createCustomer},
	{CallCreate, "POST", "/v1/checkout/sessions", sessionParams, (*Simulator).createSession},
	{CallLook, "GET", "/v1/checkout/sessions/*", "expand[*]", (*Simulator).showSession},
	{CallExpire, "POST", "/v1/checkout/sessions/*/expire", "expand[*]", (*Simulator).expireSession},
	{CallIntent, "GET", "/v1/payment_intents/*", "expand[*]", (*Simulator).showIntent},
	{CallCancel, "POST", "/v1/payment_intents/*/cancel", "cancellation_reason expand[*]", (*Simulator).cancelIntent},
	{CallRefund, "POST", "/v1/refunds", "payment_intent charge amount reason metadata[*] expand[*]", (*Simulator).createRefund},
	{CallRefunds, "GET", "/v1/refunds", listParams + "payment_intent charge", (*Simulator).listRefunds},
	{CallRefunds, "GET", "/v1/refunds/*", "expand[*]", (*Simulator).showRefund},
	{CallDispute, "GET", "/v1/disputes", listParams + "payment_intent charge", (*Simulator).listDisputes},
	{CallDispute, "GET", "/v1/disputes/*", "expand[*]", (*Simulator).showDispute},
	{CallEvents, "GET", "/v1/events", listParams + "type types[*]", (*Simulator).listEvents},
	{CallRows, "GET", "/v1/balance_transactions", listParams + "payout source type currency", (*Simulator).listRows},
	{CallBalance, "GET", "/v1/balance", "expand[*]", (*Simulator).showBalance},
	{CallPayout, "GET", "/v1/payouts", listParams + "status", (*Simulator).listPayouts},
	{CallPayout, "GET", "/v1/payouts/*", "expand[*]", (*Simulator).showPayout},
}

var everyCall = slices.Concat(endpoints, examined)

// find names a call and gives the id in its path. Paths are matched as they were sent.
func find(method, path string) (endpoint, string) {
	for _, e := range everyCall {
		before, behind, named := strings.Cut(e.path, "*")
		switch {
		case e.method != method:
		case !named && path == before:
			return e, ""
		case named:
			rest, ok := strings.CutPrefix(path, before)
			id, ends := strings.CutSuffix(rest, behind)
			if ok && ends && isID(id) {
				return e, id
			}
		}
	}
	return endpoint{name: Unknown}, ""
}

// isID tells whether a path segment can be an id.
func isID(segment string) bool {
	for _, c := range []byte(segment) {
		if c != '_' && !strings.ContainsRune(alphanumerics, rune(c)) {
			return false
		}
	}
	return segment != "" && len(segment) <= 255
}

// handle does what the call asks for, as Stripe would on a good day.
func (s *Simulator) handle(v *visit, e endpoint) outcome {
	if a, refused := s.checkKey(v); refused {
		return a
	}
	if a, refused := s.checkRight(v); refused {
		return a
	}
	if e.name == Unknown {
		return refusal(http.StatusNotFound, "invalid_request_error", "", "Unrecognized request URL ("+v.request.Method+": "+v.request.URL.Path+").", "")
	}
	text := v.body
	if v.request.Method == http.MethodGet {
		text = v.request.URL.RawQuery
	} else if kind := v.request.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		return invalid("", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).", "")
	}
	read, bad := readParams(text, e.params)
	if bad != nil {
		return *bad
	}
	v.params = read
	if v.request.Method == http.MethodPost {
		return s.once(v, func() outcome { return e.act(s, v) })
	}
	v.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	return e.act(s, v)
}

// checkKey refuses whoever has not the account's key, and whoever pins no version.
func (s *Simulator) checkKey(v *visit) (outcome, bool) {
	key, bearer := strings.CutPrefix(v.request.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !bearer || key == "" || key != s.config.Key || s.refused[key] {
		a := refusal(http.StatusUnauthorized, "invalid_request_error", "", "Invalid API Key provided.", "")
		a.begun = false
		return a, true
	}
	if !strings.Contains(v.request.Header.Get("Stripe-Version"), ".") {
		return invalid("", "The request pins no API version with a release train.", ""), true
	}
	return outcome{}, false
}

// Roll makes another key the only one that is accepted, at once.
func (s *Simulator) Roll(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[s.config.Key] = true
	s.config.Key = key
	delete(s.refused, key)
}
