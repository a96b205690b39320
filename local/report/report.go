// Package report draws what the merchant's API says of the account in some days: as a
// page for a browser and for paper, and as a short table for a terminal.
//
// It is made of the API's own answers and of nothing else, so that what a merchant
// reads here is what a merchant's own dashboard would show. It reckons only what a
// picture needs; amounts of two currencies never meet.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Report is the settlement of some days of UTC.
type Report struct {
	From, To string // "2026-11-01"; to is the day after the last
	Made     time.Time
	Accounts []Account
	Payments []Payment
	More     bool // there are more payments than these
}

// Account is one provider's.
type Account struct {
	Provider      string     `json:"provider"`
	FirstDay      string     `json:"first_day"`               // of the books
	CompleteUntil time.Time  `json:"complete_until,omitzero"` // zero: it has never been read
	Explained     string     `json:"explained,omitempty"`     // the last of the days whose balance is known
	Unmatched     int        `json:"unmatched"`
	UnmatchedRows []Row      `json:"unmatched_rows"` // the first hundred
	Currencies    []Currency `json:"currencies"`
	Days          []Day      `json:"days"`
}

// Row is one that waits for a person, in the provider's words.
type Row struct {
	Reason    string    `json:"reason"`
	Payment   string    `json:"payment,omitempty"`
	ID        string    `json:"id,omitempty"`
	Code      string    `json:"code,omitempty"`
	Status    string    `json:"status,omitempty"`
	Amount    string    `json:"amount,omitempty"`
	Fee       string    `json:"fee,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Fault     string    `json:"fault,omitempty"`
	Initiated time.Time `json:"initiated"`
}

// reasons are why a row waits, in words.
var reasons = map[string]string{
	"no_such_payment":    "It names a payment of this shop’s form that is not in the table.",
	"payment_unreadable": "Its payment could not be read or written.",
	"unreadable":         "It cannot be read.",
	"unknown_code":       "Nobody knows its code; it is counted as a movement of the balance.",
	"unknown_status":     "Nobody knows its status; it is counted as nothing.",
}

// Why is the reason in words, with what cannot be read.
func (r Row) Why() string {
	why := cmp.Or(reasons[r.Reason], r.Reason)
	if r.Fault != "" {
		why += " (" + r.Fault + ")"
	}
	return why
}

// Day is the day of UTC on which it began.
func (r Row) Day() string { return r.Initiated.UTC().Format(time.DateOnly) }

// Figures are what rows moved of one currency. Amounts are the merchant's: below
// nothing is money that left.
type Figures struct {
	Currency    money.Currency `json:"currency"`
	Captured    Amount         `json:"captured"`
	Fees        Amount         `json:"fees"`
	Refunds     Amount         `json:"refunds"`
	Reversals   Amount         `json:"reversals"`
	Conversions Amount         `json:"conversions"`
	PaidOut     Amount         `json:"paid_out"`
	Other       Amount         `json:"other"`
	OtherSales  Amount         `json:"other_sales"`
	Moved       Amount         `json:"moved"` // all of the above
	Sales       int64          `json:"sales"`
	Refunded    int64          `json:"refunded"`
}

// Currency is what an account did in one currency.
type Currency struct {
	Figures
	Incoming  Amount   `json:"incoming"`
	InTransit Amount   `json:"in_transit"`
	Balance   *Balance `json:"balance,omitempty"` // nil: not known yet
}

// Balance is the provider's own: before the first day, and at the end of the last that
// is explained.
type Balance struct {
	Opening    Amount `json:"opening"`
	Closing    Amount `json:"closing"`
	OnHold     Amount `json:"on_hold"`
	Available  Amount `json:"available"`
	MovedSince Amount `json:"moved_since"` // after that day, and in no balance yet
	Remainder  Amount `json:"remainder"`   // what of it no row explains
}

// Day is what one day moved, by currency.
type Day struct {
	Day        string    `json:"day"`
	Currencies []Figures `json:"currencies"`
}

// Payment is what the account shows of one payment in these days.
type Payment struct {
	Provider  string         `json:"provider"`
	ID        string         `json:"id"`
	Reference string         `json:"reference,omitempty"`
	Status    string         `json:"status"`
	Created   time.Time      `json:"created"`
	Money     []PaymentMoney `json:"money"`
}

// PaymentMoney is a payment's part in one currency. Held and Where are as of now.
type PaymentMoney struct {
	Currency    money.Currency `json:"currency"`
	Captured    Amount         `json:"captured"`
	Fees        Amount         `json:"fees"`
	Refunds     Amount         `json:"refunds"`
	Reversals   Amount         `json:"reversals"`
	Conversions Amount         `json:"conversions"`
	Net         Amount         `json:"net"`
	Held        Amount         `json:"held"`
	Where       string         `json:"where"`
}

// Amount is an amount as the API writes it. One that is left out is nothing.
type Amount struct{ money.Amount }

// UnmarshalJSON reads {"currency":"EUR","minor":1234,"value":"12.34"}. Errors: a
// currency nobody knows; a value that is not what the minor units make.
func (a *Amount) UnmarshalJSON(text []byte) error {
	var body struct {
		Currency money.Currency `json:"currency"`
		Minor    int64          `json:"minor"`
		Value    string         `json:"value"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return err
	}
	read := money.New(body.Minor, body.Currency)
	if !body.Currency.Valid() || read.Decimal() != body.Value {
		return fmt.Errorf("report: %s is no amount", text)
	}
	a.Amount = read
	return nil
}

// Empty reports whether nothing at all is known of these days.
func (r Report) Empty() bool {
	return len(r.Payments) == 0 && !slices.ContainsFunc(r.Accounts, func(a Account) bool {
		return len(a.Currencies) > 0 || a.Unmatched > 0
	})
}

// moved is what this currency moved on each day, by day.
func (a Account) moved(c money.Currency) map[string]Figures {
	days := map[string]Figures{}
	for _, d := range a.Days {
		for _, f := range d.Currencies {
			if f.Currency == c {
				days[d.Day] = f
			}
		}
	}
	return days
}

// statement is one currency's with the day whose balance closes it, "" where none is
// known: the balance then says nothing.
type statement struct {
	Currency
	Balance
	Explained string
}

func (a Account) statement(c Currency) statement {
	if c.Balance == nil || a.Explained == "" {
		return statement{Currency: c}
	}
	return statement{c, *c.Balance, a.Explained}
}

// known reports whether the balance is.
func (s statement) known() bool { return s.Explained != "" }

// notYet is the line that leads from all rows of these days to the closing balance: what
// moved after its day is taken off again.
func (s statement) notYet() Amount { return Amount{money.New(-s.MovedSince.Minor, s.Moved.Currency)} }

// paymentLine is one line of the table of payments.
type paymentLine struct {
	ID, Reference string
	PaymentMoney
}

// paymentsIn are the lines of a currency at a provider, in the API's order.
func (r Report) paymentsIn(provider string, c money.Currency) (lines []paymentLine) {
	for _, p := range r.Payments {
		for _, m := range p.Money {
			if m.Currency == c && p.Provider == provider {
				lines = append(lines, paymentLine{p.ID, p.Reference, m})
			}
		}
	}
	return lines
}

// unexplained are the statements whose remainder is not nothing.
func (a Account) unexplained() (open []statement) {
	for _, c := range a.Currencies {
		if s := a.statement(c); !s.Remainder.IsZero() {
			open = append(open, s)
		}
	}
	return open
}
