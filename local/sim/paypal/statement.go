package paypal

import (
	"sort"
	"time"

	"github.com/serverless-checkout/serverless-checkout/local/sim/chance"
)

// Statuses of a row (reporting_transactions_v1.json 1.9, "the Reporting spec",
// schema transaction_info). S and V have moved money, P and D have not: that V
// goes on counting at its amount, because what was given back is a row of its
// own, is UNVERIFIED.
const (
	rowDone     = "S"
	rowPending  = "P"
	rowDenied   = "D"
	rowReversed = "V"
)

// statement is the merchant's account: every movement of every balance, in the
// order it happened. The books say who owns what; the statement says what of the
// merchant's is still at PayPal, and what of that is withheld.
type statement struct {
	rows    []*row              // by initiation
	byKey   map[rowKey]*row     // a transaction id alone is not unique
	sales   map[string]*row     // by capture
	held    map[string][]*row   // holds that were not lifted, by capture
	minted  map[string]bool     // ids drawn for rows alone
	history map[string][]moment // of each currency's balances
	paidOut map[string]int64    // sum of the payouts by currency
	count   uint64              // versions written
	latest  time.Time           // of the last version; money never moves before it
	holding []string            // currencies with a balance, the primary first; nil is all
	sweep   sweep               // payouts by themselves
}

// rowKey is what tells one row from another.
type rowKey struct{ id, code string }

// row is one line: what happened, and everything it has been since.
type row struct {
	id, code      string
	capture       string // the payment it is about, whatever the report shows; "" for none
	reference     string // as reported
	referenceType string // "TXN" or "ODR", as reported
	customID      string // as reported
	invoiceID     string // as reported
	currency      string
	at            time.Time // initiation, in whole seconds
	versions      []version // by age
	lifted        bool      // a hold that was released
	misreport     Misreport // what the report does with it
	addedBy       int64     // how much MisreportAmount adds
}

// version is a row from one change to the next.
type version struct {
	number           uint64 // among all versions of all rows, from 1
	at               time.Time
	status           string
	amount, fee      int64 // the fee is negative
	total, available int64 // the currency's balances after it
}

// moment is a currency's balances from one time on.
type moment struct {
	at               time.Time
	total, available int64
}

func newStatement() statement {
	return statement{
		byKey: map[rowKey]*row{}, sales: map[string]*row{}, held: map[string][]*row{}, minted: map[string]bool{},
		history: map[string][]moment{}, paidOut: map[string]int64{},
	}
}

func (r *row) key() rowKey   { return rowKey{r.id, r.code} }
func (r *row) now() *version { return &r.versions[len(r.versions)-1] }

// memo tells whether the row has nothing to do with a balance.
func (r *row) memo() bool { return kindOf(r.code) == RowAuthorisation }

// effect is what a version has moved: the fee included. A hold takes money from
// available to withheld and leaves the total as it is.
func (r *row) effect(v version) (total, available int64) {
	if r.memo() || v.status == rowPending || v.status == rowDenied {
		return 0, 0
	}
	switch kindOf(r.code) {
	case RowHold, RowRelease:
		return 0, v.amount + v.fee
	}
	return v.amount + v.fee, v.amount + v.fee
}

// write adds a row that happens at a time, or right after the last movement if
// that was later.
func (st *statement) write(r *row, at time.Time, v version) *row {
	v.at = later(at.Truncate(time.Second), st.latest)
	r.at = v.at
	st.apply(r, v)
	st.place(r)
	return r
}

// amend changes a row: it keeps its id and its initiation.
func (st *statement) amend(r *row, now time.Time, v version) {
	v.at = later(after(r.now().at, now), st.latest)
	st.apply(r, v)
}

// apply makes v the row's present version and moves what it moves.
func (st *statement) apply(r *row, v version) {
	total, available := r.effect(v)
	past := st.history[r.currency]
	var last moment
	if len(past) > 0 {
		last = past[len(past)-1]
	}
	v.total, v.available = last.total+total, last.available+available
	if len(r.versions) > 0 {
		before := *r.now()
		hadTotal, hadAvailable := r.effect(before)
		v.total, v.available = v.total-hadTotal, v.available-hadAvailable
		total, available = total-hadTotal, available-hadAvailable
	}
	if total != 0 || available != 0 || len(past) == 0 {
		st.history[r.currency] = append(past, moment{v.at, v.total, v.available})
	} else if len(r.versions) > 0 {
		v.total, v.available = r.now().total, r.now().available
	}
	if kindOf(r.code) == RowPayout {
		st.paidOut[r.currency] -= total
	}
	st.count++
	v.number = st.count
	st.latest = v.at
	r.versions = append(r.versions, v)
}

// place puts a row among the others. It is nearly always the last.
func (st *statement) place(r *row) {
	i := sort.Search(len(st.rows), func(i int) bool { return st.rows[i].at.After(r.at) })
	st.rows = append(st.rows, nil)
	copy(st.rows[i+1:], st.rows[i:])
	st.rows[i] = r
	st.byKey[r.key()] = r
	switch {
	case r.capture == "":
	case kindOf(r.code) == RowSale:
		st.sales[r.capture] = r
	case kindOf(r.code) == RowHold && !r.lifted:
		st.held[r.capture] = append(st.held[r.capture], r)
	}
}

// balance is the currency's latest.
func (st *statement) balance(currency string) moment {
	past := st.history[currency]
	if len(past) == 0 {
		return moment{}
	}
	return past[len(past)-1]
}

// balanceAt is the currency's at a time, what happened in that very second
// included.
func (st *statement) balanceAt(currency string, at time.Time) moment {
	past := st.history[currency]
	i := sort.Search(len(past), func(i int) bool { return past[i].at.After(at) })
	if i == 0 {
		return moment{}
	}
	return past[i-1]
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// enter writes a row of now. Payouts that were due before it come first. A row
// without an id is given one of its own. The caller holds mu.
func (s *Simulator) enter(r row, status string, amount, fee int64) *row {
	s.payDue()
	if r.id == "" {
		r.id = s.newRowID()
	}
	if r.reference != "" && r.referenceType == "" {
		r.referenceType = "TXN"
	}
	return s.statement.write(&r, s.now(), version{status: status, amount: amount, fee: fee})
}

// change makes a row of an earlier time something else now. The caller holds
// mu.
func (s *Simulator) change(r *row, status string, amount, fee int64) {
	s.payDue()
	s.statement.amend(r, s.now(), version{status: status, amount: amount, fee: fee})
}

// newRowID draws an id for a row that is not a capture or a refund. The stream
// is one of its own, so that no order id shifts. The caller holds mu.
func (s *Simulator) newRowID() string {
	for {
		id := chance.Letters(s.rowIDs, upperAlphanumerics, idLength)
		if s.free(id) {
			s.statement.minted[id] = true
			return id
		}
	}
}
