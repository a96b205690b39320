package oracle

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	stripe "github.com/serverless-checkout/serverless-checkout/local/sim/stripe"
)

// stripes is Stripe's account: what it had at the end of the day that was explained last,
// each of its rows on its payment and once, and each payout with all that it is made of.
func (o *Oracle) stripes(days, payouts map[string][]byte) {
	rows := o.stripe.Rows()
	owners := o.owners()
	if last, at := o.explained(days); len(rows) > 0 {
		total, available := balanceAt(rows, at)
		o.hold("L4", at != "" && minor(last.Total) == total, "Stripe's balance explained last (%s) is %q, the account had %d", at, last.Total, total)
		o.hold("L4", at != "" && minor(last.Available) == available, "what is available of it (%s) is %q, in the account it was %d", at, last.Available, available)
	}
	known := map[string]int{} // rows of Stripe's that each payment has
	for _, r := range rows {
		p, ours := o.payments[owners[r.Intent]]
		if !ours {
			continue
		}
		known[p.ID]++
		found := p.rowsOf(nameOf(r), r.Category)
		o.hold("L4", len(found) == 1, "%s: the row %s %s of Stripe's account is in the table %d times", p.ID, r.Category, r.ID, len(found))
		if len(found) > 0 {
			o.hold("I17", found[0].moved() == r.Net, "%s: the row %s %s moved %d, the table has %d", p.ID, r.Category, r.ID, r.Net, found[0].moved())
		}
	}
	for id, p := range o.payments {
		n := p.stripeRows()
		o.hold("I17", n == known[id], "%s has %d rows of Stripe's account, which has %d", id, n, known[id])
	}
	for _, p := range o.stripe.Payouts() {
		o.paidOut(p, payouts, rows, owners)
	}
}

// owners are the payments by what Stripe calls their money.
func (o *Oracle) owners() map[string]string {
	all := map[string]string{}
	for _, s := range o.stripe.Sessions() {
		if s.Intent != "" {
			all[s.Intent] = s.Reference
		}
	}
	return all
}

// balanceAt is what the rows had come to at the end of a day, and what of it was available.
func balanceAt(rows []stripe.Row, day string) (total, available int64) {
	end, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, 0
	}
	end = end.AddDate(0, 0, 1)
	for _, r := range rows {
		if !r.Created.Before(end) {
			continue
		}
		if total += r.Net; r.Available.Before(end) {
			available += r.Net
		}
	}
	return total, available
}

// nameOf is what the table calls a row: a sale by its PaymentIntent and a refund by its own
// id, as the merchant knows them, and everything else by the row's.
func nameOf(r stripe.Row) string {
	switch r.Category {
	case "charge":
		return r.Intent
	case "refund", "refund_failure":
		return r.Source
	}
	return r.ID
}

// rowsOf are the entries of a row.
func (p payment) rowsOf(id, code string) (found []entry) {
	for _, text := range p.Entries {
		var e entry
		if json.Unmarshal(text, &e) == nil && e.Ref == id && e.Code == code {
			found = append(found, e)
		}
	}
	return found
}

// stripeRows is how many rows of Stripe's account a payment has: its codes are words, and
// PayPal's begin with a T and a number.
func (p payment) stripeRows() (n int) {
	for _, text := range p.Entries {
		var e entry
		if json.Unmarshal(text, &e) == nil && e.Code != "" && e.Code == strings.ToLower(e.Code) {
			n++
		}
	}
	return n
}

// sent is a payout as the table has it, and what it is made of.
type sent struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Amount string `json:"amount"`
}

type sentPart struct {
	Of      map[string]int64 `json:"of"`
	Foreign int64            `json:"foreign"`
	Back    []string         `json:"back"`
}

// payoutStates are what the table calls a payout's states, by what Stripe calls them.
var payoutStates = map[string]string{"in_transit": "on_its_way", "paid": "arrived", "failed": "failed"}

// paidOut holds a payout in the table against Stripe's own: I17, L4.
func (o *Oracle) paidOut(p stripe.Payout, table map[string][]byte, rows []stripe.Row, owners map[string]string) {
	name := p.Created.Format(time.DateOnly) + "#" + p.ID
	var head sent
	_ = json.Unmarshal(table[name], &head)
	o.hold("L4", head.ID == p.ID, "the payout %s is not in the table", p.ID)
	o.hold("I17", minor(head.Amount) == p.Amount && head.State == payoutStates[p.Status], "the payout %s is %s %q in the table, at Stripe %s %d", p.ID, head.State, head.Amount, p.Status, p.Amount)
	if !p.Automatic {
		return // it is of no rows in particular
	}
	want, got := o.madeOf(p.ID, rows, owners), sentPart{Of: map[string]int64{}}
	for sort, text := range table {
		var part sentPart
		if !strings.HasPrefix(sort, name+"#") || json.Unmarshal(text, &part) != nil {
			continue
		}
		for id, share := range part.Of {
			got.Of[id] += share
		}
		got.Foreign, got.Back = got.Foreign+part.Foreign, append(got.Back, part.Back...)
	}
	slices.Sort(want.Back)
	slices.Sort(got.Back)
	for id := range o.payments {
		o.hold("I17", got.Of[id] == want.Of[id], "%s has %d of the payout %s, by Stripe's books %d", id, got.Of[id], p.ID, want.Of[id])
	}
	o.hold("I17", got.Foreign == want.Foreign && slices.Equal(got.Back, want.Back), "the payout %s has %d that is no payment's, and again that of %v; by Stripe's books %d and %v", p.ID, got.Foreign, got.Back, want.Foreign, want.Back)
}

// madeOf is what an automatic payout is made of, by the rows that it took.
func (o *Oracle) madeOf(id string, rows []stripe.Row, owners map[string]string) sentPart {
	made := sentPart{Of: map[string]int64{}}
	for _, r := range rows {
		switch _, ours := o.payments[owners[r.Intent]]; {
		case r.Payout != id || r.Category == "payout":
		case r.Category == "payout_reversal":
			made.Back = append(made.Back, r.Source)
		case ours:
			made.Of[owners[r.Intent]] += r.Net
		default:
			made.Foreign += r.Net
		}
	}
	return made
}

// sends notes how far a payout is: I20.
func (o *Oracle) sends(r Row) {
	var head sent
	if strings.Count(r.Sort, "#") > 1 {
		return // what it is made of
	}
	if err := json.Unmarshal(r.Document, &head); err != nil {
		o.hold("I17", false, "the payout %s cannot be read: %v", r.Sort, err)
		return
	}
	from := or(o.payouts[head.ID], "none")
	if o.payouts[head.ID] = head.State; from == head.State {
		return
	}
	taken := step("payout", from, head.State)
	o.taken[taken]++
	o.hold("I20", possible[taken], "payout %s is %s and was %s", head.ID, head.State, from)
}
