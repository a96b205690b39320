package paypal

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
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
}

type orderState struct {
	ID         string         `json:"id"`
	Status     string         `json:"status"`
	Units      []purchase     `json:"units"`
	Experience *experience    `json:"experience,omitempty"`
	Funding    Funding        `json:"funding,omitempty"`
	Payer      bool           `json:"payer"`
	Cancelled  bool           `json:"cancelled"`
	Captures   []captureState `json:"captures,omitempty"` // in the order of Units
	Born       time.Time      `json:"born"`
	Created    time.Time      `json:"created"`
	Updated    time.Time      `json:"updated"`
}

type captureState struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason,omitempty"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// requestState is a request that has ended. One that runs has had no effect, so
// whoever repeats it after a restart is the first.
type requestState struct {
	Call    CallName  `json:"call"`
	ID      string    `json:"id"`
	Asked   string    `json:"asked"`
	At      time.Time `json:"at"`
	Order   string    `json:"order"`
	Refused Funding   `json:"refused,omitempty"`
}

// state draws up the state: the same one always in the same order. The caller
// holds mu.
func (s *Simulator) state() state {
	st := state{
		Schema: schema, Starts: s.starts,
		Orders: []orderState{}, Requests: []requestState{}, Accounts: []Account{},
		Charges: append([]Charge{}, s.books.charges...),
	}
	for _, o := range s.queue {
		st.Orders = append(st.Orders, stateOf(o))
	}
	for key, r := range s.requests {
		if r.running {
			continue
		}
		st.Requests = append(st.Requests, requestState{
			Call: key.call, ID: key.id, Asked: r.asked, At: r.at, Order: r.memo.order.id, Refused: r.memo.refused,
		})
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
		Funding: o.funding, Payer: o.payer, Cancelled: o.cancelled,
		Born: o.born, Created: o.created, Updated: o.updated,
	}
	for _, k := range o.captures {
		st.Captures = append(st.Captures, captureState{k.id, k.status, k.reason, k.created, k.updated})
	}
	return st
}

// restore fills an empty simulator. It refuses a state this package cannot have
// written, rather than fall over it in the middle of a purchase.
func (s *Simulator) restore(st state) error {
	s.starts = st.Starts
	for _, kept := range st.Orders {
		if err := s.restoreOrder(kept); err != nil {
			return fmt.Errorf("order %q: %w", kept.ID, err)
		}
	}
	for _, r := range st.Requests {
		o := s.orders[r.Order]
		if o == nil || r.Refused != "" && outcomes[r.Refused].issue == "" {
			return fmt.Errorf("request %q has no answer", r.ID)
		}
		s.requests[requestKey{r.Call, r.ID}] = &request{asked: r.Asked, at: r.At, memo: &memo{o, r.Refused}}
	}
	return s.restoreBooks(st)
}

func (s *Simulator) restoreOrder(st orderState) error {
	o := &order{
		id: st.ID, status: st.Status, units: st.Units, experience: st.Experience,
		funding: st.Funding, payer: st.Payer, cancelled: st.Cancelled,
		born: st.Born, created: st.Created, updated: st.Updated,
	}
	_, payable := outcomes[o.funding]
	switch {
	case !slices.Contains([]string{created, payerActionRequired, approved, voided, orderCompleted}, o.status):
		return fmt.Errorf("status %q", o.status)
	case o.funding != "" && !payable:
		return fmt.Errorf("funding %q", o.funding)
	case o.status == approved && !payable:
		return errors.New("approved without funding")
	case len(o.units) == 0:
		return errors.New("no purchase unit")
	case len(st.Captures) > 0 && len(st.Captures) != len(o.units):
		return fmt.Errorf("%d captures of %d purchase units", len(st.Captures), len(o.units))
	case (len(st.Captures) > 0) != (o.status == orderCompleted):
		return fmt.Errorf("%s with %d captures", o.status, len(st.Captures))
	}
	for i := range o.units {
		if err := o.units[i].reckon(); err != nil {
			return err
		}
	}
	if !s.free(o.id) {
		return errors.New("no id of its own")
	}
	s.orders[o.id] = o
	s.queue = append(s.queue, o)
	for i, kept := range st.Captures {
		if !s.free(kept.ID) {
			return fmt.Errorf("capture %q has no id of its own", kept.ID)
		}
		k := &capture{
			id: kept.ID, order: o, unit: o.units[i], status: kept.Status, reason: kept.Reason,
			created: kept.Created, updated: kept.Updated,
		}
		s.captures[k.id] = k
		o.captures = append(o.captures, k)
	}
	return nil
}

// free tells whether an id can be given to an order or a capture.
func (s *Simulator) free(id string) bool {
	return isID(id) && s.orders[id] == nil && s.captures[id] == nil
}

// reckon fills in the numbers that a purchase does not render.
func (u *purchase) reckon() (err error) {
	if u.sum, err = recallMoney(u.Amount.CurrencyCode, u.Amount.Value); err != nil {
		return err
	}
	for i := range u.Items {
		if u.Items[i].count, err = strconv.ParseInt(u.Items[i].Quantity, 10, 64); err != nil {
			return err
		}
	}
	return nil
}

// restoreBooks takes over the books, which need a charge for every capture and
// a capture for every charge.
func (s *Simulator) restoreBooks(st state) error {
	charged := map[string]bool{}
	for _, c := range st.Charges {
		k := s.captures[c.ID]
		if k == nil || k.status != c.State || charged[c.ID] {
			return fmt.Errorf("charge %q is not its capture's", c.ID)
		}
		charged[c.ID] = true
		s.books.charges = append(s.books.charges, c)
	}
	if len(charged) != len(s.captures) {
		return fmt.Errorf("%d charges of %d captures", len(charged), len(s.captures))
	}
	for _, a := range st.Accounts {
		if _, known := currencies[a.Currency]; !known {
			return fmt.Errorf("an account in %q", a.Currency)
		}
		s.books.accounts[a.Currency] = &a
	}
	return nil
}
