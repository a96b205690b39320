package settlement

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// told writes a story down, line by line, in minor units.
func told(t interface{ Fatal(...any) }, p payment.Payment) string {
	s, err := StoryOf(p, anyAccount, nil, day)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, l := range s.Lines {
		text := fmt.Sprintf("%s %s", l.Code, l.Amount)
		if l.Into != (money.Amount{}) {
			text += fmt.Sprintf(" into %s at %q", l.Into, l.Rate)
		}
		for _, id := range []RowID{l.Row, l.IntoRow} {
			if id != (RowID{}) {
				text += " " + id.ID + "/" + id.Code
			}
		}
		if l.Awaited {
			text += " awaited"
		}
		list = append(list, text)
	}
	for _, part := range s.Where {
		list = append(list, fmt.Sprintf("%s: %s", part.Place, part.Amount))
	}
	return strings.Join(list, "\n")
}

func usd(minor int64) money.Amount { return money.New(minor, "USD") }

// shopping is a payment of 75.00 EUR whose capture is in a state.
func shopping(state payment.State) payment.Payment {
	return payment.Payment{
		ID: ours, Quote: payment.Quote{Total: eur(7500)},
		Captures: []payment.Capture{{Movement: payment.Movement{ID: "C", State: state, Amount: eur(7500), Created: day}, Fee: eur(297), Net: eur(7203)}},
	}
}

// entry is a row of the account, so many minutes after the beginning of the day.
func entry(kind payment.EntryKind, id, code string, minutes int, amount, fee money.Amount) payment.Entry {
	at := day.Add(time.Duration(minutes) * time.Minute)
	return payment.Entry{Kind: kind, Ref: id, Code: code, Amount: amount, Fee: fee, At: at, Updated: at}
}

var saleEntry = entry(payment.EntrySale, "C", "T0006", 0, eur(7500), eur(-297))

func refunded(own string, state payment.State) payment.Refund {
	return payment.Refund{Movement: payment.Movement{ID: "R", State: state, Amount: eur(2000), Created: day.Add(time.Hour)}, Own: own, Capture: "C"}
}

// stories are payments, the rows of them that came, and what is told then.
var stories = map[string]struct {
	p    func() payment.Payment
	rows []payment.Entry
	want string
}{
	"nothing": {func() payment.Payment { return payment.Payment{Quote: payment.Quote{Total: eur(1)}} }, nil, ""},
	"not reported": {func() payment.Payment { return shopping(payment.Completed) }, nil, `
paid EUR 75.00 awaited
fee EUR -2.97 awaited
kept: EUR 2.97
not_reported: EUR 72.03`},
	"reported": {func() payment.Payment { return shopping(payment.Completed) }, []payment.Entry{saleEntry}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
kept: EUR 2.97
balance: EUR 72.03`},
	"reported as pending, and done": {func() payment.Payment { return shopping(payment.Completed) },
		[]payment.Entry{entry(payment.EntrySale, "C", "T0006", 0, eur(0), money.Amount{})}, `
paid EUR 75.00 C/T0006 awaited
fee EUR -2.97 C/T0006 awaited
kept: EUR 2.97
not_reported: EUR 72.03`},
	"pending": {func() payment.Payment { return shopping(payment.Pending) }, nil, `
pending EUR 75.00
on_its_way: EUR 75.00`},
	"declined": {func() payment.Payment { return shopping(payment.Failed) }, nil, "\ndeclined EUR 75.00"},
	"the row knows more than the look": {func() payment.Payment { return shopping(payment.Pending) }, []payment.Entry{saleEntry}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
kept: EUR 2.97
balance: EUR 72.03`},
	"another amount": {func() payment.Payment { return shopping(payment.Completed) },
		[]payment.Entry{entry(payment.EntrySale, "C", "T0006", 0, eur(7499), eur(-297))}, `
paid EUR 74.99 C/T0006
fee EUR -2.97 C/T0006
differs EUR 0.01 C/T0006
kept: EUR 2.97
unexplained: EUR 0.01
balance: EUR 72.02`},
	"a second charge": {func() payment.Payment { return shopping(payment.Completed) },
		[]payment.Entry{saleEntry, entry(payment.EntrySale, "D", "T0006", 1, eur(7500), eur(-297))}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
paid_unknown EUR 75.00 D/T0006
fee EUR -2.97 D/T0006
kept: EUR 5.94
balance: EUR 144.06`},
	"a refund the account has not": {func() payment.Payment {
		p := shopping(payment.Completed)
		p.Refunds = []payment.Refund{refunded("own", payment.Completed)}
		return p
	}, []payment.Entry{saleEntry}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
refunded EUR -20.00 awaited
kept: EUR 2.97
refunded: EUR 20.00
not_reported: EUR -20.00
balance: EUR 72.03`},
	"a refund of ours": {func() payment.Payment {
		p := shopping(payment.PartiallyRefunded)
		p.Refunds = []payment.Refund{refunded("own", payment.Completed)}
		p.Reservations = []payment.Reservation{{ID: "own", Amount: eur(2000)}, {ID: "more", Amount: eur(500), At: day.Add(2 * time.Hour)}, {ID: "not", Amount: eur(100), At: day.Add(3 * time.Hour), Refused: day}}
		return p
	}, []payment.Entry{saleEntry, entry(payment.EntryRefund, "R", "T1107", 60, eur(-2000), eur(3))}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
fee_returned EUR 0.03 R/T1107
refunded EUR -20.00 R/T1107
refund_asked EUR -5.00
refund_refused EUR -1.00
kept: EUR 2.94
refunded: EUR 20.00
balance: EUR 52.06`},
	"a refund in the dashboard": {func() payment.Payment {
		p := shopping(payment.PartiallyRefunded)
		p.Refunds = []payment.Refund{refunded("", payment.Completed)}
		return p
	}, []payment.Entry{saleEntry, entry(payment.EntryRefund, "R", "T1107", 60, eur(-2000), money.Amount{})}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
refunded_at_provider EUR -20.00 R/T1107
kept: EUR 2.97
refunded: EUR 20.00
balance: EUR 52.03`},
	"a chargeback told as a refund, with its fee": {func() payment.Payment {
		p := shopping(payment.Refunded)
		p.Refunds = []payment.Refund{{Movement: payment.Movement{ID: "B", State: payment.Completed, Amount: eur(7500)}}}
		p.Disputes = []payment.Dispute{{ID: "PP-D-1", Outcome: "RESOLVED_BUYER_FAVOUR", Amount: eur(7500), Updated: day.Add(10 * time.Minute)}}
		return p
	}, []payment.Entry{
		saleEntry, entry(payment.EntryHold, "H", "T1110", 5, eur(-7500), money.Amount{}), entry(payment.EntryRelease, "L", "T1111", 10, eur(7500), money.Amount{}),
		entry(payment.EntryChargeback, "B", "T1201", 10, eur(-7500), money.Amount{}), entry(payment.EntryChargebackFee, "B", "T0106", 10, eur(-2000), money.Amount{}),
	}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
held_for_dispute EUR -75.00 H/T1110
disputed EUR 75.00
dispute_lost EUR 75.00
released EUR 75.00 L/T1111
charged_back EUR -75.00 B/T1201
chargeback_fee EUR -20.00 B/T0106
kept: EUR 22.97
charged_back: EUR 75.00
balance: EUR -22.97`},
	"what nobody knows": {func() payment.Payment { return shopping(payment.Completed) }, []payment.Entry{
		saleEntry, entry(payment.EntryUnknown, "X", "T9999", 1, eur(-3), money.Amount{}), entry(payment.EntryAuthorization, "C", "T1300", 2, eur(0), money.Amount{}),
	}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
unknown_out EUR -0.03 X/T9999
noted EUR 0.00 C/T1300
kept: EUR 2.97
other: EUR 0.03
balance: EUR 72.00`},
	"two conversions of one second": {func() payment.Payment {
		p := shopping(payment.Completed)
		p.Captures[0].Received, p.Captures[0].Rate = usd(7609), "1.05633"
		return p
	}, []payment.Entry{
		saleEntry, entry(payment.EntryConversion, "1", "T0200", 0, eur(-7203), money.Amount{}), entry(payment.EntryConversion, "2", "T0200", 0, usd(7609), money.Amount{}),
		entry(payment.EntryChargeback, "B", "T1201", 9, eur(-7500), money.Amount{}), entry(payment.EntryChargebackFee, "B", "T0106", 9, eur(-2000), money.Amount{}),
		entry(payment.EntryConversion, "3", "T0200", 9, usd(-2245), money.Amount{}), entry(payment.EntryConversion, "4", "T0200", 9, eur(7500), money.Amount{}),
		entry(payment.EntryConversion, "5", "T0200", 9, usd(-8420), money.Amount{}), entry(payment.EntryConversion, "6", "T0200", 9, eur(2000), money.Amount{}),
	}, `
paid EUR 75.00 C/T0006
fee EUR -2.97 C/T0006
converted EUR -72.03 into USD 76.09 at "1.05633" 1/T0200 2/T0200
converted USD -84.20 into EUR 75.00 at "" 5/T0200 4/T0200
converted USD -22.45 into EUR 20.00 at "" 3/T0200 6/T0200
charged_back EUR -75.00 B/T1201
chargeback_fee EUR -20.00 B/T0106
kept: EUR 22.97
charged_back: EUR 75.00
converted: EUR -22.97
converted: USD 30.56
balance: USD -30.56`},
	"a conversion the account has not": {func() payment.Payment {
		p := shopping(payment.Completed)
		p.Captures[0].Received, p.Captures[0].Rate = usd(7609), "1.05633"
		return p
	}, nil, `
paid EUR 75.00 awaited
fee EUR -2.97 awaited
converted EUR -72.03 into USD 76.09 at "1.05633" awaited
kept: EUR 2.97
converted: EUR 72.03
converted: USD -76.09
not_reported: USD 76.09`},
}

func TestStory(t *testing.T) {
	for name, c := range stories {
		if got := told(t, payment.ObserveRows(c.p(), c.rows...)); got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestStoryOverflow(t *testing.T) {
	p := payment.ObserveRows(shopping(payment.Completed), saleEntry, entry(payment.EntryAdjustment, "X", "T0500", 1, eur(1<<62), money.Amount{}), entry(payment.EntryAdjustment, "Y", "T0500", 1, eur(1<<62), money.Amount{}))
	if s, err := StoryOf(p, anyAccount, nil, day); err == nil {
		t.Errorf("%+v", s)
	}
}

// anyPayment has any facts: captures, refunds and rows that may or may not belong
// together, in two currencies.
func anyPayment(t *rapid.T) payment.Payment {
	amount := func(least int64) money.Amount {
		return money.New(rapid.Int64Range(least, 9000).Draw(t, "amount"), money.Currency(rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "currency")))
	}
	state := func() payment.State {
		return rapid.SampledFrom([]payment.State{payment.Unclear, payment.Pending, payment.Failed, payment.Completed, payment.Refunded}).Draw(t, "state")
	}
	p := payment.Payment{ID: ours, Quote: payment.Quote{Total: eur(7500)}}
	for i := range rapid.IntRange(0, 2).Draw(t, "captures") {
		p.Captures = append(p.Captures, payment.Capture{
			Movement: payment.Movement{ID: fmt.Sprint("C", i), State: state(), Amount: amount(1)}, Fee: amount(0), Net: amount(0), Received: amount(0), Rate: "1.1",
		})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "refunds") {
		p.Refunds = append(p.Refunds, payment.Refund{Movement: payment.Movement{ID: fmt.Sprint("R", i), State: state(), Amount: amount(1)}, Own: rapid.SampledFrom([]string{"", "own"}).Draw(t, "own")})
	}
	codes := []string{"T0006", "T0106", "T1109", "T1107", "T1106", "T1201", "T1202", "T1110", "T1111", "T2107", "T0200", "T0400", "T0300", "T2001", "T1300", "T9800", "T0500", "T9999"}
	for range rapid.IntRange(0, 12).Draw(t, "rows") {
		row := Row{
			ID:   rapid.SampledFrom([]string{"C0", "C1", "R0", "R1", "X", "Y", "Z"}).Draw(t, "id"),
			Code: rapid.SampledFrom(codes).Draw(t, "code"), Status: rapid.SampledFrom([]Status{StatusDone, StatusDone, StatusPending}).Draw(t, "status"),
			Amount: amount(-9000), Initiated: day.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "at")) * time.Hour),
		}
		row.Fee = money.New(rapid.Int64Range(-99, 99).Draw(t, "fee"), row.Amount.Currency)
		if e, ok := words.Entry(row); ok {
			p = payment.ObserveRows(p, e)
		}
	}
	return p
}

// paidIn is what the buyer paid in a currency, counted by hand: what captures say that
// were done or are under way, what the account shows of those that were not, and every
// sale that no capture knows.
func paidIn(p payment.Payment, currency money.Currency) (sum int64) {
	for _, row := range p.Rows() {
		if row.Kind == payment.EntrySale && row.Amount.Currency == currency {
			sum += row.Amount.Minor
		}
	}
	for _, c := range p.Captures {
		shown, moved := int64(0), false
		for _, row := range p.Rows() {
			if row.Kind == payment.EntrySale && row.Ref == c.ID && (row.Amount.Minor != 0 || row.Fee.Minor != 0) {
				moved = true
				if row.Amount.Currency == c.Amount.Currency {
					shown += row.Amount.Minor
				}
			}
		}
		if c.Amount.Currency == currency && (c.State.Done() || c.State != payment.Failed && !moved) {
			sum += c.Amount.Minor - shown
		}
	}
	return sum
}

// TestStoryAddsUp: whatever the facts are, the parts make what the buyer paid, the
// balance and what is held make what the account's rows moved, and every row stands
// behind a line.
func TestStoryAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayment(t)
		s, err := StoryOf(p, anyAccount, nil, day)
		if err != nil {
			t.Fatal(err)
		}
		paid, err := s.Paid()
		if err != nil {
			t.Fatal(err)
		}
		for _, currency := range []money.Currency{"EUR", "USD"} {
			sum, atProvider, moved := int64(0), int64(0), int64(0)
			for _, part := range s.Where {
				if part.Amount.Currency == currency {
					sum += part.Amount.Minor
					if part.Place == PlaceBalance || part.Place == PlaceHeld {
						atProvider += part.Amount.Minor
					}
				}
			}
			if want := paidIn(p, currency); sum != want {
				t.Fatalf("%s: the parts make %d, the buyer paid %d\n%s", currency, sum, want, told(t, p))
			}
			if i := slices.IndexFunc(paid, func(a money.Amount) bool { return a.Currency == currency }); i >= 0 && paid[i].Minor != sum || i < 0 && sum != 0 {
				t.Fatalf("%s: Paid says %v of %d", currency, paid, sum)
			}
			for _, row := range p.Rows() {
				if row.Amount.Currency == currency {
					hold := row.Kind == payment.EntryHold || row.Kind == payment.EntryRelease
					moved += row.Fee.Minor
					if !hold {
						moved += row.Amount.Minor
					}
				}
			}
			if atProvider != moved {
				t.Fatalf("%s: %d at the provider, the rows moved %d\n%s", currency, atProvider, moved, told(t, p))
			}
		}
		for _, row := range p.Rows() {
			if !slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Row == idOf(row) || l.IntoRow == idOf(row) }) {
				t.Fatalf("%s/%s stands behind no line\n%s", row.Ref, row.Code, told(t, p))
			}
		}
	})
}

// TestStoryInAnyOrder: the order in which rows came is nothing of the story's.
func TestStoryInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayment(t)
		other := p
		other.Entries = rapid.Permutation(p.Entries).Draw(t, "entries")
		if a, b := told(t, p), told(t, other); a != b {
			t.Fatalf("%s\nand in another order\n%s", a, b)
		}
	})
}

// TestLineCodesAreAll: each line a story tells is of the list.
func TestLineCodesAreAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := StoryOf(anyPayment(t), anyAccount, nil, day)
		for _, l := range s.Lines {
			if err != nil || !slices.Contains(LineCodes(), l.Code) {
				t.Fatal(l.Code, err)
			}
		}
	})
}
