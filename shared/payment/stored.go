package payment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Schema is the version of the stored form. A payment of an older version is read
// for ever; a golden file of each version in the tests holds us to it.
//
//   - 1: every time as text, "2026-11-21T10:00:00Z".
//   - 2: times as seconds since 1970, which DynamoDB keeps in 6 bytes where the text
//     takes 20, except those of the timeline and of money entries: the one is for
//     reading, and the others are compared with those that stand in the table.
//   - 3: entries may be rows of the provider's account, with a code, a fee and an
//     update time; an older build, which would lose them, refuses the payment.
//   - 4: an attempt may complete by itself, and an older build would let its buyer go on
//     to another one; and it may be a customer's, which an older build would lose. Only
//     a payment that has either is written so.
//   - 5: a capture may say what came of the buyer's authentication, and an attempt until
//     when it can be paid and that its capture is about to be sent, all of which an older
//     build would lose. Only a payment that has any is written so.
//   - 6: a row of the account may say from when its money may be used, what it was
//     converted at, whose account it is of and that another row has undone it, all of
//     which an older build would lose. Only a payment that has such a row is written so.
//   - 7: where a long id of an order or of a capture stands again, but in an entry, it is
//     the number of its attempt, "#1", or of the capture, "*1". PayPal's take 17
//     bytes and Stripe's 66 and 27; with each so often a settled payment would pass the
//     1,024 bytes above which a write costs two units. The timeline leaves out where it
//     begins, which the payment says.
const Schema = 7

// schema is the oldest that has a place for everything in the payment, so that an older
// build beside this one goes on with what it can read.
func (p Payment) schema() int {
	switch {
	case p.anyAttempt(func(a Attempt) bool { return len(a.Order) > longID }):
		return 7
	case slices.ContainsFunc(p.Entries, Entry.says):
		return 6
	case slices.ContainsFunc(p.Captures, func(c Capture) bool { return c.StepUp != NoStepUp }),
		p.anyAttempt(func(a Attempt) bool { return !a.Ends.IsZero() || !a.Intent.IsZero() }):
		return 5
	case p.Customer != "" || p.anyAttempt(func(a Attempt) bool { return a.SelfCompleting }):
		return 4
	}
	return 3
}

// Encode is the payment as the table holds it, in the newest form that it needs. Where the
// buyer is sent to is left out as soon as nobody can be sent there any more,
// and from where it was opened as soon as the purchase is paid.
func Encode(p Payment) ([]byte, error) {
	p = p.clone()
	paid := p.captured(State.Done)
	for i, a := range p.Attempts {
		if paid {
			p.Attempts[i].From = ""
		}
		if a.Superseded || p.paidBy(a) {
			p.Attempts[i].Approve, p.Attempts[i].Transfer = "", ""
		}
		if p.paidBy(a) {
			p.Attempts[i].Intent = time.Time{}
		}
	}
	if p.Schema = p.schema(); p.Schema >= 7 {
		for _, a := range p.aliases() {
			p.rename(a.id, a.name)
		}
		if len(p.Timeline) > 0 && p.begins(p.Timeline[0]) {
			p.Timeline = p.Timeline[1:]
		}
	}
	return json.Marshal(p, json.Deterministic(true), storedTimes)
}

// storedTimes writes times as the newest schema has them.
var storedTimes = json.WithMarshalers(json.JoinMarshalers(
	json.MarshalToFunc(func(out *jsontext.Encoder, t time.Time) error {
		return out.WriteToken(jsontext.Int(t.Unix()))
	}),
	json.MarshalToFunc(func(out *jsontext.Encoder, e Entry) error {
		return json.MarshalEncode(out, stored(e))
	}),
))

// storedEntry is an Entry as every schema has it: the store compares entries as they
// are written, so their form never changes. What only rows have is absent elsewhere.
type storedEntry struct {
	Kind    EntryKind    `json:"kind"`
	Ref     string       `json:"ref"`
	Amount  money.Amount `json:"amount"`
	At      string       `json:"at"`
	Code    string       `json:"code,omitempty"`
	Fee     money.Amount `json:"fee,omitzero"`
	Updated string       `json:"updated,omitempty"`

	Available string `json:"available,omitempty"` // the day alone, where it is one's beginning
	Rate      string `json:"rate,omitempty"`
	Provider  string `json:"provider,omitempty"`
	Reversed  bool   `json:"reversed,omitzero"`
}

// says reports whether an entry has what no schema before 6 has a place for.
func (e Entry) says() bool {
	return !e.Available.IsZero() || e.Rate != "" || e.Provider != "" || e.Reversed
}

func stored(e Entry) storedEntry {
	s := storedEntry{
		Kind: e.Kind, Ref: e.Ref, Amount: e.Amount, At: e.At.UTC().Format(time.RFC3339), Code: e.Code, Fee: e.Fee,
		Rate: e.Rate, Provider: e.Provider, Reversed: e.Reversed,
	}
	if !e.Updated.IsZero() {
		s.Updated = e.Updated.UTC().Format(time.RFC3339)
	}
	if !e.Available.IsZero() {
		s.Available = strings.TrimSuffix(e.Available.UTC().Format(time.RFC3339), midnight)
	}
	return s
}

// midnight is the rest of a time that is a day's beginning.
const midnight = "T00:00:00Z"

// paidBy reports whether the attempt's order has taken the money.
func (p Payment) paidBy(a Attempt) bool {
	for _, c := range p.Captures {
		if c.Order == a.Order && c.Ever&EverDone != 0 {
			return true
		}
	}
	return false
}

// Decode reads a payment in the form of any schema. Its error says that it is none,
// or of a schema that a newer build has written.
func Decode(document []byte) (Payment, error) {
	var p Payment
	if err := json.Unmarshal(document, &p, timeOfAnySchema); err != nil {
		return Payment{}, fmt.Errorf("a stored payment cannot be read: %w", err)
	}
	if p.Schema < 1 || p.Schema > Schema {
		return Payment{}, fmt.Errorf("a stored payment has schema %d; this build knows up to %d", p.Schema, Schema)
	}
	if p.Schema >= 7 {
		for _, a := range p.aliases() {
			p.rename(a.name, a.id)
		}
		if !slices.ContainsFunc(p.Timeline, p.begins) {
			p.Timeline = slices.Insert(p.Timeline, 0, p.beginning())
		}
	}
	return p, nil
}

// longID is the most bytes of an id that stands wherever it is named.
const longID = 8

// alias is a long id, and a name for it that no provider gives.
type alias struct{ id, name string }

// aliases are those of the orders, by their attempts, and of the captures.
func (p Payment) aliases() (all []alias) {
	for _, a := range p.Attempts {
		if len(a.Order) > longID {
			all = append(all, alias{a.Order, "#" + strconv.Itoa(a.Number)})
		}
	}
	for i, c := range p.Captures {
		if len(c.ID) > longID {
			all = append(all, alias{c.ID, "*" + strconv.Itoa(i+1)})
		}
	}
	return all
}

// rename writes an order or a capture in another way wherever it stands again: in
// captures, and in the timeline, where what comes after a stroke stays.
func (p Payment) rename(from, to string) {
	for i := range p.Captures {
		if p.Captures[i].Order == from {
			p.Captures[i].Order = to
		}
	}
	for i, e := range p.Timeline {
		if id, rest, _ := strings.Cut(e.Ref, "/"); id == from {
			p.Timeline[i].Ref = strings.TrimSuffix(to+"/"+rest, "/")
		}
	}
}

// timeOfAnySchema reads a time from either form, whichever the field has now.
var timeOfAnySchema = json.WithUnmarshalers(json.UnmarshalFromFunc(func(in *jsontext.Decoder, t *time.Time) error {
	if in.PeekKind() == '0' {
		var seconds int64
		err := json.UnmarshalDecode(in, &seconds)
		*t = time.Unix(seconds, 0).UTC()
		return err
	}
	var text string
	err := json.UnmarshalDecode(in, &text)
	if err != nil {
		return err
	}
	if len(text) == len(time.DateOnly) {
		text += midnight
	}
	at, err := time.Parse(time.RFC3339, text)
	*t = at.UTC()
	return err
}))
