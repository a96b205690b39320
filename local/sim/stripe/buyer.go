package stripe

import (
	"errors"
	"fmt"
)

// The closed set of errors of what a buyer does.
var (
	ErrNoSession = errors.New("stripe: no such session")
	ErrNotNow    = errors.New("stripe: not possible in this state")
)

// act does something to a session as its buyer, or as the world around.
func (s *Simulator) act(id string, do func(*session) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	o := s.opened[id]
	if o == nil {
		return fmt.Errorf("%w: %s", ErrNoSession, id)
	}
	if err := do(o); err != nil {
		return err
	}
	return s.keep()
}

func notNow(o *session) error {
	state := o.status
	if o.intent != nil {
		state += ", " + o.intent.status
	}
	return fmt.Errorf("%w: %s is %s", ErrNotNow, o.id, state)
}

// Pay is the buyer who pays on Stripe's page. A bank transfer is only promised by it:
// the session is complete, and unpaid until the money arrives.
func (s *Simulator) Pay(id string, with Instrument) error {
	return s.act(id, func(o *session) error { return s.pay(o, with) })
}

func (s *Simulator) pay(o *session, with Instrument) error {
	if o.status != "open" {
		return notNow(o)
	}
	i := s.begin(o)
	if o.status = "complete"; o.method == "customer_balance" {
		i.status = "requires_action"
		s.announce("payment_intent.requires_action", s.viewIntent(i, nil))
		s.announce("checkout.session.completed", s.viewSession(nil, o, nil))
		s.fund(i)
		return nil
	}
	s.succeed(s.try(i, with.whole(o), "succeeded"))
	s.announce("checkout.session.completed", s.viewSession(nil, o, nil))
	return nil
}

// whole is an instrument with a brand where it needs one.
func (w Instrument) whole(o *session) Instrument {
	if o.method == "card" && w.Brand == "" {
		w.Brand = "visa"
	}
	return w
}

// succeed books what a charge has taken.
func (s *Simulator) succeed(c *charge) {
	i := c.intent
	o := i.session
	c.status, i.status, i.failure, i.received, i.remaining = "succeeded", "succeeded", "", o.amount, 0
	m := methods[o.method]
	kind := "charge"
	if m.charges == "py_" {
		kind = "payment"
	}
	c.row = s.book(entry{category: "charge", kind: kind, currency: o.currency, amount: o.amount,
		fee: m.feeOf(o.currency, o.amount), days: s.terms.delay(m.days), source: c})
	s.announce("charge.succeeded", s.viewCharge(c, nil))
	s.announce("payment_intent.succeeded", s.viewIntent(i, nil))
}

// Decline is the buyer whose card or wallet is declined: the page says so, and the
// session stays open.
func (s *Simulator) Decline(id, code string) error {
	return s.act(id, func(o *session) error { return s.decline(o, Instrument{}, code) })
}

func (s *Simulator) decline(o *session, with Instrument, code string) error {
	if o.status != "open" || o.method == "customer_balance" {
		return notNow(o)
	}
	i := s.begin(o)
	c := s.try(i, with.whole(o), "failed")
	c.failure, i.failure, i.status = code, code, "requires_payment_method"
	s.announce("charge.failed", s.viewCharge(c, nil))
	s.announce("payment_intent.payment_failed", s.viewIntent(i, nil))
	return nil
}

// Challenge is the buyer whose bank wants to see them (3-D Secure); Authenticate is
// how it ends.
func (s *Simulator) Challenge(id string) error {
	return s.act(id, func(o *session) error { return s.challenge(o, Instrument{}) })
}

func (s *Simulator) challenge(o *session, with Instrument) error {
	if o.status != "open" || o.method != "card" {
		return notNow(o)
	}
	i := s.begin(o)
	i.status, i.with = "requires_action", with
	s.announce("payment_intent.requires_action", s.viewIntent(i, nil))
	return nil
}

// Authenticate passes or fails a challenge. The outcome is on the charge.
func (s *Simulator) Authenticate(id string, passed bool) error {
	return s.act(id, func(o *session) error { return s.authenticate(o, passed) })
}

func (s *Simulator) authenticate(o *session, passed bool) error {
	if o.status != "open" || o.intent == nil || o.intent.status != "requires_action" {
		return notNow(o)
	}
	with := o.intent.with
	if with.Secure = Authenticated; passed {
		return s.pay(o, with)
	}
	with.Secure = Failed
	return s.decline(o, with, "payment_intent_authentication_failure")
}

// Process is the buyer who pays in a way that takes its time: the session is complete
// and the money on its way. Conclude is how it ends.
func (s *Simulator) Process(id string) error { return s.act(id, s.process) }

func (s *Simulator) process(o *session) error {
	if o.status != "open" || o.method == "customer_balance" {
		return notNow(o)
	}
	i := s.begin(o)
	s.try(i, Instrument{}.whole(o), "pending")
	i.status, o.status = "processing", "complete"
	s.announce("payment_intent.processing", s.viewIntent(i, nil))
	s.announce("checkout.session.completed", s.viewSession(nil, o, nil))
	return nil
}

// Conclude ends what was on its way.
func (s *Simulator) Conclude(id string, paid bool) error {
	return s.act(id, func(o *session) error {
		i := o.intent
		if i == nil || i.status != "processing" {
			return notNow(o)
		}
		c := i.last()
		if paid {
			s.succeed(c)
			s.announce("checkout.session.async_payment_succeeded", s.viewSession(nil, o, nil))
			return nil
		}
		c.status, c.failure, i.failure, i.status = "failed", "payment_method_provider_decline", "payment_method_provider_decline", "requires_payment_method"
		s.announce("payment_intent.payment_failed", s.viewIntent(i, nil))
		s.announce("checkout.session.async_payment_failed", s.viewSession(nil, o, nil))
		return nil
	})
}

// Transfer is money that arrives from the buyer's bank: as much as was asked for, a
// part, or too much, of which the rest stays the customer's. What comes for a
// PaymentIntent that was cancelled stays the customer's as well.
func (s *Simulator) Transfer(id string, amount int64) error {
	return s.act(id, func(o *session) error {
		if o.customer == nil || amount <= 0 || o.intent == nil {
			return notNow(o)
		}
		o.customer.cash[o.currency] += amount
		s.fund(o.intent)
		return nil
	})
}

// fund pays a PaymentIntent from its customer's cash, as far as that goes.
func (s *Simulator) fund(i *intent) {
	o := i.session
	cash := o.customer.cash[o.currency]
	if i.status != "requires_action" || cash == 0 {
		return
	}
	part := min(cash, i.remaining)
	o.customer.cash[o.currency] -= part
	if i.remaining -= part; i.remaining > 0 {
		s.announce("payment_intent.partially_funded", s.viewIntent(i, nil))
		return
	}
	s.succeed(s.try(i, Instrument{}, "succeeded"))
	s.announce("checkout.session.async_payment_succeeded", s.viewSession(nil, o, nil))
}

// Cash is what has come in for a session's customer and paid nothing, in the smallest
// units of the session's currency.
func (s *Simulator) Cash(id string) (cash int64) {
	_ = s.act(id, func(o *session) error {
		if o.customer != nil {
			cash = o.customer.cash[o.currency]
		}
		return nil
	})
	return cash
}

// Session is what is true of a session, for a test's own judgement.
type Session struct {
	ID, Status, Intent, IntentStatus, Method, Reference string
	Currency                                            string
	Amount, Received                                    int64
	Refunded                                            int64 // what is on its way back counted in
	Returning                                           int64 // what is on its way back
	Refunds                                             int   // that have not failed
	Tries                                               int
}

// Sessions are all there are, by age.
func (s *Simulator) Sessions() (all []Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	_ = s.keep() // what fell due and is shown now; a write that failed is made up for by the next
	for _, o := range s.sessions {
		all = append(all, o.truth())
	}
	return all
}

// Session is the one of an id. Error: ErrNoSession.
func (s *Simulator) Session(id string) (truth Session, err error) {
	err = s.act(id, func(o *session) error {
		truth = o.truth()
		return nil
	})
	return truth, err
}

func (o *session) truth() Session {
	view := Session{ID: o.id, Status: o.status, Method: o.method, Reference: o.reference, Currency: o.currency, Amount: o.amount}
	i := o.intent
	if i == nil {
		return view
	}
	view.Intent, view.IntentStatus, view.Received, view.Tries = i.id, i.status, i.received, len(i.charges)
	if c := i.last(); c != nil {
		view.Refunded = c.refunded
	}
	for _, r := range i.refunds() {
		if r.status == "failed" {
			continue
		}
		view.Refunds++
		if r.status == "pending" {
			view.Returning += r.amount
		}
	}
	return view
}
