package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// The rows of a list. Products lie in parts of about partSize, found by a hash of
// the SKU, so that a cart reads only the parts it needs and an upload writes
// hundreds of rows and not ten thousand.
//
// Sixteen, because an upload of 2 MB and 10,000 products leaves 200 bytes to each
// product: a part then has some 3 KB, and DynamoDB reads up to 4 KB for one unit.
// A larger part would cost every cart more, a smaller one every upload.
const partSize = 16

// partRow is one part of the products; shippingRow is all options of a list.
type partRow struct {
	Products []Product `json:"products"`
}

type shippingRow struct {
	Shipping []ShippingOption `json:"shipping"`
}

// shelf names the n-th partition of an upload. As many parts as one write takes
// share it: one partition of DynamoDB takes 1,000 units a second, and the parts of
// ten thousand products are up to 5,000.
func (p priceListPointer) shelf(n int) string { return fmt.Sprintf("%s-%d", p.Rows, n) }

func (p priceListPointer) shelves() int { return (p.Parts + store.MaxPuts - 1) / store.MaxPuts }

// partKey is where a part lies, optionsKey where the shipping options do: beside
// the first parts.
func (p priceListPointer) partKey(n int) store.Key {
	return store.PriceKey(p.shelf(n/store.MaxPuts), fmt.Sprintf("products-%04d", n))
}

func (p priceListPointer) optionsKey() store.Key { return store.PriceKey(p.shelf(0), optionRows) }

// partsOf is how many parts so many products lie in.
func partsOf(products int) int { return (products + partSize - 1) / partSize }

// partOf is the part that a SKU lies in. The hash spreads evenly whatever the
// SKUs look like.
func partOf(sku string, parts int) int {
	sum := sha256.Sum256([]byte(sku))
	return int(binary.BigEndian.Uint64(sum[:]) % uint64(parts))
}

// putPriceRows writes the rows of an upload. Empty parts are written too: a part
// that is missing is then a fault, and never a product that is not sold.
func (s *Service) putPriceRows(ctx context.Context, in priceListPointer, list PriceList) error {
	parts := make([]partRow, in.Parts)
	for _, p := range list.Products {
		part := &parts[partOf(p.SKU, in.Parts)]
		part.Products = append(part.Products, p)
	}
	var puts []store.Put
	put := func(key store.Key, document any) {
		text, _ := json.Marshal(document) // plain structs of strings always marshal
		puts = append(puts, store.Put{After: store.Item{Key: key, WriteID: s.WriteID(), Document: text}})
	}
	for n, part := range parts {
		put(in.partKey(n), part)
	}
	if in.Shipping {
		put(in.optionsKey(), shippingRow{list.Shipping})
	}
	for batch := range slices.Chunk(puts, store.MaxPuts) {
		if err := s.writePriceRows(ctx, batch); err != nil {
			return storeFailed(err)
		}
	}
	return nil
}

// writePriceRows repeats a write whose outcome is unknown, as write does for one
// item, and more patiently: so many rows at once may be more than a table that
// was idle until now will take. Rows go together because each write of its own
// would wait for the disk, or for the network.
func (s *Service) writePriceRows(ctx context.Context, puts []store.Put) error {
	err := s.Store.Write(ctx, puts...)
	for wait := 100 * time.Millisecond; wait < 3*time.Second; wait *= 2 {
		if !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		s.Clock.Sleep(ctx, wait)
		err = s.Store.Write(ctx, puts...)
	}
	return err
}

// eachPriceRow reads all rows of an upload, page by page.
func (s *Service) eachPriceRow(ctx context.Context, in priceListPointer, do func([]store.Item) error) error {
	for n := range in.shelves() {
		query := store.Query{Partition: in.partKey(n * store.MaxPuts).Partition, Limit: store.MaxPage}
		for {
			page, err := s.Store.Query(ctx, query)
			if err != nil {
				return err
			}
			if err := do(page.Items); err != nil {
				return err
			}
			if page.Next == "" {
				break
			}
			query.Cursor = page.Next
		}
	}
	return nil
}

// readPriceRows puts a list together again.
func (s *Service) readPriceRows(ctx context.Context, in priceListPointer) (list PriceList, err error) {
	err = s.eachPriceRow(ctx, in, func(items []store.Item) error {
		for _, item := range items {
			// A row holds one section and lacks the other.
			var row PriceList
			if err := json.Unmarshal(item.Document, &row); err != nil {
				return err
			}
			list.Products = append(list.Products, row.Products...)
			list.Shipping = append(list.Shipping, row.Shipping...)
		}
		return nil
	})
	if err != nil {
		return list, storeFailed(err)
	}
	if len(list.Products) != in.Products || in.Shipping != (len(list.Shipping) > 0) {
		return list, rowsFailed(fmt.Errorf("%d products of %d: %w", len(list.Products), in.Products, store.ErrNotFound))
	}
	return list.sorted(), nil
}

// retirePriceRows gives rows that are not in force any more an end. Rows it
// cannot reach stay for ever, which costs their storage and nothing else, so it
// stops before the caller's time is up and no failure of it is the caller's.
func (s *Service) retirePriceRows(ctx context.Context, old priceListPointer) {
	end := s.now().Add(replacedLife)
	err := s.eachPriceRow(ctx, old, func(items []store.Item) error {
		for batch := range slices.Chunk(items, store.MaxPuts) {
			if s.left(ctx) <= 0 {
				return context.DeadlineExceeded
			}
			var puts []store.Put
			for _, item := range batch {
				after := store.Item{Key: item.Key, WriteID: s.WriteID(), Expires: end, Document: item.Document}
				puts = append(puts, store.Put{Before: item, After: after})
			}
			if err := s.writePriceRows(ctx, puts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.Log.Warn("rows of a replaced price list stay", "rows", old.Rows, "error", err)
	}
}

// product reads one product of the list in force. Errors: KindProduct and those
// of storeFailed.
func (s *Service) product(ctx context.Context, in priceListPointer, sku string) (Product, error) {
	unknown := refuse(KindProduct, "%q is not sold here.", sku)
	if in.Parts == 0 {
		return Product{}, unknown
	}
	part, err := s.part(ctx, in, partOf(sku, in.Parts))
	if err != nil {
		return Product{}, err
	}
	if p, ok := part[sku]; ok {
		return p, nil
	}
	return Product{}, unknown
}

// part reads one part of an upload, from the cache where it is.
func (s *Service) part(ctx context.Context, in priceListPointer, n int) (map[string]Product, error) {
	if part, ok := s.prices.part(in.Rows, n); ok {
		return part, nil
	}
	item, err := s.Store.Get(ctx, in.partKey(n))
	if err != nil {
		return nil, rowsFailed(err)
	}
	var document partRow
	if err := json.Unmarshal(item.Document, &document); err != nil {
		return nil, &Error{Kind: KindInternal, Err: err}
	}
	part := make(map[string]Product, len(document.Products))
	for _, p := range document.Products {
		part[p.SKU] = p
	}
	s.prices.keepPart(in.Rows, n, part)
	return part, nil
}

// rowsFailed: a row that the list in force names and that is not there is our
// fault, and no product that is not sold.
func rowsFailed(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &Error{Kind: KindInternal, Err: fmt.Errorf("rows of the price list are missing: %w", err)}
	}
	return storeFailed(err)
}
