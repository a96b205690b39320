package checkout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/provider/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/settlement"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// account is a merchant's account at a provider, whose rows a test writes. It lists
// pages of three rows.
type account struct {
	provider.Provider
	rows  []settlement.Row // by their time
	ends  time.Time        // up to where the report reaches
	most  int              // rows it lists at once
	read  [][2]time.Time   // what was listed to its end
	late  bool             // the first row comes in after the first page of its list
	pages int

	unlisted int64 // cents of the balance that no row explains
}

func (a *account) Name() string { return "paypal" }

func (a *account) Rows(_ context.Context, from, to time.Time, page string) (provider.RowPage, error) {
	if from.After(a.ends) {
		return provider.RowPage{}, &provider.Error{Class: provider.NotYet}
	}
	a.pages++
	until := to
	if until.After(a.ends) {
		until = a.ends
	}
	var list []settlement.Row
	for _, r := range a.rows {
		if !r.Initiated.Before(from) && !r.Initiated.After(until) {
			list = append(list, r)
		}
	}
	if len(list) > a.most {
		return provider.RowPage{}, &provider.Error{Class: provider.TooMany}
	}
	n, _ := strconv.Atoi(page)
	if page == "" && a.late && len(list) > 3 {
		list, a.late = list[1:], false
	}
	answer := provider.RowPage{Rows: list[min(n*3, len(list)):min(n*3+3, len(list))], Until: until, Refreshed: a.ends, Total: len(list)}
	if n*3+3 < len(list) {
		answer.Next = strconv.Itoa(n + 1)
	} else {
		a.read = append(a.read, [2]time.Time{from, until})
	}
	return answer, nil
}

func (a *account) Balances(_ context.Context, at time.Time) (provider.Balances, error) {
	total := a.unlisted
	for _, r := range a.rows {
		if r.Moves() && !r.Updated.After(at) {
			total += r.Amount.Minor + r.Fee.Minor
		}
	}
	sum := money.New(total, "EUR")
	return provider.Balances{At: at, Of: map[money.Currency]settlement.Funds{"EUR": {Total: sum, Available: sum}}}, nil
}

func (a *account) Words() settlement.Words { return paypal.Words() }

func (a *account) PaymentOf(context.Context, string) (string, error) { return "", nil }

// counter is a clock that has time for so many pages in a run.
type counter struct {
	*shopClock
	account *account
	most    int // pages a run; 0 is all
	begun   int
}

func (c *counter) Left(time.Time) time.Duration {
	if c.most > 0 && c.account.pages-c.begun >= c.most {
		return 10 * time.Second // for what is at hand
	}
	return time.Hour
}

// settles is a service over a table of its own that reads one account.
func settles(t *testing.T, a *account, most int) (s *checkout.Service, table store.Store, run func() checkout.Settlement) {
	t.Helper()
	shop := newShop(t)
	clock := &counter{shopClock: shop.clock, account: a, most: most}
	s, err := checkout.New(checkout.Config{
		Stack: "harbour", Store: shop.table, Providers: []provider.Provider{a}, Clock: clock, WriteID: clock.writeID,
		Secrets: checkout.Constant(checkout.Secrets{Tokens: [][]byte{make([]byte, 32)}}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, shop.table, func() checkout.Settlement {
		t.Helper()
		clock.begun = a.pages
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		done, err := s.SettleBooks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
}

// midday is what a shop's clock begins at.
var midday = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// foreignSale is another shop's, so many seconds before midday.
func foreignSale(id int, before int) settlement.Row {
	at := midday.Add(-time.Duration(before) * time.Second)
	return settlement.Row{
		ID: fmt.Sprint("S", id), Code: "T0007", Status: settlement.StatusDone, Custom: "A-17",
		Amount: money.New(int64(100+id), "EUR"), Fee: money.New(-3, "EUR"), Initiated: at, Updated: at,
	}
}

func anyAccount(t *rapid.T) *account {
	a := &account{ends: midday.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes behind")) * time.Minute), most: rapid.SampledFrom([]int{2, 5, 100}).Draw(t, "most")}
	seconds := rapid.SliceOfNDistinct(rapid.IntRange(0, 3*24*3600), 0, 25, rapid.ID).Draw(t, "seconds before midday")
	slices.Sort(seconds)
	for i, before := range slices.Backward(seconds) {
		a.rows = append(a.rows, foreignSale(i, before))
	}
	return a
}

// books are all that stands in the table of an account, by day.
func books(t *testing.T, table store.Store) map[string]string {
	t.Helper()
	page, err := table.Query(context.Background(), store.Query{Partition: store.DayBookKey("paypal", "").Partition, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, item := range page.Items {
		found[item.Key.Sort] = string(item.Document)
	}
	return found
}

// TestReportIsReadToTheSecond: however few rows are listed at once, each second of
// each day is asked for once, none is left out, nothing behind the answer's own end is
// taken for read, and the books have every row.
func TestReportIsReadToTheSecond(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := anyAccount(r)
		_, table, run := settles(t, a, 0)
		if done := run(); done.Left != 0 || done.Unexplained != 0 {
			r.Fatalf("%+v", done)
		}
		at := time.Date(2026, 10, 21, 0, 0, 0, 0, time.UTC)
		for _, part := range a.read {
			if !part[0].Equal(at) {
				r.Fatalf("read from %s, want %s", part[0], at)
			}
			at = part[1].Add(time.Second)
		}
		if !at.Equal(a.ends.Add(time.Second)) {
			r.Fatalf("read up to %s, the report ends at %s", at, a.ends)
		}
		count := int64(0)
		for _, text := range books(t, table) {
			var b settlement.Book
			if err := json.Unmarshal([]byte(text), &b); err != nil {
				r.Fatal(err)
			}
			for _, h := range b.Hours {
				count += h.Sums["EUR T0007 foreign"].Count
			}
		}
		if want := int64(len(a.rows)) - missing(a); count != want {
			r.Fatalf("%d rows in the books, want %d", count, want)
		}
		item, err := table.Get(context.Background(), store.CursorKey("report", "paypal"))
		if err != nil {
			r.Fatal(err)
		}
		var cursor struct {
			Next  string
			Until time.Time
		}
		if err := json.Unmarshal(item.Document, &cursor); err != nil || cursor.Next != "2026-11-21" || !cursor.Until.Equal(a.ends) {
			r.Fatalf("the cursor is %+v, %v; the report ends at %s", cursor, err, a.ends)
		}
	})
}

// missing is how many rows the report does not reach.
func missing(a *account) (n int64) {
	for _, r := range a.rows {
		if r.Initiated.After(a.ends) {
			n++
		}
	}
	return n
}

// TestReportIsReadPageByPage: runs that have time for one page, or a few, come to the
// very books that one run makes.
func TestReportIsReadPageByPage(t *testing.T) {
	for _, most := range []int{2, 100} {
		for _, pages := range []int{1, 3} {
			t.Run(fmt.Sprint(most, " rows at once, ", pages, " pages a run"), func(t *testing.T) {
				t.Parallel()
				a := &account{ends: midday, most: most}
				for i := range 14 {
					a.rows = append(a.rows, foreignSale(i, 30*3600-i*i*600))
				}
				a.rows[5].Updated = midday // it was pending until today
				whole := *a
				_, table, run := settles(t, &whole, 0)
				run()
				want := sums(books(t, table))
				if all := together(want); all != (settlement.Sum{Count: 14, Gross: 14*100 + 91, Fee: -14 * 3}) {
					t.Fatalf("one run comes to %+v", all)
				}
				_, pieces, step := settles(t, a, pages)
				short := 0
				for range 200 { // a run for each day and each part of one, if need be
					if maps.Equal(sums(books(t, pieces)), want) {
						break
					}
					short += step().Left
				}
				if got := sums(books(t, pieces)); !maps.Equal(got, want) || len(want) != 2 || short < 10 {
					t.Errorf("after %d runs that were short of time the books are\n%v\nwant\n%v", short, got, want)
				}
			})
		}
	}
}

// sums are the books without what they explained.
func sums(books map[string]string) map[string]string {
	found := map[string]string{}
	for day, text := range books {
		var b settlement.Book
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			panic(err)
		}
		if again, _ := json.Marshal(b); len(b.Hours) > 0 {
			found[day] = string(again)
		}
	}
	return found
}

// together is all that the books of all days have.
func together(books map[string]string) (all settlement.Sum) {
	for _, text := range books {
		var b settlement.Book
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			panic(err)
		}
		for _, hour := range b.Hours {
			for _, s := range hour.Sums {
				all.Count, all.Gross, all.Fee = all.Count+s.Count, all.Gross+s.Gross, all.Fee+s.Fee
			}
		}
	}
	return all
}

// TestReportThatChangesWhileItIsRead is read again from its first page at once.
func TestReportThatChangesWhileItIsRead(t *testing.T) {
	a := &account{ends: midday, most: 100, late: true}
	for i := range 10 {
		a.rows = append(a.rows, foreignSale(i, 3600-i))
	}
	_, table, run := settles(t, a, 0)
	run()
	right := *a
	right.late = false
	_, other, read := settles(t, &right, 0)
	read()
	if got, want := books(t, table)["2026-11-21"], books(t, other)["2026-11-21"]; got != want || want == "" {
		t.Errorf("the day is\n%s\nwant\n%s", got, want)
	}
}

// TestReportThatFallsBack: a report that ends before where it ended already takes
// nothing out of the books.
func TestReportThatFallsBack(t *testing.T) {
	a := &account{ends: midday, most: 100}
	for i := range 10 {
		a.rows = append(a.rows, foreignSale(i, (10-i)*5*3600))
	}
	_, table, run := settles(t, a, 0)
	run()
	before := books(t, table)
	for _, back := range []time.Duration{time.Hour, 11 * time.Hour, 26 * time.Hour, 90 * 24 * time.Hour} {
		a.ends = midday.Add(-back)
		if done := run(); done.Days != 0 || !maps.Equal(books(t, table), before) {
			t.Errorf("%s back: %+v, %v", back, done, books(t, table))
		}
	}
	a.ends = midday
	if done := run(); done.Days != 0 {
		t.Errorf("%+v", done)
	}
}

// TestReportReadAgain: a quiet hour costs a day's pages and no write; the month is read
// once a day, and a change in it is found then.
func TestReportReadAgain(t *testing.T) {
	a := &account{ends: midday, most: 100}
	for i := range 20 {
		a.rows = append(a.rows, foreignSale(i, 20*24*3600-i))
	}
	s, table, run := settles(t, a, 0)
	run()
	before := books(t, table)
	a.rows[3].Fee.Minor-- // three weeks ago
	clock := s.Clock.(*counter)
	for hour := range 30 {
		clock.move(time.Hour)
		a.ends = clock.Now()
		pages := a.pages
		done := run()
		changed := 0
		if hour == 14 { // three hours after midnight
			changed = 1
		}
		if done.Days != changed || hour != 14 && a.pages-pages > 5 {
			t.Errorf("after %d h: %+v, %d pages", hour+1, done, a.pages-pages)
		}
	}
	if after := books(t, table); after["2026-11-01"] == before["2026-11-01"] {
		t.Error("the change was not found")
	}
}

// TestReportReadAgainInLittleTime: runs that have not the time to read the last days
// once more in one go read them one after the other, and come to what is done after
// that: what explains the balances, and the month.
func TestReportReadAgainInLittleTime(t *testing.T) {
	a := &account{ends: midday, most: 100}
	for i := range 45 {
		a.rows = append(a.rows, foreignSale(i, (45-i)*2*3600)) // of the last days, four pages a day
	}
	s, table, step := settles(t, a, 4)
	for range 100 {
		if step().Left == 0 {
			break
		}
	}
	var yesterday struct{ Rolls []settlement.Roll }
	if err := json.Unmarshal([]byte(books(t, table)["2026-11-20"]), &yesterday); err != nil || len(yesterday.Rolls) == 0 {
		t.Fatalf("nothing explains the balances: %+v, %v", yesterday, err)
	}
	s.Clock.(*counter).move(30 * time.Hour)
	a.ends = midday.Add(30 * time.Hour)
	a.rows[0].Fee.Minor-- // four days ago
	before, runs := books(t, table)["2026-11-17"], 0
	for runs = range 200 {
		if step(); books(t, table)["2026-11-17"] != before {
			break
		}
	}
	t.Logf("a change of four days ago is found after %d runs", runs+1)
	if books(t, table)["2026-11-17"] == before {
		t.Errorf("a change of four days ago is not found in %d runs", runs+1)
	}
}
