package stripe

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sessionLife is how long a session lives that nobody has paid: 24 hours, the default
// (API reference, expires_at).
const sessionLife = 24 * time.Hour

// session is a Checkout Session.
type session struct {
	id                string
	created, expires  time.Time
	status            string // open, complete, expired
	amount            int64
	currency          string
	method            string
	reference         string
	metadata          map[string]string
	intentMetadata    map[string]string // what its PaymentIntent will carry
	description       string
	lines             []line
	success, cancel   string
	customer          *customer
	transfer, country string  // the type of bank transfer, and where an account in euro lies
	intent            *intent // nil until the buyer does something
}

// line is what the buyer sees of what is bought.
type line struct {
	Name     string
	Quantity int64
	Amount   int64 // of all of them
}

// sessionParams are the parameters of a session that are imitated. Every other is
// refused, documented or not.
const sessionParams = `mode submit_type payment_method_types[*] client_reference_id metadata[*] customer locale
	adaptive_pricing[enabled] success_url cancel_url expand[*]
	line_items[*][quantity] line_items[*][price_data][currency] line_items[*][price_data][unit_amount]
	line_items[*][price_data][product_data][name]
	payment_intent_data[metadata][*] payment_intent_data[description]
	payment_intent_data[shipping][name] payment_intent_data[shipping][address][line1]
	payment_intent_data[shipping][address][line2] payment_intent_data[shipping][address][city]
	payment_intent_data[shipping][address][state] payment_intent_data[shipping][address][postal_code]
	payment_intent_data[shipping][address][country]
	payment_method_options[wechat_pay][client] payment_method_options[customer_balance][funding_type]
	payment_method_options[customer_balance][bank_transfer][type]
	payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]`

// createSession opens a session (POST /v1/checkout/sessions). The caller holds mu.
func (s *Simulator) createSession(v *visit) outcome {
	p := v.params
	if bad := checkSession(p); bad != nil {
		return *bad
	}
	o := &session{
		status: "open", created: s.now(), expires: s.now().Add(sessionLife),
		method: p["payment_method_types[0]"], reference: p["client_reference_id"], metadata: p.under("metadata"),
		intentMetadata: p.under("payment_intent_data[metadata]"), description: p["payment_intent_data[description]"],
		success: p["success_url"], cancel: p["cancel_url"],
		transfer: p["payment_method_options[customer_balance][bank_transfer][type]"],
		country:  p["payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]"],
	}
	if bad := o.price(p); bad != nil {
		return *bad
	}
	if bad := checkMethod(o.method, o.currency, o.amount, p); bad != nil {
		return *bad
	}
	if id := p["customer"]; id != "" {
		i := slices.IndexFunc(s.customers, func(c *customer) bool { return c.id == id })
		if i < 0 {
			return invalid("resource_missing", "No such customer: '"+id+"'", "customer")
		}
		o.customer = s.customers[i]
	} else if o.method == "customer_balance" {
		return invalid("", "A customer is required for payment_method_types customer_balance.", "customer")
	}
	o.id = s.newID("cs_test_a1", 56)
	s.addSession(o)
	return reply(http.StatusOK, s.viewSession(v, o, p.expand()))
}

// checkSession refuses what no session may be.
func checkSession(p params) *outcome {
	refuse := func(message, param string) *outcome {
		a := invalid("", message, param)
		return &a
	}
	if p["mode"] != "payment" {
		return refuse("Only mode=payment is simulated.", "mode")
	}
	if p.items("payment_method_types") != 1 {
		return refuse("Exactly one payment method type is simulated.", "payment_method_types")
	}
	for _, name := range []string{"success_url", "cancel_url"} {
		if u, err := url.Parse(p[name]); err != nil || u.Scheme == "" || u.Host == "" {
			a := invalid("url_invalid", "Not a valid URL", name)
			return &a
		}
	}
	if p["adaptive_pricing[enabled]"] == "true" {
		return refuse("Adaptive pricing is not simulated.", "adaptive_pricing[enabled]")
	}
	for key := range p {
		if strings.Contains(key, "metadata[") && len(p[key]) > 500 {
			return refuse("Metadata values can have up to 500 characters.", key)
		}
	}
	if len(p["client_reference_id"]) > 200 {
		return refuse("client_reference_id is at most 200 characters.", "client_reference_id")
	}
	return nil
}

// mostLines is how many lines a session has (API reference, line_items).
const mostLines = 100

// price reads the lines and adds them up.
func (o *session) price(p params) *outcome {
	n := p.items("line_items")
	if n == 0 || n > mostLines {
		a := invalid("parameter_missing", "From 1 to 100 line items are needed.", "line_items")
		return &a
	}
	for _, name := range p.names() {
		index, _, inside := strings.Cut(strings.TrimPrefix(name, "line_items["), "]")
		if i, err := strconv.Atoi(index); strings.HasPrefix(name, "line_items[") && (!inside || err != nil || i >= n || strconv.Itoa(i) != index) {
			a := invalid("", "Line items are numbered from 0 without a gap.", name)
			return &a
		}
	}
	for i := range n {
		at := "line_items[" + strconv.Itoa(i) + "]"
		currency, name := p[at+"[price_data][currency]"], p[at+"[price_data][product_data][name]"]
		unit, given, ok := p.number(at + "[price_data][unit_amount]")
		quantity, counted, good := p.number(at + "[quantity]")
		switch {
		case !given || !counted || name == "" || currency == "":
			a := invalid("parameter_missing", "A line item lacks a part.", at)
			return &a
		case !ok || !good || unit < 0 || quantity < 1:
			a := invalid("parameter_invalid_integer", "Invalid integer.", at)
			return &a
		case o.currency != "" && currency != o.currency:
			a := invalid("", "All line items have one currency.", at)
			return &a
		}
		o.currency = currency
		o.amount += unit * quantity
		o.lines = append(o.lines, line{name, quantity, unit * quantity})
	}
	return nil
}

// addSession takes a session into the books.
func (s *Simulator) addSession(o *session) {
	s.sessions, s.opened[o.id] = append(s.sessions, o), o
}

func (s *Simulator) showSession(v *visit) outcome {
	o := s.opened[v.id]
	if o == nil {
		return unknown("checkout.session", v.id, "session")
	}
	return reply(http.StatusOK, s.viewSession(v, o, v.params.expand()))
}

// expireSession ends an open session (POST /v1/checkout/sessions/{id}/expire). The
// caller holds mu.
func (s *Simulator) expireSession(v *visit) outcome {
	o := s.opened[v.id]
	if o == nil {
		return unknown("checkout.session", v.id, "session")
	}
	if o.status != "open" {
		// Stripe's words, which have no code.
		return refusal(http.StatusBadRequest, "invalid_request_error", "",
			"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `"+o.status+"`.", "")
	}
	s.expire(o)
	return reply(http.StatusOK, s.viewSession(v, o, v.params.expand()))
}

func (s *Simulator) expire(o *session) {
	o.status = "expired"
	if o.intent != nil && o.intent.status != "succeeded" {
		o.intent.status, o.intent.cancelReason = "canceled", "automatic"
	}
	s.announce("checkout.session.expired", s.viewSession(nil, o, nil))
}

// pass lets time have its effects: sessions expire, and the account is paid out. The
// caller holds mu.
func (s *Simulator) pass() {
	s.payDue()
	for s.ended < len(s.sessions) && s.sessions[s.ended].status != "open" {
		s.ended++
	}
	for _, o := range s.sessions[s.ended:] {
		if o.status == "open" && !s.now().Before(o.expires) {
			s.expire(o)
		}
	}
}

// paid is a session's payment_status: a complete one may be unpaid.
func (o *session) paid() string {
	if o.intent != nil && o.intent.status == "succeeded" {
		return "paid"
	}
	return "unpaid"
}

func (s *Simulator) viewSession(v *visit, o *session, e expansions) object {
	view := object{
		"id": o.id, "object": "checkout.session", "status": o.status, "payment_status": o.paid(), "mode": "payment",
		"created": o.created.Unix(), "expires_at": o.expires.Unix(), "livemode": false,
		"amount_subtotal": o.amount, "amount_total": o.amount, "currency": o.currency,
		"client_reference_id": orNull(o.reference), "metadata": o.metadata, "customer": nil,
		"payment_method_types": []string{o.method}, "payment_intent": nil, "url": nil,
		"success_url": o.success, "cancel_url": o.cancel,
		"automatic_tax": object{"enabled": false, "liability": nil, "provider": nil, "status": nil},
		"custom_fields": []any{}, "shipping_options": []any{},
		"custom_text": object{"after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil},
	}
	if o.customer != nil {
		view["customer"] = o.customer.id
	}
	if o.status == "open" {
		view["url"] = s.publicOf(v) + payPath + o.id
	}
	if i := o.intent; i != nil {
		if view["payment_intent"] = i.id; e.has("payment_intent") {
			view["payment_intent"] = s.viewIntent(i, e.of("payment_intent"))
		}
	}
	return view
}

// publicOf is where a browser finds the simulator. The caller holds mu.
func (s *Simulator) publicOf(v *visit) string {
	switch {
	case s.publicURL != "":
		return s.publicURL
	case v != nil:
		return "http://" + v.request.Host
	}
	return ""
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// customer is a Customer, with the cash that has come in for it, by currency.
type customer struct {
	id       string
	created  time.Time
	metadata map[string]string
	cash     map[string]int64
}

func (s *Simulator) createCustomer(v *visit) outcome {
	c := &customer{id: s.newID("cus_", 14), created: s.now(), metadata: v.params.under("metadata"), cash: map[string]int64{}}
	s.customers = append(s.customers, c)
	return reply(http.StatusOK, object{
		"id": c.id, "object": "customer", "created": c.created.Unix(), "livemode": false, "metadata": c.metadata,
	})
}
