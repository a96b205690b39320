package settlement

import "github.com/serverless-checkout/serverless-checkout/shared/payment"

// Words are what one provider's own codes mean. Each provider's stand in its own package.
type Words struct {
	// Code says what the code of a row means. known is false for one that nobody knows:
	// it is then taken for a movement of the total, is named in the day's sums and its
	// rows are kept one by one.
	Code func(code string) (c Code, known bool)

	// Outcome says how a dispute ended, by the provider's code for that.
	Outcome func(code string) Outcome
}

// Code is what a row's code means.
type Code struct {
	Kind    payment.EntryKind
	Balance Balance

	// Disputed: what is withheld is so for as long as a dispute is looked into.
	Disputed bool
}

// Balance says which of a currency's balances a code moves.
type Balance string

const (
	BalanceTotal     Balance = "total"     // and with it what is available
	BalanceAvailable Balance = "available" // money is withheld or let go; the total stays
	BalanceNone      Balance = "none"      // an authorisation, a note
)

// Outcome is how a dispute ended. The set is closed.
type Outcome string

const (
	OutcomeClosed Outcome = ""     // over, and in nobody's favour that is known
	OutcomeWon    Outcome = "won"  // for the merchant
	OutcomeLost   Outcome = "lost" // for the buyer
)

// Means is what a code of the books means: one of the provider's, or one of the two that
// stand for what the provider dates and has no row for. Without words nobody knows any
// of the provider's.
func (w Words) Means(code string) (c Code, known bool) {
	switch {
	case code == CodeAwaited:
		return Code{Kind: payment.EntryHold, Balance: BalanceAvailable}, true
	case code == CodeFreed:
		return Code{Kind: payment.EntryRelease, Balance: BalanceAvailable}, true
	case w.Code == nil:
		return Unknown, false
	}
	return w.Code(code)
}

// Unknown is what a code means that nobody knows.
var Unknown = Code{Kind: payment.EntryUnknown, Balance: BalanceTotal}

func (w Words) outcome(code string) Outcome {
	if w.Outcome == nil {
		return OutcomeClosed
	}
	return w.Outcome(code)
}
