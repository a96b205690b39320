package stripe

import (
	"maps"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// schema is the number of the file's form. Raise it with every change of what a state
// renders as: an old file is then refused by name instead of misread. A member that an
// old file may do without needs no other number.
const schema = 1

// state is everything that survives a process, as the file holds it. Things refer to
// each other by their ids.
type state struct {
	Schema    int             `json:"schema"`
	Starts    uint64          `json:"starts"`
	Account   string          `json:"account"`
	Customers []customerState `json:"customers"` // by age, as all of these
	Sessions  []sessionState  `json:"sessions"`
	Refunds   []refundState   `json:"refunds"`
	Disputes  []disputeState  `json:"disputes"`
	Payouts   []payoutState   `json:"payouts"`
	Rows      []rowState      `json:"rows"`
	Requests  []requestState  `json:"requests"` // by key
	Terms     terms           `json:"terms"`

	Events     []courier.Event[stamp]   `json:"events"`
	Deliveries []courier.Attempt[stamp] `json:"deliveries"`
}

type customerState struct {
	ID       string            `json:"id"`
	Created  time.Time         `json:"created"`
	Metadata map[string]string `json:"metadata"`
	Cash     map[string]int64  `json:"cash"`
}

type sessionState struct {
	ID             string            `json:"id"`
	Created        time.Time         `json:"created"`
	Expires        time.Time         `json:"expires"`
	Status         string            `json:"status"`
	Amount         int64             `json:"amount"`
	Currency       string            `json:"currency"`
	Method         string            `json:"method"`
	Reference      string            `json:"reference,omitempty"`
	Metadata       map[string]string `json:"metadata"`
	IntentMetadata map[string]string `json:"intent_metadata"`
	Description    string            `json:"description,omitempty"`
	Lines          []line            `json:"lines"`
	Success        string            `json:"success"`
	Cancel         string            `json:"cancel"`
	Customer       string            `json:"customer,omitempty"`
	Transfer       string            `json:"transfer,omitempty"`
	Country        string            `json:"country,omitempty"`
	Intent         *intentState      `json:"intent,omitempty"`
}

type intentState struct {
	ID           string        `json:"id"`
	Created      time.Time     `json:"created"`
	Status       string        `json:"status"`
	Received     int64         `json:"received"`
	Remaining    int64         `json:"remaining"`
	Charges      []chargeState `json:"charges"`
	CancelReason string        `json:"cancel_reason,omitempty"`
	Failure      string        `json:"failure,omitempty"`
	With         Instrument    `json:"with,omitzero"`
}

type chargeState struct {
	ID       string     `json:"id"`
	Created  time.Time  `json:"created"`
	Status   string     `json:"status"`
	With     Instrument `json:"with,omitzero"`
	Failure  string     `json:"failure,omitempty"`
	Flow     string     `json:"flow,omitempty"`
	Row      string     `json:"row,omitempty"`
	Refunded int64      `json:"refunded"`
	Disputed bool       `json:"disputed"`
}

type refundState struct {
	ID       string            `json:"id"`
	Charge   string            `json:"charge"`
	Created  time.Time         `json:"created"`
	Amount   int64             `json:"amount"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
	Failure  string            `json:"failure,omitempty"`
	Row      string            `json:"row,omitempty"`
	Returned string            `json:"returned,omitempty"`
}

type disputeState struct {
	ID      string    `json:"id"`
	Charge  string    `json:"charge"`
	Created time.Time `json:"created"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Answers int       `json:"answers"`
	Moved   []string  `json:"moved"`
}

type payoutState struct {
	ID        string    `json:"id"`
	Created   time.Time `json:"created"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Status    string    `json:"status"`
	Automatic bool      `json:"automatic"`
	Scheduled bool      `json:"scheduled"`
	Told      bool      `json:"told"`
	Failure   string    `json:"failure,omitempty"`
}

type rowState struct {
	ID        string    `json:"id"`
	Category  string    `json:"category"`
	Kind      string    `json:"kind"`
	Created   time.Time `json:"created"`
	Available time.Time `json:"available"`
	Amount    int64     `json:"amount"`
	Fee       int64     `json:"fee"`
	Currency  string    `json:"currency"`
	Rate      string    `json:"rate,omitempty"`
	Source    string    `json:"source,omitempty"`
	Payout    string    `json:"payout,omitempty"`
}

// requestState is a request that has ended. One that runs has had no effect, so whoever
// repeats it after a restart is the first.
type requestState struct {
	Key    string    `json:"key"`
	Asked  string    `json:"asked"`
	At     time.Time `json:"at"`
	Status int       `json:"status"`
	Body   string    `json:"body"`
	Played string    `json:"played,omitempty"`
	Trace  string    `json:"trace"`
}

// state draws up the state: the same one always in the same order. The caller holds mu.
func (s *Simulator) state() state {
	st := state{
		Schema: schema, Starts: s.starts, Account: s.account, Terms: s.terms,
		Events: []courier.Event[stamp]{}, Deliveries: append([]courier.Attempt[stamp]{}, s.courier.Attempts()...),
	}
	for _, c := range s.customers {
		st.Customers = append(st.Customers, customerState{c.id, c.created, c.metadata, c.cash})
	}
	for _, o := range s.sessions {
		st.Sessions = append(st.Sessions, o.kept())
	}
	for _, r := range s.refunds {
		st.Refunds = append(st.Refunds, refundState{
			r.id, r.charge.id, r.created, r.amount, r.status, r.metadata, r.failure, idOf(r.row), idOf(r.returned),
		})
	}
	for _, d := range s.disputes {
		kept := disputeState{d.id, d.charge.id, d.created, d.status, d.reason, d.answers, nil}
		for _, r := range d.moved {
			kept.Moved = append(kept.Moved, r.id)
		}
		st.Disputes = append(st.Disputes, kept)
	}
	for _, p := range s.payouts {
		st.Payouts = append(st.Payouts, payoutState{
			p.id, p.created, p.amount, p.currency, p.status, p.automatic, p.scheduled, p.told, p.failure,
		})
	}
	for _, r := range s.rows {
		st.Rows = append(st.Rows, r.kept())
	}
	for _, key := range slices.Sorted(maps.Keys(s.requests)) {
		if r := s.requests[key]; !r.running {
			st.Requests = append(st.Requests, requestState{
				key, r.asked, r.at, r.first.Status, string(r.first.Body), r.first.Played, r.trace,
			})
		}
	}
	for _, e := range s.courier.Events() {
		st.Events = append(st.Events, *e)
	}
	return st
}

func idOf(r *row) string {
	if r == nil {
		return ""
	}
	return r.id
}

func (o *session) kept() sessionState {
	kept := sessionState{
		ID: o.id, Created: o.created, Expires: o.expires, Status: o.status, Amount: o.amount, Currency: o.currency,
		Method: o.method, Reference: o.reference, Metadata: o.metadata, IntentMetadata: o.intentMetadata,
		Description: o.description, Lines: o.lines, Success: o.success, Cancel: o.cancel, Transfer: o.transfer, Country: o.country,
	}
	if o.customer != nil {
		kept.Customer = o.customer.id
	}
	if i := o.intent; i != nil {
		kept.Intent = &intentState{
			ID: i.id, Created: i.created, Status: i.status, Received: i.received, Remaining: i.remaining,
			CancelReason: i.cancelReason, Failure: i.failure, With: i.with,
		}
		for _, c := range i.charges {
			kept.Intent.Charges = append(kept.Intent.Charges, chargeState{
				c.id, c.created, c.status, c.with, c.failure, c.flow, idOf(c.row), c.refunded, c.disputed,
			})
		}
	}
	return kept
}

func (r *row) kept() rowState {
	kept := rowState{
		ID: r.id, Category: r.category, Kind: r.kind, Created: r.created, Available: r.available,
		Amount: r.amount, Fee: r.fee, Currency: r.currency, Rate: r.rate,
	}
	if r.source != nil {
		kept.Source = r.source.identity()
	}
	if r.payout != nil {
		kept.Payout = r.payout.id
	}
	return kept
}
