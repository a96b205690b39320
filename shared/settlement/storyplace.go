package settlement

import (
	"cmp"
	"maps"
	"slices"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// Place is where a part of a payment's money is. The set is closed.
type Place string

const (
	PlaceKept        Place = "kept" // by the provider, as fees
	PlaceRefunded    Place = "refunded"
	PlaceTakenBack   Place = "taken_back"   // by the provider, for the buyer
	PlaceChargedBack Place = "charged_back" // by the buyer's bank
	PlaceHeld        Place = "held"         // by the provider, until it lets it go
	PlaceOnItsWay    Place = "on_its_way"   // from the buyer
	PlaceNotReported Place = "not_reported" // moved, and the account is still to show it
	PlaceConverted   Place = "converted"    // into another currency; below nothing: out of one
	PlacePaidOut     Place = "paid_out"     // where the provider says so of this very payment
	PlaceAwaited     Place = "awaited"      // in the balance, from a day that the provider has named
	PlaceOther       Place = "other"        // other entries of the account under the payment's name
	PlaceUnexplained Place = "unexplained"  // the provider's answer and its account differ by it

	// PlaceBalance is the merchant's balance at the provider, or what was paid out of it
	// where the provider does not tell of which payments a payout is. Below nothing, this
	// payment has cost more than it brought.
	PlaceBalance Place = "balance"
)

// Places are all of them, in the order in which they are told.
func Places() []Place {
	return []Place{
		PlaceKept, PlaceRefunded, PlaceTakenBack, PlaceChargedBack, PlaceConverted, PlaceOther, PlaceUnexplained,
		PlaceOnItsWay, PlaceNotReported, PlaceHeld, PlaceAwaited, PlacePaidOut, PlaceBalance,
	}
}

// Part is how much of the money is at a place: below nothing is what that place gave
// and had not got of this payment.
type Part struct {
	Place  Place
	Amount money.Amount
}

// buyer is where all of it comes from.
const buyer Place = ""

// places are what every place has, by currency. Whatever moves leaves one of them for
// another, so that at any time what has left the buyer is what all others have.
type places map[money.Currency]map[Place]money.Amount

// move takes an amount from one place to another; one below nothing goes the other
// way. Errors: money.ErrOverflow.
func (p places) move(a money.Amount, from, to Place) error {
	if a.IsZero() {
		return nil
	}
	of := p[a.Currency]
	if of == nil {
		of = map[Place]money.Amount{}
		p[a.Currency] = of
	}
	zero := money.Zero(a.Currency)
	left, err := cmp.Or(of[from], zero).Minus(a)
	if err != nil {
		return err
	}
	of[from] = left
	of[to], err = cmp.Or(of[to], zero).Plus(a)
	return err
}

// parts are the places that have anything, the first currency's first.
func (p places) parts(first money.Currency) []Part {
	currencies := slices.Sorted(maps.Keys(p))
	slices.SortStableFunc(currencies, func(a, b money.Currency) int {
		rank := map[bool]int{true: 0, false: 1}
		return cmp.Compare(rank[a == first], rank[b == first])
	})
	var parts []Part
	for _, currency := range currencies {
		for _, place := range Places() {
			if a := p[currency][place]; !a.IsZero() {
				parts = append(parts, Part{place, a})
			}
		}
	}
	return parts
}
