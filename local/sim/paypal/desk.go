package paypal

import (
	"encoding/json"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// deskPath is the operator's desk: everything the simulator knows, and its
// knobs. It has no counterpart at PayPal and no password; it is meant for a
// loopback address, and takes forms of its own origin only.
const deskPath = "/sim"

type deskView struct {
	Style    template.CSS
	Orders   []deskOrder
	Captures []deskCapture
	Accounts []deskAccount
	Faults   []Fault
	Chance   int
	Kinds    []Kind
	Calls    []CallName
	Unknown  int
	Tokens   int
}

type deskOrder struct {
	ID, CustomID, Status, Amount, Note, Created string
	Open                                        bool
}

type deskCapture struct {
	ID, Order, Status, Reason, Amount, Fee, At string
	Pending                                    bool
}

type deskAccount struct{ Currency, Buyer, Merchant, PayPal string }

func (s *Simulator) serveDesk(p *pageVisit) {
	switch p.r.URL.Path {
	case deskPath:
		p.show(http.StatusOK, "desk.html", s.desk())
	case deskPath + "/books":
		s.serveBooks(p)
	case deskPath + "/faults":
		times, err := strconv.Atoi(p.r.FormValue("times"))
		if err == nil {
			err = s.Inject(Fault{Kind: Kind(p.r.FormValue("kind")), Call: CallName(p.r.FormValue("call")), Times: times})
		}
		p.done(err)
	case deskPath + "/settle":
		p.done(s.SettlePending(p.r.FormValue("capture"), p.r.FormValue("arrived") == "yes"))
	case deskPath + "/void":
		p.done(s.Void(p.r.FormValue("order")))
	case deskPath + "/tokens":
		s.RevokeTokens()
		p.done(nil)
	}
}

// done goes back to the desk, or says what was wrong.
func (p *pageVisit) done(err error) {
	if errors.Is(err, ErrNotKept) {
		p.unkept(err)
		return
	}
	if err != nil {
		p.say(http.StatusBadRequest, "Not done", err.Error(), deskPath)
		return
	}
	p.redirect(deskPath)
}

func (s *Simulator) serveBooks(p *pageVisit) {
	body, err := json.MarshalIndent(s.Books(), "", "  ")
	if err != nil {
		s.record(p.call, http.StatusInternalServerError)
		http.Error(p.w, "The books could not be drawn.", http.StatusInternalServerError)
		return
	}
	s.record(p.call, http.StatusOK)
	p.w.Header().Set("Content-Type", jsonType)
	p.w.Header().Set("Cache-Control", "no-store")
	_, _ = p.w.Write(append(body, '\n'))
}

// desk draws up the page, newest first.
func (s *Simulator) desk() deskView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := deskView{
		Style:  template.CSS(style),
		Faults: append([]Fault(nil), s.faults...),
		Chance: s.chance.percent,
		Kinds:  Kinds(),
		Calls:  callNames,
		Tokens: len(s.tokens),
	}
	for i := len(s.queue) - 1; i >= 0; i-- {
		v.Orders = append(v.Orders, s.deskOrder(s.queue[i]))
	}
	for i := len(s.books.charges) - 1; i >= 0; i-- {
		c := s.books.charges[i]
		v.Captures = append(v.Captures, deskCapture{
			ID: c.ID, Order: c.Order, Status: c.State, Reason: s.captures[c.ID].reason,
			Amount: money{c.Currency, c.Amount}.String() + " " + c.Currency,
			Fee:    money{c.Currency, c.Fee}.String(), At: wire(c.At), Pending: c.State == pending,
		})
	}
	for _, code := range slices.Sorted(maps.Keys(s.books.accounts)) {
		a := s.books.accounts[code]
		v.Accounts = append(v.Accounts, deskAccount{
			code, money{code, a.Buyer}.String(), money{code, a.Merchant}.String(), money{code, a.PayPal}.String(),
		})
	}
	for _, c := range s.calls {
		if c.Name == Unknown {
			v.Unknown++
		}
	}
	return v
}

func (s *Simulator) deskOrder(o *order) deskOrder {
	sum := money{currency: o.units[0].sum.currency}
	for _, u := range o.units {
		sum.count += u.sum.count
	}
	row := deskOrder{
		ID: o.id, CustomID: o.units[0].CustomID, Status: o.status,
		Amount: sum.String() + " " + sum.currency, Created: wire(o.created), Note: string(o.funding),
	}
	switch live := s.live(o.id) != nil; {
	case !live:
		row.Note = "expired"
	case o.cancelled:
		row.Note = "buyer turned back"
	}
	row.Open = s.live(o.id) != nil && len(o.captures) == 0 && o.status != voided
	return row
}
