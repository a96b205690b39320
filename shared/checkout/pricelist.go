package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// PriceList is what the shop sells, and for how much. Prices include tax.
type PriceList struct {
	Products []Product `json:"products"`

	// Shipping is what sending goods costs, by country. Without any option the
	// shop sends everywhere, free of charge.
	Shipping []ShippingOption `json:"shipping,omitempty"`
}

// Product is one article. Prices are decimals in major units by currency
// ({"EUR": "19.00"}), as a shop keeper writes them.
type Product struct {
	SKU      string                    `json:"sku"`
	Name     string                    `json:"name"`
	Physical bool                      `json:"physical,omitempty"`
	Prices   map[money.Currency]string `json:"prices"`
}

// Limits of a price list.
const (
	maxProducts = 10_000
	maxSKU      = 64
	maxName     = 120
	maxPrice    = 24 // bytes; the largest amount has 21
	maxQuantity = 9_999
)

// isSKU reports whether a cart can name a product so. A cart in a page or an address
// is SKU:quantity pairs with commas between them, so that no SKU has a comma; a colon
// in it does no harm, since the last one stands before the quantity.
func isSKU(text string) bool { return plain(text, maxSKU) && !strings.Contains(text, ",") }

// priceListPointer is the document that says which list is in force, and where
// its rows are. Moving it is what makes a whole list visible.
type priceListPointer struct {
	Version  string `json:"version"`            // names the content: equal lists, equal versions
	Rows     string `json:"rows"`               // names the upload: rows of two uploads never meet
	Parts    int    `json:"parts"`              // how many parts the products lie in
	Products int    `json:"products"`           // how many there are
	Shipping bool   `json:"shipping,omitempty"` // there are shipping options
}

// replacedLife is how long the rows of a replaced list are kept. A cart that is
// being priced while the list changes reads the rows of the list it began with;
// that takes seconds.
const replacedLife = 30 * 24 * time.Hour

// Version names the content of a list, in whatever order it names its products.
func (l PriceList) Version() string {
	// Plain structs of strings always marshal.
	text, _ := json.Marshal(l.sorted())
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

func (l PriceList) sorted() PriceList {
	l.Products = slices.Clone(l.Products)
	slices.SortFunc(l.Products, func(a, b Product) int { return strings.Compare(a.SKU, b.SKU) })
	return l
}

// PutPriceList checks a whole list and puts it in force: its rows are written
// first, where no other upload writes, then one pointer moves, so a buyer sees
// the old prices or the new ones and never a mixture. The list that is in force
// already is written no second time. Of two uploads at once the one that moves
// the pointer last is in force.
//
// Errors: KindPriceList (with ErrPriceList beneath), KindBusy and those of
// storeFailed. After an error the list in force may be either; the same upload
// again settles it.
func (s *Service) PutPriceList(ctx context.Context, list PriceList) error {
	if err := list.check(); err != nil {
		return err
	}
	list = list.sorted()
	version := list.Version()
	for range rounds {
		item, current, err := s.listInForce(ctx)
		if err != nil || current.Version == version {
			return err
		}
		next := priceListPointer{
			Version: version, Rows: version + "-" + s.WriteID(),
			Parts: partsOf(len(list.Products)), Products: len(list.Products), Shipping: len(list.Shipping) > 0,
		}
		if err := s.putPriceRows(ctx, next, list); err != nil {
			return err
		}
		document, _ := json.Marshal(next)
		after := store.Item{Key: store.PriceListKey(), WriteID: s.WriteID(), Document: document}
		switch err := s.write(ctx, store.Put{Before: item, After: after}); {
		case err == nil:
			s.retirePriceRows(ctx, current)
			return nil
		case !errors.Is(err, store.ErrConflict):
			return storeFailed(err)
		}
		// Another list came first. These rows may have been in force for a
		// moment, and then they were given an end: never point to them again.
		s.retirePriceRows(ctx, next)
	}
	return storeFailed(store.ErrConflict)
}

// PriceList is the list in force, products in order of their SKU, and its
// version. Errors: KindNotFound before the first one, and those of storeFailed.
func (s *Service) PriceList(ctx context.Context) (list PriceList, version string, err error) {
	_, current, err := s.listInForce(ctx)
	if err != nil {
		return list, "", err
	}
	if current.Parts == 0 {
		return list, "", &Error{Kind: KindNotFound, Detail: "No price list has been uploaded yet."}
	}
	list, err = s.readPriceRows(ctx, current)
	return list, current.Version, err
}

// listInForce reads the pointer; before the first price list both are zero.
func (s *Service) listInForce(ctx context.Context) (store.Item, priceListPointer, error) {
	item, err := s.Store.Get(ctx, store.PriceListKey())
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{}, priceListPointer{}, nil
	}
	if err != nil {
		return item, priceListPointer{}, storeFailed(err)
	}
	var pointer priceListPointer
	if err := json.Unmarshal(item.Document, &pointer); err != nil {
		return item, pointer, &Error{Kind: KindInternal, Err: err}
	}
	return item, pointer, nil
}
