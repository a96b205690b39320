//go:build binaries

package binaries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
)

// The oracle holds three accounts against each other that know nothing of one
// another: what the API said, what the table holds, and PayPal's own books. The
// numbers are those of the invariants: I1 one capture, I2 no refund above it, I3
// the quoted amount, I4 entries only grow, I11 what was acknowledged is stored, I12
// one intent has one request id, I13 no success and I14 no failure without
// evidence, I15 nothing moves that nobody asked for, L1 all accounts agree within
// three sweeps.

// judge holds one answer against the contract, PayPal's books and the table of the
// moment in which it is given.
func (a reply) judge(r *run, q *http.Request) {
	r.Helper()
	if err := a.breaks(q); err != nil {
		r.Errorf("%s %s breaks the contract: %v\n%d %s", q.Method, q.URL.Path, err, a.code, a.text)
	}
	if a.code/100 != 2 || a.ID == "" || q.Method != http.MethodPost {
		a.honest(r)
		return
	}
	stored := r.payments()
	if id, _, refund := strings.Cut(a.ID, "-"); refund {
		if !slices.ContainsFunc(stored[id].Reserved, func(r reserved) bool { return r.ID == a.ID }) {
			r.Errorf("I11: the refund %s was acknowledged and is not in the table", a.ID)
		}
		return
	}
	if _, ok := stored[a.ID]; !ok {
		r.Errorf("I11: the payment %s was acknowledged and is not in the table", a.ID)
	}
	a.honest(r)
}

// honest compares what an answer claims with PayPal's books.
func (a reply) honest(r *run) {
	r.Helper()
	status := a.status()
	if a.ID == "" || status == "" {
		return
	}
	taken := 0
	for _, c := range r.paypal().Books().Charged(a.ID) {
		if c.State == "COMPLETED" {
			taken++
		}
	}
	paid := slices.Contains([]string{"captured", "partially_refunded", "refunded"}, status)
	switch {
	case (a.Paid || paid) && taken != 1:
		r.Errorf("I13: %s is reported %s; PayPal's books have %d charges", a.ID, status, taken)
	case (status == "declined" || status == "expired") && taken != 0:
		r.Errorf("I14: %s is reported %s; PayPal's books have %d charges", a.ID, status, taken)
	}
}

func (r *run) payments() map[string]stored {
	r.Helper()
	rows, err := r.w.table.dump()
	r.must(err)
	all, err := payments(rows)
	r.must(err)
	return all
}

// watch is what holds after every invocation, killed or not.
func (r *run) watch(function string) {
	r.Helper()
	books, orders, all := r.paypal().Books(), r.paypal().Orders(), r.payments()
	orders = slices.DeleteFunc(orders, func(o sim.Order) bool { return r.foreign[o.CustomID] })
	books.Charges = slices.DeleteFunc(books.Charges, func(c sim.Charge) bool { return r.foreign[c.CustomID] })
	for id, p := range all {
		before := r.entries[id]
		if len(p.Entries) < len(before) || !slices.EqualFunc(before, p.Entries[:len(before)], func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }) {
			r.Errorf("I4: %s: after %s the entries are %s, they were %s", id, function, p.Entries, before)
		}
		r.entries[id] = p.Entries
		if why := p.unfinished(books, orders); p.due == 0 && why != "" && !r.silent {
			r.Errorf("law 10: %s has no due after %s: %s", id, function, why)
		}
	}
	for _, o := range orders {
		p, known := all[o.CustomID]
		known = known && slices.ContainsFunc(p.Attempts, func(a attempt) bool { return a.Order == o.ID })
		if !known && (o.Status == "APPROVED" || o.Status == "COMPLETED") {
			r.Errorf("I11: PayPal's order %s is %s and the table does not know it", o.ID, o.Status)
		}
	}
	for _, f := range books.Refunds {
		id, _, _ := strings.Cut(f.CustomID, "-")
		asked := slices.ContainsFunc(all[id].Reserved, func(r reserved) bool { return r.ID == f.CustomID })
		if f.Origin == sim.ByCall && !asked {
			r.Errorf("I11: PayPal has made the refund %s and the table never heard of it", f.CustomID)
		}
	}
	for _, c := range books.Charges {
		if n := len(books.Charged(c.CustomID)); n > 1 {
			r.Errorf("I1: %s was charged %d times", c.CustomID, n)
		}
		if c.Amount != cartTotal || c.Currency != "EUR" {
			r.Errorf("I3: %s was charged %s %d", c.CustomID, c.Currency, c.Amount)
		}
		if back := sum(books.Refunded(c.ID)); back > c.Amount {
			r.Errorf("I2: %d of %d were given back of %s", back, c.Amount, c.CustomID)
		}
	}
}

func sum(refunds []sim.Refund) (total int64) {
	for _, f := range refunds {
		total += f.Amount
	}
	return total
}

// unfinished says why the payment still has to be looked at; "" where it has not.
func (p stored) unfinished(books sim.Books, orders []sim.Order) string {
	for _, o := range orders {
		if o.CustomID == p.ID && !o.Expired && o.Status != "COMPLETED" && o.Status != "VOIDED" {
			return fmt.Sprintf("order %s is %s", o.ID, o.Status)
		}
	}
	return p.differs(books)
}

// differs says where the payment and PayPal's books disagree; "" where they agree.
func (p stored) differs(books sim.Books) string {
	var ours, theirs []string
	for _, c := range p.Captures {
		if c.done() {
			ours = append(ours, "captured "+c.ID+" "+c.Amount)
		}
	}
	for _, f := range p.Refunds {
		if f.done() {
			ours = append(ours, "refunded "+f.ID+" "+f.Amount)
		}
	}
	for _, c := range books.Charged(p.ID) {
		if c.State == "COMPLETED" {
			theirs = append(theirs, "captured "+c.ID+" "+euros(c.Amount))
		}
		for _, f := range books.Refunded(c.ID) {
			if f.State == "COMPLETED" {
				theirs = append(theirs, "refunded "+f.ID+" "+euros(f.Amount))
			}
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		return fmt.Sprintf("the table has %v, PayPal's books have %v", ours, theirs)
	}
	for _, f := range p.Reserved {
		sent := slices.ContainsFunc(books.Refunds, func(b sim.Refund) bool { return b.CustomID == f.ID && euros(b.Amount) == f.Amount })
		if !sent && f.Refused == "" {
			return "the refund " + f.ID + " is reserved and was never sent"
		}
	}
	return ""
}

func euros(minor int64) string { return fmt.Sprintf("EUR %d.%02d", minor/100, minor%100) }

// unsettled says what is not yet as it has to become; "" once all accounts agree.
func (r *run) unsettled() string {
	r.Helper()
	books, all := r.paypal().Books(), r.payments()
	for _, b := range r.buyers {
		if charged := len(books.Charged(b.id)); b.wishes > 0 && charged == 0 {
			return fmt.Sprintf("%s was approved and is not charged", b.id)
		}
	}
	for _, id := range names(all) {
		if why := all[id].differs(books); why != "" {
			return id + ": " + why
		}
	}
	for id, capture := range r.disputed {
		owner := slices.IndexFunc(r.buyers, func(b *buyer) bool { return len(b.charges()) > 0 && b.charges()[0].ID == capture })
		if owner < 0 || !slices.ContainsFunc(all[r.buyers[owner].id].Disputes, func(d dispute) bool { return d.ID == id && d.Open }) {
			return "the dispute " + id + " is not in the table"
		}
	}
	return ""
}

// most is within how many sweeps all accounts have to agree (L1).
const most = 3

// settle lets the time pass that heals: the due of each payment comes, the sweep
// runs, and the settlement. Two runs at least, since what the second does must
// change nothing.
func (r *run) settle() {
	r.Helper()
	for n := 1; n <= most; n++ {
		r.sweep()
		if len(r.disputed) > 0 {
			r.scheduled("settlement")
		}
		if r.sweeps == 0 && r.unsettled() == "" {
			r.sweeps = n
		}
		if r.sweeps > 0 && n > r.sweeps {
			break
		}
	}
	if why := r.unsettled(); why != "" {
		r.Errorf("L1: after %d sweeps: %s", most, why)
	}
	r.audit()
}

// audit is what must be so in the end.
func (r *run) audit() {
	r.Helper()
	books := r.paypal().Books()
	r.intents()
	sent := map[string]int{}
	for _, f := range books.Refunds {
		if f.Origin == sim.ByCall {
			sent[f.CustomID]++
		}
	}
	if len(sent) > len(r.keys) {
		r.Errorf("I15: %d refunds were made, %d asked for", len(sent), len(r.keys))
	}
	for id, n := range sent {
		if n > 1 {
			r.Errorf("I12: the refund %s was made %d times", id, n)
		}
	}
}

// intents holds the request ids against I12: an order is captured under one id until
// PayPal refuses it, and opened under one id for each attempt.
func (r *run) intents() {
	r.Helper()
	last, opened := map[string]sim.Call{}, map[string]bool{}
	for _, c := range r.paypal().Calls() {
		switch c.Name {
		case sim.Unknown:
			r.Errorf("PayPal was asked for %s %s", c.Method, c.Path)
		case sim.CallCreate:
			opened[c.RequestID] = true
		case sim.CallCapture:
			if before, again := last[c.Path]; again && before.RequestID != c.RequestID && before.Status != http.StatusUnprocessableEntity {
				r.Errorf("I12: %s under another request id after %d", c.Path, before.Status)
			}
			last[c.Path] = c
		}
		if c.RequestID == "" && (c.Name == sim.CallCreate || c.Name == sim.CallCapture || c.Name == sim.CallRefund) {
			r.Errorf("I12: %s %s has no request id", c.Method, c.Path)
		}
	}
	if most := r.attempts(); len(opened) > most {
		r.Errorf("I12: %d request ids for %d orders", len(opened), most)
	}
}

// attempts is how many orders there may be: one for each attempt of each buyer who
// opened a payment.
func (r *run) attempts() (n int) {
	r.Helper()
	all := r.payments()
	for _, b := range r.buyers {
		n += max(1, len(all[b.id].Attempts), b.attempts)
	}
	return n
}
