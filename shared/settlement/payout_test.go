package settlement

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// dated is a sale whose money may be used from a day on.
func dated(id string, hour int, net int64, days int) Row {
	r := sale(id, hour, net, 0)
	r.Fee = money.Amount{}
	r.Available = day.AddDate(0, 0, days)
	return r
}

// TestAwaitedMoney: what waits for its day is in the total and not available until that
// day has begun, whoever's it is, and however often its hour is read again.
func TestAwaitedMoney(t *testing.T) {
	foreign := dated("F", 9, 300, 3)
	foreign.Custom = "A-17"
	days := byDay([]Row{dated("A", 9, 1000, 2), foreign, dated("B", 9, -50, 2), dated("C", 10, 70, 0)})
	for i, d := range days {
		for hour, h := range d.Book.Hours {
			again, err := h.Since(h)
			if err != nil {
				t.Fatal(err)
			}
			days[i].Book.Hours[hour] = again
		}
	}
	for until, want := range map[string]int64{"2026-11-21": 70, "2026-11-22": 70, "2026-11-23": 1020, "2026-11-24": 1320} {
		closing := map[money.Currency]Funds{"EUR": {Total: eur(1320), Available: eur(want)}}
		rolls, err := RollForward(words, nil, closing, days, until)
		if err != nil || len(rolls) != 2 || len(Unexplained(rolls)) > 0 {
			t.Errorf("%s: %+v, %v", until, rolls, err)
		}
		// A provider that only knows what is available on the 23rd says so of any day.
		seen, err := AsOf(map[money.Currency]Funds{"EUR": {Total: eur(1320), Available: eur(1020)}}, days, until, "2026-11-23")
		if known := min(want, 1020); err != nil || seen["EUR"].Available.Minor != known {
			t.Errorf("%s: %+v, %v, want %d", until, seen, err, known)
		}
	}
	if (Book{Hours: days[0].Book.Hours}).Waits(words) {
		t.Error("a day that the provider has named is nothing to read the report for again")
	}
}

// TestPaidOutOf: what a failed payout had is with the next one that takes it, and any
// number of times.
func TestPaidOutOf(t *testing.T) {
	payout := func(id string, state PayoutState, parts ...SentPart) Sent {
		return Sent{Payout{ID: id, State: state, Amount: eur(0)}, parts}
	}
	sent := []Sent{
		payout("P1", PayoutFailed, SentPart{Of: map[string]int64{ours: 500, others: 7}}, SentPart{Of: map[string]int64{ours: -20}}),
		payout("P2", PayoutArrived, SentPart{Of: map[string]int64{others: 9}}),
		payout("P3", PayoutFailed, SentPart{Back: []string{"P1"}, Foreign: 4}),
		payout("P4", PayoutOnItsWay, SentPart{Of: map[string]int64{ours: -100}, Back: []string{"P3"}}),
	}
	var got []string
	for _, p := range PaidOutOf(ours, sent) {
		got = append(got, p.ID+" "+p.Share.String())
	}
	if want := []string{"P1 EUR 4.80", "P3 EUR 4.80", "P4 EUR 3.80"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for n, want := range []bool{false, true, true, true, false} {
		if got := Waiting(PaidOutOf(ours, sent[:n])); got != want {
			t.Errorf("after %d payouts one waits to be sent again: %t", n, got)
		}
	}
	sum, err := atBank(PaidOutOf(ours, sent), "EUR")
	if err != nil || sum != eur(380) {
		t.Errorf("%s is at the bank, %v", sum, err)
	}
	if sum, err := atBank(PaidOutOf(others, sent), "EUR"); err != nil || sum != eur(16) {
		t.Errorf("%s of the other, %v", sum, err)
	}
}

// TestWhereDatedMoneyIs: awaited until its day, available then, paid out when a payout
// has taken all of it.
func TestWhereDatedMoneyIs(t *testing.T) {
	paid := dated("C", 9, 1000, 2)
	entry, _ := words.Entry(paid)
	p := payment.ObserveRows(payment.Payment{ID: ours, Captures: []payment.Capture{{Movement: payment.Movement{ID: "C", State: payment.Completed, Amount: eur(1000)}}}}, entry)
	out := func(state PayoutState, share int64) []PaidOut {
		return []PaidOut{{Payout: Payout{ID: "P", State: state, Amount: eur(share)}, Share: eur(share)}}
	}
	for name, c := range map[string]struct {
		days int
		paid []PaidOut
		want Where
	}{
		"before its day": {1, nil, WhereAwaited},
		"on its day":     {2, nil, WhereAvailable},
		"paid out":       {3, out(PayoutArrived, 1000), WherePaidOut},
		"on its way":     {3, out(PayoutOnItsWay, 1000), WherePaidOut},
		"a part of it":   {3, out(PayoutArrived, 400), WhereAvailable},
		"came back":      {3, out(PayoutFailed, 1000), WhereAvailable},
	} {
		list, err := MoneyOf(p, Sight{Words: words, Paid: c.paid, Now: day.AddDate(0, 0, c.days)}, "", "")
		if err != nil || len(list) != 1 || list[0].Where != c.want || !list[0].Available.Equal(paid.Available) {
			t.Errorf("%s: %+v, %v, want %s", name, list, err, c.want)
		}
	}
}

// TestTwoAccountsOfOnePayment: each account's statement has its own rows of a payment
// that went from one provider to another, and no row is in both.
func TestTwoAccountsOfOnePayment(t *testing.T) {
	p := payment.Payment{ID: ours, Attempts: []payment.Attempt{{Number: 1, Provider: "one", Order: "O1"}, {Number: 2, Provider: "two", Order: "O2"}}}
	for provider, id := range map[string]string{"one": "A", "two": "B"} {
		entry, _ := words.Entry(sale(id, 9, 1000, -30))
		entry.Provider = p.Elsewhere(provider)
		p = payment.ObserveRows(p, entry)
	}
	for provider, id := range map[string]string{"one": "A", "two": "B"} {
		list, err := MoneyOf(p, Sight{Provider: provider, Words: words}, "", "")
		posted := PostedIn(p, provider, "", "")
		if err != nil || len(list) != 1 || list[0].Captured != eur(1000) || len(posted) != 1 || posted[0].Ref != id {
			t.Errorf("%s: %+v, %v, %+v", provider, list, err, posted)
		}
	}
}

// TestStoryOfPayouts: the places add up whatever was paid out, failed or waits.
func TestStoryOfPayouts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry, _ := words.Entry(dated("C", 9, 1000, rapid.IntRange(0, 3).Draw(t, "available")))
		p := payment.ObserveRows(payment.Payment{ID: ours, Quote: payment.Quote{Total: eur(1000)}}, entry)
		var paid []PaidOut
		for range rapid.IntRange(0, 3).Draw(t, "payouts") {
			state := rapid.SampledFrom([]PayoutState{PayoutUnclear, PayoutOnItsWay, PayoutArrived, PayoutFailed}).Draw(t, "state")
			paid = append(paid, PaidOut{Payout: Payout{ID: "P", State: state, Created: day.Add(time.Hour)}, Share: eur(rapid.Int64Range(-900, 1900).Draw(t, "share"))})
		}
		s, err := StoryOf(p, anyAccount, paid, day.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "now")))
		if err != nil {
			t.Fatal(err)
		}
		out, err := atBank(paid, "EUR")
		if err != nil {
			t.Fatal(err)
		}
		all := map[Place]int64{}
		for _, part := range s.Where {
			all[part.Place] += part.Amount.Minor
		}
		if all[PlacePaidOut] != out.Minor || all[PlacePaidOut]+all[PlaceBalance]+all[PlaceAwaited] != 1000 {
			t.Fatalf("%v, of which %s is at the bank", all, out)
		}
	})
}
