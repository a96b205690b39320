// Package payment is the domain: one purchase, from the buyer's click to the
// merchant's bank, and the rules of what may happen to it. It is pure: it takes
// the time as an argument and does no input or output.
//
// Everything that can happen to a purchase ends in the same three questions:
//
//   - Observe: what does the provider's answer add to what we know?
//   - Next: which provider call is still owed?
//   - Status: what do the facts amount to?
//
// Facts only accumulate. Every fact taken from a provider is a set member keyed
// by the provider's id, or the earliest or latest of some time, so that lost,
// doubled, late and reordered answers lead to the same payment.
//
// All functions take a Payment by value and give back another one; nothing they
// return shares memory with what they were given. Times are UTC, to the second.
package payment

import (
	"maps"
	"slices"
	"time"
)

// Payment is one purchase. The JSON form is what the table holds: names are
// short enough that an ordinary life stays within 1,024 bytes, and long enough
// to be read in the console.
type Payment struct {
	Schema       int           `json:"schema"`
	ID           string        `json:"id"`
	Created      time.Time     `json:"created"`
	Fingerprint  string        `json:"request"` // of the client's request: cart, country, currency
	Reference    string        `json:"reference,omitempty"`
	Country      string        `json:"country"`
	Customer     string        `json:"customer,omitempty"` // whose purchase it is, as a keyed hash; empty: nobody's
	Unlisted     bool          `json:"unlisted,omitzero"`  // in no list of the customer's yet
	Quote        Quote         `json:"quote"`
	Attempts     []Attempt     `json:"attempts,omitempty"`
	Captures     []Capture     `json:"captures,omitempty"`
	Refunds      []Refund      `json:"refunds,omitempty"`
	Reservations []Reservation `json:"reserved,omitempty"` // refunds the merchant asked for
	Disputes     []Dispute     `json:"disputes,omitempty"`
	Entries      []Entry       `json:"entries,omitempty"`
	Timeline     Timeline      `json:"timeline,omitempty"`
	Notes        []Note        `json:"notes,omitempty"` // reviews the merchant has settled

	// Remarks are the only text a person wrote, by the id it is about: one
	// attribute that can be erased without touching the books.
	Remarks map[string]string `json:"remarks,omitempty"`
}

// New is a payment nobody has been asked to approve yet.
func New(id, fingerprint, reference, country string, quote Quote, now time.Time) Payment {
	p := Payment{
		Schema: Schema, ID: id, Created: now,
		Fingerprint: fingerprint, Reference: reference, Country: country, Quote: quote,
	}
	p.Timeline = Timeline{p.beginning()}
	return p
}

// beginning is the first event of every payment.
func (p Payment) beginning() Event { return Event{At: p.Created.UTC(), Code: "created"} }

// begins reports whether an event is that one.
func (p Payment) begins(e Event) bool { return e.Code == "created" && e.At.Equal(p.Created) }

// clone copies what a change might touch.
func (p Payment) clone() Payment {
	p.Attempts = slices.Clone(p.Attempts)
	p.Captures = slices.Clone(p.Captures)
	p.Refunds = slices.Clone(p.Refunds)
	p.Reservations = slices.Clone(p.Reservations)
	p.Disputes = slices.Clone(p.Disputes)
	p.Entries = slices.Clone(p.Entries)
	p.Timeline = slices.Clone(p.Timeline)
	p.Notes = slices.Clone(p.Notes)
	p.Remarks = maps.Clone(p.Remarks)
	return p
}

// Live is the attempt the buyer is asked to approve: the last one. ok is false
// before the first.
func (p Payment) Live() (a Attempt, ok bool) {
	if len(p.Attempts) == 0 {
		return Attempt{}, false
	}
	return p.Attempts[len(p.Attempts)-1], true
}

// Attempt finds an attempt by its number.
func (p Payment) Attempt(n int) (a Attempt, ok bool) {
	if n < 1 || n > len(p.Attempts) {
		return Attempt{}, false
	}
	return p.Attempts[n-1], true
}

// edit is a changed copy of one attempt's facts.
func (p Payment) edit(n int, change func(*Attempt)) Payment {
	p = p.clone()
	if n >= 1 && n <= len(p.Attempts) {
		change(&p.Attempts[n-1])
	}
	return p
}
