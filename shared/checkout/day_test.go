package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/payment"
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
	"github.com/serverless-checkout/serverless-checkout/shared/store/bolt"
)

const (
	saturday = "2026-11-21"
	sunday   = "2026-11-22"
)

// dayShop is a shop whose buyers open purchases and never come back.
type dayShop struct {
	*testing.T
	*checkout.Service
	table  store.Store
	paypal *dayProvider
	now    time.Time
	writes int
	behind []store.Key // what the index still names though it is gone
}

func newDayShop(t *testing.T) *dayShop {
	t.Helper()
	s := &dayShop{T: t, now: time.Date(2026, 11, 21, 23, 59, 58, 500, time.UTC), paypal: &dayProvider{}}
	table, err := bolt.Open(filepath.Join(t.TempDir(), "store"), s.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	s.table = table
	s.Service, err = checkout.New(checkout.Config{
		Stack: "test", Store: laggingIndex{table, s}, Providers: []provider.Provider{s.paypal}, Clock: s, Log: slog.New(slog.DiscardHandler),
		WriteID: func() string { s.writes++; return fmt.Sprint("write ", s.writes) }, Secrets: checkout.Constant(checkout.Secrets{Tokens: [][]byte{make([]byte, 32)}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	list := `{"products":[{"sku":"A","name":"A book","prices":{"EUR":"19.00"}}]}`
	prices, err := checkout.ReadPriceList([]byte(list))
	if err == nil {
		err = s.PutPriceList(t.Context(), prices)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *dayShop) Now() time.Time                              { return s.now }
func (s *dayShop) Left(time.Time) time.Duration                { return time.Hour }
func (s *dayShop) Sleep(_ context.Context, wait time.Duration) { s.now = s.now.Add(wait) }

// laggingIndex is a store whose index of a day names what is no more.
type laggingIndex struct {
	store.Store
	shop *dayShop
}

func (l laggingIndex) Query(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := l.Store.Query(ctx, q)
	for _, k := range l.shop.behind {
		page.Items = append(page.Items, store.Item{Key: k, Day: q.Day})
	}
	return page, err
}

// dayProvider opens every order and then says what the test wants of it.
type dayProvider struct {
	provider.Provider
	last payment.Snapshot
	look func(payment.Snapshot) (payment.Snapshot, error)
}

func (p *dayProvider) Name() string          { return "paypal" }
func (p *dayProvider) Account() string       { return "test" }
func (p *dayProvider) Window() time.Duration { return time.Hour }

func (p *dayProvider) CreateOrder(_ context.Context, o provider.Order) (payment.Snapshot, error) {
	p.last = payment.Snapshot{Provider: "paypal", Account: "test", Order: "order of " + o.Payment, Payment: o.Payment,
		State: payment.OrderWaiting, Amount: o.Quote.Total, Approve: "https://paypal.example"}
	return p.last, nil
}

func (p *dayProvider) Look(context.Context, string) (payment.Snapshot, error) { return p.look(p.last) }

// open begins a purchase and gives its id.
func (s *dayShop) open(key string) string {
	s.Helper()
	p, created, err := s.Create(s.Context(), checkout.Purchase{
		Key: key, Cart: []checkout.CartLine{{SKU: "A", Quantity: 1}}, Currency: "EUR", Country: "DE", Method: "paypal",
	})
	if err != nil || !created {
		s.Fatalf("create: %v, %v", created, err)
	}
	return p.ID
}

func (s *dayShop) item(id string) store.Item {
	s.Helper()
	it, err := s.table.Get(s.Context(), store.PaymentKey(id))
	if err != nil {
		s.Fatal(err)
	}
	return it
}

// lists holds that a day has these payments, in whatever order they are named.
func (s *dayShop) lists(day string, want ...string) {
	s.Helper()
	slices.Sort(want)
	for _, limit := range []int{1, 2, 0} {
		var got []string
		cursor := ""
		for range 9 { // an end, whatever the cursors say
			payments, next, err := s.Day(s.Context(), day, limit, cursor)
			if err != nil {
				s.Fatalf("%s by %d: %v", day, limit, err)
			}
			for _, p := range payments {
				got = append(got, p.ID)
			}
			if next == "" {
				break
			}
			cursor = next
		}
		if !slices.Equal(got, want) {
			s.Errorf("%s by %d: got %q, want %q", day, limit, got, want)
		}
	}
}

func TestDayListsWhatWasCreatedOnIt(t *testing.T) {
	s := newDayShop(t)
	one, two := s.open("one"), s.open("two")
	s.now = s.now.Add(2 * time.Second).In(time.FixedZone("west", -5*60*60)) // midnight of UTC; still Saturday there
	three := s.open("three")
	s.lists(saturday, one, two)
	s.lists(sunday, three)
	s.lists("2026-11-23")
	payments, _, err := s.Day(t.Context(), sunday, 5, "")
	if err != nil || len(payments) != 1 || payments[0].Quote.Total.Minor != 1900 || len(payments[0].Attempts) != 1 {
		t.Errorf("not the payment as it was read: %+v, %v", payments, err)
	}
}

func TestDayRefuses(t *testing.T) {
	s := newDayShop(t)
	s.open("one")
	s.open("two")
	_, next, err := s.Day(t.Context(), saturday, 1, "")
	if err != nil || next == "" {
		t.Fatalf("next %q, %v", next, err)
	}
	for _, c := range []struct{ day, cursor string }{
		{"", ""}, {"today", ""}, {"2026-11-31", ""}, {"2026-11-1", ""}, {"2026-11-21T00:00:00Z", ""},
		{saturday, "garbage"}, {saturday, next + "x"}, {sunday, next},
	} {
		got, _, err := s.Day(t.Context(), c.day, 1, c.cursor)
		says := "is not a day" // the refusal names what has to be mended
		if c.cursor != "" {
			says = "The cursor"
		}
		var refused *checkout.Error
		if !errors.As(err, &refused) || refused.Kind != checkout.KindDay || got != nil || !strings.Contains(refused.Detail, says) {
			t.Errorf("%q from %q: got %v, %v, want %s: %s", c.day, c.cursor, got, err, checkout.KindDay, says)
		}
	}
}

func TestDayHasAtMostAHundred(t *testing.T) {
	s := newDayShop(t)
	for n := range 101 {
		s.now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		s.open(fmt.Sprint("purchase ", n))
	}
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 99: 99, 100: 100, 101: 100, 5000: 100} {
		payments, next, err := s.Day(t.Context(), saturday, limit, "")
		if err != nil || len(payments) != want || next == "" {
			t.Errorf("limit %d: %d payments, next %q, %v; want %d", limit, len(payments), next, err, want)
		}
	}
}

// TestDayReadsAgain: what the index names may have expired since, or stand under
// another day after it was made again.
func TestDayReadsAgain(t *testing.T) {
	s := newDayShop(t)
	one := s.open("one")
	s.now = s.now.Add(time.Hour)
	s.behind = []store.Key{store.PaymentKey("gone"), store.PaymentKey(s.open("of Sunday"))}
	payments, _, err := s.Day(t.Context(), saturday, 9, "")
	if err != nil || len(payments) != 1 || payments[0].ID != one {
		t.Errorf("got %d payments, %v", len(payments), err)
	}
}

// TestDayTellsOfAPaymentItCannotRead: a list without it would pass for whole.
func TestDayTellsOfAPaymentItCannotRead(t *testing.T) {
	s := newDayShop(t)
	s.open("one")
	odd := store.Item{Key: store.PaymentKey("odd"), WriteID: "odd", Day: saturday, Document: []byte(`{"schema":99}`)}
	if err := s.table.Write(t.Context(), store.Put{After: odd}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.Day(t.Context(), saturday, 9, ""); checkout.KindOf(err) != checkout.KindInternal || got != nil {
		t.Errorf("got %d payments, %v", len(got), err)
	}
}

// TestDayIsKept: every later write, whoever does it, leaves the payment where it
// is listed, and one that is listed nowhere yet gets its day.
func TestDayIsKept(t *testing.T) {
	for name, look := range map[string]func(payment.Snapshot) (payment.Snapshot, error){
		"saved":     func(s payment.Snapshot) (payment.Snapshot, error) { return s, nil },
		"postponed": func(payment.Snapshot) (payment.Snapshot, error) { panic("this payment cannot be handled") },
	} {
		s := newDayShop(t)
		s.paypal.look = look
		id := s.open("one")
		before := s.item(id)
		s.now = s.now.Add(2 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := s.item(id)
		if after.Version != before.Version+1 || after.Due.Equal(before.Due) || after.Day != saturday {
			t.Errorf("%s: version %d, due %v, day %q", name, after.Version, after.Due, after.Day)
		}
		s.lists(saturday, id)
	}
}

// TestDayOfARowWithoutOne: the rows of an earlier build have none.
func TestDayOfARowWithoutOne(t *testing.T) {
	for stored, want := range map[string]string{"": saturday, sunday: sunday} {
		s := newDayShop(t)
		s.paypal.look = func(s payment.Snapshot) (payment.Snapshot, error) { return s, nil }
		s.open("one")
		row := s.item(s.paypal.last.Payment)
		id := checkout.PaymentID("test", "POST /payments", "another")
		row.Key, row.Day, row.WriteID = store.PaymentKey(id), stored, "by hand"
		row.Document = []byte(strings.Replace(string(row.Document), fmt.Sprintf(`"id":%q`, s.paypal.last.Payment), fmt.Sprintf(`"id":%q`, id), 1))
		if err := s.table.Write(t.Context(), store.Put{After: row}); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(2 * time.Hour)
		if done, err := s.Sweep(t.Context()); err != nil || done.Failed != 0 {
			t.Errorf("sweep: %+v, %v", done, err)
		}
		if got := s.item(id); got.Day != want || got.Version != 2 {
			t.Errorf("a row of day %q: version %d of day %q, want %q", stored, got.Version, got.Day, want)
		}
	}
}
