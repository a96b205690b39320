package payment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// ObserveRows enters rows of the provider's account that belong to the payment, each
// once. Any order and any repetition of the same rows gives the same payment. An entry
// without a code is no row and is left out.
func ObserveRows(p Payment, rows ...Entry) Payment {
	p = p.clone()
	for _, row := range rows {
		row.At, row.Updated, row.Available = row.At.UTC(), row.Updated.UTC(), row.Available.UTC()
		if row.Code != "" && !slices.Contains(p.Entries, row) {
			p.Entries = append(p.Entries, row)
		}
	}
	return p
}

// Elsewhere is how an entry names the provider whose account shows it: not at all where
// that is the one of the first attempt, as it is of nearly every row there is.
func (p Payment) Elsewhere(provider string) string {
	if first, ok := p.Attempt(1); ok && first.Provider == provider {
		return ""
	}
	return provider
}

// AccountOf is the provider whose account shows a row; "" where nobody says.
func (p Payment) AccountOf(row Entry) string {
	if first, ok := p.Attempt(1); ok && row.Provider == "" {
		return first.Provider
	}
	return row.Provider
}

// Carrier is the provider of the attempt that an order belongs to; "" where it is none
// of the payment's.
func (p Payment) Carrier(order string) string {
	for _, a := range p.Attempts {
		if a.Order == order {
			return a.Provider
		}
	}
	return ""
}

// Rows are the rows of the payment as the account has them now: of each the claim
// with the latest update time, whatever the order in which they came. They stand in
// the order of their time.
func (p Payment) Rows() []Entry {
	last := map[[2]string]Entry{}
	for _, e := range p.Entries {
		if e.Code == "" {
			continue
		}
		key := [2]string{e.Ref, e.Code}
		if had, ok := last[key]; !ok || had.before(e) {
			last[key] = e
		}
	}
	rows := make([]Entry, 0, len(last))
	for _, e := range last {
		rows = append(rows, e)
	}
	slices.SortFunc(rows, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Ref, b.Ref), strings.Compare(a.Code, b.Code))
	})
	return rows
}

// Posting is what a claim about a row moved, and when: at first all of it, and later
// what has changed. Postings are never taken back, so what a day moved stays what it
// was: a fee that is corrected in November leaves October alone.
type Posting struct {
	Entry           // Amount and Fee are what moved by it
	Moved time.Time // UTC
	First bool      // of its row
}

// Postings are those of all rows of the payment, in the order in which they moved. A
// row moved at the update time of the claim that says so, since it was pending until
// then; one that was reversed before anybody saw it done moved at its beginning.
func (p Payment) Postings() []Posting {
	claims := slices.DeleteFunc(slices.Clone(p.Entries), func(e Entry) bool { return e.Code == "" })
	slices.SortFunc(claims, func(a, b Entry) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	var found []Posting
	last := map[[2]string]Entry{}
	for _, claim := range claims {
		key := [2]string{claim.Ref, claim.Code}
		had, again := last[key]
		last[key] = claim
		if again && had.Amount.Currency != claim.Amount.Currency {
			found = append(found, Posting{Entry: had.negated(), Moved: claim.Updated})
			had = Entry{}
		}
		moved := claim
		moved.Amount.Minor -= had.Amount.Minor
		if moved.Fee.Minor -= had.Fee.Minor; moved.Fee.Currency == "" {
			moved.Fee.Currency = had.Fee.Currency
		}
		if moved.Amount.IsZero() && moved.Fee.IsZero() {
			continue
		}
		posted := Posting{Entry: moved, Moved: claim.Updated, First: had.Amount.IsZero() && had.Fee.IsZero()}
		if posted.First && claim.Reversed {
			posted.Moved = claim.At
		}
		found = append(found, posted)
	}
	slices.SortStableFunc(found, func(a, b Posting) int {
		return cmp.Or(a.Moved.Compare(b.Moved), strings.Compare(a.Ref, b.Ref), strings.Compare(a.Code, b.Code))
	})
	return found
}

// negated is an entry that undoes one.
func (e Entry) negated() Entry {
	e.Amount.Minor, e.Fee.Minor = -e.Amount.Minor, -e.Fee.Minor
	return e
}

// before orders two claims about one row: by update time, then by what is left, so
// that no two different claims ever tie. Of two at the same time the one that moves
// more is the further one: money comes after its announcement.
func (e Entry) before(other Entry) bool {
	size := func(a money.Amount) int64 { return max(a.Minor, -a.Minor) }
	return cmp.Or(
		e.Updated.Compare(other.Updated),
		cmp.Compare(size(e.Amount), size(other.Amount)), cmp.Compare(size(e.Fee), size(other.Fee)),
		cmp.Compare(e.Amount.Minor, other.Amount.Minor), cmp.Compare(e.Fee.Minor, other.Fee.Minor),
		cmp.Compare(e.Amount.Currency, other.Amount.Currency), cmp.Compare(e.Fee.Currency, other.Fee.Currency),
		cmp.Compare(e.Kind, other.Kind), e.At.Compare(other.At), cmp.Compare(rank(e.Reversed), rank(other.Reversed)),
		e.Available.Compare(other.Available), cmp.Compare(e.Rate, other.Rate), cmp.Compare(e.Provider, other.Provider),
	) < 0
}

// rank orders what is so after what is not.
func rank(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Moved is what the payment's rows of some kinds have moved in a currency, fees
// included. Errors: money.ErrOverflow.
func (p Payment) Moved(currency money.Currency, kinds ...EntryKind) (money.Amount, error) {
	sum := money.Zero(currency)
	for _, row := range p.Rows() {
		for _, part := range []money.Amount{row.Amount, row.Fee} {
			if part.Currency != currency || !slices.Contains(kinds, row.Kind) {
				continue
			}
			var err error
			if sum, err = sum.Plus(part); err != nil {
				return sum, err
			}
		}
	}
	return sum, nil
}

// Withheld is what of the payment's money the provider holds back in a currency:
// positive while it does. Errors: money.ErrOverflow.
func (p Payment) Withheld(currency money.Currency) (money.Amount, error) {
	moved, err := p.Moved(currency, EntryHold, EntryRelease)
	if err != nil {
		return moved, err
	}
	return money.Zero(currency).Minus(moved)
}

// reported tells whether the account shows a capture as arrived, for its amount; where
// the row was converted, for an amount that only the provider knows.
func (p Payment) reported(c Capture) bool {
	return slices.ContainsFunc(p.Rows(), func(row Entry) bool {
		converted := row.Rate != "" && row.Amount.Currency != c.Amount.Currency && row.Amount.Minor > 0
		return row.Kind == EntrySale && row.Ref == c.ID && (row.Amount == c.Amount || converted)
	})
}

// Unexplained reports whether rows would tell of something that may not be in the
// payment yet, so that its orders should be looked at: a sale or a refund that is not
// known, a sale that was still awaited, and every reversal, chargeback, hold and refund
// come back that is new.
func (p Payment) Unexplained(rows ...Entry) bool {
	return slices.ContainsFunc(rows, func(row Entry) bool {
		return p.tells(row) && (row.Kind == EntrySale || row.Kind == EntryRefund || !slices.Contains(p.Entries, row))
	})
}

// tells reports whether a row is of a kind that an order shows as well, and of a movement
// that no look has found.
func (p Payment) tells(row Entry) bool {
	switch row.Kind {
	case EntrySale:
		return p.unknown(row) || row.Amount.Minor > 0 && p.awaits(row.Ref)
	case EntryRefund, EntryReversal, EntryChargeback, EntryChargebackReversal, EntryHold:
		return p.unknown(row)
	case EntryRefundReturned:
		return !slices.ContainsFunc(p.Refunds, func(r Refund) bool { return r.ID == row.Ref && r.State == Failed })
	}
	return false
}

// awaits reports whether a capture is known and its end is not.
func (p Payment) awaits(capture string) bool {
	return slices.ContainsFunc(p.Captures, func(c Capture) bool { return c.ID == capture && !c.State.over() })
}

// unknown reports whether neither a capture nor a refund of the payment has the
// row's id.
func (p Payment) unknown(row Entry) bool {
	return !slices.ContainsFunc(p.Captures, func(c Capture) bool { return c.ID == row.Ref }) &&
		!slices.ContainsFunc(p.Refunds, func(r Refund) bool { return r.ID == row.Ref })
}

// unknownRows are the sales and refunds that the account shows under the payment's
// name and that no look has found: a second charge would show here.
func (p Payment) unknownRows() []string {
	var ids []string
	for _, row := range p.Rows() {
		if (row.Kind == EntrySale || row.Kind == EntryRefund) && row.Amount.Minor != 0 && p.unknown(row) {
			ids = append(ids, row.Ref)
		}
	}
	return ids
}

// contradictedRows are the rows of which two claims of the same time name different
// movements of money, so that nothing tells which is the later.
func (p Payment) contradictedRows() (ids []string) {
	for _, row := range p.Rows() {
		other := func(e Entry) bool {
			return e.Code == row.Code && e.Ref == row.Ref && e.Updated.Equal(row.Updated) && e.Amount.Minor != 0 &&
				(e.Amount != row.Amount || e.Fee != row.Fee)
		}
		if slices.ContainsFunc(p.Entries, other) {
			ids = append(ids, row.Ref)
		}
	}
	return ids
}

// takenBack is what the provider's account shows as taken back without the merchant,
// where no refund of the payment tells of it: never below zero.
func (p Payment) takenBack() money.Amount {
	sum := money.Zero(p.Quote.Total.Currency)
	for _, row := range p.Rows() {
		switch row.Kind {
		case EntryReversal, EntryChargeback, EntryChargebackReversal:
			if p.unknown(row) {
				sum = less(sum, row.Amount)
			}
		}
	}
	sum.Minor = max(0, sum.Minor)
	return sum
}
