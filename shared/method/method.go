// Package method is the table of the ways to pay: what a buyer of some country may
// choose for an amount, who carries it, and what is to be known of it. It is data and
// pure; the words for it are in shared/wording, and what a provider is asked is the
// adapter's.
package method

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Method is one way to pay, as one provider carries it. Several rows of one ID are the
// same thing to a buyer: of those that fit, the first whose provider works is used.
type Method struct {
	ID       string // as requests and attempts name it
	Provider string // who carries it
	Icon     string // names a picture of the storefront's

	// Systems are the payment systems a buyer finds behind it, where they are more than
	// the method itself. They are names, and the same in every language.
	Systems []string

	Countries  []string         // of buyers, ISO 3166-1 alpha-2; empty: all
	Currencies []money.Currency // empty: all that the provider takes
	Limits     []Limit          // by currency; a currency without any has none
	FirstIn    []string         // where buyers look for it before all else
	Needs      []Need           // what the buyer has to be asked

	// RefundDays is how long after the capture money can be given back; 0: no end of it
	// is documented. It is for the menu: whether a refund comes too late is the
	// provider's word alone.
	RefundDays int

	// Delayed: the result may come days after the buyer is through.
	Delayed bool

	// SelfCompleting: the provider takes the money as soon as the buyer approves, and
	// nobody here captures.
	SelfCompleting bool

	// Of the merchant's account: it must be of the buyer's country; it must not be of
	// one of these; it must have a bank account that buyers in euro transfer to.
	AtHome bool
	NotFor []string
	Bank   bool
}

// Need is something about the buyer that a method cannot do without. It is passed on to
// the provider, and neither stored nor logged.
type Need string

const (
	NeedsName  Need = "name" // of the account's holder
	NeedsEmail Need = "email"
)

// Limit is what a method takes in a currency, both ends included. A zero end is open.
type Limit struct{ Min, Max money.Amount }

// Menu are the methods that a shop offers.
type Menu []Method

// selfCompleting stands behind a method's id where the shop lets the provider take the
// money by itself.
const selfCompleting = ":completes"

// Account is what of the merchant's accounts decides about what can be offered.
type Account struct {
	Providers []string // those that are used, the preferred first; nil: all, as the table has them
	Country   string   // ISO 3166-1 alpha-2; empty: nobody said
	Bank      bool     // there is a bank account that buyers in euro transfer to
}

// Offered is the menu of a shop: the methods it names, with commas or blanks between
// them, or all of them where it names none, as far as its accounts allow. Where nobody
// said the account's country, methods are left out that depend on its being the
// buyer's. What several carry is the preferred one's first. The error names every word that is no method of the providers.
func Offered(names string, of Account) (Menu, error) {
	var menu Menu
	var known []string
	words := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	for _, m := range table {
		if of.Providers != nil && !slices.Contains(of.Providers, m.Provider) {
			continue
		}
		at := slices.IndexFunc(words, func(word string) bool { return strings.TrimSuffix(word, selfCompleting) == m.ID })
		if at < 0 && names != "" {
			continue
		}
		known = append(known, m.ID)
		m.SelfCompleting = m.SelfCompleting || at >= 0 && strings.HasSuffix(words[at], selfCompleting)
		if of.allows(m) {
			if m.AtHome {
				m.Countries = []string{of.Country}
			}
			menu = append(menu, m)
		}
	}
	seen := map[string]bool{}
	wrong := slices.DeleteFunc(words, func(word string) bool {
		id := strings.TrimSuffix(word, selfCompleting)
		again := seen[id]
		seen[id] = true
		return !again && slices.Contains(known, id)
	})
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%q: no method of %s, or twice", wrong, strings.Join(of.names(), " and "))
	}
	return menu.preferring(of.Providers), nil
}

// preferring puts the rows of each id into the order of the providers, and leaves every id
// in its places.
func (m Menu) preferring(providers []string) Menu {
	rows := map[string]Menu{}
	for _, one := range m {
		if rows[one.ID] == nil {
			rows[one.ID] = m.Ways(one.ID)
			slices.SortStableFunc(rows[one.ID], func(a, b Method) int {
				return cmp.Compare(slices.Index(providers, a.Provider), slices.Index(providers, b.Provider))
			})
		}
	}
	for i, one := range m {
		m[i], rows[one.ID] = rows[one.ID][0], rows[one.ID][1:]
	}
	return m
}

func (a Account) allows(m Method) bool {
	return !slices.Contains(m.NotFor, a.Country) && (!m.AtHome || slices.Contains(m.Countries, a.Country)) && (!m.Bank || a.Bank)
}

// names are the providers that are used.
func (a Account) names() []string {
	if a.Providers != nil {
		return a.Providers
	}
	var all []string
	for _, m := range table {
		if !slices.Contains(all, m.Provider) {
			all = append(all, m.Provider)
		}
	}
	return all
}

// All is the menu of a shop that has chosen nothing.
func All() Menu {
	menu, _ := Offered("", Account{}) // names nothing that could be wrong
	return menu
}

// Known are the rows of an id, whether a shop offers it any more or not.
func Known(id string) Menu { return table.Ways(id) }

// Ways are the rows of an id, in the order in which they are used.
func (m Menu) Ways(id string) Menu {
	return slices.DeleteFunc(slices.Clone(m), func(one Method) bool { return one.ID != id })
}

// Needs are what any of the rows has to be told of the buyer.
func (m Menu) Needs() (all []Need) {
	for _, one := range m {
		for _, need := range one.Needs {
			if !slices.Contains(all, need) {
				all = append(all, need)
			}
		}
	}
	return all
}

// For is what a buyer of a country can pay an amount with: what buyers there look for
// first, then in the order of the table. A method is there once for each who carries it.
func (m Menu) For(country string, total money.Amount) Menu {
	fitting := slices.DeleteFunc(slices.Clone(m), func(one Method) bool { return !one.Fits(country, total) })
	slices.SortStableFunc(fitting, func(a, b Method) int { return cmp.Compare(a.place(country), b.place(country)) })
	return fitting
}

func (m Method) place(country string) int {
	if slices.Contains(m.FirstIn, country) {
		return 0
	}
	return 1
}

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

// Asks reports whether the buyer has to be asked for something.
func (m Method) Asks(n Need) bool { return slices.Contains(m.Needs, n) }

func (l Limit) holds(a money.Amount) bool {
	return a.Minor > 0 && a.Minor >= l.Min.Minor && (l.Max.IsZero() || a.Minor <= l.Max.Minor)
}

// isAmong: an empty list leaves nothing out.
func isAmong[T comparable](list []T, one T) bool { return len(list) == 0 || slices.Contains(list, one) }
