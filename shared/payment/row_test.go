package payment

import (
	"slices"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// row is a row in EUR that was last changed then.
func row(kind EntryKind, ref, code string, amount, fee int64, updated time.Time) Entry {
	e := Entry{Kind: kind, Ref: ref, Code: code, Amount: money.New(amount, "EUR"), At: updated, Updated: updated}
	if fee != 0 {
		e.Fee = money.New(fee, "EUR")
	}
	return e
}

// paidOnce is a payment with capture C of EUR 45.00.
func paidOnce() Payment {
	return charge("C", Completed, 4500)(offered(1), start.Add(time.Minute))
}

func TestTheLastWordOnARowCounts(t *testing.T) {
	at := func(hour int) time.Time { return start.Add(time.Duration(hour) * time.Hour) }
	sale := func(amount, fee int64, hour int) Entry { return row(EntrySale, "C", "T0006", amount, fee, at(hour)) }
	for name, c := range map[string]struct {
		rows []Entry
		want int64
	}{
		"none":                     {nil, 0},
		"one":                      {[]Entry{sale(4500, -192, 0)}, 4308},
		"twice":                    {[]Entry{sale(4500, -192, 0), sale(4500, -192, 0)}, 4308},
		"pending, then done":       {[]Entry{sale(0, 0, 0), sale(4500, -192, 9)}, 4308},
		"pending, done at once":    {[]Entry{sale(4500, -192, 0), sale(0, 0, 0)}, 4308},
		"done, then denied":        {[]Entry{sale(4500, -192, 0), sale(0, 0, 9)}, 0},
		"another fee":              {[]Entry{sale(4500, -192, 0), sale(4500, -100, 9)}, 4400},
		"another fee, late":        {[]Entry{sale(4500, -100, 9), sale(4500, -192, 0)}, 4400},
		"back to what it was":      {[]Entry{sale(4500, -192, 0), sale(4500, -100, 1), sale(4500, -192, 2)}, 4308},
		"another row of the id":    {[]Entry{sale(4500, -192, 0), row(EntrySale, "C", "T0000", 100, 0, at(0))}, 4408},
		"no row":                   {[]Entry{{Kind: EntrySale, Ref: "C", Amount: money.New(4500, "EUR")}}, 0},
		"another currency's":       {[]Entry{{Kind: EntrySale, Ref: "C", Code: "T0006", Amount: money.New(4500, "USD")}}, 0},
		"another kind is not sold": {[]Entry{row(EntryRefund, "R", "T1107", -100, 0, at(0))}, 0},
	} {
		p := ObserveRows(paidOnce(), c.rows...)
		if got, err := p.Moved("EUR", EntrySale); err != nil || got != money.New(c.want, "EUR") {
			t.Errorf("%s: %s, %v, want %d", name, got, err, c.want)
		}
		slices.Reverse(c.rows)
		if got, err := ObserveRows(paidOnce(), c.rows...).Moved("EUR", EntrySale); err != nil || got != money.New(c.want, "EUR") {
			t.Errorf("%s, the other way round: %s, %v, want %d", name, got, err, c.want)
		}
	}
	if _, err := ObserveRows(paidOnce(), sale(1<<62, 1<<62, 0)).Moved("EUR", EntrySale); err == nil {
		t.Error("a sum out of range is told as one")
	}
}

// Two claims of one time that name two movements are for a person; an announcement
// beside its movement is not, nor is a later word.
func TestRowsThatContradict(t *testing.T) {
	sale := func(amount, fee int64, at time.Time) Entry { return row(EntrySale, "C", "T0006", amount, fee, at) }
	for name, c := range map[string]struct {
		second Entry
		want   bool
	}{
		"the same":               {sale(4500, -192, start), false},
		"announced":              {sale(0, 0, start), false},
		"another amount":         {sale(4501, -192, start), true},
		"another fee":            {sale(4500, -191, start), true},
		"another amount, later":  {sale(4501, -192, start.Add(time.Second)), false},
		"another amount, before": {sale(4501, -192, start.Add(-time.Second)), false},
	} {
		p := ObserveRows(paidOnce(), sale(4500, -192, start), c.second)
		if got := slices.Contains(p.Doubts(), DoubtContradiction); got != c.want {
			t.Errorf("%s: %v", name, p.Doubts())
		}
	}
}

func TestWithheld(t *testing.T) {
	p := ObserveRows(paidOnce(), row(EntryHold, "H", "T1110", -4500, 0, start))
	if got, err := p.Withheld("EUR"); err != nil || got.Minor != 4500 {
		t.Errorf("%s, %v", got, err)
	}
	p = ObserveRows(p, row(EntryRelease, "L", "T1111", 4500, 0, start.Add(time.Hour)))
	if got, err := p.Withheld("EUR"); err != nil || got.Minor != 0 {
		t.Errorf("%s, %v", got, err)
	}
}

// A captured payment is over once the account shows its money, without another look.
func TestTheAccountConfirmsACapture(t *testing.T) {
	for name, c := range map[string]struct {
		row  Entry
		want bool
	}{
		"the sale":       {row(EntrySale, "C", "T0006", 4500, -192, start), true},
		"pending":        {row(EntrySale, "C", "T0006", 0, 0, start), false},
		"another amount": {row(EntrySale, "C", "T0006", 4400, 0, start), false},
		"another sale":   {row(EntrySale, "D", "T0006", 4500, 0, start), false},
		"a hold":         {row(EntryHold, "C", "T1110", 4500, 0, start), false},
	} {
		p := ObserveRows(paidOnce(), c.row)
		if got := Final(p); got != c.want {
			t.Errorf("%s: final is %t", name, got)
		}
	}
	p := ObserveRows(charge("D", Completed, 4500)(paidOnce(), start.Add(2*time.Minute)), row(EntrySale, "C", "T0006", 4500, 0, start))
	if Final(p) {
		t.Error("a double charge is over because the account shows one of the two")
	}
	p = ObserveRows(paidOnce(), row(EntrySale, "D", "T0006", 4500, 0, start)).Settle("provider_confirmed", start)
	if Final(p) {
		t.Error("a sale of the same amount has confirmed a capture that the account does not show")
	}
}

// A sale or a refund that no look has found is for a person; what the provider took
// by itself is not, but is not refunded once more either.
func TestUnknownRows(t *testing.T) {
	for name, c := range map[string]struct {
		row    Entry
		asks   bool
		review bool
		left   int64
	}{
		"the sale":             {row(EntrySale, "C", "T0006", 4500, -192, start), false, false, 4500},
		"another sale":         {row(EntrySale, "D", "T0006", 4500, -192, start), true, true, 4500},
		"another, pending":     {row(EntrySale, "D", "T0006", 0, 0, start), true, false, 4500},
		"a refund":             {row(EntryRefund, "R", "T1107", -500, 0, start), true, true, 4500},
		"a reversal":           {row(EntryReversal, "V", "T1106", -4500, 0, start), true, false, 0},
		"a chargeback":         {row(EntryChargeback, "V", "T1201", -500, 0, start), true, false, 4000},
		"more than there was":  {row(EntryChargeback, "V", "T1201", -9000, 0, start), true, false, 0},
		"won back":             {row(EntryChargebackReversal, "W", "T1202", 4500, 0, start), true, false, 4500},
		"a hold":               {row(EntryHold, "H", "T1110", -4500, 0, start), true, false, 4500},
		"a release":            {row(EntryRelease, "H", "T1111", 4500, 0, start), false, false, 4500},
		"a fee":                {row(EntryFee, "F", "T0107", -10, 0, start), false, false, 4500},
		"converted":            {row(EntryConversion, "X", "T0200", -10, 0, start), false, false, 4500},
		"in another currency,": {Entry{Kind: EntryReversal, Ref: "V", Code: "T1106", Amount: money.New(-100, "USD"), At: start, Updated: start}, true, false, 4500},
	} {
		p := paidOnce()
		if got := p.Unexplained(c.row); got != c.asks {
			t.Errorf("%s: asks for a look: %t", name, got)
		}
		p = ObserveRows(p, c.row)
		if got := StatusOf(p) == StatusReview; got != c.review {
			t.Errorf("%s: in review: %t", name, got)
		}
		if !c.review && p.Refundable().Minor != c.left {
			t.Errorf("%s: %s are left", name, p.Refundable())
		}
		if p.Unexplained(c.row) != c.review && c.row.Amount.Minor != 0 {
			t.Errorf("%s: seen again it asks: %t", name, p.Unexplained(c.row))
		}
	}
	p := returned("V", "", Completed, 4500)(paidOnce(), start.Add(time.Hour))
	p = ObserveRows(p, row(EntryReversal, "V", "T1106", -4500, 0, start))
	if got := p.Refundable().Minor; got != 0 {
		t.Errorf("%d are left of what was taken back once", got)
	}
	settled := ObserveRows(paidOnce(), row(EntrySale, "D", "T0006", 4500, 0, start)).Settle("other", start)
	if settled.Unexplained(row(EntrySale, "D", "T0006", 4500, 0, start)) != true || StatusOf(settled) == StatusReview {
		t.Error("a settled review is open again")
	}
}
