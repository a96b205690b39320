package stripe

import (
	"net/http"
	"time"
)

// intent is a PaymentIntent: at most one of its charges succeeds.
type intent struct {
	id           string
	created      time.Time
	session      *session
	status       string
	metadata     map[string]string
	received     int64
	remaining    int64 // of a bank transfer
	charges      []*charge
	cancelReason string
	failure      string     // the code of the last decline
	with         Instrument // what a challenge is about
}

// charge is one try to take the money.
type charge struct {
	id       string
	intent   *intent
	created  time.Time
	status   string // succeeded, pending, failed
	with     Instrument
	failure  string
	flow     string // of 3-D Secure: challenge, frictionless, or "" where nobody asked
	row      *row
	refunds  []*refund // by age
	refunded int64
	disputed bool
}

// Instrument is what a buyer pays with, where the way to pay leaves a choice.
type Instrument struct {
	Brand  string // of a card: visa, mastercard, unionpay
	Wallet string // apple_pay, google_pay, or none
	Secure Secure // how 3-D Secure ended without the buyer's doing
}

// Secure is how 3-D Secure ended (OpenAPI, three_d_secure_details_charge, result); none
// is that nobody asked.
type Secure string

// The results that are simulated.
const (
	Authenticated Secure = "authenticated"
	Attempted     Secure = "attempt_acknowledged" // the bank takes no part in it
	Exempted      Secure = "exempted"             // nobody had to be asked: low risk
	Failed        Secure = "failed"
)

// addIntent takes a PaymentIntent into the books.
func (s *Simulator) addIntent(i *intent) {
	i.session.intent, s.intents, s.begun[i.id] = i, append(s.intents, i), i
}

// begin is the session's PaymentIntent, which exists from the first try to pay.
func (s *Simulator) begin(o *session) *intent {
	if o.intent == nil {
		s.addIntent(&intent{
			id: s.newID("pi_3", 23), created: s.now(), session: o, status: "requires_payment_method",
			metadata: o.intentMetadata, remaining: o.amount,
		})
	}
	return o.intent
}

// try adds a charge to a PaymentIntent.
func (s *Simulator) try(i *intent, with Instrument, status string) *charge {
	prefix := methods[i.session.method].charges
	c := &charge{id: s.newID(prefix+"3", 23), intent: i, created: s.now(), status: status, with: with}
	if with.Secure != "" {
		if c.flow = "frictionless"; i.status == "requires_action" {
			c.flow = "challenge"
		}
	}
	i.charges = append(i.charges, c)
	return c
}

// refunds are those of every charge, by age: one alone ever succeeds.
func (i *intent) refunds() (all []*refund) {
	for _, c := range i.charges {
		all = append(all, c.refunds...)
	}
	return all
}

// last is the latest charge, or nil.
func (i *intent) last() *charge {
	if len(i.charges) == 0 {
		return nil
	}
	return i.charges[len(i.charges)-1]
}

func (s *Simulator) showIntent(v *visit) outcome {
	i := s.begun[v.id]
	if i == nil {
		return unknown("payment_intent", v.id, "intent")
	}
	return reply(http.StatusOK, s.viewIntent(i, v.params.expand()))
}

// cancelIntent ends a PaymentIntent that has not begun to move money (POST
// /v1/payment_intents/{id}/cancel). That of a session which is still open has to be
// ended with it. The caller holds mu.
func (s *Simulator) cancelIntent(v *visit) outcome {
	i := s.begun[v.id]
	switch {
	case i == nil:
		return unknown("payment_intent", v.id, "intent")
	case i.status == "succeeded", i.status == "canceled", i.status == "processing":
		return refusal(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state",
			"You cannot cancel this PaymentIntent because it has a status of "+i.status+".", "")
	case i.session.status == "open":
		return refusal(http.StatusBadRequest, "invalid_request_error", "",
			"You cannot cancel a PaymentIntent created by a Checkout Session that is open; expire the session.", "")
	}
	i.status, i.cancelReason = "canceled", v.params["cancellation_reason"]
	if c := i.session.customer; c != nil {
		// What had arrived is the customer's again.
		c.cash[i.session.currency] += i.session.amount - i.remaining
		i.remaining = i.session.amount
	}
	return reply(http.StatusOK, s.viewIntent(i, v.params.expand()))
}

func (s *Simulator) viewIntent(i *intent, e expansions) object {
	o := i.session
	view := object{
		"id": i.id, "object": "payment_intent", "created": i.created.Unix(), "livemode": false, "status": i.status,
		"amount": o.amount, "amount_capturable": 0, "amount_received": i.received, "currency": o.currency,
		"metadata": i.metadata, "description": orNull(o.description), "capture_method": "automatic_async",
		"confirmation_method": "automatic", "payment_method_types": []string{o.method}, "latest_charge": nil,
		"next_action": nil, "cancellation_reason": orNull(i.cancelReason), "canceled_at": nil, "customer": nil, "last_payment_error": nil,
	}
	if o.customer != nil {
		view["customer"] = o.customer.id
	}
	if i.failure != "" {
		view["last_payment_error"] = object{"type": "card_error", "code": i.failure, "message": "Your card was declined."}
	}
	if i.status == "requires_action" {
		view["next_action"] = s.nextAction(i)
	}
	if c := i.last(); c != nil {
		if view["latest_charge"] = c.id; e.has("latest_charge") {
			view["latest_charge"] = s.viewCharge(c, e.of("latest_charge"))
		}
	}
	return view
}

// nextAction is what the buyer has to do: transfer what remains, or pass a challenge.
func (s *Simulator) nextAction(i *intent) object {
	if i.session.method != "customer_balance" {
		return object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect"}}
	}
	return object{"type": "display_bank_transfer_instructions", "display_bank_transfer_instructions": s.instructions(i)}
}

// secured is the outcome of 3-D Secure (OpenAPI, three_d_secure_details_charge). Which
// electronic commerce indicator goes with which network and result is Visa's and
// Mastercard's; that a challenge which failed leaves a charge is UNVERIFIED.
func (c *charge) secured() object {
	indicators := map[Secure][2]string{Authenticated: {"05", "02"}, Attempted: {"06", "01"}}
	view := object{
		"authentication_flow": c.flow, "electronic_commerce_indicator": nil, "exemption_indicator": nil,
		"result": string(c.with.Secure), "result_reason": nil, "transaction_id": nil, "version": "2.2.0",
	}
	if of, known := indicators[c.with.Secure]; known {
		if view["electronic_commerce_indicator"] = of[0]; c.with.Brand == "mastercard" {
			view["electronic_commerce_indicator"] = of[1]
		}
	}
	switch c.with.Secure {
	case Failed:
		view["result_reason"] = "rejected"
	case Exempted:
		view["exemption_indicator"] = "low_risk"
	}
	return view
}

func (s *Simulator) viewCharge(c *charge, e expansions) object {
	o := c.intent.session
	captured := int64(0)
	if c.status == "succeeded" {
		captured = o.amount
	}
	details := object{"type": o.method, o.method: object{}}
	if o.method == "card" {
		card := object{"brand": c.with.Brand, "network": c.with.Brand, "last4": "4242", "exp_month": 12, "exp_year": 2034,
			"checks": nil, "country": "DE", "funding": "credit", "installments": nil, "mandate": nil, "three_d_secure": nil, "wallet": nil}
		if c.flow != "" {
			card["three_d_secure"] = c.secured()
		}
		if c.with.Wallet != "" {
			card["wallet"] = object{"type": c.with.Wallet, c.with.Wallet: object{}, "dynamic_last4": nil}
		}
		details["card"] = card
	}
	view := object{
		"id": c.id, "object": "charge", "created": c.created.Unix(), "livemode": false, "status": c.status,
		"amount": o.amount, "amount_captured": captured, "amount_refunded": c.refunded, "currency": o.currency,
		"captured": c.status == "succeeded", "paid": c.status != "failed", "refunded": c.refunded == o.amount && c.refunded > 0,
		"disputed": c.disputed, "failure_code": orNull(c.failure), "payment_intent": c.intent.id, "metadata": c.intent.metadata,
		"billing_details":        object{"address": nil, "email": nil, "name": nil, "phone": nil, "tax_id": nil},
		"payment_method_details": details, "balance_transaction": nil,
	}
	if c.row != nil {
		if view["balance_transaction"] = c.row.id; e.has("balance_transaction") {
			view["balance_transaction"] = s.viewRow(c.row, e.of("balance_transaction"))
		}
	}
	return view
}
