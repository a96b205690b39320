package paypal

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/courier"
)

// state is everything that survives a process, as the file holds it. Times are
// kept as exactly as they are reckoned with.
type state struct {
	Schema   int            `json:"schema"`
	Starts   uint64         `json:"starts"`
	Orders   []orderState   `json:"orders"` // by age
	Requests []requestState `json:"requests"`
	Accounts []Account      `json:"accounts"`
	Charges  []Charge       `json:"charges"`
	Repaid   []Refund       `json:"repaid"` // as the books have it

	Statement  *statementState                 `json:"statement,omitempty"` // nil in a file of before there were any
	Disputes   []disputeState                  `json:"disputes"`            // by age
	Authority  *authorityState                 `json:"authority,omitempty"`
	Events     []courier.Event[transmission]   `json:"events"` // by age
	Deliveries []courier.Attempt[transmission] `json:"deliveries"`
}

type orderState struct {
	ID         string         `json:"id"`
	Status     string         `json:"status"`
	Units      []purchase     `json:"units"`
	Experience *experience    `json:"experience,omitempty"`
	Source     source         `json:"source,omitzero"`
	Completes  bool           `json:"completes,omitzero"`
	Funding    Funding        `json:"funding,omitempty"`
	Payer      bool           `json:"payer"`
	Cancelled  bool           `json:"cancelled"`
	Captures   []captureState `json:"captures,omitempty"` // in the order of Units
	Born       time.Time      `json:"born"`
	Created    time.Time      `json:"created"`
	Updated    time.Time      `json:"updated"`
}

type captureState struct {
	ID      string        `json:"id"`
	Status  string        `json:"status"`
	Reason  string        `json:"reason,omitempty"`
	Refunds []refundState `json:"refunds,omitempty"` // by age
	Credit  *credit       `json:"credit,omitempty"`
	Created time.Time     `json:"created"`
	Updated time.Time     `json:"updated"`
}

type refundState struct {
	ID        string    `json:"id"`
	Origin    Origin    `json:"origin"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"`
	Amount    money     `json:"amount"`
	CustomID  string    `json:"custom_id,omitempty"`
	InvoiceID string    `json:"invoice_id,omitempty"`
	Note      string    `json:"note,omitempty"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
}

// requestState is a request that has ended. One that runs has had no effect, so
// whoever repeats it after a restart is the first.
type requestState struct {
	Call    CallName  `json:"call"`
	ID      string    `json:"id"`
	Asked   string    `json:"asked"`
	At      time.Time `json:"at"`
	Order   string    `json:"order,omitempty"`
	Refund  string    `json:"refund,omitempty"` // in place of an order
	Refused Funding   `json:"refused,omitempty"`
}

// state draws up the state: the same one always in the same order. The caller
// holds mu.
func (s *Simulator) state() state {
	st := state{
		Schema: schema, Starts: s.starts,
		Orders: []orderState{}, Requests: []requestState{}, Accounts: []Account{},
		Charges: append([]Charge{}, s.books.charges...), Repaid: append([]Refund{}, s.books.refunds...),
		Statement: s.statement.kept(),
		Disputes:  []disputeState{}, Authority: stateOfAuthority(s.authority),
		Events: []courier.Event[transmission]{}, Deliveries: append([]courier.Attempt[transmission]{}, s.courier.Attempts()...),
	}
	for _, d := range s.disputes {
		st.Disputes = append(st.Disputes, d.kept())
	}
	for _, e := range s.courier.Events() {
		st.Events = append(st.Events, *e)
	}
	for _, o := range s.queue {
		st.Orders = append(st.Orders, stateOf(o))
	}
	for key, r := range s.requests {
		if r.running {
			continue
		}
		kept := requestState{Call: key.call, ID: key.id, Asked: r.asked, At: r.at, Refused: r.memo.refused}
		if r.memo.refund != nil {
			kept.Refund = r.memo.refund.id
		} else {
			kept.Order = r.memo.order.id
		}
		st.Requests = append(st.Requests, kept)
	}
	slices.SortFunc(st.Requests, func(a, b requestState) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.ID, b.ID))
	})
	for _, code := range slices.Sorted(maps.Keys(s.books.accounts)) {
		st.Accounts = append(st.Accounts, *s.books.accounts[code])
	}
	return st
}

func stateOf(o *order) orderState {
	st := orderState{
		ID: o.id, Status: o.status, Units: o.units, Experience: o.experience,
		Source: o.source, Completes: o.completes, Funding: o.funding, Payer: o.payer, Cancelled: o.cancelled,
		Born: o.born, Created: o.created, Updated: o.updated,
	}
	for _, k := range o.captures {
		kept := captureState{ID: k.id, Status: k.status, Reason: k.reason, Credit: k.credit, Created: k.created, Updated: k.updated}
		for _, r := range k.refunds {
			kept.Refunds = append(kept.Refunds, refundState{
				r.id, r.origin, r.status, r.reason, r.amount, r.customID, r.invoiceID, r.note, r.created, r.updated,
			})
		}
		st.Captures = append(st.Captures, kept)
	}
	return st
}
