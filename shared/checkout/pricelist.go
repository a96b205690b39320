package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// PriceList is what the shop sells, and for how much. Prices include tax.
type PriceList struct {
	Products []Product `json:"products"`
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
	maxQuantity = 9_999
)

// ErrPriceList is a price list that cannot be taken, with every fault named.
var ErrPriceList = errors.New("checkout: not a price list")

// priceListPointer is the document that says which version is in force.
type priceListPointer struct {
	Version string `json:"version"`
}

// priceCache keeps products by version: a version never changes once written.
type priceCache struct {
	mu       sync.Mutex
	version  string
	products map[string]Product
}

// ReadPriceList reads a list as a shop keeper writes it, strictly: an unknown or
// repeated field is more likely a slip than a wish. Errors: ErrPriceList.
func ReadPriceList(text []byte) (PriceList, error) {
	var list PriceList
	if err := jsonv2.Unmarshal(text, &list, jsonv2.RejectUnknownMembers(true)); err != nil {
		return list, fmt.Errorf("%w: %w", ErrPriceList, err)
	}
	return list, list.check()
}

// PutPriceList checks a whole list and puts it in force: products are written
// first, under their own version, then one pointer moves, so a buyer sees the
// old prices or the new ones and never a mixture. Errors: ErrPriceList and those
// of storeFailed.
func (s *Service) PutPriceList(ctx context.Context, list PriceList) error {
	if err := list.check(); err != nil {
		return err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPriceList, err)
	}
	sum := sha256.Sum256(text)
	version := hex.EncodeToString(sum[:8])
	pointer, current, err := s.priceVersion(ctx)
	if err != nil || current == version {
		return err
	}
	for _, product := range list.Products {
		if err := s.putProduct(ctx, version, product); err != nil {
			return err
		}
	}
	document, _ := json.Marshal(priceListPointer{Version: version})
	after := store.Item{Key: store.PriceListKey(), WriteID: s.WriteID(), Document: document}
	if err := s.write(ctx, store.Put{Before: pointer, After: after}); err != nil {
		return storeFailed(err)
	}
	return nil
}

// putProduct writes a product of a version unless it stands there already: equal
// versions hold equal products.
func (s *Service) putProduct(ctx context.Context, version string, p Product) error {
	document, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPriceList, err)
	}
	after := store.Item{Key: store.PriceKey(version, p.SKU), WriteID: s.WriteID(), Document: document}
	err = s.write(ctx, store.Put{After: after})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return storeFailed(err)
	}
	return nil
}

// priceVersion reads the pointer; before the first price list it is the zero
// Item and no version.
func (s *Service) priceVersion(ctx context.Context) (store.Item, string, error) {
	item, err := s.Store.Get(ctx, store.PriceListKey())
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{}, "", nil
	}
	if err != nil {
		return item, "", storeFailed(err)
	}
	var pointer priceListPointer
	if err := json.Unmarshal(item.Document, &pointer); err != nil {
		return item, "", &Error{Kind: KindInternal, Err: err}
	}
	return item, pointer.Version, nil
}

// check names every fault of the list at once.
func (l PriceList) check() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: %s", ErrPriceList, fmt.Sprintf(format, args...)))
	}
	if len(l.Products) == 0 || len(l.Products) > maxProducts {
		fault("%d products; 1 to %d are possible", len(l.Products), maxProducts)
	}
	seen := map[string]bool{}
	for i, p := range l.Products {
		switch {
		case p.SKU == "" || len(p.SKU) > maxSKU:
			fault("product %d: the SKU has %d bytes; 1 to %d are possible", i, len(p.SKU), maxSKU)
		case seen[p.SKU]:
			fault("product %d: SKU %q stands twice", i, p.SKU)
		case p.Name == "" || len(p.Name) > maxName:
			fault("product %q: the name has %d bytes; 1 to %d are possible", p.SKU, len(p.Name), maxName)
		case len(p.Prices) == 0:
			fault("product %q has no price", p.SKU)
		}
		seen[p.SKU] = true
		for currency, price := range p.Prices {
			if amount, err := money.Parse(price, currency); err != nil || amount.Minor < 0 {
				fault("product %q: %q is not a price in %q", p.SKU, price, currency)
			}
		}
	}
	return errors.Join(faults...)
}

// product reads one product of a version, from the cache where it is.
func (s *Service) product(ctx context.Context, version, sku string) (Product, error) {
	unknown := refuse(KindProduct, "%q is not sold here.", sku)
	if version == "" {
		return Product{}, unknown
	}
	if p, ok := s.prices.get(version, sku); ok {
		return p, nil
	}
	item, err := s.Store.Get(ctx, store.PriceKey(version, sku))
	if errors.Is(err, store.ErrNotFound) {
		return Product{}, unknown
	}
	if err != nil {
		return Product{}, storeFailed(err)
	}
	var p Product
	if err := json.Unmarshal(item.Document, &p); err != nil {
		return p, &Error{Kind: KindInternal, Err: err}
	}
	s.prices.put(version, p)
	return p, nil
}

func (c *priceCache) get(version, sku string) (Product, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.products[sku]
	return p, ok && c.version == version
}

func (c *priceCache) put(version string, p Product) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != version || c.products == nil {
		c.version, c.products = version, map[string]Product{}
	}
	c.products[p.SKU] = p
}
