package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// manyProducts is a list of so many products, all at one price.
func manyProducts(n int, price string) checkout.PriceList {
	var list checkout.PriceList
	for i := range n {
		p := checkout.Product{SKU: fmt.Sprintf("SKU-%05d", i), Name: fmt.Sprintf("Product number %d", i)}
		p.Prices = map[money.Currency]string{"EUR": price, "USD": price, "GBP": price, "PLN": price}
		list.Products = append(list.Products, p)
	}
	return list
}

// cartOf is one of each of these products.
func cartOf(skus ...int) checkout.Purchase {
	in := checkout.Purchase{Currency: "EUR", Country: "DE"}
	for _, sku := range skus {
		in.Cart = append(in.Cart, checkout.CartLine{SKU: fmt.Sprintf("SKU-%05d", sku), Quantity: 1})
	}
	return in
}

func TestPriceListComesBack(t *testing.T) {
	s := newShop(t)
	_, _, err := s.PriceList(t.Context())
	wantKind(t, "before the first", err, checkout.KindNotFound)
	for _, n := range []int{1, 2, 15, 16, 17, 100, 1000} {
		list := manyProducts(n, "19.00")
		list.Products[0].Physical = true
		list.Shipping = []checkout.ShippingOption{{Countries: []string{"DE"}, Prices: map[money.Currency]string{"EUR": "4.90"}}}
		if err := s.PutPriceList(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		got, version, err := s.another().PriceList(t.Context())
		if err != nil || version != list.Version() || !reflect.DeepEqual(got, list) {
			t.Errorf("%d products: %d came back, version %q, %v", n, len(got.Products), version, err)
		}
	}
}

// TestShortPages: what comes in many small pages is the same list, and all of its
// rows come to their end.
func TestShortPages(t *testing.T) {
	s := newShop(t)
	s.faults.Store = shortPages{s.table}
	list := manyProducts(200, "1")
	list.Shipping = []checkout.ShippingOption{{Countries: []string{"DE"}, Prices: map[money.Currency]string{"EUR": "4.90"}}}
	if err := s.PutPriceList(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.PriceList(t.Context()); err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("%d products came back, %v", len(got.Products), err)
	}
	before := s.table.Counts().Writes
	if err := s.PutPriceList(t.Context(), manyProducts(1, "2")); err != nil {
		t.Fatal(err)
	}
	if wrote := s.table.Counts().Writes - before; wrote != 14+2 {
		t.Errorf("%d rows written; the replaced list had 14, the new one has one, and the pointer", wrote)
	}
}

type shortPages struct{ store.Store }

func (p shortPages) Query(ctx context.Context, q store.Query) (store.Page, error) {
	q.Limit = 3
	return p.Store.Query(ctx, q)
}

// TestTheSameListAgain writes nothing, in whatever order it names its products.
func TestTheSameListAgain(t *testing.T) {
	s := newShop(t)
	const one, two = `{"sku":"A","name":"A","prices":{"EUR":"1","USD":"2"}}`, `{"name":"B","prices":{"USD":"2","EUR":"1"},"sku":"B"}`
	s.upload(`{"products":[` + one + `,` + two + `]}`)
	before := s.table.Counts().Writes
	s.upload(`{"products":[` + two + `,` + one + `]}`)
	if wrote := s.table.Counts().Writes - before; wrote != 0 {
		t.Errorf("%d rows were written", wrote)
	}
	s.upload(`{"products":[` + two + `]}`)
	if s.table.Counts().Writes == before {
		t.Error("another list was taken for the same")
	}
}

// TestTenThousandProducts is what an upload and a cart of a large shop cost.
func TestTenThousandProducts(t *testing.T) {
	s := newShop(t)
	// The second retires the first. A write takes some 5 ms in DynamoDB, and a function
	// has 25 s.
	for i, most := range []int64{626, 1251} {
		price := []string{"19.00", "20.00"}[i]
		before := s.table.Counts()
		if err := s.PutPriceList(t.Context(), manyProducts(10_000, price)); err != nil {
			t.Fatal(err)
		}
		now := s.table.Counts()
		t.Logf("10,000 products: %d rows of %d bytes", now.Writes-before.Writes, (now.Bytes-before.Bytes)/(now.Writes-before.Writes))
		if wrote := now.Writes - before.Writes; wrote > most {
			t.Errorf("an upload wrote %d rows, more than %d", wrote, most)
		}
	}
	before := s.table.Counts()
	if q, err := s.buys(cartOf(0, 1, 2)); err != nil || q.Total.Minor != 6000 {
		t.Errorf("%v, %v", q.Total, err)
	}
	if reads := s.table.Counts().Reads - before.Reads; reads > 5 {
		t.Errorf("a cart of three took %d reads: one for the payment, one for the pointer, three parts", reads)
	}
	before = s.table.Counts()
	if _, err := s.buys(cartOf(2, 1, 0)); err != nil {
		t.Error(err)
	}
	if reads := s.table.Counts().Reads - before.Reads; reads != 2 {
		t.Errorf("the same products took %d reads: a version's rows never change", reads)
	}
	err := s.PutPriceList(t.Context(), manyProducts(10_001, "1"))
	wantKind(t, "10,001 products", err, checkout.KindPriceList)
}

// TestAListIsVisibleAllAtOnce: buyers fill carts with many products while lists
// come and go. Each cart is of one price, and the price of some list.
func TestAListIsVisibleAllAtOnce(t *testing.T) {
	s := newShop(t)
	if err := s.PutPriceList(t.Context(), manyProducts(200, "1")); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	var over atomic.Bool
	seen := sync.Map{}
	for buyer := range 4 {
		instance := &shop{T: t, Service: s.another(), clock: s.clock}
		wait.Go(func() {
			for n := buyer; !over.Load(); n++ {
				q, err := instance.buys(cartOf(n%190, n%190+1, n%190+2, n%190+3, n%190+4))
				if err != nil {
					t.Error(err)
					return
				}
				for _, l := range q.Lines {
					if l.Unit != q.Lines[0].Unit {
						t.Errorf("a cart has prices of two lists: %v and %v", l.Unit, q.Lines[0].Unit)
					}
				}
				seen.Store(q.Lines[0].Unit.Minor, true)
			}
		})
	}
	for price := 2; price <= 12; price++ {
		if err := s.PutPriceList(t.Context(), manyProducts(200, fmt.Sprint(price))); err != nil {
			t.Error(err)
		}
	}
	over.Store(true)
	wait.Wait()
	lists := 0
	seen.Range(func(any, any) bool { lists++; return true })
	if lists < 3 {
		t.Errorf("only %d lists were seen: nothing was at once", lists)
	}
}

// TestUploadThatDies before its last write has changed nothing a buyer sees, and
// the same upload again is whole.
func TestUploadThatDies(t *testing.T) {
	for _, at := range []int{0, 1, 2, 3} { // two writes of rows, one of the pointer, one that retires
		s := newShop(t)
		if err := s.PutPriceList(t.Context(), manyProducts(500, "1")); err != nil {
			t.Fatal(err)
		}
		writes := 0
		s.faults.before = func([]store.Put) error {
			if writes++; writes > at {
				return errStop
			}
			return nil
		}
		err := s.PutPriceList(t.Context(), manyProducts(500, "2"))
		s.faults.before = nil
		want, kind := int64(100), checkout.KindStoreDown
		if at == 3 {
			want, kind = 200, "" // it was in force; what is left of the old one costs its storage
		}
		wantKind(t, fmt.Sprintf("dies after %d writes", at), err, kind)
		if q, err := s.buys(cartOf(7)); err != nil || q.Total.Minor != want {
			t.Errorf("dies after %d writes: a buyer sees %v, %v", at, q.Total, err)
		}
		if err := s.PutPriceList(t.Context(), manyProducts(500, "2")); err != nil {
			t.Error(err)
		}
		if q, err := s.buys(cartOf(8)); err != nil || q.Total.Minor != 200 {
			t.Errorf("again after %d writes: a buyer sees %v, %v", at, q.Total, err)
		}
	}
}

// TestAStoreThatIsBusy for some seconds: an idle table does not take thousands of
// rows in its first second.
func TestAStoreThatIsBusy(t *testing.T) {
	s := newShop(t)
	refused := 0
	s.faults.before = func(puts []store.Put) error {
		if refused < 4 && !movesPointer(puts) {
			refused++
			return errStop
		}
		return nil
	}
	if err := s.PutPriceList(t.Context(), manyProducts(500, "1")); err != nil || refused != 4 {
		t.Errorf("%v after %d refusals", err, refused)
	}
}

// TestTwoUploadsAtOnce: the one that moves the pointer last is in force, whole, and
// stays whole when everything that was replaced has come to its end.
func TestTwoUploadsAtOnce(t *testing.T) {
	for name, lost := range map[string]bool{"beaten to it": false, "and the acknowledgement was lost": true} {
		s := newShop(t)
		s.upload(`{"products":[{"sku":"SKU-00000","name":"A","prices":{"EUR":"1"}}]}`)
		beaten := false
		beat := func(puts []store.Put) error {
			if beaten || !movesPointer(puts) {
				return nil
			}
			beaten = true
			if err := s.another().PutPriceList(context.Background(), manyProducts(30, "5")); err != nil {
				t.Error(err)
			}
			if lost {
				return errStop
			}
			return nil
		}
		if lost {
			s.faults.after = beat
		} else {
			s.faults.before = beat
		}
		if err := s.PutPriceList(t.Context(), manyProducts(30, "7")); err != nil || !beaten {
			t.Errorf("%s: %v, %t", name, err, beaten)
		}
		for _, later := range []time.Duration{0, 29 * 24 * time.Hour, 31 * 24 * time.Hour} {
			s.clock.move(later)
			got, _, err := s.another().PriceList(t.Context())
			if err != nil || len(got.Products) != 30 || got.Products[29].Prices["EUR"] != "7" {
				t.Errorf("%s, %v later: %d products, %v", name, later, len(got.Products), err)
			}
		}
	}
}

// TestUploadsThatAlwaysCollide end in "try again", and in nothing half done.
func TestUploadsThatAlwaysCollide(t *testing.T) {
	s := newShop(t)
	price := 0
	s.faults.before = func(puts []store.Put) error {
		if movesPointer(puts) {
			hook := s.faults.before
			s.faults.before = nil
			price++
			if err := s.another().PutPriceList(context.Background(), manyProducts(3, fmt.Sprint(price))); err != nil {
				t.Error(err)
			}
			s.faults.before = hook
		}
		return nil
	}
	err := s.PutPriceList(t.Context(), manyProducts(3, "999"))
	wantKind(t, "always beaten", err, checkout.KindBusy)
	var e *checkout.Error
	if !errors.As(err, &e) || e.RetryAfter <= 0 {
		t.Errorf("%v does not say when to try again", err)
	}
	if q, err := s.buys(cartOf(0)); err != nil || q.Total.Minor != int64(price)*100 {
		t.Errorf("%v, %v", q.Total, err)
	}
}

// TestReplacedRowsEnd: rows of a replaced list serve the carts that began with it,
// for a month, and then they are gone; a list that comes back is not among them.
func TestReplacedRowsEnd(t *testing.T) {
	s := newShop(t)
	first, second := manyProducts(40, "1"), manyProducts(40, "2")
	first.Shipping = []checkout.ShippingOption{{Countries: []string{"DE"}, Prices: map[money.Currency]string{"EUR": "4.90"}}}
	rows := func(version string) (n int) {
		for id := range s.clock.count.Load() + 1 {
			page, err := s.table.Query(t.Context(), store.Query{Partition: store.PriceKey(fmt.Sprintf("%s-w%d-0", version, id), "x").Partition, Limit: store.MaxPage})
			if err != nil {
				t.Fatal(err)
			}
			n += len(page.Items)
		}
		return n
	}
	put := func(list checkout.PriceList) {
		if err := s.PutPriceList(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	put(first)
	put(second)
	if n := rows(first.Version()); n != 4 { // three parts and the options
		t.Errorf("%d rows of the replaced list at once, want 4", n)
	}
	put(first)
	s.clock.move(31 * 24 * time.Hour)
	if a, b := rows(first.Version()), rows(second.Version()); a != 4 || b != 0 {
		t.Errorf("a month later %d rows are in force and %d of the replaced list are left", a, b)
	}
	if q, err := (&shop{T: t, Service: s.another(), clock: s.clock}).buys(cartOf(1)); err != nil || q.Total.Minor != 100 {
		t.Errorf("%v, %v", q.Total, err)
	}
}

// TestACartInBetween has read the pointer when the list changes: it is priced from
// the list it began with, though no row of it was read yet.
func TestACartInBetween(t *testing.T) {
	s := newShop(t)
	if err := s.PutPriceList(t.Context(), manyProducts(40, "1")); err != nil {
		t.Fatal(err)
	}
	slow := &pausedStore{Store: s.faults}
	slow.afterPointer = func() {
		slow.afterPointer = nil
		if err := s.PutPriceList(t.Context(), manyProducts(40, "2")); err != nil {
			t.Error(err)
		}
		s.clock.move(29 * 24 * time.Hour)
	}
	s.faults = &faultyStore{Store: slow}
	q, err := (&shop{T: t, Service: s.another(), clock: s.clock}).buys(cartOf(1, 30))
	if err != nil || q.Total.Minor != 200 {
		t.Errorf("%v, %v", q.Total, err)
	}
}

type pausedStore struct {
	store.Store
	afterPointer func()
}

func (p *pausedStore) Get(ctx context.Context, key store.Key) (store.Item, error) {
	item, err := p.Store.Get(ctx, key)
	if key == store.PriceListKey() && p.afterPointer != nil {
		p.afterPointer()
	}
	return item, err
}

// TestLostRowsAreNoUnknownProduct: a row that should be there and is not is our
// fault, and no answer to a buyer.
func TestLostRowsAreNoUnknownProduct(t *testing.T) {
	s := newShop(t)
	s.upload(`{"products":[{"sku":"SKU-00000","name":"A","prices":{"EUR":"1"}}]}`)
	_, err := s.buys(cartOf(1))
	wantKind(t, "not sold", err, checkout.KindProduct)
	s.faults = &faultyStore{Store: losingStore{s.table}}
	_, err = (&shop{T: t, Service: s.another(), clock: s.clock}).buys(cartOf(0))
	wantKind(t, "lost", err, checkout.KindInternal)
	none := cartOf(0)
	none.Cart[0].SKU = "A,B"
	_, err = (&shop{T: t, Service: s.another(), clock: s.clock}).buys(none)
	wantKind(t, "no SKU, for which no row is read", err, checkout.KindProduct)
	_, _, err = s.another().PriceList(t.Context())
	wantKind(t, "list with lost rows", err, checkout.KindInternal)
}

type losingStore struct{ store.Store }

func (l losingStore) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if strings.HasPrefix(key.Partition, "prices#") {
		return store.Item{}, store.ErrNotFound
	}
	return l.Store.Get(ctx, key)
}

func (l losingStore) Query(context.Context, store.Query) (store.Page, error) {
	return store.Page{}, nil
}
