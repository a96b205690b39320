package oracle

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one row of the table as it was written.
type Row struct {
	Partition, Sort string
	Version         int64
	Due             time.Time // zero: never
	Document        []byte
	Status          string // what the merchant is told of a payment's row as it stands now
}

// row is what the next version of a row is held against.
type row struct {
	version int64
	entries []json.RawMessage
}

// payment is a payment's row, as far as the oracle reads it.
type payment struct {
	ID    string `json:"id"`
	Quote struct {
		Total string `json:"total"`
	} `json:"quote"`
	Attempts []attempt         `json:"attempts"`
	Captures []movement        `json:"captures"`
	Refunds  []movement        `json:"refunds"`
	Reserved []reservation     `json:"reserved"`
	Disputes []dispute         `json:"disputes"`
	Entries  []json.RawMessage `json:"entries"`

	due    time.Time
	status string // as the merchant is told
}

type attempt struct {
	Provider   string `json:"provider"`
	Method     string `json:"method"`
	Order      string `json:"order"`
	State      string `json:"state"`
	Superseded bool   `json:"superseded"`
}

type movement struct {
	ID     string `json:"id"`
	Own    string `json:"own"`
	State  string `json:"state"`
	Amount string `json:"amount"`
}

// done: the money has moved, whatever became of it later.
func (m movement) done() bool {
	return m.State == "completed" || m.State == "partially_refunded" || m.State == "refunded"
}

type reservation struct {
	ID      string `json:"id"`
	Amount  string `json:"amount"`
	Doubt   any    `json:"doubt"`   // since when; nil: its outcome is not unknown
	Refused any    `json:"refused"` // when; nil: it was not
}

type dispute struct {
	ID   string `json:"id"`
	Open bool   `json:"open"`
}

// Stands tells of a row that was there before the oracle came.
func (o *Oracle) Stands(r Row) { o.rows[r.Partition+"/"+r.Sort] = row{version: r.Version} }

// Wrote sees every row that was written, at once: I4, I6, I16, I20, I21.
func (o *Oracle) Wrote(r Row) {
	key := r.Partition + "/" + r.Sort
	before, known := o.rows[key]
	o.hold("I16", r.Version == before.version+1, "%s: version %d was written onto %d", key, r.Version, before.version)
	after := row{version: r.Version}
	if r.Sort == "payment" {
		var p payment
		if err := json.Unmarshal(r.Document, &p); err != nil {
			o.hold("I4", false, "%s cannot be read: %v", key, err)
			return
		}
		p.due, p.status, after.entries = r.Due, r.Status, p.Entries
		o.hold("I4", begins(p.Entries, before.entries), "%s: money entries were changed: %s became %s", key, before.entries, p.Entries)
		if known {
			o.grown(o.payments[p.ID], p)
		}
		o.moved(o.payments[p.ID], p)
		o.superseded(p, len(p.Attempts)-1)
		o.payments[p.ID] = p
	}
	if strings.HasPrefix(r.Partition, "payout#") {
		o.sends(r)
	}
	o.rows[key] = after
}

// grown: what was once known of a payment stays known.
func (o *Oracle) grown(before, after payment) {
	ids := func(p payment) (list []string) {
		for _, a := range p.Attempts {
			list = append(list, "order "+a.Order)
		}
		for _, c := range p.Captures {
			list = append(list, "capture "+c.ID)
		}
		for _, f := range p.Refunds {
			list = append(list, "refund "+f.ID)
		}
		for _, r := range p.Reserved {
			list = append(list, "reservation "+r.ID)
		}
		for _, d := range p.Disputes {
			list = append(list, "dispute "+d.ID)
		}
		return list
	}
	now := ids(after)
	for _, id := range ids(before) {
		o.hold("I6", slices.Contains(now, id), "%s: %s is gone", after.ID, id)
	}
	for i, a := range before.Attempts {
		if i < len(after.Attempts) {
			o.hold("I6", !a.Superseded || after.Attempts[i].Superseded, "%s: the superseded order %s is alive again", after.ID, a.Order)
		}
	}
	for i, c := range before.Captures {
		if i < len(after.Captures) && after.Captures[i].ID == c.ID {
			// A status that nobody knows may come after any other, and says of none that it
			// was wrong.
			o.hold("I6", !c.done() || after.Captures[i].done() || after.Captures[i].State == "unclear", "%s: capture %s was %s and is %s", after.ID, c.ID, c.State, after.Captures[i].State)
		}
	}
}

func begins(list, prefix []json.RawMessage) bool {
	return len(list) >= len(prefix) &&
		slices.EqualFunc(prefix, list[:len(prefix)], func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

// minor is an amount as the table writes it ("EUR 12.50") in minor units.
func minor(text string) int64 {
	_, digits, _ := strings.Cut(text, " ")
	digits = strings.ReplaceAll(digits, ".", "")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return -1 << 62 // no amount there is
	}
	return n
}
