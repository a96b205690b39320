package checkout

import "sync"

// priceCache keeps rows by the upload they belong to: what an upload wrote never
// changes. It holds one upload, the one used last, so it is some 2 MB at most.
type priceCache struct {
	mu      sync.Mutex
	rows    string
	parts   map[int]map[string]Product
	options []ShippingOption // empty: not read yet
}

func (c *priceCache) part(rows string, n int) (map[string]Product, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	part, ok := c.parts[n]
	return part, ok && c.rows == rows
}

func (c *priceCache) shipping(rows string) ([]ShippingOption, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.options, len(c.options) > 0 && c.rows == rows
}

func (c *priceCache) keepPart(rows string, n int, part map[string]Product) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(rows)
	c.parts[n] = part
}

func (c *priceCache) keepShipping(rows string, options []ShippingOption) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(rows)
	c.options = options
}

// turn forgets every upload but this one.
func (c *priceCache) turn(rows string) {
	if c.rows != rows || c.parts == nil {
		c.rows, c.parts, c.options = rows, map[int]map[string]Product{}, nil
	}
}
