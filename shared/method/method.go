// Package method is the table of the ways to pay: what a buyer of some country may
// choose for an amount, who carries it, and what is to be known of it. It is data and
// pure; the words for it are in shared/wording, and what a provider is asked is the
// adapter's.
package method

import (
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Method is one way to pay.
type Method struct {
	ID       string // as requests and attempts name it
	Provider string // who carries it
	Icon     string // names a picture of the storefront's

	Countries  []string         // of buyers, ISO 3166-1 alpha-2; empty: all
	Currencies []money.Currency // empty: all that the provider takes
	Limits     []Limit          // by currency; a currency without any has none
	RefundDays int              // how long after the capture money can be given back
	Delayed    bool             // the result may come days later
}

// Limit is what a method takes in a currency, both ends included. A zero end is open.
type Limit struct{ Min, Max money.Amount }

// Find is the method of an id.
func Find(id string) (Method, bool) {
	at := slices.IndexFunc(table, func(m Method) bool { return m.ID == id })
	if at < 0 {
		return Method{}, false
	}
	return table[at], true
}

// All are all methods there are, in the order in which they are offered where a country
// has no order of its own.
func All() []Method { return slices.Clone(table) }

// Fits reports whether a buyer of a country can pay an amount so.
func (m Method) Fits(country string, total money.Amount) bool {
	return isAmong(m.Countries, country) && isAmong(m.Currencies, total.Currency) && m.Limit(total.Currency).holds(total)
}

// Limit is what the method takes in a currency.
func (m Method) Limit(c money.Currency) Limit {
	for _, l := range m.Limits {
		if l.Min.Currency == c || l.Max.Currency == c {
			return l
		}
	}
	return Limit{}
}

func (l Limit) holds(a money.Amount) bool {
	return a.Minor > 0 && a.Minor >= l.Min.Minor && (l.Max.IsZero() || a.Minor <= l.Max.Minor)
}

// isAmong: an empty list leaves nothing out.
func isAmong[T comparable](list []T, one T) bool { return len(list) == 0 || slices.Contains(list, one) }
