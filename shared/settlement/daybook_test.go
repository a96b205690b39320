package settlement

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
)

// bookOf makes a day's book as the checkout does: hour by hour.
func bookOf(rows []Row) Book {
	b := Book{Hours: map[string]Hour{}}
	for hour, digest := range Digests(rows) {
		h := NewHour()
		h.Digest = digest
		for _, r := range rows {
			if HourOf(r) != hour {
				continue
			}
			add := func() error { return h.Add(r) }
			if e, ok := words.Entry(r); ok && r.Custom == ours {
				add = func() error { return h.AddOurs(r, payment.ObserveRows(payment.Payment{}, e)) }
			}
			if err := add(); err != nil {
				panic(err)
			}
		}
		b.Hours[hour] = h
	}
	return b
}

func TestBook(t *testing.T) {
	refund := sale("R", 9, -500, 0)
	refund.Code, refund.Fee = "T1107", money.Amount{}
	shop := sale("X", 10, 9900, -300)
	shop.Custom = "A-17"
	waiting := sale("P", 10, 100, 0)
	waiting.Status = StatusPending
	late := sale("L", 11, 700, -50)
	late.Updated = late.Initiated.Add(48 * time.Hour)
	odd := sale("O", 11, 3, 0)
	odd.Code = "T9999"
	unread := sale("U", 11, 0, 0)
	unread.Amount, unread.Fault = money.Amount{}, "amount"
	b := bookOf([]Row{sale("C", 9, 4500, -192), refund, sale("D", 9, 100, -40), shop, waiting, late, odd, unread})
	want := map[string]map[string]Sum{
		"09": {"EUR T0006": {Count: 2, Gross: 4600, Fee: -232}, "EUR T1107": {Count: 1, Gross: -500}},
		"10": {"EUR T0006 foreign": {Count: 1, Gross: 9900, Fee: -300}, "EUR T0006": {Count: 1, Still: 1, Pending: 100}},
		"11": {"EUR T0006": {Count: 1, Gross: 700, Fee: -50}, "EUR T9999": {Count: 1, Gross: 3}, " T0006 foreign": {Count: 1, Still: 1}},
	}
	got := map[string]map[string]Sum{}
	for hour, h := range b.Hours {
		got[hour] = map[string]Sum{}
		for key, sum := range h.Sums {
			got[hour][key] = *sum
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if later := b.Hours["11"].Later; len(later) != 1 || *later["2026-11-23 EUR T0006"] != (Sum{Count: 1, Gross: 700, Fee: -50}) {
		t.Errorf("later: %v", later)
	}
	if got := b.Unknown(words); !slices.Equal(got, []string{"T9999"}) {
		t.Errorf("unknown: %v", got)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var back Book
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(back); string(again) != string(text) {
		t.Errorf("%s\nreads back as\n%s", text, again)
	}
	h := NewHour()
	if err := h.Add(sale("A", 1, math.MaxInt64, 0)); err != nil {
		t.Fatal(err)
	}
	if h.Add(sale("B", 1, 1, 0)) == nil {
		t.Error("a sum out of range is told as one")
	}
}

// Every change of any row changes its hour's digest and no other's.
func TestDigests(t *testing.T) {
	rows := []Row{sale("A", 1, 100, -1), sale("B", 1, 200, -2), sale("C", 2, 300, -3)}
	before := Digests(rows)
	if len(before) != 2 || !maps.Equal(before, Digests(slices.Clone(rows))) {
		t.Fatalf("%v", before)
	}
	for name, change := range map[string]func(*Row){
		"id": func(r *Row) { r.ID = "Z" }, "code": func(r *Row) { r.Code = "T0007" }, "status": func(r *Row) { r.Status = StatusReversed },
		"amount": func(r *Row) { r.Amount = eur(201) }, "fee": func(r *Row) { r.Fee = eur(-3) }, "reference": func(r *Row) { r.Reference = "X" },
		"custom": func(r *Row) { r.Custom = others }, "invoice": func(r *Row) { r.Invoice = "I" }, "fault": func(r *Row) { r.Fault = "F" },
		"updated": func(r *Row) { r.Updated = r.Updated.Add(time.Second) }, "initiated": func(r *Row) { r.Initiated = r.Initiated.Add(time.Second) },
	} {
		changed := slices.Clone(rows)
		change(&changed[1])
		if after := Digests(changed); after["01"] == before["01"] || after["02"] != before["02"] {
			t.Errorf("%s: %v", name, after)
		}
	}
	for name, list := range map[string][]Row{"lost": rows[1:], "twice": {rows[0], rows[0], rows[1], rows[2]}, "another order": {rows[1], rows[0], rows[2]}} {
		if after := Digests(list); after["01"] == before["01"] || after["02"] != before["02"] {
			t.Errorf("%s: %v", name, after)
		}
	}
}

// anyRows are rows of three days, some pending, some done on a later day.
func anyRows(t *rapid.T) []Row {
	var rows []Row
	for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
		at := day.Add(time.Duration(rapid.IntRange(0, 71).Draw(t, "hour")) * time.Hour)
		c := money.Currency(rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "currency"))
		rows = append(rows, Row{
			ID: fmt.Sprint(i), Code: rapid.SampledFrom([]string{"T0006", "T1107", "T1110", "T1111", "T0403", "T9999", "T1300"}).Draw(t, "code"),
			Status: rapid.SampledFrom([]Status{StatusDone, StatusPending, StatusDenied, StatusReversed}).Draw(t, "status"),
			Amount: money.New(int64(rapid.IntRange(-1000, 1000).Draw(t, "amount")), c), Fee: money.New(int64(rapid.IntRange(-9, 0).Draw(t, "fee")), c),
			Initiated: at, Updated: at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 30}).Draw(t, "later")) * time.Hour),
		})
	}
	return rows
}

// balances are what an account would show at the end of a day, counted by hand.
func balances(opening map[money.Currency]Funds, rows []Row, until string) map[money.Currency]Funds {
	closing := maps.Clone(opening)
	for _, r := range rows {
		moved := r.Updated
		if r.Status == StatusReversed {
			moved = r.Initiated
		}
		if r.Code == "T1300" || !r.Moves() || moved.Format(time.DateOnly) > until {
			continue
		}
		f, net := closing[r.Amount.Currency], r.Amount.Minor+r.Fee.Minor
		f.Available.Minor += net
		if r.Code != "T1110" && r.Code != "T1111" {
			f.Total.Minor += net
		}
		closing[r.Amount.Currency] = f
	}
	return closing
}

func byDay(rows []Row) []Day {
	var days []Day
	for i := range 3 {
		name := day.AddDate(0, 0, i).Format(time.DateOnly)
		days = append(days, Day{name, bookOf(slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Initiated.Format(time.DateOnly) != name }))})
	}
	return days
}

func TestRollForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		until := day.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "until")).Format(time.DateOnly)
		opening := map[money.Currency]Funds{
			"EUR": {eur(10_000), eur(8_000)}, "USD": {money.Zero("USD"), money.Zero("USD")}, "GBP": {money.New(7, "GBP"), money.New(7, "GBP")},
		}
		closing := balances(opening, rows, until)
		rolls, err := RollForward(words, opening, closing, byDay(rows), until)
		if err != nil || len(rolls) != 6 || len(Unexplained(rolls)) != 0 {
			t.Fatalf("%v, %+v", err, rolls)
		}
		// What the report has wrong about one row is in the remainder, to the cent.
		i := slices.IndexFunc(rows, func(r Row) bool {
			return r.Code == "T0006" && r.Moves() && r.Updated.Format(time.DateOnly) <= until
		})
		if i < 0 {
			return
		}
		net := rows[i].Amount.Minor + rows[i].Fee.Minor
		changed := slices.Clone(rows)
		changed[i].Amount.Minor += 3
		for name, c := range map[string]struct {
			rows []Row
			want int64
		}{
			"lost":    {slices.Delete(slices.Clone(rows), i, i+1), net},
			"twice":   {append(slices.Clone(rows), rows[i]), -net},
			"changed": {changed, -3},
		} {
			rolls, err := RollForward(words, opening, closing, byDay(c.rows), until)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rolls {
				want := int64(0)
				if r.Opening.Currency == rows[i].Amount.Currency {
					want = c.want
				}
				if r.Remainder != money.New(want, r.Opening.Currency) {
					t.Fatalf("%s: %+v, want a remainder of %d", name, r, want)
				}
			}
		}
	})
}

// What was pending until after the last day is told apart, and in no balance yet.
func TestRollForwardNamesWhatCameLater(t *testing.T) {
	late := sale("L", 11, 700, -50)
	late.Updated = late.Initiated.Add(48 * time.Hour)
	opening := map[money.Currency]Funds{"EUR": {eur(0), eur(0)}}
	for until, want := range map[string]struct{ rows, later int64 }{"2026-11-21": {0, 650}, "2026-11-22": {0, 650}, "2026-11-23": {650, 0}} {
		closing := map[money.Currency]Funds{"EUR": {eur(want.rows), eur(want.rows)}}
		rolls, err := RollForward(words, opening, closing, byDay([]Row{late}), until)
		if err != nil || len(rolls) != 2 {
			t.Fatalf("%v, %v", rolls, err)
		}
		for _, r := range rolls {
			if r.Rows != eur(want.rows) || r.Later != eur(want.later) || !r.Remainder.IsZero() {
				t.Errorf("%s: %+v", until, r)
			}
		}
	}
}
