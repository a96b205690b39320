package tests

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// figures are amounts in minor units by their names, as an answer has them.
type figures map[string]any

func (f figures) of(name string) int64 {
	a, ok := f[name].(map[string]any)
	if !ok {
		panic(fmt.Sprintf("%s is not an amount: %v", name, f[name]))
	}
	return int64(a["minor"].(float64))
}

// account is a provider's in a statement.
type account struct {
	Provider, Explained string
	FirstDay            string    `json:"first_day"`
	CompleteUntil       time.Time `json:"complete_until"`
	Unmatched           int
	UnmatchedRows       []struct{ Reason, Payment, ID, Code, Amount, Initiated string } `json:"unmatched_rows"`
	Currencies          []figures
	Days                []struct {
		Day        string
		Currencies []figures
	}
}

// told is GET /merchant/settlements, all its pages.
type told struct {
	Accounts []account
	Payments []struct {
		ID, Reference, Status string
		Money                 []figures
	}
	Next string
}

func (w *world) settlements(from, to string) (all told) {
	w.t.Helper()
	for cursor := ""; ; {
		path := "/merchant/settlements?"
		if cursor != "" {
			path += "cursor=" + cursor + "&"
		}
		r := w.merchant(http.MethodGet, path+"from="+from+"&to="+to, "", nil)
		var page told
		w.must(json.Unmarshal([]byte(r.text), &page))
		if r.code != http.StatusOK || (cursor == "") != (page.Accounts != nil) {
			w.t.Fatalf("%d %s", r.code, r.text)
		}
		if cursor == "" {
			all = page
		} else {
			all.Payments = append(all.Payments, page.Payments...)
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// follow reads an address and all that its Link headers lead to.
func (w *world) follow(path, accept, media string) (pages []string) {
	w.t.Helper()
	for path != "" {
		r := w.merchant(http.MethodGet, path, "", map[string]string{"Accept": accept})
		if r.code != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), media) {
			w.t.Fatalf("%s: %d %s %s", path, r.code, r.header.Get("Content-Type"), r.text)
		}
		pages = append(pages, r.text)
		link, _ := strings.CutSuffix(r.header.Get("Link"), `>; rel="next"`)
		path = strings.TrimPrefix(link, "<")
	}
	return pages
}

// replayed is what a program makes of GET /merchant/entries that knows nothing but how
// to add: by currency the two balances that the lines come to, those that they should,
// and what each payment moved of the total.
type replayed struct {
	total, available, closing, usable map[string]int64
	payments                          map[string]int64 // by payment and currency
}

type amountLine struct {
	Currency string
	Minor    int64
}

func replay(pages []string) (sum replayed, err error) {
	sum = replayed{map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}}
	for line := range strings.Lines(strings.Join(pages, "")) {
		var l struct {
			Type, Payment, Moves                 string
			Total, Available, Amount, Gross, Fee amountLine
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			return sum, err
		}
		switch l.Type {
		case "opening":
			sum.total[l.Total.Currency], sum.available[l.Total.Currency] = l.Total.Minor, l.Available.Minor
		case "closing":
			sum.closing[l.Total.Currency], sum.usable[l.Total.Currency] = l.Total.Minor, l.Available.Minor
		default:
			moved := l.Amount.Minor + l.Gross.Minor + l.Fee.Minor
			c := l.Amount.Currency + l.Gross.Currency
			if sum.available[c] += moved; l.Moves == "total" {
				sum.total[c] += moved
				sum.payments[l.Payment+" "+c] += moved
			}
		}
	}
	return sum, nil
}

// TestStatementOfAnyLife: whatever an account lives through, however late its report
// comes: what all the lines of the export add up to is the provider's balance; the
// payments, the days and the totals of any range tell the same, as JSON and as a table;
// and from the first day to the last they are the truth.
func TestStatementOfAnyLife(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, plan{seed: seed})
			chance := rand.New(rand.NewPCG(uint64(seed), 1))
			if seed%2 == 1 {
				w.must(w.paypal.HoldCurrencies("EUR"))
			}
			w.settleFor(time.Hour)
			buyers, late := []*buyer{w.paid(), w.paid()}, []*buyer{}
			for n := range 40 {
				w.liveOn(chance, &buyers)
				w.liveOnWithStatements(chance, n, &buyers, &late)
				w.settleFor(time.Duration(chance.IntN(4)) * time.Hour)
			}
			if left := w.explained("EUR"); left != 0 {
				t.Errorf("%d are not explained", left)
			}
			first, today := "2026-10-21", store.DayOf(w.clock.Now())
			w.wholeIsTheTruth(first, today, append(buyers, late...))
			for range 6 {
				from := time.Date(2026, 11, 20+chance.IntN(5), 0, 0, 0, 0, time.UTC)
				w.rangeIsOne(store.DayOf(from), store.DayOf(from.AddDate(0, 0, 1+chance.IntN(4))))
			}
			w.rangeIsOne(first, today)
		})
	}
}

// liveOnWithStatements lets happen what matters to a statement alone: money that comes
// days after it was announced, in another currency, and our own refunds.
func (w *world) liveOnWithStatements(chance *rand.Rand, n int, buyers, late *[]*buyer) {
	w.t.Helper()
	switch {
	case n%9 == 4:
		b := w.buyer()
		b.buy(sim.ECheck)
		*late = append(*late, b)
	case n%9 == 8:
		for _, p := range w.paypal.Statement().Payments {
			if p.Pending > 0 {
				w.must(w.paypal.SettlePending(p.Capture, chance.IntN(3) > 0))
			}
		}
	case n%9 == 2:
		b := w.paid()
		b.wantRefund(1+chance.Int64N(7000), "r", http.StatusCreated, "completed")
		*buyers = append(*buyers, b)
	case n%9 == 6:
		w.paypal.AddRow(sim.OddRow{Code: "T0300", Currency: "EUR", Amount: 1 + chance.Int64N(900)})
		w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3, Fee: -1})
	}
}

// wholeIsTheTruth holds all days together against the simulator's own books.
func (w *world) wholeIsTheTruth(first, today string, buyers []*buyer) {
	w.t.Helper()
	all := w.settlements(first, today)
	if len(all.Accounts) != 1 || all.Accounts[0].Provider != "paypal" || all.Accounts[0].FirstDay != first || all.Accounts[0].Explained == "" {
		w.t.Fatalf("%+v", all.Accounts)
	}
	sum, err := replay(w.follow("/merchant/entries?from="+first+"&to="+today, "", "application/jsonl"))
	w.must(err)
	if len(sum.closing) == 0 || !reflect.DeepEqual(sum.total, sum.closing) || !reflect.DeepEqual(sum.available, sum.usable) {
		w.t.Errorf("the lines add up to %v, %v available; the balances are %v, %v", sum.total, sum.available, sum.closing, sum.usable)
	}
	truth := w.paypal.Statement()
	for _, c := range all.Accounts[0].Currencies {
		currency := c["currency"].(string)
		balance, real := c["balance"].(map[string]any), truth.Balance(currency)
		if got := figures(balance); got.of("remainder") != 0 || got.of("closing") != real.Total || got.of("available") != real.Available || got.of("on_hold") != real.Withheld {
			w.t.Errorf("%s: %v, in truth %+v", currency, balance, real)
		}
		want := map[string]int64{"paid_out": -real.PaidOut}
		for _, b := range buyers {
			for _, p := range truth.Of(b.id) {
				if p.Currency == currency {
					want["captured"] += p.Gross
					want["fees"] -= p.Fee + p.ChargebackFee
					want["refunds"] -= p.Refunded
					want["reversals"] -= p.Reversed + p.ChargedBack
				}
			}
		}
		for name, minor := range want {
			if got := c.of(name); got != minor {
				w.t.Errorf("%s %s: %d, in truth %d", currency, name, got, minor)
			}
		}
	}
	for _, b := range buyers {
		b.agrees()
		p, _ := b.stored()
		for _, c := range []money.Currency{"EUR", "USD"} {
			own, err := p.Moved(c, payment.EntrySale, payment.EntryFee, payment.EntryRefund, payment.EntryReversal, payment.EntryChargeback,
				payment.EntryChargebackFee, payment.EntryChargebackReversal, payment.EntryConversion)
			w.must(err)
			if got := sum.payments[b.id+" "+string(c)]; got != own.Minor {
				w.t.Errorf("the lines of %s add up to %d, its rows to %s", b.id, got, own)
			}
		}
	}
}

// columns are those of a payment's line; with the account's own they make what moved.
var columns = []string{"captured", "fees", "refunds", "reversals", "conversions"}

// rangeIsOne holds what a range tells in all its ways against each other.
func (w *world) rangeIsOne(from, to string) {
	w.t.Helper()
	all := w.settlements(from, to)
	payments, daily := map[string]int64{}, map[string]int64{}
	lines := []string{}
	for _, p := range all.Payments {
		for _, m := range p.Money {
			c := m["currency"].(string)
			net := int64(0)
			for _, name := range columns {
				payments[c+" "+name] += m.of(name)
				net += m.of(name)
			}
			if net != m.of("net") {
				w.t.Errorf("%s: %v", p.ID, m)
			}
			lines = append(lines, fmt.Sprint(p.ID, c, m.of("captured"), m.of("net"), m.of("held"), m["where"]))
		}
	}
	for _, d := range all.Accounts[0].Days {
		for _, m := range d.Currencies {
			for _, name := range append(columns, "paid_out", "other", "other_sales", "moved") {
				daily[m["currency"].(string)+" "+name] += m.of(name)
			}
		}
	}
	sum, err := replay(w.follow("/merchant/entries?from="+from+"&to="+to, "", "application/jsonl"))
	w.must(err)
	for _, c := range all.Accounts[0].Currencies {
		currency, moved := c["currency"].(string), int64(0)
		for _, name := range append(columns, "paid_out", "other", "other_sales") {
			moved += c.of(name)
			if daily[currency+" "+name] != c.of(name) {
				w.t.Errorf("%s to %s, %s %s: %d by days, %d together", from, to, currency, name, daily[currency+" "+name], c.of(name))
			}
		}
		for _, name := range columns {
			if payments[currency+" "+name] != c.of(name) {
				w.t.Errorf("%s to %s, %s %s: %d by payments, %d together", from, to, currency, name, payments[currency+" "+name], c.of(name))
			}
		}
		if moved != c.of("moved") || daily[currency+" moved"] != moved {
			w.t.Errorf("%s to %s: %s moved %d, its columns %d", from, to, currency, c.of("moved"), moved)
		}
		lined := int64(0)
		for key, minor := range sum.payments {
			if strings.HasSuffix(key, " "+currency) {
				lined += minor
			}
		}
		if lined != moved {
			w.t.Errorf("%s to %s: %s moved %d, the lines %d", from, to, currency, moved, lined)
		}
	}
	if table := w.tableLines(from, to); !slices.Equal(table, lines) {
		w.t.Errorf("%s to %s: the table has\n%v\nJSON\n%v", from, to, table, lines)
	}
}

// tableLines reads a range as a table.
func (w *world) tableLines(from, to string) (lines []string) {
	w.t.Helper()
	lines = []string{}
	for _, page := range w.follow("/merchant/settlements?from="+from+"&to="+to, "text/csv, */*;q=0.1", "text/csv") {
		rows, err := csv.NewReader(strings.NewReader(page)).ReadAll()
		w.must(err)
		for _, row := range rows[1:] {
			minor := func(name string) int64 {
				a, err := money.Parse(row[slices.Index(rows[0], name)], money.Currency(row[5]))
				w.must(err)
				return a.Minor
			}
			lines = append(lines, fmt.Sprint(row[1], row[5], minor("captured"), minor("net"), minor("held"), row[13]))
		}
	}
	return lines
}
