package stripe

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
)

// dashboard is what the merchant has set up in Stripe's dashboard, and how Stripe's clock
// goes. The zero value is an account that may do everything.
type dashboard struct {
	withheld   map[string]bool // paths a restricted key may not read
	off        map[string]bool // ways to pay
	unpaid     bool            // charges are switched off
	endpoints  func([]Endpoint) []Endpoint
	registered string // the id of the endpoint that is really rung
	ahead      time.Duration
}

// Endpoint is a webhook endpoint of the account.
type Endpoint struct {
	ID, URL, Status string // status: enabled or disabled
	Version         string // of the API; empty: the account's own
	Events          []string
}

// Calls of a person who looks at the account. No fault is aimed at them: see Withhold.
const (
	CallLists    CallName = "lists"    // GET of all sessions, customers, PaymentIntents or charges
	CallSettings CallName = "settings" // GET of the webhook endpoints or of the ways to pay
)

// examined are the calls by which an account is looked at.
var examined = []endpoint{
	{CallLists, "GET", "/v1/checkout/sessions", listParams, (*Simulator).listSessions},
	{CallLists, "GET", "/v1/customers", listParams, (*Simulator).listCustomers},
	{CallLists, "GET", "/v1/payment_intents", listParams, (*Simulator).listIntents},
	{CallLists, "GET", "/v1/charges", listParams, (*Simulator).listCharges},
	{CallSettings, "GET", "/v1/webhook_endpoints", listParams, (*Simulator).listEndpoints},
	{CallSettings, "GET", "/v1/payment_method_configurations", "limit starting_after expand[*]", (*Simulator).listConfigurations},
}

// Withhold takes from the key, or gives back, the right to everything whose path begins
// so, as a restricted key has it not (docs.stripe.com/keys, restricted keys).
func (s *Simulator) Withhold(path string, withheld bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dashboard.withheld == nil {
		s.dashboard.withheld = map[string]bool{}
	}
	s.dashboard.withheld[path] = withheld
}

// checkRight refuses what the key may not do.
func (s *Simulator) checkRight(v *visit) (outcome, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, withheld := range s.dashboard.withheld {
		if withheld && strings.HasPrefix(v.request.URL.Path, path) {
			a := refusal(http.StatusForbidden, "invalid_request_error", "", "The provided key does not have the required permissions for this endpoint.", "")
			a.begun = false
			return a, true
		}
	}
	return outcome{}, false
}

// SwitchOff makes the account have a way to pay no more.
func (s *Simulator) SwitchOff(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dashboard.off == nil {
		s.dashboard.off = map[string]bool{}
	}
	s.dashboard.off[method] = true
}

// Restrict makes the account one that may not be paid, as one is whose owner still has to
// tell who he is.
func (s *Simulator) Restrict() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dashboard.unpaid = true
}

// Reregister makes the list of the account's webhook endpoints another one: change is
// given the one that is really rung, or none. What is sent where does not change by it.
func (s *Simulator) Reregister(change func([]Endpoint) []Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dashboard.endpoints = change
}

// RunAhead makes Stripe's clock, as its answers are dated, go ahead of the Config's by so
// much.
func (s *Simulator) RunAhead(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dashboard.ahead = by
}

// date is when an answer was given, by Stripe's own clock (RFC 9110, Date).
func (s *Simulator) date() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Add(s.dashboard.ahead).Format(http.TimeFormat)
}

// capabilitiesOf are those of a way to pay (API reference, account, capabilities): one of
// its own name, but for bank transfers, which have one for each currency, and for Alipay
// and WeChat Pay, which have none.
func capabilitiesOf(method string) []string {
	switch method {
	case "alipay", "wechat_pay":
		return nil
	case "customer_balance":
		return []string{"gb_bank_transfer_payments", "jp_bank_transfer_payments", "mx_bank_transfer_payments", "sepa_bank_transfer_payments", "us_bank_transfer_payments"}
	}
	return []string{method + "_payments"}
}

// showAccount answers GET /v1/account. The caller holds mu.
func (s *Simulator) showAccount(*visit) outcome {
	granted := object{}
	for method := range methods {
		for _, name := range capabilitiesOf(method) {
			granted[name] = "active"
			if s.dashboard.off[method] {
				granted[name] = "inactive"
			}
		}
	}
	return reply(http.StatusOK, object{
		"id": s.account, "object": "account", "country": "DE", "default_currency": s.config.Settles[0], "capabilities": granted,
		"charges_enabled": !s.dashboard.unpaid, "payouts_enabled": !s.dashboard.unpaid, "details_submitted": !s.dashboard.unpaid,
	})
}

// listEndpoints lists the webhook endpoints: the one that is rung, or none. The caller
// holds mu.
func (s *Simulator) listEndpoints(v *visit) outcome {
	var all []Endpoint
	if hook := s.config.Webhook; hook.URL != "" {
		if s.dashboard.registered == "" {
			s.dashboard.registered = "we_" + chance.Letters(s.traces, alphanumerics, 24)
		}
		own := Endpoint{ID: s.dashboard.registered, URL: hook.URL, Status: "enabled", Events: hook.Events}
		if own.Events == nil {
			own.Events = []string{"*"}
		}
		all = append(all, own)
	}
	if s.dashboard.endpoints != nil {
		all = s.dashboard.endpoints(all)
	}
	return list(v, "/v1/webhook_endpoints", all, func(e Endpoint) string { return e.ID }, func(e Endpoint, _ expansions) any {
		return object{
			"id": e.ID, "object": "webhook_endpoint", "api_version": orNull(e.Version), "application": nil, "created": s.now().Unix(),
			"description": nil, "enabled_events": e.Events, "livemode": false, "metadata": object{}, "status": e.Status, "url": e.URL,
		}
	})
}

// listConfigurations lists the account's one configuration of ways to pay. The caller
// holds mu.
func (s *Simulator) listConfigurations(v *visit) outcome {
	return list(v, "/v1/payment_method_configurations", []string{"pmc_" + s.account}, func(id string) string { return id }, func(id string, _ expansions) any {
		view := object{
			"id": id, "object": "payment_method_configuration", "active": true, "application": nil, "is_default": true,
			"livemode": false, "name": "Default", "parent": nil,
		}
		for name := range methods {
			value := "on"
			if s.dashboard.off[name] {
				value = "off"
			}
			view[name] = object{"available": value == "on", "display_preference": object{"overridable": nil, "preference": value, "value": value}}
		}
		return view
	})
}

func (s *Simulator) listSessions(v *visit) outcome {
	asked := within(v.params)
	kept := filter(s.sessions, func(o *session) bool { return asked(o.created) })
	return list(v, "/v1/checkout/sessions", kept, func(o *session) string { return o.id },
		func(o *session, e expansions) any { return s.viewSession(v, o, e) })
}

func (s *Simulator) listCustomers(v *visit) outcome {
	asked := within(v.params)
	kept := filter(s.customers, func(c *customer) bool { return asked(c.created) })
	return list(v, "/v1/customers", kept, func(c *customer) string { return c.id }, func(c *customer, _ expansions) any {
		return object{"id": c.id, "object": "customer", "created": c.created.Unix(), "livemode": false, "metadata": c.metadata}
	})
}

func (s *Simulator) listIntents(v *visit) outcome {
	asked := within(v.params)
	kept := filter(s.intents, func(i *intent) bool { return asked(i.created) })
	return list(v, "/v1/payment_intents", kept, func(i *intent) string { return i.id },
		func(i *intent, e expansions) any { return s.viewIntent(i, e) })
}

func (s *Simulator) listCharges(v *visit) outcome {
	var all []*charge
	for _, i := range s.intents {
		all = append(all, i.charges...)
	}
	slices.SortStableFunc(all, func(a, b *charge) int { return a.created.Compare(b.created) })
	asked := within(v.params)
	kept := filter(all, func(c *charge) bool { return asked(c.created) })
	return list(v, "/v1/charges", kept, func(c *charge) string { return c.id },
		func(c *charge, e expansions) any { return s.viewCharge(c, e) })
}
