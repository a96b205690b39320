package oracle

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
)

// Answer is what a client was told, and what it had asked.
type Answer struct {
	Function string // create-payment, capture-payment, ...
	Status   int
	Body     []byte

	Key, Print string         // of a create or a refund: the key, and what was asked for under it
	Total      int64          // of a create: what its cart costs, in minor units
	Payment    string         // in the path
	Intruder   bool           // whoever asks has no right to
	Completed  map[string]int // see Oracle.Completed; of when the invocation began

	// Of a webhook: the payment and the capture or dispute it is about, and whether
	// its signature is good.
	Capture, Dispute string
	Genuine          bool
}

// shown is a payment or a refund as a client sees it, or the problem around one.
type shown struct {
	ID     string `json:"id"`
	Status any    `json:"status"`
	Paid   bool   `json:"paid"`
	State  string `json:"state"`
	Total  struct {
		Minor int64 `json:"minor"`
	} `json:"total"`
	Payment *shown `json:"payment"`
}

// Told sees every answer that a client gets: I8 to I11, I13, I14, I18.
func (o *Oracle) Told(a Answer) {
	var s shown
	if err := json.Unmarshal(a.Body, &s); err != nil {
		o.hold("I13", false, "%s answers %d and no JSON: %s", a.Function, a.Status, a.Body)
		return
	}
	if s.Payment != nil {
		s = *s.Payment
	}
	o.hold("I14", a.Status != http.StatusInternalServerError, "%s answers 500: %s", a.Function, a.Body)
	if a.Intruder {
		o.hold("I18", a.Status == http.StatusNotFound || a.Status == http.StatusServiceUnavailable, "%s answers %d to whoever has no right", a.Function, a.Status)
		return
	}
	switch a.Function {
	case "create-payment":
		o.toldOfCreate(a, s)
	case "refund":
		o.toldOfRefund(a, s)
	case "webhook":
		o.toldProvider(a)
	}
	o.honest(a, s)
}

func (o *Oracle) toldOfCreate(a Answer, s shown) {
	before, known := o.keys[a.Key]
	if known && before.print != a.Print {
		o.hold("I9", !isOK(a.Status), "a key for another request is answered %d", a.Status)
		o.hold("I9", !bytes.Contains(a.Body, []byte(before.payment)), "a key for another request tells of %s", before.payment)
		return
	}
	if !isOK(a.Status) {
		return
	}
	o.hold("I3", s.Total.Minor == a.Total, "%s: %d is told, the cart costs %d", s.ID, s.Total.Minor, a.Total)
	if known {
		o.hold("I8", before.payment == s.ID, "one key stands for %s and %s", before.payment, s.ID)
	}
	_, stored := o.payments[s.ID]
	o.hold("I11", stored, "the payment %s was acknowledged and is not in the table", s.ID)
	o.keys[a.Key] = opened{a.Print, s.ID, a.Total}
	o.of(s.ID).total = a.Total
}

func (o *Oracle) toldOfRefund(a Answer, s shown) {
	if !isOK(a.Status) {
		return
	}
	o.hold("I11", o.reserved(s.ID), "the refund %s was acknowledged and is not in the table", s.ID)
	w := o.of(a.Payment)
	if before, again := w.told[a.Key]; again {
		o.hold("I8", before == s.ID, "one key stands for the refunds %s and %s", before, s.ID)
	}
	w.told[a.Key] = s.ID
	if s.State == "completed" {
		made := 0
		for _, f := range o.read().refunds {
			if f.own == s.ID && f.state == moved {
				made++
			}
		}
		o.hold("I13", made == 1, "the refund %s is reported completed; the books have %d", s.ID, made)
	}
}

// toldProvider: what is acknowledged is in the table, or stands there with a due.
func (o *Oracle) toldProvider(a Answer) {
	if !a.Genuine {
		o.hold("I18", a.Status == http.StatusUnauthorized || a.Status == http.StatusServiceUnavailable, "a forged webhook is answered %d", a.Status)
		return
	}
	if !isOK(a.Status) || a.Payment == "" {
		return
	}
	p, known := o.payments[a.Payment]
	if !known {
		_, kept := o.rows["unmatched#"+a.Payment+"/unmatched"]
		o.hold("I10", kept, "a webhook about %s is acknowledged and in no row", a.Payment)
		return
	}
	heard := !p.due.IsZero() ||
		(a.Capture == "" || slices.ContainsFunc(p.Captures, func(c movement) bool { return c.ID == a.Capture })) &&
			(a.Dispute == "" || slices.ContainsFunc(p.Disputes, func(d dispute) bool { return d.ID == a.Dispute }))
	o.hold("I10", heard, "a webhook about %s (capture %q, dispute %q) is acknowledged, and its row neither has it nor a due", a.Payment, a.Capture, a.Dispute)
}

// honest compares what an answer claims with the providers' books.
func (o *Oracle) honest(a Answer, s shown) {
	status, _ := s.Status.(string)
	if s.ID == "" || status == "" {
		return
	}
	now := o.Completed()[s.ID]
	switch {
	case s.Paid || status == "captured" || status == "partially_refunded" || status == "refunded":
		o.hold("I13", now == 1, "%s is reported %s; the books have %d charges", s.ID, status, now)
	case status == "declined" || status == "expired":
		o.hold("I14", a.Completed[s.ID] == 0, "%s is reported %s; the books had %d charges", s.ID, status, a.Completed[s.ID])
	}
}

// Logged sees every line of a log: I19.
func (o *Oracle) Logged(line []byte) {
	for _, secret := range o.secrets {
		o.hold("I19", !bytes.Contains(line, []byte(secret)), "a log has %q: %s", secret[:min(6, len(secret))], line)
	}
}

// Hides adds a secret that no log may hold from now on.
func (o *Oracle) Hides(secret string) {
	if secret != "" && !slices.Contains(o.secrets, secret) {
		o.secrets = append(o.secrets, secret)
	}
}
